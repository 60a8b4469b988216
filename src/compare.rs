//! Two reports side by side: what got worse, what got better, and the statements behind each change
//!
//! Needs are matched by row, actor, action and resource. Where both sides know which objects a row stands for,
//! each object is looked at by itself, so that a change of some objects of a row is never lost in the others.
//! Reports in JSON only know patterns and counts: there, what may have got worse and cannot be told is said to be
//! so ([`Outcome::Unclear`]).
//!
//! The order, from best to worst: `allowed` and "not needed" (alike), `undetermined`, then both denials (alike).

mod cause;
mod cells;
mod change;
mod overlap;
mod read;
mod sentence;
mod side;
#[cfg(test)]
mod tests;

pub use cause::{Cause, When};
pub use change::{Change, Class, Direction, State};
pub use read::{is_report, report};
pub use side::{Row, Said, Side};

use std::collections::BTreeMap;

use crate::finding::{LineText, Severity, Verdict};

use cells::cells;

/// Everything that differs between two sides
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The first side
    pub before: Head,
    /// The second side
    pub after: Head,
    /// What changed, the worst first
    pub changes: Vec<Change>,
    /// Findings beside the permissions that one side has and the other has not
    pub findings: Vec<FindingChange>,
    /// How many rows are decided alike on both sides
    pub unchanged: usize,
    /// Sentences for every reader
    pub notices: Vec<String>,
    /// Whether anything got worse
    pub outcome: Outcome,
}

/// What a side says as a whole
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The operation
    pub operation: String,
    /// Who would send the request
    pub principal: String,
    /// The answer
    pub verdict: Verdict,
    /// Rows of it
    pub rows: usize,
}

/// A finding that came or went
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingChange {
    /// Which side has it
    pub on: When,
    /// It
    pub finding: Said,
}

/// Whether anything got worse
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is nothing to compare
    Nothing,
    /// Nothing got worse
    NotWorse,
    /// Something got worse
    Worse,
    /// Nothing is known to have got worse, but some rows cannot be compared for certain
    Unclear,
}

/// Compares two sides; `lines` gives the text at places that still can be read
#[must_use]
pub fn compare(before: &Side, after: &Side, lines: LineText<'_>) -> Comparison {
    let mut changes = Vec::new();
    let mut unchanged = 0;
    let (mut grouped, mut grown) = (false, false);
    for (rows_before, rows_after) in needs(before, after) {
        let found = cells(&rows_before, &rows_after);
        grouped |= found.grouped;
        grown |= found.grown;
        for cell in &found.all {
            match Change::of(cell, (&rows_before, &rows_after), lines) {
                Some(change) => changes.push(change),
                None => unchanged += 1,
            }
        }
    }
    changes.sort_by_key(Change::rank);
    let findings = finding_changes(before, after);
    let outcome = outcome((before, after), &changes, &findings, grown);
    let notices = notices(grouped, &changes);
    Comparison { before: before.head(), after: after.head(), changes, findings, unchanged, notices, outcome }
}

/// The rows of one need: those before, those after
type Rows<'r> = (Vec<&'r Row>, Vec<&'r Row>);

/// The rows of each need on both sides, in the order in which needs appear
fn needs<'r>(before: &'r Side, after: &'r Side) -> Vec<Rows<'r>> {
    let mut order = Vec::new();
    let mut by_need: BTreeMap<(&str, &str, &str), Rows<'_>> = BTreeMap::new();
    let rows = before.rows.iter().map(|row| (row, false)).chain(after.rows.iter().map(|row| (row, true)));
    for (row, is_after) in rows {
        let key = (row.need.as_str(), row.actor.as_str(), row.action.as_str());
        let (own_before, own_after) = by_need.entry(key).or_insert_with(|| {
            order.push(key);
            (Vec::new(), Vec::new())
        });
        if is_after { own_after } else { own_before }.push(row);
    }
    order.iter().filter_map(|key| by_need.remove(key)).collect()
}

/// Findings are the same when id and message are; where they stand may move
fn finding_changes(before: &Side, after: &Side) -> Vec<FindingChange> {
    let missing_in = |one: &Side, other: &Side, on: When| -> Vec<FindingChange> {
        let mut rest: Vec<&Said> = other.findings.iter().collect();
        let gone = one.findings.iter().filter(|finding| {
            let same = rest.iter().position(|other| other.id == finding.id && other.message == finding.message);
            same.map(|index| rest.swap_remove(index)).is_none()
        });
        gone.map(|finding| FindingChange { on, finding: finding.clone() }).collect()
    };
    let mut changes = missing_in(after, before, When::After);
    changes.extend(missing_in(before, after, When::Before));
    changes
}

fn outcome((before, after): (&Side, &Side), changes: &[Change], findings: &[FindingChange], grown: bool) -> Outcome {
    if before.is_empty() && after.is_empty() {
        return Outcome::Nothing;
    }
    let worse = |change: &&Change| change.counts && change.direction == Some(Direction::Worse);
    let refused = findings.iter().any(|change| change.on == When::After && change.finding.severity == Severity::Error);
    let verdict = badness(after.verdict) > badness(before.verdict);
    if refused || verdict || grown || changes.iter().filter(worse).any(|change| change.sure) {
        Outcome::Worse
    } else if changes.iter().any(|change| worse(&change)) {
        Outcome::Unclear
    } else {
        Outcome::NotWorse
    }
}

fn badness(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Ready => 0,
        Verdict::Undetermined => 1,
        Verdict::Blocked => 2,
    }
}

fn notices(grouped: bool, changes: &[Change]) -> Vec<String> {
    let mut notices = Vec::new();
    if changes.iter().any(|change| !change.sure) {
        notices.push(
            "a row stands for several resources that these reports do not name, and they may have changed rows: \
             make both reports with --expand"
                .to_owned(),
        );
    } else if grouped {
        notices.push(
            "rows that stand for several resources and read the same in both reports are taken to be about the same \
             resources; reports made with --expand name each"
                .to_owned(),
        );
    }
    notices
}
