//! Rows that are not allowed, in the words that several formats share

use super::text::counted;
use crate::evaluate::Decision;
use crate::finding::{DecidedBy, Requirement, Severity};
use crate::need::Strength;

/// The rows that are not allowed: those that nobody waives first, of them what must be had, of it what is denied
pub(super) fn lacking(rows: &[Requirement]) -> Vec<&Requirement> {
    let mut open: Vec<&Requirement> = rows.iter().filter(|row| row.decision != Decision::Allowed).collect();
    open.sort_by_key(|row| (row.waived.is_some(), row.need, row.decision == Decision::Undetermined));
    open
}

/// How grave it is that a row is not allowed
pub(super) fn severity(row: &Requirement) -> Severity {
    match (row.need, row.decision) {
        _ if row.waived.is_some() => Severity::Note,
        (Strength::Must, Decision::Undetermined) | (Strength::Should, _) => Severity::Warning,
        (Strength::Must, _) => Severity::Error,
        (Strength::Advisory, _) => Severity::Note,
    }
}

/// The row in one sentence: what is not allowed, on what, for whom
pub(super) fn title(row: &Requirement) -> String {
    let Requirement { action, resource, actor, .. } = row;
    let count = resources(resource, row.resource_count).map(|count| format!(" ({count})")).unwrap_or_default();
    let who = if actor == "caller" { String::new() } else { format!(" for {actor}") };
    let outcome = match row.decision {
        Decision::Allowed => "is allowed",
        Decision::ExplicitDeny => "is denied",
        Decision::ImplicitDeny => "is not allowed",
        Decision::Undetermined => "cannot be decided",
    };
    format!("{action} on {resource}{count} {outcome}{who}")
}

/// The statement, policy or layer, and what it did
pub(super) fn decided(by: &DecidedBy) -> String {
    let DecidedBy { policy, sid, effect, .. } = by;
    let layer = by.layer.words();
    match (policy.as_str(), sid.as_str()) {
        ("", "") if *effect == "does not allow" => format!("no {layer} allows it"),
        ("", "") => format!("the {layer} {effect}"),
        (policy, "") => format!("{layer} `{policy}` {effect}"),
        ("", sid) => format!("statement `{sid}` of the {layer} {effect}"),
        (policy, sid) => format!("statement `{sid}` of {layer} `{policy}` {effect}"),
    }
}

/// `1,204 objects`, where a row stands for several
pub(super) fn resources(resource: &str, count: u64) -> Option<String> {
    let is_object = resource.contains(":s3:::") && resource.contains('/');
    (count > 1).then(|| counted(count, if is_object { "object" } else { "resource" }))
}
