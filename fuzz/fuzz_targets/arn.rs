//! ARNs and the patterns of `Resource` and `ArnLike`: between "each part matches" and "the whole matches"
//!
//! Input: pattern and ARN, one a line. A `*` stays inside its part unless it ends one (rule E63), so what matches part by part
//! is always allowed, and what does not even match as one text never is.
#![no_main]

use iam_preflight::evaluate::{Decision, Readings};
use iam_preflight::iam::Arn;
use iam_preflight::iam::wildcard::{matches, tokenize};
use iam_preflight::simulate::{Case, decide};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fn fits(pattern: &str, text: &str) -> bool {
    matches(&tokenize(pattern, false), text)
}

fn fits_by_parts(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<_>, Vec<_>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(pattern, text)| fits(pattern, text))
}

fn allowed(case: &serde_json::Value) -> Option<bool> {
    let text = case.to_string();
    let case: Case<'_> = serde_json::from_str(&text).ok()?;
    decide(&case, Readings::default()).ok().map(|outcome| outcome.decision == Decision::Allowed)
}

fuzz_target!(|text: &str| {
    let Some((pattern, arn)) = text.split_once('\n') else { return };
    let plain = !arn.contains(['*', '?', '$']) && arn.starts_with("arn:aws:");
    if !plain || pattern.contains('$') || text.len() > 600 || arn.parse::<Arn>().is_err() {
        return;
    }
    let missing = 6_usize.saturating_sub(pattern.split(':').count());
    let padded = format!("{pattern}{}", ":*".repeat(missing));
    let mut case = json!({
        "principal": "arn:aws:iam::210000000011:user/ana",
        "action": "s3:GetObject",
        "resource": arn,
        "resourceAccount": "210000000011",
        "identityPolicies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": pattern}}],
    });
    if let Some(covered) = allowed(&case) {
        assert!(covered || !fits_by_parts(&padded, arn), "each part of {pattern} matches {arn}");
        assert!(!covered || pattern == "*" || fits(&padded, arn), "{pattern} is no pattern for {arn}");
    }
    case["resource"] = json!("arn:aws:s3:::plans/a");
    case["context"] = json!({"aws:SourceArn": [arn]});
    case["identityPolicies"] = json!([{"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"ArnLike": {"aws:SourceArn": pattern}},
    }}]);
    if let Some(held) = allowed(&case) {
        assert_eq!(held, fits_by_parts(pattern, arn), "ArnLike {pattern} on {arn}");
    }
});
