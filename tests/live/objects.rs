//! Twenty thousand objects

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::scene::Scene;
use crate::testbed;

/// 20,000 objects under three prefixes with two keys, and their manifest
fn large() -> Scene {
    let scene = Scene::ready();
    let parts =
        [("train/normal/", 9000, &scene.key), ("train/defect/", 8000, &scene.model_key), ("test/", 3000, &scene.key)];
    let mut lines = String::new();
    for (prefix, count, key) in parts {
        scene.caller.testbed.seed(&json!({
            "bucket": scene.data(), "prefix": prefix, "suffix": ".jpg", "count": count,
            "sse": "aws:kms", "kms_key_id": Scene::key_arn(key),
        }));
        let keys: Vec<String> = (0..count).map(|number| format!("{prefix}{number:06}.jpg")).collect();
        lines.push_str(&scene.manifest(&keys.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    scene.write("train.manifest", &lines);
    scene
}

#[test]
fn each_of_twenty_thousand_objects_is_looked_at_once() {
    let scene = large();
    // Now and then the service slows down; no answer is asked for twice.
    scene.caller.fault(json!({"action": "s3:HeadObject", "skip": 5000, "status": 503, "times": 20}));
    scene.caller.simulation(json!({"shape": "aggregate", "rules": [{"decision": "allowed"}]}));
    let (report, ran) = scene.is("ready", &["--deadline", "15m"]);
    let simulations = scene.caller.calls().iter().filter(|call| *call == "iam:SimulatePrincipalPolicy").count();
    assert!((1..=10).contains(&simulations), "{simulations} simulations: {ran}");
    let read = report["requirements"].as_array().expect("rows").iter().filter(|row| row["action"] == "s3:GetObject");
    assert_eq!(read.map(|row| row["resource_count"].as_u64().unwrap_or(0)).sum::<u64>(), 20_000, "{ran}");
    let log = scene.caller.log();
    let heads: Vec<&str> =
        log.iter().filter(|call| call["op"] == "s3:HeadObject").filter_map(|call| call["path"].as_str()).collect();
    let distinct: BTreeSet<&str> = heads.iter().copied().collect();
    assert_eq!(distinct.len(), 20_000);
    assert_eq!(heads.len(), 20_020, "one call an object, and one for each that was turned away");
}

/// Runs a client of boto3 in the scene's folder; how long it took
fn client(scene: &Scene, service: &str, each: &str) -> Duration {
    let script = format!(
        "import boto3, json\nclient = boto3.client('{service}', region_name='us-east-1')\nfor line in open('train.manifest'):\n    key = json.loads(line)['source-ref'].split('/', 3)[3]\n    {each}"
    );
    let started = Instant::now();
    let output = Command::new(testbed::python())
        .args(["-c", &script])
        .env_clear()
        .envs(scene.caller.environment())
        .current_dir(scene.folder.path())
        .output()
        .expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    started.elapsed()
}

#[test]
#[ignore = "a measurement for docs/performance.md: cargo test --test live -- --ignored --nocapture"]
fn beside_straightforward_clients() {
    let scene = large();
    scene.caller.simulation(json!({"shape": "aggregate", "rules": [{"decision": "allowed"}]}));
    let (_, ran) = scene.is("ready", &[]);
    let count = |calls: &[String], wanted: &str| calls.iter().filter(|call| *call == wanted).count();
    let calls = scene.caller.calls();
    let (heads, simulations) = (count(&calls, "s3:HeadObject"), count(&calls, "iam:SimulatePrincipalPolicy"));
    let loop_took = client(&scene, "s3", &format!("client.head_object(Bucket='{}', Key=key)", scene.data()));
    let simulated = client(
        &scene,
        "iam",
        &format!(
            "client.simulate_principal_policy(PolicySourceArn='{}', ActionNames=['s3:GetObject'], ResourceArns=['arn:aws:s3:::{}/' + key])",
            scene.principal(),
            scene.data()
        ),
    );
    let words = format!(
        "check: {heads} HeadObject and {simulations} simulations, {:?} in all\none HeadObject after the other, nothing else: {loop_took:?}\none simulation of s3:GetObject for each object, nothing else: {simulated:?}\n",
        ran.took
    );
    std::io::Write::write_all(&mut std::io::stderr(), words.as_bytes()).expect("standard error is open");
}
