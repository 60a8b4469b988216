//! Policy variables in resources and values; an unknown variable never decides what a known one contradicts
//!
//! Input: the resource's pattern, the condition's value, the key's value, the object's key, one a line.
#![no_main]

use iam_preflight::evaluate::{Decision, Readings};
use iam_preflight::simulate::{Case, decide};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fn decision(case: &serde_json::Value) -> Option<Decision> {
    let text = case.to_string();
    let case: Case<'_> = serde_json::from_str(&text).ok()?;
    decide(&case, Readings::default()).ok().map(|outcome| outcome.decision)
}

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (pattern, constant, value, object) = (line(), line(), line(), line());
    let mut case = json!({
        "principal": "arn:aws:iam::210000000011:user/ana",
        "action": "s3:GetObject",
        "resource": format!("arn:aws:s3:::plans/{object}"),
        "context": {"aws:PrincipalTag/team": [value], "s3:prefix": [object]},
        "identityPolicies": [{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": format!("arn:aws:s3:::plans/{pattern}")},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": constant}}},
        ]}],
    });
    let Some(known) = decision(&case) else { return };
    case["context"] = json!({"s3:prefix": [object]});
    case["unknownContext"] = json!(["aws:PrincipalTag/team"]);
    let open = decision(&case).expect("the same policy");
    let fits = known == Decision::Undetermined
        || open == Decision::Undetermined
        || open == known
        || (open.is_denied() && known.is_denied());
    assert!(fits, "{open} whatever the value, but {known} for {value:?}: {case}");
});
