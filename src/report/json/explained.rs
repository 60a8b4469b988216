//! `iam-preflight/explanation/v1`

use serde::Serialize;

use super::parts::{Location, Requirement, Tool};
use crate::evaluate::{ConditionTrace, LayerTrace, StatementTrace, Truth};
use crate::finding::Explanation;
use crate::policy::Effect;

/// Rows with their traces
#[derive(Debug, Serialize)]
pub(crate) struct Explained<'r> {
    schema: &'static str,
    tool: Tool,
    operation: &'r str,
    principal: &'r str,
    rows: Vec<Row<'r>>,
    notices: &'r [String],
}

#[derive(Debug, Serialize)]
struct Row<'r> {
    requirement: Requirement<'r>,
    layers: Vec<Layer<'r>>,
}

#[derive(Debug, Serialize)]
struct Layer<'r> {
    #[serde(rename = "layer")]
    name: &'static str,
    level: Option<&'r str>,
    statements: Vec<Statement<'r>>,
    #[serde(rename = "statements_about_other_actions")]
    others: usize,
}

#[derive(Debug, Serialize)]
struct Statement<'r> {
    effect: &'static str,
    policy: Option<&'r str>,
    sid: Option<&'r str>,
    index: Option<usize>,
    location: Option<Location<'r>>,
    matched: &'static str,
    principal: Option<&'static str>,
    resource: &'static str,
    conditions: Vec<Condition<'r>>,
}

#[derive(Debug, Serialize)]
struct Condition<'r> {
    operator: &'r str,
    key: &'r str,
    wanted: &'r [String],
    actual: &'r str,
    holds: &'static str,
}

impl<'r> From<&'r Explanation> for Explained<'r> {
    fn from(explanation: &'r Explanation) -> Self {
        let row = |row: &'r crate::finding::ExplainedRow| Row {
            requirement: Requirement::from(&row.requirement),
            layers: row.trace.iter().map(Layer::from).collect(),
        };
        Self {
            schema: "iam-preflight/explanation/v1",
            tool: Tool::THIS,
            operation: &explanation.operation,
            principal: &explanation.principal,
            rows: explanation.rows.iter().map(row).collect(),
            notices: &explanation.notices,
        }
    }
}

impl<'r> From<&'r LayerTrace> for Layer<'r> {
    fn from(trace: &'r LayerTrace) -> Self {
        Self {
            name: trace.layer.word(),
            level: trace.level.as_deref(),
            statements: trace.statements.iter().map(Statement::from).collect(),
            others: trace.others,
        }
    }
}

impl<'r> From<&'r StatementTrace> for Statement<'r> {
    fn from(trace: &'r StatementTrace) -> Self {
        Self {
            effect: if trace.effect == Effect::Allow { "Allow" } else { "Deny" },
            policy: trace.part.policy.as_deref(),
            sid: trace.part.sid.as_deref(),
            index: trace.part.index,
            location: trace.part.location.as_ref().map(Location::from),
            matched: word(trace.matched),
            principal: trace.principal.map(word),
            resource: word(trace.resource),
            conditions: trace.conditions.iter().map(Condition::from).collect(),
        }
    }
}

impl<'r> From<&'r ConditionTrace> for Condition<'r> {
    fn from(trace: &'r ConditionTrace) -> Self {
        Self {
            operator: &trace.operator,
            key: &trace.key,
            wanted: &trace.wanted,
            actual: &trace.actual,
            holds: word(trace.holds),
        }
    }
}

fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "unknown",
    }
}
