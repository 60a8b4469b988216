//! What follows the gaps: findings, what was seen, what was assumed, notices

use crate::finding::{AssumptionUse, Coverage, Finding};
use crate::report::Style;
use crate::report::block::Block;
use crate::report::paint::{Ink, paint};
use crate::report::text::{visible, wrap};

/// A finding as a block
pub(crate) fn finding_block(finding: &Finding, style: Style) -> String {
    let mut block = Block::new(finding.severity, Some(finding.id), &finding.message);
    if let Some(location) = &finding.location {
        block.place(location, None, "");
    }
    if let Some(url) = &finding.url {
        block.note("source", url);
    }
    if let Some(help) = &finding.help {
        block.note("help", help);
    }
    block.render(style)
}

/// What was seen and what was not, with the reason
pub(super) fn coverage(coverage: &[Coverage], style: Style) -> Option<String> {
    let all_seen = coverage.iter().all(|covered| covered.seen);
    let lines = coverage.iter().map(|Coverage { what, seen, why }| {
        let (mark, ink) = if *seen { ("✓ seen", Ink::Good) } else { ("? not seen", Ink::Open) };
        let indent = if all_seen { "? seen".len() } else { "? not seen".len() };
        let text = wrap(&visible(&format!("{what}: {why}")), style.columns().saturating_sub(indent + 3));
        let gap = " ".repeat((indent + 2).saturating_sub(mark.chars().count()));
        let body = text.join(&format!("\n {}", " ".repeat(indent + 2)));
        format!(" {}{gap}{body}\n", paint(style, ink, mark))
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| section(style, "coverage", &lines.concat()))
}

/// The assumptions in force
pub(crate) fn assumptions(assumptions: &[AssumptionUse], style: Style) -> Option<String> {
    let lines = assumptions.iter().map(|AssumptionUse { id, value, meaning }| format!("{id} = {value}: {meaning}"));
    list(style, "assumptions", lines)
}

/// The notices
pub(crate) fn notices(notices: &[String], style: Style) -> Option<String> {
    list(style, "notices", notices.iter().cloned())
}

/// A heading and its items, each wrapped, further lines set in
pub(crate) fn list(style: Style, heading: &str, items: impl Iterator<Item = String>) -> Option<String> {
    let items: Vec<String> = items
        .map(|item| format!(" {}\n", wrap(&visible(&item), style.columns().saturating_sub(3)).join("\n   ")))
        .collect();
    (!items.is_empty()).then(|| section(style, heading, &items.concat()))
}

fn section(style: Style, heading: &str, body: &str) -> String {
    format!("{}\n{body}", paint(style, Ink::Heading, heading))
}
