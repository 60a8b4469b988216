//! Condition keys and the types of their values

use crate::iam::wildcard::{Token, matches};

use super::arn::variable_runs;

/// What values a key has
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyType {
    /// Text
    String,
    /// A number
    Numeric,
    /// A point in time
    Date,
    /// `true` or `false`
    Bool,
    /// An ARN
    Arn,
    /// An IP address
    IpAddress,
}

/// A condition key as AWS lists it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name; a part such as `${TagKey}` stands for any text
    pub name: &'static str,
    /// The type of its values
    pub kind: KeyType,
    /// Whether it carries lists
    pub multivalued: bool,
    /// The key that AWS names in its place, for a deprecated one
    pub successor: Option<&'static str>,
    deprecated: bool,
    folded: String,
    /// Set for names with a part that stands for any text
    pattern: Option<Vec<Token<Box<str>>>>,
}

impl Key {
    pub(super) fn new(name: &'static str, kind: KeyType, multivalued: bool) -> Self {
        let folded = name.to_ascii_lowercase();
        let pattern = folded.contains("${").then(|| variable_runs(&folded));
        Self { name, kind, multivalued, successor: None, deprecated: false, folded, pattern }
    }

    pub(super) fn deprecate(&mut self, successor: Option<&'static str>) {
        (self.deprecated, self.successor) = (true, successor);
    }

    /// Whether AWS calls it deprecated
    #[must_use]
    pub fn is_deprecated(&self) -> bool {
        self.deprecated
    }

    /// Whether a policy that writes this name means this key: without regard to case
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        let same = name.eq_ignore_ascii_case(&self.folded);
        same || self.pattern.as_ref().is_some_and(|pattern| matches(pattern, &name.to_ascii_lowercase()))
    }

    /// A name that a policy could write
    #[must_use]
    pub fn example(&self) -> String {
        let mut parts = self.name.split("${");
        let head = parts.next().unwrap_or_default().to_owned();
        parts.fold(head, |text, part| text + "x" + part.split_once('}').map_or("", |(_, rest)| rest))
    }
}

impl KeyType {
    /// Reads AWS's name of a type, with or without `ArrayOf`; the second part says whether it was there
    pub(super) fn read(word: &str) -> Option<(Self, bool)> {
        let (base, many) = word.strip_prefix("ArrayOf").map_or((word, false), |base| (base, true));
        let kind = match base {
            "String" => Self::String,
            "Numeric" => Self::Numeric,
            "Date" => Self::Date,
            "Bool" => Self::Bool,
            "ARN" => Self::Arn,
            "IPAddress" => Self::IpAddress,
            _ => return None,
        };
        Some((kind, many))
    }

    /// The type in words: `an ARN`
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Numeric => "a number",
            Self::Date => "a date",
            Self::Bool => "true or false",
            Self::Arn => "an ARN",
            Self::IpAddress => "an IP address",
        }
    }
}
