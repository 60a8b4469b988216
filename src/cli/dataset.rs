//! Streaming the manifests: each object goes into its class as it is read

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use crate::catalog::ManifestFormat;
use crate::facts::{Facts, MissingFact};
use crate::finding::place;
use crate::iam::{Action, Context};
use crate::judge::{Account, DatasetObjects};
use crate::request::manifest::{self, DatasetRole, ManifestSummary, ObjectRef};
use crate::source::{Problem, Problems};

use super::evidence::{Evidence, Manifest};
use super::gather::Gatherer;
use super::input;
use super::terminal::Terminal;

/// Progress is shown for manifests from this length on
const LONG: u64 = 8 << 20;

/// The action that reads an object
pub(super) const READ_ACTION: &str = "s3:GetObject";

/// The actions whose rows are about dataset objects and their keys
const OBJECT_ACTIONS: [&str; 3] = [READ_ACTION, "s3:GetObjectVersion", "kms:Decrypt"];

/// The manifests as read, and their objects in classes
pub(super) struct Dataset {
    pub(super) objects: DatasetObjects,
    pub(super) manifests: Vec<ManifestSummary>,
    /// What is not known of the dataset: no manifest given, lines that could not be read
    pub(super) missing: Vec<MissingFact>,
}

/// Where the dataset's reader looks up buckets and keys
pub(super) struct Lookup<'a, 'f> {
    pub(super) gatherer: &'a Gatherer<'f>,
    pub(super) evidence: Evidence<'a>,
    pub(super) facts: &'a mut Facts,
    pub(super) account: &'a mut Account,
    /// The context in which variables of object patterns are read
    pub(super) context: &'a Context,
    /// What the manifests may be
    pub(super) formats: &'a [ManifestFormat],
}

pub(super) fn read(
    train: &[PathBuf],
    test: &[PathBuf],
    lookup: &mut Lookup<'_, '_>,
    keep: bool,
) -> Result<Dataset, Problems> {
    let mut dataset = Dataset { objects: DatasetObjects::new(keep), manifests: Vec::new(), missing: Vec::new() };
    let actions: Vec<Action> = OBJECT_ACTIONS.iter().filter_map(|action| action.parse().ok()).collect();
    let named =
        train.iter().map(|path| (path, DatasetRole::Train)).chain(test.iter().map(|path| (path, DatasetRole::Test)));
    let mut problems = Vec::new();
    let mut unread = Vec::new();
    for (index, (path, role)) in named.enumerate() {
        match one(path, role, index, (&mut dataset.objects, lookup, &actions)) {
            Ok(Read::Summary(summary)) => dataset.manifests.push(summary),
            Ok(Read::Missing(missing)) => unread.push((role, missing)),
            Err(found) => problems.extend(found.0),
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    dataset.objects.finish();
    dataset.missing = missing(&dataset.manifests, &unread, train.is_empty() && test.is_empty());
    Ok(dataset)
}

type Sink<'s, 'a, 'f> = (&'s mut DatasetObjects, &'s mut Lookup<'a, 'f>, &'s [Action]);

/// A manifest that was read, or why it was not
enum Read {
    Summary(ManifestSummary),
    Missing(MissingFact),
}

fn one(path: &Path, role: DatasetRole, index: usize, sink: Sink<'_, '_, '_>) -> Result<Read, Problems> {
    let (objects, lookup, actions) = sink;
    let reader = match lookup.evidence.manifest(path, lookup.gatherer)? {
        Manifest::Lines(reader) => reader,
        Manifest::Missing(missing) => return Ok(Read::Missing(missing)),
    };
    let progress = progress(path);
    let name: Arc<str> = path.to_string_lossy().into();
    let mut failure: Option<Problems> = None;
    let mut buckets: std::collections::HashSet<String> = std::collections::HashSet::new();
    let mut reader = progress.wrap_read(reader);
    let list = is_list(&mut reader, lookup.formats).map_err(|error| input::unreadable(path, &error))?;
    let mut sink = |reference: ObjectRef<'_>| {
        if !buckets.contains(reference.bucket) {
            buckets.insert(reference.bucket.to_owned());
            if !objects.knows(reference.bucket)
                && let Err(found) = lookup.open(reference.bucket, objects, actions)
            {
                failure.get_or_insert(found);
            }
        }
        if let Some(asked) = lookup.evidence.asked {
            asked.object(reference.bucket, reference.key);
        }
        objects.add(reference.bucket, reference.key, place(index, reference.line));
    };
    let summary = if list {
        manifest::read_list(reader, &name, role, &mut sink)
    } else {
        manifest::read(reader, &name, role, &mut sink)
    };
    progress.finish_and_clear();
    let summary = summary.map_err(|error| input::unreadable(path, &error))?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    if summary.lines == 0 && summary.problem_count > 0 {
        let first = summary.problems.first();
        let location = first.map(|problem| problem.location(&summary.name));
        let reason = first.map(|problem| problem.reason.clone()).unwrap_or_default();
        let help = if list {
            "this manifest is a JSON array: a prefix and the names below it, see docs/requests.md"
        } else {
            "a manifest is JSON Lines with `source-ref`, see docs/requests.md"
        };
        let message =
            format!("not one of the {} line(s) of this manifest could be read: {reason}", summary.problem_count);
        return Err(Problem { location, message, help: Some(help.to_owned()) }.into());
    }
    Ok(Read::Summary(summary))
}

/// Whether a manifest is a list of objects, told by what it begins with where it may be either
fn is_list(reader: &mut dyn BufRead, formats: &[ManifestFormat]) -> io::Result<bool> {
    let list = formats.contains(&ManifestFormat::List);
    if !list || !formats.contains(&ManifestFormat::Lines) {
        return Ok(list);
    }
    let mut begins = reader.fill_buf()?.iter().filter(|byte| !byte.is_ascii_whitespace());
    Ok(begins.next() == Some(&b'['))
}

impl Lookup<'_, '_> {
    /// Reads a bucket and the keys of its objects, compiles their policies, and prepares its classes
    fn open(&mut self, bucket: &str, objects: &mut DatasetObjects, actions: &[Action]) -> Result<(), Problems> {
        self.bucket(bucket)?;
        let table = self.facts.buckets.get(bucket).map(|bucket| bucket.objects.clone());
        let table = table.unwrap_or(crate::facts::Fact::Absent);
        for key in table.known().map(|table| table.keys().map(str::to_owned).collect::<Vec<_>>()).unwrap_or_default() {
            self.key(&key, None)?;
        }
        objects.open(bucket, self.account, table, (actions, self.context));
        Ok(())
    }

    /// Reads and compiles a bucket, once
    pub(super) fn bucket(&mut self, name: &str) -> Result<(), Problems> {
        if !self.facts.buckets.contains_key(name) {
            let bucket = self.gatherer.bucket(name)?;
            self.account.add_bucket(name, &bucket);
            self.facts.buckets.insert(name.to_owned(), bucket);
        }
        Ok(())
    }

    /// Reads and compiles a key, once; `alias` names an AWS managed key
    pub(super) fn key(&mut self, arn: &str, alias: Option<&str>) -> Result<(), Problems> {
        let id = arn.rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(asked) = self.evidence.asked {
            asked.keys.borrow_mut().insert(id.clone(), arn.to_owned());
        }
        if !self.facts.keys.contains_key(&id) {
            let key = self.gatherer.key(arn, self.facts)?;
            self.account.add_key(arn, &key, alias);
            self.facts.keys.insert(id, key);
        }
        Ok(())
    }
}

fn progress(path: &Path) -> ProgressBar {
    let length = input::length(path).filter(|length| *length >= LONG && Terminal::shows_progress());
    let Some(length) = length else { return ProgressBar::hidden() };
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(path.display().to_string());
    bar
}

fn missing(manifests: &[ManifestSummary], unread: &[(DatasetRole, MissingFact)], none: bool) -> Vec<MissingFact> {
    if none {
        return vec![MissingFact {
            what: "which objects the dataset names".to_owned(),
            source: "--train MANIFEST and --test MANIFEST".to_owned(),
            why: "no manifest given".to_owned(),
        }];
    }
    let damaged = manifests.iter().filter(|manifest| manifest.problem_count > 0);
    let missing = damaged.map(|manifest| MissingFact {
        what: format!("which objects {} line(s) of `{}` name", manifest.problem_count, manifest.name),
        source: "repair the lines named below".to_owned(),
        why: "they could not be read".to_owned(),
    });
    let empty = manifests.iter().filter(|manifest| manifest.lines == 0 && manifest.problem_count == 0);
    let empty = empty.map(|manifest| MissingFact {
        what: format!("which objects the dataset of `{}` has", manifest.name),
        source: "the manifest that the project's dataset was made from".to_owned(),
        why: "the manifest given is empty".to_owned(),
    });
    // Every project has a training dataset, possibly no other.
    let mut roles = manifests.iter().map(|manifest| manifest.role).chain(unread.iter().map(|(role, _)| *role));
    let trains = roles.any(|role| role == DatasetRole::Train);
    let train = (!trains).then(|| MissingFact {
        what: "which objects the training dataset names".to_owned(),
        source: "--train MANIFEST".to_owned(),
        why: "no manifest of it given".to_owned(),
    });
    let unread = unread.iter().map(|(_, missing)| missing.clone());
    unread.chain(missing).chain(empty).chain(train).collect()
}
