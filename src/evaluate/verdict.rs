//! Decisions and what decided them

use std::fmt;
use std::sync::Arc;

use crate::policy::Document;
use crate::source::Location;

/// The outcome of one authorization (rules E1, E5)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decision {
    /// Allowed whatever the unknown parts turn out to be
    Allowed,
    /// A statement denies it, whatever the unknown parts turn out to be
    ExplicitDeny,
    /// Nothing allows it and nothing denies it, whatever the unknown parts turn out to be
    ImplicitDeny,
    /// Something unknown decides
    Undetermined,
}

impl Decision {
    /// The word of the contract
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
            Self::Undetermined => "undetermined",
        }
    }

    /// Whether it is one of the two denials
    #[must_use]
    pub fn is_denied(self) -> bool {
        matches!(self, Self::ExplicitDeny | Self::ImplicitDeny)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A kind of policy that takes part in a decision (rule E240)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Service control policies
    Scp,
    /// Resource control policies
    Rcp,
    /// The VPC endpoint's policy
    Vpce,
    /// The resource's own policy: bucket, key, trust
    Resource,
    /// A KMS grant
    Grant,
    /// The permissions boundary
    Boundary,
    /// Session policies
    Session,
    /// Identity policies
    Identity,
    /// A rule of the service itself
    Service,
}

impl Layer {
    /// All layers, in the order in which they are looked at
    pub const ALL: [Self; 9] = [
        Self::Scp,
        Self::Rcp,
        Self::Vpce,
        Self::Resource,
        Self::Grant,
        Self::Boundary,
        Self::Session,
        Self::Identity,
        Self::Service,
    ];

    /// The word of the contract
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Vpce => "vpce",
            Self::Resource => "resource",
            Self::Grant => "grant",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Identity => "identity",
            Self::Service => "service",
        }
    }

    /// The layer in words
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
            Self::Vpce => "VPC endpoint policy",
            Self::Resource => "resource policy",
            Self::Grant => "KMS grant",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Identity => "identity policy",
            Self::Service => "service rule",
        }
    }
}

/// What decided, as precisely as it can be named
///
/// With a location it is a statement; with a policy but no location a whole policy that lacks an
/// Allow; with neither a layer in which nothing allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatementRef {
    /// The layer
    pub layer: Layer,
    /// The policy's name
    pub policy: Option<Arc<str>>,
    /// The statement's Sid
    pub sid: Option<Arc<str>>,
    /// Its index in the document, from 0
    pub index: Option<usize>,
    /// Its place
    pub location: Option<Location>,
}

impl StatementRef {
    /// One statement of a document, by its index from 0
    pub(super) fn of(layer: Layer, document: &Document, index: usize) -> Self {
        let source = document.statements.get(index);
        Self {
            layer,
            policy: Some(Arc::clone(&document.origin.name)),
            sid: source.and_then(|source| source.sid.clone()),
            index: Some(index),
            location: source.map(|source| document.location(source)),
        }
    }
}

impl fmt::Display for StatementRef {
    /// `layer policy:Sid` with its place, as far as each is known
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.layer.word())?;
        if let Some(policy) = &self.policy {
            write!(f, " {policy}")?;
        }
        match (&self.sid, self.index) {
            (Some(sid), _) if !sid.is_empty() => write!(f, ":{sid}"),
            (_, Some(index)) => write!(f, ":{index}"),
            _ => Ok(()),
        }
    }
}
