//! One round of questions: every fact that the check has asked for, each with its own few calls

mod buckets;
mod identity;
mod keys;
mod objects;
mod organization;
mod pace;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use futures_util::{future, stream};
use serde_json::{Map, Value};

use crate::iam::{AccountId, Arn, Principal};

use super::wanted::BucketFile;
use super::{CallFailure, Calls, Tree, Wanted};

pub(super) use identity::unpacked;
pub use organization::{Account, Lineage};

/// Facts that are asked for side by side
const AT_ONCE: usize = 16;

/// What is asked for in one round, and what is known of it
#[derive(Debug)]
pub struct Questions<'a> {
    /// The facts
    pub wanted: BTreeSet<Wanted>,
    /// The account of the request
    pub account: &'a AccountId,
    /// Whose policies are meant
    pub principal: &'a Principal,
    /// The roles that act for the request, by path
    pub roles: &'a BTreeMap<String, Arn>,
    /// The way from the root of the organization down to the account
    pub lineage: &'a Lineage,
    /// The ARN of each key id
    pub keys: &'a BTreeMap<String, String>,
    /// Dataset objects by bucket
    pub objects: BTreeMap<&'a str, &'a [String]>,
    /// Bucket and key of each manifest in S3
    pub manifests: &'a BTreeMap<String, (String, String)>,
    /// Look at so many objects of a bucket only
    pub sample: Option<usize>,
}

/// One answer, or why there is none
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// A file with its text
    File(String, String),
    /// A folder that is there, with or without files
    Folder(String),
    /// A path, and why it, or a part of it, could not be read
    Unread(String, String),
    /// There is no such principal; the ARN of the one of that name, where there is one
    NoPrincipal(Option<String>),
}

/// How far the reading of objects has come
pub trait Progress {
    /// So many objects are about to be looked at
    fn expect(&self, objects: usize);
    /// One more object was looked at
    fn advance(&self);
}

/// Asks AWS everything that is wanted and puts the answers into the tree
///
/// # Errors
/// When there is no such principal: the ARN of the one of that name, where there is one.
pub async fn gather(
    calls: &Calls,
    questions: &Questions<'_>,
    tree: &mut Tree,
    progress: &dyn Progress,
) -> Result<(), Option<String>> {
    let is_entity = |wanted: &Wanted| matches!(wanted, Wanted::Identity | Wanted::Role(_));
    let (entities, others): (BTreeSet<Wanted>, BTreeSet<Wanted>) =
        questions.wanted.iter().cloned().partition(is_entity);
    let answers = stream::iter(others).map(|wanted| answer(calls, questions, wanted, progress));
    let answers = answers.buffer_unordered(AT_ONCE).collect::<Vec<Vec<Found>>>();
    let identities = identity::read(calls, questions, &entities, tree.export());
    let (answers, (identities, export)) = future::join(answers, identities).await;
    if !entities.is_empty() {
        tree.add(export, entities);
    }
    for found in answers.into_iter().flatten().chain(identities) {
        match found {
            Found::File(path, text) => tree.put(path, text),
            Found::Folder(path) => tree.put_folder(path),
            Found::Unread(path, cause) => tree.leave_out(path, cause),
            Found::NoPrincipal(near) => return Err(near),
        }
    }
    Ok(())
}

async fn answer(calls: &Calls, questions: &Questions<'_>, wanted: Wanted, progress: &dyn Progress) -> Vec<Found> {
    let path = wanted.path();
    let text = match &wanted {
        Wanted::Bucket(BucketFile::Owner, bucket) => buckets::owner(calls, bucket, questions.account).await,
        Wanted::Bucket(file, bucket) => buckets::file(calls, *file, bucket).await,
        Wanted::Manifest(_) => match questions.manifests.get(&path) {
            Some((bucket, key)) => buckets::manifest(calls, bucket, key).await,
            None => return Vec::new(),
        },
        Wanted::Key(file, id) => keys::file(calls, *file, questions.keys.get(id).unwrap_or(id)).await,
        Wanted::Aliases => keys::aliases(calls).await,
        Wanted::Objects(bucket) => {
            let keys = questions.objects.get(bucket.as_str()).copied().unwrap_or_default();
            return objects::file(calls, bucket, (keys, questions.sample), progress).await;
        }
        Wanted::Identity | Wanted::Role(_) => return Vec::new(),
        Wanted::Levels(kind) => return organization::levels(calls, *kind, questions.lineage).await,
    };
    vec![match text {
        Ok(text) => Found::File(path, text),
        Err(failure) => Found::Unread(path, failure.to_string()),
    }]
}

/// A JSON object without the members that AWS left out
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}

/// The text of a file: JSON as the AWS CLI lays it out
pub(super) fn pretty(value: &impl serde::Serialize) -> Result<String, CallFailure> {
    serde_json::to_string_pretty(value)
        .map_err(|error| CallFailure::new("JSON", super::FailureKind::Garbled).because(error.to_string()))
}

/// What an answer says where the service could not but say it
fn said<T>(call: &'static str, member: Option<T>) -> Result<T, CallFailure> {
    member.ok_or_else(|| CallFailure::new(call, super::FailureKind::Garbled))
}
