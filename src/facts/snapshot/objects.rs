//! `objects.jsonl`: the encryption of a bucket's objects, read line by line
//!
//! Time is proportional to the file; for the table memory holds one line and 16 bytes an object.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{BufRead, Read};
use std::sync::Arc;

use serde::Deserialize;

use crate::facts::{Fact, ObjectEncryption, ObjectTable};
use crate::source::{Position, Problem, Problems};

use super::SnapshotFiles;
use super::files::{Wanted, empty, unreadable};

/// `head-object` answers are a few KiB at most; a longer line is not one of them
const LONGEST_LINE: usize = 1 << 20;
/// After so many malformed lines the rest of the file is not read
const MOST_PROBLEMS: usize = 100;

/// What matters of one `head-object` output; AWS CLI leaves out what does not apply
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HeadObject<'l> {
    #[serde(borrow)]
    key: Cow<'l, str>,
    #[serde(borrow, default)]
    server_side_encryption: Option<Text<'l>>,
    #[serde(borrow, default, rename = "SSEKMSKeyId")]
    kms_key: Option<Text<'l>>,
    #[serde(default)]
    bucket_key_enabled: Option<bool>,
    #[serde(borrow, default, rename = "SSECustomerAlgorithm")]
    customer_algorithm: Option<Text<'l>>,
    /// Why this object could not be looked at; ours, not the AWS CLI's
    #[serde(borrow, default)]
    unread: Option<Text<'l>>,
}

/// Borrows inside an `Option`, which serde does not do for `Cow` itself
#[derive(Deserialize)]
struct Text<'l>(#[serde(borrow)] Cow<'l, str>);

/// Reads the encryption of one bucket's objects; a file of one line `null` is a bucket without objects
///
/// # Errors
/// All malformed lines, at most a hundred.
pub(super) fn table(files: &dyn SnapshotFiles, wanted: &Wanted) -> Result<Fact<ObjectTable>, Problems> {
    let mut table = ObjectTable::without(wanted.noted(files));
    let read = each(files, wanted, &mut |object| table.push(&object.key, encryption(object)))?;
    table.finish();
    Ok(read.map(|()| table))
}

/// Reads the keys of one bucket's objects
///
/// # Errors
/// All malformed lines, at most a hundred.
pub(super) fn keys(files: &dyn SnapshotFiles, wanted: &Wanted) -> Result<Fact<BTreeSet<String>>, Problems> {
    let mut keys = BTreeSet::new();
    let read = each(files, wanted, &mut |object| {
        keys.insert(object.key.to_string());
    })?;
    Ok(read.map(|()| keys))
}

/// Shows every object to the sink; `Absent` when the file says that there are none
fn each(files: &dyn SnapshotFiles, wanted: &Wanted, sink: Sink<'_>) -> Result<Fact<()>, Problems> {
    let path = match wanted.path() {
        Ok(path) => path,
        Err(unknown) => return Ok(unknown),
    };
    let failed = |error: std::io::Error| unreadable(files, path, &error);
    let Some(mut reader) = files.lines(path).map_err(failed)? else { return Ok(wanted.not_there(files)) };
    let mut lines = Lines { file: files.label(path), sink, objects: 0, problems: Vec::new(), nulls: 0 };
    let mut line = Vec::new();
    let mut number = 0;
    while lines.problems.len() < MOST_PROBLEMS {
        line.clear();
        let limit = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
        if reader.by_ref().take(limit).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        number += 1;
        if line.len() == LONGEST_LINE && !line.ends_with(b"\n") {
            lines.report(number, 1, "the line is longer than 1 MiB, so it is no `head-object` output");
            break;
        }
        lines.read(number, &line);
    }
    lines.finish()
}

type Sink<'s> = &'s mut dyn FnMut(&HeadObject<'_>);

struct Lines<'s> {
    file: Arc<str>,
    sink: Sink<'s>,
    objects: u64,
    problems: Vec<Problem>,
    nulls: u32,
}

impl Lines<'_> {
    fn report(&mut self, line: u32, column: u32, message: impl Into<String>) {
        let help = "one JSON object a line: the output of `aws s3api head-object` with the object's \"Key\" added";
        self.problems.push(Problem::at(&self.file, Position { line, column }, message).with_help(help));
    }

    fn read(&mut self, number: u32, line: &[u8]) {
        let line = line.trim_ascii();
        if line.is_empty() {
            return;
        }
        if line == b"null" {
            self.nulls += 1;
            if number > 1 {
                self.report(number, 1, "`null` stands for a bucket without objects and must be the only line");
            }
            return;
        }
        if self.nulls > 0 {
            self.report(number, 1, "an object after `null`, which stands for a bucket without objects");
            return;
        }
        // serde would read an array as the members in their order.
        if !line.starts_with(b"{") {
            self.report(number, 1, "not a `head-object` output: expected a JSON object");
            return;
        }
        match serde_json::from_slice::<HeadObject<'_>>(line) {
            Ok(object) => {
                self.objects += 1;
                (self.sink)(&object);
            }
            Err(error) => {
                let words = error.to_string();
                let words = words.split(" at line ").next().unwrap_or_default();
                self.report(number, column(line, &error), format!("not a `head-object` output: {words}"));
            }
        }
    }

    fn finish(self) -> Result<Fact<()>, Problems> {
        if self.objects == 0 && self.nulls == 0 && self.problems.is_empty() {
            return Err(empty(&self.file).into());
        }
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        Ok(if self.nulls > 0 { Fact::Absent } else { Fact::Known(()) })
    }
}

/// The column of an error in characters; `serde_json` counts bytes
fn column(line: &[u8], error: &serde_json::Error) -> u32 {
    let before = line.get(..error.column().saturating_sub(1)).unwrap_or_default();
    let characters = String::from_utf8_lossy(before).chars().count();
    u32::try_from(characters).unwrap_or(u32::MAX).saturating_add(1)
}

fn encryption(object: &HeadObject<'_>) -> ObjectEncryption {
    let algorithm = object.server_side_encryption.as_ref().map(|text| &*text.0);
    let key = object.kms_key.as_ref().map(|text| &*text.0);
    if let Some(why) = &object.unread {
        return ObjectEncryption::Unread(why.0.to_string());
    }
    if object.customer_algorithm.is_some() {
        return ObjectEncryption::CustomerProvided;
    }
    match (algorithm, key) {
        (None | Some("AES256"), None) => ObjectEncryption::NoKms,
        (Some("aws:kms"), Some(key)) => {
            ObjectEncryption::Kms { key: key.to_owned(), bucket_key: object.bucket_key_enabled.unwrap_or(false) }
        }
        // DSSE-KMS never uses a Bucket Key, whatever the bucket says.
        (Some("aws:kms:dsse"), Some(key)) => ObjectEncryption::Kms { key: key.to_owned(), bucket_key: false },
        (Some(kms @ ("aws:kms" | "aws:kms:dsse")), None) => {
            ObjectEncryption::Other(format!("{kms} without SSEKMSKeyId"))
        }
        (Some(other), _) => ObjectEncryption::Other(other.to_owned()),
        (None, Some(_)) => ObjectEncryption::Other("SSEKMSKeyId without ServerSideEncryption".to_owned()),
    }
}
