//! `--prove-kms`: what KMS says of the direct calls, on a server that takes `DryRun`

use serde_json::{Value, json};

use crate::scene::{Ran, Scene};
use crate::testbed::{ACCOUNT, SECRET};

/// Makes the caller somebody, as far as STS tells
pub(crate) fn is(scene: &Scene, arn: &str) {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AROAEXAMPLE:ci</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    scene.caller.fault(json!({"action": "sts:GetCallerIdentity", "body": body, "times": 1000}));
}

fn as_the_principal() -> Scene {
    let scene = Scene::ready();
    is(&scene, &format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/ci", scene.name));
    scene
}

fn dry_runs(scene: &Scene) -> Vec<Value> {
    scene.caller.log().into_iter().filter(|call| call["params"]["DryRun"] == true).collect()
}

fn findings<'r>(report: &'r Value, id: &str) -> Vec<&'r str> {
    let all = report["findings"].as_array().into_iter().flatten().filter(|finding| finding["id"] == id);
    all.filter_map(|finding| finding["message"].as_str()).collect()
}

fn seen(report: &Value) -> &Value {
    let coverage = report["coverage"].as_array().into_iter().flatten();
    coverage.into_iter().find(|entry| entry["what"] == "KMS (dry runs)").unwrap_or(&Value::Null)
}

fn row<'r>(report: &'r Value, id: &str) -> &'r Value {
    let rows = report["requirements"].as_array().into_iter().flatten();
    rows.into_iter().find(|row| row["id"] == id).unwrap_or(&Value::Null)
}

fn ledger(report: &Value, id: &str) -> String {
    row(report, id)["coverage"].to_string()
}

#[test]
fn nothing_is_tried_unless_asked_for() {
    let scene = as_the_principal();
    let (report, ran) = scene.is("ready", &[]);
    assert_eq!(dry_runs(&scene), [Value::Null; 0], "{ran}");
    assert_eq!(seen(&report), &Value::Null, "{ran}");
}

#[test]
fn kms_confirms_what_the_facts_say_and_makes_nothing() {
    let scene = as_the_principal();
    let (report, ran) = scene.is("ready", &["--prove-kms"]);
    let tried: Vec<(String, String)> = dry_runs(&scene)
        .iter()
        .map(|call| {
            let id = call["params"]["KeyId"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            (call["op"].as_str().unwrap_or_default().to_owned(), id.to_owned())
        })
        .collect();
    for (operation, key) in
        [("kms:CreateGrant", &scene.model_key), ("kms:GenerateDataKey", &scene.model_key), ("kms:Decrypt", &scene.key)]
    {
        assert!(tried.contains(&(operation.to_owned(), key.clone())), "{operation} of {key}: {tried:?}");
    }
    let decrypt = dry_runs(&scene).into_iter().find(|call| call["op"] == "kms:Decrypt").expect("it is tried");
    assert_eq!(decrypt["params"]["DryRunModifiers"], json!(["IGNORE_CIPHERTEXT"]));
    assert_eq!(decrypt["params"].get("CiphertextBlob"), None);
    assert_eq!(seen(&report)["seen"], true, "{ran}");
    assert!(
        ledger(&report, "key-datakey").contains("KMS permits the direct call (dry run), as the facts say"),
        "{ran}"
    );
    assert_eq!(findings(&report, "kms-proof").len(), tried.len(), "{ran}");
    let grants = scene.call("kms", "list_grants", &json!({"KeyId": scene.model_key}));
    assert_eq!(grants["Grants"], json!([]));
}

#[test]
fn kms_that_contradicts_the_facts_leaves_the_row_open() {
    let scene = as_the_principal();
    let words = "User is not authorized because no resource control policy allows the kms:GenerateDataKey action";
    let denied = json!({"action": "kms:GenerateDataKey", "status": 400, "code": "AccessDeniedException", "message": words, "times": 10});
    scene.caller.fault(denied);
    let (report, ran) = scene.is("undetermined", &["--prove-kms"]);
    assert_eq!(ran.code, 3, "{ran}");
    let found = findings(&report, "kms-contradicts");
    assert!(
        found.iter().any(|message| message.contains("the direct call is allowed by the facts, and KMS denies it")),
        "{ran}"
    );
    assert!(found.iter().any(|message| message.contains(words) && message.contains("key-datakey")), "{ran}");
    assert_eq!(row(&report, "key-datakey")["decision"], "undetermined", "{ran}");
    assert!(row(&report, "key-datakey")["missing_facts"].to_string().contains("contradict each other"), "{ran}");
    for other in ["key-grant", "decrypt-object", "out-put"] {
        assert_eq!(row(&report, other)["decision"], "allowed", "{other}: {ran}");
    }
}

#[test]
fn a_direct_call_that_is_denied_is_no_denial_of_the_forwarded_one() {
    let scene = as_the_principal();
    let through_the_service = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "Forwarded", "Effect": "Deny", "Principal": "*", "Action": ["kms:CreateGrant", "kms:GenerateDataKey"],
         "Resource": "*", "Condition": {"Bool": {"aws:ViaAWSService": "false"}}},
    ]});
    let policy = json!({"KeyId": scene.model_key, "PolicyName": "default", "Policy": through_the_service.to_string()});
    scene.call("kms", "put_key_policy", &policy);
    let denied = json!({"action": "kms:*", "status": 400, "code": "AccessDeniedException", "message": "with an explicit deny in a resource-based policy", "times": 10});
    // The faults must meet the dry runs alone, so the facts come from a snapshot.
    let ran = scene.run(["snapshot", "--request", "request.json", "--train", "train.manifest", "--out", "account"]);
    assert_eq!(ran.code, 0, "{ran}");
    for action in ["kms:CreateGrant", "kms:GenerateDataKey"] {
        let mut denied = denied.clone();
        denied["action"] = json!(action);
        scene.caller.fault(denied);
    }
    let (report, ran) = scene.is("ready", &["--prove-kms", "--snapshot", "account"]);
    assert!(ledger(&report, "key-datakey").contains("KMS denies the direct call (dry run), as the facts say"), "{ran}");
    assert_eq!(findings(&report, "kms-contradicts"), [""; 0], "{ran}");
}

#[test]
fn a_dry_run_that_fails_costs_nothing_but_the_proof() {
    for fault in [
        json!({"status": 400, "code": "ThrottlingException"}),
        json!({"status": 500, "code": "KMSInternalException"}),
        json!({"status": 400, "code": "KMSInvalidStateException"}),
        json!({"cut": true}),
        json!({"body": "<html>", "status": 200}),
        // A server that does not know the parameter: nothing is proven by it.
        json!({"body": "{}", "status": 200, "type": "application/x-amz-json-1.1"}),
    ] {
        let scene = as_the_principal();
        for action in ["kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt"] {
            let mut fault = fault.clone();
            fault["action"] = json!(action);
            fault["times"] = json!(1000);
            scene.caller.fault(fault);
        }
        let (report, ran) = scene.is("ready", &["--prove-kms"]);
        assert_eq!(seen(&report)["seen"], false, "{fault}: {ran}");
        assert!(!findings(&report, "kms-proof-unanswered").is_empty(), "{fault}: {ran}");
        assert_eq!(findings(&report, "kms-proof"), [""; 0], "{fault}: {ran}");
        assert!(!ran.stdout.contains(SECRET), "{ran}");
    }
}

#[test]
fn credentials_of_somebody_else_prove_nothing_and_try_nothing() {
    let scene = Scene::ready();
    is(&scene, &format!("arn:aws:sts::{ACCOUNT}:assumed-role/PreflightReader/ci"));
    let (report, ran) = scene.is("ready", &["--prove-kms"]);
    assert_eq!(dry_runs(&scene), [Value::Null; 0], "{ran}");
    assert_eq!(findings(&report, "kms-proof-not-made").len(), 1, "{ran}");
    assert_eq!(seen(&report)["seen"], false, "{ran}");
}

#[test]
fn a_proof_that_could_prove_nothing_is_refused_before_any_call() {
    let scene = as_the_principal();
    scene.write("more.json", "{\"Version\": \"2012-10-17\", \"Statement\": []}");
    let refused = |more: &[&str], words: &str| {
        let (_, ran): (Value, Ran) = scene.check(more);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(words), "{ran}");
    };
    refused(&["--prove-kms", "--identity-policy", "more.json"], "not about what-if documents");
    refused(&["--prove-kms", "--offline"], "this check is offline");
    assert_eq!(scene.caller.calls(), [""; 0]);
}
