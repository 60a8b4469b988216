//! Markdown for a comment on a pull request, or the summary of a job
//!
//! GitHub takes comments of 65,536 characters: rows and details are written while they fit, the gravest first,
//! and what is left out is counted. Whatever comes from an input stands as code.

mod diff;
mod escape;
mod migration;

use std::fmt::Write as _;
use std::io;

pub(super) use diff::comparison;
use escape::{block, code, code_cell, html, sentence, sentence_cell};
pub(super) use migration::migration;

use super::issue::{Issue, issues, subject};
use super::lack::resources;
use super::text::counted;
use crate::evaluate::Decision;
use crate::finding::{
    AssumptionUse, DerivedReport, DerivedRow, Ending, Gate, Report, Requirement, Severity, Summary, Verdict,
};
use crate::need::Strength;

/// A comment may have 65,536 characters; what follows the details needs room too
const MOST: usize = 48_000;
/// Rows of the table, the gravest first
const MOST_ROWS: usize = 60;

/// By this a bot finds its comment again
const MARK: &str = "<!-- iam-preflight -->\n";

/// Writes a report
pub(super) fn report(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = MARK.to_owned();
    headline(report, &mut text);
    table(report, &mut text);
    details(report, &mut text);
    assumptions(&report.assumptions, &mut text);
    coverage(report, &mut text);
    for notice in &report.notices {
        let _ = write!(text, "\n> {}\n", sentence(notice));
    }
    let _ = write!(text, "\n<sub>{} {}</sub>\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    out.write_all(text.as_bytes())
}

/// Writes what a request needs
pub(super) fn needs(derived: &DerivedReport, out: &mut dyn io::Write) -> io::Result<()> {
    let total = counted(derived.rows.len() as u64, "needed permission");
    let mut text = format!("### IAM preflight: {total}\n\n{}\n", code(&derived.operation));
    if !derived.rows.is_empty() {
        text.push_str("\n| permission | resource | needed because |\n|---|---|---|\n");
    }
    let because = |row: &DerivedRow| {
        let open = row.missing_facts.iter().map(|fact| format!("; would settle it: {fact}"));
        sentence_cell(&format!("{}{}", row.because, open.collect::<String>()))
    };
    for row in derived.rows.iter().take(MOST_ROWS) {
        let permission = permission(&row.action, &row.actor, (row.need, row.origin()));
        let _ = writeln!(text, "| {permission} | {} | {} |", resource(&row.resource, row.resource_count), because(row));
    }
    if let more @ 1.. = derived.rows.len().saturating_sub(MOST_ROWS) {
        let _ = write!(text, "\n{} not shown.\n", counted(more as u64, "row"));
    }
    for finding in &derived.findings {
        let _ = write!(text, "\n**{}** {}\n", code(finding.id), sentence(&finding.message));
    }
    assumptions(&derived.assumptions, &mut text);
    for notice in &derived.notices {
        let _ = write!(text, "\n> {}\n", sentence(notice));
    }
    out.write_all(text.as_bytes())
}

/// The action, with its strength and its actor where they are not the usual ones
fn permission(action: &str, actor: &str, (need, origin): (Strength, Option<&str>)) -> String {
    let need = if need == Strength::Must { String::new() } else { format!(" ({})", need.word()) };
    let origin = origin.map(|word| format!(" ({word})")).unwrap_or_default();
    let actor = if actor == "caller" { String::new() } else { format!(" {}", code_cell(actor)) };
    format!("{}{need}{origin}{actor}", code_cell(action))
}

fn resource(resource: &str, count: u64) -> String {
    let count = resources(resource, count).map(|count| format!(" ({count})")).unwrap_or_default();
    format!("{}{count}", code_cell(resource))
}

fn headline(report: &Report, text: &mut String) {
    let fails = report.gate.as_ref().is_some_and(|gate| gate.ending != Ending::Passed);
    let sign = match report.verdict {
        Verdict::Ready if fails => "❌",
        Verdict::Ready => "✅",
        Verdict::Blocked => "❌",
        Verdict::Undetermined => "❔",
    };
    let word = report.headline();
    let Summary { needed, allowed, denied, undetermined, waived } = report.summary;
    let facts = match &report.captured_at {
        Some(moment) => format!("{}, from a snapshot of {}", report.mode.word(), code(moment)),
        None => format!("{}, from the documents given", report.mode.word()),
    };
    let _ = write!(
        text,
        "### {sign} IAM preflight: {word}\n\n{} as {}  \n{facts}\n\n\
         **{needed} needed: {allowed} allowed, {denied} denied, {undetermined} undetermined, {waived} waived**\n",
        code(&report.operation),
        code(&report.principal.arn),
    );
    for line in report.gate.iter().flat_map(Gate::sentences) {
        let _ = write!(text, "\n> gate {}\n", sentence(&line));
    }
}

fn table(report: &Report, text: &mut String) {
    if report.requirements.is_empty() {
        return;
    }
    text.push_str("\n| decision | permission | resource | decided by |\n|---|---|---|---|\n");
    let mut rows: Vec<&Requirement> = report.requirements.iter().collect();
    if rows.len() > MOST_ROWS {
        rows.sort_by_key(|row| (row.decision == Decision::Allowed, row.need, row.decision == Decision::Undetermined));
    }
    for row in rows.iter().take(MOST_ROWS) {
        text.push_str(&line(row));
    }
    let more = rows.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        let allowed = rows.iter().skip(MOST_ROWS).filter(|row| row.decision == Decision::Allowed).count();
        let _ = write!(text, "\n{} not shown, {allowed} of them allowed.\n", counted(more as u64, "row"));
    }
}

fn line(row: &Requirement) -> String {
    let decision = match row.decision {
        Decision::Allowed => "✓ allowed",
        Decision::ExplicitDeny => "✗ **explicitDeny**",
        Decision::ImplicitDeny => "✗ **implicitDeny**",
        Decision::Undetermined => "? **undetermined**",
    };
    let decision = if row.waived.is_some() { format!("{decision} (waived)") } else { decision.to_owned() };
    let by = row.decided_by.first().map(|by| {
        let names = [by.policy.as_str(), by.sid.as_str()].into_iter().filter(|name| !name.is_empty());
        let name = names.collect::<Vec<_>>().join("/");
        format!("{} {}", by.layer.word(), code_cell(&name))
    });
    format!(
        "| {decision} | {} | {} | {} |\n",
        permission(&row.action, &row.actor, (row.need, row.origin())),
        resource(&row.resource, row.resource_count),
        by.unwrap_or_default().trim_end()
    )
}

fn details(report: &Report, text: &mut String) {
    let (all, subject) = (issues(report), subject(report));
    let mut room = MOST.saturating_sub(text.chars().count());
    let mut left_out = 0;
    for issue in &all {
        let kind = match issue.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let body = block(&lines(issue, &issue.place(&subject).to_string()));
        let whole = format!(
            "\n<details><summary>{kind}: {} <code>{}</code></summary>\n\n{body}\n</details>\n",
            html(&issue.rule()),
            html(&issue.title()),
        );
        let length = whole.chars().count();
        if length > room {
            left_out += 1;
        } else {
            room -= length;
            text.push_str(&whole);
        }
    }
    if left_out > 0 {
        let _ = write!(text, "\n{} not shown for want of room.\n", counted(left_out, "further problem"));
    }
}

fn lines(issue: &Issue<'_>, place: &str) -> Vec<String> {
    let mut lines = vec![format!("at: {place}")];
    if let Issue::Row(row, _) = issue {
        if let Some(waived) = &row.waived {
            lines.push(format!("accepted: {waived}"));
        }
        if let Some(gap) = &row.gap {
            lines.push(format!("why: {}", gap.message));
        }
        lines.push(format!("needed: {}", row.because));
        lines.extend(row.missing_facts.iter().map(|fact| format!("would settle it: {fact}")));
        lines.extend(row.missing_context.iter().map(|key| format!("would settle it: the value of `{key}`")));
        lines.extend(row.outcomes.iter().map(|outcome| format!("outcome: {outcome}")));
        lines.extend(row.sources.iter().map(|source| format!("source: {}", source.url)));
    }
    lines.extend(issue.help().into_iter().map(|help| format!("help: {help}")));
    lines
}

fn assumptions(all: &[AssumptionUse], text: &mut String) {
    if all.is_empty() {
        return;
    }
    text.push_str("\n<details><summary>assumptions</summary>\n\n| assumption | value | meaning |\n|---|---|---|\n");
    for used in all {
        let (id, value) = (code_cell(&used.id), code_cell(&used.value));
        let _ = writeln!(text, "| {id} | {value} | {} |", sentence_cell(&used.meaning));
    }
    text.push_str("\n</details>\n");
}

fn coverage(report: &Report, text: &mut String) {
    if report.coverage.is_empty() {
        return;
    }
    let seen = report.coverage.iter().filter(|covered| covered.seen).count();
    let total = report.coverage.len();
    let _ = write!(
        text,
        "\n<details><summary>coverage: {seen} of {total} seen</summary>\n\n| | what | why |\n|---|---|---|\n"
    );
    let mut rows: Vec<_> = report.coverage.iter().collect();
    rows.sort_by_key(|covered| covered.seen);
    for covered in rows.iter().take(MOST_ROWS) {
        let mark = if covered.seen { "✓ seen" } else { "? **not seen**" };
        let _ = writeln!(text, "| {mark} | {} | {} |", sentence_cell(&covered.what), sentence_cell(&covered.why));
    }
    if total > MOST_ROWS {
        let _ = write!(text, "\n{} not shown.\n", counted((total - MOST_ROWS) as u64, "row"));
    }
    text.push_str("\n</details>\n");
}
