//! `iam-preflight/expectations/v1`, what `test` prints

use serde::Serialize;

use super::parts::{DecidedBy, Location, Tool};
use crate::expect::{self, Outcome};

/// What became of all cases
#[derive(Debug, Serialize)]
pub(crate) struct Outcomes<'r> {
    schema: &'static str,
    tool: Tool,
    summary: Summary,
    cases: Vec<Case<'r>>,
}

#[derive(Debug, Serialize)]
struct Summary {
    cases: usize,
    passed: usize,
    failed: usize,
}

#[derive(Debug, Serialize)]
struct Case<'r> {
    name: &'r str,
    location: Location<'r>,
    passed: bool,
    differences: Vec<Difference<'r>>,
}

#[derive(Debug, Serialize)]
struct Difference<'r> {
    what: &'r str,
    expected: &'r str,
    got: &'r str,
    decided_by: Vec<DecidedBy<'r>>,
    help: Option<&'r str>,
}

impl<'r> From<&'r [Outcome]> for Outcomes<'r> {
    fn from(outcomes: &'r [Outcome]) -> Self {
        let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
        Self {
            schema: "iam-preflight/expectations/v1",
            tool: Tool::THIS,
            summary: Summary { cases: outcomes.len(), passed, failed: outcomes.len() - passed },
            cases: outcomes.iter().map(Case::from).collect(),
        }
    }
}

impl<'r> From<&'r Outcome> for Case<'r> {
    fn from(outcome: &'r Outcome) -> Self {
        Self {
            name: &outcome.case.name,
            location: Location::from(&outcome.case.location),
            passed: outcome.passed(),
            differences: outcome.differences.iter().map(Difference::from).collect(),
        }
    }
}

impl<'r> From<&'r expect::Difference> for Difference<'r> {
    fn from(expect::Difference { what, expected, got, decided_by, help }: &'r expect::Difference) -> Self {
        let decided_by = decided_by.iter().map(DecidedBy::from).collect();
        Self { what, expected, got, decided_by, help: help.as_deref() }
    }
}
