//! Never a false `ready`, never a false `blocked`: one named case for each way there that was once open

use std::path::Path;

use crate::harness::{Report, Run, Scratch, TRAINER, example, example_text, named, policy, word};

fn with_policy(flag: &str, scratch: &Scratch, statement: &str) -> Run {
    Run::example("ready").arg(flag).arg(scratch.write("what-if.json", policy(statement)))
}

/// Runs with a standard output that nobody reads
fn unread(run: &Run) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = run.command().stdin(std::process::Stdio::null()).stdout(writer).spawn().unwrap();
    child.wait().unwrap().code()
}

#[test]
fn a_reader_who_leaves_early_does_not_turn_a_denial_into_success() {
    for (request, code) in [("ready", 0), ("blocked", 1), ("undetermined", 3)] {
        assert_eq!(unread(&Run::example(request)), Some(code), "{request}");
        assert_eq!(unread(&Run::example(request).args(["-o", "json"])), Some(code), "{request} as JSON");
    }
    let scratch = Scratch::new();
    let path = scratch.path("report.json");
    let mut json = std::ffi::OsString::from("json=");
    json.push(&path);
    let run = Run::example("blocked").args(["-o", "human"]).arg("-o").arg(json);
    assert_eq!(unread(&run), Some(1));
    assert!(path.is_file(), "the other outputs are written all the same");
    let case = r#"{"id": "x", "principal": "arn:aws:iam::111122223333:user/a", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "expected": "allowed"}"#;
    let file = scratch.write("case.jsonl", case);
    assert_eq!(unread(&Run::new("simulate").args(["--check"]).arg(&file)), Some(1));
}

#[test]
fn a_malformed_case_leaves_no_decision_behind() {
    let good = r#"{"id": "x", "principal": "arn:aws:iam::111122223333:user/a", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}"#;
    Run::new("simulate").stdin(format!("{good}\n{{\n")).run().refuses(&["standard input:2"]);
}

/// The ready request with this text for a training manifest
fn trained_with(text: &str) -> Report {
    let scratch = Scratch::new();
    let run = Run::bare(&example("requests/ready.json"), TRAINER).snapshot(&example("account"));
    run.train(&scratch.write("train.manifest", text)).report("undetermined")
}

#[test]
fn an_empty_manifest_names_no_objects_but_proves_nothing() {
    for text in ["", "\n", "\r\n\n"] {
        let report = trained_with(text);
        assert!(report.missing().contains("the manifest given is empty"), "{}", report.missing());
    }
}

#[test]
fn an_empty_manifest_beside_a_full_one_leaves_the_verdict_open_too() {
    let scratch = Scratch::new();
    let run = Run::example("ready").arg("--test").arg(scratch.write("empty.manifest", ""));
    let report = run.report("undetermined");
    assert_eq!(report.row("read-object")["resource_count"], 80);
}

#[test]
fn standard_input_is_read_once() {
    let ready = example_text("requests/ready.json");
    let run = || Run::bare(Path::new("-"), TRAINER).snapshot(&example("account")).stdin(ready.clone());
    run().train(Path::new("-")).run().refuses(&["standard input"]);
    let manifests = Run::bare(&example("requests/ready.json"), TRAINER).train(Path::new("-")).args(["--test", "-"]);
    manifests.run().refuses(&["standard input"]);
}

#[test]
fn an_object_whose_key_is_named_otherwise_than_by_arn_is_not_passed_over() {
    for key in [
        "alias/vision-datasets",
        "3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4",
        "*",
        "",
        "arn:aws:kms:us-east-1:111122223333:key/*",
        "arn:aws:kms:us-east-1:111122223333:alias/vision-datasets",
    ] {
        let account = Scratch::account();
        account.edit("s3/acme-vision-datasets/objects.jsonl", |text| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let mut object: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
            object["SSEKMSKeyId"] = key.into();
            lines[0] = object.to_string();
            lines.join("\n")
        });
        let report = Run::with_account("ready", account.root()).report("undetermined");
        assert!(report.missing().contains("how 1 dataset object(s)"), "`{key}`: {}", report.missing());
    }
}

/// The ready request without a snapshot, all allowed but for this statement of the results bucket
fn documents_alone(principal: &str, statement: &str) -> Report {
    let scratch = Scratch::new();
    let all = scratch.write("all.json", policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#));
    let bucket = scratch.write("bucket.json", policy(statement));
    let run = Run::bare(&example("requests/ready.json"), principal).manifests().args(["--region", "us-east-1"]);
    let run = run.args(["--assume", "organization=none"]).arg("--identity-policy").arg(&all);
    run.arg("--bucket-policy").arg(named("acme-vision-results", &bucket)).judged().0
}

#[test]
fn without_a_snapshot_a_role_is_still_itself() {
    let deny = r#"{"Sid": "NotHim", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*", "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ml/VisionTrainer"}}}"#;
    let report = documents_alone(TRAINER, deny);
    assert_eq!(report.decision("out-put"), "explicitDeny");
    let other = documents_alone(TRAINER, &deny.replace("role/ml/VisionTrainer", "role/ml/Other"));
    assert_eq!(other.decision("out-put"), "allowed");
    // The path of a session's role is not part of its ARN.
    let session = "arn:aws:sts::111122223333:assumed-role/VisionTrainer/run";
    let report = documents_alone(session, deny);
    assert_eq!(report.decision("out-put"), "undetermined");
    assert_eq!(report.row("out-put")["missing_context"], serde_json::json!(["aws:PrincipalArn"]));
    let named = deny
        .replace(r#""Principal": "*""#, r#""Principal": {"AWS": "arn:aws:iam::111122223333:role/ml/VisionTrainer"}"#);
    let named = named.split(r#", "Condition""#).next().unwrap().to_owned() + "}";
    assert_eq!(documents_alone(TRAINER, &named).decision("out-put"), "explicitDeny");
    assert_eq!(documents_alone(session, &named).decision("out-put"), "undetermined");
}

#[test]
fn an_assumption_takes_no_known_policy_away() {
    let account = Scratch::account();
    let deny = r#"{"Sid": "Stop", "Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*"}"#;
    account.write("organizations/scps/01-root/Stop.json", policy(deny));
    let run = || Run::with_account("ready", account.root());
    let known = run().report("blocked");
    assert_eq!(known.decided_by("create"), ["scp:Stop/Stop"]);
    let assumed = run().args(["--assume", "organization=none"]).report("blocked");
    assert_eq!(assumed.rows(), known.rows());
}

#[test]
fn what_a_verdict_without_a_snapshot_rests_on_is_printed() {
    let report = documents_alone(
        TRAINER,
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "*"}"#,
    );
    assert_eq!(report.decision("out-put"), "allowed");
    assert_eq!(report.assumption("organization"), Some("none"));
    assert_eq!(report.assumption("principal-policies"), Some("given"));
}

#[test]
fn a_boundary_alone_says_nothing_of_the_policies_below_it() {
    let scratch = Scratch::new();
    let all = scratch.write("all.json", policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#));
    let run = || {
        Run::bare(&example("requests/ready.json"), TRAINER).args([
            "--region",
            "us-east-1",
            "--assume",
            "organization=none",
        ])
    };
    let report = run().arg("--boundary").arg(&all).report("undetermined");
    assert!(report.missing().contains("--identity-policy FILE"), "{}", report.missing());
    let none = scratch.write("none.json", policy(r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#));
    let report = run().arg("--boundary").arg(&none).report("blocked");
    assert_eq!(report.decision("create"), "implicitDeny");
}

#[test]
fn an_address_that_nobody_knows_is_not_an_absent_one() {
    let scratch = Scratch::new();
    let office = r#"{"Sid": "Office", "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    let check = |flags: &[&str]| with_policy("--identity-policy", &scratch, office).args(flags.iter().copied());
    check(&["--context", "aws:SourceIp=203.0.113.7"]).report("ready");
    for flags in [
        &["--assume", "source-ip-via-service=hidden"][..],
        &["--assume", "source-ip-via-service=hidden", "--context", "aws:SourceIp=203.0.113.7"],
    ] {
        let report = check(flags).report("undetermined");
        assert_eq!(report.row("out-put")["missing_context"], serde_json::json!(["aws:SourceIp"]), "{flags:?}");
    }
}

#[test]
fn the_flag_that_a_report_asks_for_settles_the_row() {
    let scratch = Scratch::new();
    let grantee = r#"{"Sid": "NotToHim", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*", "Condition": {"StringEquals": {"kms:GranteePrincipal": "him"}}}"#;
    let check = |flags: &[&str]| with_policy("--identity-policy", &scratch, grantee).args(flags.iter().copied());
    let report = check(&[]).report("undetermined");
    assert_eq!(report.row("key-grant")["missing_context"], serde_json::json!(["kms:GranteePrincipal"]));
    check(&["--context", "kms:GranteePrincipal=her"]).report("ready");
    check(&["--context-absent", "kms:GranteePrincipal"]).report("ready");
    let report = check(&["--context", "kms:GranteePrincipal=him"]).report("blocked");
    assert_eq!(report.decided_by("key-grant"), ["identity:what-if/NotToHim"]);
    check(&["--context-unknown", "kms:GranteePrincipal"]).report("undetermined");
}

#[test]
fn nobody_talks_a_condition_away_against_the_facts() {
    for key in ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:PrincipalServiceName"] {
        Run::example("ready").args(["--context", &format!("{key}=x")]).run().refuses(&["cannot be set by hand"]);
    }
    let account = Scratch::account();
    account.edit("snapshot.toml", |text| text.replace("o-exampleorgid", "o-another000"));
    let run = || Run::with_account("ready", account.root());
    run().report("blocked");
    let words = ["`aws:PrincipalOrgID` contradicts the facts", "`o-another000`"];
    run().args(["--context", "aws:PrincipalOrgID=o-exampleorgid"]).run().refuses(&words);
    run().args(["--context-absent", "aws:PrincipalOrgID"]).run().refuses(&words);
    run().args(["--context", "aws:PrincipalOrgID=o-another000"]).report("blocked");
    run().args(["--context-unknown", "aws:PrincipalOrgID"]).report("undetermined");
}

#[test]
fn a_what_if_policy_that_changes_nothing_is_told() {
    let scratch = Scratch::new();
    let deny = r#"{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let path = scratch.write("deny.json", policy(deny));
    let check = |flag: &str, name: &str| Run::example("ready").arg(flag).arg(named(name, &path));
    for (flag, name, touched) in [
        ("--bucket-policy", "acme-vision-result", "acme-vision-results"),
        ("--key-policy", "alias/vision-model", crate::harness::MODELS_KEY),
        ("--key-policy", "00000000-0000-0000-0000-000000000000", crate::harness::DATASETS_KEY),
    ] {
        let report = check(flag, name).report("ready");
        let found = report.findings("what-if-unused");
        assert_eq!(found.len(), 1, "{name}: {:#}", report.0["findings"]);
        assert_eq!(found[0]["severity"], "warning");
        assert!(word(&found[0]["message"]).contains(name) && word(&found[0]["help"]).contains(touched), "{found:#?}");
    }
    assert!(check("--bucket-policy", "acme-vision-results").report("blocked").findings("what-if-unused").is_empty());
    assert!(check("--key-policy", "alias/vision-models").report("blocked").findings("what-if-unused").is_empty());
    check("--key-policy", "!!").run().refuses(&["`!!` does not name a key"]);
    let none = scratch.write("none.json", "null");
    let twice = check("--bucket-policy", "acme-vision-results").arg("--bucket-policy");
    twice.arg(named("acme-vision-results", &none)).run().refuses(&["two policies are given for `acme-vision-results`"]);
}

#[test]
fn denied_one_way_and_denied_the_other_is_denied() {
    let scratch = Scratch::new();
    // Nothing allows ana the data key; through S3 it is denied explicitly as well.
    let deny = r#"{"Sid": "NotThroughS3", "Effect": "Deny", "Action": "kms:GenerateDataKey", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}"#;
    let report = with_policy("--identity-policy", &scratch, deny).principal(crate::harness::ANA).report("blocked");
    assert_eq!(report.decision("key-datakey"), "implicitDeny");
    assert_eq!(report.decided_by("key-datakey"), ["identity", "identity:what-if/NotThroughS3"]);
    assert_eq!(report.row("key-datakey")["missing_facts"], serde_json::json!([]));
    // The trainer is allowed one way and denied the other.
    let report = with_policy("--identity-policy", &scratch, deny).report("undetermined");
    assert_eq!(report.gaps(), ["key-datakey undetermined"]);
    assert!(report.missing().contains("--assume datakey-via=WAY"), "{}", report.missing());
    let chosen = |value| with_policy("--identity-policy", &scratch, deny).args(["--assume", value]);
    chosen("datakey-via=lookoutvision").report("ready");
    chosen("datakey-via=s3").report("blocked");
}

#[test]
fn an_object_named_twice_is_expanded_once() {
    let scratch = Scratch::new();
    let text = example_text("manifests/train.manifest");
    let run = Run::bare(&example("requests/ready.json"), TRAINER).snapshot(&example("account"));
    let report = run.train(&scratch.write("twice.manifest", text.repeat(2))).arg("--expand").report("ready");
    let resources: Vec<&str> = report.rows_of("read-object").iter().map(|row| word(&row["resource"])).collect();
    let different: std::collections::BTreeSet<&str> = resources.iter().copied().collect();
    assert_eq!(resources.len(), different.len());
    let run = Run::bare(&example("requests/ready.json"), TRAINER).snapshot(&example("account"));
    let counted = run.train(&example("manifests/train.manifest")).report("ready");
    assert_eq!(counted.row("read-object")["resource_count"], resources.len());
}

#[test]
fn a_level_that_paths_names_and_the_snapshot_lacks_is_missed() {
    let account = Scratch::account();
    std::fs::remove_dir_all(account.path("organizations/scps/02-ou-vision-ml")).unwrap();
    let report = Run::with_account("ready", account.root()).report("undetermined");
    assert!(report.missing().contains("of 3 levels of the organization"), "{}", report.missing());
    account
        .edit("snapshot.toml", |text| text.split_inclusive('\n').filter(|line| !line.starts_with("paths")).collect());
    Run::with_account("ready", account.root()).report("ready");
}

#[test]
fn an_assumption_of_the_engine_is_printed_where_it_decides() {
    let scratch = Scratch::new();
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}"#;
    let key = scratch.write("key.json", policy(open));
    let narrow =
        scratch.write("narrow.json", policy(r#"{"Effect": "Allow", "NotAction": "kms:Decrypt", "Resource": "*"}"#));
    let key = named(crate::harness::DATASETS_KEY, &key);
    let check = || Run::example("ready").arg("--key-policy").arg(&key).arg("--boundary").arg(&narrow);
    assert_eq!(check().report("ready").assumption("any-principal-limits"), Some("not-limited"));
    let report = check().args(["--assume", "any-principal-limits=limited"]).report("blocked");
    assert_eq!(report.gaps(), ["decrypt-object implicitDeny"]);
}

/// The service would refuse this request, whichever permission is explained
#[test]
fn explaining_one_row_of_a_rejected_request_is_no_success() {
    let run = Run::new("explain").arg(example("requests/rejected.json")).args(["--principal", TRAINER]);
    let run = run.snapshot(&example("account")).manifests().args(["--action", "s3:PutObject"]);
    run.exits(1);
}

/// Nobody has said whether this is the management account, which no service control policy binds
#[test]
fn a_given_scp_denies_only_once_the_account_is_known_to_be_bound_by_it() {
    let scratch = Scratch::new();
    let deny =
        scratch.write("deny.json", policy(r#"{"Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*"}"#));
    let all = scratch.write("all.json", policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#));
    let run = || Run::bare(&example("requests/ready.json"), TRAINER).manifests().args(["--region", "us-east-1"]);
    let report = run().arg("--identity-policy").arg(&all).arg("--scp").arg(&deny).report("undetermined");
    assert_eq!(report.decision("create"), "undetermined");
    assert!(report.missing().contains("management account"), "{}", report.missing());
    let alone =
        run().args(["--assume", "organization=none"]).arg("--identity-policy").arg(&all).arg("--scp").arg(&deny);
    assert_eq!(alone.report("blocked").decision("create"), "explicitDeny");
}
