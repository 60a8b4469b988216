//! Needs judged against facts: the account compiled once, each need put to the engine, objects by class

mod account;
mod answer;
mod decider;
mod leg;
mod merge;
mod objects;
mod others;
mod party;
mod rows;
mod views;

pub use account::{Account, KeyArn};
pub use decider::{Call, Decided, Decider, Disagreement, JudgedBy, KnownReason, OwnEngine, View};
pub use leg::{Leg, UserContext};
pub use objects::{DatasetObjects, Duplicate, ObjectClass};
pub use others::OtherPolicies;
pub use party::Party;
pub use rows::{Judge, JudgedRow};

#[cfg(test)]
pub(crate) mod tests;

use crate::evaluate::Readings;
use crate::iam::Action;

/// The named assumptions that judging rests on, resolved
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each an assumption with a name")]
pub struct Settings {
    /// Contested readings of the engine
    pub readings: Readings,
    /// `bucket-owner = account`: buckets belong to the request's account
    pub buckets_are_own: bool,
    /// `object-owner`
    pub object_owner: ObjectOwner,
    /// `session-tags = none`: sessions carry no tags beyond those of their role
    pub no_session_tags: bool,
    /// `called-via`
    pub called_via: CalledVia,
    /// `source-ip-via-service = kept`: a forwarded call shows the caller's address
    pub source_ip_kept: bool,
    /// `aws-managed-key-policy = published`: an AWS managed key has the policy that AWS publishes
    pub managed_key_policy_published: bool,
    /// `unseen-objects = like-seen`: objects that were not looked at have the keys of those that were
    pub unseen_like_seen: bool,
    /// `vpc-endpoint-policy = full`: a VPC endpoint in use, if any, has the default policy
    pub endpoint_policy_full: bool,
    /// `other-resource-policies`: what is assumed of policies that are not read
    pub other_policies: OtherPolicies,
}

/// Whom the objects of a bucket are taken to belong to
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectOwner {
    /// As the bucket's object ownership says; to the bucket's owner where that is not known
    AsKnown,
    /// To the bucket's owner, whatever the object ownership says
    Bucket,
    /// As the bucket's object ownership says; nobody knows where that is not known
    Open,
}

/// What `aws:CalledVia` holds on forwarded calls
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalledVia {
    /// Nobody knows
    Unknown,
    /// Nothing
    Absent,
    /// The forwarding services
    Service,
}

/// The service-specific condition keys of an action, in lower case; `None` where there is no data
pub type ServiceKeys<'a> = &'a dyn Fn(&Action) -> Option<Vec<String>>;
