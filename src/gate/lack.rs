//! In which way a row is not allowed

use crate::evaluate::Decision;
use crate::finding::Requirement;
use crate::need::Strength;

/// In which way a row is not allowed; who accepts the one does not accept the other
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    Denied,
    Undetermined,
}

impl Lack {
    pub(super) const WORDS: [&'static str; 2] = ["denied", "undetermined"];

    /// `None` for a row that is allowed, or that only advises
    pub(super) fn of(row: &Requirement) -> Option<Self> {
        match row.decision {
            _ if row.need == Strength::Advisory => None,
            Decision::Allowed => None,
            Decision::ExplicitDeny | Decision::ImplicitDeny => Some(Self::Denied),
            Decision::Undetermined => Some(Self::Undetermined),
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "denied" => Some(Self::Denied),
            "undetermined" => Some(Self::Undetermined),
            _ => None,
        }
    }

    /// For `the denial of kms:CreateGrant`
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Denied => "denial",
            Self::Undetermined => "open question",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Undetermined => "undetermined",
        }
    }
}
