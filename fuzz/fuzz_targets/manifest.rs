//! Manifests: no line is lost or read differently in a small buffer
#![no_main]

use std::io::BufReader;
use std::sync::Arc;

use iam_preflight::request::manifest::{DatasetRole, ManifestSummary, read};
use libfuzzer_sys::fuzz_target;

fn summary(bytes: &[u8], buffer: usize) -> (ManifestSummary, Vec<(String, String, u32)>) {
    let mut found = Vec::new();
    let mut sink = |object: iam_preflight::request::manifest::ObjectRef<'_>| {
        found.push((object.bucket.to_owned(), object.key.to_owned(), object.line));
    };
    let reader = BufReader::with_capacity(buffer, bytes);
    let summary = read(reader, &Arc::from("train.manifest"), DatasetRole::Train, &mut sink).unwrap();
    (summary, found)
}

fuzz_target!(|bytes: &[u8]| {
    let (whole, found) = summary(bytes, 1 << 16);
    assert_eq!(whole.bytes, bytes.len() as u64);
    assert_eq!((whole, found), summary(bytes, 7));
});
