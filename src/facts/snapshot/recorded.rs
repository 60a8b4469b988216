//! The files of a snapshot together with what its `snapshot.toml` says of those that are not there

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use super::SnapshotFiles;

/// Files, and why some of them could not be taken
pub(super) struct Recorded<'f> {
    pub(super) files: &'f dyn SnapshotFiles,
    /// Cause by path, from the table `[unread]`
    pub(super) unread: BTreeMap<String, String>,
}

impl SnapshotFiles for Recorded<'_> {
    fn text(&self, path: &str) -> io::Result<Option<String>> {
        self.files.text(path)
    }

    fn lines(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>> {
        self.files.lines(path)
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        self.files.names(folder)
    }

    fn label(&self, path: &str) -> Arc<str> {
        self.files.label(path)
    }

    fn why_missing(&self, path: &str) -> Option<&str> {
        self.unread.get(path).map(String::as_str)
    }
}
