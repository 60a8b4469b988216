//! What a request needs, before anyone is asked whether it is allowed: the output of `derive`

use std::io;

use super::block::Block;
use super::human::{Permission, assumptions, finding_block, joined, notices, permission_lines};
use super::paint::{Ink, paint};
use super::table::{Layout, PADDING, border_width};
use super::text::{counted, visible};
use super::{Format, Style, csv, json, markdown};
use crate::finding::{DerivedReport, DerivedRow};
use crate::need::Strength;

/// `submit`, the longest phase
const PHASE: usize = 6;

/// Writes a derivation in one format
///
/// # Errors
/// Those of the sink, and `Unsupported` for a format that this does not have.
pub fn render_needs(derived: &DerivedReport, format: Format, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(derived, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Needs::from(derived), out),
        Format::Csv => csv::needs(derived, out),
        Format::Markdown => markdown::needs(derived, out),
        other => Err(other.unsupported()),
    }
}

fn human(derived: &DerivedReport, style: Style) -> String {
    let DerivedReport { operation, rows, findings, .. } = derived;
    let total = counted(u64::try_from(rows.len()).unwrap_or(u64::MAX), "needed permission");
    let mut parts = vec![format!("{}  {total}", paint(style, Ink::Heading, &visible(operation)))];
    if !rows.is_empty() {
        parts.push(overview(rows, style));
    }
    parts.extend(rows.iter().map(|row| details(row).render(style)));
    parts.extend(findings.iter().map(|finding| finding_block(finding, style)));
    parts.extend(assumptions(&derived.assumptions, style));
    parts.extend(notices(&derived.notices, style));
    joined(parts)
}

fn overview(rows: &[DerivedRow], style: Style) -> String {
    let room = style.columns() - border_width(3) - 3 * PADDING - PHASE;
    let id = rows.iter().map(|row| row.id.chars().count()).max().unwrap_or(0).clamp(2, room / 3);
    let mut layout = Layout::new(style, &[("id", id), ("phase", PHASE), ("permission", room - id)]);
    for row in rows {
        let permission = Permission {
            actor: &row.actor,
            action: &row.action,
            resource: &row.resource,
            count: row.resource_count,
            need: row.need,
            origin: row.origin(),
        };
        let cells =
            [vec![row.id.clone()], vec![row.phase.word().to_owned()], permission_lines(&permission, room - id, style)];
        layout.row(Ink::Heading, &cells);
    }
    layout.render(style)
}

fn details(row: &DerivedRow) -> Block {
    let title = format!("{}: {} on {}", row.id, row.action, row.resource);
    let mut block = Block::new(None, None, &title);
    block.note("needed", &row.because);
    if row.need != Strength::Must {
        block.note("need", row.need.word());
    }
    if let Some(origin) = row.origin() {
        block.note("origin", origin);
    }
    for (key, value) in &row.context {
        block.note("context", &format!("{key} = {value}"));
    }
    if !row.assumptions.is_empty() {
        block.note("assumes", &row.assumptions.join(", "));
    }
    for source in &row.sources {
        block.note("source", &source.url);
    }
    for fact in &row.missing_facts {
        block.note("would settle it", fact);
    }
    block
}
