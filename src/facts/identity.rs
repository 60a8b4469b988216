//! Facts about the principal

use std::sync::Arc;

use crate::iam::Arn;
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
