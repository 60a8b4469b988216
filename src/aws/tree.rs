//! A snapshot in memory: what was gathered, what could not be, and what the check has asked for

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::{self, BufRead, Cursor};
use std::sync::Arc;

use crate::facts::snapshot::SnapshotFiles;
use crate::iam::{AccountId, Partition, Region};
use crate::source::Problems;

use super::Wanted;
use super::export::Export;
use super::wanted::IDENTITY;

/// What goes before a path of the tree where a file name is shown
const LABEL: &str = "aws:";

/// What Organizations says of the account
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// It is in an organization
    In {
        /// `o-…`
        id: String,
        /// The management account
        management_account: Option<String>,
        /// `o-…/r-…/ou-…/`, where the way up could be read
        path: Option<String>,
    },
    /// It is in none
    Alone,
    /// It cannot be read, for this reason
    Unread(String),
}

/// A snapshot that grows while it is read
#[derive(Debug)]
pub struct Tree {
    files: BTreeMap<String, Arc<str>>,
    /// Folders that are there without files
    folders: BTreeSet<String>,
    unread: BTreeMap<String, String>,
    export: Export,
    /// The questions that the export answers, or has no answer to: none is asked twice
    answered: BTreeSet<Wanted>,
    head: String,
    wanted: RefCell<BTreeSet<Wanted>>,
}

impl Tree {
    /// A tree of this account without any fact
    #[must_use]
    pub fn new(account: &AccountId, region: &Region, captured_at: &str, membership: &Membership) -> Self {
        let partition = Partition::of_region(region);
        let mut head = format!(
            "account = {}\npartition = {}\nregion = {}\ncaptured_at = {captured_at}\n",
            quoted(account.as_str()),
            quoted(partition.as_str()),
            quoted(region.as_str()),
        );
        let mut unread = BTreeMap::new();
        match membership {
            Membership::Alone => head.push_str("organization = false\n"),
            Membership::Unread(cause) => {
                unread.insert("organization".to_owned(), cause.clone());
            }
            Membership::In { id, management_account, path } => {
                let _ = write!(head, "\n[organization]\nid = {}\n", quoted(id));
                if let Some(account) = management_account {
                    let _ = writeln!(head, "management_account = {}", quoted(account));
                }
                if let Some(path) = path {
                    let _ = writeln!(head, "paths = [{}]", quoted(path));
                }
            }
        }
        Self {
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            unread,
            export: Export::default(),
            answered: BTreeSet::new(),
            head,
            wanted: RefCell::default(),
        }
    }

    /// Adds a file
    pub fn put(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) {
        self.files.insert(path.into(), text.into());
    }

    /// Adds a folder, possibly without files
    pub fn put_folder(&mut self, path: impl Into<String>) {
        self.folders.insert(path.into());
    }

    /// What is in the export of IAM
    pub(super) fn export(&self) -> &Export {
        &self.export
    }

    /// Adds what these questions brought to the export of IAM
    pub(super) fn add(&mut self, later: Export, answered: BTreeSet<Wanted>) {
        self.export.add(later);
        self.answered.extend(answered);
        match self.export.text() {
            Ok(text) => self.put(IDENTITY, text),
            Err(failure) => self.leave_out(IDENTITY, failure.to_string()),
        }
    }

    /// Notes why a file, or what it leaves out, is not there
    pub fn leave_out(&mut self, path: impl Into<String>, cause: impl Into<String>) {
        self.unread.insert(path.into(), cause.into());
    }

    /// What was asked for since the last time and is not there
    #[must_use]
    pub fn take_wanted(&self) -> BTreeSet<Wanted> {
        self.wanted.take()
    }

    /// Takes away the files that the problems are about: AWS sent something that cannot be understood
    ///
    /// Whether it took any; problems of other files are not its business.
    pub fn withdraw(&mut self, problems: &Problems) -> bool {
        let mut any = false;
        for problem in &problems.0 {
            let file = problem.location.as_ref().and_then(|location| location.file.strip_prefix(LABEL));
            let Some(path) = file else { continue };
            let Some((path, _)) = self.files.remove_entry(path) else { continue };
            any = true;
            // A policy of a level is one of several: the level stays, with something unread in it.
            let level = path.strip_prefix("organizations/").and_then(|_| path.rsplit_once('/'));
            let key = level.map_or(path.as_str(), |(level, _)| level).to_owned();
            if let Some((level, _)) = level {
                self.folders.insert(level.to_owned());
            }
            self.unread.insert(key, format!("what AWS sent cannot be understood: {}", problem.message));
        }
        any
    }

    /// Whether AWS was asked and not one fact came back
    #[must_use]
    pub fn is_bare(&self) -> bool {
        let nobody = self.files.keys().all(|path| path == IDENTITY && self.export.is_empty());
        nobody && self.folders.is_empty() && !self.unread.is_empty()
    }

    /// The causes of what was not read
    pub fn causes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.unread.iter().map(|(path, cause)| (path.as_str(), cause.as_str()))
    }

    /// Every file with its text, `snapshot.toml` first
    pub fn files(&self) -> impl Iterator<Item = (&str, String)> {
        let files = self.files.iter().map(|(path, text)| (path.as_str(), text.to_string()));
        std::iter::once(("snapshot.toml", self.head())).chain(files)
    }

    /// Folders that have to be made even where no file is in them
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// The line of a file of the tree, by the name that it is shown with
    #[must_use]
    pub fn line(&self, file: &str, line: u32) -> Option<String> {
        let text = self.files.get(file.strip_prefix(LABEL)?)?;
        text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?).map(str::to_owned)
    }

    fn head(&self) -> String {
        let mut head = self.head.clone();
        if !self.unread.is_empty() {
            head.push_str("\n[unread]\n");
        }
        for (path, cause) in &self.unread {
            let _ = writeln!(head, "{} = {}", quoted(path), quoted(cause));
        }
        head
    }

    fn want(&self, path: &str) {
        if let Some(wanted) = Wanted::of(path)
            && !self.unread.contains_key(&wanted.path())
            && !self.answered.contains(&wanted)
        {
            self.wanted.borrow_mut().insert(wanted);
        }
    }

    fn get(&self, path: &str) -> Option<&Arc<str>> {
        let found = self.files.get(path);
        if found.is_none() {
            self.want(path);
        }
        found
    }
}

/// A text in quotes; what JSON writes is also a TOML string
fn quoted(text: &str) -> String {
    let plain: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    serde_json::Value::String(plain).to_string()
}

impl SnapshotFiles for Tree {
    fn text(&self, path: &str) -> io::Result<Option<String>> {
        if path == "snapshot.toml" {
            return Ok(Some(self.head()));
        }
        Ok(self.get(path).map(ToString::to_string))
    }

    fn lines(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>> {
        let text = self.get(path).cloned();
        Ok(text.map(|text| Box::new(Cursor::new(Arc::<[u8]>::from(text))) as Box<dyn BufRead>))
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let inside = |path: &str| {
            let rest = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
            rest.split('/').next().map(str::to_owned)
        };
        let paths = self.files.keys().chain(&self.folders);
        let names: BTreeSet<String> = paths.filter_map(|path| inside(path)).collect();
        if names.is_empty() {
            self.want(folder);
        }
        Ok(names.into_iter().collect())
    }

    fn label(&self, path: &str) -> Arc<str> {
        format!("{LABEL}{path}").into()
    }
}
