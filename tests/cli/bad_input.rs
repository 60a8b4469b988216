//! Bad input: exit 2, a message with its place, nothing on standard output

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{Run, Scratch, TRAINER, example, example_text, named, policy};

/// A check of a request text from a file
fn request(scratch: &Scratch, bytes: impl AsRef<[u8]>) -> Run {
    Run::bare(&scratch.write("request.json", bytes), TRAINER).snapshot(&example("account")).manifests()
}

#[test]
fn a_request_that_is_no_request_is_refused_with_its_place() {
    let scratch = Scratch::new();
    let ready = example_text("requests/ready.json");
    let (half, _) = ready.split_at(ready.len() / 2);
    let cases: [(&[u8], &[&str]); 14] = [
        (b"hello", &["request.json:1:1", "not valid JSON"]),
        (half.as_bytes(), &["request.json:8:11", "not valid JSON"]),
        (b"", &["request.json:1:1", "not valid JSON"]),
        (b"null", &["request.json:1:1", "a request is one JSON object, this is null"]),
        (b"[]", &["request.json:1:1", "this is an array"]),
        (b"{} {}", &["request.json:1:4"]),
        (br#"{"ProjectName": 5}"#, &["request.json:1:17", "ProjectName"]),
        (br#"{"ProjectName": "a", "Tags": {"k": "v"}}"#, &["request.json:1:30", "Tags"]),
        (br#"{"ProjectName": "a", "OutputConfig": null}"#, &["request.json:1:", "OutputConfig"]),
        (b"{\"ProjectName\": \"a\0b\"}", &["request.json:1:19", "NUL"]),
        (b"\xef\xbb\xbf{}", &["request.json:1:1", "byte order mark"]),
        (b"\xff\xfe{\0}\0", &["request.json", "UTF-16"]),
        (b"{\0}\0", &["request.json:1:2", "NUL"]),
        (b"{\"ProjectName\": \"a\",\n \"ProjectName\": \"b\"}", &["request.json:2:2", "stands twice", "first at 1:2"]),
    ];
    for (bytes, words) in cases {
        request(&scratch, bytes).run().refuses(words);
    }
}

#[test]
fn all_wrong_types_are_named_at_once() {
    let scratch = Scratch::new();
    let bytes = br#"{"ProjectName": 5, "Description": [], "OutputConfig": {"S3Location": {"Bucket": {}}}}"#;
    let ran = request(&scratch, bytes).run();
    ran.refuses(&["ProjectName", "Description", "Bucket", ":1:17", ":1:35", ":1:81"]);
}

#[test]
fn line_ends_of_windows_are_fine_in_requests() {
    let scratch = Scratch::new();
    for (name, code) in [("ready", 0), ("blocked", 1), ("rejected", 1)] {
        let text = example_text(&format!("requests/{name}.json")).replace('\n', "\r\n");
        request(&scratch, text).exits(code);
    }
}

#[test]
fn a_request_without_members_is_a_result_not_a_mistake() {
    let scratch = Scratch::new();
    let report = request(&scratch, "{}").report("blocked");
    assert_eq!(report.0["predicted_response"]["error"], "ValidationException");
    assert_eq!(report.findings("request-missing-member").len(), 2, "{:#}", report.0["findings"]);
}

#[test]
fn endless_brackets_are_refused_quickly_and_without_being_kept() {
    let run = Run::new("check").args(["-", "--principal", TRAINER]);
    let mut child = run.command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let brackets = vec![b'['; 1 << 20];
        // The program closes its end long before all 200 MiB are written.
        (0..200).take_while(|_| stdin.write_all(&brackets).is_ok()).count()
    });
    let started = Instant::now();
    let output = child.wait_with_output().unwrap();
    let written = writer.join().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty());
    assert!(stderr.contains("larger than 8 MiB"), "{stderr}");
    assert!(stderr.len() < 2000, "the input is not repeated to the reader");
    assert!(written < 20, "{written} MiB were read");
    assert!(started.elapsed() < Duration::from_mins(1), "{:?}", started.elapsed());
}

#[test]
fn deep_nesting_is_refused_wherever_json_is_read() {
    let scratch = Scratch::account();
    let deep = "[".repeat(3 << 20);
    let path = scratch.write("deep.json", &deep);
    Run::bare(&path, TRAINER).run().refuses(&["deep.json:1:"]);
    let flags: [&[&str]; 5] =
        [&["--identity-policy"], &["--boundary"], &["--scp"], &["--session-policy"], &["--vpce-policy"]];
    for flag in flags {
        Run::example("ready").args(flag.iter().copied()).arg(&path).run().refuses(&["deep.json:1:"]);
    }
    for file in ["s3/acme-vision-results/policy.json", "iam/account-authorization-details.json", "kms/aliases.json"] {
        let account = Scratch::account();
        account.write(file, &deep);
        Run::with_account("ready", account.root()).run().refuses(&[file]);
    }
    let line = format!("{{\"Key\": \"k\", \"Metadata\": {}", "[".repeat(900_000));
    let account = Scratch::account();
    account.write("s3/acme-vision-datasets/objects.jsonl", line);
    Run::with_account("ready", account.root()).run().refuses(&["objects.jsonl:1:"]);
    Run::new("simulate").arg(&path).run().refuses(&["deep.json:1:"]);
}

#[test]
fn files_that_are_not_there_are_named_with_their_neighbours() {
    let near = Run::bare(&example("requests/redy.json"), TRAINER).run();
    near.refuses(&[
        "`policies/examples/requests/redy.json` does not exist",
        "did you mean `policies/examples/requests/ready.json`?",
    ]);
    Run::bare(&example("requests"), TRAINER).run().refuses(&["`policies/examples/requests` is a folder"]);
    let manifest =
        Run::bare(&example("requests/ready.json"), TRAINER).train(&example("manifests/trian.manifest")).run();
    manifest.refuses(&["does not exist", "train.manifest"]);
    let folder = Run::bare(&example("requests/ready.json"), TRAINER).train(&example("manifests")).run();
    folder.refuses(&["`policies/examples/manifests` is a folder"]);
    for flag in ["--identity-policy", "--boundary", "--session-policy", "--scp", "--rcp", "--vpce-policy"] {
        Run::example("ready").args([flag, "no-such.json"]).run().refuses(&["`no-such.json` does not exist"]);
        Run::example("ready").args([flag, "policies"]).run().refuses(&["`policies` is a folder"]);
    }
    for flag in ["--bucket-policy", "--key-policy"] {
        Run::example("ready").args([flag, "name=no-such.json"]).run().refuses(&["`no-such.json` does not exist"]);
    }
}

#[test]
fn what_cannot_be_opened_is_refused() {
    let scratch = Scratch::new();
    let file = scratch.write("file", "x");
    // Root may open everything, so a path through a file stands for what nobody can open.
    Run::bare(&file.join("request.json"), TRAINER).run().refuses(&["cannot be read"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let locked = scratch.write("locked.json", example_text("requests/ready.json"));
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
        if std::fs::File::open(&locked).is_err() {
            Run::bare(&locked, TRAINER).run().refuses(&["permission denied"]);
        }
    }
}

#[test]
fn a_snapshot_that_is_none_is_refused() {
    let snapshot = |path: &str| Run::bare(&example("requests/ready.json"), TRAINER).args(["--snapshot", path]).run();
    snapshot("no-such-folder").refuses(&["the snapshot folder `no-such-folder` does not exist"]);
    snapshot("Cargo.toml").refuses(&["`Cargo.toml` is a file; a snapshot is a folder"]);
    snapshot("policies/examples").refuses(&["there is no `policies/examples/snapshot.toml`", "account"]);
}

#[test]
fn a_snapshot_of_another_account_is_refused() {
    let run = Run::example("ready").args(["--account", "999999999999"]).run();
    run.refuses(&["the snapshot describes account 111122223333, `--account` says 999999999999"]);
    let other = Run::example("ready").principal("arn:aws:iam::999999999999:role/ml/VisionTrainer").run();
    other.refuses(&["account 111122223333", "belongs to account 999999999999"]);
    let account = Scratch::account();
    account.edit("snapshot.toml", |text| text.replace("111122223333", "999999999999"));
    let ran = Run::with_account("ready", account.root()).run();
    ran.refuses(&["account 999999999999", "belongs to account 111122223333"]);
}

#[test]
fn an_unknown_principal_is_refused_with_near_matches() {
    let near = |principal: &str, words: &[&str]| Run::example("ready").principal(principal).run().refuses(words);
    let trainer = "`arn:aws:iam::111122223333:role/ml/VisionTrainer`";
    near("arn:aws:iam::111122223333:role/ml/VisionTrainr", &["has no role", "did you mean", trainer]);
    near("arn:aws:iam::111122223333:role/VisionTrainer", &["has no role", "did you mean", trainer]);
    near("arn:aws:sts::111122223333:assumed-role/VisionTraine/x", &["has no role `VisionTraine`", trainer]);
    near("arn:aws:iam::111122223333:user/anna", &["has no user", "`arn:aws:iam::111122223333:user/ana`"]);
    near("arn:aws:iam::111122223333:user/zzz", &["has no user", "none with a like name"]);
}

#[test]
fn what_can_send_no_request_is_no_principal() {
    for (principal, word) in [
        ("arn:aws:iam::111122223333:group/vision-engineers", "is not a principal"),
        ("arn:aws:iam::111122223333:policy/ml/VisionTrainingCore", "is not a principal"),
        ("*", "is not a principal"),
        ("arn:aws:iam::111122223333:role/ml/*", "is not a principal"),
        ("arn:aws:iam::111122223333:role/ml/VisionTraine?", "is not a principal"),
        ("111122223333", "is not a principal"),
        ("", "is not a principal"),
        ("VisionTrainer", "is not a principal"),
        ("lookoutvision.amazonaws.com", "a service cannot send this request"),
        ("anonymous", "anonymous"),
        ("arn:aws:iam::111122223333:saml-provider/corp", "cannot send this request"),
    ] {
        Run::example("ready").principal(principal).run().refuses(&[word]);
    }
}

#[test]
fn unknown_names_on_the_command_line_are_refused_with_a_way_out() {
    let cases: [(&[&str], &[&str]); 14] = [
        (&["--assume", "modelversion=any"], &["no assumption `modelversion`", "did you mean `model-version`?"]),
        (&["--assume", "model-version=newest"], &["`model-version` has no value `newest`", "`any`, `latest`"]),
        (&["--assume", "organization"], &["expected NAME=VALUE"]),
        (&["-o", "jsn"], &["`jsn` is no output format, did you mean `json`?"]),
        (&["-o", "yaml"], &["`yaml` is no output format", "human, json"]),
        (&["-o", "json="], &["the path after `=` is empty"]),
        (&["-o", "json=no/such/folder/report.json"], &["cannot be written"]),
        (&["--operation", "lookoutvision:CreateModl"], &["did you mean `lookoutvision:CreateModel`?"]),
        (&["--operation", "lambda:Invok"], &["no operation `lambda:Invok`", "did you mean `lambda:Invoke`?"]),
        (
            &["--operation", "narnia:OpenWardrobe"],
            &["no service `narnia`", "`catalog list --all` names all operations"],
        ),
        (&["--region", "narnia"], &["`narnia` is not a Region"]),
        (&["--account", "12"], &["`12` is not an account id"]),
        (&["--context", "nonsense=1"], &["nonsense"]),
        (&["--no-such-flag"], &["--no-such-flag"]),
    ];
    for (flags, words) in cases {
        Run::example("ready").args(flags.iter().copied()).run().refuses(words);
    }
}

#[test]
fn all_problems_of_a_policy_are_named_at_once() {
    let scratch = Scratch::new();
    let text = "{\n \"Version\": \"2020-01-01\",\n \"Statement\": [\n  {\"Effect\": \"allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"},\n  {\"Effect\": \"Allow\", \"Acton\": \"s3:*\", \"Resource\": \"*\"},\n  {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\", \"Condition\": {\"StringEqual\": {\"aws:username\": \"a\"}}}\n ]\n}\n";
    let path = scratch.write("broken.json", text);
    let ran = Run::example("ready").arg("--identity-policy").arg(&path).run();
    ran.refuses(&["broken.json:2:", "broken.json:4:", "broken.json:5:", "broken.json:6:", "StringEqual", "`Acton`"]);
    let twice =
        scratch.write("twice.json", policy(r#"{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}"#));
    Run::example("ready").arg("--scp").arg(&twice).run().refuses(&["twice.json:1:", "`Effect` stands twice"]);
    let ran = Run::example("ready").arg("--boundary").arg(&path).arg("--bucket-policy").arg(named("b", &twice)).run();
    ran.refuses(&["broken.json:2:", "twice.json:1:"]);
}

#[test]
fn problems_of_several_files_of_a_snapshot_are_named_at_once() {
    let account = Scratch::account();
    account.write("s3/acme-vision-results/policy.json", "{");
    account.write("s3/acme-vision-results/location.json", "[]");
    let ran = Run::with_account("ready", account.root()).run();
    ran.refuses(&["s3/acme-vision-results/policy.json:1:", "s3/acme-vision-results/location.json:1:"]);
}

#[test]
fn nothing_on_the_command_line_shows_the_help() {
    let ran = Run::new("--help").exits(0);
    assert!(ran.stdout.contains("Exit codes: 0 ready, 1 blocked"), "{ran}");
    Run::new("check").run().refuses(&["REQUEST"]);
    Run::new("check")
        .arg("request.json")
        .run()
        .refuses(&["`--principal ARN` is missing: whose permissions are meant?"]);
    let ran = Run::new("--version").exits(0);
    assert_eq!(ran.stdout, format!("iam-preflight {}\n", env!("CARGO_PKG_VERSION")));
}
