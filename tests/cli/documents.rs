//! `generate` and `verify`, from outside

use serde_json::Value;

use crate::harness::{ANA, DATASETS_KEY, MODELS_KEY, Ran, Run, Scratch, TRAINER, assert_valid, example, word};

fn generate(request: &str) -> Run {
    Run::new("generate").arg(example(&format!("requests/{request}.json"))).snapshot(&example("account")).manifests()
}

fn verify(policies: &[&str]) -> Run {
    let run = policies.iter().fold(Run::new("verify"), |run, policy| run.arg(example(&format!("aws/{policy}.json"))));
    run.arg("--request").arg(example("requests/ready.json")).snapshot(&example("account")).manifests()
}

#[track_caller]
fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

/// A JSON report of `generate` or `verify`, held against its schema
#[track_caller]
fn report(run: Run, code: i32) -> Value {
    let ran = run.args(["-o", "json"]).exits(code);
    let report = json(&ran);
    let schema = if word(&report["schema"]).contains("generated") { "generated" } else { "verified" };
    assert_valid(&format!("{schema}.v1.schema.json"), &report, &ran.to_string());
    report
}

fn sids(document: &Value) -> Vec<&str> {
    document["Statement"].as_array().unwrap().iter().map(|statement| word(&statement["Sid"])).collect()
}

/// `statement: what it breaks or how it widens` of every part
fn uses(report: &Value) -> Vec<String> {
    let parts = report["proof"]["minimal"]["parts"].as_array().unwrap();
    let line = |part: &Value| {
        let effect =
            if part["effect"] == "breaks" { part["breaks"].to_string() } else { word(&part["effect"]).to_owned() };
        format!("{} {} {}: {effect}", word(&part["statement"]), word(&part["kind"]), word(&part["text"]))
    };
    parts.iter().map(line).collect()
}

#[test]
fn one_layer_prints_its_document_alone_and_the_proof_beside_it() {
    let ran = generate("ready").exits(0);
    let document = json(&ran);
    assert_eq!(sids(&document), ["CreateTag", "ReadObject", "OutLocation", "OutPut", "KeyGrant", "KeyDatakey"]);
    assert!(ran.stderr.contains("sufficient  ✓ yes: 8 of 8"), "{ran}");
    assert!(ran.stderr.contains("minimal     ✓ yes"), "{ran}");
    insta::assert_snapshot!("identity_policy", shortened(&document));
}

/// The document with long lists of resources cut
fn shortened(document: &Value) -> String {
    let mut document = document.clone();
    for statement in document["Statement"].as_array_mut().unwrap() {
        if let Some(resources) = statement["Resource"].as_array_mut() {
            let count = resources.len();
            resources.truncate(3);
            resources.push(format!("[{count} resources]").into());
        }
    }
    format!("{document:#}")
}

#[test]
fn a_key_that_does_not_listen_to_iam_gets_a_statement_of_its_own() {
    let scratch = Scratch::new();
    let run = generate("ready").args(["--principal", TRAINER, "--layer", "all", "--out"]).arg(scratch.root());
    let ran = run.exits(0);
    assert_eq!(scratch.files(), ["identity.json", &format!("key-{DATASETS_KEY}.json")], "{ran}");
    let key: Value = serde_json::from_str(&scratch.text(&format!("key-{DATASETS_KEY}.json"))).unwrap();
    let statement = &key["Statement"][0];
    assert_eq!(statement["Principal"]["AWS"], TRAINER);
    assert_eq!((word(&statement["Action"]), word(&statement["Resource"])), ("kms:Decrypt", "*"));
    assert_eq!(statement["Condition"]["StringEquals"]["kms:ViaService"], "s3.us-east-1.amazonaws.com");
}

#[test]
fn the_document_makes_a_blocked_principal_ready() {
    let scratch = Scratch::new();
    generate("ready").args(["--out"]).arg(scratch.root()).exits(0);
    Run::example("ready").principal(ANA).report("blocked");
    // The policy of the images' key names her already.
    let run = Run::example("ready").principal(ANA).arg("--identity-policy").arg(scratch.path("identity.json"));
    let ready = run.report("ready");
    assert!(ready.decided_by("key-grant").iter().any(|by| by.starts_with("identity:identity/KeyGrant")));
}

#[test]
fn every_part_of_a_generated_document_is_for_something() {
    let report =
        report(generate("ready").args(["--principal", TRAINER, "--layer", "all", "--strength", "advisory"]), 0);
    assert_eq!(report["proof"]["sufficient"]["holds"], true);
    let uses = uses(&report);
    assert!(uses.iter().all(|line| !line.ends_with(": nothing")), "{uses:#?}");
    for expected in [
        r#"CreateTag action lookoutvision:TagResource: ["tag"]"#,
        "CreateTag condition StringEquals aws:RequestTag/line: widens",
        r#"CreateTag value team of ForAllValues:StringEquals aws:TagKeys: ["create","tag"]"#,
        "KeyGrant condition Bool kms:GrantIsForAWSResource: widens",
        "DecryptObject condition StringEquals kms:ViaService: widens",
        r#"OutPut statement all: ["out-put"]"#,
    ] {
        assert!(uses.iter().any(|line| line == expected), "`{expected}` is not in {uses:#?}");
    }
}

#[test]
fn smaller_documents_fold_objects_and_say_what_else_they_grant() {
    let folded = report(generate("ready").args(["--max-size", "2600"]), 0);
    let folding = &folded["foldings"][0];
    assert_eq!((&folding["objects"], &folding["exact"]), (&Value::from(80), &Value::from(false)));
    assert_eq!((&folding["others_known"], &folding["beyond"]), (&Value::from(0), &Value::from(0)));
    assert!(folded["documents"][0]["size"].as_u64().unwrap() <= 2600);
    assert_eq!(folded["proof"]["sufficient"]["holds"], true);
    assert_eq!(folded["proof"]["tight"]["holds"], false);

    let ran = generate("ready").args(["--max-size", "900"]).run();
    ran.refuses(&["the identity policy does not fit into 900 characters", "--max-size N"]);
}

#[test]
fn objects_spread_over_several_policies_when_asked() {
    let run =
        generate("ready").args(["--max-size", "2048", "--policies", "4", "--layer", "all", "--principal", TRAINER]);
    let spread = report(run, 0);
    let documents: Vec<&str> = spread["documents"].as_array().unwrap().iter().map(|own| word(&own["name"])).collect();
    assert_eq!(documents[..3], ["identity", "identity-2", "identity-3"]);
    assert!(spread["documents"].as_array().unwrap().iter().all(|own| own["size"].as_u64() <= own["limit"].as_u64()));
    assert_eq!(spread["proof"]["sufficient"]["holds"], true);
    assert_eq!(spread["proof"]["minimal"]["holds"], true);

    let ran = generate("ready").args(["--limit", "role", "--policies", "2"]).run();
    ran.refuses(&["all inline policies of a role together have one limit"]);
}

#[test]
fn other_layers_carry_what_they_can_and_name_the_principal() {
    let ran = generate("ready").args(["--layer", "bucket"]).run();
    ran.refuses(&["has to name who sends the request", "--principal ARN"]);

    let ran = generate("ready").args(["--layer", "bucket", "--principal", TRAINER]).exits(0);
    let documents = json(&ran);
    let buckets: Vec<&String> = documents.as_object().unwrap().keys().collect();
    assert_eq!(buckets, ["bucket-acme-vision-datasets", "bucket-acme-vision-results"], "{ran}");
    assert_eq!(documents["bucket-acme-vision-results"]["Statement"][0]["Principal"]["AWS"], TRAINER);

    let ran = generate("ready").args(["--layer", "key", "--principal", TRAINER]).exits(0);
    let keys: Vec<String> = json(&ran).as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, [format!("key-{DATASETS_KEY}"), format!("key-{MODELS_KEY}")], "{ran}");
}

#[test]
fn what_is_not_known_stays_open() {
    let run = Run::new("generate").arg(example("requests/ready.json"));
    let open = report(run.args(["--region", "us-east-1", "--account", "111122223333"]), 3);
    assert_eq!(open["verdict"], "undetermined");
    let left = open["left"].as_array().unwrap();
    let why: Vec<&str> = left.iter().filter(|left| left["open"] == true).map(|left| word(&left["why"])).collect();
    assert!(why.iter().any(|why| why.contains("which objects the dataset names")), "{why:?}");
    assert!(why.iter().any(|why| why.contains("alias/vision-models")), "{why:?}");
}

#[test]
fn a_request_that_would_be_refused_is_blocked_all_the_same() {
    let refused = report(generate("rejected"), 1);
    assert_eq!(refused["verdict"], "blocked");
}

#[test]
fn the_same_objects_in_another_order_make_the_same_documents() {
    let scratch = Scratch::new();
    let reversed = |name: &str| {
        let text = crate::harness::example_text(name);
        text.lines().rev().collect::<Vec<_>>().join("\n")
    };
    let train = scratch.write("train", reversed("manifests/train.manifest"));
    let test = scratch.write("test", reversed("manifests/test.manifest"));
    let run = Run::new("generate").arg(example("requests/ready.json")).snapshot(&example("account"));
    let other = run.train(&test).arg("--test").arg(train).exits(0);
    assert_eq!(other.stdout, generate("ready").exits(0).stdout);
}

#[test]
fn aws_full_access_policy_lacks_all_but_the_service_itself() {
    let found = report(verify(&["full-access"]), 1);
    let rows = found["proof"]["sufficient"]["rows"].as_array().unwrap();
    let allowed = |row: &&Value| row["decision"] == "allowed";
    let allowed: Vec<&str> = rows.iter().filter(allowed).map(|row| word(&row["action"])).collect();
    assert_eq!(allowed, ["lookoutvision:CreateModel", "lookoutvision:TagResource"]);
    let lacking: Vec<&str> = found["lacking"].as_array().unwrap().iter().map(|own| word(&own["Sid"])).collect();
    assert_eq!(lacking, ["ReadObject", "DecryptObject", "OutLocation", "OutPut", "KeyGrant", "KeyDatakey"]);
    assert_eq!(found["closed_keys"][0], format!("arn:aws:kms:us-east-1:111122223333:key/{DATASETS_KEY}"));
}

#[test]
fn aws_samples_lack_the_data_key_and_grant_more_than_the_request() {
    let ran = verify(&["full-access", "sdk-sample", "kms-sample"]).exits(1);
    insta::assert_snapshot!("aws_samples", ran.stdout);
    let found = report(verify(&["full-access", "sdk-sample", "kms-sample"]), 1);
    let lacking: Vec<&str> = found["lacking"].as_array().unwrap().iter().map(|own| word(&own["Sid"])).collect();
    assert_eq!(lacking, ["DecryptObject", "KeyDatakey"]);
    let needless: Vec<String> = uses(&found).into_iter().filter(|line| line.ends_with(": nothing")).collect();
    assert_eq!(
        needless,
        [
            "LocateBuckets resource arn:aws:s3:::acme-vision-datasets: nothing",
            "UseObjects action s3:GetObjectVersion: nothing",
            "DescribeKey statement all: nothing",
        ]
    );
}

#[test]
fn aws_console_policy_covers_only_the_console_bucket() {
    let found = report(verify(&["console-full-access"]), 1);
    let beyond = found["proof"]["tight"]["beyond"].as_array().unwrap();
    let of = |sid: &str| {
        beyond.iter().filter(|own| own["statement"] == sid).map(|own| word(&own["what"])).collect::<Vec<_>>()
    };
    assert_eq!(of("ChooseKeys"), ["no need asks for it"]);
    assert_eq!(of("UseConsoleObjects"), ["no need asks for it", "nothing there is needed"]);
}

#[test]
fn a_generated_policy_verifies() {
    let scratch = Scratch::new();
    generate("ready").args(["--out"]).arg(scratch.root()).args(["--principal", TRAINER, "--layer", "all"]).exits(0);
    let run =
        Run::new("verify").arg(scratch.path("identity.json")).arg("--request").arg(example("requests/ready.json"));
    let key = crate::harness::named(DATASETS_KEY, &scratch.path(&format!("key-{DATASETS_KEY}.json")));
    let run = run.snapshot(&example("account")).manifests().args(["--principal", TRAINER]).arg("--key-policy").arg(key);
    let found = report(run, 0);
    assert_eq!(found["proof"]["minimal"]["holds"], true, "{:#}", found["proof"]["minimal"]);
    assert_eq!(found["lacking"], serde_json::json!([]));
}

#[test]
fn policies_that_cannot_be_read_are_refused_together() {
    let scratch = Scratch::new();
    let broken = scratch.write("broken.json", "{");
    let run = Run::new("verify").arg(broken).arg("missing.json").arg("--request").arg(example("requests/ready.json"));
    run.run().refuses(&["broken.json", "`missing.json` does not exist"]);
    let run = verify(&["full-access"])
        .arg("--key-policy")
        .arg(crate::harness::named("nokey", &example("aws/full-access.json")));
    run.run().refuses(&["`--key-policy nokey`: the request does not touch it", "it touches"]);
}

#[test]
fn each_gap_gets_its_change_and_the_change_closes_it() {
    let blocked = report(generate("blocked").args(["--principal", TRAINER]), 0);
    let account = &blocked["account"];
    assert_eq!(account["with_documents"]["decision"], "explicitDeny");
    let fixes = account["fixes"].as_array().unwrap();
    let lines: Vec<String> = fixes
        .iter()
        .map(|fix| {
            let change = &fix["changes"][0];
            format!(
                "{} {} {} -> {}",
                word(&fix["need"]),
                word(&change["layer"]),
                word(&fix["decision"]),
                word(&fix["after"])
            )
        })
        .collect();
    assert_eq!(lines, ["out-put resource explicitDeny -> allowed", "key-grant identity implicitDeny -> allowed"]);

    let denying = &fixes[0]["changes"][0];
    assert_eq!(denying["denies"]["Action"], serde_json::json!(["s3:DeleteObject", "s3:PutObject"]));
    // Only the action of the need, and only for this principal.
    assert_eq!(denying["statements"][0]["Action"], "s3:DeleteObject");
    assert_eq!(denying["statements"][0]["Condition"], denying["denies"]["Condition"]);
    let excepted = denying["statements"][1]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"].as_array().unwrap();
    assert_eq!(excepted.last().unwrap(), TRAINER);
    assert_eq!(denying["command"], Value::Null);
    assert_eq!(word(&denying["location"]["file"]).rsplit('/').next(), Some("policy.json"));

    let adding = &fixes[1]["changes"][0];
    assert_eq!((word(&adding["opens"]), &adding["denies"]), ("", &Value::Null));
    assert!(word(&adding["command"]).starts_with("aws iam put-role-policy --role-name VisionTrainer "));
}

#[test]
fn a_closed_key_is_opened_in_its_own_policy() {
    let admin = "arn:aws:iam::111122223333:role/platform/PlatformAdmin";
    let blocked = report(generate("ready").args(["--principal", admin]), 0);
    let fixes = blocked["account"]["fixes"].as_array().unwrap();
    let fix = fixes.iter().find(|fix| fix["need"] == "decrypt-object").unwrap();
    assert_eq!(fix["after"], "allowed", "{fix:#}");
    let change = &fix["changes"][0];
    assert_eq!((word(&change["layer"]), word(&change["owner"])), ("resource", "the owner of the resource"));
    assert_eq!(change["statements"][0]["Principal"]["AWS"], admin);
    assert!(word(&change["command"]).starts_with("aws kms put-key-policy --key-id arn:aws:kms:"), "{change:#}");
}

#[test]
fn terraform_and_cloudformation_hold_the_same_documents() {
    for (format, name) in
        [("terraform", "terraform"), ("terraform-plain", "plain"), ("cloudformation", "cloudformation")]
    {
        let run = generate("ready").args([
            "--max-size",
            "2600",
            "--format",
            format,
            "--layer",
            "all",
            "--principal",
            TRAINER,
        ]);
        insta::assert_snapshot!(name, run.exits(0).stdout);
    }
    let ran = generate("ready").args(["--format", "cloudformation", "--layer", "key", "--principal", TRAINER]).run();
    ran.refuses(&["CloudFormation cannot add statements"]);
}

#[test]
fn an_existing_document_keeps_everything_and_gets_what_it_lacks() {
    let scratch = Scratch::new();
    let existing = r#"{"Version": "2012-10-17", "Id": "mine", "Statement": [
        {"Sid": "OutPut", "Effect": "Deny", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": "arn:aws:s3:::acme-vision-results", "Condition": {
            "Bool": {"aws:ViaAWSService": "true"}, "StringEquals": {"aws:ResourceAccount": "111122223333"}}}]}"#;
    let against = scratch.write("existing.json", existing);
    let ran = generate("ready").arg("--against").arg(&against).exits(0);
    let patched = json(&ran);
    let before: Value = serde_json::from_str(existing).unwrap();
    assert_eq!(patched["Id"], "mine");
    assert_eq!(patched["Statement"][0], before["Statement"][0]);
    assert_eq!(patched["Statement"][1], before["Statement"][1]);
    let added: Vec<&str> = sids(&patched)[2..].to_vec();
    assert_eq!(added, ["CreateTag", "ReadObject", "OutPut2", "KeyGrant", "KeyDatakey"], "{ran}");

    let ran = generate("ready").args(["--format", "terraform", "--against"]).arg(&against).run();
    ran.refuses(&["`--format` must be json"]);
}
