//! Whom the simulator can be asked about

use std::sync::Arc;

use crate::facts::{Fact, Facts};
use crate::iam::{Principal, PrincipalKind};

/// The user or role whose policies are simulated
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its ARN, the path included
    pub arn: Arc<str>,
}

/// Whose policies are simulated, and which documents come to them
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// Whose
    pub subject: Subject,
    /// What-if identity policies
    pub policies: Vec<Arc<str>>,
    /// A what-if boundary, in place of the attached one
    pub boundary: Option<Arc<str>>,
}

impl Simulation {
    /// A simulation with what-if documents
    ///
    /// # Errors
    /// When the API does not take a document: it takes characters up to U+00FF only.
    pub fn new(subject: Subject, policies: Vec<Arc<str>>, boundary: Option<Arc<str>>) -> Result<Self, Unsuited> {
        if policies.iter().chain(&boundary).all(|text| is_sendable(text)) {
            Ok(Self { subject, policies, boundary })
        } else {
            Err(Unsuited::Document)
        }
    }
}

/// Whether the API takes a document: it takes characters up to U+00FF only
pub(super) fn is_sendable(text: &str) -> bool {
    let length = text.chars().count();
    (1..=DOCUMENT).contains(&length) && text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}'))
}

/// How many characters a document has at most
const DOCUMENT: usize = 131_072;

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
    /// A role that does not exist
    #[error("there is no such role")]
    NoRole,
    /// Somebody without an identity in IAM
    #[error("the simulator takes users and roles only")]
    NoIdentity,
    /// A what-if document that cannot be sent
    #[error("the simulator takes documents of up to 131,072 characters, all of them up to U+00FF")]
    Document,
    /// A boundary that a what-if document takes away
    #[error("the simulator cannot be told that there is no permissions boundary")]
    NoBoundary,
}

/// A role that acts for the request, to simulate
///
/// # Errors
/// When the simulator would refuse it, or its answers would not be about it.
pub fn role_subject(arn: &str, facts: &Facts) -> Result<Subject, Unsuited> {
    let acting = facts.roles.values().find(|role| role.arn.as_str() == arn);
    if acting.is_some_and(|role| matches!(role.identity, Fact::Absent)) {
        return Err(Unsuited::NoRole);
    }
    subject(&arn.parse().map_err(|_| Unsuited::NoIdentity)?, facts)
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
