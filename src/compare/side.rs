//! One side of a comparison

use crate::evaluate::Decision;
use crate::finding::{DecidedBy, Finding, Report, Requirement, Severity, Verdict};
use crate::need::Strength;

use super::Head;

/// What a check said, as far as it is compared
#[derive(Debug, Clone)]
pub struct Side {
    /// The operation, `service:Name`
    pub operation: String,
    /// The principal's ARN
    pub principal: String,
    /// The answer
    pub verdict: Verdict,
    /// All needed permissions
    pub rows: Vec<Row>,
    /// Findings beside them
    pub findings: Vec<Said>,
}

/// One needed permission, decided
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The need's id, without the number of the row
    pub need: String,
    /// `caller`, `role:NAME`, `service:NAME`
    pub actor: String,
    /// The action
    pub action: String,
    /// An ARN, a pattern, or words
    pub resource: String,
    /// How many resources it stands for
    pub count: u64,
    /// Some of them
    pub examples: Vec<String>,
    /// All of them one by one, where that is known; of a key the objects whose key it is
    pub members: Vec<String>,
    /// How strongly it is needed
    pub strength: Strength,
    /// The decision
    pub decision: Decision,
    /// Why it is needed
    pub because: String,
    /// What decided
    pub decided_by: Vec<DecidedBy>,
    /// Facts and condition keys that would settle it
    pub missing: Vec<String>,
}

/// A finding beside the permissions
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its id
    pub id: String,
    /// How grave
    pub severity: Severity,
    /// One sentence
    pub message: String,
}

impl Side {
    pub(super) fn head(&self) -> Head {
        Head {
            operation: self.operation.clone(),
            principal: self.principal.clone(),
            verdict: self.verdict,
            rows: self.rows.len(),
        }
    }

    /// Whether nothing is said that could be compared
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.findings.is_empty()
    }
}

impl From<&Report> for Side {
    fn from(report: &Report) -> Self {
        Self {
            operation: report.operation.clone(),
            principal: report.principal.arn.clone(),
            verdict: report.verdict,
            rows: report.requirements.iter().map(Row::from).collect(),
            findings: report.findings.iter().map(Said::from).collect(),
        }
    }
}

/// The id of the need that a row belongs to: `read-object#2` is a row of `read-object`
pub(super) fn need_of(id: &str) -> &str {
    id.split_once('#').map_or(id, |(need, _)| need)
}

impl From<&Requirement> for Row {
    fn from(row: &Requirement) -> Self {
        let keys = row.missing_context.iter().map(|key| format!("the value of `{key}`"));
        Self {
            need: need_of(&row.id).to_owned(),
            actor: row.actor.clone(),
            action: row.action.clone(),
            resource: row.resource.clone(),
            count: row.resource_count,
            examples: row.examples.clone(),
            members: row.members.clone(),
            strength: row.need,
            decision: row.decision,
            because: row.because.clone(),
            decided_by: row.decided_by.clone(),
            missing: keys.chain(row.missing_facts.iter().cloned()).collect(),
        }
    }
}

impl From<&Finding> for Said {
    fn from(finding: &Finding) -> Self {
        Self { id: finding.id.to_owned(), severity: finding.severity, message: finding.message.clone() }
    }
}
