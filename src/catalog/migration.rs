//! How a request of one operation becomes one of another: where each new member comes from, what has no counterpart,
//! what changes in meaning

mod check;
mod occasion;
mod path;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::iam::Action;
use crate::source::{Location, Problem, SourceFile, nearest};

use super::grade::Source;
use super::{Catalog, Operation, text};

pub(super) use check::{check, lint};
pub use occasion::{Feature, Occasion};
pub use path::{Dataset, Elements, MemberPath, Step};

/// A way from one operation to another
#[derive(Debug, Clone)]
pub struct Migration {
    /// Everything but the lists
    pub head: MigrationHead,
    /// The members of the new request, in its order
    pub members: Vec<NewMember>,
    /// What has no counterpart
    pub without: Vec<Loss>,
    /// What changes in meaning beyond one member
    pub changes: Vec<MeaningChange>,
    /// The file it was read from
    pub file: SourceFile,
}

/// The head of a migration's file
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrationHead {
    /// The version of the catalog format
    pub format: u32,
    /// The operation that the old request is of
    #[serde(deserialize_with = "text::parsed")]
    pub from: Action,
    /// The operation that the new request is of
    #[serde(deserialize_with = "text::parsed")]
    pub to: Action,
    /// What the new request does, one sentence
    pub summary: String,
    /// The pages behind it, by short name
    #[serde(default)]
    pub source: BTreeMap<String, Source>,
}

/// A `[[member]]`: a value of the new request
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Where it stands, or several places that are filled alike
    #[serde(deserialize_with = "text::one_or_many")]
    pub to: Vec<MemberPath>,
    /// What it is made of; where that gives nothing it is asked for, or left out
    pub from: Option<Origin>,
    /// A fixed value
    pub value: Option<serde_json::Value>,
    /// What only the user can say
    pub ask: Option<Ask>,
    /// The name by which the user gives the value; by default the last step of the path where there is something to say
    pub name: Option<String>,
    /// When it is written
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub when: Option<Occasion>,
    /// Why it stands there, one sentence
    pub because: String,
    /// What the value means here that it did not mean before
    pub change: Option<String>,
    /// The `[source]` entries that say so
    pub src: Vec<String>,
    /// Where it is written
    #[serde(skip)]
    pub location: Option<Location>,
}

/// What a member is made of
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// A member of the old request, as it is
    Member(String),
    /// A bucket and a prefix of the old request as `s3://BUCKET/PREFIX`
    S3Uri {
        /// The member with the bucket
        bucket: String,
        /// The member with the prefix
        prefix: Option<String>,
    },
    /// A list of tags of the old request as a map from key to value
    TagMap(String),
    /// The place of the manifest of the list element's dataset
    Manifest(ManifestPart),
    /// The attributes of a dataset's lines that a training needs: image, label and mask, each with its metadata
    Attributes(Dataset),
    /// The same in one text with commas
    AttributesText(Dataset),
    /// A word that depends on whether the manifests name masks
    Masks {
        /// With masks
        with: String,
        /// Without
        without: String,
    },
}

/// A part of a manifest's place in S3
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ManifestPart {
    /// `s3://BUCKET/KEY`
    Uri,
    /// The bucket
    Bucket,
    /// The key
    Key,
}

/// What only the user can say
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// What to put there
    pub what: String,
    /// How to find it, or make it
    pub how: Option<String>,
    /// What it looks like
    pub example: Option<String>,
    /// Whether the request can do without: then no placeholder holds its place
    #[serde(default)]
    pub optional: bool,
}

/// A `[[without]]`: what has no counterpart
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// The member of the old request, or the feature of the dataset
    #[serde(deserialize_with = "text::parsed")]
    pub from: Occasion,
    /// Why, and what to do about it, one sentence
    pub because: String,
    /// The `[source]` entries that say so
    pub src: Vec<String>,
    /// Where it is written
    #[serde(skip)]
    pub location: Option<Location>,
}

/// A `[[change]]`: what means or does something else than before
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeaningChange {
    /// What is meant, a few words
    pub what: String,
    /// When it matters
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub when: Option<Occasion>,
    /// How it was and how it is, one sentence
    pub because: String,
    /// The `[source]` entries that say so
    pub src: Vec<String>,
    /// Where it is written
    #[serde(skip)]
    pub location: Option<Location>,
}

impl Migration {
    /// The pages behind a list of short names
    #[must_use]
    pub fn sources(&self, names: &[String]) -> Vec<Source> {
        names.iter().filter_map(|name| self.head.source.get(name)).cloned().collect()
    }
}

impl NewMember {
    /// The name by which the user gives the value at a path, without the number of a manifest; `None` where there is
    /// nothing to say
    #[must_use]
    pub fn setting(&self, path: &MemberPath) -> Option<String> {
        let own = match (&self.name, &self.ask) {
            (Some(name), _) => name.as_str(),
            (None, Some(_)) => path.last(),
            (None, None) => return None,
        };
        // Places of one manifest are filled together, those of two manifests are not.
        Some(match path.dataset() {
            Some(dataset) => format!("{}{own}", dataset.prefix()),
            None => own.to_owned(),
        })
    }
}

impl Catalog {
    /// The way from an operation to another of this name; case does not matter
    ///
    /// # Errors
    /// A request that is of that operation already, and a way that nobody has described, with those that are.
    pub fn migration(&self, from: &Operation, to: &str) -> Result<&Migration, Problem> {
        if from.name().eq_ignore_ascii_case(to) {
            return Err(
                Problem::general(format!("the request already is one of {}", from.name())).with_help("leave out --as")
            );
        }
        let ways = || self.migrations.values().filter(|way| way.head.from.as_str() == from.name());
        let found = ways().find(|way| way.head.to.as_str().eq_ignore_ascii_case(to));
        found.ok_or_else(|| {
            let known: Vec<&str> = ways().map(|way| way.head.to.as_str()).collect();
            let help = match (nearest(to, known.iter().copied()), known.as_slice()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, []) => {
                    let mut from: Vec<&str> = self.migrations.keys().map(|(from, _)| from.as_str()).collect();
                    from.dedup();
                    format!("there are ways from {} only", from.join(", "))
                }
                (None, known) => format!("it can become {}", known.join(", ")),
            };
            Problem::general(format!("there is no way from {} to `{to}`", from.name())).with_help(help)
        })
    }

    /// Tells each operation where its requests can go
    pub(super) fn know_successors(&mut self) {
        for (from, to) in self.migrations.keys() {
            if let Some(operation) = self.operations.get_mut(from) {
                operation.successors.push(to.clone());
            }
        }
    }

    /// All ways, in the order of the names of their operations
    pub fn migrations(&self) -> impl Iterator<Item = &Migration> {
        self.migrations.values()
    }
}
