//! `iam-preflight/needs/v1`, what `derive` prints

use serde::Serialize;

use super::parts::{Assumption, ContextValue, Finding, Source, Tool};
use crate::finding::{DerivedReport, DerivedRow};

/// What a request needs
#[derive(Debug, Serialize)]
pub(crate) struct Needs<'r> {
    schema: &'static str,
    tool: Tool,
    operation: &'r str,
    rows: Vec<Row<'r>>,
    findings: Vec<Finding<'r>>,
    assumptions: Vec<Assumption<'r>>,
    notices: &'r [String],
}

#[derive(Debug, Serialize)]
struct Row<'r> {
    id: &'r str,
    actor: &'r str,
    action: &'r str,
    resource: &'r str,
    resource_count: u64,
    context: Vec<ContextValue<'r>>,
    need: &'static str,
    phase: &'static str,
    /// Only of rows that names alone say are needed
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    because: &'r str,
    sources: Vec<Source<'r>>,
    missing_facts: &'r [String],
    assumptions: &'r [String],
}

impl<'r> From<&'r DerivedReport> for Needs<'r> {
    fn from(derived: &'r DerivedReport) -> Self {
        Self {
            schema: "iam-preflight/needs/v1",
            tool: Tool::THIS,
            operation: &derived.operation,
            rows: derived.rows.iter().map(Row::from).collect(),
            findings: derived.findings.iter().map(Finding::from).collect(),
            assumptions: derived.assumptions.iter().map(Assumption::from).collect(),
            notices: &derived.notices,
        }
    }
}

impl<'r> From<&'r DerivedRow> for Row<'r> {
    fn from(row: &'r DerivedRow) -> Self {
        Self {
            id: &row.id,
            actor: &row.actor,
            action: &row.action,
            resource: &row.resource,
            resource_count: row.resource_count,
            context: row.context.iter().map(ContextValue::from).collect(),
            need: row.need.word(),
            phase: row.phase.word(),
            origin: row.origin(),
            because: &row.because,
            sources: row.sources.iter().map(Source::from).collect(),
            missing_facts: &row.missing_facts,
            assumptions: &row.assumptions,
        }
    }
}
