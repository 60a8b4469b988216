//! Account ids, Regions and partitions

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::VocabularyError;

/// A 12-digit AWS account id
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Arc<str>);

/// A Region name such as `us-east-1`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

/// A partition such as `aws`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(Arc<str>);

impl FromStr for AccountId {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { Ok(Self(text.into())) } else { Err(VocabularyError::AccountId(text.to_owned())) }
    }
}

impl FromStr for Region {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shaped = text.split('-').count() >= 3
            && text
                .split('-')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
            && text.ends_with(|last: char| last.is_ascii_digit());
        if shaped { Ok(Self(text.into())) } else { Err(VocabularyError::Region(text.to_owned())) }
    }
}

impl FromStr for Partition {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shaped = text.starts_with("aws") || text == "eusc" || text.starts_with("aws-eusc");
        let clean = text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if shaped && clean { Ok(Self(text.into())) } else { Err(VocabularyError::Partition(text.to_owned())) }
    }
}

impl Partition {
    /// The partition of a Region, by its name's first part
    #[must_use]
    pub fn of_region(region: &Region) -> Self {
        let name = region.as_str();
        let partition = match name {
            _ if name.starts_with("cn-") => "aws-cn",
            _ if name.starts_with("us-gov-") => "aws-us-gov",
            _ if name.starts_with("us-iso-") => "aws-iso",
            _ if name.starts_with("us-isob-") => "aws-iso-b",
            _ if name.starts_with("eusc-") => "aws-eusc",
            _ => "aws",
        };
        Self(partition.into())
    }
}

macro_rules! text_newtype {
    ($($name:ident),*) => {$(
        impl $name {
            /// The text
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
text_newtype!(AccountId, Region, Partition);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_words_are_made() {
        assert!("123456789012".parse::<AccountId>().is_ok());
        assert!("12345678901".parse::<AccountId>().is_err());
        assert!("us-east-1".parse::<Region>().is_ok());
        assert!("us-gov-west-1".parse::<Region>().is_ok());
        assert!("useast1".parse::<Region>().is_err());
        assert!("aws-cn".parse::<Partition>().is_ok());
        assert!("azure".parse::<Partition>().is_err());
        let region = "cn-north-1".parse().unwrap();
        assert_eq!(Partition::of_region(&region).as_str(), "aws-cn");
    }
}
