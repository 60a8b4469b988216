//! JUnit XML, for test dashboards: a case for each needed permission and each finding
//!
//! Denied is a failure. Undetermined is an error: it never passes and is never skipped. Rows that do not decide the
//! verdict are skipped with their reason when they are not allowed; so are waived rows and findings that stop nothing.
//! The last cases are the verdict itself, so the file fails when the verdict is not `ready`, and what the gate made of
//! it where there is one.

mod suite;

use std::io;

pub use suite::{Case, Outcome, Suite, write};

use super::cause::Cause;
use super::issue::{Issue, subject};
use super::lack::title;
use crate::evaluate::Decision;
use crate::finding::{Ending, Finding, Gate, Report, Requirement, Severity, Summary, Verdict};
use crate::need::Strength;

/// Writes a report
pub(super) fn report(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let properties = vec![
        ("operation".to_owned(), report.operation.clone()),
        ("principal".to_owned(), report.principal.arn.clone()),
        ("mode".to_owned(), report.mode.word().to_owned()),
        ("captured_at".to_owned(), report.captured_at.clone().unwrap_or_default()),
    ];
    let suite = |name: &str, cases: Vec<Case>| Suite {
        name: format!("{}: {name}", report.operation),
        properties: properties.clone(),
        cases,
    };
    let rows = report.requirements.iter().map(|row| permission(report, row)).collect();
    let about = format!("{}.findings", report.operation);
    let findings: Vec<Case> = report.findings.iter().map(|found| finding(&about, found)).collect();
    let mut suites = vec![suite("permissions", rows)];
    if !findings.is_empty() {
        suites.push(suite("findings", findings));
    }
    let ends = std::iter::once(verdict(report)).chain(report.gate.as_ref().map(|gate| gated(report, gate)));
    suites.push(suite("verdict", ends.collect()));
    write(env!("CARGO_PKG_NAME"), &suites, out)
}

fn permission(report: &Report, row: &Requirement) -> Case {
    let name = format!("{} {} on {}", row.id, row.action, row.resource);
    let classname = format!("{}.{}", report.operation, row.actor);
    let Some(cause) = Cause::of(row) else {
        return Case { name, classname, place: None, outcome: Outcome::Passed };
    };
    let issue = Issue::Row(row, cause);
    let (kind, message) = (cause.id(), title(row));
    let details = std::iter::once(issue.message()).chain(issue.help().into_iter().map(|help| format!("help: {help}")));
    let details = details.collect::<Vec<_>>().join("\n");
    let outcome = match (row.need, row.decision) {
        _ if row.waived.is_some() => {
            let waived = row.waived.as_ref().map(ToString::to_string).unwrap_or_default();
            Outcome::Skipped { kind, message: format!("{waived}: {message}") }
        }
        (Strength::Must, Decision::Undetermined) => Outcome::Errored { kind, message, details },
        (Strength::Must, _) => Outcome::Failed { kind, message, details },
        (strength, _) => Outcome::Skipped { kind, message: format!("{} only: {message}", strength.word()) },
    };
    Case { name, classname, place: Some(issue.place(&subject(report)).clone()), outcome }
}

/// A finding as a case of this class: an error fails, what stops nothing is skipped
fn finding(classname: &str, finding: &Finding) -> Case {
    let (kind, message) = (finding.id.to_owned(), finding.message.clone());
    let outcome = match finding.severity {
        Severity::Error => Outcome::Failed { kind, message, details: finding.help.clone().unwrap_or_default() },
        Severity::Warning | Severity::Note => Outcome::Skipped { kind, message },
    };
    let name = format!("{} {}", finding.id, finding.message);
    Case { name, classname: classname.to_owned(), place: finding.location.clone(), outcome }
}

fn verdict(report: &Report) -> Case {
    let Summary { needed, allowed, denied, undetermined, waived } = report.summary;
    let kind = report.verdict.word().to_owned();
    let message = format!(
        "{kind}: {needed} needed, {allowed} allowed, {denied} denied, {undetermined} undetermined, {waived} waived"
    );
    let details = format!("{} as {}", report.operation, report.principal.arn);
    let outcome = match report.verdict {
        Verdict::Ready => Outcome::Passed,
        Verdict::Blocked => Outcome::Failed { kind, message, details },
        Verdict::Undetermined => Outcome::Errored { kind, message, details },
    };
    Case { name: "verdict".to_owned(), classname: format!("{}.verdict", report.operation), place: None, outcome }
}

/// Whether the run fails, by the gate's rules
fn gated(report: &Report, gate: &Gate) -> Case {
    let kind = gate.ending.word().to_owned();
    let message = format!("{kind}, with --fail-on {}", gate.fail_on.word());
    let details = gate.failures.iter().chain(&gate.let_pass).map(String::as_str).collect::<Vec<_>>().join("\n");
    let outcome = match gate.ending {
        Ending::Passed => Outcome::Passed,
        Ending::Denied => Outcome::Failed { kind, message, details },
        Ending::Undetermined | Ending::Unchecked | Ending::Nothing => Outcome::Errored { kind, message, details },
    };
    Case { name: "gate".to_owned(), classname: format!("{}.verdict", report.operation), place: None, outcome }
}
