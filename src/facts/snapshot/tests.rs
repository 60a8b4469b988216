//! The snapshot reader over a folder in memory, with files as the AWS CLI writes them

mod account;
mod buckets;
mod extras;
mod identity;
mod keys;
mod objects;
mod organizations;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Cursor};
use std::sync::Arc;

use super::{Snapshot, SnapshotFiles};
use crate::facts::Fact;
use crate::source::{Position, Problem, Problems};

const TOML: &str = r#"account = "210000000011"
partition = "aws"
region = "eu-west-1"
captured_at = 2025-06-30T09:15:00Z

[organization]
id = "o-a1b2c3d4e5"
"#;

/// A folder in memory: what stands under a path, folders only by what stands in them
#[derive(Default)]
struct Memory {
    files: BTreeMap<String, Vec<u8>>,
    empty_folders: BTreeSet<String>,
}

impl Memory {
    /// A folder with a good `snapshot.toml`
    fn new() -> Self {
        Self::default().with("snapshot.toml", TOML)
    }

    fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), content.into());
        self
    }

    fn with_folder(mut self, path: &str) -> Self {
        self.empty_folders.insert(format!("{path}/"));
        self
    }

    fn open(&self) -> Snapshot<'_> {
        Snapshot::open(self).unwrap()
    }
}

impl SnapshotFiles for Memory {
    fn text(&self, path: &str) -> io::Result<Option<String>> {
        let Some(bytes) = self.files.get(path) else {
            let is_folder = self.files.keys().any(|known| known.starts_with(&format!("{path}/")));
            return if is_folder { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(None) };
        };
        let text = String::from_utf8(bytes.clone());
        text.map(Some).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8"))
    }

    fn lines(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>> {
        Ok(self.files.get(path).map(|bytes| Box::new(Cursor::new(bytes.clone())) as Box<dyn BufRead>))
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        if self.files.contains_key(folder) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let inside = self.files.keys().chain(&self.empty_folders).filter_map(|path| path.strip_prefix(&prefix));
        let names: BTreeSet<&str> = inside.filter_map(|rest| rest.split('/').next()).collect();
        Ok(names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn label(&self, path: &str) -> Arc<str> {
        format!("snap/{path}").into()
    }
}

/// `file:line:column: message` of each problem
fn lines<T>(result: Result<T, Problems>) -> Vec<String> {
    let Err(Problems(problems)) = result else { panic!("expected problems") };
    assert!(!problems.is_empty(), "a refusal without a problem");
    problems.iter().map(ToString::to_string).collect()
}

/// The way out of each problem
fn helps<T>(result: Result<T, Problems>) -> Vec<String> {
    let Err(Problems(problems)) = result else { panic!("expected problems") };
    problems.into_iter().map(|problem: Problem| problem.help.unwrap_or_default()).collect()
}

/// The missing fact in its printed form
fn unknown<T>(fact: &Fact<T>) -> String {
    fact.missing().expect("an unknown fact").to_string()
}

/// Where a text first stands, in a text of single-byte characters
fn place(text: &str, wanted: &str) -> Position {
    let (line, content) = text.lines().enumerate().find(|(_, line)| line.contains(wanted)).unwrap();
    let column = content.find(wanted).unwrap() + 1;
    Position { line: u32::try_from(line + 1).unwrap(), column: u32::try_from(column).unwrap() }
}
