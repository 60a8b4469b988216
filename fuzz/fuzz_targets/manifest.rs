//! Manifests, lines and lists: no line is lost or read differently in a small buffer
#![no_main]

use std::io::BufReader;
use std::sync::Arc;

use iam_preflight::request::manifest::{DatasetRole, ManifestSummary, read, read_list};
use libfuzzer_sys::fuzz_target;

fn summary(bytes: &[u8], buffer: usize, list: bool) -> (ManifestSummary, Vec<(String, String, u32)>) {
    let mut found = Vec::new();
    let mut sink = |object: iam_preflight::request::manifest::ObjectRef<'_>| {
        found.push((object.bucket.to_owned(), object.key.to_owned(), object.line));
    };
    let reader = BufReader::with_capacity(buffer, bytes);
    let name = Arc::from("train.manifest");
    let summary = if list {
        read_list(reader, &name, DatasetRole::Train, &mut sink)
    } else {
        read(reader, &name, DatasetRole::Train, &mut sink)
    };
    (summary.unwrap(), found)
}

fuzz_target!(|bytes: &[u8]| {
    for list in [false, true] {
        let (whole, found) = summary(bytes, 1 << 16, list);
        assert_eq!(whole.bytes, bytes.len() as u64);
        assert_eq!((whole, found), summary(bytes, 7, list));
    }
});
