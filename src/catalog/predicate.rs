//! When a row applies: presence and equality, joined by and / or, nothing else
//!
//! `"Tags"` present and not empty; `"!KmsKeyId"` absent; `"Mode == 'Pipe'"`, `"Mode != 'Pipe'"`;
//! `"assume.results-key == 'both'"`; a list means *and*, `{ any = […] }` means *or*.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::template::is_path;

/// A condition on a row
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// One test
    Is(Atom),
    /// All of them; the empty list is always true
    All(Vec<When>),
    /// At least one of them
    Any(Vec<When>),
}

impl Default for When {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// One test
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    /// What is tested
    pub subject: Subject,
    /// How
    pub test: Test,
}

/// What a test looks at
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An assumption, by its name
    Assumption(String),
    /// A fact of the operation or a member of the request
    Named(String),
}

/// How a test looks at it
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is there and not empty
    Present,
    /// It is not there, or empty
    Missing,
    /// It has this value
    Equals(String),
    /// It has another value, or none
    Differs(String),
}

/// Why a text is not a test
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a test: expected `Path`, `!Path`, `Path == 'value'`, `Path != 'value'` or `assume.NAME == 'value'`"
)]
pub struct PredicateError(String);

impl When {
    /// Every test in it
    #[must_use]
    pub fn atoms(&self) -> Vec<&Atom> {
        match self {
            Self::Is(atom) => vec![atom],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::atoms).collect(),
        }
    }
}

impl FromStr for Atom {
    type Err = PredicateError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let invalid = || PredicateError(written.to_owned());
        let (subject, test) = if let Some((subject, value)) = written.split_once("==") {
            (subject, Test::Equals(literal(value).ok_or_else(invalid)?))
        } else if let Some((subject, value)) = written.split_once("!=") {
            (subject, Test::Differs(literal(value).ok_or_else(invalid)?))
        } else if let Some(subject) = written.strip_prefix('!') {
            (subject, Test::Missing)
        } else {
            (written, Test::Present)
        };
        let subject = subject.trim();
        if !is_path(subject) {
            return Err(invalid());
        }
        let compares = matches!(test, Test::Equals(_) | Test::Differs(_));
        match subject.strip_prefix("assume.") {
            Some(name) if compares => Ok(Self { subject: Subject::Assumption(name.to_owned()), test }),
            Some(_) => Err(invalid()),
            None => Ok(Self { subject: Subject::Named(subject.to_owned()), test }),
        }
    }
}

/// `'text'`, a whole number, `true` or `false`
fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).filter(|inner| !inner.contains('\''));
    let bare = (text == "true" || text == "false" || text.parse::<i64>().is_ok()).then_some(text);
    quoted.or(bare).map(str::to_owned)
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WhenVisitor;
        impl<'de> Visitor<'de> for WhenVisitor {
            type Value = When;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a test, a list of tests, or `{ any = [tests] }`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<When, E> {
                text.parse().map(When::Is).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<When, A::Error> {
                let mut all = Vec::new();
                while let Some(part) = parts.next_element()? {
                    all.push(part);
                }
                Ok(When::All(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<When, A::Error> {
                match entries.next_key::<String>()?.as_deref() {
                    Some("any") => {
                        let any = entries.next_value()?;
                        match entries.next_key::<String>()? {
                            Some(other) => Err(A::Error::unknown_field(&other, &["any"])),
                            None => Ok(When::Any(any)),
                        }
                    }
                    Some(other) => Err(A::Error::unknown_field(other, &["any"])),
                    None => Err(A::Error::missing_field("any")),
                }
            }
        }
        deserializer.deserialize_any(WhenVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_read() {
        let named = |name: &str| Subject::Named(name.into());
        for (text, subject, test) in [
            ("Tags", named("Tags"), Test::Present),
            ("!KmsKeyId", named("KmsKeyId"), Test::Missing),
            ("A.B == 'x y'", named("A.B"), Test::Equals("x y".into())),
            ("A != true", named("A"), Test::Differs("true".into())),
            ("assume.results-key == 'both'", Subject::Assumption("results-key".into()), Test::Equals("both".into())),
        ] {
            assert_eq!(text.parse(), Ok(Atom { subject, test }), "{text}");
        }
    }

    #[test]
    fn what_is_no_test_is_refused() {
        for text in ["", "!", "A == x", "A == 'x", "A and B", "assume.results-key", "!assume.x", "A = 'x'"] {
            assert!(text.parse::<Atom>().is_err(), "{text}");
        }
    }

    #[test]
    fn lists_mean_and_tables_mean_or() {
        #[derive(serde::Deserialize)]
        struct Holder {
            when: When,
        }
        let read = |text: &str| toml::from_str::<Holder>(text).map(|holder| holder.when);
        let when = read("when = ['A', { any = ['B', '!C'] }]").unwrap();
        assert_eq!(when.atoms().len(), 3);
        assert!(matches!(&when, When::All(parts) if matches!(parts.as_slice(), [When::Is(_), When::Any(_)])));
        assert!(read("when = { all = ['B'] }").is_err());
        assert!(read("when = 3").is_err());
    }
}
