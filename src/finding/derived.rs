//! The derivation's shape: what a request needs, before anyone is asked whether it is allowed

use super::{AssumptionUse, Finding};
use crate::need::{Phase, Source, Strength};

/// Everything that `derive` says; the JSON form is `iam-preflight/needs/v1`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedReport {
    /// The operation, `service:Name`
    pub operation: String,
    /// What is needed, in the order of the catalog
    pub rows: Vec<DerivedRow>,
    /// Everything else worth a line: violations of the request model, manifest problems, quotas
    pub findings: Vec<Finding>,
    /// The assumptions that rows rest on
    pub assumptions: Vec<AssumptionUse>,
    /// Sentences for every reader: the service's end, its successors
    pub notices: Vec<String>,
}

impl DerivedRow {
    /// The word for a row that names alone say is needed
    #[must_use]
    pub fn origin(&self) -> Option<&'static str> {
        self.is_generated.then_some("generated")
    }
}

/// One needed permission
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedRow {
    /// The row's id
    pub id: String,
    /// `caller`, `role:NAME`, `service:NAME`
    pub actor: String,
    /// The action
    pub action: String,
    /// An ARN, or a pattern where the row stands for several resources
    pub resource: String,
    /// How many resources the row stands for
    pub resource_count: u64,
    /// The context of the call: key and value in words
    pub context: Vec<(String, String)>,
    /// How strongly it is needed
    pub need: Strength,
    /// When a lack would show
    pub phase: Phase,
    /// Whether names alone say that it is needed: no page was read
    pub is_generated: bool,
    /// Why it is needed, one sentence
    pub because: String,
    /// The pages that say so
    pub sources: Vec<Source>,
    /// Facts that would say whether, or on what, it is needed, in words with the way to supply them
    pub missing_facts: Vec<String>,
    /// Ids of the assumptions it rests on
    pub assumptions: Vec<String>,
}
