//! What nothing reads

use super::Memory;
use crate::facts::snapshot::Snapshot;

fn extras(snapshot: &Snapshot<'_>) -> Vec<String> {
    let with_help =
        |problem: crate::source::Problem| format!("{problem}; {}", problem.help.clone().unwrap_or_default());
    snapshot.extras().into_iter().map(with_help).collect()
}

#[test]
fn a_good_snapshot_has_no_extras() {
    let memory = Memory::new()
        .with("iam/account-authorization-details.json", "{}")
        .with("iam/account-authorization-details-2.json", "{}")
        .with("iam/.gitkeep", "")
        .with("iam/roles/ml%2FExec.json", "null")
        .with("organizations/scps/01-root/a.json", "{}")
        .with("organizations/rcps/01-root/a.json", "{}")
        .with("s3/b/location.json", "{}")
        .with("s3/b/objects.jsonl", "")
        .with("kms/aliases.json", "{}")
        .with("kms/k/grants.json", "{}");
    assert_eq!(extras(&memory.open()), Vec::<String>::new());
}

#[test]
fn misspelt_names_are_named_with_the_near_one() {
    let memory = Memory::new()
        .with("iam/acount-authorization-details.json", "{}")
        .with("organisations/scps/01-root/a.json", "{}")
        .with("organizations/scp/01-root/a.json", "{}")
        .with("s3/b/Policy.json", "{}")
        .with("s3/policy.json", "{}")
        .with("kms/alias.json", "{}")
        .with("notes.txt", "");
    assert_eq!(
        extras(&memory.open()),
        [
            "snap/notes.txt:1:1: nothing reads this; known here: snapshot.toml, iam, organizations, s3, kms",
            "snap/organisations:1:1: nothing reads this; did you mean `organizations`?",
            "snap/iam/acount-authorization-details.json:1:1: nothing reads this; did you mean `account-authorization-details.json`?",
            "snap/organizations/scp:1:1: nothing reads this; did you mean `scps`?",
            "snap/s3/b/Policy.json:1:1: nothing reads this; did you mean `policy.json`?",
            "snap/s3/policy.json:1:1: nothing reads this; expected s3/NAME/ with any of location.json, owner.json, encryption.json, policy.json, public-access-block.json, ownership-controls.json, objects.jsonl",
            "snap/kms/alias.json:1:1: nothing reads this; did you mean `aliases.json`?",
        ]
    );
}

#[test]
fn policies_of_an_organization_that_is_not_named_are_extras() {
    for toml in ["organization = false", ""] {
        let memory = Memory::default().with("snapshot.toml", toml).with("organizations/scps/01-root/a.json", "{}");
        assert_eq!(
            extras(&memory.open()),
            ["snap/organizations:1:1: nothing reads this: snapshot.toml has no [organization] table; \
              add the table, or delete the folder"]
        );
    }
}
