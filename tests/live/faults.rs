//! The fault matrix: whatever goes wrong with a call, the verdict is right or says what it would need to know

use std::time::Duration;

use serde_json::{Value, json};

use crate::scene::{Ran, Scene, causes};

/// Calls that the scene's check makes, apart from the one that tells who calls, each with a word of its cause
const CALLS: [(&str, &str); 16] = [
    ("organizations:DescribeOrganization", "DescribeOrganization"),
    ("iam:GetRole", "GetRole"),
    ("iam:ListRolePolicies", "ListRolePolicies"),
    ("iam:GetRolePolicy", "GetRolePolicy"),
    ("iam:ListAttachedRolePolicies", "ListAttachedRolePolicies"),
    ("iam:GetPolicy", "GetPolicy"),
    ("iam:GetPolicyVersion", "GetPolicyVersion"),
    ("s3:GetBucketLocation", "GetBucketLocation"),
    ("s3:GetBucketEncryption", "GetEncryptionConfiguration"),
    ("s3:GetBucketPolicy", "GetBucketPolicy"),
    ("s3:GetBucketPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("s3:HeadObject", "HeadObject"),
    ("kms:ListAliases", "ListAliases"),
    ("kms:DescribeKey", "DescribeKey"),
    ("kms:GetKeyPolicy", "GetKeyPolicy"),
    ("kms:ListGrants", "ListGrants"),
];

/// Facts that change nothing for the scene: its role's policies are enough, and the request names the results' key
const WITHOUT_WEIGHT: [&str; 3] = ["s3:GetBucketPublicAccessBlock", "s3:GetBucketEncryption", "kms:ListGrants"];

/// Runs the check under a fault of one call
#[track_caller]
fn under(scene: &Scene, call: &str, fault: &Value) -> (Value, Ran) {
    let scene = scene.again();
    let mut fault = fault.clone();
    fault["action"] = json!(call);
    scene.caller.fault(fault);
    let (report, ran) = scene.check(&["--deadline", "60s"]);
    assert!(matches!(ran.code, 0 | 3), "{call}: neither ready nor undetermined: {ran}");
    assert!(ran.took < Duration::from_secs(70), "{call}: {ran}");
    assert!(report["requirements"].as_array().is_some_and(|rows| rows.len() >= 6), "{call}: rows are lost: {ran}");
    (report, ran)
}

/// The fault leaves something unknown, and the report says which call is behind it
#[track_caller]
fn leaves_open(fault: &Value) {
    let scene = &Scene::ready();
    std::thread::scope(|scope| {
        for (call, word) in CALLS {
            scope.spawn(move || {
                let (report, ran) = under(scene, call, fault);
                if WITHOUT_WEIGHT.contains(&call) && report["verdict"] == "ready" {
                    return;
                }
                assert_eq!(report["verdict"], "undetermined", "{call}: {ran}");
                assert!(causes(&report).iter().any(|cause| cause.contains(word)), "{call}: no cause: {ran}");
            });
        }
    });
}

/// The fault passes, and the verdict is what it is without it
#[track_caller]
fn passes(fault: &Value) {
    let scene = &Scene::ready();
    std::thread::scope(|scope| {
        for (call, _) in CALLS {
            scope.spawn(move || {
                let (report, ran) = under(scene, call, fault);
                assert_eq!(report["verdict"], "ready", "{call}: {ran}");
            });
        }
    });
}

#[test]
fn throttling_that_ends_changes_nothing() {
    passes(&json!({"status": 503, "code": "SlowDown", "times": 2}));
    passes(&json!({"status": 429, "code": "ThrottlingException", "times": 1}));
}

#[test]
fn throttling_that_does_not_end_leaves_the_fact_open() {
    leaves_open(&json!({"status": 400, "code": "ThrottlingException", "times": 100_000}));
}

#[test]
fn a_failure_of_the_service_leaves_the_fact_open() {
    leaves_open(&json!({"status": 500, "code": "InternalFailure", "times": 100_000}));
}

#[test]
fn a_refusal_leaves_the_fact_open() {
    leaves_open(&json!({"status": 403, "code": "AccessDenied", "message": "not for you", "times": 100_000}));
}

#[test]
fn a_cut_connection_leaves_the_fact_open() {
    leaves_open(&json!({"cut": true, "times": 100_000}));
}

#[test]
fn a_redirect_without_a_region_leaves_the_fact_open() {
    leaves_open(&json!({"status": 301, "code": "PermanentRedirect", "times": 100_000}));
}

#[test]
fn a_garbled_answer_leaves_the_fact_open() {
    let scene = &Scene::ready();
    // A HEAD has no body that could be garbled.
    for body in ["<html>gateway</html>", "\u{fffd}\u{0}garbled", ""] {
        std::thread::scope(|scope| {
            for (call, _) in CALLS.iter().filter(|(call, _)| *call != "s3:HeadObject") {
                scope.spawn(move || {
                    let (report, ran) = under(scene, call, &json!({"body": body, "times": 100_000}));
                    if report["verdict"] == "ready" {
                        let harmless = WITHOUT_WEIGHT.contains(call) || *call == "s3:GetBucketLocation";
                        assert!(harmless, "{call} answered `{body}`: a false ready: {ran}");
                    }
                });
            }
        });
    }
}

#[test]
fn a_policy_that_is_no_policy_leaves_the_fact_open() {
    let scene = Scene::ready();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]});
    scene.call("s3", "put_bucket_policy", &json!({"Bucket": scene.results(), "Policy": policy.to_string()}));
    let (report, ran) = scene.is("undetermined", &[]);
    assert!(causes(&report).iter().any(|cause| cause.contains("cannot be understood")), "{ran}");
    let scene = Scene::ready();
    scene.call(
        "kms",
        "put_key_policy",
        &json!({"KeyId": scene.key, "PolicyName": "default", "Policy": "{\"Statement\": "}),
    );
    let (report, ran) = scene.is("undetermined", &[]);
    assert!(causes(&report).iter().any(|cause| cause.contains("cannot be understood")), "{ran}");
}

#[test]
fn a_bucket_in_another_region_is_asked_about_there() {
    let scene = Scene::ready();
    let redirect = json!({"action": "s3:HeadObject", "status": 301, "code": "PermanentRedirect", "times": 1, "headers": {"x-amz-bucket-region": "eu-west-1"}});
    scene.caller.fault(redirect);
    scene.is("ready", &[]);
}

#[test]
fn a_slow_service_ends_with_the_deadline() {
    let scene = Scene::ready();
    scene.caller.fault(json!({"action": "kms:GetKeyPolicy", "delay": 8, "times": 100_000}));
    let (report, ran) = scene.check(&["--deadline", "3s"]);
    assert_eq!(report["verdict"], "undetermined", "{ran}");
    assert!(ran.took < Duration::from_secs(6), "{ran}");
    assert!(causes(&report).iter().any(|cause| cause.contains("--deadline is over")), "{ran}");
}

#[test]
fn one_lost_policy_loses_no_other_row() {
    let scene = Scene::ready();
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Sid": "NoResults", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::{}/*", scene.results())}]});
    scene.call("s3", "put_bucket_policy", &json!({"Bucket": scene.results(), "Policy": deny.to_string()}));
    scene.caller.fault(json!({"action": "kms:*", "status": 500, "times": 100_000}));
    let (report, ran) = scene.is("blocked", &[]);
    assert!(report["requirements"].to_string().contains("NoResults"), "{ran}");
}
