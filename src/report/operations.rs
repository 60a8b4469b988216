//! The catalog for a reader: operations, and what one of them needs

use std::fmt::Write as _;

use super::Style;
use super::human::joined;
use super::paint::{Ink, paint};
use super::text::{visible, wrap};
use crate::catalog::{Catalog, FactSource, Operation, Precondition, Row};

/// All operations, one a line, with where their service is in its life
#[must_use]
pub fn operations_text(catalog: &Catalog, style: Style) -> String {
    let mut text = String::new();
    for operation in catalog.operations() {
        let state = operation.notice().unwrap_or_else(|| "in service".to_owned());
        let _ = writeln!(text, "{}  {}", paint(style, Ink::Heading, &visible(operation.name())), visible(&state));
    }
    text
}

/// One operation: its needs, its preconditions, the assumptions it rests on
#[must_use]
pub fn operation_text(catalog: &Catalog, operation: &Operation, style: Style) -> String {
    let style = style.readable();
    let header = &operation.header;
    let mut head = paint(style, Ink::Heading, &visible(operation.name()));
    let _ = write!(
        head,
        "\n{}, {}\nfrom {}",
        visible(&header.service.name),
        visible(&header.model),
        visible(&operation.file.name)
    );
    let mut parts = vec![head];
    parts.extend(operation.notices().map(|notice| wrapped(&visible(&notice), "", style)));
    parts.extend(operation.rows.iter().map(|row| row_text(operation, row, style)));
    parts.extend(operation.preconditions.iter().map(|precondition| precondition_text(precondition, style)));
    let assumptions = catalog.assumptions.iter().map(|(name, assumption)| {
        let text = format!("{} ({}): {}", visible(name), assumption.choices(), visible(&assumption.about));
        wrapped(&text, "  ", style)
    });
    let heading = paint(style, Ink::Heading, "assumptions, set with --assume NAME=VALUE");
    parts.push(format!("{heading}\n{}", assumptions.collect::<Vec<_>>().join("\n")));
    joined(parts)
}

fn row_text(operation: &Operation, row: &Row, style: Style) -> String {
    let actions: Vec<&str> = row.action.iter().map(crate::iam::Action::as_str).collect();
    let heading = paint(style, Ink::Heading, &format!("{}: {}", visible(&row.id), visible(&actions.join(", "))));
    let mut text = format!(
        "{heading}  ({}, {}, confidence {})",
        row.need.word(),
        operation.phase(row).word(),
        row.confidence.word()
    );
    for resource in &row.resource {
        // A fact about a whole ARN is told by its form.
        let named = resource.whole().and_then(|name| operation.header.fact.get(name));
        let shown = if let Some(FactSource::RequestArn { form, .. }) = named { form } else { resource };
        let _ = write!(text, "\n  on {}", visible(&shown.to_string()));
    }
    let _ = write!(text, "\n{}", wrapped(&visible(&row.because), "  because ", style));
    if let Some(note) = &row.note {
        let _ = write!(text, "\n{}", wrapped(&visible(note), "  note ", style));
    }
    for source in operation.sources(&row.src) {
        let _ = write!(text, "\n  source {}", visible(&source.url));
    }
    text
}

fn precondition_text(precondition: &Precondition, style: Style) -> String {
    let heading = paint(style, Ink::Heading, &format!("precondition {}", visible(&precondition.id)));
    let because = wrapped(&visible(&precondition.because), "  because ", style);
    format!("{heading}\n{because}\n  else {} {}", precondition.error.status, visible(&precondition.error.code))
}

fn wrapped(text: &str, lead: &str, style: Style) -> String {
    let room = style.columns().saturating_sub(lead.chars().count()).max(20);
    let blank = " ".repeat(lead.chars().count());
    let lines = wrap(text, room);
    let mut lines =
        lines.iter().enumerate().map(|(index, line)| format!("{}{line}", if index == 0 { lead } else { &blank }));
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |text, line| format!("{text}\n{line}"))
}
