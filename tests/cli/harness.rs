//! Runs the program in a scrubbed environment and reads what it printed
//!
//! Every JSON report that passes through here is held against its schema and against itself, so each
//! test also checks that verdict, exit code, counts and rows agree.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const TRAINER: &str = "arn:aws:iam::111122223333:role/ml/VisionTrainer";
pub(crate) const ANA: &str = "arn:aws:iam::111122223333:user/ana";
pub(crate) const MODELS_KEY: &str = "c5079b4e-1e62-4d8b-b3fa-90d1e6a7728f";
pub(crate) const DATASETS_KEY: &str = "3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4";

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What one run left behind
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    line: String,
}

impl Ran {
    /// Asserts that the input was refused with all of these words, and that nothing was decided
    #[track_caller]
    pub(crate) fn refuses(&self, words: &[&str]) {
        assert_eq!(self.code, 2, "{self}");
        assert_eq!(self.stdout, "", "standard output must stay empty: {self}");
        let flat = flat(&self.stderr);
        for word in words {
            assert!(flat.contains(&crate::harness::flat(word)), "`{word}` is not in: {self}");
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr, line } = self;
        write!(f, "{line}\nexit {code}\n--- standard output\n{stdout}\n--- standard error\n{stderr}")
    }
}

/// A text without the line breaks and gutters that a narrow terminal puts into it
fn flat(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ")
}

/// One run in the making
pub(crate) struct Run {
    args: Vec<OsString>,
    stdin: Option<Vec<u8>>,
    environment: Vec<(OsString, OsString)>,
    folder: PathBuf,
}

impl Run {
    pub(crate) fn new(command: &str) -> Self {
        Self { args: vec![command.into()], stdin: None, environment: Vec::new(), folder: PathBuf::from(ROOT) }
    }

    /// A check of one of the example requests by the trainer, with the example's account and manifests
    pub(crate) fn example(request: &str) -> Self {
        Self::with_account(request, &example("account"))
    }

    /// The same against another account
    pub(crate) fn with_account(request: &str, account: &Path) -> Self {
        Self::bare(&example(&format!("requests/{request}.json")), TRAINER).snapshot(account).manifests()
    }

    /// A check with neither snapshot nor manifests
    pub(crate) fn bare(request: &Path, principal: &str) -> Self {
        Self::new("check").arg(request).arg("--principal").arg(principal)
    }

    pub(crate) fn snapshot(self, account: &Path) -> Self {
        self.arg("--snapshot").arg(account)
    }

    pub(crate) fn manifests(self) -> Self {
        self.train(&example("manifests/train.manifest")).arg("--test").arg(example("manifests/test.manifest"))
    }

    pub(crate) fn train(self, manifest: &Path) -> Self {
        self.arg("--train").arg(manifest)
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(crate) fn args<'a>(self, args: impl IntoIterator<Item = &'a str>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Replaces the principal of a check
    pub(crate) fn principal(mut self, principal: &str) -> Self {
        let flag = self.args.iter().position(|arg| arg == "--principal").expect("the check has a principal");
        self.args[flag + 1] = principal.into();
        self
    }

    /// Runs in this folder
    pub(crate) fn inside(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), value.as_ref().to_owned()));
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// The program with its arguments, knowing nothing of who runs the tests and in what terminal
    pub(crate) fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_iam-preflight"));
        command.args(&self.args).env_clear().envs(self.environment.iter().cloned()).current_dir(&self.folder);
        command
    }

    /// Runs to the end, whatever comes
    #[track_caller]
    pub(crate) fn run(&self) -> Ran {
        let mut command = Command::from_std(self.command());
        command.timeout(std::time::Duration::from_mins(5));
        let output = command.write_stdin(self.stdin.clone().unwrap_or_default()).output().expect("the program starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        let words: Vec<_> = self.args.iter().map(|arg| arg.to_string_lossy()).collect();
        let ran = Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            line: format!("iam-preflight {}", words.join(" ")),
        };
        assert!(!ran.stderr.contains("panicked") && ran.code != 101 && ran.code >= 0, "a crash: {ran}");
        ran
    }

    /// Runs and asserts the exit code
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> Ran {
        let ran = self.run();
        assert_eq!(ran.code, code, "{ran}");
        ran
    }

    /// Runs a check with JSON output and asserts verdict and exit code
    #[track_caller]
    pub(crate) fn report(self, verdict: &str) -> Report {
        let (report, ran) = self.judged();
        assert_eq!(report.verdict(), verdict, "{ran}");
        report
    }

    /// Runs a check with JSON output, whatever the verdict
    #[track_caller]
    pub(crate) fn judged(self) -> (Report, Ran) {
        let ran = self.args(["-o", "json"]).run();
        assert!(matches!(ran.code, 0 | 1 | 3), "no verdict: {ran}");
        let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
        let report = Report(value);
        report.agrees_with_itself(&ran);
        (report, ran)
    }
}

/// A JSON report
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report(pub(crate) Value);

impl Report {
    pub(crate) fn verdict(&self) -> &str {
        self.0["verdict"].as_str().expect("a report has a verdict")
    }

    pub(crate) fn rows(&self) -> &[Value] {
        self.0["requirements"].as_array().expect("a report has requirements")
    }

    #[track_caller]
    pub(crate) fn row(&self, id: &str) -> &Value {
        let found = self.rows().iter().find(|row| row["id"] == id);
        found.unwrap_or_else(|| panic!("no row `{id}` in {:#}", self.0))
    }

    #[track_caller]
    pub(crate) fn decision(&self, id: &str) -> &str {
        self.row(id)["decision"].as_str().expect("a row has a decision")
    }

    /// All rows of one need, the first and its numbered sisters
    pub(crate) fn rows_of(&self, need: &str) -> Vec<&Value> {
        let of = |row: &&Value| row["id"].as_str().is_some_and(|id| id.split('#').next() == Some(need));
        self.rows().iter().filter(of).collect()
    }

    /// `layer:policy/sid` of everything that decided a row, without what nobody named
    #[track_caller]
    pub(crate) fn decided_by(&self, id: &str) -> Vec<String> {
        let parts = self.row(id)["decided_by"].as_array().expect("a row says what decided");
        parts.iter().map(part).collect()
    }

    /// The rows that decide the verdict and are neither allowed nor waived
    pub(crate) fn lacking(&self) -> Vec<&Value> {
        let lacks = |row: &&Value| row["need"] == "must" && row["decision"] != "allowed" && row["waived"].is_null();
        self.rows().iter().filter(lacks).collect()
    }

    /// The same as `id decision`
    pub(crate) fn gaps(&self) -> Vec<String> {
        let words = |row: &&Value| format!("{} {}", word(&row["id"]), word(&row["decision"]));
        self.lacking().iter().map(words).collect()
    }

    /// All missing facts and context keys of the rows that decide the verdict, one text
    pub(crate) fn missing(&self) -> String {
        let lists = self.lacking().into_iter().flat_map(|row| [&row["missing_facts"], &row["missing_context"]]);
        let texts = lists.flat_map(|list| list.as_array().into_iter().flatten()).map(word);
        texts.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn findings(&self, id: &str) -> Vec<&Value> {
        let all = self.0["findings"].as_array().expect("a report has findings");
        all.iter().filter(|finding| finding["id"] == id).collect()
    }

    pub(crate) fn assumption(&self, id: &str) -> Option<&str> {
        let all = self.0["assumptions"].as_array().expect("a report has assumptions");
        all.iter().find(|used| used["id"] == id).and_then(|used| used["value"].as_str())
    }

    fn agrees_with_itself(&self, ran: &Ran) {
        assert_valid("report.v1.schema.json", &self.0, &ran.to_string());
        let (exit, ending) = match self.verdict() {
            "ready" => (0, "passed"),
            "blocked" => (1, "denied"),
            "undetermined" => (3, "undetermined"),
            other => panic!("`{other}` is no verdict: {ran}"),
        };
        let gate = &self.0["gate"];
        if gate["strict"] == false && gate["fail_on"] == "any" {
            assert_eq!(ran.code, exit, "verdict and exit code differ: {ran}");
            assert_eq!(gate["ending"], ending, "{ran}");
        }
        let must: Vec<&Value> = self.rows().iter().filter(|row| row["need"] == "must").collect();
        let count = |words: &[&str]| {
            let of = |row: &&&Value| row["waived"].is_null() && words.iter().any(|word| row["decision"] == *word);
            serde_json::json!(must.iter().filter(of).count())
        };
        let summary = &self.0["summary"];
        assert_eq!(summary["needed"], serde_json::json!(must.len()), "{ran}");
        assert_eq!(summary["allowed"], count(&["allowed"]), "{ran}");
        assert_eq!(summary["denied"], count(&["explicitDeny", "implicitDeny"]), "{ran}");
        assert_eq!(summary["undetermined"], count(&["undetermined"]), "{ran}");
        let waived = must.iter().filter(|row| !row["waived"].is_null()).count();
        assert_eq!(summary["waived"], serde_json::json!(waived), "{ran}");
        if self.verdict() == "ready" {
            assert!(!must.is_empty() && self.lacking().is_empty(), "ready with a gap: {ran}");
            if waived == 0 {
                let error = &self.0["predicted_response"]["error"];
                assert_eq!(error, &Value::Null, "ready, but an error is predicted: {ran}");
            }
        }
        for row in must.iter().filter(|row| row["decision"] == "undetermined") {
            let named = ["missing_facts", "missing_context"].iter().any(|list| row[*list] != serde_json::json!([]));
            assert!(named || word(&row["resource"]).contains('*'), "undetermined without saying by what: {row:#}");
        }
    }
}

fn part(part: &Value) -> String {
    let mut text = word(&part["layer"]).to_owned();
    for (before, name) in [(':', &part["policy"]), ('/', &part["sid"])] {
        if let Some(name) = name.as_str().filter(|name| !name.is_empty()) {
            text.push(before);
            text.push_str(name);
        }
    }
    text
}

pub(crate) fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Holds a JSON value against a schema of the repository
#[track_caller]
pub(crate) fn assert_valid(schema: &str, value: &Value, told: &str) {
    static SCHEMAS: OnceLock<std::collections::BTreeMap<String, jsonschema::Validator>> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(|| {
        let compiled = [
            "report.v1.schema.json",
            "needs.v1.schema.json",
            "generated.v1.schema.json",
            "verified.v1.schema.json",
            "diff.v1.schema.json",
            "expectations.v1.schema.json",
            "lint.v1.schema.json",
            "migration.v1.schema.json",
        ];
        let compiled = compiled.map(|name| {
            let path = Path::new(ROOT).join("policies/schema").join(name);
            let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            (name.to_owned(), jsonschema::validator_for(&schema).unwrap())
        });
        compiled.into_iter().collect()
    });
    let errors: Vec<String> =
        schemas[schema].iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "against {schema}:\n{}\n{told}", errors.join("\n"));
}

/// A path below `policies/examples`, as people write it in the repository
pub(crate) fn example(path: &str) -> PathBuf {
    Path::new("policies/examples").join(path)
}

/// The text of a file below `policies/examples`
pub(crate) fn example_text(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(example(path))).unwrap()
}

/// A folder that is gone after the test
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    /// A copy of the example account
    pub(crate) fn account() -> Self {
        let scratch = Self::new();
        let account = Path::new(ROOT).join(example("account"));
        for entry in walkdir::WalkDir::new(&account).into_iter().map(Result::unwrap) {
            let target = scratch.path(entry.path().strip_prefix(&account).unwrap().to_str().unwrap());
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(target).unwrap();
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.0.path().to_owned() } else { self.0.path().join(name) }
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and returns its path
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.path(name)).unwrap();
    }

    /// Rewrites a file
    pub(crate) fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        let before = self.text(name);
        let after = change(before.clone());
        assert_ne!(before, after, "the edit of {name} changes nothing");
        self.write(name, after);
    }

    /// All files, by their paths inside the folder
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = walkdir::WalkDir::new(self.root()).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().is_file());
        files.map(|entry| entry.path().strip_prefix(self.root()).unwrap().to_str().unwrap().to_owned()).collect()
    }
}

/// `NAME=PATH`, as `--bucket-policy` and `--key-policy` want it
pub(crate) fn named(name: &str, path: &Path) -> OsString {
    let mut text = OsString::from(format!("{name}="));
    text.push(path);
    text
}

/// A policy document of one statement
pub(crate) fn policy(statement: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)
}
