//! What-if documents, context and assumptions: each changes exactly what it is about

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::harness::{ANA, MODELS_KEY, Report, Run, Scratch, TRAINER, example, named, policy, word};

const ALLOW_ALL: &str = r#"{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}"#;

/// A document of one statement in a folder that lives as long as the test
fn document(scratch: &Scratch, name: &str, statement: &str) -> PathBuf {
    scratch.write(name, policy(statement))
}

/// The ids of the rows that decide the verdict and are not allowed
fn open(report: &Report) -> BTreeSet<&str> {
    report.lacking().iter().map(|row| word(&row["id"])).collect()
}

#[test]
fn an_identity_policy_closes_the_gap_of_a_user() {
    let scratch = Scratch::new();
    let before = Run::example("ready").principal(ANA).report("blocked");
    assert_eq!(before.gaps(), ["key-grant implicitDeny", "key-datakey implicitDeny"]);
    let key = format!("arn:aws:kms:us-east-1:111122223333:key/{MODELS_KEY}");
    let grant = document(
        &scratch,
        "grant.json",
        &format!(r#"{{"Sid": "Grant", "Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "{key}"}}"#),
    );
    let half = Run::example("ready").principal(ANA).arg("--identity-policy").arg(&grant).report("blocked");
    assert_eq!(half.gaps(), ["key-datakey implicitDeny"]);
    assert!(half.decided_by("key-grant").contains(&"identity:grant/Grant".to_owned()));
    let data = document(
        &scratch,
        "data.json",
        &format!(r#"{{"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "{key}"}}"#),
    );
    let whole = Run::example("ready").principal(ANA).arg("--identity-policy").arg(&grant);
    whole.arg("--identity-policy").arg(&data).report("ready");
}

#[test]
fn a_boundary_that_is_too_narrow_blocks() {
    let scratch = Scratch::new();
    let narrow = document(
        &scratch,
        "narrow.json",
        r#"{"Effect": "Allow", "Action": ["lookoutvision:*", "s3:*"], "Resource": "*"}"#,
    );
    let report = Run::example("ready").arg("--boundary").arg(&narrow).report("blocked");
    assert_eq!(open(&report), BTreeSet::from(["key-grant", "key-datakey", "decrypt-object"]));
    assert_eq!(report.decided_by("key-grant"), ["boundary"]);
    let wide = document(&scratch, "wide.json", ALLOW_ALL);
    let report = Run::example("ready").arg("--boundary").arg(&wide).report("ready");
    assert!(report.decided_by("create").contains(&"boundary:wide/All".to_owned()));
}

#[test]
fn a_session_policy_limits_the_session() {
    let scratch = Scratch::new();
    let session = "arn:aws:sts::111122223333:assumed-role/VisionTrainer/run";
    let narrow = document(
        &scratch,
        "narrow.json",
        r#"{"Effect": "Allow", "Action": ["lookoutvision:*", "kms:*"], "Resource": "*"}"#,
    );
    let report = Run::example("ready").principal(session).arg("--session-policy").arg(&narrow).report("blocked");
    assert_eq!(open(&report), BTreeSet::from(["read-object", "out-location", "out-put"]));
    assert_eq!(report.decided_by("out-put"), ["session"]);
}

#[test]
fn an_organization_policy_of_denials_keeps_what_aws_attaches() {
    let scratch = Scratch::new();
    let scp = document(
        &scratch,
        "NoPut.json",
        r#"{"Sid": "NoPut", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}"#,
    );
    let report = Run::example("ready").arg("--scp").arg(&scp).report("blocked");
    assert_eq!(report.gaps(), ["out-put explicitDeny"]);
    assert_eq!(report.decided_by("out-put"), ["scp:NoPut/NoPut"]);

    let alone = Scratch::account();
    alone.edit("snapshot.toml", |text| {
        text.split("[organization]").next().unwrap().to_owned() + "organization = false\n"
    });
    // Nobody checks the organization any more, so the perimeter of the buckets must go too.
    for bucket in ["acme-vision-datasets", "acme-vision-results"] {
        alone.write(&format!("s3/{bucket}/policy.json"), "null");
    }
    Run::with_account("ready", alone.root()).report("ready");
    let report = Run::with_account("ready", alone.root()).arg("--scp").arg(&scp).report("blocked");
    assert_eq!(report.gaps(), ["out-put explicitDeny"]);
    let allow = document(&scratch, "only-s3.json", r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#);
    let report = Run::with_account("ready", alone.root()).arg("--scp").arg(&allow).report("blocked");
    assert!(report.gaps().contains(&"create implicitDeny".to_owned()), "{:?}", report.gaps());
    assert!(report.decided_by("create").iter().any(|part| part.starts_with("scp")));
}

#[test]
fn a_resource_control_policy_denies_on_the_resource_side() {
    let scratch = Scratch::new();
    let rcp = document(
        &scratch,
        "NoKms.json",
        r#"{"Sid": "NoGrants", "Effect": "Deny", "Principal": "*", "Action": "kms:CreateGrant", "Resource": "*"}"#,
    );
    let report = Run::example("ready").arg("--rcp").arg(&rcp).report("blocked");
    assert_eq!(report.gaps(), ["key-grant explicitDeny"]);
    assert_eq!(report.decided_by("key-grant"), ["rcp:NoKms/NoGrants"]);
}

/// A bucket policy that denies all but one VPC endpoint
const ENDPOINT_ONLY: &str = r#"{"Sid": "OnlyOurEndpoint", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::acme-vision-results", "arn:aws:s3:::acme-vision-results/*"], "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}"#;

#[test]
fn calls_that_a_service_forwards_come_from_no_endpoint() {
    let scratch = Scratch::new();
    let bucket = document(&scratch, "endpoint.json", ENDPOINT_ONLY);
    let check = || Run::example("ready").arg("--bucket-policy").arg(named("acme-vision-results", &bucket));
    let expected = BTreeSet::from(["out-location", "out-put"]);
    for flags in [&[][..], &["--context", "aws:SourceVpce=vpce-1a2b3c4d"], &["--context-unknown", "aws:SourceVpce"]] {
        // The caller's endpoint is not the forwarded call's (E121): the denial holds whatever the caller uses.
        let report = check().args(flags.iter().copied()).report("blocked");
        assert_eq!(open(&report), expected, "{flags:?}");
        assert_eq!(report.decided_by("out-put"), ["resource:endpoint/OnlyOurEndpoint"]);
    }
    let tls = document(
        &scratch,
        "tls.json",
        r#"{"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
    );
    Run::example("ready").arg("--bucket-policy").arg(named("acme-vision-results", &tls)).report("ready");
}

#[test]
fn the_callers_own_call_may_come_from_an_endpoint() {
    let scratch = Scratch::new();
    let deny = document(
        &scratch,
        "endpoint.json",
        r#"{"Sid": "OnlyOurEndpoint", "Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}"#,
    );
    let check = || Run::example("ready").arg("--identity-policy").arg(&deny);
    let report = check().report("undetermined");
    assert_eq!(open(&report), BTreeSet::from(["create", "tag"]));
    assert_eq!(report.row("create")["missing_context"], serde_json::json!(["aws:SourceVpce"]));
    check().args(["--context", "aws:SourceVpce=vpce-1a2b3c4d"]).report("ready");
    check().args(["--context", "aws:SourceVpce=vpce-other"]).report("blocked");
    check().args(["--context-absent", "aws:SourceVpce"]).report("blocked");
    check().args(["--context-unknown", "aws:SourceVpce"]).report("undetermined");
}

#[test]
fn a_condition_on_the_callers_address_is_open_until_the_address_is_given() {
    let scratch = Scratch::new();
    let office = document(
        &scratch,
        "office.json",
        r#"{"Sid": "OnlyOffice", "Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#,
    );
    let check = || Run::example("ready").arg("--identity-policy").arg(&office);
    let report = check().report("undetermined");
    assert_eq!(open(&report), BTreeSet::from(["create", "tag"]));
    assert_eq!(report.row("create")["missing_context"], serde_json::json!(["aws:SourceIp"]));
    check().args(["--context", "aws:SourceIp=203.0.113.7"]).report("ready");
    let report = check().args(["--context", "aws:SourceIp=198.51.100.7"]).report("blocked");
    assert_eq!(report.decided_by("create"), ["identity:office/OnlyOffice"]);
    // Through an endpoint there is no public address, and NotIpAddress holds without one.
    check().args(["--context", "aws:SourceVpce=vpce-1"]).report("blocked");
}

#[test]
fn a_key_policy_is_given_by_alias_id_or_arn() {
    let scratch = Scratch::new();
    let deny =
        r#"{"Sid": "NoData", "Effect": "Deny", "Principal": "*", "Action": "kms:GenerateDataKey", "Resource": "*"}"#;
    let root = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
    let path = document(&scratch, "key.json", &format!("{root}, {deny}"));
    for name in [
        "alias/vision-models".to_owned(),
        MODELS_KEY.to_owned(),
        format!("arn:aws:kms:us-east-1:111122223333:key/{MODELS_KEY}"),
        "arn:aws:kms:us-east-1:111122223333:alias/vision-models".to_owned(),
    ] {
        let report = Run::example("ready").arg("--key-policy").arg(named(&name, &path)).report("blocked");
        assert_eq!(report.gaps(), ["key-datakey explicitDeny"], "{name}");
        assert_eq!(report.decided_by("key-datakey"), ["resource:key/NoData"]);
    }
    let closed = document(&scratch, "closed.json", &root.replace("111122223333:root", "111122223333:role/other"));
    let report = Run::example("ready").arg("--key-policy").arg(named(MODELS_KEY, &closed)).report("blocked");
    assert_eq!(open(&report), BTreeSet::from(["key-grant", "key-datakey"]));
}

#[test]
fn null_for_a_bucket_policy_says_that_there_is_none() {
    let scratch = Scratch::new();
    let none = scratch.write("none.json", "null");
    let run = Run::example("undetermined").arg("--bucket-policy").arg(named("acme-vision-archive", &none));
    run.report("ready");
    let run = Run::example("blocked").arg("--bucket-policy").arg(named("acme-vision-results", &none));
    assert_eq!(run.report("blocked").gaps(), ["key-grant implicitDeny"]);
}

#[test]
fn an_endpoint_policy_limits_the_callers_own_call_alone() {
    let scratch = Scratch::new();
    let endpoint = document(
        &scratch,
        "endpoint.json",
        r#"{"Effect": "Allow", "Principal": "*", "Action": "lookoutvision:Describe*", "Resource": "*"}"#,
    );
    let report = Run::example("ready").arg("--vpce-policy").arg(&endpoint).report("blocked");
    assert_eq!(open(&report), BTreeSet::from(["create", "tag"]));
    assert_eq!(report.decided_by("create"), ["vpce"]);
}

#[test]
fn what_follows_from_the_request_cannot_be_said_by_hand() {
    for key in [
        "aws:PrincipalArn=x",
        "aws:principalaccount=111122223333",
        "aws:RequestTag/team=inspection",
        "aws:TagKeys=team",
        "aws:ViaAWSService=true",
        "kms:ViaService=s3.us-east-1.amazonaws.com",
        "aws:SecureTransport=true",
        "aws:RequestedRegion=us-east-1",
    ] {
        Run::example("ready").args(["--context", key]).run().refuses(&["cannot be set by hand"]);
        let name = key.split('=').next().unwrap();
        Run::example("ready").args(["--context-absent", name]).run().refuses(&["cannot be set by hand"]);
        Run::example("ready").args(["--context-unknown", name]).run().refuses(&["cannot be set by hand"]);
    }
    let twice = ["--context", "aws:SourceIp=203.0.113.7", "--context-absent", "AWS:sourceip"];
    Run::example("ready").args(twice).run().refuses(&["given twice"]);
}

/// Every assumption with every value that it has, from the file that defines them
fn assumptions() -> Vec<(String, Vec<String>, String)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/catalog/assumptions.toml");
    let table: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let all = table["assumption"].as_table().unwrap().iter().map(|(name, entry)| {
        let mut values: Vec<String> = entry["values"].as_table().unwrap().keys().cloned().collect();
        if entry.get("other").is_some() {
            values.push("7".to_owned());
        }
        (name.clone(), values, entry["default"].as_str().unwrap().to_owned())
    });
    all.collect()
}

#[test]
fn every_value_of_every_assumption_runs() {
    let all = assumptions();
    assert!(all.len() > 15);
    for (name, values, default) in &all {
        for value in values {
            let (report, ran) = Run::example("ready").args(["--assume", &format!("{name}={value}")]).judged();
            if let Some(used) = report.assumption(name) {
                assert_eq!(used, value, "{name}: {ran}");
            }
            if value == default {
                assert_eq!(report, Run::example("ready").report("ready"), "{name}={value} is the default");
            }
        }
    }
}

#[test]
fn the_assumptions_of_the_operation_are_printed_with_the_value_in_force() {
    for (name, value, verdict) in [
        ("model-version", "7", "ready"),
        ("results-key", "both", "ready"),
        ("datakey-via", "s3", "ready"),
        ("results-multipart", "yes", "blocked"),
        ("object-versions", "versioned", "ready"),
        ("output-layout", "prefix", "ready"),
        ("service-tls", "1.3", "ready"),
        ("bucket-owner", "unknown", "undetermined"),
        ("session-policy", "unknown", "undetermined"),
        ("datasets", "partial", "undetermined"),
        ("vpc-endpoint-policy", "unknown", "undetermined"),
    ] {
        let report = Run::example("ready").args(["--assume", &format!("{name}={value}")]).report(verdict);
        assert_eq!(report.assumption(name), Some(value), "{name}");
    }
}

/// All documents that the ready request needs, without any snapshot
fn only_documents(scratch: &Scratch) -> Run {
    let all = document(scratch, "all.json", ALLOW_ALL);
    let none = scratch.write("none.json", "null");
    let run = Run::bare(&example("requests/ready.json"), TRAINER).manifests();
    let run = run.args(["--region", "us-east-1"]).arg("--identity-policy").arg(&all);
    let run = run.arg("--bucket-policy").arg(named("acme-vision-results", &none));
    run.arg("--bucket-policy").arg(named("acme-vision-datasets", &none))
}

#[test]
fn documents_alone_leave_the_rest_unknown() {
    let scratch = Scratch::new();
    let report = only_documents(&scratch).report("undetermined");
    assert_eq!(serde_json::json!(report.lacking().len()), report.0["summary"]["needed"], "{:?}", report.gaps());
    assert!(report.missing().contains("--assume organization=none"), "{}", report.missing());
    let report = only_documents(&scratch).args(["--assume", "organization=none"]).report("undetermined");
    assert_eq!(report.decision("create"), "allowed", "{:?}", report.gaps());
    assert_eq!(report.decision("out-put"), "allowed", "{:?}", report.gaps());
    assert!(report.missing().contains("encrypted"), "the objects' keys stay unknown: {}", report.missing());
    let report =
        only_documents(&scratch).args(["--assume", "organization=none", "--assume", "principal-policies=unknown"]);
    assert_eq!(report.report("undetermined").decision("create"), "undetermined");
}

#[test]
fn a_condition_that_no_flag_settles_yet_can_be_settled_on_the_command_line() {
    let scratch = Scratch::new();
    let deny = document(
        &scratch,
        "mfa.json",
        r#"{"Sid": "Mfa", "Effect": "Deny", "Action": "lookoutvision:CreateModel", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#,
    );
    let check = || Run::example("ready").arg("--identity-policy").arg(&deny);
    let report = check().report("undetermined");
    assert_eq!(report.row("create")["missing_context"], serde_json::json!(["aws:MultiFactorAuthPresent"]));
    check().args(["--context", "aws:MultiFactorAuthPresent=true"]).report("ready");
    check().args(["--context", "aws:MultiFactorAuthPresent=false"]).report("blocked");
}
