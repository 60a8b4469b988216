//! Whom the simulator can be asked about

use std::sync::Arc;

use crate::facts::Facts;
use crate::iam::{Principal, PrincipalKind};

/// The user or role whose policies are simulated
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its ARN, the path included
    pub arn: Arc<str>,
}

/// Why the simulator cannot be asked about a principal
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsuited {
    /// A session of `GetFederationToken`
    #[error("the simulator takes no federated users; their session policies would be missing in any case")]
    FederatedUser,
    /// The root user
    #[error("the simulator takes no root users")]
    Root,
    /// A service-linked role, which SCPs do not bind
    #[error("the simulator applies service control policies to service-linked roles, which AWS exempts from them")]
    ServiceLinked,
    /// A session of a role whose path is not known
    #[error("the simulator takes a role and no session of it, and the role's ARN with its path is not known")]
    UnknownRole,
    /// A principal of another account
    #[error("the principal belongs to another account than the request")]
    OtherAccount,
    /// Somebody without an identity in IAM
    #[error("the simulator takes users and roles only")]
    NoIdentity,
    /// What-if documents change the caller's own policies
    #[error("the caller's policies are changed by what-if documents, which AWS does not have")]
    WhatIf,
}

/// The user or role to simulate; for a session that of its role
///
/// # Errors
/// When the simulator would refuse the principal, or its answers would not be about it.
pub fn subject(principal: &Principal, facts: &Facts) -> Result<Subject, Unsuited> {
    if principal.account() != facts.environment.account.as_ref() {
        return Err(Unsuited::OtherAccount);
    }
    let of_facts = || facts.identity.known().map(|identity| identity.arn.as_str());
    let arn = match principal.kind() {
        PrincipalKind::User | PrincipalKind::Role => principal.as_str(),
        PrincipalKind::RoleSession => of_facts().filter(|arn| arn.contains(":role/")).ok_or(Unsuited::UnknownRole)?,
        PrincipalKind::FederatedUser => return Err(Unsuited::FederatedUser),
        PrincipalKind::Root => return Err(Unsuited::Root),
        PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Anonymous => {
            return Err(Unsuited::NoIdentity);
        }
    };
    if arn.contains(":role/aws-service-role/") {
        return Err(Unsuited::ServiceLinked);
    }
    Ok(Subject { arn: arn.into() })
}
