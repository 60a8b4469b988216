//! What a name in a template, test or context entry stands for

use super::operation::{FactSource, Operation};
use super::template::Part;

/// The field of a place in S3 that is the key of its bucket's default encryption
pub const DEFAULT_KEY: &str = "default_key";

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
    /// The fields that templates may name, of the fact or, for a list, of its elements
    #[must_use]
    pub fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::S3Location { .. } | Self::S3Uri { .. } | Self::S3Uris { .. } => {
                &["bucket", "prefix", "key", "folder", DEFAULT_KEY]
            }
            Self::EcrImages { .. } => &["registry", "region", "repository"],
            _ => &[],
        }
    }

    /// Whether it is one KMS key
    #[must_use]
    pub fn is_key(&self) -> bool {
        matches!(self, Self::KmsKey { .. } | Self::BucketDefaultKey { .. })
    }

    /// Whether it is one place in S3
    #[must_use]
    pub fn is_place(&self) -> bool {
        matches!(self, Self::S3Location { .. } | Self::S3Uri { .. })
    }

    /// Whether it is a list that rows can be made for
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self, Self::S3Uris { .. } | Self::EcrImages { .. } | Self::Told { .. })
    }

    /// Whether it comes from the dataset manifests
    #[must_use]
    pub fn is_dataset(&self) -> bool {
        matches!(self, Self::DatasetObjects { .. } | Self::DatasetBuckets { .. } | Self::DatasetKeys { .. })
    }

    /// The request members that it is made from
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        match self {
            Self::S3Location { bucket, prefix, .. } => std::iter::once(bucket).chain(prefix).cloned().collect(),
            Self::S3Uris { of, uri: Some(uri) } => of.iter().map(|path| format!("{path}.{uri}")).collect(),
            Self::S3Uris { of, uri: None } | Self::EcrImages { of } => of.clone(),
            Self::KmsKey { reference: path }
            | Self::BucketDefaultKey { bucket: path }
            | Self::S3Uri { uri: path, .. }
            | Self::ArnOrId { of: path, .. } => vec![path.clone()],
            Self::RequestArn { whole, form } => {
                let named = form.parts().iter().filter_map(|part| match part {
                    Part::Named { name, .. } => Some(name),
                    _ => None,
                });
                whole.iter().chain(named).cloned().collect()
            }
            Self::DatasetObjects { .. }
            | Self::DatasetBuckets { .. }
            | Self::DatasetKeys { .. }
            | Self::Told { .. } => Vec::new(),
        }
    }
}
