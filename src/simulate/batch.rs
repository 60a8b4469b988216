//! A stream cut into batches of whole cases

use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr_iter, memrchr};

use crate::source::{Position, Problem};

use super::split::{Found, Layout, Misplaced};

/// Bytes read at once
const CHUNK: usize = 1 << 18;
/// A case longer than this (in bytes) is refused; AWS's own limits keep the largest under one MiB
const LONGEST: usize = 64 << 20;

/// Some cases, in the order of the stream
#[derive(Debug)]
pub(super) struct Batch {
    file: Arc<str>,
    text: Vec<u8>,
    pub(super) cases: Vec<Range<usize>>,
    /// The place of the first byte
    at: Position,
    /// What ends the stream after these cases
    pub(super) problem: Option<Problem>,
}

impl Batch {
    /// The text of one case
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub(super) fn text(&self, case: &Range<usize>) -> Result<&str, Problem> {
        let bytes = self.text.get(case.clone()).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|error| {
            let message = "this is not UTF-8 text";
            self.problem_at(case.start + error.valid_up_to(), message).with_help("save it as UTF-8")
        })
    }

    /// The place of a byte
    pub(super) fn position(&self, offset: usize) -> Position {
        advanced(self.at, self.text.get(..offset).unwrap_or(&self.text))
    }

    pub(super) fn problem_at(&self, offset: usize, message: impl Into<String>) -> Problem {
        Problem::at(&self.file, self.position(offset), message)
    }

    pub(super) fn file(&self) -> &Arc<str> {
        &self.file
    }
}

/// Reads batches; what is held is one chunk and the longest case
#[derive(Debug)]
pub(super) struct Batches<R> {
    source: R,
    file: Arc<str>,
    layout: Layout,
    /// What is read and not yet handed out
    held: Vec<u8>,
    at: Position,
    ended: bool,
}

impl<R: Read> Batches<R> {
    pub(super) fn new(source: R, file: Arc<str>) -> Self {
        Self { source, file, layout: Layout::Unseen, held: Vec::new(), at: Position::START, ended: false }
    }

    /// Appends what one read gives
    fn fill(&mut self) -> io::Result<()> {
        let held = self.held.len();
        self.held.resize(held + CHUNK, 0);
        let read = loop {
            match self.source.read(self.held.get_mut(held..).unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.held.truncate(held + read.as_ref().copied().unwrap_or(0));
        self.ended = *read.as_ref().unwrap_or(&0) == 0;
        read.map(|_| ())
    }

    /// Takes the found cases out of what is held
    fn take(&mut self, found: Found) -> Batch {
        let rest = self.held.get(found.consumed..).unwrap_or_default().to_vec();
        let mut text = std::mem::replace(&mut self.held, rest);
        let misplaced = found.misplaced.map(|Misplaced { at, what }| (at, what));
        let too_long = (self.held.len() > LONGEST).then_some((found.consumed, "this case is longer than 64 MiB"));
        let mut batch =
            Batch { file: Arc::clone(&self.file), text: Vec::new(), cases: found.cases, at: self.at, problem: None };
        if let Some((at, what)) = misplaced.or(too_long) {
            let place = advanced(self.at, text.get(..at).unwrap_or(&text));
            let help = "the input is one case a line (JSON Lines), or one JSON array of cases";
            batch.problem = Some(Problem::at(&self.file, place, what).with_help(help));
            self.ended = true;
        }
        text.truncate(found.consumed);
        self.at = advanced(self.at, &text);
        self.layout.forget(found.consumed);
        batch.text = text;
        batch
    }
}

impl<R: Read> Iterator for Batches<R> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        while !self.ended {
            let looked_at = self.held.len();
            let read = self.fill();
            let found = self.layout.look(&self.held, looked_at, self.ended && read.is_ok());
            let mut batch = self.take(found);
            if let Err(error) = read {
                batch.problem = Some(Problem::general(format!("`{}` cannot be read on: {error}", self.file)));
            }
            if !batch.cases.is_empty() || batch.problem.is_some() {
                return Some(batch);
            }
        }
        None
    }
}

/// The place after some text that begins at a place; columns count characters
pub(super) fn advanced(at: Position, text: &[u8]) -> Position {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let newlines = memchr_iter(b'\n', text).count();
    let tail = memrchr(b'\n', text).map_or(text, |newline| text.get(newline + 1..).unwrap_or_default());
    let characters = small(tail.iter().filter(|byte| **byte & 0xc0 != 0x80).count());
    let column = if newlines == 0 { at.column.saturating_add(characters) } else { characters.saturating_add(1) };
    Position { line: at.line.saturating_add(small(newlines)), column }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    /// Each case with its place
    type Cases = Vec<(String, String)>;

    /// The cases, and the problem that ends the stream
    fn read(source: impl Read) -> (Cases, Option<String>) {
        let (mut cases, mut ended) = (Vec::new(), None);
        for batch in Batches::new(source, "in".into()) {
            let text = |case: &Range<usize>| batch.text(case).unwrap().to_owned();
            cases.extend(batch.cases.iter().map(|case| (batch.position(case.start).to_string(), text(case))));
            ended = batch.problem.map(|problem| problem.to_string());
        }
        (cases, ended)
    }

    #[test]
    fn cases_keep_their_places_however_the_bytes_arrive() {
        let list = |cases: &[(&str, &str)]| -> Cases {
            cases.iter().map(|(at, text)| ((*at).into(), (*text).into())).collect()
        };
        let marked = "in:1:1: the input begins with a byte order mark (BOM), which JSON does not allow";
        let inputs: [(&str, Cases, Option<&str>); 7] = [
            ("\u{feff}{1}\n{2}\n", list(&[]), Some(marked)),
            ("{\"é\":1}\r\n\n  {2}", list(&[("1:1", "{\"é\":1}"), ("3:3", "{2}")]), None),
            (
                "[{\"a\":\"],\\\"}\"},\n [\"é\",{}] , 3]\n",
                list(&[("1:2", "{\"a\":\"],\\\"}\"}"), ("2:2", "[\"é\",{}]"), ("2:13", "3")]),
                None,
            ),
            (" [ ] ", list(&[]), None),
            ("[1,,2]", list(&[("1:2", "1")]), Some("in:1:4: a case is missing here")),
            ("[1\n", list(&[]), Some("in:2:1: the array of cases is not closed")),
            ("[\"é\"]\n\n]", list(&[("1:2", "\"é\"")]), Some("in:3:1: nothing may follow the array of cases")),
        ];
        for (text, cases, ended) in inputs {
            let expected = (cases, ended.map(str::to_owned));
            assert_eq!(read(text.as_bytes()), expected, "{text:?} at once");
            assert_eq!(read(Drops(text.as_bytes())), expected, "{text:?} in drops");
        }
    }
}
