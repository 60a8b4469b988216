//! Operations that run as a role: who must get what, when it would fail, and operations from outside the program

use serde_json::Value;

use crate::harness::{Report, Run, Scratch, example, example_text, word};

const LAUNCHER: &str = "arn:aws:iam::111122223333:role/ml/TrainingLauncher";
const EXEC: &str = "arn:aws:iam::111122223333:role/ml/TrainingExecution";
const KEY: &str = "7d9e4c30-5a16-4f7b-92c8-0e6b1f3a8d55";
const ROLES: &str = "iam/account-authorization-details-jobs.json";

/// The example's training job against an account, with nothing told
fn untold(account: &Scratch) -> Run {
    Run::bare(&example("requests/training-job.json"), LAUNCHER)
        .snapshot(account.root())
        .train(&example("manifests/bottles.manifest"))
}

fn training(account: &Scratch) -> Run {
    untold(account).arg("--fact").arg(format!("manifest_keys={KEY}"))
}

fn denied(report: &Report) -> Vec<(String, String, String, String)> {
    let denied = report.rows().iter().filter(|row| row["need"] == "must" && word(&row["decision"]).ends_with("Deny"));
    let part = |row: &Value, name: &str| word(&row[name]).to_owned();
    denied.map(|row| (part(row, "id"), part(row, "actor"), part(row, "principal"), part(row, "phase"))).collect()
}

fn owned(id: &str, actor: &str, principal: &str, phase: &str) -> (String, String, String, String) {
    (id.to_owned(), actor.to_owned(), principal.to_owned(), phase.to_owned())
}

#[test]
fn a_training_job_is_ready_when_caller_role_and_trust_are() {
    let report = training(&Scratch::account()).report("ready");
    assert_eq!(report.0["operation"], "sagemaker:CreateTrainingJob");
    assert_eq!(report.0["predicted_response"]["status"], 200);
    for (id, actor, principal, by) in [
        ("exec-pass", "caller", Value::Null, "identity:inline LaunchTraining/PassTheExecutionRole"),
        (
            "exec-trust",
            "service:sagemaker.amazonaws.com",
            "sagemaker.amazonaws.com".into(),
            "resource:trust policy/SageMakerForThisAccountsJobs",
        ),
        ("volume-grant-caller", "caller", Value::Null, "identity:inline LaunchTraining/GrantForVolumes"),
        ("read-object", "role:exec", EXEC.into(), "identity:inline RunTraining/ReadTrainingData"),
        ("out-put", "role:exec", EXEC.into(), "identity:inline RunTraining/WriteArtifacts"),
    ] {
        let row = report.row(id);
        assert_eq!(
            (word(&row["actor"]), &row["principal"], word(&row["decision"])),
            (actor, &principal, "allowed"),
            "{id}"
        );
        assert!(report.decided_by(id).iter().any(|part| part == by), "{id}: {:?}", report.decided_by(id));
    }
    // The caller's grant is enough: that the role cannot create it stands in no way.
    let role = report.row("volume-grant-role");
    assert_eq!((word(&role["need"]), word(&role["decision"])), ("advisory", "implicitDeny"));
    assert_eq!(report.row("read-object")["resource_count"], 8);
}

#[test]
fn what_a_role_lacks_fails_while_the_job_runs() {
    let account = Scratch::account();
    account.edit(ROLES, |text| text.replace("acme-training-artifacts/bottles/*", "acme-training-artifacts/mugs/*"));
    let report = training(&account).report("blocked");
    assert_eq!(denied(&report), [owned("out-put", "role:exec", EXEC, "run")]);
    assert_eq!(report.0["predicted_response"]["status"], 200, "the service takes the request");
    let help = report.row("out-put")["gap"]["help"][0].as_str().unwrap().to_owned();
    assert!(help.starts_with(&format!("add to an identity policy of the role `{EXEC}`")), "{help}");
}

#[test]
fn what_the_caller_lacks_fails_at_the_request() {
    let account = Scratch::account();
    account.edit(ROLES, |text| text.replacen("sagemaker.amazonaws.com", "ec2.amazonaws.com", 1));
    let report = training(&account).report("blocked");
    assert_eq!(denied(&report), [owned("exec-pass", "caller", "", "submit")]);
    assert_eq!(report.0["predicted_response"]["status"], 400);
}

#[test]
fn a_role_that_trusts_other_jobs_alone_is_not_assumed() {
    let account = Scratch::account();
    account.edit(ROLES, |text| text.replace("training-job/*\"", "processing-job/*\""));
    let report = training(&account).report("blocked");
    assert_eq!(
        denied(&report),
        [owned("exec-trust", "service:sagemaker.amazonaws.com", "sagemaker.amazonaws.com", "run")]
    );
    let message = word(&report.row("exec-trust")["gap"]["message"]);
    assert!(message.contains("trust policy does not let the service assume it"), "{message}");
}

#[test]
fn of_two_who_may_create_the_grant_one_is_enough_and_none_is_too_few() {
    let account = Scratch::account();
    account.edit(ROLES, |text| text.replace("\"kms:CreateGrant\"", "\"kms:RetireGrant\""));
    let report = training(&account).report("blocked");
    let ids: Vec<String> = denied(&report).into_iter().map(|row| row.0).collect();
    assert_eq!(ids, ["volume-grant-caller", "volume-grant-role"]);
    let help = report.row("volume-grant-caller")["gap"]["help"].to_string();
    assert!(help.contains("one of these rows is enough: volume-grant-caller, volume-grant-role"), "{help}");
    account.edit(ROLES, |text| text.replace("\"kms:Encrypt\"", "\"kms:Encrypt\", \"kms:CreateGrant\""));
    account.edit(ROLES, |text| text.replacen(&format!("key/{KEY}"), "key/*", 1));
    let report = training(&account).report("ready");
    assert_eq!(report.decision("volume-grant-role"), "allowed");
    assert_eq!(word(&report.row("volume-grant-caller")["need"]), "advisory");
}

#[test]
fn a_role_that_the_snapshot_does_not_know_leaves_its_rows_open() {
    let account = Scratch::account();
    account.edit(ROLES, |text| {
        text.replace(&format!("\"Arn\": \"{EXEC}\""), "\"Arn\": \"arn:aws:iam::111122223333:role/ml/TrainingExecutor\"")
    });
    let report = training(&account).report("undetermined");
    assert_eq!(denied(&report), []);
    assert_eq!(report.decision("out-put"), "undetermined");
    assert_eq!(report.decision("exec-trust"), "undetermined");
    assert!(report.missing().contains("did you mean"), "{}", report.missing());
}

#[test]
fn what_is_stored_in_aws_is_told_or_named() {
    let account = Scratch::account();
    let report = untold(&account).report("undetermined");
    assert_eq!(report.decision("manifest-decrypt"), "undetermined");
    assert!(report.missing().contains("--fact manifest_keys=VALUE"), "{}", report.missing());
    untold(&account).report("undetermined");
    untold(&account).args(["--fact", "manifest_keys=none"]).report("ready");
    untold(&account)
        .args(["--fact", "manifest_kees=none"])
        .run()
        .refuses(&["no fact `manifest_kees`", "did you mean `manifest_keys`?"]);
}

#[test]
fn the_context_of_a_role_is_told_apart_from_the_callers() {
    let account = Scratch::account();
    let condition = "\"Condition\": {\"StringEquals\": {\"aws:SourceVpce\": \"vpce-1\"}}, \"Sid\": \"WriteArtifacts\"";
    account.edit(ROLES, |text| text.replace("\"Sid\": \"WriteArtifacts\"", condition));
    let context = |key: &str| training(&account).arg("--context").arg(format!("{key}=vpce-1"));
    assert_eq!(context("aws:SourceVpce").report("undetermined").decision("out-put"), "undetermined");
    assert_eq!(context("exec/aws:SourceVpce").report("ready").decision("out-put"), "allowed");
    context("exek/aws:SourceVpce").run().refuses(&["has no role `exek`", "did you mean `exec`?"]);
}

#[test]
fn the_buckets_of_images_have_rows_of_their_own() {
    let scratch = Scratch::new();
    let line = |bucket: &str| {
        example_text("manifests/bottles.manifest").lines().next().unwrap().replace("acme-training-data", bucket)
    };
    let manifest =
        scratch.write("two.manifest", format!("{}\n{}\n", line("acme-vision-datasets"), line("acme-training-data")));
    let version = |name: &str| {
        let request = std::path::PathBuf::from("tests/data/operations/rekognition.CreateProjectVersion.minimal.json");
        let mut run = Run::new(name).arg(request).args(["--principal", crate::harness::TRAINER]);
        run = run.snapshot(&example("account"));
        run
    };
    let report = version("check").train(&manifest).judged().0;
    let told = |row: &&Value| {
        (
            word(&row["action"]).to_owned(),
            word(&row["resource"]).to_owned(),
            word(&row["need"]).to_owned(),
            word(&row["decision"]).to_owned(),
        )
    };
    let rows: Vec<_> =
        report.rows().iter().filter(|row| word(&row["id"]).starts_with("image-bucket")).map(|row| told(&row)).collect();
    let owned = |(action, bucket, decision): (&str, &str, &str)| {
        (format!("s3:{action}"), format!("arn:aws:s3:::{bucket}"), "should".to_owned(), decision.to_owned())
    };
    let expected = [
        ("GetBucketAcl", "acme-training-data", "implicitDeny"),
        ("GetBucketAcl", "acme-vision-datasets", "implicitDeny"),
        ("GetBucketLocation", "acme-training-data", "implicitDeny"),
        ("GetBucketLocation", "acme-vision-datasets", "allowed"),
        ("ListBucket", "acme-training-data", "implicitDeny"),
        ("ListBucket", "acme-vision-datasets", "implicitDeny"),
    ];
    assert_eq!(rows, expected.map(owned));
    // Without a manifest nobody knows them.
    let report = version("check").judged().0;
    assert_eq!(report.decision("image-bucket.1"), "undetermined");
    // A document with the rows that should be there names the buckets, not their objects.
    let ran = version("generate").train(&manifest).args(["--strength", "should"]).run();
    for expected in ["s3:GetBucketAcl", "arn:aws:s3:::acme-training-data", "arn:aws:s3:::acme-vision-datasets"] {
        assert!(ran.stdout.contains(&format!("\"{expected}\"")), "{expected} {ran}");
    }
}

#[test]
fn a_list_of_objects_is_read_where_the_service_takes_one() {
    let account = Scratch::account();
    let request = example_text("requests/training-job.json").replace("AugmentedManifestFile", "ManifestFile");
    let request = account.write("list-job.json", request);
    let lines = example_text("manifests/bottles.manifest");
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let (prefix, name) = word(&first["source-ref"]).rsplit_once('/').unwrap();
    let listed = |prefix: &str| account.write("list.json", format!("[{{\"prefix\": \"{prefix}/\"}},\n\"{name}\"]\n"));
    let job = |request: &std::path::Path, manifest: &std::path::Path| {
        let run = Run::bare(request, LAUNCHER).snapshot(account.root()).train(manifest);
        run.arg("--fact").arg(format!("manifest_keys={KEY}"))
    };
    let read = |report: &Report| {
        let row = report.row("read-object");
        (word(&row["resource"]).to_owned(), word(&row["decision"]).to_owned())
    };
    let report = job(&request, &listed(prefix)).report("ready");
    let object = format!("{prefix}/{name}").replace("s3://", "arn:aws:s3:::");
    assert_eq!(read(&report), (object, "allowed".to_owned()));
    let report = job(&request, &listed("s3://acme-elsewhere/x")).judged().0;
    assert_eq!(read(&report), (format!("arn:aws:s3:::acme-elsewhere/x/{name}"), "undetermined".to_owned()));
    // An augmented manifest is still told from a list by what it begins with.
    job(&request, &example("manifests/bottles.manifest")).report("ready");
    // Where a service takes one of them only, the other is no manifest.
    let operation = |name: &str, manifest: &std::path::Path| {
        let request = std::path::PathBuf::from(format!("tests/data/operations/{name}.json"));
        Run::bare(&request, LAUNCHER).snapshot(account.root()).train(manifest).run()
    };
    operation("rekognition.CreateProjectVersion.maximal", &listed(prefix)).refuses(&["a manifest is JSON Lines"]);
    operation("sagemaker.CreateProcessingJob.maximal", &example("manifests/bottles.manifest"))
        .refuses(&["this manifest is a JSON array"]);
}

#[test]
fn each_operation_is_recognised_and_derived() {
    let folder = std::path::Path::new("tests/data/operations");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let operation = name.split('.').take(2).collect::<Vec<_>>().join(":");
        let ran = Run::new("derive")
            .arg(&path)
            .args(["-o", "json", "--account", "111122223333", "--region", "us-east-1"])
            .run();
        let needs: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        assert_eq!(needs["operation"], operation.as_str(), "{ran}");
        if !operation.starts_with("lookoutvision") {
            assert!(
                !ran.stdout.contains("Lookout") && !ran.stdout.contains("datakey-via"),
                "another service's words: {ran}"
            );
        }
        count += 1;
    }
    assert_eq!(count, 30);
}

#[test]
fn an_operation_that_is_not_known_names_the_nearest() {
    let request = example("requests/training-job.json");
    Run::bare(&request, LAUNCHER)
        .args(["--operation", "sagemaker:CreateTrainingJobs"])
        .run()
        .refuses(&["did you mean `sagemaker:CreateTrainingJob`?"]);
}

const OUTSIDE: &str = r#"
format    = 1
operation = "forecast:CreateAutoPredictor"
model     = "forecast/2018-06-26"
schema    = "forecast.CreateAutoPredictor.schema.json"
inert     = ["PredictorName"]

[service]
name      = "Amazon Forecast"
principal = "forecast.amazonaws.com"
via       = "forecast"

[status]
state = "closing"
src   = ["api"]

[source]
api = { kind = "api-reference", url = "https://docs.aws.amazon.com/forecast/latest/dg/API_CreateAutoPredictor.html" }

[principal.exec]
role    = "EncryptionConfig.RoleArn"
when    = "EncryptionConfig.RoleArn"
pass    = { by = "caller", to = "forecast.amazonaws.com" }
trust   = { service = "forecast.amazonaws.com", actions = ["sts:AssumeRole"] }
src     = ["api"]
because = "the key is used as this role"

[fact]
key = { kms_key = { reference = "EncryptionConfig.KMSKeyArn" } }

[[require]]
id       = "create"
creates  = true
action   = "forecast:CreateAutoPredictor"
resource = "*"
src      = ["api"]
because  = "the request itself is authorized against the new predictor"

[[require]]
id       = "key-use"
as       = "exec"
when     = "EncryptionConfig.KMSKeyArn"
phase    = "run"
action   = "kms:Decrypt"
resource = "{key}"
src      = ["api"]
because  = "the data is encrypted with this key"
"#;

const OUTSIDE_SCHEMA: &str = r#"{"type": "object", "additionalProperties": false, "required": ["PredictorName"], "properties": {
    "PredictorName": {"type": "string"},
    "EncryptionConfig": {"type": "object", "properties": {"RoleArn": {"type": "string"}, "KMSKeyArn": {"type": "string"}}}}}"#;

#[test]
fn an_operation_from_outside_the_program_needs_no_code() {
    let scratch = Scratch::new();
    scratch.write("mine/forecast.CreateAutoPredictor.toml", OUTSIDE);
    scratch.write("mine/forecast.CreateAutoPredictor.schema.json", OUTSIDE_SCHEMA);
    let request = scratch.write(
        "request.json",
        format!(r#"{{"PredictorName": "demand", "EncryptionConfig": {{"RoleArn": "{EXEC}", "KMSKeyArn": "arn:aws:kms:us-east-1:111122223333:key/{KEY}"}}}}"#),
    );
    let lint = Run::new("catalog").arg("lint").arg("--catalog").arg(scratch.path("mine")).exits(0);
    assert!(lint.stdout.starts_with("16 operations"), "{lint}");
    let check =
        |request| Run::bare(request, LAUNCHER).snapshot(&example("account")).arg("--catalog").arg(scratch.path("mine"));
    let report = check(&request).report("blocked");
    assert_eq!(report.0["operation"], "forecast:CreateAutoPredictor");
    let ids: Vec<&str> = report.rows().iter().map(|row| word(&row["id"])).collect();
    assert_eq!(ids, ["exec-pass", "exec-trust", "create", "key-use"]);
    assert_eq!(report.decision("key-use"), "allowed");
    assert_eq!(report.decision("exec-trust"), "implicitDeny");
    let snapshot = format!("{}/{}", env!("CARGO_MANIFEST_DIR"), example("account").display());
    let case = format!(
        "[[case]]\nname = \"it\"\ncatalog = \"mine\"\nrequest = \"request.json\"\nprincipal = \"{LAUNCHER}\"\nsnapshot = \"{snapshot}\"\nverdict = \"blocked\"\n\n[[case.expect]]\nid = \"exec-trust\"\ndecision = \"implicitDeny\"\n"
    );
    Run::new("test").arg(scratch.write("cases.toml", case)).exits(0);
    // It is checked as strictly as the program's own files.
    scratch.edit("mine/forecast.CreateAutoPredictor.toml", |text| {
        text.replace("\"*\"", "\"arn:{partition}:forecast:{region}:{account}:predictor/{PredictorName}\"")
    });
    let lint = Run::new("catalog").arg("lint").arg("--catalog").arg(scratch.path("mine")).exits(1);
    assert!(lint.stdout.contains("is no resource of forecast:CreateAutoPredictor"), "{lint}");
    scratch.edit("mine/forecast.CreateAutoPredictor.toml", |text| text.replace("\"exec\"", "\"exek\""));
    check(&request).run().refuses(&["there is no principal `exek`", "did you mean `exec`?"]);
}

#[test]
fn the_catalog_has_nothing_to_object_to() {
    let ran = Run::new("catalog").arg("lint").exits(0);
    assert!(ran.stdout.starts_with("15 operations with ") && ran.stdout.ends_with(": nothing to object\n"), "{ran}");
}

#[test]
fn a_role_that_is_known_not_to_exist_fails_the_request() {
    let account = Scratch::account();
    account.edit(ROLES, |text| {
        text.replace(&format!("\"Arn\": \"{EXEC}\""), "\"Arn\": \"arn:aws:iam::111122223333:role/ml/TrainingExecutor\"")
    });
    account.write("iam/roles/ml%2FTrainingExecution.json", "null");
    let report = training(&account).report("blocked");
    assert_eq!(denied(&report), []);
    assert_eq!(report.0["predicted_response"]["status"], 400);
    let findings = report.0["findings"].to_string();
    let words = format!("there is no role `{EXEC}` (did you mean `arn:aws:iam::111122223333:role/ml/TrainingExecutor`");
    assert!(findings.contains(&words), "{findings}");
    for id in ["out-put", "exec-trust"] {
        assert_eq!(report.decision(id), "undetermined", "{id}");
    }
    assert!(report.missing().contains("there is no such role"), "{}", report.missing());
    assert!(!findings.contains("nothing reads this"), "{findings}");
}

/// Places are told, and the policies of their buckets are read like those of the request's own
#[test]
fn a_bucket_that_is_told_has_its_policy_read() {
    let (account, elsewhere) = (Scratch::account(), Scratch::new());
    let row = "[[require]]\nid = \"place-read\"\nas = \"exec\"\nfor_each = \"place in places\"\nphase = \"run\"\naction = \"s3:GetObject\"\nresource = \"arn:{partition}:s3:::{place}{?}\"\nsrc = [\"api\"]\nbecause = \"the role reads what is there\"\n";
    let fact = "[fact]\nplaces = { told = { what = \"the places, as BUCKET/PREFIX\", how = \"ask the owner\" } }\n";
    let text = format!("{}\n{row}", OUTSIDE.replace("[fact]\n", fact));
    elsewhere.write("mine/forecast.CreateAutoPredictor.toml", text);
    elsewhere.write("mine/forecast.CreateAutoPredictor.schema.json", OUTSIDE_SCHEMA);
    let request = elsewhere.write(
        "request.json",
        format!(r#"{{"PredictorName": "demand", "EncryptionConfig": {{"RoleArn": "{EXEC}"}}}}"#),
    );
    let check = || {
        let run = Run::bare(&request, LAUNCHER).snapshot(account.root()).arg("--catalog").arg(elsewhere.path("mine"));
        run.args(["--fact", "places=acme-vision-results/told/"]).report("blocked")
    };
    let report = check();
    assert_eq!(report.decision("place-read"), "implicitDeny");
    let policy = account.path("s3/acme-vision-results/policy.json");
    assert!(policy.exists());
    let deny = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Closed", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-vision-results/*"}]}"#;
    std::fs::write(policy, deny).unwrap();
    let report = check();
    assert_eq!(report.decision("place-read"), "explicitDeny");
    assert_eq!(report.decided_by("place-read"), ["resource:s3/acme-vision-results/policy.json/Closed"]);
}
