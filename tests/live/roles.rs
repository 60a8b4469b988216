//! Jobs that run as a role: what is read of the role, what it lacks, and what is said where it cannot be read

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::members;
use crate::replay::{essence, snapshot};
use crate::scene::{Ran, Scene, causes};
use crate::testbed::ACCOUNT;

/// A training job of SageMaker: a user sends the request, a role runs it
pub(crate) struct Job {
    pub(crate) scene: Scene,
    pub(crate) user: String,
    pub(crate) exec: String,
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn allow(sid: &str, actions: &Value, resources: &Value) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources})
}

fn trust(service: &str) -> String {
    let account = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}});
    document(&[json!({
        "Sid": "Jobs", "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": account,
    })])
}

impl Job {
    /// Caller, role and trust are as they must be
    pub(crate) fn ready() -> Self {
        let scene = Scene::ready();
        let job = Self { user: format!("{}-ana", scene.name), exec: format!("{}-exec", scene.name), scene };
        job.scene.call("iam", "create_user", &json!({"UserName": job.user}));
        let launch = [
            allow("Launch", &json!("sagemaker:CreateTrainingJob"), &json!("*")),
            allow("Pass", &json!("iam:PassRole"), &json!(job.arn())),
        ];
        let policy = json!({"UserName": job.user, "PolicyName": "launch", "PolicyDocument": document(&launch)});
        job.scene.call("iam", "put_user_policy", &policy);
        job.role();
        job.request(&job.arn());
        job
    }

    /// The dataset as a list of names below a prefix, for jobs that take no lines of JSON
    fn lists_images(&self) {
        let list = json!([{"prefix": format!("s3://{}/images/", self.scene.data())}, "000000.jpg", "000001.jpg"]);
        self.scene.write("train.manifest", &list.to_string());
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/ml/{}", self.exec)
    }

    pub(crate) fn sender(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:user/{}", self.user)
    }

    /// An inline policy that reads and writes, an attached one for the keys, and the boundary of the scene
    fn role(&self) {
        let scene = &self.scene;
        let boundary = format!("arn:aws:iam::{ACCOUNT}:policy/{}-boundary", scene.name);
        scene.call(
            "iam",
            "create_role",
            &json!({
                "RoleName": self.exec, "Path": "/ml/", "AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com"),
                "PermissionsBoundary": boundary, "Tags": [{"Key": "team", "Value": "vision"}],
            }),
        );
        self.may(&json!(["s3:GetObject", "s3:ListBucket", "s3:PutObject"]));
        let keys = document(&[allow("Keys", &json!("kms:Decrypt"), &json!("*"))]);
        let made = json!({"PolicyName": format!("{}-keys", self.exec), "PolicyDocument": keys});
        let keys = scene.call("iam", "create_policy", &made)["Policy"]["Arn"].clone();
        scene.call("iam", "attach_role_policy", &json!({"RoleName": self.exec, "PolicyArn": keys}));
    }

    /// What the role may do in S3
    fn may(&self, actions: &Value) {
        let statements = [
            allow("Data", actions, &json!(format!("arn:aws:s3:::{}*", self.scene.name))),
            allow("Logs", &json!(["logs:*", "cloudwatch:PutMetricData"]), &json!("*")),
        ];
        let policy = json!({"RoleName": self.exec, "PolicyName": "run", "PolicyDocument": document(&statements)});
        self.scene.call("iam", "put_role_policy", &policy);
    }

    fn request(&self, role: &str) {
        let source = json!({"S3DataType": "AugmentedManifestFile", "S3Uri": format!("s3://{}/train.manifest", self.scene.data()), "AttributeNames": ["source-ref"]});
        let request = json!({
            "TrainingJobName": "bottles", "RoleArn": role,
            "AlgorithmSpecification": {"TrainingInputMode": "Pipe"},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": format!("s3://{}/out", self.scene.results())},
            "ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        });
        self.scene.write("request.json", &request.to_string());
    }

    fn check(&self, more: &[&str]) -> (Value, Ran) {
        let sender = self.sender();
        let principal: &[&str] = if more.contains(&"--principal") { &[] } else { &["--principal", &sender] };
        self.scene.check(&[&["--fact", "manifest_keys=none"], principal, more].concat())
    }

    #[track_caller]
    fn is(&self, verdict: &str, more: &[&str]) -> (Value, Ran) {
        let (report, ran) = self.check(more);
        assert_eq!(report["verdict"], verdict, "{ran}");
        (report, ran)
    }

    /// The same request checked against a snapshot of it
    fn replayed(&self) -> Value {
        let sender = self.sender();
        let ran = snapshot(&self.scene, "account", &["--principal", &sender, "--fact", "manifest_keys=none"]);
        assert_eq!(ran.code, 0, "{ran}");
        let args = ["check", "request.json", "--train", "train.manifest", "-o", "json", "--offline"];
        let further = ["--fact", "manifest_keys=none", "--principal", &sender, "--snapshot", "account"];
        let ran = self.scene.run(args.into_iter().chain(further));
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.scene.caller.calls().into_iter().filter(|call| call.starts_with("iam:")) {
            *counts.entry(call).or_default() += 1;
        }
        counts
    }
}

fn row<'r>(report: &'r Value, id: &str) -> &'r Value {
    let rows = report["requirements"].as_array().into_iter().flatten();
    rows.into_iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row {id}: {report:#}"))
}

/// The rows that are denied, by id
fn denied(report: &Value) -> Vec<&str> {
    let rows = report["requirements"].as_array().into_iter().flatten();
    let denied = rows.filter(|row| row["need"] == "must" && row["decision"].to_string().contains("Deny"));
    denied.filter_map(|row| row["id"].as_str()).collect()
}

/// Whether something was seen, and why not
fn seen<'r>(report: &'r Value, what: &str) -> (bool, &'r str) {
    let coverage = report["coverage"].as_array().into_iter().flatten();
    let entry =
        coverage.into_iter().find(|entry| entry["what"] == what).unwrap_or_else(|| panic!("{what}: {report:#}"));
    (entry["seen"] == true, entry["why"].as_str().unwrap_or_default())
}

#[test]
fn a_role_that_runs_the_job_is_read_once_with_all_that_is_attached_to_it() {
    let job = Job::ready();
    let (report, ran) = job.is("ready", &[]);
    for (id, by) in
        [("read-object", "inline run"), ("decrypt-object", &format!("{}-keys", job.exec)), ("out-put", "inline run")]
    {
        let row = row(&report, id);
        assert_eq!((&row["principal"], &row["decision"]), (&json!(job.arn()), &json!("allowed")), "{id}: {ran}");
        assert!(row["decided_by"].to_string().contains(by), "{id}: {ran}");
    }
    assert!(row(&report, "exec-trust")["decided_by"].to_string().contains("Jobs"), "{ran}");
    for what in ["identity policies", "permissions boundary", "trust policy"] {
        assert!(seen(&report, &format!("{what} of role {}", job.arn())).0, "{what}: {ran}");
    }
    let expected = [
        ("iam:GetPolicy", 2),
        ("iam:GetPolicyVersion", 2),
        ("iam:GetRole", 1),
        ("iam:GetRolePolicy", 1),
        ("iam:GetUser", 1),
        ("iam:GetUserPolicy", 1),
        ("iam:ListAttachedRolePolicies", 1),
        ("iam:ListAttachedUserPolicies", 1),
        ("iam:ListGroupsForUser", 1),
        ("iam:ListRolePolicies", 1),
        ("iam:ListUserPolicies", 1),
    ];
    let mut counts = job.counts();
    counts.remove("iam:SimulatePrincipalPolicy");
    assert_eq!(counts, expected.map(|(call, count)| (call.to_owned(), count)).into());
}

#[test]
fn a_role_that_sends_the_request_and_runs_it_is_read_once() {
    let job = Job::ready();
    let own = json!({"RoleName": job.exec, "PolicyName": "launch", "PolicyDocument": document(&[
        allow("Launch", &json!("sagemaker:CreateTrainingJob"), &json!("*")),
        allow("Pass", &json!("iam:PassRole"), &json!(job.arn())),
    ])});
    job.scene.call("iam", "put_role_policy", &own);
    for sender in [job.arn(), format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/ci", job.exec)] {
        let before = job.counts();
        job.is("ready", &["--principal", &sender]);
        let after = job.counts();
        for call in ["iam:GetRole", "iam:ListRolePolicies"] {
            assert_eq!(after[call] - before.get(call).copied().unwrap_or_default(), 1, "{sender}: {call}");
        }
    }
    // Two roles share the boundary, which is read for both.
    let before = job.counts();
    let sender = job.scene.principal();
    let launch = json!({"RoleName": job.scene.name, "PolicyName": "launch", "PolicyDocument": document(&[allow("All", &json!("*"), &json!("*"))])});
    job.scene.call("iam", "put_role_policy", &launch);
    job.is("ready", &["--principal", &sender]);
    assert_eq!(job.counts()["iam:GetPolicy"] - before["iam:GetPolicy"], 3, "data, keys and the one boundary");
}

#[test]
fn what_the_role_lacks_blocks_the_job() {
    let job = Job::ready();
    job.may(&json!(["s3:ListBucket", "s3:PutObject"]));
    let (report, ran) = job.is("blocked", &[]);
    assert_eq!(denied(&report), ["manifest-read", "read-object"], "{ran}");
    assert_eq!(row(&report, "read-object")["principal"], json!(job.arn()), "{ran}");
    assert_eq!(essence(&job.replayed()), essence(&report));
}

#[test]
fn a_boundary_of_the_role_limits_the_job() {
    let job = Job::ready();
    let narrow = json!({"PolicyName": format!("{}-narrow", job.exec), "PolicyDocument": document(&[allow("S3", &json!(["s3:*", "logs:*", "cloudwatch:*"]), &json!("*"))])});
    let arn = job.scene.call("iam", "create_policy", &narrow)["Policy"]["Arn"].clone();
    job.scene.call("iam", "put_role_permissions_boundary", &json!({"RoleName": job.exec, "PermissionsBoundary": arn}));
    let (report, ran) = job.is("blocked", &[]);
    assert_eq!(denied(&report), ["decrypt-object"], "{ran}");
    assert!(row(&report, "decrypt-object")["decided_by"].to_string().contains("boundary"), "{ran}");
}

#[test]
fn a_role_that_does_not_trust_the_service_blocks_the_job() {
    let job = Job::ready();
    let policy = json!({"RoleName": job.exec, "PolicyDocument": trust("comprehend.amazonaws.com")});
    job.scene.call("iam", "update_assume_role_policy", &policy);
    let (report, ran) = job.is("blocked", &[]);
    assert_eq!(denied(&report), ["exec-trust"], "{ran}");
    assert_eq!(essence(&job.replayed()), essence(&report));
}

#[test]
fn a_role_that_cannot_be_read_leaves_its_rows_open_and_names_the_cause() {
    for (fault, words) in [
        (json!({"status": 403, "code": "AccessDenied", "message": "no"}), "iam:GetRole was refused"),
        (json!({"status": 400, "code": "Throttling"}), "iam:GetRole was throttled"),
        (json!({"status": 500, "code": "InternalFailure"}), "iam:GetRole failed at AWS"),
        (json!({"body": "<html>"}), "iam:GetRole got an answer that cannot be read"),
        (json!({"status": 404, "body": "gone"}), "iam:GetRole found nothing"),
        (json!({"cut": true}), "iam:GetRole did not reach AWS"),
    ] {
        let job = Job::ready();
        let mut fault = fault;
        fault["action"] = json!("iam:GetRole");
        fault["times"] = json!(100_000);
        job.scene.caller.fault(fault);
        let (report, ran) = job.is("undetermined", &[]);
        assert_eq!(denied(&report), [""; 0], "{ran}");
        for id in ["exec-trust", "read-object", "out-put", "log-group.1"] {
            let row = row(&report, id);
            assert_eq!(row["decision"], "undetermined", "{words}: {id}: {ran}");
            assert!(row["missing_facts"].to_string().contains(words), "{words}: {id}: {ran}");
        }
        for id in ["create", "exec-pass"] {
            assert_eq!(row(&report, id)["decision"], "allowed", "{words}: {id}: {ran}");
        }
        let (is_seen, why) = seen(&report, &format!("identity policies of role {}", job.arn()));
        assert!(!is_seen && why.contains(words), "{why}: {ran}");
        assert_eq!(essence(&job.replayed()), essence(&report), "{words}");
    }
}

#[test]
fn a_garbled_policy_of_the_role_costs_the_role_alone() {
    let job = Job::ready();
    let maybe = document(&[json!({"Effect": "Maybe"})]);
    let inner = format!(
        "<RoleName>{}</RoleName><PolicyName>run</PolicyName><PolicyDocument>{}</PolicyDocument>",
        job.exec,
        maybe.replace('"', "%22")
    );
    let body = format!(
        "<GetRolePolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRolePolicyResult>{inner}</GetRolePolicyResult></GetRolePolicyResponse>"
    );
    job.scene.caller.fault(json!({"action": "iam:GetRolePolicy", "body": body, "times": 100_000}));
    let (report, ran) = job.is("undetermined", &[]);
    assert_eq!(row(&report, "create")["decision"], "allowed", "{ran}");
    assert!(causes(&report).iter().any(|cause| cause.contains("policy `run` cannot be understood")), "{ran}");
}

#[test]
fn a_caller_that_cannot_be_read_costs_the_role_nothing() {
    let job = Job::ready();
    job.scene.caller.fault(json!({"action": "iam:GetUser", "status": 403, "code": "AccessDenied", "times": 1000}));
    let (report, ran) = job.is("undetermined", &[]);
    assert_eq!(row(&report, "read-object")["decision"], "allowed", "{ran}");
    assert_eq!(row(&report, "create")["decision"], "undetermined", "{ran}");
    assert_eq!(essence(&job.replayed()), essence(&report));
}

#[test]
fn a_role_that_does_not_exist_fails_the_request() {
    let job = Job::ready();
    let gone = format!("arn:aws:iam::{ACCOUNT}:role/ml/nobody-{}", job.exec);
    let elsewhere = format!("arn:aws:iam::{ACCOUNT}:role/{}", job.exec);
    for (arn, near) in [(&gone, None), (&elsewhere, Some(format!("did you mean `{}`?", job.arn())))] {
        job.request(arn);
        let (report, ran) = job.is("blocked", &[]);
        let findings = report["findings"].to_string();
        assert!(findings.contains(&format!("there is no role `{arn}`")), "{ran}");
        assert_eq!(report["predicted_response"]["status"], 400, "{ran}");
        assert_eq!(report["predicted_response"]["error"], "ValidationException", "{ran}");
        if let Some(near) = near {
            assert!(findings.contains(&near), "{ran}");
        }
        for id in ["exec-trust", "read-object", "out-put"] {
            assert_eq!(row(&report, id)["decision"], "undetermined", "{id}: {ran}");
            assert!(row(&report, id)["missing_facts"].to_string().contains("there is no such role"), "{id}: {ran}");
        }
        assert_eq!(seen(&report, &format!("identity policies of role {arn}")), (true, "there is no such role"));
        let _ = std::fs::remove_dir_all(job.scene.folder.path().join("account"));
        assert_eq!(essence(&job.replayed()), essence(&report));
        let noted = std::fs::read_dir(job.scene.folder.path().join("account/iam/roles")).expect("it is noted").count();
        assert_eq!(noted, 1);
    }
}

#[test]
fn a_policy_that_vanishes_while_the_role_is_read_is_no_role_that_does_not_exist() {
    for call in ["iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"] {
        let job = Job::ready();
        job.scene.caller.fault(json!({"action": call, "status": 404, "code": "NoSuchEntity", "times": 1000}));
        let (report, ran) = job.is("undetermined", &[]);
        assert!(causes(&report).iter().any(|cause| cause.contains(call)), "{call}: {ran}");
    }
}

#[test]
fn a_role_of_another_account_is_not_asked_for() {
    let job = Job::ready();
    let theirs = format!("arn:aws:iam::999988887777:role/ml/{}", job.exec);
    job.request(&theirs);
    let (report, ran) = job.is("blocked", &[]);
    assert!(denied(&report).contains(&"exec-pass"), "{ran}");
    assert_eq!(row(&report, "exec-trust")["decision"], "undetermined", "{ran}");
    // Nothing here lets in another account, whatever the role's own policies say.
    let lacking = row(&report, "read-object")["decided_by"].to_string();
    assert!(lacking.contains("\"layer\":\"resource\""), "{ran}");
    let (is_seen, why) = seen(&report, &format!("identity policies of role {theirs}"));
    assert!(!is_seen && why.contains("the role is of account 999988887777"), "{why}");
    assert!(!job.counts().contains_key("iam:GetRole"), "{ran}");
}

#[test]
fn a_root_user_sends_a_job_whose_role_is_read() {
    let job = Job::ready();
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let (report, ran) = job.is("ready", &["--principal", &root]);
    assert_eq!(row(&report, "read-object")["decision"], "allowed", "{ran}");
    job.scene.caller.fault(json!({"action": "iam:GetRole", "status": 403, "code": "AccessDenied", "times": 1000}));
    job.is("undetermined", &["--principal", &root]);
}

#[test]
fn a_snapshot_holds_the_roles_of_the_request_and_masks_them() {
    let job = Job::ready();
    let (report, _) = job.is("ready", &[]);
    assert_eq!(essence(&job.replayed()), essence(&report));
    let read = |path: &str| std::fs::read_to_string(job.scene.folder.path().join(path)).expect("a snapshot is text");
    let export: Value = serde_json::from_str(&read("account/iam/account-authorization-details.json")).expect("JSON");
    assert_eq!(export["RoleDetailList"][0]["Arn"], json!(job.arn()));
    assert!(export["RoleDetailList"][0]["AssumeRolePolicyDocument"].is_object());
    assert_eq!(export["UserDetailList"][0]["Arn"], json!(job.sender()));
    let sender = job.sender();
    let ran =
        snapshot(&job.scene, "masked", &["--principal", &sender, "--fact", "manifest_keys=none", "--mask-accounts"]);
    assert_eq!(ran.code, 0, "{ran}");
    let masked = read("masked/iam/account-authorization-details.json");
    assert!(!masked.contains(ACCOUNT), "{masked}");
    for secret in [job.scene.caller.key.as_str(), crate::testbed::SECRET, crate::testbed::TOKEN] {
        assert!(!masked.contains(secret));
    }
    // The same names in the request and the principal, and it replays.
    let head = read("masked/snapshot.toml");
    let shown = head.split('"').nth(1).expect("the account comes first");
    job.scene.write("request.json", &read("request.json").replace(ACCOUNT, shown));
    let sender = sender.replace(ACCOUNT, shown);
    let args = ["check", "request.json", "--train", "train.manifest", "--offline", "--fact", "manifest_keys=none"];
    let ran = job.scene.run(args.into_iter().chain(["--principal", &sender, "--snapshot", "masked"]));
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn a_role_that_is_told_is_read_too() {
    let job = Job::ready();
    let request = json!({
        "TransformJobName": "bottles", "ModelName": "bottles",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": format!("s3://{}/images/", job.scene.data())}}},
        "TransformOutput": {"S3OutputPath": format!("s3://{}/out", job.scene.results())},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    });
    job.scene.write("request.json", &request.to_string());
    job.lists_images();
    let told = format!("model_role={}", job.arn());
    let sender = job.sender();
    let (report, ran) = job.scene.check(&["--fact", &told, "--principal", &sender]);
    assert!(seen(&report, &format!("identity policies of role {}", job.arn())).0, "{ran}");
    let ran = snapshot(&job.scene, "account", &["--principal", &sender, "--fact", &told]);
    assert_eq!(ran.code, 0, "{ran}");
    let path = job.scene.folder.path().join("account/iam/account-authorization-details.json");
    assert!(std::fs::read_to_string(path).expect("an export").contains(&job.arn()), "{ran}");
}

/// The roles of a list, one of them also the job's own, and the same one twice
#[test]
fn several_roles_of_one_request_are_read_once_each() {
    let job = Job::ready();
    job.lists_images();
    let unload = format!("{}-unload", job.exec);
    let made = json!({"RoleName": unload, "AssumeRolePolicyDocument": trust("redshift.amazonaws.com")});
    let unload = job.scene.call("iam", "create_role", &made)["Role"]["Arn"].as_str().expect("an ARN").to_owned();
    let dataset = |number: usize, role: &str| {
        json!({"InputName": format!("part-{number}"), "DatasetDefinition": {"RedshiftDatasetDefinition": {
            "ClusterId": "c", "Database": "d", "DbUser": "u", "QueryString": "select 1", "ClusterRoleArn": role,
            "OutputS3Uri": format!("s3://{}/unload", job.scene.results()), "OutputFormat": "PARQUET",
        }}})
    };
    let request = |roles: &[&str]| {
        let inputs: Vec<Value> = roles.iter().enumerate().map(|(number, role)| dataset(number, role)).collect();
        let request = json!({
            "ProcessingJobName": "split", "RoleArn": job.arn(),
            "AppSpecification": {"ImageUri": format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/split:1")},
            "ProcessingInputs": inputs,
            "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
        });
        job.scene.write("request.json", &request.to_string());
        let sender = job.sender();
        job.scene.check(&["--principal", &sender])
    };
    let (report, ran) = request(&[&unload, &job.arn(), &unload]);
    assert_eq!(job.counts()["iam:GetRole"], 2, "{ran}");
    for arn in [&unload, &job.arn()] {
        assert!(seen(&report, &format!("trust policy of role {arn}")).0, "{arn}: {ran}");
    }
    let decisions = ["exec-trust", "redshift-trust", "redshift.2-trust", "redshift.3-trust"];
    let decisions = decisions.map(|id| row(&report, id)["decision"].as_str().unwrap_or_default().to_owned());
    assert_eq!(decisions, ["allowed", "allowed", "implicitDeny", "allowed"], "{ran}");
    // Nobody passes such a role with the request, so that it is missed only by the cluster.
    let (report, ran) = request(&[&format!("{unload}-gone")]);
    assert_eq!(row(&report, "redshift-trust")["decision"], "undetermined", "{ran}");
    assert!(!report["findings"].to_string().contains("there is no role"), "{ran}");
}

/// The simulations that were asked for, about whom and with which context keys
fn simulations(job: &Job) -> Vec<(String, Vec<String>, Vec<String>)> {
    let log = job.scene.caller.log().into_iter().filter(|call| call["op"] == "iam:SimulatePrincipalPolicy");
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
    log.map(|call| {
        let params = &call["params"];
        let source = params["PolicySourceArn"].as_str().unwrap_or_default().to_owned();
        (source, owned(members(params, "ActionNames")), owned(members(params, "ContextEntries")))
    })
    .collect()
}

#[test]
fn the_simulator_is_asked_about_the_role_without_the_callers_context() {
    for mode in ["both", "live"] {
        let job = Job::ready();
        job.scene.caller.simulation(
            json!({"shape": "aggregate", "rules": [{"decision": "allowed", "organizations": true, "boundary": true}]}),
        );
        let (report, ran) = job.is("ready", &["--mode", mode, "--context", "aws:SourceVpce=vpce-1"]);
        let sent = simulations(&job);
        assert!(sent.len() <= 9, "{} calls: {sent:#?}", sent.len());
        let of_role: Vec<_> = sent.iter().filter(|(source, ..)| *source == job.arn()).collect();
        let actions: Vec<&String> = of_role.iter().flat_map(|(_, actions, _)| actions).collect();
        for action in ["s3:GetObject", "s3:PutObject", "logs:PutLogEvents", "kms:Decrypt"] {
            assert!(actions.iter().any(|sent| *sent == action), "{action}: {actions:?}");
        }
        assert!(of_role.iter().all(|(.., keys)| !keys.iter().any(|key| key == "aws:SourceVpce")), "{of_role:?}");
        let of_caller: Vec<_> = sent.iter().filter(|(source, ..)| *source == job.sender()).collect();
        assert!(of_caller.iter().any(|(.., keys)| keys.iter().any(|key| key == "aws:SourceVpce")), "{of_caller:?}");
        assert!(of_caller.iter().flat_map(|(_, actions, _)| actions).all(|action| !action.starts_with("s3:")));
        let judged = |id: &str, layer: &str| {
            let views = row(&report, id)["coverage"].as_array().expect("coverage").clone();
            views.iter().find(|view| view["layer"] == layer).map(|view| view["judged_by"].clone())
        };
        assert_eq!(judged("out-put", "identity"), Some(json!("both")), "{ran}");
        assert_eq!(judged("exec-trust", "resource"), Some(json!("engine")), "{ran}");
    }
}

#[test]
fn a_contradiction_about_the_role_leaves_its_row_open() {
    let job = Job::ready();
    let denied = json!({"principal": job.arn(), "action": "s3:PutObject", "decision": "implicitDeny", "organizations": true, "boundary": true});
    job.scene.caller.simulation(json!({"shape": "aggregate", "rules": [denied, {"decision": "allowed", "organizations": true, "boundary": true}]}));
    let (report, ran) = job.is("undetermined", &["--mode", "both"]);
    assert_eq!(row(&report, "out-put")["decision"], "undetermined", "{ran}");
    assert_eq!(row(&report, "read-object")["decision"], "allowed", "{ran}");
    assert!(report["findings"].to_string().contains("engines-disagree"), "{ran}");
}

#[test]
fn the_simulator_speaks_for_a_role_that_cannot_be_read_and_not_for_its_trust() {
    let job = Job::ready();
    job.scene.caller.simulation(
        json!({"shape": "aggregate", "rules": [{"decision": "allowed", "organizations": true, "boundary": true}]}),
    );
    job.scene.caller.fault(json!({"action": "iam:GetRole", "status": 403, "code": "AccessDenied", "times": 1000}));
    let (report, ran) = job.is("undetermined", &["--mode", "both"]);
    assert_eq!(row(&report, "manifest-read")["decision"], "allowed", "{ran}");
    assert_eq!(row(&report, "exec-trust")["decision"], "undetermined", "{ran}");
}

#[test]
fn a_simulator_that_may_not_be_asked_about_the_role_is_named_with_the_role() {
    let job = Job::ready();
    job.scene.caller.simulation(json!({"shape": "aggregate", "rules": [{"principal": job.sender(), "decision": "allowed", "organizations": true, "boundary": true}]}));
    let (report, ran) = job.is("ready", &["--mode", "both"]);
    assert!(report["findings"].to_string().contains(&format!("about `{}`", job.arn())), "{ran}");
    let (report, ran) = job.is("undetermined", &["--mode", "live"]);
    assert_eq!(row(&report, "create")["decision"], "allowed", "{ran}");
    assert_eq!(row(&report, "out-put")["decision"], "undetermined", "{ran}");
}
