//! Every worked case of the rule reference: decided as expected, and by what is expected to decide
//!
//! `tests/data/truth-table.json` was derived by hand from the AWS pages that each case names. Its
//! `expected` is binding, its `decidedBy` advisory: where the reasons differ, [`EXPLAINED`] says why.

#![expect(clippy::unwrap_used, clippy::panic, clippy::struct_field_names, reason = "a test's helpers fail loudly")]

use iam_preflight::evaluate::{Decision, Layer, Readings, Reason, Role};
use iam_preflight::simulate::{Case, CaseOutcome, decide};

/// Cases whose reasons name something else than `decidedBy`, each with the reason for it
const EXPLAINED: [(&str, &str); 2] = [
    ("CND-51", "a service principal has no identity side: only the silent resource policy can be named"),
    ("PRN-19", "a service principal has no identity side: only the silent resource policy can be named"),
];

/// One case: its id, its `expected`, its `decidedBy`, and what came out
struct Decided {
    id: String,
    expected: String,
    decided_by: String,
    outcome: CaseOutcome,
}

fn decided() -> Vec<Decided> {
    decided_in(include_str!("data/truth-table.json"), 254)
}

fn decided_in(text: &str, count: usize) -> Vec<Decided> {
    let cases: Vec<&serde_json::value::RawValue> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), count);
    let decided = cases.into_iter().map(|raw| {
        let case: Case<'_> = serde_json::from_str(raw.get()).unwrap();
        let id = case.id.clone().unwrap();
        let outcome = decide(&case, Readings::default()).unwrap_or_else(|error| panic!("{id}: {error}"));
        Decided { id, expected: case.expected.unwrap(), decided_by: case.decided_by.unwrap_or_default(), outcome }
    });
    decided.collect()
}

#[test]
fn every_case_is_decided_as_the_documentation_says() {
    all_as_expected(&decided());
}

/// Rules that the worked cases leave out, and what stays open
#[test]
fn further_cases_are_decided_as_their_rules_say() {
    all_as_expected(&decided_in(include_str!("data/further-cases.json"), 94));
}

fn all_as_expected(cases: &[Decided]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| case.outcome.decision.word() != case.expected)
        .map(|case| {
            let reasons = &case.outcome.reasons.decided_by;
            format!("{}: expected {}, decided {} by {reasons:?}", case.id, case.expected, case.outcome.decision)
        })
        .collect();
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_case_is_decided_by_the_layer_and_statement_that_should_decide() {
    let mut differing = Vec::new();
    for case in decided() {
        let agrees = agrees(&case);
        let explained = EXPLAINED.iter().any(|(id, _)| *id == case.id);
        if agrees == explained {
            let reasons: Vec<String> = case
                .outcome
                .reasons
                .decided_by
                .iter()
                .map(|reason| format!("{:?} {}", reason.role, reason.part))
                .collect();
            let note = if explained { "explained, but it agrees" } else { "not explained" };
            differing.push(format!("{} ({note}): {} against [{}]", case.id, case.decided_by, reasons.join(", ")));
        }
    }
    assert!(differing.is_empty(), "{} cases:\n{}", differing.len(), differing.join("\n"));
}

fn agrees(case: &Decided) -> bool {
    let reasons = case.outcome.reasons.decided_by.as_slice();
    let role = match case.outcome.decision {
        Decision::Allowed => Role::Allows,
        Decision::ExplicitDeny => Role::Denies,
        Decision::ImplicitDeny => Role::LacksAllow,
        Decision::Undetermined => return false,
    };
    if reasons.iter().any(|reason| reason.role != role) {
        return false;
    }
    match case.decided_by.as_str() {
        // A root user needs no statement in its own account.
        "rootUser" => reasons.iter().all(|reason| reason.part.layer != Layer::Identity),
        "always" => matches!(reasons, [only] if only.part.layer == Layer::Service),
        "none" => lacks_both(reasons, case),
        "kmsCrossAccountUnsupported" => reasons.iter().any(|reason| reason.part.layer == Layer::Service),
        "s3BPA" => reasons.iter().any(|reason| reason.part.layer == Layer::Resource),
        parts => parts.split('+').all(|part| reasons.iter().any(|reason| names(reason, part))),
    }
}

/// Identity lacks an Allow; the resource's policy does not allow either
fn lacks_both(reasons: &[Reason], case: &Decided) -> bool {
    let outcome = &case.outcome.reasons.outcome;
    let identity = reasons.iter().any(|reason| reason.part.layer == Layer::Identity);
    let nothing_else = reasons.iter().all(|reason| matches!(reason.part.layer, Layer::Identity | Layer::Resource));
    identity && nothing_else && !outcome.identity.is_possible() && !outcome.allow.is_possible()
}

/// Whether a reason is the part `layer[index]:Sid`, as far as the part says it
fn names(reason: &Reason, part: &str) -> bool {
    let (place, sid) = part.split_once(':').map_or((part, None), |(place, sid)| (place, Some(sid)));
    let (layer, index) = place.split_once('[').map_or((place, None), |(layer, _)| (layer, Some(place)));
    let policy = reason.part.policy.as_deref().unwrap_or_default();
    reason.part.layer.word() == layer
        && index.is_none_or(|index| policy.starts_with(index))
        && sid.is_none_or(|sid| reason.part.sid.as_deref() == Some(sid))
}
