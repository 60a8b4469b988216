//! One file of a snapshot: missing, `null`, or JSON

use std::fmt::Write;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::facts::{Fact, MissingFact, fingerprint};
use crate::json::{self, Node};
use crate::source::{Position, Problem, Problems, SourceFile};

use super::SnapshotFiles;

/// A file that holds JSON without a duplicate key
pub(super) struct JsonFile {
    /// Its text
    pub(super) file: SourceFile,
    /// Its value, not `null`
    pub(super) node: Node,
}

/// The file that a fact stands in, and the fact in words for when it is missing
pub(super) struct Wanted {
    /// The path inside the snapshot; `None` when the name asked for cannot be that of a folder
    path: Option<String>,
    source: String,
    /// The fact in words: "the policy of bucket `x`"
    what: String,
}

impl Wanted {
    /// A file of the snapshot, the fact in words, and the AWS CLI command that writes it
    pub(super) fn new(path: &str, what: impl Into<String>, command: &str) -> Self {
        let source = format!("{path} in the snapshot ({command})");
        Self { path: Some(path.to_owned()), source, what: what.into() }
    }

    /// The file `folder/name/file`, where the name comes from a request and must not lead out of the snapshot
    pub(super) fn named(path: (&str, &str, &str), what: impl Into<String>, command: &str) -> Self {
        let (folder, name, file) = path;
        let wanted = Self::new(&format!("{folder}/{name}/{file}"), what, command);
        if names_a_folder(name) { wanted } else { Self { path: None, ..wanted } }
    }

    /// The fact as missing, for this reason
    pub(super) fn missing<T>(&self, why: impl Into<String>) -> Fact<T> {
        Fact::Unknown(MissingFact { what: self.what.clone(), source: self.source.clone(), why: why.into() })
    }

    /// The fact as missing because its file is
    pub(super) fn not_there<T>(&self, files: &dyn SnapshotFiles) -> Fact<T> {
        self.missing(self.noted(files).unwrap_or(NOT_THERE))
    }

    /// Why the file, or what it leaves out, is not there, where that was noted
    pub(super) fn noted<'f>(&self, files: &'f dyn SnapshotFiles) -> Option<&'f str> {
        self.path.as_deref().and_then(|path| files.why_missing(path))
    }

    /// The path inside the snapshot, or the fact as missing when there can be no such path
    pub(super) fn path<T>(&self) -> Result<&str, Fact<T>> {
        let refused = || self.missing("the name has characters that no folder of a snapshot may have");
        self.path.as_deref().ok_or_else(refused)
    }

    /// Reads the file: missing is unknown, `null` is absent, all else goes to `read`
    pub(super) fn read<T>(
        &self,
        files: &dyn SnapshotFiles,
        read: impl FnOnce(&JsonFile) -> Result<Fact<T>, Problems>,
    ) -> Result<Fact<T>, Problems> {
        let path = match self.path() {
            Ok(path) => path,
            Err(unknown) => return Ok(unknown),
        };
        match json(files, path)? {
            None => Ok(self.not_there(files)),
            Some(json) if json.node.is_null() => Ok(Fact::Absent),
            Some(json) => read(&json),
        }
    }
}

/// Why a fact is missing when its file is
pub(super) const NOT_THERE: &str = "there is no such file in the snapshot";

/// Whether a name is a single plain path component
fn names_a_folder(name: &str) -> bool {
    let plain = !name.contains(['/', '\\', ':', '\0']) && !name.contains("..");
    plain && !matches!(name, "" | ".")
}

/// All but what every file system takes as it is
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'=');

/// File systems take names of 255 bytes
const LONGEST: usize = 200;

/// A text as the name of one file: percent-encoded, a long one cut and told by a hash
pub(super) fn file_name(text: &str) -> String {
    let mut name = utf8_percent_encode(text, ENCODED).to_string();
    // A name of dots alone would lead out of the folder; a leading one would hide the file.
    if name.starts_with('.') {
        name.replace_range(..1, "%2E");
    }
    if name.len() > LONGEST {
        name.truncate(LONGEST);
        let _ = write!(name, "~{:032x}", fingerprint(text));
    }
    name
}

/// Whether an entry is one that a person made; systems leave hidden ones such as `.DS_Store`
pub(super) fn is_visible(name: &str) -> bool {
    !name.starts_with('.')
}

/// The text of a file, `None` when there is no such file
pub(super) fn text(files: &dyn SnapshotFiles, path: &str) -> Result<Option<SourceFile>, Problems> {
    match files.text(path) {
        Ok(text) => Ok(text.map(|text| SourceFile::new(files.label(path), text))),
        Err(error) => Err(unreadable(files, path, &error)),
    }
}

/// The value of a JSON file, `None` when there is no such file
///
/// # Errors
/// When it is empty or not JSON, and all its duplicate keys.
pub(super) fn json(files: &dyn SnapshotFiles, path: &str) -> Result<Option<JsonFile>, Problems> {
    let Some(file) = text(files, path)? else { return Ok(None) };
    if file.text.trim().is_empty() {
        return Err(empty(&file.name).into());
    }
    let node = json::parse(&file)?;
    let duplicates = json::duplicate_keys(&file.name, &node);
    if duplicates.is_empty() { Ok(Some(JsonFile { file, node })) } else { Err(Problems(duplicates)) }
}

/// The problem of a file without content, the usual trace of a command that failed
pub(super) fn empty(file: &Arc<str>) -> Problem {
    Problem::at(file, Position::START, "the file is empty, expected JSON")
        .with_help("write `null` when it is known that there is none; delete the file when it is not known")
}

/// The problem of a path that is there but cannot be read
pub(super) fn unreadable(files: &dyn SnapshotFiles, path: &str, error: &std::io::Error) -> Problems {
    Problem::general(format!("`{}` cannot be read: {error}", files.label(path))).into()
}

/// The entries of a folder that a person made
pub(super) fn entries(files: &dyn SnapshotFiles, folder: &str) -> Result<Vec<String>, Problems> {
    let mut names = files.names(folder).map_err(|error| unreadable(files, folder, &error))?;
    names.retain(|name| is_visible(name));
    names.sort();
    Ok(names)
}

/// Problems of several files, so that one does not hide those of the next
#[derive(Default)]
pub(super) struct Gathered {
    problems: Vec<Problem>,
}

impl Gathered {
    /// The value, or `None` with its problems noted
    pub(super) fn keep<T>(&mut self, result: Result<T, Problems>) -> Option<T> {
        result.map_err(|problems| self.problems.extend(problems.0)).ok()
    }

    /// The fact; where there were problems [`finish`](Self::finish) fails, so that what stands here does not matter
    pub(super) fn fact<T>(&mut self, result: Result<Fact<T>, Problems>) -> Fact<T> {
        self.keep(result).unwrap_or(Fact::Absent)
    }

    /// The value made of everything kept, or all problems
    pub(super) fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(value) } else { Err(Problems(self.problems)) }
    }
}
