//! One question to the simulator: may the policies of the caller, or of a role, do this, on this resource, in this
//! context?

use std::sync::Arc;

use crate::evaluate::{Authorization, CallerSide, ENCRYPTION_CONTEXT_ARN, PolicySetId, Program, Source};
use crate::iam::{Context, ContextValue, Resource};
use crate::judge::Call;
use crate::need::Actor;

use super::entry::ContextEntry;
use super::subject::is_sendable;

/// A question; two calls that differ only in what the simulator is not told ask the same
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// The role that acts, by ARN, where it is not the caller whose policies are meant
    pub role: Option<Arc<str>>,
    /// What is sent of the context
    pub context: Arc<[ContextEntry]>,
    /// Who owns the resource, as the ARN of the account's root user
    pub owner: Option<Arc<str>>,
    /// The bucket's policy, where there is one that can be sent
    pub resource_policy: Option<Arc<str>>,
    /// The action
    pub action: Arc<str>,
    /// The resource, `*` only for actions that have none
    pub resource: Arc<str>,
}

/// Why a call cannot be asked about
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// A service needs it, which has no policies to simulate
    #[error("a service calls with its own identity, which has no policies to simulate")]
    OfService,
    /// The action does not fit the API
    #[error("the API takes action names of 3 to 128 characters")]
    Action,
    /// The resource does not fit the API
    #[error("the API takes resource ARNs of up to 2048 characters")]
    Resource,
}

/// Lengths that `SimulatePrincipalPolicy` takes
const ACTION: std::ops::RangeInclusive<usize> = 3..=128;
const RESOURCE: std::ops::RangeInclusive<usize> = 1..=2048;

impl Ask {
    /// The question for a call
    ///
    /// # Errors
    /// When the API would not take it.
    pub fn of(call: &Call<'_>, request: &Authorization<'_>, program: &Program) -> Result<Self, Unsendable> {
        let role = match call.need.actor {
            Actor::Caller => None,
            Actor::Role(_) => Some(request.caller.principal.as_str().into()),
            Actor::Service(_) => return Err(Unsendable::OfService),
        };
        let action = call.need.action.as_str();
        let resource = concrete(call.resource);
        if !ACTION.contains(&action.chars().count()) {
            return Err(Unsendable::Action);
        }
        if !RESOURCE.contains(&resource.chars().count()) {
            return Err(Unsendable::Resource);
        }
        let partition = request.caller.principal.partition().unwrap_or("aws");
        let owner = call.owner.known().map(|owner| format!("arn:{partition}:iam::{owner}:root").into());
        Ok(Self {
            role,
            context: entries(call.context, request, program),
            owner,
            resource_policy: bucket_policy(request, program),
            action: action.into(),
            resource,
        })
    }

    /// Whether a key's value is not known, or could not be sent: the simulator takes it for absent
    #[must_use]
    pub fn withholds(&self, context: &Context, key: &str) -> bool {
        let folded = key.to_lowercase();
        let sent = self.context.iter().any(|entry| entry.name.eq_ignore_ascii_case(key));
        *context.value(&folded) != ContextValue::Absent && !sent
    }
}

/// The policy of a bucket, as a second opinion on it; key policies are left to the engine in any case
fn bucket_policy(request: &Authorization<'_>, program: &Program) -> Option<Arc<str>> {
    let Source::Set(set) = request.resource_side.policy else { return None };
    let of_bucket = request.question.action.service() == "s3" && *request.resource != Resource::Any;
    program.document_text(set).filter(|text| of_bucket && is_sendable(text)).cloned()
}

/// The policies that the simulator sees, as far as the facts hold them
fn simulated_sets(side: &CallerSide) -> Vec<PolicySetId> {
    let own = [&side.identity, &side.boundary].into_iter().filter_map(|source| match source {
        Source::Set(set) => Some(*set),
        Source::Absent | Source::Unknown(_) => None,
    });
    own.chain(side.scps.known().into_iter().flatten().map(|level| level.set)).collect()
}

/// The resource to name: of a set one that could be in it
fn concrete(resource: &Resource) -> Arc<str> {
    match resource {
        Resource::Any => "*".into(),
        Resource::One(arn) => arn.as_str().into(),
        Resource::Set(glob) => glob.example("1").into(),
    }
}

/// Every key whose value is known, so that no condition meets an absent key that the real call carries
///
/// The object's ARN in the encryption context would part every call for a key into one for each class of objects:
/// it is left out where the caller's own policies are known and do not test it.
fn entries(context: &Context, request: &Authorization<'_>, program: &Program) -> Arc<[ContextEntry]> {
    let side = request.caller_side;
    let unread = matches!(side.identity, Source::Unknown(_)) || !side.unread.is_empty();
    let unread = unread || matches!(side.boundary, Source::Unknown(_));
    let varies = ENCRYPTION_CONTEXT_ARN.to_lowercase();
    let tested = unread || program.mentions_in(&simulated_sets(side), "kms:encryptioncontext");
    let known = context.iter().filter_map(|(key, value)| match value {
        ContextValue::Known(values) if tested || key.folded() != varies => ContextEntry::of(key, values),
        _ => None,
    });
    known.collect()
}
