//! `derive --as`, from outside: the new request, the permissions that change, and that the new request is checked

use serde_json::Value;

use crate::harness::{DATASETS_KEY, Ran, Run, Scratch, assert_valid, example, example_text, word};

const SAGEMAKER: &str = "sagemaker:CreateTrainingJob";
const REKOGNITION: &str = "rekognition:CreateProjectVersion";
const LAUNCHER: &str = "arn:aws:iam::111122223333:role/ml/TrainingLauncher";
const DATA_KEY: &str = "7d9e4c30-5a16-4f7b-92c8-0e6b1f3a8d55";
const DATA: &str = "arn:aws:s3:::acme-vision-datasets/casting/*";

/// Everything that only the user can say of the bottles
const SAID: [&str; 5] = [
    "TrainingJobName=bottles-2026-11-27",
    "RoleArn=arn:aws:iam::111122223333:role/ml/TrainingExecution",
    "AlgorithmName=arn:aws:sagemaker:us-east-1:865070037744:algorithm/lfv-public-algorithm-2025-02-0-example",
    "TrainManifest=s3://acme-training-data/bottles.manifest",
    "InstanceType=ml.g4dn.2xlarge",
];

fn derive(request: &str, to: &str) -> Run {
    Run::new("derive").arg(example(&format!("requests/{request}.json"))).args(["--as", to])
}

fn bottles() -> Run {
    let run = derive("bottles", SAGEMAKER).snapshot(&example("account")).train(&example("manifests/bottles.manifest"));
    SAID.iter().fold(run, |run, said| run.args(["--set", said]))
}

/// Runs with JSON output and holds it against its schema
#[track_caller]
fn migrated(run: Run) -> Value {
    let ran = run.args(["-o", "json"]).exits(0);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    assert_valid("migration.v1.schema.json", &value, &ran.to_string());
    value
}

/// `actor action resource` of the permissions of one side, with who needed them before
fn permissions(value: &Value, side: &str) -> Vec<String> {
    let told = |row: &Value| {
        let moved = row["moved_from"].as_str().map(|actor| format!(" (before: {actor})")).unwrap_or_default();
        format!("{} {} {}{moved}", word(&row["actor"]), word(&row["action"]), word(&row["resource"]))
    };
    value["permissions"][side].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn the_new_request_is_written_and_is_ready_for_who_launches_it() {
    let scratch = Scratch::new();
    let file = scratch.path("new.json");
    bottles().arg("--request-out").arg(&file).exits(0);
    assert_eq!(scratch.text("new.json"), example_text("requests/bottles-training-job.json"), "as the example shows it");
    let check = |principal: &str| {
        Run::bare(&file, principal)
            .args(["--operation", SAGEMAKER, "--fact"])
            .arg(format!("manifest_keys={DATA_KEY}"))
            .snapshot(&example("account"))
            .train(&example("manifests/bottles.manifest"))
    };
    let report = check(LAUNCHER).report("ready");
    assert_eq!(report.findings("request-invalid").len(), 0);
    for id in ["exec-pass", "exec-trust", "create", "tag", "manifest-read", "read-object", "out-put", "out-key"] {
        assert_eq!(report.decision(id), "allowed", "{id}");
    }
    // Who may not pass the role may not run it, so the check decides about this request.
    let report = check("arn:aws:iam::111122223333:role/ml/VisionTrainer").report("blocked");
    assert!(report.gaps().contains(&"exec-pass implicitDeny".to_owned()), "{:?}", report.gaps());
}

#[test]
fn permissions_move_from_the_sender_to_the_role() {
    let value = migrated(derive("ready", SAGEMAKER).snapshot(&example("account")).manifests());
    let key = format!("arn:aws:kms:us-east-1:111122223333:key/{DATASETS_KEY}");
    let before = permissions(&value, "before");
    let after = permissions(&value, "after");
    for gone in [
        format!("caller s3:GetObject {DATA}"),
        format!("caller kms:Decrypt {key}"),
        "caller lookoutvision:CreateModel arn:aws:lookoutvision:us-east-1:111122223333:model/casting-line-3/*"
            .to_owned(),
        "caller s3:GetBucketLocation arn:aws:s3:::acme-vision-results".to_owned(),
    ] {
        assert!(before.contains(&gone), "{gone}\n{before:#?}");
    }
    for new in [
        "caller iam:PassRole {RoleArn}".to_owned(),
        "service:sagemaker.amazonaws.com sts:AssumeRole {RoleArn}".to_owned(),
        "caller sagemaker:CreateTrainingJob arn:aws:sagemaker:us-east-1:111122223333:training-job/<<TrainingJobName>>"
            .to_owned(),
        format!("role:exec s3:GetObject {DATA} (before: caller)"),
        format!("role:exec kms:Decrypt {key} (before: caller)"),
        "role:exec s3:PutObject arn:aws:s3:::acme-vision-results/inspection/casting-line-3/<<TrainingJobName>>/*"
            .to_owned(),
    ] {
        assert!(after.contains(&new), "{new}\n{after:#?}");
    }
    assert_eq!(permissions(&value, "both"), [""; 0]);
}

#[test]
fn for_rekognition_the_sender_keeps_what_it_has_in_another_context() {
    let value = migrated(derive("ready", REKOGNITION).snapshot(&example("account")).manifests());
    let both = permissions(&value, "both");
    assert!(both.contains(&format!("caller s3:GetObject {DATA}")), "{both:#?}");
    let grant = value["permissions"]["both"].as_array().unwrap().iter().find(|row| row["action"] == "kms:CreateGrant");
    let changes = grant.unwrap()["context_changes"].as_array().unwrap();
    let via = changes.iter().find(|change| change["key"] == "kms:ViaService").unwrap();
    assert_eq!(
        (word(&via["before"]), word(&via["after"])),
        ("lookoutvision.us-east-1.amazonaws.com", "rekognition.us-east-1.amazonaws.com")
    );
    let after = permissions(&value, "after");
    assert!(
        after.contains(&"caller s3:GetObject arn:aws:s3:::<<TrainManifest>>/<<TrainManifest>>".to_owned()),
        "{after:#?}"
    );
    let without: Vec<&str> = value["without"].as_array().unwrap().iter().map(|told| word(&told["what"])).collect();
    assert_eq!(without, ["ProjectName", "ClientToken", "the masks of the manifests"]);
}

#[test]
fn with_and_without_key_tags_prefix_and_test_manifest() {
    let scratch = Scratch::new();
    let bare = scratch.write(
        "bare.json",
        r#"{"ProjectName": "p", "OutputConfig": {"S3Location": {"Bucket": "acme-vision-results"}}}"#,
    );
    for (to, absent) in [
        (SAGEMAKER, ["/OutputDataConfig/KmsKeyId", "/Tags", "/InputDataConfig/1"]),
        (REKOGNITION, ["/KmsKeyId", "/Tags", "/OutputConfig/S3KeyPrefix"]),
    ] {
        let run =
            || Run::new("derive").arg(&bare).args(["--as", to, "--region", "us-east-1", "--account", "111122223333"]);
        let value = migrated(run().train(&example("manifests/train.manifest")));
        for pointer in absent {
            assert_eq!(value["request"].pointer(pointer), None, "{to} {pointer}");
        }
        let tagging = permissions(&value, "after").iter().any(|row| row.contains("Tag"));
        assert!(!tagging, "no tags, no permission to tag");
        let value = migrated(run().manifests());
        let test =
            value["request"].pointer(if to == SAGEMAKER { "/InputDataConfig/1" } else { "/TestingData/Assets/0" });
        assert!(test.is_some(), "{:#}", value["request"]);
        // Nothing given at all still makes a skeleton, of which more is open.
        let value = migrated(run());
        assert!(value["placeholders"].as_array().unwrap().iter().any(|ask| ask["name"] == "TrainManifest"));
    }
}

#[test]
fn an_unfinished_request_is_no_request() {
    let scratch = Scratch::new();
    let file = scratch.path("new.json");
    derive("ready", SAGEMAKER).arg("--request-out").arg(&file).exits(0);
    let text = scratch.text("new.json");
    let line = 1 + text.lines().position(|line| line.contains("<<RoleArn>>")).unwrap();
    for command in ["check", "derive", "explain", "generate"] {
        let run = Run::new(command).arg(&file).args(["--operation", SAGEMAKER, "--region", "us-east-1"]);
        let run = if command == "check" || command == "explain" { run.args(["--principal", LAUNCHER]) } else { run };
        let ran = run.exits(2);
        let place = format!("{}:{line}:14", file.display());
        ran.refuses(&["`<<RoleArn>>` is a placeholder: the request is not finished", "`<<TrainingJobName>>`", &place]);
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_a_way_out() {
    let scratch = Scratch::new();
    let ready = example("requests/ready.json");
    let of = |args: &[&str]| Run::new("derive").arg(&ready).args(args.iter().copied());
    for (run, words) in [
        (
            of(&["--as", "sagemaker:CreateTraningJob"]),
            vec!["there is no way", "did you mean `sagemaker:CreateTrainingJob`?"],
        ),
        (of(&["--as", "nothing"]), vec!["it can become rekognition:CreateProjectVersion, sagemaker:CreateTrainingJob"]),
        (
            Run::new("derive").arg(example("requests/training-job.json")).args(["--as", SAGEMAKER]),
            vec!["the request already is one of sagemaker:CreateTrainingJob", "leave out --as"],
        ),
        (
            Run::new("derive").arg(example("requests/training-job.json")).args(["--as", REKOGNITION]),
            vec![
                "there is no way from sagemaker:CreateTrainingJob",
                "there are ways from lookoutvision:CreateModel only",
            ],
        ),
        (of(&["--as", SAGEMAKER, "--set", "RoleARN=x"]), vec!["`RoleARN`", "did you mean `RoleArn`?"]),
        (of(&["--as", SAGEMAKER, "--set", "RoleArn=x"]), vec!["what is set as `RoleArn` does not fit"]),
        (
            of(&["--as", SAGEMAKER, "--fact", "nothing=x"]),
            vec!["sagemaker:CreateTrainingJob asks for no fact `nothing`"],
        ),
        (
            of(&["--as", SAGEMAKER, "--train", "-"]),
            vec!["a manifest cannot come from standard input: it is read twice"],
        ),
        (
            of(&["--as", SAGEMAKER, "-o", "sarif"]),
            vec!["`derive --as` has no output format `sarif`", "human, json, markdown"],
        ),
        (of(&["--as", SAGEMAKER, "-o", "csv"]), vec!["`derive --as` has no output format `csv`"]),
        (of(&["--as", SAGEMAKER, "--mode", "live"]), vec!["`derive` never uses the network"]),
        (of(&["--set", "RoleArn=x"]), vec!["--as"]),
        (of(&["--request-out", "x.json"]), vec!["--as"]),
        (
            of(&["--as", SAGEMAKER]).arg("--request-out").arg(&ready),
            vec!["the new request cannot be written over the old one"],
        ),
        (
            of(&["--as", SAGEMAKER])
                .arg("--request-out")
                .arg(scratch.path("one.json"))
                .arg("-o")
                .arg(format!("json={}", scratch.path("one.json").display())),
            vec!["`json` and the new request cannot both be written to"],
        ),
    ] {
        run.exits(2).refuses(&words);
    }
    assert_eq!(scratch.files(), [""; 0], "nothing is written");
}

#[test]
fn a_request_that_was_rejected_is_told_and_still_migrated() {
    let ran = derive("rejected", SAGEMAKER).args(["-o", "json"]).exits(1);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_valid("migration.v1.schema.json", &value, &ran.to_string());
    let ids: Vec<&str> = value["findings"].as_array().unwrap().iter().map(|finding| word(&finding["id"])).collect();
    assert!(ids.iter().any(|id| id.starts_with("request-")), "{ids:?}");
    assert_eq!(value["to"], SAGEMAKER);
}

/// The command of a step that holds these words
fn step(ran: &Ran, words: &str) -> Vec<String> {
    let line = ran.stdout.lines().find(|line| line.trim_start().starts_with(words));
    let line = line.unwrap_or_else(|| panic!("no step `{words}` in {ran}"));
    line.split_whitespace().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_steps_that_are_told_can_be_taken() {
    let scratch = Scratch::new();
    let file = scratch.path("new.json");
    let run = derive("bottles", SAGEMAKER).snapshot(&example("account")).train(&example("manifests/bottles.manifest"));
    let told = run.arg("--request-out").arg(&file).exits(0);
    let take = |words: Vec<String>| {
        let said = |word: &String| match word.split_once("=VALUE") {
            Some((name, "")) if name == "manifest_keys" => format!("{name}={DATA_KEY}"),
            Some((name, "")) => SAID.iter().find(|said| said.starts_with(&format!("{name}="))).unwrap().to_string(),
            _ if word == "ARN" => LAUNCHER.to_owned(),
            _ => word.clone(),
        };
        let words: Vec<String> = words.iter().map(said).collect();
        let run = Run::new(&words[0]);
        words[1..].iter().fold(run, Run::arg).exits(0)
    };
    take(step(&told, "iam-preflight derive"));
    assert_eq!(scratch.text("new.json"), example_text("requests/bottles-training-job.json"));
    let checked = take(step(&told, "iam-preflight check"));
    assert!(checked.stdout.starts_with("READY"), "{checked}");
}

#[test]
fn people_read_it_in_words_and_in_markdown() {
    let run =
        || derive("bottles", SAGEMAKER).snapshot(&example("account")).train(&example("manifests/bottles.manifest"));
    let human = run().exits(0).stdout;
    insta::assert_snapshot!("migration_human", human);
    let markdown = run().args(["-o", "markdown"]).exits(0).stdout;
    insta::assert_snapshot!("migration_markdown", markdown);
}

#[test]
fn the_report_of_an_ended_service_names_the_way_on() {
    let report = Run::example("ready").report("ready");
    let notice = word(&report.0["notices"][0]);
    let way = "`derive REQUEST --as OPERATION` makes the request one of its successors: \
               rekognition:CreateProjectVersion, sagemaker:CreateTrainingJob.";
    assert!(notice.contains("ended on 2025-10-31") && notice.ends_with(way), "{notice}");
    // On the way itself there is no need to say so.
    let value = migrated(derive("ready", SAGEMAKER));
    let notice = word(&value["notices"][0]);
    assert!(notice.contains("ended on 2025-10-31") && !notice.contains("--as"), "{notice}");
}

#[test]
fn a_layer_set_for_diff_makes_no_migration() {
    let scratch = Scratch::new();
    let request = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(example("requests/ready.json"));
    scratch.write("preflight.toml", "as = \"scp\"\n");
    let run = || Run::new("derive").arg(&request).args(["-o", "json"]).inside(scratch.root());
    for run in [run(), run().env("IAM_PREFLIGHT_AS", "scp")] {
        let ran = run.exits(0);
        let value: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(value["schema"], "iam-preflight/needs/v1", "{ran}");
    }
    Run::new("derive").arg(&request).env("IAM_PREFLIGHT_SET", "RoleArn=x").exits(2).refuses(&["IAM_PREFLIGHT_SET"]);
}

#[test]
fn a_finished_request_for_rekognition_is_judged_without_objection() {
    let scratch = Scratch::new();
    let file = scratch.path("version.json");
    let run =
        derive("bottles", REKOGNITION).snapshot(&example("account")).train(&example("manifests/bottles.manifest"));
    let said = [
        "ProjectArn=arn:aws:rekognition:us-east-1:111122223333:project/bottles/1764150000000",
        "VersionName=2026-11-27",
        "TrainManifest=s3://acme-training-data/bottles.manifest",
    ];
    let run = said.iter().fold(run, |run, said| run.args(["--set", said])).arg("--request-out").arg(&file);
    let told = run.exits(0);
    assert!(told.stdout.contains("the new request is whole"), "{told}");
    let run = Run::bare(&file, LAUNCHER).args(["--operation", REKOGNITION]).snapshot(&example("account"));
    let (report, ran) = run.train(&example("manifests/bottles.manifest")).judged();
    let objections =
        report.0["findings"].as_array().unwrap().iter().filter(|finding| word(&finding["id"]).starts_with("request-"));
    assert_eq!(objections.count(), 0, "{ran}");
    assert_eq!(report.decision("create"), "implicitDeny", "the launcher may do nothing in Rekognition: {ran}");
}

#[test]
fn the_request_may_come_from_standard_input_and_a_manifest_from_the_snapshot() {
    let account = Scratch::account();
    account.write("s3/acme-training-data/manifests/bottles.manifest", example_text("manifests/bottles.manifest"));
    let run = Run::new("derive").args(["-", "--as", SAGEMAKER, "--train", "s3://acme-training-data/bottles.manifest"]);
    let value = migrated(run.snapshot(account.root()).stdin(example_text("requests/bottles.json")));
    let channel = &value["request"]["InputDataConfig"][0]["DataSource"]["S3DataSource"];
    assert_eq!(channel["S3Uri"], "s3://acme-training-data/bottles.manifest");
    assert_eq!(channel["AttributeNames"], serde_json::json!(["source-ref", "anomaly-label-metadata", "anomaly-label"]));
    assert!(
        permissions(&value, "after")
            .contains(&"role:exec s3:GetObject arn:aws:s3:::acme-training-data/bottles.manifest".to_owned())
    );
}

#[test]
fn with_expand_each_object_is_a_permission() {
    let run = derive("bottles", SAGEMAKER).snapshot(&example("account")).train(&example("manifests/bottles.manifest"));
    let value = migrated(run.args(["--expand"]));
    let moved = permissions(&value, "after");
    let images =
        moved.iter().filter(|row| row.starts_with("role:exec s3:GetObject") && row.ends_with("(before: caller)"));
    assert_eq!(images.count(), 8, "{moved:#?}");
    let one = "role:exec s3:GetObject arn:aws:s3:::acme-training-data/bottles/img-0001.jpg (before: caller)";
    assert!(moved.contains(&one.to_owned()), "{moved:#?}");
}

#[test]
fn lines_that_cannot_be_read_leave_the_dataset_open() {
    let scratch = Scratch::new();
    let text = example_text("manifests/bottles.manifest") + "{\n";
    let manifest = scratch.write("broken.manifest", text);
    let value = migrated(derive("bottles", SAGEMAKER).snapshot(&example("account")).train(&manifest));
    let rows = value["permissions"]["after"].as_array().unwrap().iter();
    let read = rows.filter(|row| row["action"] == "s3:GetObject" && word(&row["resource"]).contains("bottles/img"));
    let missing: Vec<String> = read.map(|row| row["missing_facts"].to_string()).collect();
    assert!(missing.iter().any(|facts| facts.contains("1 line(s) of")), "{missing:?}");
    assert_eq!(value["request"]["HyperParameters"]["ModelType"], "classification");
}

#[test]
fn further_migrations_come_from_a_folder() {
    let scratch = Scratch::new();
    scratch.write(
        "mine/way.toml",
        "format = 1\nfrom = \"lookoutvision:StartModel\"\nto = \"sagemaker:CreateModel\"\nsummary = \"A model\"\n\
         [source]\napi = { kind = \"api-reference\", url = \"https://example.com/api\" }\n\
         [[member]]\nto = \"ModelName\"\nname = \"ModelName\"\nfrom = { member = \"ProjectName\" }\n\
         because = \"a name\"\nsrc = [\"api\"]\n",
    );
    let request =
        scratch.write("start.json", r#"{"ProjectName": "bottles", "ModelVersion": "1", "MinInferenceUnits": 1}"#);
    let run = Run::new("derive").arg(&request).args(["--as", "sagemaker:CreateModel", "--catalog"]);
    let value = migrated(run.arg(scratch.path("mine")).args(["--operation", "lookoutvision:StartModel"]));
    assert_eq!(value["request"], serde_json::json!({"ModelName": "bottles"}));
    let lint = Run::new("catalog").args(["lint", "--catalog"]).arg(scratch.path("mine")).exits(1);
    assert!(lint.stdout.contains("nothing says what becomes of `ModelVersion`"), "{lint}");
}
