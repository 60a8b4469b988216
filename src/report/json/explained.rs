//! `iam-preflight/explanation/v1`

use serde::Serialize;

use super::parts::{Location, Requirement, Tool};
use crate::evaluate::{ConditionTrace, LayerTrace, StatementTrace, Truth};
use crate::finding::Explanation;
use crate::policy::{self, Effect};

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
    operator: String,
    key: &'r str,
    wanted: Vec<&'r str>,
    actual: String,
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
        let file = &*trace.document.origin.file;
        Self {
            effect: if trace.effect == Effect::Allow { "Allow" } else { "Deny" },
            policy: Some(&*trace.document.origin.name),
            sid: trace.source().and_then(|source| source.sid.as_deref()),
            index: Some(trace.index),
            location: trace.source().map(|source| Location::new(file, source.at)),
            matched: word(trace.matched),
            principal: trace.principal.map(word),
            resource: word(trace.resource),
            conditions: trace.conditions().map(Condition::from).collect(),
        }
    }
}

impl<'r> From<(&'r policy::Condition, &'r ConditionTrace)> for Condition<'r> {
    fn from((condition, trace): (&'r policy::Condition, &'r ConditionTrace)) -> Self {
        Self {
            operator: condition.operator.to_string(),
            key: condition.key.as_str(),
            wanted: condition.values.iter().map(|value| &**value).collect(),
            actual: trace.actual_words(),
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
