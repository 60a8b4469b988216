//! What `lint` found

use std::io;

use super::block::Block;
use super::human::joined;
use super::paint::{Ink, paint};
use super::text::counted;
use super::{Format, Style, github, json, sarif};
use crate::finding::{Finding, Severity};
use crate::lint::{LintFinding, LintReport};
use crate::source::Location;

/// Writes what was found in one format, with the lines that it points at where `source_line` knows them
///
/// # Errors
/// Those of the sink.
pub fn render_lint(
    report: &LintReport,
    source_line: &dyn Fn(&Location) -> Option<String>,
    (format, style): (Format, Style),
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(report, source_line, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Lint::from(report), out),
        Format::Sarif => sarif::lint(report, out),
        Format::Github => github::lint(report, out),
        other => Err(other.unsupported()),
    }
}

fn human(report: &LintReport, source_line: &dyn Fn(&Location) -> Option<String>, style: Style) -> String {
    let blocks = report.findings.iter().map(|LintFinding { finding, .. }| block(finding, source_line, style));
    joined(blocks.chain([ending(report, style)]))
}

fn block(finding: &Finding, source_line: &dyn Fn(&Location) -> Option<String>, style: Style) -> String {
    let mut block = Block::new(finding.severity, Some(finding.id), &finding.message);
    if let Some(location) = &finding.location {
        block.place(location, source_line(location).as_deref(), "");
    }
    if let Some(help) = &finding.help {
        block.note("help", help);
    }
    if let Some(url) = &finding.url {
        block.note("source", url);
    }
    block.render(style)
}

fn ending(report: &LintReport, style: Style) -> String {
    let count = |severity, noun| counted(report.count(severity) as u64, noun);
    let [errors, warnings] = [count(Severity::Error, "error"), count(Severity::Warning, "warning")];
    let notes = count(Severity::Note, "note");
    let ink = if report.is_clean() { Ink::Good } else { Ink::Bad };
    let counts = paint(style, ink, &format!("{errors}, {warnings}, {notes}"));
    let edition = report.edition();
    let documents = counted(report.documents.len() as u64, "policy document");
    format!("{counts} in {documents}\ncompared with {} {} of {}", edition.source, edition.version, edition.captured)
}
