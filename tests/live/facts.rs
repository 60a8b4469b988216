//! What the check learns from AWS, and with which calls

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::scene::{Scene, causes};
use crate::testbed::ACCOUNT;

#[test]
fn a_ready_account_is_ready_and_each_fact_is_asked_for_once() {
    let scene = Scene::ready();
    let (report, ran) = scene.is("ready", &[]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(report["summary"]["undetermined"], 0, "{ran}");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for call in scene.caller.calls().into_iter().filter(|call| call != "iam:SimulatePrincipalPolicy") {
        *counts.entry(call).or_default() += 1;
    }
    let expected = [
        ("iam:GetPolicy", 2),
        ("iam:GetPolicyVersion", 2),
        ("iam:GetRole", 1),
        ("iam:GetRolePolicy", 1),
        ("iam:ListAttachedRolePolicies", 1),
        ("iam:ListRolePolicies", 1),
        ("kms:DescribeKey", 2),
        ("kms:GetKeyPolicy", 2),
        ("kms:ListAliases", 1),
        ("kms:ListGrants", 2),
        ("organizations:DescribeOrganization", 1),
        ("s3:GetBucketEncryption", 2),
        ("s3:GetBucketLocation", 4),
        ("s3:GetBucketOwnershipControls", 2),
        ("s3:GetBucketPolicy", 2),
        ("s3:GetBucketPublicAccessBlock", 2),
        ("s3:HeadObject", 3),
        ("sts:GetCallerIdentity", 1),
    ];
    assert_eq!(counts, expected.map(|(call, count)| (call.to_owned(), count)).into());
}

#[test]
fn a_statement_is_shown_where_it_stands_in_what_aws_sent() {
    let scene = Scene::ready();
    let deny = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "NoResults", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{}/*", scene.results()),
    }]});
    scene.call("s3", "put_bucket_policy", &json!({"Bucket": scene.results(), "Policy": deny.to_string()}));
    let (report, ran) = scene.is("blocked", &[]);
    assert_eq!(ran.code, 1);
    let decided = report["requirements"].to_string();
    assert!(
        decided.contains("NoResults") && decided.contains(&format!("aws:s3/{}/policy.json", scene.results())),
        "{ran}"
    );
}

#[test]
fn a_boundary_of_the_role_limits_it() {
    let scene = Scene::ready();
    let narrow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "lookoutvision:*"], "Resource": "*"}]});
    let made = json!({"PolicyName": format!("{}-narrow", scene.name), "PolicyDocument": narrow.to_string()});
    let arn = scene.call("iam", "create_policy", &made)["Policy"]["Arn"].clone();
    scene.call("iam", "put_role_permissions_boundary", &json!({"RoleName": scene.name, "PermissionsBoundary": arn}));
    let (report, ran) = scene.is("blocked", &[]);
    assert!(report["requirements"].to_string().contains("\"boundary\""), "{ran}");
}

#[test]
fn only_the_version_in_force_counts() {
    let scene = Scene::ready();
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{}-data", scene.name);
    let nothing =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]});
    let version =
        |default: bool| json!({"PolicyArn": arn, "PolicyDocument": nothing.to_string(), "SetAsDefault": default});
    scene.call("iam", "create_policy_version", &version(false));
    scene.is("ready", &[]);
    scene.call("iam", "create_policy_version", &version(true));
    scene.is("blocked", &[]);
}

#[test]
fn a_session_of_the_role_is_judged_by_the_role() {
    let scene = Scene::ready();
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/ci", scene.name);
    let (report, ran) = scene.check(&["--principal", &session]);
    assert_eq!(report["principal"]["kind"], "role session", "{ran}");
    assert!(scene.caller.calls().contains(&"iam:GetRole".to_owned()));
    assert!(!report["requirements"].to_string().contains("implicitDeny"), "{ran}");
}

#[test]
fn a_user_has_the_policies_of_its_groups() {
    let scene = Scene::ready();
    let (user, group) = (format!("{}-ana", scene.name), format!("{}-ml", scene.name));
    let allow = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    scene.call("iam", "create_user", &json!({"UserName": user, "Tags": [{"Key": "team", "Value": "vision"}]}));
    scene.call("iam", "create_group", &json!({"GroupName": group}));
    let principal = format!("arn:aws:iam::{ACCOUNT}:user/{user}");
    scene.is("blocked", &["--principal", &principal]);
    scene.call("iam", "add_user_to_group", &json!({"UserName": user, "GroupName": group}));
    let policy = json!({"GroupName": group, "PolicyName": "all", "PolicyDocument": allow.to_string()});
    scene.call("iam", "put_group_policy", &policy);
    scene.is("ready", &["--principal", &principal]);
}

#[test]
fn a_principal_that_does_not_exist_is_named() {
    let scene = Scene::ready();
    for (principal, words) in [
        (format!("arn:aws:iam::{ACCOUNT}:role/nobody-{}", scene.name), "AWS knows no role"),
        (format!("arn:aws:iam::{ACCOUNT}:role/{}", scene.name), "did you mean"),
        ("arn:aws:iam::999988887777:role/other".to_owned(), "account 999988887777"),
    ] {
        let (_, ran) = scene.check(&["--principal", &principal]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(
            ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ").contains(words),
            "`{words}` is not in: {ran}"
        );
    }
}

#[test]
fn a_manifest_in_s3_is_read_from_there() {
    let scene = Scene::ready();
    let text = scene.manifest(&["images/000000.jpg", "images/000002.jpg"]);
    scene.call("s3", "put_object", &json!({"Bucket": scene.data(), "Key": "lists/train one.manifest", "Body": text}));
    let uri = format!("s3://{}/lists/train one.manifest", scene.data());
    let principal = scene.principal();
    let ran = scene.run([
        "check",
        "request.json",
        "--mode",
        "both",
        "--principal",
        &principal,
        "--train",
        &uri,
        "-o",
        "json",
    ]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    assert_eq!(report["verdict"], "ready", "{ran}");
    assert_eq!(scene.caller.calls().iter().filter(|call| *call == "s3:HeadObject").count(), 2);
    let missing = format!("s3://{}/lists/none.manifest", scene.data());
    let ran = scene.run([
        "check",
        "request.json",
        "--mode",
        "both",
        "--principal",
        &principal,
        "--train",
        &missing,
        "-o",
        "json",
    ]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    assert_eq!(report["verdict"], "undetermined", "{ran}");
    assert!(causes(&report).iter().any(|cause| cause.contains("NoSuchKey")), "{ran}");
}

#[test]
fn an_object_that_is_not_there_is_said() {
    let scene = Scene::ready();
    scene.write("train.manifest", &scene.manifest(&["images/000000.jpg", "images/lost.jpg"]));
    let (report, ran) = scene.is("undetermined", &[]);
    assert!(
        causes(&report).iter().any(|cause| cause.contains("HeadObject") && cause.contains("found nothing")),
        "{ran}"
    );
}

#[test]
fn a_sample_cannot_be_ready() {
    let scene = Scene::ready();
    let (report, ran) = scene.is("undetermined", &["--sample", "2"]);
    assert!(causes(&report).iter().any(|cause| cause.contains("a sample of 2 of 3 objects")), "{ran}");
    assert_eq!(scene.caller.calls().iter().filter(|call| *call == "s3:HeadObject").count(), 2);
    scene.is("ready", &["--sample", "3"]);
    let (report, ran) = scene.is("ready", &["--sample", "2", "--assume", "unseen-objects=like-seen"]);
    assert!(report["assumptions"].to_string().contains("unseen-objects"), "{ran}");
}

#[test]
fn without_credentials_or_network_nothing_is_checked() {
    let scene = Scene::ready();
    scene.caller.fault(json!({"action": "sts:*", "status": 403, "code": "ExpiredToken", "times": 1}));
    let (_, ran) = scene.check(&[]);
    assert_eq!(ran.code, 4, "{ran}");
    assert!(ran.stderr.contains("valid credentials"), "{ran}");
    let (_, ran) = scene.check(&["--endpoint-url", "http://127.0.0.1:9", "--deadline", "3s"]);
    assert_eq!(ran.code, 4, "{ran}");
    let (_, ran) = scene.check(&["--offline"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert_eq!(ran.stdout, "");
}

/// The exit code that `outcomes` cannot reach offline: the same for every format, whatever else is asked for
#[test]
fn nothing_checked_ends_alike_in_every_format() {
    let scene = Scene::ready();
    let principal = scene.principal();
    for format in ["human", "json", "sarif", "junit", "github", "markdown", "csv", "html"] {
        for further in [&[][..], &["--exit-zero"], &["--strict"], &["--fail-on", "none"]] {
            scene.caller.fault(json!({"action": "sts:*", "status": 403, "code": "ExpiredToken", "times": 1}));
            let args =
                ["check", "request.json", "--mode", "live", "--train", "train.manifest", "--principal", &principal];
            let ran = scene.run(args.iter().copied().chain(["-o", format]).chain(further.iter().copied()));
            assert_eq!(ran.code, 4, "{format} {further:?}: {ran}");
            assert!(!ran.stdout.to_lowercase().contains("ready"), "{format} {further:?}: {ran}");
            assert!(ran.stderr.contains("valid credentials"), "{format} {further:?}: {ran}");
        }
    }
}

#[test]
fn without_any_right_to_read_nothing_is_checked() {
    let scene = Scene::ready();
    for action in ["iam:*", "s3:*", "kms:*", "organizations:*"] {
        scene
            .caller
            .fault(json!({"action": action, "status": 403, "code": "AccessDenied", "message": "no", "times": 1000}));
    }
    let (_, ran) = scene.check(&[]);
    assert_eq!(ran.code, 4, "{ran}");
    assert!(ran.stderr.contains("iam:GetRole was refused"), "{ran}");
}

/// Answers what expects this account as the owner of a bucket as S3 does for the bucket of another account
fn belongs_to_somebody_else(scene: &Scene, bucket: &str) {
    let refused = json!({"action": "s3:GetBucketLocation", "path": format!("/{bucket}*"), "expected_owner": ACCOUNT, "status": 403, "code": "AccessDenied", "times": 1000});
    scene.caller.fault(refused);
}

#[test]
fn whose_a_bucket_is_is_a_fact_and_no_assumption() {
    let scene = Scene::ready();
    let (report, ran) = scene.is("ready", &[]);
    let assumed = |report: &Value| report["assumptions"].to_string().contains("bucket-owner");
    assert!(!assumed(&report), "{ran}");
    let seen = report["coverage"].as_array().expect("coverage").iter();
    assert_eq!(seen.filter(|entry| entry["what"].to_string().contains("owner of bucket")).count(), 2, "{ran}");
    // Where nothing may be asked about a bucket, its owner stays an assumption.
    scene.caller.fault(json!({"action": "s3:GetBucketLocation", "status": 403, "code": "AccessDenied", "times": 1000}));
    let (report, ran) = scene.is("undetermined", &[]);
    assert!(assumed(&report), "{ran}");
}

#[test]
fn a_bucket_of_another_account_fails_the_request() {
    let scene = Scene::ready();
    belongs_to_somebody_else(&scene, &scene.results());
    let (report, ran) = scene.is("blocked", &[]);
    let words = format!("bucket `{}` does not belong to account {ACCOUNT}", scene.results());
    assert!(report["findings"].to_string().contains(&words), "{ran}");
    assert_eq!(report["predicted_response"]["error"], "ValidationException", "{ran}");
}

#[test]
fn lists_are_read_to_the_last_page() {
    const MANY: usize = 130;
    let scene = Scene::ready();
    let nothing =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}]});
    for number in 0..MANY {
        let grant = json!({"KeyId": scene.key, "GranteePrincipal": format!("arn:aws:iam::{ACCOUNT}:role/other-{number}"), "Operations": ["Decrypt"]});
        scene.call("kms", "create_grant", &grant);
        let policy = json!({"PolicyName": format!("{}-{number}", scene.name), "PolicyDocument": nothing.to_string()});
        let arn = scene.call("iam", "create_policy", &policy)["Policy"]["Arn"].clone();
        scene.call("iam", "attach_role_policy", &json!({"RoleName": scene.name, "PolicyArn": arn}));
    }
    let principal = scene.principal();
    let args = [
        "snapshot",
        "--request",
        "request.json",
        "--train",
        "train.manifest",
        "--out",
        "account",
        "--principal",
        &principal,
    ];
    let ran = scene.run(args);
    assert_eq!(ran.code, 0, "{ran}");
    let read = |path: String| -> Value {
        let text = std::fs::read_to_string(scene.folder.path().join("account").join(path)).expect("it was read");
        serde_json::from_str(&text).expect("JSON")
    };
    let grants = read(format!("kms/{}/grants.json", scene.key));
    assert_eq!(grants["Grants"].as_array().map(Vec::len), Some(MANY));
    let export = read("iam/account-authorization-details.json".to_owned());
    let attached = &export["RoleDetailList"][0]["AttachedManagedPolicies"];
    assert_eq!(attached.as_array().map(Vec::len), Some(MANY + 1));
    let log = scene.caller.log();
    let list = "iam:ListAttachedRolePolicies";
    let pages = log.iter().filter(|call| call["op"] == list).count();
    assert!(pages >= 2, "{list} has one page only");
}
