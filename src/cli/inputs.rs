//! What a run has read, with the SHA-256 of the bytes as they were read

use std::cell::RefCell;
use std::io::{self, BufRead};
use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::facts::snapshot::SnapshotFiles;
use crate::finding::{Input, InputRole};
use crate::source::SourceFile;

use super::args::OutputArgs;

/// Notes inputs as they are read; clones note into the same list
///
/// The default notes nothing and costs nothing: hashing a large manifest is for the outputs that show it.
#[derive(Debug, Clone, Default)]
pub(super) struct Inputs(Option<Rc<RefCell<Vec<Input>>>>);

impl Inputs {
    /// Notes where one of the outputs shows the inputs
    pub(super) fn for_outputs(args: &OutputArgs) -> Self {
        Self(args.output.iter().any(|output| output.format.shows_inputs()).then(Rc::default))
    }

    /// Whether a file is still what was read under its name, as far as that was noted
    pub(super) fn holds(&self, file: &SourceFile) -> bool {
        let Some(inputs) = &self.0 else { return true };
        let inputs = inputs.borrow();
        let mut known = inputs.iter().filter(|input| *input.name == *file.name).peekable();
        let hash = hex(Sha256::digest(file.text.as_bytes()).as_slice());
        known.peek().is_none() || known.any(|input| input.sha256.as_ref() == Some(&hash))
    }

    /// A document that was read as a whole
    pub(super) fn document(&self, role: InputRole, file: &SourceFile) {
        self.note_text(role, &file.name, &file.text);
    }

    /// A reader that notes its file once all of it has been read
    pub(super) fn lines(&self, role: InputRole, name: &str, reader: Box<dyn BufRead>) -> Box<dyn BufRead> {
        match &self.0 {
            None => reader,
            Some(_) => Box::new(Hashing {
                reader,
                digest: Sha256::new(),
                input: Input { name: name.to_owned(), role, bytes: 0, sha256: None },
                inputs: self.clone(),
            }),
        }
    }

    /// The same files, each noted when it is read
    pub(super) fn of_snapshot<'f>(&self, files: &'f dyn SnapshotFiles) -> Noted<'f> {
        // Live mode reads its files in rounds; those of the last one count.
        if let Some(inputs) = &self.0 {
            inputs.borrow_mut().retain(|input| input.role != InputRole::Snapshot);
        }
        Noted { files, inputs: self.clone() }
    }

    /// All that was noted: the request first, then by role, each in the order of reading
    pub(super) fn list(&self) -> Vec<Input> {
        let mut list = self.0.as_ref().map(|inputs| inputs.borrow().clone()).unwrap_or_default();
        list.sort_by_key(|input| input.role);
        list
    }

    fn note_text(&self, role: InputRole, name: &str, text: &str) {
        if self.0.is_some() {
            let sha256 = Some(hex(Sha256::digest(text.as_bytes()).as_slice()));
            self.note(Input { name: name.to_owned(), role, bytes: text.len() as u64, sha256 });
        }
    }

    /// A file that is read again replaces what was noted of it
    fn note(&self, input: Input) {
        let Some(inputs) = &self.0 else { return };
        let mut inputs = inputs.borrow_mut();
        match inputs.iter_mut().find(|known| known.name == input.name && known.role == input.role) {
            Some(known) => *known = input,
            None => inputs.push(input),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// A snapshot whose files are noted
#[derive(Clone)]
pub(super) struct Noted<'f> {
    files: &'f dyn SnapshotFiles,
    inputs: Inputs,
}

impl SnapshotFiles for Noted<'_> {
    fn text(&self, path: &str) -> io::Result<Option<String>> {
        let text = self.files.text(path)?;
        if let Some(text) = &text {
            self.inputs.note_text(InputRole::Snapshot, &self.files.label(path), text);
        }
        Ok(text)
    }

    fn lines(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>> {
        let reader = self.files.lines(path)?;
        Ok(reader.map(|reader| self.inputs.lines(InputRole::Snapshot, &self.files.label(path), reader)))
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        self.files.names(folder)
    }

    fn label(&self, path: &str) -> Arc<str> {
        self.files.label(path)
    }

    fn why_missing(&self, path: &str) -> Option<&str> {
        self.files.why_missing(path)
    }
}

/// A reader that hashes what is taken from it
struct Hashing {
    reader: Box<dyn BufRead>,
    digest: Sha256,
    input: Input,
    inputs: Inputs,
}

impl io::Read for Hashing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let taken = {
            let mut from = self.fill_buf()?;
            io::Read::read(&mut from, into)?
        };
        self.consume(taken);
        Ok(taken)
    }
}

impl BufRead for Hashing {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.reader.fill_buf()?.is_empty() && self.input.sha256.is_none() {
            self.input.sha256 = Some(hex(self.digest.clone().finalize().as_slice()));
        }
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What was filled is still there: another look at it reads nothing.
        if let Some(taken) = self.reader.fill_buf().ok().and_then(|filled| filled.get(..amount)) {
            self.digest.update(taken);
        }
        self.input.bytes += amount as u64;
        self.reader.consume(amount);
    }
}

impl Drop for Hashing {
    /// A file that was not read to its end is noted without a hash
    fn drop(&mut self) {
        self.inputs.note(self.input.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor, Read};

    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn noting() -> Inputs {
        Inputs(Some(Rc::default()))
    }

    fn reader(text: &'static str, capacity: usize) -> Box<dyn BufRead> {
        Box::new(BufReader::with_capacity(capacity, Cursor::new(text)))
    }

    #[test]
    fn a_file_read_in_pieces_has_the_hash_of_the_whole() {
        let inputs = noting();
        let mut lines = inputs.lines(InputRole::Manifest, "abc", reader("abc", 2));
        let mut text = String::new();
        lines.read_to_string(&mut text).unwrap();
        drop(lines);
        inputs.document(InputRole::Request, &SourceFile::new("request", "abc"));
        let expected = |name: &str, role| Input { name: name.into(), role, bytes: 3, sha256: Some(ABC.into()) };
        assert_eq!(inputs.list(), [expected("request", InputRole::Request), expected("abc", InputRole::Manifest)]);
    }

    #[test]
    fn a_file_that_was_not_read_to_its_end_has_no_hash() {
        let inputs = noting();
        let mut lines = inputs.lines(InputRole::Manifest, "two", reader("a\nb\n", 64));
        lines.read_line(&mut String::new()).unwrap();
        drop(lines);
        let [input] = &*inputs.list() else { panic!("one input") };
        assert_eq!((input.bytes, input.sha256.as_deref()), (2, None));
    }

    #[test]
    fn a_file_read_twice_is_listed_once_and_nothing_is_noted_unasked() {
        let inputs = noting();
        for text in ["first", "abc"] {
            inputs.document(InputRole::WhatIf, &SourceFile::new("policy", text));
        }
        let [input] = &*inputs.list() else { panic!("one input") };
        assert_eq!(input.sha256.as_deref(), Some(ABC));
        assert!(inputs.holds(&SourceFile::new("policy", "abc")) && inputs.holds(&SourceFile::new("other", "x")));
        assert!(!inputs.holds(&SourceFile::new("policy", "changed since")));
        let silent = Inputs::default();
        silent.document(InputRole::Request, &SourceFile::new("request", "abc"));
        assert_eq!(silent.list(), []);
    }
}
