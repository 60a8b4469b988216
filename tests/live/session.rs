//! The server itself: what the other tests rest on, seen by another client than ours

use serde_json::{Value, json};

use crate::testbed::{self, ACCOUNT, Caller};

/// Runs a line of Python as this caller, with `client` for boto3's; what it raised or printed
fn boto3(caller: &Caller, line: &str) -> String {
    let script = format!(
        "import boto3, json\ndef client(name): return boto3.client(name, region_name='us-east-1')\ntry: print(json.dumps({line}, default=str))\nexcept Exception as e: print(e)"
    );
    let mut command = std::process::Command::new(testbed::python());
    let output = command.arg("-c").arg(script).env_clear().envs(caller.environment()).output().expect("Python runs");
    String::from_utf8(output.stdout).expect("Python prints UTF-8")
}

#[test]
fn what_is_set_up_is_there_and_not_in_the_log() {
    let caller = testbed::shared().caller();
    let name = format!("session-{}", caller.number);
    let role = json!({"RoleName": name, "Path": "/ml/", "AssumeRolePolicyDocument": "{}"});
    let made = caller.testbed.call("iam", "create_role", &role);
    assert_eq!(made["Role"]["Arn"], format!("arn:aws:iam::{ACCOUNT}:role/ml/{name}"));
    caller.testbed.call("s3", "create_bucket", &json!({"Bucket": name}));
    caller.testbed.seed(&json!({"bucket": name, "prefix": "images/", "suffix": ".jpg", "count": 3}));
    let listed = caller.testbed.call("s3", "list_objects_v2", &json!({"Bucket": name}));
    assert_eq!(listed["KeyCount"], 3);
    assert_eq!(caller.calls(), [""; 0]);
}

#[test]
fn faults_and_the_log_belong_to_one_caller() {
    let [faulty, other] = [testbed::shared().caller(), testbed::shared().caller()];
    faulty.fault(json!({"action": "sts:*", "status": 403, "code": "AccessDenied", "message": "not you"}));
    let call = "client('sts').get_caller_identity()['Account']";
    assert!(boto3(&faulty, call).contains("AccessDenied"));
    assert!(boto3(&other, call).contains(ACCOUNT));
    assert_eq!(faulty.calls(), ["sts:GetCallerIdentity"]);
    assert_eq!(other.calls(), ["sts:GetCallerIdentity"]);
}

#[test]
fn a_scripted_simulation_answers_in_both_shapes() {
    let caller = testbed::shared().caller();
    let name = format!("simulated-{}", caller.number);
    let role = json!({"RoleName": name, "AssumeRolePolicyDocument": "{}"});
    caller.testbed.call("iam", "create_role", &role);
    for (shape, results) in [("aggregate", 1), ("per-resource", 2)] {
        caller.simulation(json!({"shape": shape, "rules": [{"action": "s3:*", "decision": "allowed"}]}));
        let answer = boto3(
            &caller,
            &format!(
                "client('iam').simulate_principal_policy(PolicySourceArn='arn:aws:iam::{ACCOUNT}:role/{name}', ActionNames=['s3:GetObject'], ResourceArns=['arn:aws:s3:::b/1', 'arn:aws:s3:::b/2'])"
            ),
        );
        let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert_eq!(answer["EvaluationResults"].as_array().map(Vec::len), Some(results), "{shape}");
    }
}
