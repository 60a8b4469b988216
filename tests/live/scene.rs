//! An account on the testbed in which a training job is ready to run, and runs of the program against it

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::testbed::{ACCOUNT, Caller, Testbed, shared};

/// One account set-up: a role with inline, attached and boundary policies, two buckets, two keys, a few objects
pub(crate) struct Scene {
    pub(crate) caller: Caller,
    pub(crate) folder: TempDir,
    /// Begins the names of everything in it
    pub(crate) name: String,
    /// Encrypts the dataset objects
    pub(crate) key: String,
    /// Given in the request
    pub(crate) model_key: String,
}

/// What one run left behind
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr, took } = self;
        write!(f, "exit {code} after {took:?}\n--- standard output\n{stdout}\n--- standard error\n{stderr}")
    }
}

impl Scene {
    /// Everything that the request needs is allowed
    pub(crate) fn ready() -> Self {
        Self::on(shared())
    }

    pub(crate) fn on(testbed: &'static Testbed) -> Self {
        let caller = testbed.caller();
        let name = format!("scene-{}", caller.number);
        let mut scene = Self {
            key: key(testbed),
            model_key: key(testbed),
            caller,
            folder: TempDir::new().expect("there is a temporary folder"),
            name,
        };
        scene.buckets();
        scene.role();
        scene.write("request.json", &scene.request().to_string());
        scene
            .write("train.manifest", &scene.manifest(&["images/000000.jpg", "images/000001.jpg", "images/000002.jpg"]));
        scene.caller.testbed.call(
            "kms",
            "create_alias",
            &json!({"AliasName": format!("alias/{}", scene.name), "TargetKeyId": scene.model_key}),
        );
        scene
    }

    /// The same account seen by another caller, who meets other faults
    pub(crate) fn again(&self) -> Self {
        let folder = TempDir::new().expect("there is a temporary folder");
        for file in ["request.json", "train.manifest"] {
            std::fs::copy(self.folder.path().join(file), folder.path().join(file)).expect("a file can be copied");
        }
        let (name, key, model_key) = (self.name.clone(), self.key.clone(), self.model_key.clone());
        Self { caller: self.caller.testbed.caller(), folder, name, key, model_key }
    }

    pub(crate) fn call(&self, service: &str, operation: &str, params: &Value) -> Value {
        self.caller.testbed.call(service, operation, params)
    }

    /// The dataset's bucket; the results go to the other one
    pub(crate) fn data(&self) -> String {
        format!("{}-data", self.name)
    }

    pub(crate) fn results(&self) -> String {
        format!("{}-results", self.name)
    }

    pub(crate) fn principal(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/ml/{}", self.name)
    }

    pub(crate) fn key_arn(key: &str) -> String {
        format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}")
    }

    fn request(&self) -> Value {
        json!({
            "ProjectName": "casting",
            "OutputConfig": {"S3Location": {"Bucket": self.results(), "Prefix": "out"}},
            "KmsKeyId": format!("alias/{}", self.name),
        })
    }

    pub(crate) fn manifest(&self, keys: &[&str]) -> String {
        let line = |key: &&str| format!("{}\n", json!({"source-ref": format!("s3://{}/{key}", self.data())}));
        keys.iter().map(line).collect()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("the temporary folder can be written");
        path
    }

    fn buckets(&mut self) {
        for bucket in [self.data(), self.results()] {
            self.call("s3", "create_bucket", &json!({"Bucket": bucket}));
            // AWS's default for a new bucket; the server here leaves it out.
            let owner = json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]});
            self.call("s3", "put_bucket_ownership_controls", &json!({"Bucket": bucket, "OwnershipControls": owner}));
            let block = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true});
            self.call(
                "s3",
                "put_public_access_block",
                &json!({"Bucket": bucket, "PublicAccessBlockConfiguration": block}),
            );
            let rule = json!({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}});
            self.call(
                "s3",
                "put_bucket_encryption",
                &json!({"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": [rule]}}),
            );
        }
        self.caller.testbed.seed(&json!({
            "bucket": self.data(), "prefix": "images/", "suffix": ".jpg", "count": 3,
            "sse": "aws:kms", "kms_key_id": Self::key_arn(&self.key),
        }));
    }

    /// Two identity policies, one inline with a `+` and a line break, one attached, and a boundary
    fn role(&self) {
        let statement = |sid: &str, action: &Value, resource: &Value| json!({"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource});
        let document = |statements: &[Value]| {
            serde_json::to_string_pretty(&json!({"Version": "2012-10-17", "Statement": statements})).expect("JSON")
        };
        let train = statement("Train", &json!("lookoutvision:*"), &json!("*"));
        let data = statement(
            "Data",
            &json!(["s3:Get*", "s3:List*", "s3:PutObject"]),
            &json!([format!("arn:aws:s3:::{}*", self.name), format!("arn:aws:s3:::{}/out+more %/*", self.results())]),
        );
        let keys = statement("Keys", &json!("kms:*"), &json!("*"));
        let policy = |name: &str, text: &str| {
            let made = json!({"PolicyName": format!("{}-{name}", self.name), "PolicyDocument": text});
            self.call("iam", "create_policy", &made)["Policy"]["Arn"].clone()
        };
        let attached = policy("data", &document(&[data, keys]));
        let everything = policy("boundary", &document(&[statement("All", &json!("*"), &json!("*"))]));
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "sts:AssumeRole"}]});
        self.call(
            "iam",
            "create_role",
            &json!({
                "RoleName": self.name, "Path": "/ml/", "AssumeRolePolicyDocument": trust.to_string(),
                "PermissionsBoundary": everything, "Tags": [{"Key": "team", "Value": "vision"}],
            }),
        );
        self.call("iam", "attach_role_policy", &json!({"RoleName": self.name, "PolicyArn": attached}));
        self.call(
            "iam",
            "put_role_policy",
            &json!({"RoleName": self.name, "PolicyName": "train", "PolicyDocument": document(&[train])}),
        );
    }

    /// A run of the program as this scene's caller
    pub(crate) fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_iam-preflight"));
        command.args(args).env_clear().envs(self.caller.environment()).current_dir(self.folder.path());
        // Against a run without end alone: how long it takes on a busy machine is no test's business.
        command.timeout(Duration::from_mins(15));
        let started = Instant::now();
        let output = command.output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let ran = Ran { code: output.status.code().unwrap_or(-1), stdout, stderr, took: started.elapsed() };
        assert!(!ran.stderr.contains("panicked") && ran.code >= 0, "a crash or no end: {ran}");
        for secret in [self.caller.key.as_str(), crate::testbed::SECRET, crate::testbed::TOKEN] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "a secret shows: {ran}");
        }
        crate::permissions::suffice_for(&self.caller.log());
        ran
    }

    /// A live check of the scene's request, with its report
    pub(crate) fn check(&self, more: &[&str]) -> (Value, Ran) {
        let principal = self.principal();
        let args = ["check", "request.json", "--train", "train.manifest", "-o", "json"];
        let how: &[&str] = if more.contains(&"--mode") { &[] } else { &["--mode", "both"] };
        let named: &[&str] = if more.contains(&"--principal") { &[] } else { &["--principal", &principal] };
        let ran = self.run(args.iter().chain(how).chain(named).chain(more).copied());
        let report = serde_json::from_str(&ran.stdout).unwrap_or(Value::Null);
        (report, ran)
    }

    /// A live check that ends with this verdict
    #[track_caller]
    pub(crate) fn is(&self, verdict: &str, more: &[&str]) -> (Value, Ran) {
        let (report, ran) = self.check(more);
        assert_eq!(report["verdict"], verdict, "{ran}");
        (report, ran)
    }

    /// A check against a folder, with its report
    pub(crate) fn replay(&self, snapshot: &Path, principal: &str) -> Value {
        let snapshot = snapshot.to_string_lossy().into_owned();
        let args = ["check", "request.json", "--train", "train.manifest", "-o", "json", "--offline"];
        let ran = self.run(args.into_iter().chain(["--principal", principal, "--snapshot", &snapshot]));
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
    }
}

/// A customer managed key with the policy that the console gives
fn key(testbed: &Testbed) -> String {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"}]});
    let made = json!({"Policy": policy.to_string(), "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": false});
    let made = testbed.call("kms", "create_key", &made);
    made["KeyMetadata"]["KeyId"].as_str().expect("a key has an id").to_owned()
}

/// All causes of missing facts in a report
pub(crate) fn causes(report: &Value) -> Vec<String> {
    let rows = report["requirements"].as_array().cloned().unwrap_or_default();
    let facts = rows.iter().flat_map(|row| row["missing_facts"].as_array().cloned().unwrap_or_default());
    facts.map(|fact| fact.to_string()).collect()
}
