//! `iam-preflight/diff/v1`, what `diff` prints

use serde::Serialize;

use super::parts::{DecidedBy, Tool};
use crate::compare::{self, Class, Direction, Outcome};
use crate::finding::Severity;

/// What differs between two sides
#[derive(Debug, Serialize)]
pub(crate) struct Comparison<'r> {
    schema: &'static str,
    tool: Tool,
    outcome: &'static str,
    before: Head<'r>,
    after: Head<'r>,
    summary: Summary,
    changes: Vec<Change<'r>>,
    findings: Vec<FindingChange<'r>>,
    notices: &'r [String],
}

#[derive(Debug, Serialize)]
struct Head<'r> {
    operation: &'r str,
    principal: &'r str,
    verdict: &'static str,
    rows: usize,
}

#[derive(Debug, Serialize)]
struct Summary {
    worse: usize,
    better: usize,
    added: usize,
    removed: usize,
    reason: usize,
    unchanged: usize,
}

#[derive(Debug, Serialize)]
struct Change<'r> {
    class: &'static str,
    direction: Option<&'static str>,
    sure: bool,
    counts: bool,
    id: &'r str,
    actor: &'r str,
    action: &'r str,
    resource: &'r str,
    resource_count: u64,
    examples: &'r [String],
    because: &'r str,
    sentence: &'r str,
    before: Option<State<'r>>,
    after: Option<State<'r>>,
    causes: Vec<Cause<'r>>,
}

#[derive(Debug, Serialize)]
struct State<'r> {
    resource: &'r str,
    need: &'static str,
    decision: &'static str,
    decided_by: Vec<DecidedBy<'r>>,
    missing: &'r [String],
}

#[derive(Debug, Serialize)]
struct Cause<'r> {
    on: &'static str,
    role: &'static str,
    #[serde(flatten)]
    by: DecidedBy<'r>,
}

#[derive(Debug, Serialize)]
struct FindingChange<'r> {
    on: &'static str,
    id: &'r str,
    severity: &'static str,
    message: &'r str,
}

impl<'r> From<&'r compare::Comparison> for Comparison<'r> {
    fn from(comparison: &'r compare::Comparison) -> Self {
        let count = |class: Class| comparison.changes.iter().filter(|change| change.class == class).count();
        Self {
            schema: "iam-preflight/diff/v1",
            tool: Tool::THIS,
            outcome: match comparison.outcome {
                Outcome::Nothing => "nothing",
                Outcome::NotWorse => "notWorse",
                Outcome::Worse => "worse",
                Outcome::Unclear => "unclear",
            },
            before: Head::from(&comparison.before),
            after: Head::from(&comparison.after),
            summary: Summary {
                worse: count(Class::Worse),
                better: count(Class::Better),
                added: count(Class::Added),
                removed: count(Class::Removed),
                reason: count(Class::Reason),
                unchanged: comparison.unchanged,
            },
            changes: comparison.changes.iter().map(Change::from).collect(),
            findings: comparison.findings.iter().map(FindingChange::from).collect(),
            notices: &comparison.notices,
        }
    }
}

impl<'r> From<&'r compare::Head> for Head<'r> {
    fn from(compare::Head { operation, principal, verdict, rows }: &'r compare::Head) -> Self {
        Self { operation, principal, verdict: verdict.word(), rows: *rows }
    }
}

impl<'r> From<&'r compare::Change> for Change<'r> {
    fn from(change: &'r compare::Change) -> Self {
        Self {
            class: change.class.word(),
            direction: change.direction.map(|direction| match direction {
                Direction::Worse => "worse",
                Direction::Better => "better",
            }),
            sure: change.sure,
            counts: change.counts,
            id: &change.need,
            actor: &change.actor,
            action: &change.action,
            resource: &change.resource,
            resource_count: change.count,
            examples: &change.examples,
            because: &change.because,
            sentence: &change.sentence,
            before: change.before.as_ref().map(State::from),
            after: change.after.as_ref().map(State::from),
            causes: change.causes.iter().map(Cause::from).collect(),
        }
    }
}

impl<'r> From<&'r compare::State> for State<'r> {
    fn from(state: &'r compare::State) -> Self {
        Self {
            resource: &state.resource,
            need: state.strength.word(),
            decision: state.decision.word(),
            decided_by: state.decided_by.iter().map(DecidedBy::from).collect(),
            missing: &state.missing,
        }
    }
}

impl<'r> From<&'r compare::Cause> for Cause<'r> {
    fn from(compare::Cause { on, role, by }: &'r compare::Cause) -> Self {
        Self { on: on.word(), role, by: DecidedBy::from(by) }
    }
}

impl<'r> From<&'r compare::FindingChange> for FindingChange<'r> {
    fn from(compare::FindingChange { on, finding }: &'r compare::FindingChange) -> Self {
        Self {
            on: on.word(),
            id: &finding.id,
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            message: &finding.message,
        }
    }
}
