//! `iam-preflight/lint/v1`, what `lint` prints

use serde::Serialize;

use super::parts::{Finding, Location, Tool};
use crate::finding::Severity;
use crate::lint::{LintFinding, LintReport, LintedDocument};
use crate::reference::Edition;

/// What was found in policy documents
#[derive(Debug, Serialize)]
pub(crate) struct Lint<'r> {
    schema: &'static str,
    tool: Tool,
    clean: bool,
    summary: Summary,
    documents: Vec<Document<'r>>,
    findings: Vec<Found<'r>>,
    reference: Reference,
}

#[derive(Debug, Serialize)]
struct Summary {
    documents: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Debug, Serialize)]
struct Document<'r> {
    location: Location<'r>,
    #[serde(rename = "type")]
    kind: &'static str,
    told: bool,
}

#[derive(Debug, Serialize)]
struct Found<'r> {
    #[serde(flatten)]
    finding: Finding<'r>,
    fix: Option<&'r str>,
}

#[derive(Debug, Serialize)]
struct Reference {
    source: &'static str,
    version: &'static str,
    license: &'static str,
    captured: &'static str,
}

impl<'r> From<&'r LintReport> for Lint<'r> {
    fn from(report: &'r LintReport) -> Self {
        let summary = Summary {
            documents: report.documents.len(),
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
        };
        let Edition { source, version, license, captured, .. } = report.edition();
        Self {
            schema: "iam-preflight/lint/v1",
            tool: Tool::THIS,
            clean: report.is_clean(),
            summary,
            documents: report.documents.iter().map(Document::from).collect(),
            findings: report.findings.iter().map(Found::from).collect(),
            reference: Reference { source, version, license, captured },
        }
    }
}

impl<'r> From<&'r LintedDocument> for Document<'r> {
    fn from(document: &'r LintedDocument) -> Self {
        Self { location: Location::from(&document.location), kind: document.kind.word(), told: document.told }
    }
}

impl<'r> From<&'r LintFinding> for Found<'r> {
    fn from(found: &'r LintFinding) -> Self {
        Self { finding: Finding::from(&found.finding), fix: found.fix.as_deref() }
    }
}
