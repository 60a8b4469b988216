//! No way to `ready` while a fact is unknown that a needed permission rests on

use std::collections::BTreeMap;

use crate::harness::{DATASETS_KEY, MODELS_KEY, Run, Scratch};

/// Files whose absence leaves `ready`, and why that is right; `KEY` stands for a key that the request does not use
const NOT_NEEDED: [(&str, &str); 19] = [
    ("kms/a81d5e02-47b3-4f9c-8a6e-2c93b7f4105d/", "the request names another key, and no object is under this one"),
    ("s3/acme-vision-archive/", "the request does not touch this bucket"),
    ("s3/acme-training-", "buckets of the example's other job"),
    ("kms/7d9e4c30-", "a key of the example's other job"),
    ("kms/e2f10b94-", "a key of the example's other job"),
    ("kms/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4/grants.json", "the key policy allows by itself, a grant only adds"),
    ("kms/c5079b4e-1e62-4d8b-b3fa-90d1e6a7728f/grants.json", "the identity policies allow, a grant only adds"),
    ("s3/acme-vision-datasets/encryption.json", "each object says itself how it is encrypted"),
    ("s3/acme-vision-results/encryption.json", "KmsKeyId decides the key, see the assumption `results-key`"),
    ("s3/acme-vision-datasets/public-access-block.json", "it restricts public policies only, this one allows nobody"),
    ("s3/acme-vision-results/public-access-block.json", "it restricts public policies only, this one allows nobody"),
    ("s3/acme-vision-datasets/ownership-controls.json", "the assumption `object-owner` stands for it, and is printed"),
    ("s3/acme-vision-results/ownership-controls.json", "the assumption `object-owner` stands for it, and is printed"),
    (
        "organizations/rcps/01-root/DataPerimeter.json",
        "a level has the policies that its folder holds, no list says more",
    ),
    ("organizations/scps/02-ou-vision-ml/ProtectMembership.json", "the same, and its denial is about another action"),
    ("organizations/scps/02-ou-vision-ml/RegionGuard.json", "the same"),
    ("organizations/rcps/01-root/RCPFullAWSAccess.json", "AWS attaches it everywhere and it cannot be detached"),
    ("organizations/rcps/02-ou-vision-ml/RCPFullAWSAccess.json", "the same"),
    ("organizations/rcps/03-account/RCPFullAWSAccess.json", "the same"),
];

/// Files whose absence is noticed, and what the report must then name; `None` where it is a denial
const NEEDED: [(&str, Option<&str>); 13] = [
    ("iam/account-authorization-details.json", Some("iam/account-authorization-details.json")),
    ("kms/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4/key.json", Some("kms/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4/key.json")),
    (
        "kms/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4/policy.json",
        Some("kms/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4/policy.json"),
    ),
    ("kms/c5079b4e-1e62-4d8b-b3fa-90d1e6a7728f/key.json", Some("kms/c5079b4e-1e62-4d8b-b3fa-90d1e6a7728f/key.json")),
    (
        "kms/c5079b4e-1e62-4d8b-b3fa-90d1e6a7728f/policy.json",
        Some("kms/c5079b4e-1e62-4d8b-b3fa-90d1e6a7728f/policy.json"),
    ),
    ("kms/aliases.json", Some("kms/aliases.json")),
    ("organizations/scps/01-root/FullAWSAccess.json", None),
    ("organizations/scps/02-ou-vision-ml/FullAWSAccess.json", None),
    ("organizations/scps/03-account/FullAWSAccess.json", None),
    ("s3/acme-vision-datasets/location.json", Some("s3/acme-vision-datasets/location.json")),
    ("s3/acme-vision-datasets/objects.jsonl", Some("s3/acme-vision-datasets/objects.jsonl")),
    ("s3/acme-vision-datasets/policy.json", Some("s3/acme-vision-datasets/policy.json")),
    ("s3/acme-vision-results/location.json", Some("s3/acme-vision-results/location.json")),
];
const RESULTS_POLICY: &str = "s3/acme-vision-results/policy.json";

fn not_needed(file: &str) -> bool {
    unread(file) || NOT_NEEDED.iter().any(|(path, _)| *path == file)
}

/// Nothing of it is read at all for this request
fn unread(file: &str) -> bool {
    NOT_NEEDED.iter().any(|(path, _)| path.ends_with(['/', '-']) && file.starts_with(path))
}

/// Changes each file of the account in turn
fn each_file(mut then: impl FnMut(&str, &Scratch)) {
    // A page of the export that holds other principals is read with the rest.
    let page = "iam/account-authorization-details-jobs.json";
    let files: Vec<String> = Scratch::account().files().into_iter().filter(|file| file != page).collect();
    assert!(files.len() > 30, "{files:?}");
    for file in files {
        let account = Scratch::account();
        if file.starts_with("iam/") {
            account.remove(page);
        }
        then(&file, &account);
    }
}

#[test]
fn without_a_file_that_is_needed_nothing_is_ready() {
    let mut named: BTreeMap<&str, Option<&str>> = NEEDED.into();
    named.insert(RESULTS_POLICY, Some(RESULTS_POLICY));
    each_file(|file, account| {
        account.remove(file);
        let run = Run::with_account("ready", account.root());
        if file == "snapshot.toml" {
            return run.run().refuses(&["snapshot.toml", "is not a snapshot"]);
        }
        if not_needed(file) {
            assert!(named.remove(file).is_none(), "{file} is listed twice");
            run.report("ready");
            return;
        }
        let expected = named.remove(file).unwrap_or_else(|| panic!("{file} is in no list of this test"));
        let Some(name) = expected else {
            let report = run.report("blocked");
            assert!(report.decided_by("create").iter().any(|part| part.starts_with("scp")), "{file}: {:#}", report.0);
            return;
        };
        let report = run.report("undetermined");
        assert!(report.missing().contains(name), "{file} is not named in:\n{}", report.missing());
    });
    assert!(named.is_empty(), "files that are gone from the example: {named:?}");
}

#[test]
fn a_file_that_is_not_needed_is_not_even_a_doubt() {
    let account = Scratch::account();
    for file in account.files().iter().filter(|file| not_needed(file) && !file.starts_with("organizations/rcps")) {
        account.remove(file);
    }
    Run::with_account("ready", account.root()).report("ready");
}

#[test]
fn null_is_a_known_absence_and_nothing_more() {
    each_file(|file, account| {
        account.write(file, "null\n");
        let run = Run::with_account("ready", account.root());
        // Without the setting whoever wrote an object owns it, and has to permit the read.
        let others_own = file == "s3/acme-vision-datasets/ownership-controls.json";
        let known_absence = not_needed(file) && !others_own && !file.starts_with("organizations/")
            || file.ends_with("/policy.json") && file.starts_with("s3/");
        if known_absence {
            // A bucket without a policy leaves the decision to the identity policies, which allow.
            run.report("ready");
            return;
        }
        let ran = run.args(["-o", "json"]).run();
        let expected = match file {
            _ if file.starts_with("organizations/") || file.starts_with("iam/") || file == "snapshot.toml" => 2,
            // No key is without a policy or a state: then there is no such key.
            _ if file.starts_with("kms/") && file != "kms/aliases.json" => 1,
            _ => 3,
        };
        assert_eq!(ran.code, expected, "{file}: {ran}");
    });
}

#[test]
fn a_damaged_file_is_refused_with_its_name() {
    type Damage = fn(&Scratch, &str);
    let empty: Damage = |account, file| {
        account.write(file, "");
    };
    let cut: Damage = |account, file| {
        let text = account.text(file);
        // Inside the middle line, so that objects.jsonl is hurt too.
        let middle = text.len() / 2;
        let end = text.bytes().skip(middle).position(|byte| byte == b'\n').unwrap_or_default();
        account.write(file, text.split_at(middle + end.saturating_sub(3)).0);
    };
    let folder: Damage = |account, file| {
        account.remove(file);
        std::fs::create_dir(account.path(file)).unwrap();
    };
    let not_text: Damage = |account, file| {
        account.write(file, b"\xff\xfe{\0}\0");
    };
    for (name, damage) in [("empty", empty), ("cut", cut), ("folder", folder), ("not text", not_text)] {
        each_file(|file, account| {
            damage(account, file);
            let ran = Run::with_account("ready", account.root()).args(["-o", "json"]).run();
            if unread(file) {
                assert_eq!(ran.code, 0, "{name} {file} is not read: {ran}");
            } else if file == "snapshot.toml" && name == "empty" {
                // An empty TOML file is a snapshot that says nothing of itself.
                assert_eq!(ran.code, 3, "{name} {file}: {ran}");
            } else {
                ran.refuses(&[file]);
            }
        });
    }
}

#[test]
fn snapshot_toml_may_say_less_but_never_too_little() {
    let cases: [(&str, &str, &str, &str); 7] = [
        ("account = ", "ready", "the principal's own ARN names the account", ""),
        ("partition = ", "ready", "the Region tells the partition", ""),
        ("captured_at = ", "ready", "no decision rests on it", ""),
        ("management_account = ", "ready", "the policies allow whether or not they apply", ""),
        ("paths = ", "ready", "no policy asks for a path", ""),
        ("region = ", "undetermined", "", "the Region of the request"),
        ("id = ", "undetermined", "", "aws:PrincipalOrgID"),
    ];
    for (line, verdict, why, named) in cases {
        let account = Scratch::account();
        account.edit("snapshot.toml", |text| {
            text.split_inclusive('\n').filter(|present| !present.starts_with(line)).collect()
        });
        let report = Run::with_account("ready", account.root()).report(verdict);
        assert!(report.missing().contains(named), "without `{line}` ({why}): {:#}", report.0);
    }
}

#[test]
fn without_a_word_on_the_organization_its_policies_are_unknown() {
    let account = Scratch::account();
    account.edit("snapshot.toml", |text| text.split("[organization]").next().unwrap().to_owned());
    let report = Run::with_account("ready", account.root()).report("undetermined");
    assert!(report.missing().contains("--assume organization=none"), "{}", report.missing());
    assert_eq!(report.lacking().len(), 8, "every call is under service control policies: {:?}", report.gaps());
}

#[test]
fn without_the_folder_of_levels_the_policies_are_unknown() {
    for kind in ["scps", "rcps"] {
        let account = Scratch::account();
        std::fs::remove_dir_all(account.path(&format!("organizations/{kind}"))).unwrap();
        let report = Run::with_account("ready", account.root()).report("undetermined");
        assert!(report.missing().contains(&format!("organizations/{kind}")), "{}", report.missing());
    }
}

#[test]
fn without_the_folder_of_a_bucket_or_key_everything_of_it_is_unknown() {
    for folder in [
        "s3/acme-vision-datasets",
        "s3/acme-vision-results",
        &format!("kms/{DATASETS_KEY}"),
        &format!("kms/{MODELS_KEY}"),
        "s3",
        "kms",
        "iam",
    ] {
        let account = Scratch::account();
        std::fs::remove_dir_all(account.path(folder)).unwrap();
        let report = Run::with_account("ready", account.root()).report("undetermined");
        assert!(report.missing().contains(folder), "{folder}: {}", report.missing());
    }
}

#[test]
fn an_object_that_is_not_listed_has_an_unknown_key() {
    for line in [0, 1, 17, 40, 79] {
        let account = Scratch::account();
        account.edit("s3/acme-vision-datasets/objects.jsonl", |text| {
            let kept = text.lines().enumerate().filter(|(number, _)| *number != line);
            kept.map(|(_, text)| [text, "\n"].concat()).collect::<Vec<_>>().concat()
        });
        let report = Run::with_account("ready", account.root()).report("undetermined");
        assert_eq!(report.lacking().len(), 1, "{:?}", report.gaps());
        assert!(report.missing().contains("how 1 dataset object(s) in bucket `acme-vision-datasets` are encrypted"));
    }
}

#[test]
fn objects_cut_off_between_two_lines_are_unknown_ones() {
    let account = Scratch::account();
    account.edit("s3/acme-vision-datasets/objects.jsonl", |text| text.split_inclusive('\n').take(50).collect());
    let report = Run::with_account("ready", account.root()).report("undetermined");
    assert!(report.missing().contains("how 30 dataset object(s)"), "{}", report.missing());
}

#[test]
fn without_manifests_the_objects_are_unknown() {
    let run = Run::bare(&crate::harness::example("requests/ready.json"), crate::harness::TRAINER);
    let report = run.snapshot(&crate::harness::example("account")).report("undetermined");
    assert!(report.missing().contains("--train MANIFEST and --test MANIFEST"), "{}", report.missing());
}

#[test]
fn a_cut_short_export_or_list_is_not_taken_for_the_whole() {
    let cases = [
        ("kms/aliases.json", "\"Aliases\": [", "\"Truncated\": true, \"Aliases\": [", None),
        (
            "iam/account-authorization-details.json",
            "VisionTrainingCore\"",
            "SomeOtherPolicy\"",
            Some("VisionTrainingCore"),
        ),
    ];
    for (file, from, to, named) in cases {
        let account = Scratch::account();
        if let Some(name) = named {
            // The policy itself is gone from the export, the attachment still names it.
            account.edit(file, |text| {
                let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
                value["Policies"].as_array_mut().unwrap().retain(|policy| policy["PolicyName"] != name);
                value.to_string()
            });
        } else {
            account.edit(file, |text| text.replace(from, to));
        }
        let report = Run::with_account("ready", account.root()).report("undetermined");
        assert!(!report.missing().is_empty(), "{file}: {:#}", report.0);
    }
}

#[test]
fn a_boundary_that_the_export_does_not_hold_is_unknown() {
    let account = Scratch::account();
    account.edit("iam/account-authorization-details.json", |text| {
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["Policies"].as_array_mut().unwrap().retain(|policy| policy["PolicyName"] != "MlWorkloadBoundary");
        value.to_string()
    });
    let report = Run::with_account("ready", account.root()).report("undetermined");
    assert!(report.missing().contains("permissions boundary"), "{}", report.missing());
}
