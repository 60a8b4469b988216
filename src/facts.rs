//! What is true in the account: data only, every part known, known to be absent, or unknown with its reason
//!
//! The facts come from a snapshot folder ([`snapshot`]) and from what-if documents; an edge that asks
//! AWS can fill the same types.

mod bucket;
mod identity;
mod key;
mod key_reference;
mod objects;
mod organization;
pub mod plan;
pub mod snapshot;
pub mod terraform;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::iam::{AccountId, Partition, Region};
use crate::policy::Document;

pub use bucket::{Bucket, BucketOwner, DefaultEncryption, EncryptionAlgorithm, ObjectOwnership, PublicAccessBlock};
pub use identity::{ActingRole, Identity};
pub use key::{Grant, GrantConstraint, Key, KeyManager, KeyMetadata};
pub use key_reference::KeyReference;
pub(crate) use objects::fingerprint;
pub use objects::{ObjectEncryption, ObjectTable};
pub use organization::{Level, Organization};

/// One fact: known, known not to exist, or unknown
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It is so
    Known(T),
    /// It is known that there is none (a bucket without a policy, an account in no organization)
    Absent,
    /// Nobody has said
    Unknown(MissingFact),
}

/// A fact that nobody has supplied: what it is, where it would stand, why it is missing
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MissingFact {
    /// What it is, in words: "the policy of bucket `x`"
    pub what: String,
    /// How to supply it: the snapshot file or the flag
    pub source: String,
    /// Why it is missing: "not in the snapshot", "no snapshot given"
    pub why: String,
}

impl fmt::Display for MissingFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}; {})", self.what, self.source, self.why)
    }
}

impl<T> Fact<T> {
    /// The value, where it is known
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }

    /// What is missing, where it is unknown
    #[must_use]
    pub fn missing(&self) -> Option<&MissingFact> {
        if let Self::Unknown(missing) = self { Some(missing) } else { None }
    }

    /// Changes the known value
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(change(value)),
            Self::Absent => Fact::Absent,
            Self::Unknown(missing) => Fact::Unknown(missing),
        }
    }
}

/// The account, Region and partition that the request runs in
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// The account of the request
    pub account: Option<AccountId>,
    /// The Region of the request
    pub region: Option<Region>,
    /// The partition
    pub partition: Option<Partition>,
    /// When the snapshot was taken, RFC 3339
    pub captured_at: Option<String>,
}

/// Everything known for one check
#[derive(Debug, Clone)]
pub struct Facts {
    /// Account, Region, partition
    pub environment: Environment,
    /// The organization; `Absent` when the account is in none
    pub organization: Fact<Organization>,
    /// Service control policies, root level first
    pub scps: Fact<Vec<Level>>,
    /// Resource control policies, root level first
    pub rcps: Fact<Vec<Level>>,
    /// The principal's own policies and attributes
    pub identity: Fact<Identity>,
    /// Session policies; `Absent` when there are none
    pub session: Fact<Vec<Arc<Document>>>,
    /// The policy of the VPC endpoint in use; `Absent` when none is used
    pub vpc_endpoint: Fact<Arc<Document>>,
    /// Buckets by name
    pub buckets: BTreeMap<String, Bucket>,
    /// KMS keys by key id
    pub keys: BTreeMap<String, Key>,
    /// Key id by alias (`alias/name`)
    pub aliases: Fact<BTreeMap<String, String>>,
    /// The roles that act for the request, by their names in the catalog
    pub roles: BTreeMap<String, ActingRole>,
    /// What the user said of things stored in AWS, by the names of the catalog's `told` facts; no value: there is none
    pub told: BTreeMap<String, Vec<String>>,
    /// Aliases whose key is known to be open, by name, with the reason
    pub open_aliases: BTreeMap<String, MissingFact>,
}
