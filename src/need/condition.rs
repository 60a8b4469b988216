//! Whether a row applies, in three values

use crate::catalog::{Atom, Name, Subject, Test, When};
use crate::facts::{Fact, MissingFact};

use super::basis::Basis;
use super::scope::{Scope, scalar};

/// Whether something holds, and the assumptions that the answer rests on
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown(Vec<MissingFact>),
}

impl<'a> Scope<'a> {
    /// Decides a condition; the basis gets the assumptions that decided it, tests in the order of the catalog
    pub(super) fn holds(self, when: &'a When, basis: &mut Basis) -> Answer {
        match when {
            When::Is(atom) => self.test(atom, basis),
            When::All(parts) => self.combine(parts, &Answer::No, basis),
            When::Any(parts) => self.combine(parts, &Answer::Yes, basis),
        }
    }

    /// And / or: one part with the decisive answer decides alone, and only its assumptions count
    fn combine(self, parts: &'a [When], decisive: &Answer, basis: &mut Basis) -> Answer {
        let mut read = Basis::default();
        let mut unknown = Vec::new();
        for part in parts {
            let mut own = Basis::default();
            match self.holds(part, &mut own) {
                answer if answer == *decisive => {
                    basis.join(own);
                    return answer;
                }
                Answer::Unknown(missing) => unknown.extend(missing),
                _ => {}
            }
            read.join(own);
        }
        basis.join(read);
        match (unknown.is_empty(), decisive) {
            (false, _) => Answer::Unknown(unknown),
            (true, Answer::No) => Answer::Yes,
            (true, _) => Answer::No,
        }
    }

    /// The text to compare: of several at one path the wanted one, if it is among them
    fn compared(self, name: &'a str, test: &Test, basis: &mut Basis) -> Fact<String> {
        let (Name::Request(path), Test::Equals(wanted) | Test::Differs(wanted)) = (self.name(name), test) else {
            return self.text(name, basis);
        };
        let mut texts = self.request.lookup(path).into_iter().filter_map(scalar);
        if texts.any(|text| text == *wanted) { Fact::Known(wanted.clone()) } else { self.member(path) }
    }

    fn test(self, atom: &'a Atom, basis: &mut Basis) -> Answer {
        match &atom.subject {
            Subject::Assumption(name) => {
                let value = basis.assume(self.assumptions, name);
                compare(Some(value), &atom.test)
            }
            Subject::Named(name) => match &atom.test {
                Test::Present | Test::Missing => match (self.presence(name), &atom.test) {
                    (Fact::Unknown(missing), _) => Answer::Unknown(vec![missing]),
                    (Fact::Known(()), Test::Present) | (Fact::Absent, Test::Missing) => Answer::Yes,
                    _ => Answer::No,
                },
                comparison => match self.compared(name, comparison, basis) {
                    Fact::Known(text) => compare(Some(&text), comparison),
                    Fact::Absent => compare(None, comparison),
                    Fact::Unknown(missing) => Answer::Unknown(vec![missing]),
                },
            },
        }
    }
}

fn compare(value: Option<&str>, test: &Test) -> Answer {
    let holds = match test {
        Test::Equals(wanted) => value == Some(wanted),
        Test::Differs(wanted) => value != Some(wanted),
        Test::Present => value.is_some_and(|value| !value.is_empty()),
        Test::Missing => value.is_none_or(str::is_empty),
    };
    if holds { Answer::Yes } else { Answer::No }
}
