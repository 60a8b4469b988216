//! `snapshot`: the same verdict without AWS

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::scene::{Ran, Scene, causes};
use crate::testbed::{ACCOUNT, SECRET, TOKEN};

pub(crate) fn snapshot(scene: &Scene, out: &str, more: &[&str]) -> Ran {
    let principal = scene.principal();
    let args = ["snapshot", "--request", "request.json", "--out", out];
    let named: &[&str] = if more.contains(&"--principal") { &[] } else { &["--principal", &principal] };
    let train: &[&str] = if more.contains(&"--train") { &[] } else { &["--train", "train.manifest"] };
    scene.run(args.iter().chain(named).chain(train).chain(more).copied())
}

/// What a report says apart from where documents stand and when they were taken
pub(crate) fn essence(report: &Value) -> Value {
    let row = |row: &Value| {
        json!([
            row["id"],
            row["resource"],
            row["resource_count"],
            row["decision"],
            row["missing_facts"],
            row["missing_context"]
        ])
    };
    let rows: Vec<Value> = report["requirements"].as_array().expect("rows").iter().map(row).collect();
    json!({"verdict": report["verdict"], "summary": report["summary"], "rows": rows})
}

/// Every file of a folder with its text
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("the folder can be listed"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).expect("a snapshot is text");
            (entry.into_path(), text)
        })
        .collect()
}

#[test]
fn a_snapshot_replays_to_the_same_verdict_and_holds_no_secret() {
    let scene = Scene::ready();
    let (live, _) = scene.is("ready", &[]);
    let ran = snapshot(&scene, "account", &[]);
    assert_eq!(ran.code, 0, "{ran}");
    let folder = scene.folder.path().join("account");
    assert_eq!(essence(&scene.replay(&folder, &scene.principal())), essence(&live));
    for (path, text) in files(&folder) {
        for secret in [scene.caller.key.as_str(), SECRET, TOKEN] {
            assert!(!text.contains(secret), "{}", path.display());
        }
    }
    let beside: Vec<_> = std::fs::read_dir(scene.folder.path()).expect("a folder").flatten().collect();
    assert!(!beside.iter().any(|entry| entry.file_name().to_string_lossy().contains("unfinished")), "{beside:?}");
}

#[test]
fn a_cause_is_kept_with_the_snapshot() {
    let scene = Scene::ready();
    let refused =
        |action: &str| json!({"action": action, "status": 403, "code": "AccessDenied", "message": "no", "times": 100});
    for action in ["s3:GetBucketPolicy", "organizations:*"] {
        scene.caller.fault(refused(action));
    }
    let (live, ran) = scene.is("undetermined", &[]);
    assert!(causes(&live).iter().any(|cause| cause.contains("s3:GetBucketPolicy was refused")), "{ran}");
    assert!(causes(&live).iter().any(|cause| cause.contains("DescribeOrganization was refused")), "{ran}");
    let ran = snapshot(&scene, "account", &[]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stderr.contains("GetBucketPolicy was refused"), "{ran}");
    let folder = scene.folder.path().join("account");
    assert_eq!(essence(&scene.replay(&folder, &scene.principal())), essence(&live));
}

#[test]
fn a_manifest_in_s3_comes_with_the_snapshot() {
    let scene = Scene::ready();
    let text = scene.manifest(&["images/000000.jpg", "images/000001.jpg"]);
    scene.call("s3", "put_object", &json!({"Bucket": scene.data(), "Key": "lists/a.manifest", "Body": text}));
    let uri = format!("s3://{}/lists/a.manifest", scene.data());
    let ran = snapshot(&scene, "account", &["--train", &uri]);
    assert_eq!(ran.code, 0, "{ran}");
    let ran = scene.run([
        "check",
        "request.json",
        "--offline",
        "--principal",
        &scene.principal(),
        "--snapshot",
        "account",
        "--train",
        &uri,
    ]);
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn accounts_are_masked_when_asked() {
    let scene = Scene::ready();
    let ran = snapshot(&scene, "masked", &["--mask-accounts"]);
    assert_eq!(ran.code, 0, "{ran}");
    let folder = scene.folder.path().join("masked");
    for (path, text) in files(&folder) {
        assert!(!text.contains(ACCOUNT), "{}: {text}", path.display());
    }
    let toml = std::fs::read_to_string(folder.join("snapshot.toml")).expect("a snapshot has a head");
    let masked = toml.split('"').nth(1).expect("the account comes first");
    let principal = scene.principal().replace(ACCOUNT, masked);
    assert_eq!(scene.replay(&folder, &principal)["verdict"], "ready");
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let scene = Scene::ready();
    std::fs::create_dir(scene.folder.path().join("taken")).expect("a folder");
    let ran = snapshot(&scene, "taken", &[]);
    assert_eq!(ran.code, 0, "an empty folder is taken: {ran}");
    let before = scene.caller.calls().len();
    let ran = snapshot(&scene, "taken", &[]);
    assert_eq!(ran.code, 2, "{ran}");
    assert_eq!(scene.caller.calls().len(), before, "nothing is asked for a snapshot that cannot be written");
}

/// Planted where the service could give something away, and in what it says itself
#[test]
fn planted_values_show_up_nowhere() {
    const PLANTED: &str = "planted-hunter2-value";
    let scene = Scene::ready();
    let object = json!({"Bucket": scene.data(), "Key": "images/000000.jpg", "Body": PLANTED, "Metadata": {"password": PLANTED}, "ContentType": PLANTED});
    scene.call("s3", "put_object", &object);
    scene.call("kms", "update_key_description", &json!({"KeyId": scene.model_key, "Description": PLANTED}));
    let ran = snapshot(&scene, "account", &[]);
    assert_eq!(ran.code, 0, "{ran}");
    let (_, checked) = scene.is("ready", &["-o", "json=report.json"]);
    let made = files(scene.folder.path());
    assert!(made.iter().any(|(path, _)| path.ends_with("report.json")));
    let outputs = [ran, checked].map(|ran| format!("{}{}", ran.stdout, ran.stderr));
    for (name, text) in made
        .iter()
        .map(|(path, text)| (path.display().to_string(), text))
        .chain(outputs.iter().map(|text| ("output".to_owned(), text)))
    {
        for secret in [PLANTED, scene.caller.key.as_str(), SECRET, TOKEN] {
            assert!(!text.contains(secret), "{name}: {text}");
        }
    }
    // What is said of bad credentials may quote what was signed, the session token included.
    for code in ["SignatureDoesNotMatch", "InvalidClientTokenId", "InvalidToken", "ExpiredToken", "RequestExpired"] {
        let scene = Scene::ready();
        let message = format!("The canonical request was: x-amz-security-token:{TOKEN} {SECRET} {PLANTED}");
        let fault = json!({"action": "*", "status": 403, "code": code, "message": message, "times": 1000});
        scene.caller.fault(fault);
        let (_, ran) = scene.check(&[]);
        assert_eq!(ran.code, 4, "{ran}");
        assert!(!ran.stderr.contains(PLANTED), "{code}: {ran}");
    }
}
