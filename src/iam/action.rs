//! Actions: `service:Name`, compared without regard to case (rule E51)

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use super::VocabularyError;

/// One authorization action, such as `s3:GetObject`
#[derive(Debug, Clone)]
pub struct Action {
    text: Arc<str>,
    folded: Arc<str>,
    colon: usize,
}

impl Action {
    /// The text as written
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text in lower case, the form that comparisons use
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The service prefix in lower case
    #[must_use]
    pub fn service(&self) -> &str {
        self.folded.get(..self.colon).unwrap_or_default()
    }

    /// The name after the colon, in lower case
    #[must_use]
    pub fn folded_name(&self) -> &str {
        self.folded.get(self.colon + 1..).unwrap_or_default()
    }

    /// The name after the colon, as written
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.get(self.colon + 1..).unwrap_or_default()
    }
}

impl FromStr for Action {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || VocabularyError::Action(text.to_owned());
        let (service, name) = text.split_once(':').ok_or_else(invalid)?;
        let prefix_ok =
            !service.is_empty() && service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        let name_ok =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.');
        if !prefix_ok || !name_ok {
            return Err(invalid());
        }
        Ok(Self { text: text.into(), folded: text.to_ascii_lowercase().into(), colon: service.len() })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Action {}

impl PartialOrd for Action {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Action {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Action {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_compare_without_case() {
        let one: Action = "S3:getobject".parse().unwrap();
        let two: Action = "s3:GetObject".parse().unwrap();
        assert_eq!(one, two);
        assert_eq!(two.service(), "s3");
        assert_eq!(two.name(), "GetObject");
    }

    #[test]
    fn wildcards_and_bare_words_are_no_actions() {
        for text in ["s3:*", "s3", "s3:Get?bject", ":x", "s3:", "s3:a b"] {
            assert!(text.parse::<Action>().is_err(), "{text}");
        }
    }
}
