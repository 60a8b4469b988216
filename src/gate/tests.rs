//! What each flag, waiver and baseline does to a report, and what none of them can do

mod ages;
mod baselines;
mod outcomes;
mod properties;
mod waivers;

use crate::evaluate::Decision;
use crate::finding::{
    Ending, FailOn, Finding, Mode, PredictedResponse, Report, ReportPrincipal, Requirement, Severity, Standing,
    Summary, Verdict,
};
use crate::need::{Phase, Strength};
use crate::source::{Location, Position, SourceFile};

use super::{Baseline, Gate, Provenance, Waivers};

const TRAINER: &str = "arn:aws:iam::111122223333:role/ml/VisionTrainer";
const OPERATION: &str = "lookoutvision:CreateModel";
const NOW: &str = "2026-03-31T12:00:00Z";

fn place(line: u32) -> Location {
    Location { file: "request.json".into(), at: Position { line, column: 1 } }
}

fn row(id: &str, action: &str, resource: &str, decision: Decision) -> Requirement {
    Requirement {
        id: id.into(),
        actor: "caller".into(),
        principal: None,
        action: action.into(),
        resource: resource.into(),
        resource_count: 1,
        examples: Vec::new(),
        members: Vec::new(),
        need: Strength::Must,
        phase: Phase::Submit,
        decision,
        is_generated: false,
        because: "The request itself".into(),
        sources: Vec::new(),
        assumptions: Vec::new(),
        decided_by: Vec::new(),
        missing_context: Vec::new(),
        missing_facts: Vec::new(),
        outcomes: Vec::new(),
        context: Vec::new(),
        gap: None,
        coverage: Vec::new(),
        waived: None,
        asked_at: place(3),
        way: None,
    }
}

fn create() -> Requirement {
    row("create", OPERATION, "arn:aws:lookoutvision:us-east-1:111122223333:model/line-3/*", Decision::Allowed)
}

fn images(decision: Decision) -> Requirement {
    Requirement {
        resource_count: 80,
        ..row("read-object", "s3:GetObject", "arn:aws:s3:::acme-data/casting/*", decision)
    }
}

fn grant(decision: Decision) -> Requirement {
    row("key-grant", "kms:CreateGrant", "arn:aws:kms:us-east-1:111122223333:key/a81d5e02", decision)
}

fn should(decision: Decision) -> Requirement {
    Requirement {
        need: Strength::Should,
        ..row("key-describe", "kms:DescribeKey", "arn:aws:kms:us-east-1:111122223333:key/a81d5e02", decision)
    }
}

fn report(requirements: Vec<Requirement>) -> Report {
    let mut report = Report {
        mode: Mode::Offline,
        operation: OPERATION.into(),
        verdict: Verdict::Undetermined,
        summary: Summary::default(),
        principal: ReportPrincipal { arn: TRAINER.into(), kind: "role", account: "111122223333".into() },
        predicted_response: PredictedResponse { status: None, error: None },
        requirements,
        findings: Vec::new(),
        notices: Vec::new(),
        assumptions: Vec::new(),
        coverage: Vec::new(),
        captured_at: Some("2026-03-30T12:00:00Z".into()),
        inputs: Vec::new(),
        request: "request.json".into(),
        making: None,
        standing: Standing::default(),
        gate: None,
    };
    report.settle();
    report
}

fn finding(id: &'static str, severity: Severity) -> Finding {
    Finding { id, severity, message: "found".into(), help: None, url: None, location: None }
}

fn waivers(text: &str) -> Waivers {
    Waivers::read(&SourceFile::new("waivers.toml", text)).unwrap()
}

/// A waiver of one line and three that are always there
fn waiver(about: &str) -> String {
    format!("[[waiver]]\n{about}\nowner = \"vision-platform\"\nreason = \"the key moves\"\nexpires = 2026-12-31\n\n")
}

/// The gate without anything, to be filled in
fn gate(waivers: &Waivers) -> Gate<'_> {
    Gate {
        fail_on: FailOn::Any,
        strict: false,
        waivers,
        baseline: None,
        max_age: None,
        now: NOW.parse().unwrap(),
        unanswered: false,
    }
}

fn gated(gate: &Gate<'_>, mut report: Report) -> (Ending, Report) {
    let ending = gate.apply(&mut report, Provenance::default());
    (ending, report)
}

/// `id file:line:column` of each finding
fn found(report: &Report) -> Vec<String> {
    let place = |finding: &Finding| finding.location.as_ref().map(ToString::to_string).unwrap_or_default();
    report.findings.iter().map(|finding| format!("{} {}", finding.id, place(finding)).trim_end().to_owned()).collect()
}

fn baseline(text: &str) -> Baseline {
    Baseline::read(&SourceFile::new("baseline.toml", text)).unwrap()
}
