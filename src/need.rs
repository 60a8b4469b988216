//! What a planned request needs: the catalog applied to one request and one account

mod basis;
mod condition;
mod context;
mod derive;
mod element;
mod key;
mod place;
mod precondition;
mod principal;
mod request_arn;
mod scope;
mod template;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use crate::facts::MissingFact;
use crate::iam::{Action, ContextKey, ContextValue, Resource};
use crate::source::Location;

pub use crate::catalog::{Phase, Source, Strength};
pub use derive::{Beyond, Derivation, DeriveInput, check_dataset, derive};
pub use precondition::{Outcome, PreconditionResult};
pub use principal::acting_roles;

/// One needed permission
#[derive(Debug, Clone)]
pub struct Need {
    /// The row's id, stable for one operation: `create`, `read-object`, `out-put`
    pub id: String,
    /// Who must have it
    pub actor: Actor,
    /// The action
    pub action: Action,
    /// On what
    pub target: Target,
    /// How the call reaches the service: alternatives of which one is true, nobody knows which.
    /// Each is the chain of services that forward the caller's session; empty for a direct call (rule E346)
    pub via: Vec<Vec<String>>,
    /// The assumption that says which of several ways is taken, where there is one
    pub via_assumption: Option<String>,
    /// The context that the service sets for this call, beyond what `via` implies
    pub context: Vec<(ContextKey, ContextValue)>,
    /// How strongly it is needed
    pub strength: Strength,
    /// Needs with the same label are alternatives: one of them suffices (a caller's or a role's permission)
    pub any_of: Option<String>,
    /// When a lack of it would show
    pub phase: Phase,
    /// Why it is needed, one sentence
    pub because: String,
    /// The AWS pages that say so
    pub sources: Vec<Source>,
    /// The named assumptions that the row rests on
    pub assumptions: BTreeSet<String>,
    /// What would have to be known to say whether, or on what, it is needed; with any, the row is `undetermined`
    pub missing: Vec<MissingFact>,
    /// The place in the request file that makes it necessary
    pub asked_at: Location,
    /// Whether names alone say that it is needed: no page was read
    pub is_generated: bool,
    /// Whether the resource does not exist before the call, so that it has no tags yet (rule E123)
    pub creates: bool,
}

/// Whose permission it is
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The principal that sends the request
    Caller,
    /// A role that the request passes, by its name in the catalog
    Role(String),
    /// A service principal
    Service(String),
}

impl Actor {
    /// The actor of a name in the catalog
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == "caller" { Self::Caller } else { Self::Role(name.to_owned()) }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller => f.write_str("caller"),
            Self::Role(name) => write!(f, "role:{name}"),
            Self::Service(name) => write!(f, "service:{name}"),
        }
    }
}

/// What a needed permission is about
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One resource, or a set of which the service picks one
    Resource(Resource),
    /// Every object that the dataset manifests name
    DatasetObjects,
    /// Every bucket that holds a dataset object
    DatasetBuckets,
    /// Every KMS key that encrypts a dataset object
    DatasetKeys,
    /// An AWS managed key such as `alias/aws/s3`: its fixed key policy serves every principal of the
    /// account through its service (rule E329); the resource is a set where the key id is not known
    AwsManagedKey {
        /// The alias
        alias: String,
        /// The key's ARN, or all keys of the account and Region
        key: Resource,
    },
    /// A resource that cannot be named because a fact is missing; the text stands in its place
    Unnamed(String),
}
