//! Condition keys and the context of a request

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::VocabularyError;

/// A condition key; names are compared without case as a whole (rules E100, E101)
#[derive(Debug, Clone)]
pub struct ContextKey {
    text: Arc<str>,
    folded: Arc<str>,
}

impl ContextKey {
    /// The key as written
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key in lower case, the form that comparisons use
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The part before the first colon, in lower case
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.folded.split(':').next().unwrap_or_default()
    }
}

impl FromStr for ContextKey {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shaped = text.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
        if shaped {
            Ok(Self { text: text.into(), folded: text.to_lowercase().into() })
        } else {
            Err(VocabularyError::ContextKey(text.to_owned()))
        }
    }
}

impl fmt::Display for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for ContextKey {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for ContextKey {}

impl PartialOrd for ContextKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ContextKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl std::borrow::Borrow<str> for ContextKey {
    fn borrow(&self) -> &str {
        &self.folded
    }
}

/// What is known of one key in one request
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// The request carries these values; several for a multivalued key, none for a present but empty one
    Known(Vec<Arc<str>>),
    /// The request does not carry the key
    Absent,
    /// Nobody has said, or nobody can say
    Unknown,
}

/// The context of one request: what is known of each key, and what of all the others
#[derive(Debug, Clone, Default)]
pub struct Context {
    values: BTreeMap<ContextKey, ContextValue>,
    open: bool,
}

impl Context {
    /// A complete context: a key that is not set is absent
    #[must_use]
    pub fn closed() -> Self {
        Self { values: BTreeMap::new(), open: false }
    }

    /// An open context: a key that is not set is unknown
    #[must_use]
    pub fn open() -> Self {
        Self { values: BTreeMap::new(), open: true }
    }

    /// Whether unlisted keys are unknown
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Sets what is known of a key, replacing what was said before
    pub fn set(&mut self, key: ContextKey, value: ContextValue) {
        self.values.insert(key, value);
    }

    /// Sets a key to one value
    pub fn set_text(&mut self, key: ContextKey, value: impl Into<Arc<str>>) {
        self.set(key, ContextValue::Known(vec![value.into()]));
    }

    /// What was said of a key, by its lower-case name
    #[must_use]
    pub fn listed(&self, folded: &str) -> Option<&ContextValue> {
        self.values.get(folded)
    }

    /// What is known of a key, by its lower-case name
    #[must_use]
    pub fn value(&self, folded: &str) -> &ContextValue {
        static ABSENT: ContextValue = ContextValue::Absent;
        static UNKNOWN: ContextValue = ContextValue::Unknown;
        match self.values.get(folded) {
            Some(value) => value,
            None if self.open => &UNKNOWN,
            None => &ABSENT,
        }
    }

    /// All keys that were set, in order
    pub fn iter(&self) -> impl Iterator<Item = (&ContextKey, &ContextValue)> {
        self.values.iter()
    }
}
