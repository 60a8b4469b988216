//! A migration, for an issue or a comment on a pull request

use std::fmt::Write as _;
use std::io;

use super::escape::{block, code, code_cell, sentence, sentence_cell};
use super::{MARK, MOST_ROWS, permission, resource};
use crate::migrate::{Asked, MigrationReport, NeededBy, PermissionChange, Provenance, Told};
use crate::report::migration::{actor, origin, request_text};

/// Writes a migration
pub(in crate::report) fn migration(report: &MigrationReport, out: &mut dyn io::Write) -> io::Result<()> {
    let migrated = &report.migrated;
    let (from, to) = (code(&migrated.from), code(&migrated.to));
    let mut text = format!("{MARK}### IAM preflight: {from} becomes {to}\n\n{}\n", sentence(&migrated.summary));
    let lines: Vec<String> = request_text(migrated).lines().map(str::to_owned).collect();
    let _ = write!(text, "\n{}", block(&lines));
    asked("still to be said", &migrated.asks, &mut text);
    asked("may be said", &migrated.offers, &mut text);
    members(report, &mut text);
    told("Has no counterpart", &migrated.lost, &mut text);
    told("Changes in meaning", &migrated.changes, &mut text);
    permissions(&report.permissions, &mut text);
    for finding in &report.findings {
        let _ = write!(text, "\n**{}** {}\n", code(finding.id), sentence(&finding.message));
    }
    for notice in &report.notices {
        let _ = write!(text, "\n> {}\n", sentence(notice));
    }
    let _ = write!(text, "\n<sub>{} {}</sub>\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    out.write_all(text.as_bytes())
}

fn asked(heading: &str, asks: &[Asked], text: &mut String) {
    if asks.is_empty() {
        return;
    }
    let _ = write!(text, "\n| {heading} | what | because |\n|---|---|---|\n");
    for ask in asks {
        let words = std::iter::once(&ask.what).chain(&ask.how).chain(&ask.why);
        let what = sentence_cell(&words.map(String::as_str).collect::<Vec<_>>().join("; "));
        let _ = writeln!(text, "| {} | {what} | {} |", code_cell(&ask.name), sentence_cell(&ask.because));
    }
}

fn members(report: &MigrationReport, text: &mut String) {
    text.push_str("\n| new member | comes from | because |\n|---|---|---|\n");
    let known = report.migrated.members.iter().filter(|member| !matches!(member.from, Provenance::Open(_)));
    for member in known {
        let change = member.change.as_ref().map(|change| format!("; changed: {change}")).unwrap_or_default();
        let because = sentence_cell(&format!("{}{change}", member.because));
        let _ = writeln!(
            text,
            "| {} | {} | {because} |",
            code_cell(&member.to.join(", ")),
            code_cell(&origin(&member.from))
        );
    }
}

fn told(heading: &str, all: &[Told], text: &mut String) {
    if !all.is_empty() {
        let _ = write!(text, "\n**{heading}**\n\n");
    }
    for told in all {
        let _ = writeln!(text, "- {}: {}", code(&told.what), sentence(&told.because));
    }
}

fn permissions(changes: &[PermissionChange], text: &mut String) {
    text.push_str("\n| needed for | permission | resource |\n|---|---|---|\n");
    for change in changes.iter().take(MOST_ROWS) {
        let Some(own) = change.permission() else { continue };
        let side = match change.needed_by() {
            NeededBy::Before => "the old request only",
            NeededBy::After => "the new request only",
            NeededBy::Both => "both",
        };
        let moved = change.moved_from.as_ref().map(|before| format!(" (before: {})", code_cell(actor(before))));
        let permission = permission(&own.action, &own.actor, (own.need, None));
        let resource = resource(&own.resource, own.resource_count);
        let _ = writeln!(text, "| {side} | {permission}{} | {resource} |", moved.unwrap_or_default());
    }
    let more = changes.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        let _ = writeln!(text, "\n{more} more are not shown.");
    }
}
