//! What a name in a template, test or context entry stands for

use super::operation::{FactSource, Operation};

/// What a name stands for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'n> {
    /// The variable of the row's `for_each`, or a member of its value
    Variable(Option<&'n str>),
    /// A fact of the operation, or one of its fields
    Fact {
        /// The fact's name
        name: &'n str,
        /// Where it comes from
        source: &'n FactSource,
        /// The field
        field: Option<&'n str>,
    },
    /// A path in the request
    Request(&'n str),
}

impl Operation {
    /// What a name stands for in a row with this loop variable
    #[must_use]
    pub fn name_of<'n>(&'n self, name: &'n str, variable: Option<&str>) -> Name<'n> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        if variable == Some(first) {
            return Name::Variable(rest);
        }
        match self.header.fact.get(first) {
            Some(source) => Name::Fact { name: first, source, field: rest },
            None => Name::Request(name),
        }
    }
}

impl FactSource {
    /// The fields that templates may name
    #[must_use]
    pub fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::S3Location { .. } => &["bucket", "prefix", "key"],
            _ => &[],
        }
    }

    /// Whether it is one KMS key
    #[must_use]
    pub fn is_key(&self) -> bool {
        matches!(self, Self::KmsKey { .. } | Self::BucketDefaultKey { .. })
    }

    /// Whether it comes from the dataset manifests
    #[must_use]
    pub fn is_dataset(&self) -> bool {
        matches!(self, Self::DatasetObjects { .. } | Self::DatasetKeys { .. })
    }

    /// The request members that it is made from
    #[must_use]
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::S3Location { bucket, prefix, .. } => {
                std::iter::once(bucket.as_str()).chain(prefix.as_deref()).collect()
            }
            Self::KmsKey { reference } => vec![reference],
            Self::BucketDefaultKey { bucket } => vec![bucket],
            Self::DatasetObjects { .. } | Self::DatasetKeys { .. } => Vec::new(),
        }
    }
}
