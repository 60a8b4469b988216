//! One line for each needed permission, for spreadsheets
//!
//! A cell with several items separates them by `; `; inside an item `;` is `\;` and `\` is `\\`. A cell
//! that a spreadsheet would take for a formula begins with an apostrophe.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use csv::{Terminator, WriterBuilder};

use super::cause::Cause;
use super::text::visible;
use crate::finding::{DecidedBy, DerivedReport, DerivedRow, Report, Requirement};

/// The columns, in order; columns are added at the end, never renamed or removed
pub(super) const COLUMNS: [&str; 22] = [
    "operation",
    "principal",
    "verdict",
    "id",
    "actor",
    "action",
    "resource",
    "resource_count",
    "need",
    "phase",
    "decision",
    "cause",
    "because",
    "decided_by",
    "missing_context",
    "missing_facts",
    "assumptions",
    "sources",
    "gap",
    "help",
    "waived",
    "origin",
];

/// The columns of a derivation, in order
pub(super) const NEEDED: [&str; 14] = [
    "operation",
    "id",
    "actor",
    "action",
    "resource",
    "resource_count",
    "need",
    "phase",
    "because",
    "context",
    "missing_facts",
    "assumptions",
    "sources",
    "origin",
];

/// Writes the needed permissions of a report with their decisions
pub(super) fn report(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    lines(COLUMNS, report.requirements.iter().map(|row| cells(report, row)), out)
}

/// Writes what a request needs
pub(super) fn needs(derived: &DerivedReport, out: &mut dyn io::Write) -> io::Result<()> {
    lines(NEEDED, derived.rows.iter().map(|row| needed(&derived.operation, row)), out)
}

/// A header and its lines; nothing in a cell is hidden or runs
fn lines<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut lines = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(out);
    lines.write_record(columns)?;
    for row in rows {
        lines.write_record(row.iter().map(|cell| harmless(&visible(cell)).into_owned()))?;
    }
    lines.flush()
}

fn needed(operation: &str, row: &DerivedRow) -> [String; NEEDED.len()] {
    let context: Vec<String> = row.context.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    [
        operation.to_owned(),
        row.id.clone(),
        row.actor.clone(),
        row.action.clone(),
        row.resource.clone(),
        row.resource_count.to_string(),
        row.need.word().to_owned(),
        row.phase.word().to_owned(),
        row.because.clone(),
        items(context.iter().map(String::as_str)),
        items(row.missing_facts.iter().map(String::as_str)),
        items(row.assumptions.iter().map(String::as_str)),
        items(row.sources.iter().map(|source| source.url.as_str())),
        row.origin().unwrap_or_default().to_owned(),
    ]
}

fn cells(report: &Report, row: &Requirement) -> [String; COLUMNS.len()] {
    let sources = row.sources.iter().map(|source| source.url.as_str());
    let deciders: Vec<String> = row.decided_by.iter().map(decider).collect();
    let gap = row.gap.as_ref();
    [
        report.operation.clone(),
        report.principal.arn.clone(),
        report.verdict.word().to_owned(),
        row.id.clone(),
        row.actor.clone(),
        row.action.clone(),
        row.resource.clone(),
        row.resource_count.to_string(),
        row.need.word().to_owned(),
        row.phase.word().to_owned(),
        row.decision.word().to_owned(),
        Cause::of(row).map(Cause::id).unwrap_or_default(),
        row.because.clone(),
        items(deciders.iter().map(String::as_str)),
        items(row.missing_context.iter().map(String::as_str)),
        items(row.missing_facts.iter().map(String::as_str)),
        items(row.assumptions.iter().map(String::as_str)),
        items(sources),
        gap.map(|gap| gap.message.clone()).unwrap_or_default(),
        items(gap.iter().flat_map(|gap| &gap.help).map(String::as_str)),
        row.waived.as_ref().map(ToString::to_string).unwrap_or_default(),
        row.origin().unwrap_or_default().to_owned(),
    ]
}

/// `denies: scp guardrails/Net at scp.json:3:5`
fn decider(by: &DecidedBy) -> String {
    let mut text = format!("{}: {}", by.effect, by.layer.word());
    for (before, part) in [(' ', &by.policy), ('/', &by.sid)] {
        if !part.is_empty() {
            text.push(before);
            text.push_str(part);
        }
    }
    if let Some(location) = &by.location {
        let _ = write!(text, " at {location}");
    }
    text
}

fn items<'i>(items: impl Iterator<Item = &'i str>) -> String {
    items.map(|item| visible(item).replace('\\', r"\\").replace(';', r"\;")).collect::<Vec<_>>().join("; ")
}

/// Keeps a spreadsheet from running a cell
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}
