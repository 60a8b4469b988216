//! Every condition operator on arbitrary values; an unknown value never decides what a known one contradicts
//!
//! Input: a line that chooses operator, prefix and suffix by its bytes; then the policy's value, the
//! request's value and, after an empty line, a second of each.
#![no_main]

use iam_preflight::evaluate::{Decision, Readings};
use iam_preflight::policy::Operator;
use iam_preflight::simulate::{Case, decide};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const KEYS: [&str; 4] = ["aws:CurrentTime", "aws:TagKeys", "aws:SourceArn", "s3:prefix"];

fn decision(case: &serde_json::Value) -> Option<Decision> {
    let text = case.to_string();
    let case: Case<'_> = serde_json::from_str(&text).ok()?;
    decide(&case, Readings::default()).ok().map(|outcome| outcome.decision)
}

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n');
    let Some([operator, shape, key]) = lines.next().and_then(|line| line.as_bytes().first_chunk::<3>()) else { return };
    let values: Vec<&str> = lines.collect();
    let names: Vec<&str> = Operator::names().collect();
    let prefix = ["", "ForAllValues:", "ForAnyValue:"][usize::from(shape % 3)];
    let suffix = if shape & 0x10 == 0 { "" } else { "IfExists" };
    let name = format!("{prefix}{}{suffix}", names[usize::from(*operator) % names.len()]);
    let key = KEYS[usize::from(*key) % KEYS.len()];
    let (constants, given) = values.split_at(values.len() / 2);
    // Only a key that carries lists can have several values, or none (rules E103, E105).
    if given.len() != 1 && key != "aws:TagKeys" {
        return;
    }
    let effect = if shape & 0x20 == 0 { "Allow" } else { "Deny" };
    let mut case = json!({
        "principal": "arn:aws:iam::210000000011:user/ana",
        "action": "s3:ListBucket",
        "resource": "arn:aws:s3:::plans",
        "context": {key: given},
        "identityPolicies": [{"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Action": "s3:*", "Resource": "*", "Condition": {name: {key: constants}}},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::pl*", "Condition": {"Null": {key: "false"}}},
        ]}],
    });
    let Some(known) = decision(&case) else { return };
    assert_ne!(known, Decision::Undetermined, "everything is known");
    case["context"] = json!({});
    case["unknownContext"] = json!([key]);
    let open = decision(&case).expect("the same policy");
    let fits = open == Decision::Undetermined || open == known || (open.is_denied() && known.is_denied());
    assert!(fits, "{open} whatever the value, but {known} for {given:?}: {case}");
});
