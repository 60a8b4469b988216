//! A decided case as it is printed

use serde::Serialize;

use crate::evaluate::{KeyOutcome, StatementRef};

use super::decide::CaseOutcome;

/// One line of the output (contract section 4)
#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    decision: &'static str,
    decided_by: Vec<Part<'a>>,
    missing_context: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing_facts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outcomes: Vec<Settling<'a>>,
}

/// A deciding part
#[derive(Debug, Serialize)]
struct Part<'a> {
    layer: &'static str,
    policy: Option<&'a str>,
    sid: Option<&'a str>,
    index: Option<usize>,
}

/// What some values of a missing key would lead to
#[derive(Debug, Serialize)]
struct Settling<'a> {
    key: &'a str,
    values: &'a str,
    decision: &'static str,
    decided_by: Option<Part<'a>>,
}

impl<'a> Line<'a> {
    pub(super) fn new(id: Option<&'a str>, expected: Option<&'a str>, outcome: &'a CaseOutcome) -> Self {
        let reasons = &outcome.reasons;
        Self {
            id,
            expected,
            decision: outcome.decision.word(),
            decided_by: reasons.decided_by.iter().map(|reason| Part::from(&reason.part)).collect(),
            missing_context: reasons.missing_context.iter().map(String::as_str).collect(),
            missing_facts: reasons.missing_facts.iter().map(ToString::to_string).collect(),
            outcomes: reasons.outcomes.iter().map(Settling::from).collect(),
        }
    }
}

impl<'a> From<&'a StatementRef> for Part<'a> {
    fn from(part: &'a StatementRef) -> Self {
        let policy = part.policy.as_deref().filter(|policy| !policy.is_empty());
        Self { layer: part.layer.word(), policy, sid: part.sid.as_deref(), index: part.index }
    }
}

impl<'a> From<&'a KeyOutcome> for Settling<'a> {
    fn from(outcome: &'a KeyOutcome) -> Self {
        let KeyOutcome { key, values, decision, decided_by } = outcome;
        Self { key, values, decision: decision.word(), decided_by: decided_by.as_ref().map(Part::from) }
    }
}
