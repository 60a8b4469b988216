//! Ctrl-C: whenever it comes, there is no partial output and no half-written snapshot

#![expect(clippy::expect_used, reason = "a test's helpers fail loudly")]

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::scene::Scene;

/// What a run that was interrupted after this time left behind
fn interrupted(scene: &Scene, args: &[&str], after: Duration) -> (Option<i32>, String) {
    // A shell starts what runs in the background with SIGINT ignored, and that is handed down to tests.
    let mut command = Command::new("/usr/bin/env");
    command
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_iam-preflight")])
        .args(args)
        .env_clear()
        .envs(scene.caller.environment())
        .current_dir(scene.folder.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    std::thread::sleep(after);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()) || child.try_wait().is_ok_and(|ended| ended.is_some()));
    let started = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(started.elapsed() < Duration::from_secs(15), "it goes on after Ctrl-C");
    let mut stdout = String::new();
    child.stdout.take().expect("standard output is piped").read_to_string(&mut stdout).expect("text");
    (status.code(), stdout)
}

fn names(scene: &Scene) -> Vec<String> {
    let entries = std::fs::read_dir(scene.folder.path()).expect("the folder is there").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const BEFORE: [&str; 2] = ["request.json", "train.manifest"];

#[test]
fn interrupted_while_aws_is_asked_it_leaves_nothing() {
    let scene = Scene::ready();
    scene.caller.fault(json!({"action": "kms:GetKeyPolicy", "delay": 20, "times": 100}));
    let principal = scene.principal();
    let given = ["--train", "train.manifest", "--principal", &principal];
    let snapshot = [&["snapshot", "--request", "request.json", "--out", "account"], &given[..]].concat();
    let check =
        [&["check", "request.json", "--mode", "both", "-o", "json", "-o", "json=report.json"], &given[..]].concat();
    let generate = [&["generate", "request.json", "--mode", "both", "--out", "policies"], &given[..]].concat();
    for args in [snapshot, check, generate] {
        let (code, stdout) = interrupted(&scene, &args, Duration::from_millis(1500));
        assert_ne!(code, Some(0), "{args:?}");
        assert_eq!(stdout, "", "{args:?}");
        assert_eq!(names(&scene), BEFORE, "{args:?}");
    }
}

/// The whole of a run is cut into moments, most of them of the writing: what is there is whole or not there
#[test]
fn interrupted_at_any_moment_a_snapshot_is_whole_or_not_there() {
    let scene = Scene::ready();
    let keys: Vec<String> = (0..2000).map(|number| format!("many/{number:06}.jpg")).collect();
    scene.caller.testbed.seed(&json!({"bucket": scene.data(), "prefix": "many/", "suffix": ".jpg", "count": 2000}));
    scene.write("train.manifest", &scene.manifest(&keys.iter().map(String::as_str).collect::<Vec<_>>()));
    let principal = scene.principal();
    let args = [
        "snapshot",
        "--request",
        "request.json",
        "--out",
        "account",
        "--train",
        "train.manifest",
        "--principal",
        &principal,
    ];
    let started = Instant::now();
    let ran = scene.run(args);
    assert_eq!(ran.code, 0, "{ran}");
    let whole = started.elapsed();
    let folder = scene.folder.path().join("account");
    let files = walkdir::WalkDir::new(&folder).into_iter().count();
    std::fs::remove_dir_all(&folder).expect("it is there");
    for part in [60_u32, 80, 90, 94, 97, 100, 103, 106] {
        let (code, _) = interrupted(&scene, &args, whole * part / 100);
        match names(&scene) {
            left if left == BEFORE => assert_ne!(code, Some(0), "{part} %"),
            left => {
                assert_eq!(left, ["account", "request.json", "train.manifest"], "{part} %");
                assert_eq!(walkdir::WalkDir::new(&folder).into_iter().count(), files, "{part} %");
                std::fs::remove_dir_all(&folder).expect("it is there");
            }
        }
    }
}
