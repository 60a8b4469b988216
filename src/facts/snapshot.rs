//! A snapshot folder read into facts: verbatim AWS CLI output, one file per fact
//!
//! A file that is missing is an unknown fact, a file that holds `null` a known absence, and a file that
//! cannot be understood a problem. `docs/snapshot.md` says which command writes which file.

mod account;
mod attachments;
mod buckets;
mod documents;
mod export;
mod extras;
mod files;
mod identity;
mod keys;
mod manifests;
mod objects;
mod organizations;
mod recorded;
mod roles;
mod shape;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufRead};
use std::sync::Arc;

use crate::iam::{Arn, Principal};
use crate::policy::PolicyType;
use crate::source::{Problem, Problems};

use super::{Bucket, Environment, Fact, Identity, Key, Level, Organization};

pub(super) use attachments::{Attached, Holder, Policies, assemble};
pub use documents::document;
pub(super) use identity::{Standing, root};
pub use manifests::manifest_path;
pub use roles::role_path;

use attachments::Exported;
use export::Export;
use recorded::Recorded;

/// The files of a snapshot, by their paths inside it (`s3/NAME/policy.json`, always with `/`)
///
/// The command line implements it over a folder, tests over a map.
pub trait SnapshotFiles {
    /// The text of a file, `None` when there is no such file
    ///
    /// # Errors
    /// When the path is a folder, cannot be read, or does not hold UTF-8.
    fn text(&self, path: &str) -> io::Result<Option<String>>;

    /// A file to be read line by line, `None` when there is no such file
    ///
    /// # Errors
    /// When the path is a folder or cannot be opened.
    fn lines(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>>;

    /// The sorted names of a folder's entries, empty when the folder does not exist; `""` is the snapshot itself
    ///
    /// # Errors
    /// When the path is not a folder or cannot be listed.
    fn names(&self, folder: &str) -> io::Result<Vec<String>>;

    /// How the user would name the file: the snapshot's own path joined with this one
    fn label(&self, path: &str) -> Arc<str>;

    /// Why the file, or what it leaves out, is not there, where that was noted when the snapshot was taken
    fn why_missing(&self, _path: &str) -> Option<&str> {
        None
    }
}

/// An opened snapshot; facts are read when they are asked for
pub struct Snapshot<'f> {
    files: Recorded<'f>,
    environment: Environment,
    organization: Fact<Organization>,
    export: OnceCell<Result<Option<Export>, Problems>>,
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("environment", &self.environment)
            .field("organization", &self.organization)
            .finish_non_exhaustive()
    }
}

impl<'f> Snapshot<'f> {
    /// Opens a snapshot by reading its `snapshot.toml`
    ///
    /// # Errors
    /// When there is no `snapshot.toml`, and all problems of the one there is.
    pub fn open(files: &'f dyn SnapshotFiles) -> Result<Self, Problems> {
        let Some(file) = files::text(files, account::PATH)? else {
            let label = files.label(account::PATH);
            let missing = Problem::general(format!("there is no `{label}`, so this folder is not a snapshot"));
            return Err(missing
                .with_help("a snapshot.toml with `account`, `partition`, `region` and `captured_at` makes it one")
                .into());
        };
        let head = account::read(&file)?;
        let files = Recorded { files, unread: head.unread };
        let (environment, organization) = (head.environment, head.organization);
        Ok(Self { files, environment, organization, export: OnceCell::new() })
    }

    /// The account, partition and Region of the snapshot, and when it was taken
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The organization of the account: `Absent` for `organization = false`, unknown when nothing is said
    #[must_use]
    pub fn organization(&self) -> Fact<Organization> {
        self.organization.clone()
    }

    /// Service control policies by level, root first
    ///
    /// # Errors
    /// All problems of the files in `organizations/scps`.
    pub fn scps(&self) -> Result<Fact<Vec<Level>>, Problems> {
        organizations::levels(&self.files, &self.organization, PolicyType::ServiceControl)
    }

    /// Resource control policies by level, root first
    ///
    /// # Errors
    /// All problems of the files in `organizations/rcps`.
    pub fn rcps(&self) -> Result<Fact<Vec<Level>>, Problems> {
        organizations::levels(&self.files, &self.organization, PolicyType::ResourceControl)
    }

    /// What is attached to a principal; for a role session, to its role
    ///
    /// `Absent` for services, web identities and anonymous callers, which have no identity policies.
    ///
    /// # Errors
    /// When the export of IAM cannot be read, when it does not know the principal (near matches are
    /// named), and all problems of the policies of a principal that it knows.
    pub fn identity(&self, principal: &Principal) -> Result<Fact<Identity>, Problems> {
        identity::identity(self, principal)
    }

    /// What is attached to a role that acts for a request; `Absent` when it is noted that there is no such role
    ///
    /// One that the export does not list is an unknown fact.
    ///
    /// # Errors
    /// When the export of IAM cannot be read, and all problems of the policies of a role that it knows.
    pub fn role(&self, arn: &Arn) -> Result<Fact<Identity>, Problems> {
        identity::role(self, arn)
    }

    /// The roles of the export that are called much like this one, in words
    ///
    /// # Errors
    /// When the export of IAM cannot be read.
    pub fn near_role(&self, arn: &Arn) -> Result<Option<String>, Problems> {
        identity::near_role(self, arn)
    }

    /// Who a principal is to the export, before managed policies and groups are looked up
    pub(super) fn standing(&self, principal: &Principal) -> Result<Standing, Problems> {
        identity::standing(self, principal)
    }

    /// What is known of one bucket; a bucket without a folder is wholly unknown
    ///
    /// # Errors
    /// All problems of the files in its folder.
    pub fn bucket(&self, name: &str) -> Result<Bucket, Problems> {
        buckets::bucket(&self.files, name)
    }

    /// The keys of a bucket's objects, as far as the snapshot lists them
    ///
    /// # Errors
    /// The malformed lines of its `objects.jsonl`.
    pub fn object_keys(&self, bucket: &str) -> Result<Fact<BTreeSet<String>>, Problems> {
        buckets::object_keys(&self.files, bucket)
    }

    /// What is known of one KMS key, named by its key id; a key without a folder is wholly unknown
    ///
    /// # Errors
    /// All problems of the files in its folder.
    pub fn key(&self, key_id: &str) -> Result<Key, Problems> {
        keys::key(&self.files, key_id)
    }

    /// Key id by alias name (`alias/name`)
    ///
    /// # Errors
    /// All problems of `kms/aliases.json`.
    pub fn aliases(&self) -> Result<Fact<BTreeMap<String, String>>, Problems> {
        keys::aliases(&self.files)
    }

    /// Why a file is not in the snapshot, where that was noted when it was taken
    #[must_use]
    pub fn why_missing(&self, path: &str) -> Option<&str> {
        self.files.why_missing(path)
    }

    /// A manifest that the snapshot keeps of those in S3
    ///
    /// # Errors
    /// When its file cannot be opened.
    pub fn manifest(&self, bucket: &str, key: &str) -> Result<Fact<Box<dyn BufRead>>, Problems> {
        manifests::manifest(&self.files, bucket, key)
    }

    /// The key ids that have a folder
    #[must_use]
    pub fn key_folders(&self) -> Vec<String> {
        let aliases = keys::ALIASES.rsplit('/').next().unwrap_or_default();
        self.folders("kms").into_iter().filter(|name| name != aliases).collect()
    }

    /// The names of the buckets that have a folder
    #[must_use]
    pub fn bucket_folders(&self) -> Vec<String> {
        self.folders("s3")
    }

    /// Files and folders that nothing reads, as warnings: a misspelt name would leave a fact unknown
    #[must_use]
    pub fn extras(&self) -> Vec<Problem> {
        extras::extras(&self.files, &self.organization)
    }

    /// The export of IAM, read at the first call
    fn export(&self) -> Result<Option<&Export>, Problems> {
        let export = self.export.get_or_init(|| Export::read(&self.files));
        export.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// Calls this with the managed policies and groups of the export, where there is one
    pub(super) fn with_policies<T>(
        &self,
        call: impl FnOnce(Option<&dyn Policies>) -> Result<T, Problems>,
    ) -> Result<T, Problems> {
        let noted = |arn: &str| self.files.why_missing(arn).map(str::to_owned);
        match self.export()? {
            Some(export) => call(Some(&Exported { export, noted: &noted })),
            None => call(None),
        }
    }

    fn folders(&self, parent: &str) -> Vec<String> {
        let names = self.files.names(parent).unwrap_or_default();
        let holds_files =
            |name: &String| self.files.names(&format!("{parent}/{name}")).is_ok_and(|entries| !entries.is_empty());
        names.into_iter().filter(|name| files::is_visible(name)).filter(holds_files).collect()
    }
}
