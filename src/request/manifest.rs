//! Dataset manifests: JSON Lines in the Ground Truth format, streamed
//!
//! A manifest may have a gigabyte; it is read line by line in memory that does not grow with it.
//! References to S3 objects are found by shape, because label names are free: `source-ref` and
//! every other key that ends in `-ref` and holds an S3 URI. A line that cannot be read is reported
//! and none of its references are passed on. Source: developer guide of Amazon Lookout for Vision,
//! "Creating a manifest file".

mod line;
mod list;
mod reference;
mod split;
mod summary;

use std::io::{self, BufRead};
use std::sync::Arc;

use line::ReadLine;
use reference::Object;
use split::{RawLine, Splitter};

pub use list::read_list;
pub use reference::{ObjectRef, ReferenceKind};
pub use summary::{DatasetRole, LineProblem, ManifestSummary, PROBLEMS_KEPT};

/// The longest line that is read, in bytes without its line end; longer ones are skipped unread
pub const LONGEST_LINE: usize = 1024 * 1024;

/// Reads a manifest to its end and passes each reference of its good lines to `sink`, in order
///
/// `name` is the manifest as the user named it. Line ends may be LF or CRLF, the last one may be
/// missing; blank lines are accepted only at the end.
///
/// # Errors
/// What the reader fails with. What is wrong with a line is in the summary's problems instead.
pub fn read<R: BufRead>(
    reader: R,
    name: &Arc<str>,
    role: DatasetRole,
    sink: &mut dyn FnMut(ObjectRef<'_>),
) -> io::Result<ManifestSummary> {
    let mut reading = Reading { summary: ManifestSummary::new(name, role), number: 0, blank: 0, sink };
    let mut lines = Splitter::new(reader, LONGEST_LINE);
    while lines.next(&mut |raw| reading.line(raw))? {}
    reading.summary.bytes = lines.bytes();
    Ok(reading.summary)
}

struct Reading<'s> {
    summary: ManifestSummary,
    /// Number of the present line, from 1
    number: u32,
    /// How many blank lines stand directly before the present one
    blank: u32,
    sink: &'s mut dyn FnMut(ObjectRef<'_>),
}

impl Reading<'_> {
    fn line(&mut self, raw: RawLine<'_>) {
        self.number = self.number.saturating_add(1);
        let RawLine::Whole(bytes) = raw else {
            self.blank_lines();
            return self.problem(None, format!("the line is longer than {LONGEST_LINE} bytes (1 MiB)"));
        };
        if bytes.iter().all(|byte| b" \t\r".contains(byte)) {
            self.blank = self.blank.saturating_add(1);
            return;
        }
        self.blank_lines();
        if let Err(fault) = line::read(bytes, &mut |read| self.good(read)) {
            self.problem(fault.column, fault.reason);
        }
    }

    fn good(&mut self, read: &ReadLine<'_>) {
        self.summary.count(read);
        self.reference(read.image, ReferenceKind::Image);
        for (_, mask) in &read.masks {
            self.reference(*mask, ReferenceKind::Mask);
        }
    }

    fn reference(&mut self, Object { bucket, key }: Object<'_>, kind: ReferenceKind) {
        self.summary.count_bucket(bucket);
        (self.sink)(ObjectRef { bucket, key, line: self.number, kind });
    }

    /// Blank lines are a fault as soon as another line follows them
    fn blank_lines(&mut self) {
        let first = self.number.saturating_sub(std::mem::take(&mut self.blank));
        for line in first..self.number {
            let reason = || "the line is blank, blank lines may stand only at the end".to_owned();
            self.summary.problem(|| LineProblem { line, column: None, reason: reason() });
        }
    }

    fn problem(&mut self, column: Option<u32>, reason: String) {
        let line = self.number;
        self.summary.problem(|| LineProblem { line, column, reason });
    }
}

#[cfg(test)]
mod tests;
