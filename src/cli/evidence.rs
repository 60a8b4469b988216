//! Where the facts and the manifests of one run come from, and what was asked for

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, Cursor};
use std::path::Path;
use std::sync::Arc;

use crate::facts::snapshot::{SnapshotFiles, role_path};
use crate::facts::{Fact, MissingFact, fingerprint};
use crate::finding::InputRole;
use crate::iam::Arn;
use crate::source::{Problem, Problems};

use super::gather::Gatherer;
use super::input;
use super::inputs::Inputs;

/// What one run reads
#[derive(Default, Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// A snapshot: a folder, or what live mode has gathered so far
    pub(super) files: Option<&'a dyn SnapshotFiles>,
    /// Notes what the request turns out to be about; live mode fetches it
    pub(super) asked: Option<&'a Asked>,
    /// Notes what is read
    pub(super) inputs: Option<&'a Inputs>,
}

/// What a request turned out to be about while it was prepared
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Standard input, which can be read only once but is asked for in every round
    pub(super) stdin: Option<Arc<[u8]>>,
    /// The ARN by which each key id was named
    pub(super) keys: RefCell<BTreeMap<String, String>>,
    /// The roles that act for the request, by the paths at which a snapshot notes that there is none
    pub(super) roles: RefCell<BTreeMap<String, Arn>>,
    /// The dataset objects of each bucket
    pub(super) objects: RefCell<BTreeMap<String, Objects>>,
    /// The manifests in S3: bucket and key by their path in the snapshot
    pub(super) manifests: RefCell<BTreeMap<String, (String, String)>>,
}

/// The different objects of one bucket, in the order of the manifests
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) keys: Vec<String>,
    seen: HashSet<u128>,
}

impl Asked {
    pub(super) fn role(&self, arn: &Arn) {
        self.roles.borrow_mut().insert(role_path(arn), arn.clone());
    }

    pub(super) fn object(&self, bucket: &str, key: &str) {
        let mut buckets = self.objects.borrow_mut();
        if !buckets.contains_key(bucket) {
            buckets.insert(bucket.to_owned(), Objects::default());
        }
        if let Some(objects) = buckets.get_mut(bucket)
            && objects.seen.insert(fingerprint(key))
        {
            objects.keys.push(key.to_owned());
        }
    }
}

/// A manifest to read, or why there is none
pub(super) enum Manifest {
    Lines(Box<dyn BufRead>),
    Missing(MissingFact),
}

impl Evidence<'_> {
    /// Opens a manifest: a file, standard input, or one in S3
    pub(super) fn manifest(&self, path: &Path, gatherer: &Gatherer<'_>) -> Result<Manifest, Problems> {
        let name = path.to_string_lossy();
        if let Some(uri) = name.strip_prefix("s3://") {
            return self.in_s3(&name, uri, gatherer);
        }
        match self.asked.and_then(|asked| asked.stdin.as_ref()) {
            Some(bytes) if name == "-" => Ok(self.noted(&name, Box::new(Cursor::new(Arc::clone(bytes))))),
            _ => Ok(self.noted(&name, input::open_lines(path)?)),
        }
    }

    fn noted(&self, name: &str, reader: Box<dyn BufRead>) -> Manifest {
        let name = if name == "-" { "standard input" } else { name };
        Manifest::Lines(match self.inputs {
            Some(inputs) => inputs.lines(InputRole::Manifest, name, reader),
            None => reader,
        })
    }

    fn in_s3(&self, name: &str, uri: &str, gatherer: &Gatherer<'_>) -> Result<Manifest, Problems> {
        let Some((bucket, key)) = uri.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
        else {
            return Err(Problem::general(format!("`{name}` names no object in S3"))
                .with_help("s3://BUCKET/KEY")
                .into());
        };
        let path = crate::facts::snapshot::manifest_path(bucket, key);
        let explained = self.asked.is_some() || gatherer.accounts_for(&path);
        if let Some(asked) = self.asked {
            asked.manifests.borrow_mut().insert(path, (bucket.to_owned(), key.to_owned()));
        }
        match gatherer.manifest(bucket, key)? {
            Some(Fact::Known(lines)) => Ok(Manifest::Lines(lines)),
            Some(Fact::Unknown(missing)) if explained => Ok(Manifest::Missing(missing)),
            _ => Err(Problem::general(format!("`{name}` is in S3, which is not read offline"))
                .with_help("copy it first (aws s3 cp), take a snapshot with it, or ask AWS with --mode live")
                .into()),
        }
    }
}
