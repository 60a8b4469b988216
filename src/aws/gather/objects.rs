//! The encryption of dataset objects: one `HeadObject` each, as many at once as the service takes

use std::collections::VecDeque;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};

use crate::aws::{CallFailure, Calls, FailureKind};

use super::pace::Pace;
use super::{Found, Progress, object};

/// `HeadObject` needs the permission to read the object
const CALL: &str = "s3:GetObject (HeadObject)";
/// Attempts at one object that the service fails on
const ATTEMPTS: u32 = 4;

/// One object that is still to be asked about
#[derive(Debug, Clone, Copy)]
struct Open<'k> {
    key: &'k str,
    attempts: u32,
    /// How often the pace had slowed down when it was sent: calls sent together are turned away together
    sent: u32,
}

/// `objects.jsonl` of one bucket, and what was left out by sampling
pub(super) async fn file(
    calls: &Calls,
    bucket: &str,
    objects: (&[String], Option<usize>),
    progress: &dyn Progress,
) -> Vec<Found> {
    let (keys, sample) = objects;
    let path = format!("s3/{bucket}/objects.jsonl");
    let chosen = sampled(keys, sample);
    let mut found = Vec::new();
    if chosen.is_empty() {
        return vec![Found::Unread(path, "the dataset names no object in this bucket".to_owned())];
    }
    if chosen.len() < keys.len() {
        let cause = format!("not looked at: a sample of {} of {} objects was asked for", chosen.len(), keys.len());
        found.push(Found::Unread(path.clone(), cause));
    }
    progress.expect(chosen.len());
    match Heads::new(calls, bucket).read(chosen, progress).await {
        Ok(lines) => found.push(Found::File(path, lines)),
        Err(cause) => found = vec![Found::Unread(path, cause)],
    }
    found
}

/// So many keys, evenly spread
fn sampled(keys: &[String], sample: Option<usize>) -> VecDeque<Open<'_>> {
    let size = sample.unwrap_or(keys.len()).min(keys.len()).max(1);
    let chosen = (0..size).filter_map(|index| keys.get(index * keys.len() / size));
    chosen.map(|key| Open { key, attempts: 0, sent: 0 }).collect()
}

/// The reading of one bucket's objects
struct Heads<'a> {
    calls: &'a Calls,
    bucket: &'a str,
    client: aws_sdk_s3::Client,
    pace: Pace,
    slowdowns: u32,
    lines: Vec<String>,
    /// Whether any object could be looked at
    any: bool,
    /// Why the first one could not
    first: Option<String>,
    /// Why there is no point in asking about more
    hopeless: Option<String>,
}

impl<'a> Heads<'a> {
    fn new(calls: &'a Calls, bucket: &'a str) -> Self {
        Self {
            calls,
            bucket,
            client: calls.s3_once(bucket),
            pace: Pace::new(),
            slowdowns: 0,
            lines: Vec::new(),
            any: false,
            first: None,
            hopeless: None,
        }
    }

    /// One line an object; when not one could be looked at, why the first could not
    async fn read(mut self, mut open: VecDeque<Open<'_>>, progress: &dyn Progress) -> Result<String, String> {
        let mut under_way = FuturesUnordered::new();
        loop {
            while self.hopeless.is_none() && under_way.len() < self.pace.limit() {
                let Some(next) = open.pop_front() else { break };
                let next = Open { sent: self.slowdowns, ..next };
                let sent = self.client.head_object().bucket(self.bucket).key(next.key).send();
                let answer = self.calls.answer(CALL, sent);
                under_way.push(async move { (next, answer.await) });
            }
            let Some((asked, answer)) = under_way.next().await else { break };
            match answer {
                Ok(head) => {
                    self.note(asked.key, Ok(&head));
                    progress.advance();
                }
                Err(failure) => open.extend(self.after(asked, &failure).await),
            }
        }
        for left in open {
            self.note(left.key, Err(self.hopeless.clone().unwrap_or_default()));
        }
        match self.first {
            Some(cause) if !self.any => Err(cause),
            _ => {
                // Answers come in any order; a snapshot is the same every time.
                self.lines.sort_unstable();
                Ok(self.lines.concat())
            }
        }
    }

    /// Notes a failure; the object, when it is to be asked about again
    async fn after<'k>(&mut self, asked: Open<'k>, failure: &CallFailure) -> Option<Open<'k>> {
        match next(failure, asked) {
            Next::Again => {
                // Calls that were sent together are turned away together: that is one slowdown.
                if asked.sent == self.slowdowns {
                    self.slowdowns += 1;
                    match self.pace.turned_away() {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => self.hopeless = Some(failure.to_string()),
                    }
                }
                if self.calls.is_over() {
                    self.hopeless = Some(failure.to_string());
                }
            }
            Next::Elsewhere => {
                self.calls.found_elsewhere(self.bucket, failure);
                self.client = self.calls.s3_once(self.bucket);
            }
            Next::Hopeless => self.hopeless = Some(failure.to_string()),
            Next::Never => {
                if !failure.kind.may_pass() {
                    self.pace.answered();
                }
                self.note(asked.key, Err(failure.to_string()));
                return None;
            }
        }
        Some(Open { attempts: asked.attempts + 1, ..asked })
    }

    fn note(&mut self, key: &str, head: Result<&HeadObjectOutput, String>) {
        let line = match head {
            Ok(head) => {
                self.pace.answered();
                self.any = true;
                line(key, head)
            }
            Err(cause) => {
                let line = json!({"Key": key, "Unread": cause});
                self.first.get_or_insert(cause);
                line
            }
        };
        self.lines.push(format!("{line}\n"));
    }
}

/// What to do with an object after a failure
enum Next {
    Again,
    Elsewhere,
    Never,
    Hopeless,
}

fn next(failure: &CallFailure, asked: Open<'_>) -> Next {
    match &failure.kind {
        FailureKind::Throttled => Next::Again,
        FailureKind::Credentials => Next::Hopeless,
        kind if kind.may_pass() && asked.attempts + 1 < ATTEMPTS => Next::Again,
        FailureKind::Elsewhere(Some(_)) if asked.attempts == 0 => Next::Elsewhere,
        _ => Next::Never,
    }
}

/// What `head-object` says of an object's encryption and state; metadata of the user stays where it is
fn line(key: &str, head: &HeadObjectOutput) -> Value {
    object([
        ("Key", Some(key.into())),
        ("ContentLength", head.content_length.map(Into::into)),
        ("ETag", head.e_tag.clone().map(Into::into)),
        ("VersionId", head.version_id.clone().map(Into::into)),
        ("ServerSideEncryption", head.server_side_encryption.as_ref().map(|algorithm| algorithm.as_str().into())),
        ("SSEKMSKeyId", head.ssekms_key_id.clone().map(Into::into)),
        ("BucketKeyEnabled", head.bucket_key_enabled.map(Into::into)),
        ("SSECustomerAlgorithm", head.sse_customer_algorithm.clone().map(Into::into)),
        ("StorageClass", head.storage_class.as_ref().map(|class| class.as_str().into())),
    ])
}
