//! Dataset objects in classes: exact counts, exceptions named, no key misread as a pattern

use std::fmt::Write;

use crate::harness::{Run, Scratch, TRAINER, example, word};

const BUCKET: &str = "acme-vision-datasets";

/// A manifest of these `s3://` paths, and an account that lists them without KMS
fn check(uris: &[String]) -> (Scratch, Run) {
    let account = Scratch::account();
    let (mut manifest, mut objects) = (String::new(), String::new());
    for uri in uris {
        writeln!(manifest, "{}", serde_json::json!({"source-ref": uri})).unwrap();
        let key = uri.strip_prefix(&format!("s3://{BUCKET}/"));
        if let Some(key) = key {
            writeln!(objects, "{}", serde_json::json!({"Key": key, "ServerSideEncryption": "AES256"})).unwrap();
        }
    }
    account.write(&format!("s3/{BUCKET}/objects.jsonl"), objects);
    let path = account.write("set.manifest", manifest);
    let run = Run::bare(&example("requests/ready.json"), TRAINER).snapshot(account.root()).train(&path);
    (account, run)
}

fn inside(name: &str) -> String {
    format!("s3://{BUCKET}/casting/{name}")
}

fn outside(name: &str) -> String {
    format!("s3://{BUCKET}/private/{name}")
}

/// 47 objects that the trainer may read and three that it may not, mixed
fn fifty() -> Vec<String> {
    let name = |number: usize| format!("img-{number:02}.jpg");
    (0..50).map(|number| if number % 20 == 7 { outside(&name(number)) } else { inside(&name(number)) }).collect()
}

#[test]
fn three_of_fifty_outside_the_prefix_are_one_row_and_named() {
    let (_account, run) = check(&fifty());
    let report = run.report("blocked");
    let rows = report.rows_of("read-object");
    assert_eq!(rows.len(), 2, "{rows:#?}");
    assert_eq!((&rows[0]["decision"], &rows[0]["resource_count"]), (&"allowed".into(), &47.into()));
    assert_eq!((&rows[1]["decision"], &rows[1]["resource_count"]), (&"implicitDeny".into(), &3.into()));
    assert_eq!(rows[0]["resource"], "arn:aws:s3:::acme-vision-datasets/casting/img-*");
    let named: Vec<&str> = rows[1]["examples"].as_array().unwrap().iter().map(word).collect();
    let expected = ["07", "27", "47"].map(|number| format!("arn:aws:s3:::{BUCKET}/private/img-{number}.jpg"));
    assert_eq!(named, expected);
    assert!(!report.rows().iter().any(|row| row["id"] == "decrypt-object"), "no object is under a KMS key");
}

#[test]
fn the_three_are_named_for_people_too() {
    let (_account, run) = check(&fifty());
    let ran = run.exits(1);
    for number in ["07", "27", "47"] {
        assert!(ran.stdout.contains(&format!("private/img-{number}.jpg")), "{ran}");
    }
}

#[test]
fn expand_prints_every_object_once() {
    let (_account, run) = check(&fifty());
    let report = run.arg("--expand").report("blocked");
    let rows = report.rows_of("read-object");
    assert_eq!(rows.len(), 50);
    let denied = rows.iter().filter(|row| row["decision"] == "implicitDeny").count();
    assert_eq!(denied, 3);
    let mut resources: Vec<&str> = rows.iter().map(|row| word(&row["resource"])).collect();
    resources.sort_unstable();
    resources.dedup();
    assert_eq!(resources.len(), 50);
    assert!(rows.iter().all(|row| row["resource_count"] == 1));
}

#[test]
fn an_object_named_twice_counts_once_and_is_found() {
    let mut uris = fifty();
    uris.push(outside("img-07.jpg"));
    uris.push(inside("img-00.jpg"));
    let (_account, run) = check(&uris);
    let report = run.report("blocked");
    let counts: Vec<_> = report.rows_of("read-object").iter().map(|row| row["resource_count"].clone()).collect();
    assert_eq!(counts, [47, 3]);
    let found = report.findings("manifest-duplicate");
    assert_eq!(found.len(), 1);
    let message = word(&found[0]["message"]);
    assert!(message.starts_with("2 reference(s)"), "{message}");
    assert!(message.contains("set.manifest:51 repeats") && message.contains("set.manifest:8"), "{message}");
}

#[test]
fn an_object_in_both_manifests_counts_once() {
    let scratch = Scratch::new();
    let text = crate::harness::example_text("manifests/train.manifest");
    let again = scratch.write("again.manifest", text);
    let run = Run::bare(&example("requests/ready.json"), TRAINER).snapshot(&example("account"));
    let once = run.train(&example("manifests/train.manifest")).report("ready");
    let run = Run::bare(&example("requests/ready.json"), TRAINER).snapshot(&example("account"));
    let twice = run.train(&example("manifests/train.manifest")).arg("--test").arg(&again).report("ready");
    assert_eq!(once.row("read-object")["resource_count"], twice.row("read-object")["resource_count"]);
    assert_eq!(twice.findings("manifest-duplicate").len(), 1);
}

#[test]
fn each_bucket_has_its_own_rows() {
    let mut uris = fifty();
    uris.extend((0..5).map(|number| format!("s3://acme-vision-archive/inspection/{number}.jpg")));
    let (_account, run) = check(&uris);
    let report = run.report("blocked");
    let rows: Vec<(&str, &str, u64)> = report
        .rows_of("read-object")
        .iter()
        .filter(|row| row["resource_count"] != serde_json::json!(1))
        .map(|row| (word(&row["resource"]), word(&row["decision"]), row["resource_count"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        rows,
        [
            // The archive's bucket policy is not known, and it could allow.
            ("arn:aws:s3:::acme-vision-archive/inspection/*", "undetermined", 5),
            ("arn:aws:s3:::acme-vision-datasets/casting/img-*", "allowed", 47),
            ("arn:aws:s3:::acme-vision-datasets/private/img-*", "implicitDeny", 3),
        ]
    );
    let rest = report.rows_of("decrypt-object");
    assert!(
        rest.iter()
            .any(|row| word(&row["missing_facts"][0]).contains("5 dataset object(s) in bucket `acme-vision-archive`")),
        "{rest:#?}"
    );
}

#[test]
fn wildcard_characters_in_keys_stand_for_themselves() {
    let account = Scratch::account();
    // Denies the literal key `casting/a*b.jpg`, which the pattern must not confuse with its neighbours.
    let deny = account.write(
        "deny.json",
        crate::harness::policy(r#"{"Sid": "OneKey", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-vision-datasets/casting/a${*}b.jpg"}"#),
    );
    let uris: Vec<String> = ["a*b.jpg", "axb.jpg", "axxb.jpg", "a?b.jpg", "a${*}b.jpg", "a$b.jpg"].map(inside).into();
    let (_sorted, run) = check(&uris);
    let report = run.arg("--identity-policy").arg(&deny).arg("--expand").report("blocked");
    let denied: Vec<&str> = report.lacking().iter().map(|row| word(&row["resource"])).collect();
    assert_eq!(denied, ["arn:aws:s3:::acme-vision-datasets/casting/a*b.jpg"]);
    assert_eq!(report.lacking()[0]["decision"], "explicitDeny");
    assert_eq!(report.rows_of("read-object").len(), 6);
}

#[test]
fn patterns_reach_keys_of_any_characters() {
    let account = Scratch::account();
    let deny = account.write(
        "deny.json",
        crate::harness::policy(
            r#"{"Sid": "Odd", "Effect": "Deny", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::acme-vision-datasets/casting/ü ?.jpg", "arn:aws:s3:::acme-vision-datasets/casting/日本*"]}"#,
        ),
    );
    let uris: Vec<String> =
        ["ü a.jpg", "ü ab.jpg", "u a.jpg", "日本/線.jpg", "日 本.jpg", "%C3%BC%20a.jpg", "ü+a.jpg"].map(inside).into();
    let (_sorted, run) = check(&uris);
    let report = run.arg("--identity-policy").arg(&deny).arg("--expand").report("blocked");
    let mut denied: Vec<&str> = report.lacking().iter().map(|row| word(&row["resource"])).collect();
    denied.sort_unstable();
    assert_eq!(
        denied,
        ["arn:aws:s3:::acme-vision-datasets/casting/ü a.jpg", "arn:aws:s3:::acme-vision-datasets/casting/日本/線.jpg"]
    );
    assert_eq!(report.rows_of("read-object").len(), 7);
}

#[test]
fn a_policy_that_tells_objects_apart_by_a_variable_splits_them() {
    let account = Scratch::account();
    let deny = account.write(
        "deny.json",
        crate::harness::policy(
            r#"{"Sid": "OwnTeam", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-vision-datasets/casting/${aws:PrincipalTag/team}/*"}"#,
        ),
    );
    // Whichever object comes first must not speak for the others.
    for names in [
        ["inspection/1.jpg", "inspection/2.jpg", "other/1.jpg"],
        ["other/1.jpg", "inspection/1.jpg", "inspection/2.jpg"],
    ] {
        let uris: Vec<String> = names.map(inside).into();
        let (_sorted, run) = check(&uris);
        let report = run.arg("--identity-policy").arg(&deny).report("blocked");
        let rows: Vec<(&str, u64)> = report
            .rows_of("read-object")
            .iter()
            .map(|row| (word(&row["decision"]), row["resource_count"].as_u64().unwrap()))
            .collect();
        assert!(rows.contains(&("explicitDeny", 2)) && rows.contains(&("allowed", 1)), "{names:?}: {rows:?}");
    }
}

#[test]
fn a_variable_that_the_command_line_settles_splits_objects_too() {
    let account = Scratch::account();
    let deny = account.write(
        "deny.json",
        crate::harness::policy(
            r#"{"Sid": "Line", "Effect": "Deny", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::acme-vision-datasets/casting/${aws:SourceIdentity}/*", "arn:aws:s3:::acme-vision-datasets/casting/${aws:PrincipalTag/none, 'x'}/*", "arn:aws:s3:::acme-vision-datasets/casting/${aws:PrincipalOrgID}/*", "arn:aws:s3:::acme-vision-datasets/casting/${aws:ResourceAccount}/*"]}"#,
        ),
    );
    for (denied, others) in
        [("ana", ["ben", "eva"]), ("x", ["y", "z"]), ("o-exampleorgid", ["o-a", "o-b"]), ("111122223333", ["1", "2"])]
    {
        let uris: Vec<String> = [others[0], denied, others[1]].map(|name| inside(&format!("{name}/1.jpg"))).into();
        let (_sorted, run) = check(&uris);
        let report =
            run.arg("--identity-policy").arg(&deny).args(["--context", "aws:SourceIdentity=ana"]).report("blocked");
        assert_eq!(report.gaps().len(), 1, "{:?}", report.gaps());
        assert_eq!(
            report.lacking()[0]["resource"],
            format!("arn:aws:s3:::acme-vision-datasets/casting/{denied}/1.jpg")
        );
        assert_eq!(report.lacking()[0]["decision"], "explicitDeny");
    }
}

#[test]
fn objects_under_several_keys_have_a_row_for_each_key() {
    let account = Scratch::account();
    let foreign = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000";
    account.edit("s3/acme-vision-datasets/objects.jsonl", |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[3] =
            lines[3].replace("arn:aws:kms:us-east-1:111122223333:key/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4", foreign);
        lines.join("\n")
    });
    let report = Run::with_account("ready", account.root()).report("undetermined");
    assert!(
        report
            .rows_of("decrypt-object")
            .iter()
            .any(|row| row["resource"] == foreign && row["decision"] == "undetermined")
    );
    assert!(report.missing().contains("kms/00000000-0000-0000-0000-000000000000/policy.json"), "{}", report.missing());
}

#[test]
fn objects_under_a_key_of_the_customer_cannot_be_read_by_the_service() {
    let account = Scratch::account();
    account.edit("s3/acme-vision-datasets/objects.jsonl", |text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[3] = r#"{"Key": "casting/train/normal/img-0004.jpg", "SSECustomerAlgorithm": "AES256"}"#.to_owned();
        lines.join("\n")
    });
    let report = Run::with_account("ready", account.root()).report("blocked");
    assert!(word(&report.findings("object-customer-key")[0]["message"]).contains("img-0004.jpg"));
}

#[test]
fn every_layer_and_element_that_names_objects_tells_them_apart() {
    let scratch = Scratch::new();
    let only = "arn:aws:s3:::acme-vision-datasets/casting/b/*";
    let not = format!(
        r#"{{"Sid": "X", "Effect": "Deny", "Action": "s3:*", "NotResource": ["{only}", "arn:aws:s3:::acme-vision-results*"]}}"#
    );
    let deny =
        r#"{"Sid": "X", "Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:s3:::*/casting/a/*"}"#.to_owned();
    let principal = deny.replace(r#""Action""#, r#""Principal": "*", "Action""#);
    let not_action = deny.replace(r#""Action": "s3:Get*""#, r#""NotAction": "s3:Put*""#);
    let allow = format!(
        r#"{{"Effect": "Allow", "NotAction": "s3:GetObject*", "Resource": "*"}}, {{"Effect": "Allow", "Action": "s3:*", "Resource": "{only}"}}"#
    );
    for (flag, statement, decision) in [
        ("--identity-policy", &not, "explicitDeny"),
        ("--identity-policy", &not_action, "explicitDeny"),
        ("--scp", &deny, "explicitDeny"),
        ("--rcp", &principal, "explicitDeny"),
        ("--bucket-policy", &principal, "explicitDeny"),
        ("--boundary", &allow, "implicitDeny"),
        ("--session-policy", &allow, "implicitDeny"),
    ] {
        let path = scratch.write("policy.json", crate::harness::policy(statement));
        for names in [["a/1.jpg", "b/1.jpg"], ["b/1.jpg", "a/1.jpg"]] {
            let uris: Vec<String> = names.map(inside).into();
            let (_sorted, run) = check(&uris);
            let run = run.arg(flag);
            let run =
                if flag == "--bucket-policy" { run.arg(crate::harness::named(BUCKET, &path)) } else { run.arg(&path) };
            let report = run.report("blocked");
            let mut rows: Vec<(&str, &str)> = report
                .rows_of("read-object")
                .iter()
                .map(|row| (word(&row["resource"]), word(&row["decision"])))
                .collect();
            rows.sort_unstable();
            let expected = [
                ("arn:aws:s3:::acme-vision-datasets/casting/a/1.jpg", decision),
                ("arn:aws:s3:::acme-vision-datasets/casting/b/1.jpg", "allowed"),
            ];
            assert_eq!(rows, expected, "{flag} {statement}");
        }
    }
}

#[test]
fn a_key_policy_tells_objects_apart_by_their_encryption_context() {
    let scratch = Scratch::new();
    // Objects written without a Bucket Key carry their own ARN to KMS.
    let statement = r#"{"Sid": "OnlySome", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ml/VisionTrainer"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::acme-vision-datasets/casting/*-0005.jpg", "arn:aws:s3:::acme-vision-datasets"]}}}"#;
    let path = scratch.write("key.json", crate::harness::policy(statement));
    let report = Run::example("ready")
        .arg("--key-policy")
        .arg(crate::harness::named(crate::harness::DATASETS_KEY, &path))
        .report("blocked");
    let decisions: Vec<&str> = report.rows_of("decrypt-object").iter().map(|row| word(&row["decision"])).collect();
    assert!(decisions.contains(&"allowed") && decisions.contains(&"implicitDeny"), "{decisions:?}");
}
