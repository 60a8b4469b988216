//! Every worked case of the rule reference, decided as expected
//!
//! `tests/data/truth-table.json` was derived by hand from the AWS pages that each case names.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helpers fail loudly")]

use iam_preflight::evaluate::Readings;
use iam_preflight::simulate::{Case, decide};

#[test]
fn every_case_is_decided_as_the_documentation_says() {
    all_as_expected(include_str!("data/truth-table.json"), 254);
}

/// Rules that the worked cases leave out, and what stays open
#[test]
fn further_cases_are_decided_as_their_rules_say() {
    all_as_expected(include_str!("data/further-cases.json"), 7);
}

fn all_as_expected(text: &str, count: usize) {
    let cases: Vec<&serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), count);
    let mut wrong = Vec::new();
    for raw in cases {
        let case: Case<'_> = serde_json::from_str(raw.get()).unwrap();
        let id = case.id.clone().unwrap();
        let outcome = decide(&case, Readings::default()).unwrap_or_else(|error| panic!("{id}: {error}"));
        let expected = case.expected.as_deref().unwrap();
        if outcome.decision.word() != expected {
            wrong.push(format!(
                "{id}: expected {expected}, decided {} by {:?}",
                outcome.decision, outcome.reasons.decided_by
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
