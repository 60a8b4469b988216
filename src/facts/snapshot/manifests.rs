//! Manifests that stand in S3: `s3/BUCKET/manifests/KEY`, with the key as one file name

use std::io::BufRead;

use crate::facts::Fact;
use crate::source::Problems;

use super::SnapshotFiles;
use super::files::{Wanted, file_name, unreadable};

/// The folder of a bucket's manifests
pub(super) const FOLDER: &str = "manifests";

/// Where a snapshot keeps the manifest `s3://bucket/key`: the key percent-encoded, a long one cut and told by a hash
#[must_use]
pub fn manifest_path(bucket: &str, key: &str) -> String {
    format!("s3/{bucket}/{FOLDER}/{}", file_name(key))
}

/// Opens a manifest
///
/// # Errors
/// When its file cannot be opened.
pub(super) fn manifest(files: &dyn SnapshotFiles, bucket: &str, key: &str) -> Result<Fact<Box<dyn BufRead>>, Problems> {
    let path = manifest_path(bucket, key);
    let name = path.rsplit('/').next().unwrap_or_default();
    let file = format!("{FOLDER}/{name}");
    let what = format!("which objects `s3://{bucket}/{key}` names");
    let wanted = Wanted::named(("s3", bucket, &file), what, "aws s3 cp");
    let path = match wanted.path() {
        Ok(path) => path,
        Err(unknown) => return Ok(unknown),
    };
    let lines = files.lines(path).map_err(|error| unreadable(files, path, &error))?;
    Ok(lines.map_or_else(|| wanted.not_there(files), Fact::Known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_one_plain_file_name() {
        for (key, path) in [
            ("train.manifest", "s3/b/manifests/train.manifest"),
            ("a/b c.manifest", "s3/b/manifests/a%2Fb%20c.manifest"),
            ("..", "s3/b/manifests/%2E."),
            ("../../x", "s3/b/manifests/%2E.%2F..%2Fx"),
            (".hidden", "s3/b/manifests/%2Ehidden"),
        ] {
            assert_eq!(manifest_path("b", key), path);
        }
        let [one, other] = ["x", "y"].map(|end| manifest_path("b", &format!("{}{end}", "k".repeat(1000))));
        assert!(one.len() < 255 && one != other, "{one}");
    }
}
