//! The example account, as the account of a role that the testbed knows

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::testbed::{self, ACCOUNT, Caller};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/examples");

/// A copy of the example account with a role of its own, which IAM of the testbed has too
pub(crate) struct Account {
    pub(crate) caller: Caller,
    pub(crate) role: String,
    folder: TempDir,
}

/// What one run left behind
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) report: Value,
    pub(crate) stderr: String,
}

impl Account {
    pub(crate) fn new() -> Self {
        let caller = testbed::shared().caller();
        let name = format!("trainer-{}", caller.number);
        let role = json!({"RoleName": name, "Path": "/ml/", "AssumeRolePolicyDocument": "{}"});
        caller.testbed.call("iam", "create_role", &role);
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder can be written");
        for entry in walkdir::WalkDir::new(EXAMPLES).into_iter().map(|entry| entry.expect("the examples are readable"))
        {
            let target = folder.path().join(entry.path().strip_prefix(EXAMPLES).expect("it is below the examples"));
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(target).expect("a folder can be made");
            } else {
                let text = std::fs::read_to_string(entry.path()).expect("the examples are text");
                let text = text.replace("111122223333", ACCOUNT).replace("VisionTrainer", &name);
                std::fs::write(target, text).expect("a file can be written");
            }
        }
        Self { role: format!("arn:aws:iam::{ACCOUNT}:role/ml/{name}"), caller, folder }
    }

    /// A path below the copy of `policies/examples`
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    /// Takes a file or folder out of the snapshot: the fact is then unknown
    pub(crate) fn forget(&self, path: &str) {
        let path = self.path("account").join(path);
        let gone = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        gone.expect("it was there");
    }

    /// What the simulator says of every action, unless a rule before says otherwise
    pub(crate) fn simulator(&self, shape: &str, rules: &[Value]) {
        let mut rules = rules.to_vec();
        // The example's role may not decrypt with the key of its models, and need not.
        let models_key = "*:key/c5079b4e-*";
        rules.push(json!({"action": "kms:Decrypt", "resource": models_key, "decision": "implicitDeny", "organizations": true, "boundary": true}));
        rules.push(json!({"decision": "allowed", "organizations": true, "boundary": true}));
        self.caller.simulation(json!({"shape": shape, "rules": rules}));
    }

    /// A command on the request that is ready, in JSON
    pub(crate) fn run(&self, command: &str, arguments: &[&str]) -> Ran {
        let manifests = ["--train", "manifests/train.manifest", "--test", "manifests/test.manifest"];
        let all: Vec<&str> = ["requests/ready.json"].iter().chain(&manifests).chain(arguments).copied().collect();
        self.run_on(command, &all)
    }

    /// A command on anything
    pub(crate) fn run_on(&self, command: &str, arguments: &[&str]) -> Ran {
        let mut program = Command::new(env!("CARGO_BIN_EXE_iam-preflight"));
        program.arg(command).args(arguments).args(["--snapshot", "account", "-o", "json"]);
        if !arguments.contains(&"--principal") {
            program.args(["--principal", &self.role]);
        }
        program.env_clear().envs(self.caller.environment()).current_dir(self.folder.path());
        let output = program.output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let stdout = String::from_utf8_lossy(&output.stdout);
        for secret in [self.caller.key.as_str(), testbed::SECRET, testbed::TOKEN] {
            assert!(!stderr.contains(secret) && !stdout.contains(secret), "a secret shows: {stderr}");
        }
        assert!(!stderr.contains("panicked"), "{stderr}");
        let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        Ran { code: output.status.code().unwrap_or(-1), report, stderr }
    }

    /// The simulations that were asked for: their parameters
    pub(crate) fn simulations(&self) -> Vec<Value> {
        let calls = self.caller.log();
        assert!(calls.iter().all(|call| call["op"] == "iam:SimulatePrincipalPolicy"), "{calls:?}");
        calls.into_iter().map(|call| call["params"].clone()).collect()
    }
}

impl Ran {
    pub(crate) fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap_or(&self.stderr)
    }

    pub(crate) fn rows(&self) -> &[Value] {
        self.report["requirements"].as_array().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn row(&self, id: &str) -> &Value {
        self.rows().iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row {id}: {:#}", self.report))
    }

    /// The ids of all findings that the simulator or a disagreement with it made
    pub(crate) fn findings(&self) -> Vec<&str> {
        let all = self.report["findings"].as_array().into_iter().flatten();
        let ids = all.filter_map(|finding| finding["id"].as_str());
        ids.filter(|id| id.starts_with("simulator-") || *id == "engines-disagree").collect()
    }

    /// Who judged a layer of a row
    pub(crate) fn judged_by(&self, id: &str, layer: &str) -> &str {
        let views = self.row(id)["coverage"].as_array().expect("a row has coverage");
        let view = views.iter().find(|view| view["layer"] == layer);
        view.and_then(|view| view["judged_by"].as_str()).unwrap_or("no such layer")
    }
}

/// The members of a list in the parameters of a call
pub(crate) fn members<'p>(params: &'p Value, list: &str) -> Vec<&'p str> {
    let prefix = format!("{list}.member.");
    let all = params.as_object().into_iter().flatten();
    all.filter(|(name, _)| name.starts_with(&prefix)).filter_map(|(_, value)| value.as_str()).collect()
}
