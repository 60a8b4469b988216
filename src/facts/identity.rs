//! Facts about the principal

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::iam::{Arn, ContextKey, ContextValue};
use crate::policy::Document;

use super::{Fact, MissingFact};

/// What is attached to the principal (for a session: to its role)
#[derive(Debug, Clone)]
pub struct Identity {
    /// The ARN of the user or role, path included
    pub arn: Arn,
    /// `AIDA…` or `AROA…`
    pub unique_id: Option<String>,
    /// Tags of the user or role
    pub tags: Vec<(String, String)>,
    /// Whether there may be further tags, or other values of these
    pub tags_open: bool,
    /// All identity policies: inline, attached, and those of the user's groups
    pub policies: Vec<Arc<Document>>,
    /// Attached policies whose text is not known
    pub unread: Vec<MissingFact>,
    /// The permissions boundary; `Absent` when there is none
    pub boundary: Fact<Arc<Document>>,
    /// The trust policy of a role
    pub trust: Fact<Arc<Document>>,
    /// Groups of a user
    pub groups: Vec<String>,
}

impl Identity {
    /// A principal with nothing attached to it
    #[must_use]
    pub fn bare(arn: Arn) -> Self {
        Self {
            arn,
            unique_id: None,
            tags: Vec::new(),
            tags_open: false,
            policies: Vec::new(),
            unread: Vec::new(),
            boundary: Fact::Absent,
            trust: Fact::Absent,
            groups: Vec::new(),
        }
    }
}

/// A role that acts for the request: one that it hands over, or that something stored in AWS names
#[derive(Debug, Clone)]
pub struct ActingRole {
    /// Its ARN
    pub arn: Arn,
    /// What is attached to it, and its trust policy; `Absent` when there is no such role
    pub identity: Fact<Identity>,
    /// Of one that does not exist: those with like names, in words
    pub near: Option<String>,
    /// What the user said of the context of its calls
    pub context: BTreeMap<ContextKey, ContextValue>,
}

impl ActingRole {
    /// What is not known of a role that does not exist: everything that it would be allowed
    #[must_use]
    pub fn gone(arn: &Arn) -> MissingFact {
        MissingFact {
            what: format!("the policies of `{arn}`"),
            source: "make the role, or name another one".to_owned(),
            why: "there is no such role".to_owned(),
        }
    }
}
