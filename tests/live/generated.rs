//! `generate` with facts from AWS, its documents put to the policy simulator

use serde_json::{Value, json};

use crate::account::members;
use crate::scene::{Ran, Scene};

/// A role that has nothing, and an account in which that would do
fn without_policies() -> (Scene, String) {
    let scene = Scene::ready();
    let name = format!("{}-new", scene.name);
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role = json!({"RoleName": name, "Path": "/ml/", "AssumeRolePolicyDocument": trust.to_string()});
    let made = scene.call("iam", "create_role", &role);
    (scene, made["Role"]["Arn"].as_str().expect("a role has an ARN").to_owned())
}

fn generate(scene: &Scene, role: &str, mode: &str, further: &[&str]) -> (Value, Ran) {
    let args =
        ["generate", "request.json", "--mode", mode, "--train", "train.manifest", "-o", "json", "--principal", role];
    let ran = scene.run(args.iter().chain(further).copied());
    (serde_json::from_str(&ran.stdout).unwrap_or(Value::Null), ran)
}

fn simulations(scene: &Scene) -> Vec<Value> {
    let log = scene.caller.log().into_iter();
    log.filter(|call| call["op"] == "iam:SimulatePrincipalPolicy").map(|call| call["params"].clone()).collect()
}

fn says(scene: &Scene, rules: &[Value]) {
    scene.caller.simulation(json!({"shape": "aggregate", "rules": rules}));
}

#[test]
fn the_generated_policy_is_simulated_beside_what_the_principal_has() {
    for mode in ["live", "both"] {
        let (scene, role) = without_policies();
        says(&scene, &[json!({"decision": "allowed", "organizations": true, "boundary": true})]);
        let (made, ran) = generate(&scene, &role, mode, &[]);
        assert_eq!((ran.code, &made["verdict"]), (0, &json!("ready")), "{ran}");
        assert_eq!(made["simulated"]["sufficient"]["holds"], true, "{ran}");
        assert!(made["simulated"]["questions"].as_u64() > Some(0), "{ran}");
        assert_eq!(made["simulated"]["questions"], made["simulated"]["answered"], "{ran}");
        let policy: Value = made["documents"][0]["policy"].clone();
        let sent = simulations(&scene);
        assert!(!sent.is_empty(), "{ran}");
        for call in sent {
            assert_eq!(call["PolicySourceArn"], *role);
            let inputs = members(&call, "PolicyInputList");
            let inputs: Vec<Value> = inputs.iter().map(|text| serde_json::from_str(text).expect("a policy")).collect();
            assert_eq!(inputs, std::slice::from_ref(&policy), "{ran}");
        }
    }
}

#[test]
fn what_aws_denies_all_the_same_is_not_ready() {
    let (scene, role) = without_policies();
    // The organization denies, which only AWS sees: its policies cannot be read.
    scene
        .caller
        .fault(json!({"action": "organizations:*", "status": 400, "code": "AccessDeniedException", "times": 1000}));
    says(
        &scene,
        &[
            json!({"action": "kms:*", "decision": "implicitDeny", "organizations": false, "boundary": true, "excluding": []}),
            json!({"decision": "allowed", "organizations": true, "boundary": true}),
        ],
    );
    let (made, ran) = generate(&scene, &role, "both", &[]);
    assert_eq!((ran.code, &made["verdict"]), (1, &json!("blocked")), "{ran}");
    assert_eq!(made["proof"]["sufficient"]["holds"], true, "the documents alone would do: {ran}");
    let rows = made["simulated"]["sufficient"]["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["need"] == "key-grant" && row["decision"] == "implicitDeny"), "{ran}");
}

#[test]
fn a_simulator_that_does_not_answer_is_named_and_in_live_mode_decides() {
    for (mode, code, verdict) in [("both", 0, "ready"), ("live", 3, "undetermined")] {
        let (scene, role) = without_policies();
        scene.caller.fault(json!({"action": "iam:Simulate*", "status": 403, "code": "AccessDenied", "times": 1000}));
        let (made, ran) = generate(&scene, &role, mode, &[]);
        assert_eq!((ran.code, &made["verdict"]), (code, &json!(verdict)), "{mode}: {ran}");
        assert_eq!(made["simulated"]["answered"], 0, "{ran}");
        assert!(made["simulated"]["failures"].to_string().contains("may not call"), "{ran}");
        assert_eq!(made["proof"]["sufficient"]["holds"], true, "{ran}");
    }
}

#[test]
fn offline_excludes_live() {
    let (scene, role) = without_policies();
    let (_, ran) = generate(&scene, &role, "both", &["--offline"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert_eq!(scene.caller.calls(), [""; 0]);
}

#[test]
fn the_principal_is_the_owner_of_the_credentials_when_nobody_is_named() {
    let (scene, role) = without_policies();
    let name = role.rsplit('/').next().unwrap_or_default();
    says(&scene, &[json!({"decision": "allowed"})]);
    crate::proof::is(&scene, &format!("arn:aws:sts::{}:assumed-role/{name}/ci", crate::testbed::ACCOUNT));
    let ran = scene.run(["generate", "request.json", "--mode", "both", "--train", "train.manifest"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("simulated"), "{ran}");
    assert!(simulations(&scene).iter().all(|call| call["PolicySourceArn"] == *role), "{ran}");
}
