//! A request of one operation made into one of another: the skeleton, what became of each member, what permissions change
//!
//! What becomes of what is data ([`Migration`]); this applies it to one request and its manifests.

mod fill;
mod permissions;
mod setting;
mod skeleton;
mod tell;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::catalog::{Dataset, Migration, Source};
use crate::finding::Finding;
use crate::request::manifest::ManifestSummary;
use crate::request::{Request, RequestSchema};
use crate::source::{Problem, Problems};

pub use permissions::{ContextChange, NeededBy, Permission, PermissionChange, changed_permissions};

use fill::Filler;

/// What a migration is applied to
#[derive(Debug, Clone, Copy)]
pub struct OldRequest<'a> {
    /// The way
    pub migration: &'a Migration,
    /// The request
    pub request: &'a Request,
    /// The manifests of its datasets, in the order in which they were given
    pub manifests: &'a [GivenManifest],
    /// The JSON Schema of the new request, as text
    pub schema: &'a str,
    /// What the user says: names and values
    pub settings: &'a [(String, String)],
}

/// A manifest of the old request's datasets
#[derive(Debug, Clone)]
pub struct GivenManifest {
    /// Its dataset
    pub dataset: Dataset,
    /// As the user named it: a file, or `s3://BUCKET/KEY`
    pub name: String,
    /// What it came to, if it could be read
    pub summary: Option<ManifestSummary>,
}

/// The new request and what became of the old one
#[derive(Debug, Clone)]
pub struct Migrated {
    /// The operation of the old request, `service:Name`
    pub from: String,
    /// That of the new one
    pub to: String,
    /// What the new request does, one sentence
    pub summary: String,
    /// The new request; what is still to be said stands as a placeholder
    pub request: Value,
    /// Its members, in its order
    pub members: Vec<Placed>,
    /// The placeholders, in the order of the request
    pub asks: Vec<Asked>,
    /// What may be said as well
    pub offers: Vec<Asked>,
    /// What has no counterpart
    pub lost: Vec<Told>,
    /// What changes in meaning beyond one member
    pub changes: Vec<Told>,
}

/// A member of the new request, or several that are filled alike
#[derive(Debug, Clone)]
pub struct Placed {
    /// Where: `OutputDataConfig.S3OutputPath`, `InputDataConfig[0].ChannelName`
    pub to: Vec<String>,
    /// What it comes from
    pub from: Provenance,
    /// The name by which the user can give another value
    pub setting: Option<String>,
    /// Why it stands there
    pub because: String,
    /// What the value means here that it did not mean before
    pub change: Option<String>,
    /// The pages that say so
    pub sources: Vec<Source>,
}

/// What a member of the new request comes from
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provenance {
    /// Members of the old request
    Request(Vec<String>),
    /// The manifests with these names
    Manifests(Vec<String>),
    /// The same value in every such request
    Fixed,
    /// The user, under this name
    Given(String),
    /// Nothing yet: a placeholder of this name
    Open(String),
}

/// Something that only the user can say
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The name by which it is given
    pub name: String,
    /// The members that it fills
    pub to: Vec<String>,
    /// What to put there
    pub what: String,
    /// How to find it, or make it
    pub how: Option<String>,
    /// What it looks like
    pub example: Option<String>,
    /// Why it is needed
    pub because: String,
    /// Why the old request does not say it, where it could have
    pub why: Option<String>,
    /// The pages that say so
    pub sources: Vec<Source>,
}

/// Something to know
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is about: a member of the old request, or a few words
    pub what: String,
    /// One sentence
    pub because: String,
    /// The pages that say so
    pub sources: Vec<Source>,
}

/// Everything that is told of a migration; the JSON form is `iam-preflight/migration/v1`
#[derive(Debug, Clone)]
pub struct MigrationReport {
    /// The new request and what became of the old one
    pub migrated: Migrated,
    /// The permissions that change and those that stay
    pub permissions: Vec<PermissionChange>,
    /// What the services would object to, and problems of the manifests
    pub findings: Vec<Finding>,
    /// Sentences for every reader
    pub notices: Vec<String>,
    /// The file that the new request was written to
    pub written_to: Option<String>,
    /// What to do next
    pub next: Vec<NextStep>,
}

/// Something to do next
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// What it does, a few words
    pub what: String,
    /// The command
    pub command: String,
}

/// Makes the new request
///
/// A value of the old request that the new operation does not take becomes a placeholder, with the reason.
///
/// # Errors
/// What the user says under a name that nothing asks for, and values that do not fit, all at once.
pub fn migrate(old: &OldRequest<'_>) -> Result<Migrated, Problems> {
    let unusable =
        |error: String| Problem::general(format!("the request schema of {}: {error}", old.migration.head.to));
    let rules: Value = serde_json::from_str(old.schema).map_err(|error| unusable(error.to_string()))?;
    let schema = RequestSchema::load(old.schema).map_err(|error| unusable(error.to_string()))?;
    let mut filler = Filler::new(old, &rules)?;
    filler.fit(&schema)?;
    Ok(tell::told(old, &filler))
}
