//! `--mode live` and `--mode both`: facts from a snapshot, the caller's own policies judged by a scripted simulator

use serde_json::{Value, json};

use crate::account::{Account, members};

const SHAPES: [&str; 2] = ["aggregate", "per-resource"];

#[test]
fn two_engines_that_agree_are_ready_and_each_row_says_who_judged_what() {
    for (shape, mode) in SHAPES.into_iter().zip(["both", "live"]) {
        let account = Account::new();
        account.simulator(shape, &[]);
        let ran = account.run("check", &["--mode", mode]);
        assert_eq!((ran.verdict(), ran.code), ("ready", 0), "{:#}", ran.report);
        assert_eq!(ran.report["mode"], mode);
        assert_eq!(ran.findings(), [""; 0]);
        for layer in ["identity", "boundary", "scp"] {
            assert_eq!(ran.judged_by("create", layer), "both", "{layer}");
        }
        for layer in ["resource", "grant", "rcp", "session"] {
            assert_eq!(ran.judged_by("key-grant", layer), "engine", "{layer}");
        }
        assert!(account.simulations().len() <= 10, "{}", account.simulations().len());
    }
}

#[test]
fn every_call_names_resources_owners_and_the_whole_known_context() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    account.run("check", &["--mode", "both"]);
    for call in account.simulations() {
        assert_eq!(call["PolicySourceArn"], *account.role);
        assert_eq!(call["ResourceOwner"], "arn:aws:iam::123456789012:root");
        let (actions, resources) = (members(&call, "ActionNames"), members(&call, "ResourceArns"));
        assert!(!resources.is_empty() && resources.iter().all(|resource| resource.starts_with("arn:aws:")), "{call}");
        let on_objects = |action: &&str| matches!(*action, "s3:GetObject" | "s3:GetObjectVersion" | "s3:PutObject");
        if actions.iter().any(on_objects) {
            assert!(actions.iter().all(on_objects), "{actions:?}");
            assert!(resources.iter().all(|resource| resource.contains('/')), "{resources:?}");
        }
        let keys = members(&call, "ContextEntries");
        for key in [
            "aws:RequestedRegion",
            "aws:PrincipalArn",
            "aws:PrincipalOrgID",
            "aws:PrincipalTag/team",
            "aws:SecureTransport",
            "aws:ViaAWSService",
        ] {
            assert!(keys.contains(&key), "{key} is not in {keys:?}");
        }
    }
}

#[test]
fn pages_are_read_to_the_end() {
    let account = Account::new();
    account.simulator("per-resource", &[]);
    account.caller.simulation(json!({"page_size": 1}));
    let ran = account.run("check", &["--mode", "live"]);
    assert_eq!(ran.verdict(), "ready", "{:#}", ran.report);
    let calls = account.simulations();
    assert!(calls.iter().any(|call| call["Marker"] == "1"), "{calls:#?}");
}

#[test]
fn a_contradiction_is_reported_with_both_traces_and_never_decides() {
    for shape in SHAPES {
        let account = Account::new();
        let denial =
            json!({"action": "s3:PutObject", "decision": "implicitDeny", "organizations": true, "boundary": true});
        account.simulator(shape, &[denial]);
        let ran = account.run("check", &["--mode", "both"]);
        assert_eq!((ran.verdict(), ran.code), ("undetermined", 3), "{:#}", ran.report);
        assert_eq!(ran.row("out-put")["decision"], "undetermined");
        assert_eq!(ran.row("read-object")["decision"], "allowed");
        assert_eq!(ran.findings(), ["engines-disagree"]);
        let finding =
            ran.report["findings"].as_array().unwrap().iter().find(|f| f["id"] == "engines-disagree").unwrap();
        let message = finding["message"].as_str().unwrap();
        assert!(
            message.contains("allowed by the facts (")
                && message.contains("implicitDeny by AWS's simulator (identity policy does not allow)"),
            "{message}"
        );
        assert!(finding["help"].as_str().unwrap().contains("possible reason") && finding["url"].is_string());
    }
}

#[test]
fn service_control_policies_that_cannot_be_read_are_settled_by_the_simulator() {
    let account = Account::new();
    account.forget("organizations/scps");
    let offline = account.run("check", &[]);
    assert_eq!(offline.verdict(), "undetermined");
    account.simulator("aggregate", &[]);
    let ran = account.run("check", &["--mode", "both"]);
    assert_eq!(ran.verdict(), "ready", "{:#}", ran.report);
    assert_eq!(ran.judged_by("create", "scp"), "simulator");
    let assumed =
        |report: &Value| report["assumptions"].as_array().unwrap().iter().any(|used| used["id"] == "unread-scps");
    assert!(assumed(&ran.report));
    let strict = account.run("check", &["--mode", "both", "--assume", "unread-scps=open"]);
    assert_eq!(strict.verdict(), "undetermined");
}

#[test]
fn a_denying_organization_is_named_by_asking_again_without_its_policies() {
    for shape in SHAPES {
        let account = Account::new();
        account.forget("organizations/scps");
        let denied = json!({"action": "kms:*", "decision": "implicitDeny", "organizations": false, "boundary": true, "excluding": []});
        account.simulator(shape, &[denied]);
        let ran = account.run("check", &["--mode", "both"]);
        assert_eq!((ran.verdict(), ran.code), ("blocked", 1), "{:#}", ran.report);
        let by = ran.row("key-grant")["decided_by"].as_array().unwrap();
        assert_eq!(
            (by.len(), &by[0]["layer"], &by[0]["effect"]),
            (1, &json!("scp"), &json!("does not allow")),
            "{by:?}"
        );
        let again: Vec<Value> = account
            .simulations()
            .into_iter()
            .filter(|call| call["PolicyExclusionList.member.1.PolicyType"] == "scp")
            .collect();
        assert!(!again.is_empty(), "{:#?}", account.simulations());
        let actions: Vec<&str> = again.iter().flat_map(|call| members(call, "ActionNames")).collect();
        assert!(
            actions.iter().all(|action| action.starts_with("kms:")),
            "only denied rows are asked again: {actions:?}"
        );
    }
}

/// A fault of the simulator, the finding that names it, further arguments
type Outcome = (Value, &'static str, &'static [&'static str]);

#[test]
fn every_failure_has_its_own_outcome() {
    let always = |mut fault: Value| {
        fault["action"] = json!("iam:Simulate*");
        fault["times"] = json!(1000);
        fault
    };
    let outcomes: [Outcome; 8] = [
        (json!({"status": 403, "code": "AccessDenied"}), "simulator-not-permitted", &[]),
        (json!({"status": 404, "code": "NoSuchEntity"}), "simulator-no-such-principal", &[]),
        (json!({"status": 400, "code": "InvalidInput"}), "simulator-invalid-input", &[]),
        (json!({"status": 500, "code": "PolicyEvaluation"}), "simulator-policy-evaluation", &[]),
        (json!({"status": 400, "code": "Throttling"}), "simulator-throttled", &[]),
        (json!({"status": 200, "body": "<html>not XML"}), "simulator-garbled", &[]),
        (json!({"cut": true}), "simulator-unreachable", &[]),
        (json!({"delay": 20}), "simulator-deadline", &["--deadline", "6s"]),
    ];
    let account = Account::new();
    account.simulator("aggregate", &[]);
    for (fault, finding, arguments) in outcomes {
        let account = Account::new();
        account.simulator("aggregate", &[]);
        account.caller.fault(always(fault));
        let both = account.run("check", &[&["--mode", "both"], arguments].concat());
        assert_eq!((both.verdict(), both.code), ("ready", 0), "{finding}: {:#}", both.report);
        assert_eq!(both.findings(), [finding], "the fallback is named");
        assert_eq!(both.judged_by("create", "identity"), "engine");
        let live = account.run("check", &[&["--mode", "live"], arguments].concat());
        assert_eq!((live.verdict(), live.code), ("undetermined", 4), "{finding}: {:#}", live.report);
        assert_eq!(live.findings(), [finding]);
        assert!(live.rows().iter().all(|row| row["decision"] == "undetermined"), "{finding}");
    }
}

#[test]
fn a_failure_that_every_call_would_meet_is_met_once() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    account.caller.fault(json!({"action": "iam:Simulate*", "status": 403, "code": "AccessDenied", "times": 1000}));
    account.run("check", &["--mode", "both"]);
    assert_eq!(account.simulations().len(), 1);
}

#[test]
fn throttling_that_ends_and_one_lost_call_harm_no_other_row() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    account.caller.fault(json!({"action": "iam:Simulate*", "status": 400, "code": "Throttling", "times": 2}));
    assert_eq!(account.run("check", &["--mode", "live"]).verdict(), "ready");
    account
        .caller
        .fault(json!({"action": "iam:Simulate*", "status": 400, "code": "InvalidInput", "skip": 7, "times": 1}));
    let ran = account.run("check", &["--mode", "live"]);
    assert_eq!(ran.findings(), ["simulator-invalid-input"]);
    let open = ran.rows().iter().filter(|row| row["decision"] == "undetermined").count();
    assert!((1..ran.rows().len()).contains(&open), "{open} of {}", ran.rows().len());
}

#[test]
fn a_principal_that_aws_does_not_know_is_told_so() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let name = account.role.rsplit('/').next().unwrap().to_owned();
    account.caller.testbed.call("iam", "delete_role", &json!({"RoleName": name}));
    let ran = account.run("check", &["--mode", "live"]);
    assert_eq!((ran.findings(), ran.code), (vec!["simulator-no-such-principal"], 4));
}

#[test]
fn a_role_session_is_asked_about_as_its_role_with_the_path() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let name = account.role.rsplit('/').next().unwrap();
    let session = format!("arn:aws:sts::123456789012:assumed-role/{name}/run-7");
    let ran = account.run("check", &["--mode", "live", "--principal", &session]);
    assert_eq!(ran.verdict(), "ready", "{:#}", ran.report);
    assert!(account.simulations().iter().all(|call| call["PolicySourceArn"] == *account.role));
}

#[test]
fn principals_that_the_simulator_does_not_take_are_not_sent() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let ran = account.run("check", &["--mode", "both", "--principal", "arn:aws:iam::123456789012:root"]);
    assert_eq!(ran.findings(), ["simulator-not-asked"]);
    assert!(account.simulations().is_empty());
}

#[test]
fn what_if_documents_are_sent_along_and_unsendable_ones_are_not() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let policy = |sid: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "{sid}", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::bilder/größe/*"}}]}}"#
        )
    };
    account.write("more.json", &policy("More"));
    let ran = account.run("check", &["--mode", "both", "--identity-policy", "more.json"]);
    assert_eq!(ran.findings(), [""; 0]);
    assert!(
        account
            .simulations()
            .iter()
            .all(|call| call["PolicyInputList.member.1"].as_str().is_some_and(|text| text.contains("größe")))
    );
    let before = account.simulations().len();
    account.write("more.json", &policy("More").replace("größe", "尺寸"));
    let ran = account.run("check", &["--mode", "both", "--identity-policy", "more.json"]);
    assert_eq!(ran.findings(), ["simulator-not-asked"]);
    assert_eq!(account.simulations().len(), before);
}

/// 20,000 objects under three prefixes, encrypted with two keys
#[test]
fn twenty_thousand_objects_take_at_most_ten_simulations() {
    use std::fmt::Write;
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let keys = ["3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4", "c5079b4e-1e62-4d8b-b3fa-90d1e6a7728f"];
    let (mut objects, mut manifest) = (String::new(), String::new());
    for number in 0..20_000 {
        let prefix = ["casting/line-3/a", "casting/line-3/b", "casting/line-3/c"][number % 3];
        let image = format!("{prefix}/{number:05}.png");
        let arn = format!("arn:aws:kms:us-east-1:123456789012:key/{}", keys[number % 2]);
        let head = json!({"Key": image, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn});
        let line = json!({
            "source-ref": format!("s3://acme-vision-datasets/{image}"),
            "label": 1,
            "label-metadata": {"class-name": "anomaly", "human-annotated": "yes", "type": "groundtruth/image-classification"},
        });
        let _ = writeln!(objects, "{head}");
        let _ = writeln!(manifest, "{line}");
    }
    account.write("account/s3/acme-vision-datasets/objects.jsonl", &objects);
    account.write("large.manifest", &manifest);
    let ran = account.run_on("check", &["requests/ready.json", "--train", "large.manifest", "--mode", "both"]);
    let counted: u64 = ran
        .rows()
        .iter()
        .filter(|row| row["action"] == "s3:GetObject")
        .map(|row| row["resource_count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 20_000, "{:#}", ran.report);
    let calls = account.simulations();
    assert!(calls.len() <= 10, "{} calls", calls.len());
    let objects: Vec<&str> =
        calls.iter().flat_map(|call| members(call, "ResourceArns")).filter(|arn| arn.contains(".png")).collect();
    assert!(objects.len() <= 6, "representatives alone are asked about: {objects:?}");
    let asked = calls
        .iter()
        .flat_map(|call| members(call, "ResourceArns"))
        .filter(|arn| keys.iter().any(|key| arn.ends_with(key)));
    assert!(asked.count() >= 2);
}

#[test]
fn explain_says_who_judged_each_layer() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let ran = account.run("explain", &["--mode", "both", "--action", "s3:PutObject"]);
    let views = ran.report["rows"][0]["requirement"]["coverage"].as_array().unwrap();
    assert!(views.iter().any(|view| view["layer"] == "identity" && view["judged_by"] == "both"), "{views:?}");
}

/// Whether each call carried the policy of a bucket, and its actions
fn bucket_policies(account: &Account) -> Vec<(bool, String)> {
    let calls = account.simulations();
    calls.iter().map(|call| (call["ResourcePolicy"].is_string(), members(call, "ActionNames").join(","))).collect()
}

#[test]
fn bucket_policies_are_sent_and_key_policies_are_not() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let ran = account.run("check", &["--mode", "both"]);
    assert_eq!(ran.judged_by("read-object", "resource"), "both");
    assert_eq!(ran.judged_by("key-grant", "resource"), "engine");
    for call in account.simulations().iter().filter(|call| call["ResourcePolicy"].is_string()) {
        assert_eq!(call["CallerArn"], *account.role);
        assert!(members(call, "ResourceArns").iter().all(|resource| resource.starts_with("arn:aws:s3:::")), "{call}");
    }
    let sent = bucket_policies(&account);
    assert!(sent.iter().any(|(policy, actions)| *policy && actions.contains("s3:GetObject")), "{sent:?}");
    assert!(sent.iter().all(|(policy, actions)| !policy || actions.starts_with("s3:")), "{sent:?}");
}

#[test]
fn a_principal_whose_simulations_take_no_bucket_policy_is_found_out_once() {
    let account = Account::new();
    account.simulator("aggregate", &[]);
    let refused = "Invalid caller - Caller must be an IAM user in this context.";
    account.caller.fault(
        json!({"action": "iam:Simulate*", "status": 400, "code": "InvalidInput", "message": refused, "times": 1}),
    );
    let ran = account.run("check", &["--mode", "live"]);
    assert_eq!((ran.verdict(), ran.findings()), ("ready", vec![]), "{:#}", ran.report);
    assert_eq!(ran.judged_by("read-object", "resource"), "engine");
    let sent = bucket_policies(&account);
    assert_eq!(sent.iter().filter(|(policy, _)| *policy).count(), 1, "{sent:?}");
}

#[test]
fn a_user_is_asked_about_with_bucket_policies_and_groups() {
    let account = Account::new();
    account.simulator("per-resource", &[]);
    account.caller.testbed.call("iam", "create_user", &json!({"UserName": "ana"}));
    let ana = "arn:aws:iam::123456789012:user/ana";
    let ran = account.run("check", &["--mode", "both", "--principal", ana]);
    let calls = account.simulations();
    assert!(!calls.is_empty() && calls.iter().all(|call| call["PolicySourceArn"] == ana));
    assert!(bucket_policies(&account).iter().any(|(policy, actions)| *policy && actions.contains("s3:PutObject")));
    assert_eq!(ran.judged_by("out-put", "identity"), "both");
    // What only a role's own policy grants is a contradiction for the user, whom the script allows everything.
    assert!(ran.findings().contains(&"engines-disagree") && ran.verdict() == "undetermined", "{:#}", ran.report);
}

/// A check of a request of another operation, in a file of its own
fn check_other(account: &Account, operation: &str, request: &Value, more: &[&str]) -> crate::account::Ran {
    account.write("requests/other.json", &request.to_string());
    let all = [&["requests/other.json", "--operation", operation], more].concat();
    account.run_on("check", &all)
}

#[test]
fn an_operation_without_a_file_is_asked_about_too_and_never_ready() {
    for mode in ["both", "live"] {
        let account = Account::new();
        account.simulator("aggregate", &[]);
        let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}]});
        account.write("all.json", &all.to_string());
        // The boundary of the example's role allows this one.
        let request = json!({"Namespace": "training"});
        let ran = check_other(
            &account,
            "cloudwatch:PutMetricData",
            &request,
            &["--mode", mode, "--identity-policy", "all.json"],
        );
        assert_eq!((ran.verdict(), ran.code), ("undetermined", 3), "{:#}", ran.report);
        assert_eq!((ran.row("own")["decision"].as_str(), ran.findings()), (Some("allowed"), vec![]));
        assert!(account.simulations().iter().any(|call| members(call, "ActionNames") == ["cloudwatch:PutMetricData"]));
        assert!(ran.report["notices"].to_string().contains("side effects not modelled"));
    }
}

#[test]
fn who_is_denied_by_the_simulator_may_be_let_in_by_a_policy_that_is_not_read() {
    let denial =
        |action: &str| json!({"action": action, "decision": "implicitDeny", "organizations": true, "boundary": true});
    for mode in ["both", "live"] {
        let account = Account::new();
        account.simulator("aggregate", &[denial("dynamodb:GetItem"), denial("ecs:RunTask")]);
        let table = json!({"TableName": "t", "Key": {}});
        let ran = check_other(&account, "dynamodb:GetItem", &table, &["--mode", mode]);
        assert_eq!((ran.verdict(), ran.code), ("undetermined", 3), "{:#}", ran.report);
        assert_eq!(
            (ran.row("own")["decision"].as_str(), ran.findings()),
            (Some("undetermined"), vec![]),
            "{:#}",
            ran.report
        );
        assert!(ran.row("own")["missing_facts"].to_string().contains("other-resource-policies=own-none"));
        let ran = check_other(&account, "ecs:RunTask", &json!({"taskDefinition": "web:3"}), &["--mode", mode]);
        assert_eq!((ran.verdict(), ran.code), ("blocked", 1), "{:#}", ran.report);
        assert_eq!((ran.row("own")["decision"].as_str(), ran.findings()), (Some("implicitDeny"), vec![]));
    }
}
