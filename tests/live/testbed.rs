//! The testbed server of this test binary: started at the first use, ended with the process

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
/// Planted: they must show up nowhere
pub(crate) const SECRET: &str = "planted/secret+access/key/0123456789abcd";
pub(crate) const TOKEN: &str = "planted-session-token-0123456789";
pub(crate) const ACCOUNT: &str = "123456789012";

/// A running server
pub(crate) struct Testbed {
    pub(crate) url: String,
    /// Holds the server's standard input: when this process ends, however it ends, so does the server
    _server: Child,
}

/// The server that the tests of this binary share
pub(crate) fn shared() -> &'static Testbed {
    static SHARED: OnceLock<Testbed> = OnceLock::new();
    SHARED.get_or_init(Testbed::start)
}

impl Testbed {
    /// Starts a server on a free port
    pub(crate) fn start() -> Self {
        let server = Path::new(ROOT).join("tests/testbed/testbed_server.py");
        let mut child = Command::new(python())
            .arg(server)
            .args(["--port", "0", "--exit-on-stdin-eof"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the testbed starts");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
        let ready =
            lines.next().expect("the testbed says READY, run tests/testbed/start-testbed.sh start to see why not");
        let ready = ready.expect("the testbed writes text");
        let url = ready.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "no loopback server: {ready}");
        Self { url, _server: child }
    }

    /// A caller of this server whom no other test meets: faults, simulations and the log go by access key id
    pub(crate) fn caller(&'static self) -> Caller {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Caller { testbed: self, key: format!("AKIATESTBED{number:09}"), number }
    }

    /// Sends one request to the server itself
    fn send(&self, method: &str, path: &str, body: &str) -> Result<String, String> {
        let address = self.url.strip_prefix("http://").expect("the URL is HTTP");
        let mut stream = TcpStream::connect(address).expect("the testbed listens");
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .expect("the testbed reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the testbed answers with text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        if head.split(' ').nth(1) == Some("200") { Ok(body.to_owned()) } else { Err(format!("{head}\n{body}")) }
    }

    fn post(&self, path: &str, body: &Value) -> String {
        self.send("POST", path, &body.to_string()).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Calls the AWS API of the server as its owner: `("iam", "create_role", {"RoleName": ...})`
    pub(crate) fn call(&self, service: &str, operation: &str, params: &Value) -> Value {
        self.call_in("us-east-1", service, operation, params)
    }

    /// The same in a Region
    pub(crate) fn call_in(&self, region: &str, service: &str, operation: &str, params: &Value) -> Value {
        let call = json!([{"service": service, "operation": operation, "params": params, "region": region}]);
        let answers: Value = serde_json::from_str(&self.post("/_testbed/call", &call)).expect("results are JSON");
        answers[0].clone()
    }

    /// Puts many objects into a bucket at once: `{"bucket": .., "prefix": .., "count": .., "sse": .., "kms_key_id": ..}`
    pub(crate) fn seed(&self, objects: &Value) {
        self.post("/_testbed/seed", objects);
    }
}

/// One caller of a testbed
pub(crate) struct Caller {
    pub(crate) testbed: &'static Testbed,
    pub(crate) key: String,
    /// Makes names unique: roles and buckets of one server are shared
    pub(crate) number: usize,
}

impl Caller {
    /// Adds a fault that only this caller meets
    pub(crate) fn fault(&self, mut fault: Value) {
        fault["key"] = json!(self.key);
        self.testbed.post("/_testbed/fault", &fault);
    }

    /// Scripts the simulator for this caller alone
    pub(crate) fn simulation(&self, mut simulation: Value) {
        simulation["key"] = json!(self.key);
        self.testbed.send("PUT", "/_testbed/simulation", &simulation.to_string()).expect("a simulation is taken");
    }

    /// Every call of this caller, as the server saw them
    pub(crate) fn log(&self) -> Vec<Value> {
        let log = self.testbed.send("GET", &format!("/_testbed/log?key={}", self.key), "").expect("there is a log");
        serde_json::from_str(&log).expect("the log is JSON")
    }

    /// The names of the calls made: `iam:GetRole`
    pub(crate) fn calls(&self) -> Vec<String> {
        self.log().iter().map(|call| call["op"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What the program has to find in its environment to call as this caller
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.testbed.url.clone()),
            ("AWS_ACCESS_KEY_ID", self.key.clone()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_SESSION_TOKEN", TOKEN.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}

/// The Python of the testbed's environment, which is made at the first use
pub(crate) fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("target/tmp has a parent").join("testbed");
    let venv = folder.join("venv");
    let python = if cfg!(windows) { venv.join("Scripts/python.exe") } else { venv.join("bin/python") };
    let requirements = Path::new(ROOT).join("tests/testbed/requirements.txt");
    let wanted = fs::read_to_string(&requirements).expect("the testbed has requirements");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    // Another test binary may be making it at this moment.
    let lock = File::create(folder.join("lock")).expect("the target folder can be written");
    lock.lock().expect("a file can be locked");
    let pins = venv.join(".pins");
    if fs::read_to_string(&pins).is_ok_and(|made| made == wanted) {
        return python;
    }
    let _ = fs::remove_dir_all(&venv);
    let system =
        std::env::var("PYTHON").unwrap_or_else(|_| if cfg!(windows) { "python" } else { "python3" }.to_owned());
    run(
        Command::new(&system).args(["-m", "venv"]).arg(&venv),
        "tests of live mode need Python 3.11 with venv (PYTHON names another one)",
    );
    let pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"];
    run(Command::new(&python).args(pip).arg(&requirements), "the testbed's packages cannot be installed");
    fs::write(&pins, wanted).expect("the target folder can be written");
    python
}

#[track_caller]
fn run(command: &mut Command, needed: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{needed}: {command:?}: {error}"));
    assert!(output.status.success(), "{needed}: {command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
