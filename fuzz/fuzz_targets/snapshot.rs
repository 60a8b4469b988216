//! Snapshot folders of which one file holds anything at all
//!
//! Input: a byte that chooses the file, then its text.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Cursor};
use std::sync::Arc;

use iam_preflight::facts::snapshot::{Snapshot, SnapshotFiles};
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 14] = [
    "snapshot.toml",
    "iam/account-authorization-details.json",
    "organizations/scps/00-root/p.json",
    "organizations/rcps/00-root/p.json",
    "s3/plans/location.json",
    "s3/plans/encryption.json",
    "s3/plans/policy.json",
    "s3/plans/public-access-block.json",
    "s3/plans/objects.jsonl",
    "kms/1234abcd-12ab-34cd-56ef-1234567890ab/key.json",
    "kms/1234abcd-12ab-34cd-56ef-1234567890ab/policy.json",
    "kms/1234abcd-12ab-34cd-56ef-1234567890ab/grants.json",
    "kms/aliases.json",
    "kms/unexpected.json",
];

struct Folder(BTreeMap<&'static str, String>);

impl SnapshotFiles for Folder {
    fn text(&self, path: &str) -> io::Result<Option<String>> {
        Ok(self.0.get(path).cloned())
    }

    fn lines(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>> {
        Ok(self.0.get(path).map(|text| Box::new(Cursor::new(text.clone().into_bytes())) as Box<dyn BufRead>))
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let inside = self.0.keys().filter_map(|path| path.strip_prefix(prefix.as_str()));
        let names: BTreeSet<&str> = inside.filter_map(|rest| rest.split('/').next()).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn label(&self, path: &str) -> Arc<str> {
        path.into()
    }
}

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let mut folder = Folder(BTreeMap::new());
    folder.0.insert("snapshot.toml", "account = \"210000000011\"\norganization = false\n".to_owned());
    folder.0.insert(PATHS[usize::from(choice) % PATHS.len()], text.to_owned());
    let Ok(snapshot) = Snapshot::open(&folder) else { return };
    let _ = (snapshot.environment(), snapshot.organization(), snapshot.extras());
    let _ = (snapshot.scps(), snapshot.rcps(), snapshot.aliases());
    let _ = snapshot.identity(&"arn:aws:iam::210000000011:user/ana".parse().unwrap());
    for bucket in snapshot.bucket_folders() {
        let _ = snapshot.bucket(&bucket);
    }
    for key in snapshot.key_folders() {
        let _ = snapshot.key(&key);
    }
});
