//! What takes part in a decision: the caller's side and the resource's side (rule E240)

use std::sync::Arc;

use crate::facts::{Fact, Grant, MissingFact};
use crate::iam::AccountId;

use super::program::PolicySetId;
use super::told::ToldLayers;
use super::truth::Truth;

/// The policies of one layer
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// There is none
    Absent,
    /// These
    Set(PolicySetId),
    /// It is not known whether there are any, or what they say
    Unknown(MissingFact),
}

/// One level of the organization
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelSet {
    /// Its name
    pub name: Arc<str>,
    /// Its policies
    pub set: PolicySetId,
    /// Policies of this level that are not known
    pub unread: Option<MissingFact>,
}

/// The layers that belong to the caller
#[derive(Debug, Clone)]
pub struct CallerSide {
    /// Identity policies
    pub identity: Source,
    /// Attached identity policies whose text is not known
    pub unread: Vec<MissingFact>,
    /// The permissions boundary
    pub boundary: Source,
    /// Session policies
    pub session: Source,
    /// Service control policies, root level first; `Absent` outside an organization
    pub scps: Fact<Vec<LevelSet>>,
    /// Whether the caller's account is the management account (rule E289)
    pub in_management_account: Truth,
    /// The policy of the VPC endpoint in use
    pub vpc_endpoint: Source,
    /// Layers on which somebody else has judged
    pub told: ToldLayers,
}

/// The layers that belong to the resource
#[derive(Debug, Clone)]
pub struct ResourceSide {
    /// Its own policy
    pub policy: Source,
    /// Whether that policy must allow even inside one account: trust and key policies (rule E269)
    pub policy_is_mandatory: bool,
    /// Who owns it
    pub owner: Fact<AccountId>,
    /// Resource control policies of the owner's account, root level first
    pub rcps: Fact<Vec<LevelSet>>,
    /// Whether the owner's account is the management account (rule E299)
    pub in_management_account: Truth,
    /// KMS grants on it
    pub grants: Fact<Vec<Grant>>,
    /// Whether it is an AWS managed KMS key (rules E301, E329)
    pub aws_managed_key: bool,
    /// Whether `RestrictPublicBuckets` is in force (rule E333)
    pub restrict_public_buckets: Truth,
    /// Whether access control lists are in force, so that they may admit others and an object may have another owner (rule E332)
    pub access_lists: Truth,
}

impl ResourceSide {
    /// A resource that has no policy of its own, in this account
    #[must_use]
    pub fn plain(owner: Fact<AccountId>, rcps: Fact<Vec<LevelSet>>, in_management_account: Truth) -> Self {
        Self {
            policy: Source::Absent,
            policy_is_mandatory: false,
            owner,
            rcps,
            in_management_account,
            grants: Fact::Absent,
            aws_managed_key: false,
            restrict_public_buckets: Truth::False,
            access_lists: Truth::False,
        }
    }
}
