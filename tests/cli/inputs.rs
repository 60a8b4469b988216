//! What a report rests on: every file that was read, with the hash of its bytes

use sha2::{Digest, Sha256};

use crate::harness::{Run, Scratch, TRAINER, example, word};

fn sha256(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[test]
fn every_input_of_a_check_is_listed_with_the_hash_of_its_file() {
    let scratch = Scratch::new();
    let boundary = scratch.write(
        "boundary.json",
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
    );
    let (report, ran) = Run::example("ready").arg("--boundary").arg(&boundary).judged();
    let inputs = report.0["inputs"].as_array().unwrap();
    for input in inputs {
        let bytes = std::fs::read(word(&input["name"])).unwrap();
        assert_eq!(word(&input["sha256"]), sha256(&bytes), "{ran}");
        assert_eq!(input["bytes"], bytes.len(), "{ran}");
    }
    let of = |role: &str| -> Vec<String> {
        let named = inputs.iter().filter(|input| input["role"] == role).map(|input| word(&input["name"]).to_owned());
        named.collect()
    };
    let path = |name: &str| example(name).to_string_lossy().into_owned();
    assert_eq!(of("request"), [path("requests/ready.json")]);
    assert_eq!(of("manifest"), [path("manifests/train.manifest"), path("manifests/test.manifest")]);
    assert_eq!(of("what-if"), [boundary.to_string_lossy()]);
    let snapshot = of("snapshot");
    for file in ["snapshot.toml", "iam/account-authorization-details.json", "s3/acme-vision-datasets/objects.jsonl"] {
        assert!(snapshot.contains(&path(&format!("account/{file}"))), "{file} in {snapshot:?}");
    }
    let roles: Vec<&str> = inputs.iter().map(|input| word(&input["role"])).collect();
    assert!(
        roles.is_sorted_by_key(|role| ["request", "manifest", "snapshot", "what-if"].iter().position(|w| w == role))
    );
}

#[test]
fn a_request_from_standard_input_has_a_hash_too() {
    let request = std::fs::read(example("requests/ready.json")).unwrap();
    let (report, ran) = Run::bare(std::path::Path::new("-"), TRAINER).stdin(request.clone()).judged();
    let first = &report.0["inputs"][0];
    assert_eq!((word(&first["name"]), word(&first["role"])), ("standard input", "request"), "{ran}");
    assert_eq!(word(&first["sha256"]), sha256(&request), "{ran}");
}
