//! Why a row is not allowed, in one word: the names that the formats for machines share

use crate::evaluate::{Decision, Layer};
use crate::finding::Requirement;

/// What stands in the way of a needed permission
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    /// A statement of this layer denies it
    Denied(Layer),
    /// Nothing in this layer allows it
    Missing(Layer),
    /// A fact that is not known decides
    UnknownFact,
    /// The value of a condition key that is not known decides
    UnknownContext,
    /// Neither names what would settle it: two engines part, or the service picks the resource's name
    Open,
}

impl Cause {
    /// The cause of a row, none where it is allowed
    pub(crate) fn of(row: &Requirement) -> Option<Self> {
        let layer = |effect: &str| row.decided_by.iter().find(|by| by.effect == effect).map(|by| by.layer);
        match row.decision {
            Decision::Allowed => None,
            Decision::ExplicitDeny => Some(Self::Denied(layer("denies").unwrap_or(Layer::Service))),
            Decision::ImplicitDeny => Some(Self::Missing(layer("does not allow").unwrap_or(Layer::Identity))),
            Decision::Undetermined if !row.missing_facts.is_empty() => Some(Self::UnknownFact),
            Decision::Undetermined if !row.missing_context.is_empty() => Some(Self::UnknownContext),
            Decision::Undetermined => Some(Self::Open),
        }
    }

    /// Its stable name: `explicit-deny-scp`, `missing-permission-identity`, `undetermined-fact`
    pub(crate) fn id(self) -> String {
        match self {
            Self::Denied(layer) => format!("explicit-deny-{}", layer.word()),
            Self::Missing(layer) => format!("missing-permission-{}", layer.word()),
            Self::UnknownFact => "undetermined-fact".to_owned(),
            Self::UnknownContext => "undetermined-context".to_owned(),
            Self::Open => "undetermined".to_owned(),
        }
    }
}
