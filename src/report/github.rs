//! Annotations in the log of GitHub Actions
//!
//! A step shows ten annotations of a kind; the gravest ten come first and the rest is counted.
//! The form: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::io;

use super::issue::{Issue, Subject, documents, issues, of_lint, subject};
use super::text::{counted, visible};
use crate::finding::{Gate, Report, Severity, Summary};
use crate::lint::LintReport;

/// More are not shown for one step
const MOST: usize = 10;

/// Writes a report: the gravest issues, how many more there are, and the verdict
pub(super) fn report(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let Summary { needed, allowed, denied, undetermined, waived } = report.summary;
    let mut message = format!(
        "{needed} needed: {allowed} allowed, {denied} denied, {undetermined} undetermined, {waived} waived; {} as {}",
        report.operation, report.principal.arn
    );
    for sentence in report.gate.iter().flat_map(Gate::sentences) {
        message.push_str("; ");
        message.push_str(&sentence);
    }
    write(&subject(report), &issues(report), (&report.headline(), &message), out)
}

/// Writes what was found in policy documents, and how much there is
pub(super) fn lint(report: &LintReport, out: &mut dyn io::Write) -> io::Result<()> {
    let count = |severity| report.count(severity);
    let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
    let looked_at = counted(report.documents.len() as u64, "policy document");
    let message = format!("{errors} errors, {warnings} warnings, {notes} notes in {looked_at}");
    write(&documents(), &of_lint(report), ("lint", &message), out)
}

/// Writes the gravest issues, how many more there are, and last a word and a sentence about all
pub(super) fn write(
    subject: &Subject<'_>,
    all: &[Issue<'_>],
    (word, sentence): (&str, &str),
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for issue in all.iter().take(MOST) {
        let place = issue.place(subject);
        let properties = [
            ("file", place.file.replace('\\', "/")),
            ("line", place.at.line.to_string()),
            ("col", place.at.column.to_string()),
            ("title", format!("{}: {}", issue.rule(), issue.title())),
        ];
        annotate(kind(issue.severity()), &properties, &issue.message(), out)?;
    }
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        let message = format!("{} not shown here; other formats have all", counted(more as u64, "further problem"));
        annotate("notice", &[("title", "iam-preflight".to_owned())], &message, out)?;
    }
    annotate("notice", &[("title", format!("iam-preflight: {word}"))], sentence, out)
}

fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// One workflow command; nothing in it can end it or begin another
fn annotate(kind: &str, properties: &[(&str, String)], message: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    writeln!(out, "::{kind} {}::{}", properties.join(","), data(message))
}

fn data(text: &str) -> String {
    // Line breaks and carriage returns are visible escapes by then.
    visible(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
