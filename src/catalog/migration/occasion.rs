//! When a part of a migration matters: what the old request has, and what its manifests hold

use std::fmt;
use std::str::FromStr;

use super::super::template::is_path;

/// A condition: something is there, or with `!` is not
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// What is looked for
    pub feature: Feature,
    /// Whether it must be missing
    pub negated: bool,
}

/// What an old request may have
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feature {
    /// A member that holds something
    Member(String),
    /// `dataset.test`: a manifest of a test dataset
    TestDataset,
    /// `dataset.masks`: a manifest that names masks
    Masks,
    /// `dataset.unmasked`: such a manifest in which an image has none
    Unmasked,
    /// `dataset.several`: more than one manifest of a dataset
    Several,
}

const WORDS: [(&str, Feature); 4] = [
    ("dataset.test", Feature::TestDataset),
    ("dataset.masks", Feature::Masks),
    ("dataset.unmasked", Feature::Unmasked),
    ("dataset.several", Feature::Several),
];

impl Feature {
    /// What it is, for people
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Member(path) => path,
            Self::TestDataset => "the test dataset",
            Self::Masks => "the masks of the manifests",
            Self::Unmasked => "images without a mask",
            Self::Several => "several manifests of a dataset",
        }
    }
}

impl Occasion {
    /// The member that it asks about
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        if let Feature::Member(path) = &self.feature { Some(path) } else { None }
    }
}

impl FromStr for Occasion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (text, negated) = text.strip_prefix('!').map_or((text, false), |rest| (rest, true));
        let known = WORDS.into_iter().find(|(word, _)| *word == text).map(|(_, feature)| feature);
        let feature = match known {
            Some(feature) => feature,
            None if is_path(text) && !text.starts_with("dataset.") => Feature::Member(text.to_owned()),
            None => {
                let words = WORDS.map(|(word, _)| word).join(", ");
                return Err(format!("`{text}` is neither a member of a request nor one of {words}"));
            }
        };
        Ok(Self { feature, negated })
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(path) => f.write_str(path),
            other => f.write_str(WORDS.iter().find(|(_, known)| known == other).map_or("", |(word, _)| word)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occasions_are_members_and_features_of_the_dataset() {
        let read = |text: &str| text.parse::<Occasion>().map(|found| (found.feature.to_string(), found.negated));
        assert_eq!(read("KmsKeyId"), Ok(("KmsKeyId".to_owned(), false)));
        assert_eq!(read("!dataset.test"), Ok(("dataset.test".to_owned(), true)));
        for text in ["dataset.nothing", "", "!", "a b"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
