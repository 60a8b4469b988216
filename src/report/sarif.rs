//! SARIF 2.1.0, for code scanning: a rule for each cause, a result for each row that is not allowed and each finding
//!
//! GitHub's limits are kept (25,000 results; it shows the first 5,000): the gravest results come first, and what is
//! cut is counted in a notification. Allowed rows are no results, because code scanning takes every result for an alert.

mod log;
mod rules;

use std::collections::{BTreeMap, HashMap};
use std::io;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use self::log::{
    ArtifactLocation, Automation, Base, Driver, Invocation, Log, Notification, Permission, PhysicalLocation, Place,
    Properties, Region, Rule, Run, SarifResult, Suppression, Text, Tool,
};
use super::issue::{Issue, Subject, documents, issues, of_lint, subject};
use super::json;
use super::text::visible;
use crate::finding::{Report, Severity, Waived};
use crate::lint::LintReport;
use crate::source::Location;

/// More results in one run are refused by code scanning
const MOST_RESULTS: usize = 25_000;
/// Further places of one result that are named
const MOST_PLACES: usize = 20;
/// Longer messages are cut
const LONGEST_MESSAGE: usize = 4_000;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// What relative paths are relative to, by the name that code scanning knows
const ROOT: &str = "%SRCROOT%";

/// What stands for itself in a path
const PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Writes a report
pub(super) fn report(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let all = issues(report);
    let notices = report.notices.iter().map(|notice| Notification { level: "note", message: text(notice) });
    let summary = report.summary;
    let properties = json!({
        "verdict": report.verdict.word(),
        "operation": report.operation,
        "principal": report.principal.arn,
        "mode": report.mode.word(),
        "capturedAt": report.captured_at,
        "summary": {
            "needed": summary.needed,
            "allowed": summary.allowed,
            "denied": summary.denied,
            "undetermined": summary.undetermined,
            "waived": summary.waived,
        },
        "gate": report.gate.as_ref().map(|gate| json!({
            "ending": gate.ending.word(),
            "failures": gate.failures,
            "letPass": gate.let_pass,
            "asOf": gate.as_of,
        })),
        "assumptions": report.assumptions.iter().map(|used| (used.id.clone(), json!(used.value))).collect::<serde_json::Map<_, _>>(),
        "notSeen": report.coverage.iter().filter(|covered| !covered.seen).map(|covered| &covered.what).collect::<Vec<_>>(),
    });
    write(&subject(report), &all, notices.collect(), properties, out)
}

/// Writes what was found in policy documents
pub(super) fn lint(report: &LintReport, out: &mut dyn io::Write) -> io::Result<()> {
    let edition = report.edition();
    let count = |severity| report.count(severity);
    let properties = json!({
        "documents": report.documents.len(),
        "summary": {
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "notes": count(Severity::Note),
        },
        "reference": { "source": edition.source, "version": edition.version, "captured": edition.captured },
    });
    write(&documents(), &of_lint(report), Vec::new(), properties, out)
}

fn write(
    subject: &Subject<'_>,
    all: &[Issue<'_>],
    mut notifications: Vec<Notification>,
    properties: serde_json::Value,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let cut = all.len().saturating_sub(MOST_RESULTS);
    if cut > 0 {
        let message = format!("{cut} further results are left out, the gravest are here; `-o json` has all");
        notifications.push(Notification { level: "warning", message: text(&message) });
    }
    let (results, rules) = results(subject, all.iter().take(MOST_RESULTS));
    let base = "the folder in which the program ran, for a workflow the root of the checkout";
    let run = Run {
        tool: Tool {
            driver: Driver { name: env!("CARGO_PKG_NAME"), semantic_version: env!("CARGO_PKG_VERSION"), rules },
        },
        automation_details: Automation { id: format!("{}/{}/", env!("CARGO_PKG_NAME"), subject.operation) },
        invocations: [Invocation { execution_successful: true, tool_execution_notifications: notifications }],
        bases: BTreeMap::from([(ROOT, Base { description: text(base) })]),
        column_kind: "unicodeCodePoints",
        results,
        properties,
    };
    json::write(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, out)
}

fn results<'r>(subject: &Subject<'_>, all: impl Iterator<Item = &'r Issue<'r>>) -> (Vec<SarifResult<'r>>, Vec<Rule>) {
    let mut rules: Vec<Rule> = Vec::new();
    let mut index_of: HashMap<String, usize> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let results = all.map(|issue| {
        let rule_id = issue.rule();
        let rule_index = *index_of.entry(rule_id.clone()).or_insert_with(|| {
            rules.push(rules::rule(issue));
            rules.len() - 1
        });
        let fingerprint = issue.fingerprint(subject);
        let occurrence = seen.entry(fingerprint.clone()).and_modify(|count| *count += 1).or_insert(1);
        SarifResult {
            rule_id,
            rule_index,
            level: level(issue.severity()),
            message: text(&issue.message()),
            locations: [place(issue.place(subject), None)],
            related_locations: related(issue),
            partial_fingerprints: BTreeMap::from([
                ("iamPreflight/v1", fingerprint.clone()),
                // Code scanning knows an alert again by this one, and hashes source lines when it is missing.
                ("primaryLocationLineHash", format!("{fingerprint}:{occurrence}")),
            ]),
            suppressions: issue.waived().map(suppression).into_iter().collect(),
            properties: properties(issue),
        }
    });
    let results = results.collect();
    (results, rules)
}

fn suppression(waived: &Waived) -> Suppression {
    let justification = visible(&waived.to_string()).into_owned();
    Suppression { kind: "external", status: "accepted", justification }
}

fn related(issue: &Issue<'_>) -> Vec<Place> {
    let places = issue.other_places().into_iter().take(MOST_PLACES).enumerate();
    places.map(|(index, location)| place(location, Some(index + 1))).collect()
}

fn properties<'r>(issue: &'r Issue<'r>) -> Properties<'r> {
    let requirement = match issue {
        Issue::Row(row, _) => Some(Permission {
            id: &row.id,
            actor: &row.actor,
            action: &row.action,
            resource: &row.resource,
            resource_count: row.resource_count,
            need: row.need.word(),
            phase: row.phase.word(),
            decision: row.decision.word(),
        }),
        Issue::Finding(_) => None,
    };
    Properties { requirement, help: issue.help() }
}

fn place(location: &Location, related: Option<usize>) -> Place {
    Place {
        id: related,
        physical_location: PhysicalLocation {
            artifact_location: artifact(&location.file),
            region: Region { start_line: location.at.line, start_column: location.at.column },
        },
        message: related.map(|_| text("also takes part")),
    }
}

/// A relative path stays relative to the root of the sources; an absolute one becomes a `file:` address
fn artifact(file: &str) -> ArtifactLocation {
    let slashed = file.replace('\\', "/");
    let is_absolute = slashed.starts_with('/') || slashed.get(1..3) == Some(":/");
    let trimmed = slashed.strip_prefix("./").unwrap_or(&slashed);
    let encoded = utf8_percent_encode(trimmed, &PATH).to_string();
    if is_absolute {
        let uri = format!("file:///{}", encoded.trim_start_matches('/').replacen("%3A/", ":/", 1));
        return ArtifactLocation { uri, uri_base_id: None };
    }
    ArtifactLocation { uri: encoded, uri_base_id: Some(ROOT) }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn text(text: &str) -> Text {
    Text { text: literal(text) }
}

/// A text in which nothing is a placeholder or a link (sections 3.11.5 and 3.11.6 of the standard)
fn literal(text: &str) -> String {
    let shown = visible(text);
    let mut escaped = String::with_capacity(shown.len());
    for (index, character) in shown.chars().enumerate() {
        if index == LONGEST_MESSAGE {
            escaped.push('…');
            break;
        }
        match character {
            '{' => escaped.push_str("{{"),
            '}' => escaped.push_str("}}"),
            '[' | ']' | '\\' => escaped.extend(['\\', character]),
            other => escaped.push(other),
        }
    }
    escaped
}
