//! From judged rows to the report's requirements

use std::sync::Arc;

use crate::evaluate::{Decision, KeyOutcome, Reason, Role, StatementRef};
use crate::judge::{JudgedBy, JudgedRow, View};
use crate::need::{Need, Strength};
use crate::source::Location;

use super::{DecidedBy, LayerCoverage, Requirement, gap, way};

/// The text of the line at a place, where the file can still be read
pub type LineText<'a> = &'a dyn Fn(&Location) -> Option<String>;

/// What requirements are to hold
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    /// One for each resource
    pub expand: bool,
    /// Whether each holds its way through the layers, as far as the rows were traced
    pub ways: bool,
    /// The text of source lines
    pub lines: LineText<'a>,
}

impl std::fmt::Debug for Shape<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shape").field("expand", &self.expand).field("ways", &self.ways).finish_non_exhaustive()
    }
}

/// The requirements of one need: one for each judged row, or for each resource
#[must_use]
pub fn requirements(need: &Need, rows: Vec<JudgedRow>, shape: Shape<'_>) -> Vec<Requirement> {
    let mut judged = Vec::new();
    for mut row in rows {
        let way = shape.ways.then(|| way::of(need, &row, shape.lines)).flatten().map(Arc::new);
        row.trace = Vec::new();
        if shape.expand && row.members.len() > 1 {
            let members = std::mem::take(&mut row.members);
            row.examples = Vec::new();
            let expanded = members.into_iter().map(|member| JudgedRow { resource: member, count: 1, ..row.clone() });
            judged.extend(expanded.map(|row| (row, way.clone())));
        } else {
            judged.push((row, way));
        }
    }
    let several = judged.len() > 1;
    let numbered =
        |index: usize| if several && index > 0 { format!("{}#{}", need.id, index + 1) } else { need.id.clone() };
    let requirement = |(index, (row, way))| Requirement { way, ..requirement(need, row, numbered(index), shape.lines) };
    judged.into_iter().enumerate().map(requirement).collect()
}

fn requirement(need: &Need, row: JudgedRow, id: String, lines: LineText<'_>) -> Requirement {
    let gap = gap::of(need, &row);
    let mut assumptions = need.assumptions.clone();
    assumptions.extend(row.assumptions.iter().map(|name| (*name).to_owned()));
    // Only what stands in the way is shown with its line; reading a file for each allowed row would be for nothing.
    let quoted = row.decision != Decision::Allowed;
    let lines = |location: &Location| if quoted { lines(location) } else { None };
    Requirement {
        id,
        actor: need.actor.to_string(),
        principal: row.principal,
        action: need.action.to_string(),
        resource: row.resource,
        resource_count: row.count,
        examples: row.examples,
        members: if row.objects.is_empty() { row.members } else { row.objects },
        need: need.strength,
        phase: need.phase,
        decision: row.decision,
        is_generated: need.is_generated,
        because: need.because.clone(),
        sources: need.sources.clone(),
        assumptions: assumptions.into_iter().collect(),
        decided_by: row.decided_by.iter().filter_map(|reason| decided_by(reason, &lines)).collect(),
        missing_context: row.missing_context,
        missing_facts: row.missing_facts.iter().map(ToString::to_string).collect(),
        outcomes: row.outcomes.iter().map(outcome).collect(),
        context: row.context,
        gap,
        coverage: row.views.iter().map(coverage).collect(),
        waived: None,
        way: None,
        asked_at: need.asked_at.clone(),
    }
}

fn coverage(view: &View) -> LayerCoverage {
    let judged_by = match view.by {
        JudgedBy::Engine => "engine",
        JudgedBy::Simulator => "simulator",
        JudgedBy::Both => "both",
        JudgedBy::Nobody => "nobody",
    };
    LayerCoverage { layer: view.layer, judged_by, why: view.why.clone() }
}

/// A reason as the report shows it; a row that only lacks a name for its resource has none
#[must_use]
pub fn decided_by(reason: &Reason, lines: LineText<'_>) -> Option<DecidedBy> {
    let part = &reason.part;
    if reason.role == Role::NotKnown && part.layer == crate::evaluate::Layer::Service {
        return None;
    }
    let location = part.location.clone();
    Some(DecidedBy {
        layer: part.layer,
        policy: part.policy.as_deref().unwrap_or_default().to_owned(),
        sid: part.sid.as_deref().unwrap_or_default().to_owned(),
        effect: effect(reason.role),
        line_text: location.as_ref().and_then(lines),
        location,
    })
}

pub(super) fn effect(role: Role) -> &'static str {
    match role {
        Role::Denies => "denies",
        Role::LacksAllow => "does not allow",
        Role::MayDeny => "may deny",
        Role::MayAllow => "may allow",
        Role::NotKnown => "is not known",
        Role::Allows => "allows",
    }
}

fn outcome(outcome: &KeyOutcome) -> String {
    let by = outcome.decided_by.as_ref().map(|part| format!(" ({})", statement(part))).unwrap_or_default();
    format!("{} if `{}` is {}{by}", outcome.decision, outcome.key, outcome.values)
}

/// A statement in words
pub(super) fn name(part: &StatementRef) -> String {
    match (&part.sid, part.index) {
        (Some(sid), _) if !sid.is_empty() => format!("statement `{sid}`"),
        (_, Some(index)) => format!("statement {}", index + 1),
        _ => part.layer.words().to_owned(),
    }
}

/// A statement in words with its policy and place
pub(super) fn statement(part: &StatementRef) -> String {
    let name = name(part);
    let policy = part.policy.as_ref().map(|policy| format!(" of `{policy}`")).unwrap_or_default();
    let place = part.location.as_ref().map(|location| format!(", {location}")).unwrap_or_default();
    format!("{name}{policy}{place}")
}

/// Whether a row counts for the verdict
#[must_use]
pub fn decides(requirement: &Requirement) -> bool {
    requirement.need == Strength::Must
}
