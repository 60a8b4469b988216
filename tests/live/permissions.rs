//! The tool's own permissions: one list, one policy made of it, and no call beyond it

use std::path::Path;

use iam_preflight::aws::{DRY_RUNS, PERMISSIONS};
use serde_json::{Value, json};

/// What a call seen by the server needs; the names of S3's operations are not those of its permissions
fn permission(operation: &str) -> Option<&str> {
    Some(match operation {
        "s3:HeadObject" => "s3:GetObject",
        "s3:GetBucketEncryption" => "s3:GetEncryptionConfiguration",
        // It needs none.
        "sts:GetCallerIdentity" => return None,
        other => other,
    })
}

/// Asserts that these calls, as the server logged them, need nothing beyond the list, or were only tried
#[track_caller]
pub(crate) fn suffice_for(log: &[Value]) {
    for call in log {
        let operation = call["op"].as_str().unwrap_or_default();
        let Some(needed) = permission(operation) else { continue };
        let listed = PERMISSIONS.iter().any(|(_, actions)| actions.contains(&needed));
        let tried = DRY_RUNS.1.contains(&needed) && call["params"]["DryRun"] == true;
        assert!(listed || tried, "`{operation}` was called, and `{needed}` is not among the tool's own permissions");
    }
}

/// `IAM_PREFLIGHT_BLESS=1 cargo test --test live permissions` writes the files anew
#[test]
fn the_policies_in_the_repository_are_made_of_the_lists() {
    for (name, list) in [("reader.json", &PERMISSIONS[..]), ("prove-kms.json", &[DRY_RUNS])] {
        let statements = list
            .iter()
            .map(|(sid, actions)| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*"}));
        let document = json!({"Version": "2012-10-17", "Statement": statements.collect::<Vec<Value>>()});
        let made = format!("{}\n", serde_json::to_string_pretty(&document).expect("JSON"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/self").join(name);
        if std::env::var_os("IAM_PREFLIGHT_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
            std::fs::write(&path, &made).expect("the file can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("policies/self/{name}: {error}"));
        assert_eq!(kept, made, "{name}");
    }
}

#[test]
fn the_list_reads_and_nothing_else() {
    for action in PERMISSIONS.iter().flat_map(|(_, actions)| *actions) {
        let (_, name) = action.split_once(':').expect("an action has a service");
        let reads = ["Get", "List", "Describe", "Simulate"].iter().any(|verb| name.starts_with(verb));
        assert!(reads, "{action}");
    }
}
