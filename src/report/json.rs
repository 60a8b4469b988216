//! The JSON forms, frozen: members are added, never renamed, removed or left out (contract section 2)

mod diff;
mod expectations;
mod explained;
mod fixes;
mod gate;
mod generated;
mod lint;
mod migration;
mod needs;
mod parts;
mod proof;
mod verified;

use std::io;

use serde::Serialize;

pub(crate) use diff::Comparison;
pub(crate) use expectations::Outcomes;
pub(crate) use explained::Explained;
use gate::Gate;
pub(crate) use generated::Generated;
pub(crate) use lint::Lint;
pub(crate) use migration::Migration;
pub(crate) use needs::Needs;
use parts::{Assumption, Covered, Finding, Input, Requirement, Tool};
pub(crate) use verified::Verified;

use super::text::is_hidden;
use crate::finding;

/// `iam-preflight/report/v1`
#[derive(Debug, Serialize)]
pub(crate) struct Report<'r> {
    schema: &'static str,
    tool: Tool,
    mode: &'static str,
    operation: &'r str,
    verdict: &'static str,
    summary: Summary,
    principal: Principal<'r>,
    predicted_response: PredictedResponse<'r>,
    requirements: Vec<Requirement<'r>>,
    findings: Vec<Finding<'r>>,
    notices: &'r [String],
    assumptions: Vec<Assumption<'r>>,
    coverage: Vec<Covered<'r>>,
    captured_at: Option<&'r str>,
    gate: Option<Gate<'r>>,
    inputs: Vec<Input<'r>>,
}

#[derive(Debug, Serialize)]
struct Summary {
    needed: usize,
    allowed: usize,
    denied: usize,
    undetermined: usize,
    waived: usize,
}

#[derive(Debug, Serialize)]
struct Principal<'r> {
    arn: &'r str,
    kind: &'r str,
    account: &'r str,
}

#[derive(Debug, Serialize)]
struct PredictedResponse<'r> {
    status: Option<u16>,
    error: Option<&'r str>,
}

impl<'r> From<&'r finding::Report> for Report<'r> {
    fn from(report: &'r finding::Report) -> Self {
        let finding::Report { principal, predicted_response, .. } = report;
        Self {
            schema: "iam-preflight/report/v1",
            tool: Tool::THIS,
            mode: report.mode.word(),
            operation: &report.operation,
            verdict: report.verdict.word(),
            summary: Summary::from(report.summary),
            principal: Principal { arn: &principal.arn, kind: principal.kind, account: &principal.account },
            predicted_response: PredictedResponse {
                status: predicted_response.status,
                error: predicted_response.error.as_deref(),
            },
            requirements: report.requirements.iter().map(Requirement::from).collect(),
            findings: report.findings.iter().map(Finding::from).collect(),
            notices: &report.notices,
            assumptions: report.assumptions.iter().map(Assumption::from).collect(),
            coverage: report.coverage.iter().map(Covered::from).collect(),
            captured_at: report.captured_at.as_deref(),
            gate: report.gate.as_ref().map(Gate::from),
            inputs: report.inputs.iter().map(Input::from).collect(),
        }
    }
}

impl From<finding::Summary> for Summary {
    fn from(summary: finding::Summary) -> Self {
        let finding::Summary { needed, allowed, denied, undetermined, waived } = summary;
        Self { needed, allowed, denied, undetermined, waived }
    }
}

/// Writes a value, indented, with a line end; hidden characters are escaped, as they stand in strings only
pub(crate) fn write(value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let plain = serde_json::to_string_pretty(value)?;
    let mut escaped = String::with_capacity(plain.len() + 1);
    for character in plain.chars() {
        if is_hidden(character) && character != '\n' {
            let mut units = [0; 2];
            escaped.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(character);
        }
    }
    escaped.push('\n');
    out.write_all(escaped.as_bytes())
}
