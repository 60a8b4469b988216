//! What a row rests on

use std::collections::BTreeSet;

use crate::catalog::Assumptions;
use crate::facts::{Fact, MissingFact};

/// The assumptions and unknown facts that a row rests on, gathered while it is made
#[derive(Debug, Clone, Default)]
pub(super) struct Basis {
    pub(super) assumptions: BTreeSet<String>,
    pub(super) missing: Vec<MissingFact>,
}

impl Basis {
    /// Reads an assumption and notes that it was read
    pub(super) fn assume<'a>(&mut self, assumptions: &'a Assumptions, name: &str) -> &'a str {
        self.assumptions.insert(name.to_owned());
        assumptions.value(name).unwrap_or_default()
    }

    /// Notes an unknown fact, each once
    pub(super) fn lack(&mut self, missing: MissingFact) {
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }

    /// Notes several unknown facts
    pub(super) fn lack_all(&mut self, missing: impl IntoIterator<Item = MissingFact>) {
        for missing in missing {
            self.lack(missing);
        }
    }

    /// The value of a fact; an unknown one is noted
    pub(super) fn known<T>(&mut self, fact: Fact<T>) -> Option<T> {
        match fact {
            Fact::Known(value) => Some(value),
            Fact::Absent => None,
            Fact::Unknown(missing) => {
                self.lack(missing);
                None
            }
        }
    }

    /// Takes over what another basis holds
    pub(super) fn join(&mut self, other: Self) {
        self.assumptions.extend(other.assumptions);
        self.lack_all(other.missing);
    }
}

/// A missing fact from its three texts
pub(super) fn missing(what: impl Into<String>, source: impl Into<String>, why: impl Into<String>) -> MissingFact {
    MissingFact { what: what.into(), source: source.into(), why: why.into() }
}
