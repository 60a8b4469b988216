//! Policies that repeat between cases, compiled once

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::evaluate::{PolicySetId, Program, Readings};
use crate::policy::{PolicyType, parse};
use crate::source::{Problems, SourceFile};

/// When the cached policies are longer than this together (in bytes), the library starts anew
const CAPACITY: usize = 4 << 20;

/// A program that grows with the policies it meets, each set of them under its text
#[derive(Debug)]
pub(super) struct Library {
    pub(super) program: Program,
    readings: Readings,
    sets: HashMap<Box<str>, PolicySetId>,
    held: usize,
    /// The text that a set is looked up by, kept for its memory
    wanted: String,
}

/// Where the policies of a set stand in a case; it names them in the output
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    /// `boundary`
    Single(&'static str),
    /// `identity[0]`, `identity[1]`, …
    List(&'static str),
    /// `scp[LEVEL][0]`, …
    Level(&'static str, usize),
}

impl Slot {
    fn name(self, index: usize) -> String {
        match self {
            Self::Single(word) => word.to_owned(),
            Self::List(word) => format!("{word}[{index}]"),
            Self::Level(word, level) => format!("{word}[{level}][{index}]"),
        }
    }

    fn write(self, text: &mut String) {
        let (word, level) = match self {
            Self::Single(word) => (word, None),
            Self::List(word) => (word, Some(0)),
            Self::Level(word, level) => (word, Some(level)),
        };
        text.push_str(word);
        if let Some(level) = level {
            // Writing to a `String` does not fail.
            let _ = write!(text, "{level}");
        }
    }
}

/// A policy that cannot be read: its text, and problems with places within that text
#[derive(Debug)]
pub(super) struct Unreadable<'a> {
    pub(super) text: &'a str,
    pub(super) problems: Problems,
}

impl Library {
    pub(super) fn new(readings: Readings) -> Self {
        Self { program: Program::new(readings), readings, sets: HashMap::new(), held: 0, wanted: String::new() }
    }

    /// Forgets everything when too much is held; only between two cases, since it ends all set numbers
    pub(super) fn make_room(&mut self) {
        if self.held > CAPACITY {
            *self = Self::new(self.readings);
        }
    }

    /// The compiled policies of one layer or level
    pub(super) fn set<'a>(
        &mut self,
        slot: Slot,
        kind: PolicyType,
        raws: &[&'a RawValue],
    ) -> Result<PolicySetId, Unreadable<'a>> {
        self.look_up_by(slot, kind, raws);
        if let Some(set) = self.sets.get(self.wanted.as_str()) {
            return Ok(*set);
        }
        let mut documents = Vec::with_capacity(raws.len());
        for (index, raw) in raws.iter().enumerate() {
            let name = slot.name(index);
            let file = SourceFile::new(name.as_str(), raw.get());
            let document = parse::parse(&file, &name, kind);
            documents.push(Arc::new(document.map_err(|problems| Unreadable { text: raw.get(), problems })?));
        }
        let set = self.program.add(&documents, kind);
        self.held += self.wanted.len();
        self.sets.insert(self.wanted.as_str().into(), set);
        Ok(set)
    }

    /// The kind of policy, its slot and all texts; NUL cannot stand in JSON text and separates them
    fn look_up_by(&mut self, slot: Slot, kind: PolicyType, raws: &[&RawValue]) {
        self.wanted.clear();
        self.wanted.push_str(kind.words());
        self.wanted.push('\0');
        slot.write(&mut self.wanted);
        for raw in raws {
            self.wanted.push('\0');
            self.wanted.push_str(raw.get());
        }
    }
}
