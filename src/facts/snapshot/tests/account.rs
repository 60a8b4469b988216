//! `snapshot.toml`

use super::{Memory, helps, lines, unknown};
use crate::facts::Fact;
use crate::facts::snapshot::Snapshot;

fn with_toml(toml: &str) -> Memory {
    Memory::default().with("snapshot.toml", toml)
}

#[test]
fn a_folder_without_snapshot_toml_is_no_snapshot() {
    let memory = Memory::default();
    assert_eq!(lines(Snapshot::open(&memory)), ["there is no `snap/snapshot.toml`, so this folder is not a snapshot"]);
}

#[test]
fn the_account_is_read_with_a_datetime_or_a_string() {
    for moment in ["2025-06-30T09:15:00Z", "\"2025-06-30T09:15:00Z\"", "2025-06-30T11:15:00+02:00"] {
        let memory = with_toml(&format!(
            "account = \"210000000011\"\npartition = \"aws\"\nregion = \"eu-west-1\"\ncaptured_at = {moment}\n"
        ));
        let snapshot = memory.open();
        let environment = snapshot.environment();
        assert_eq!(environment.account.as_ref().unwrap().as_str(), "210000000011");
        assert_eq!(environment.partition.as_ref().unwrap().as_str(), "aws");
        assert_eq!(environment.region.as_ref().unwrap().as_str(), "eu-west-1");
        assert_eq!(environment.captured_at.as_deref(), Some(moment.trim_matches('"')));
    }
}

#[test]
fn the_organization_is_absent_known_or_unsaid() {
    assert_eq!(with_toml("organization = false\n").open().organization(), Fact::Absent);
    let memory = with_toml(
        "[organization]\nid = \"o-a1b2c3d4e5\"\nmanagement_account = \"210000000099\"\n\
         paths = [\"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/\"]\n",
    );
    let organization = memory.open().organization().known().cloned().unwrap();
    assert_eq!(organization.id.as_deref(), Some("o-a1b2c3d4e5"));
    assert_eq!(organization.management_account.unwrap().as_str(), "210000000099");
    assert_eq!(organization.paths, ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"]);
    let unsaid = unknown(&with_toml("").open().organization());
    assert!(unsaid.contains("--assume organization=none") && unsaid.contains("does not say"), "{unsaid}");
}

#[test]
fn all_problems_are_named_with_their_places() {
    let memory = with_toml(
        "acount = \"210000000011\"\npartition = \"azure\"\nregion = 1\ncaptured_at = \"yesterday\"\n\n\
         [organization]\nid = \"a1\"\npaths = [\"o-a1b2c3d4e5/r-ab12\"]\n",
    );
    let mut found = lines(Snapshot::open(&memory));
    found.sort();
    assert_eq!(
        found,
        [
            "snap/snapshot.toml:1:1: unknown key `acount`",
            "snap/snapshot.toml:2:13: `partition`: `azure` is not a partition: expected a form like `aws`, `aws-cn`, `aws-us-gov`",
            "snap/snapshot.toml:3:10: `region` must be a string, this is a TOML integer",
            "snap/snapshot.toml:4:15: `captured_at`: `yesterday` is not a moment in RFC 3339",
            "snap/snapshot.toml:7:6: `a1` is not an organization id",
            "snap/snapshot.toml:8:10: `o-a1b2c3d4e5/r-ab12` is not an organization path",
        ]
    );
    assert!(helps(Snapshot::open(&memory)).contains(&"did you mean `account`?".to_owned()));
}

#[test]
fn a_local_moment_and_a_true_organization_say_too_little() {
    let memory = with_toml("captured_at = 2025-06-30T09:15:00\norganization = true\n");
    let found = lines(Snapshot::open(&memory));
    assert!(found.contains(
        &"snap/snapshot.toml:1:15: `captured_at`: `2025-06-30T09:15:00` is not a moment in RFC 3339".to_owned()
    ));
    assert!(found.contains(&"snap/snapshot.toml:2:16: `organization` must be false or a table".to_owned()));
}

#[test]
fn syntax_errors_have_a_place() {
    let found = lines(Snapshot::open(&with_toml("account = \"210000000011\"\nregion = \n")));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("snap/snapshot.toml:2:10: not valid TOML: "), "{found:?}");
    let twice = lines(Snapshot::open(&with_toml("region = \"eu-west-1\"\nregion = \"us-east-1\"\n")));
    assert!(twice[0].starts_with("snap/snapshot.toml:2:1: not valid TOML: duplicate key"), "{twice:?}");
}
