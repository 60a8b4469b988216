//! The members that the JSON forms are made of

use serde::Serialize;

use crate::finding::{self, Severity};
use crate::need;
use crate::source;

use super::gate::Waived;

/// The program that wrote the report
#[derive(Debug, Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(super) const THIS: Self = Self { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
}

/// One needed permission and its decision
#[derive(Debug, Serialize)]
pub(super) struct Requirement<'r> {
    id: &'r str,
    actor: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'r str>,
    action: &'r str,
    resource: &'r str,
    resource_count: u64,
    examples: &'r [String],
    need: &'static str,
    phase: &'static str,
    decision: &'static str,
    /// Only of rows that names alone say are needed
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    because: &'r str,
    sources: Vec<Source<'r>>,
    assumptions: &'r [String],
    decided_by: Vec<DecidedBy<'r>>,
    missing_context: &'r [String],
    missing_facts: &'r [String],
    outcomes: &'r [String],
    context: Vec<ContextValue<'r>>,
    gap: Option<Gap<'r>>,
    coverage: Vec<LayerCoverage<'r>>,
    waived: Option<Waived<'r>>,
}

/// Who judged a layer
#[derive(Debug, Serialize)]
struct LayerCoverage<'r> {
    layer: &'static str,
    judged_by: &'static str,
    why: &'r str,
}

impl<'r> From<&'r finding::LayerCoverage> for LayerCoverage<'r> {
    fn from(finding::LayerCoverage { layer, judged_by, why }: &'r finding::LayerCoverage) -> Self {
        Self { layer: layer.word(), judged_by, why }
    }
}

impl<'r> From<&'r finding::Requirement> for Requirement<'r> {
    fn from(row: &'r finding::Requirement) -> Self {
        Self {
            id: &row.id,
            actor: &row.actor,
            principal: row.principal.as_deref(),
            action: &row.action,
            resource: &row.resource,
            resource_count: row.resource_count,
            examples: &row.examples,
            need: row.need.word(),
            phase: row.phase.word(),
            decision: row.decision.word(),
            origin: row.origin(),
            because: &row.because,
            sources: row.sources.iter().map(Source::from).collect(),
            assumptions: &row.assumptions,
            decided_by: row.decided_by.iter().map(DecidedBy::from).collect(),
            missing_context: &row.missing_context,
            missing_facts: &row.missing_facts,
            outcomes: &row.outcomes,
            context: row.context.iter().map(ContextValue::from).collect(),
            gap: row.gap.as_ref().map(Gap::from),
            coverage: row.coverage.iter().map(LayerCoverage::from).collect(),
            waived: row.waived.as_ref().map(Waived::from),
        }
    }
}

/// A page that backs a row
#[derive(Debug, Serialize)]
pub(super) struct Source<'r> {
    kind: &'r str,
    url: &'r str,
}

impl<'r> From<&'r need::Source> for Source<'r> {
    fn from(need::Source { kind, url }: &'r need::Source) -> Self {
        Self { kind, url }
    }
}

/// A condition key of the call and its value in words
#[derive(Debug, Serialize)]
pub(super) struct ContextValue<'r> {
    key: &'r str,
    value: &'r str,
}

impl<'r> From<&'r (String, String)> for ContextValue<'r> {
    fn from((key, value): &'r (String, String)) -> Self {
        Self { key, value }
    }
}

#[derive(Debug, Serialize)]
struct Gap<'r> {
    message: &'r str,
    help: &'r [String],
}

impl<'r> From<&'r finding::Gap> for Gap<'r> {
    fn from(finding::Gap { message, help }: &'r finding::Gap) -> Self {
        Self { message, help }
    }
}

/// A statement, policy or layer that decided
#[derive(Debug, Serialize)]
pub(super) struct DecidedBy<'r> {
    layer: &'static str,
    policy: Option<&'r str>,
    sid: Option<&'r str>,
    effect: &'r str,
    location: Option<Location<'r>>,
}

impl<'r> From<&'r finding::DecidedBy> for DecidedBy<'r> {
    fn from(by: &'r finding::DecidedBy) -> Self {
        Self {
            layer: by.layer.word(),
            policy: Some(by.policy.as_str()).filter(|policy| !policy.is_empty()),
            sid: Some(by.sid.as_str()).filter(|sid| !sid.is_empty()),
            effect: by.effect,
            location: by.location.as_ref().map(Location::from),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Location<'r> {
    file: &'r str,
    line: u32,
    column: u32,
}

impl<'r> Location<'r> {
    pub(super) fn new(file: &'r str, at: source::Position) -> Self {
        Self { file, line: at.line, column: at.column }
    }
}

impl<'r> From<&'r source::Location> for Location<'r> {
    fn from(source::Location { file, at }: &'r source::Location) -> Self {
        Self::new(file, *at)
    }
}

/// Something found beside the permissions
#[derive(Debug, Serialize)]
pub(super) struct Finding<'r> {
    id: &'r str,
    severity: &'static str,
    message: &'r str,
    help: Option<&'r str>,
    url: Option<&'r str>,
    location: Option<Location<'r>>,
}

impl<'r> From<&'r finding::Finding> for Finding<'r> {
    fn from(finding: &'r finding::Finding) -> Self {
        Self {
            id: finding.id,
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            message: &finding.message,
            help: finding.help.as_deref(),
            url: finding.url.as_deref(),
            location: finding.location.as_ref().map(Location::from),
        }
    }
}

/// An assumption in force
#[derive(Debug, Serialize)]
pub(super) struct Assumption<'r> {
    id: &'r str,
    value: &'r str,
    meaning: &'r str,
}

impl<'r> From<&'r finding::AssumptionUse> for Assumption<'r> {
    fn from(finding::AssumptionUse { id, value, meaning }: &'r finding::AssumptionUse) -> Self {
        Self { id, value, meaning }
    }
}

/// Whether a layer or fact was seen
#[derive(Debug, Serialize)]
pub(super) struct Covered<'r> {
    what: &'r str,
    seen: bool,
    why: &'r str,
}

impl<'r> From<&'r finding::Coverage> for Covered<'r> {
    fn from(finding::Coverage { what, seen, why }: &'r finding::Coverage) -> Self {
        Self { what, seen: *seen, why }
    }
}

/// What was read
#[derive(Debug, Serialize)]
pub(super) struct Input<'r> {
    name: &'r str,
    role: &'static str,
    bytes: u64,
    sha256: Option<&'r str>,
}

impl<'r> From<&'r finding::Input> for Input<'r> {
    fn from(finding::Input { name, role, bytes, sha256 }: &'r finding::Input) -> Self {
        Self { name, role: role.word(), bytes: *bytes, sha256: sha256.as_deref() }
    }
}
