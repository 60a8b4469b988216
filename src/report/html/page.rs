//! The page around the rows: the answer, what was not seen, and all that the report rests on

use askama::Template;

use super::rows::Rendered;
use super::text::{Link, Text, anchor, texts};
use super::{SCRIPT, STYLE};
use crate::finding::{Finding, Report, Severity, Verdict, decides};
use crate::report::human::{predicted, sentence};
use crate::report::text::{counted, grouped};

/// Everything on the page
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page<'r> {
    policy: &'r str,
    style: &'static str,
    script: &'static str,
    /// `ready`, `waived`, `blocked`, `undetermined`
    verdict: &'static str,
    word: &'static str,
    sign: &'static str,
    sentence: Text,
    response: Text,
    operation: Text,
    principal: Text,
    principal_kind: &'static str,
    account: Option<Text>,
    mode: &'static str,
    captured_at: Option<Text>,
    age: Option<Text>,
    made_at: Option<Text>,
    version: &'static str,
    counts: Vec<(&'static str, &'static str, usize)>,
    advisory: usize,
    resources: String,
    notices: Vec<Text>,
    unseen: Vec<(Text, Text)>,
    keys: Vec<Text>,
    facts: Vec<Text>,
    rows: Rendered,
    shown: usize,
    findings: Vec<Found>,
    findings_first: bool,
    gate: Vec<Text>,
    assumptions: Vec<(String, Text, Text, Text)>,
    coverage: Vec<(Text, bool, Text)>,
    inputs: Vec<Input>,
    data: Vec<(Text, Text)>,
}

/// A finding
struct Found {
    id: &'static str,
    severity: &'static str,
    message: Text,
    help: Option<Text>,
    link: Option<Link>,
    place: Option<Text>,
}

/// A file that was read
struct Input {
    name: Text,
    role: &'static str,
    bytes: String,
    sha256: Option<Text>,
}

impl<'r> Page<'r> {
    /// The page of a report with its rows, under a content security policy
    pub(super) fn of(report: &Report, rows: Rendered, policy: &'r str) -> Self {
        let (verdict, word, sign) = verdict(report);
        let summary = report.summary;
        let making = report.making.as_ref();
        let resources: u64 = report.requirements.iter().map(|row| row.resource_count).sum();
        Self {
            policy,
            style: STYLE,
            script: SCRIPT,
            verdict,
            word,
            sign,
            sentence: Text::of(sentence(report)),
            response: Text::of(predicted(&report.predicted_response)),
            operation: Text::of(&report.operation),
            principal: Text::of(&report.principal.arn),
            principal_kind: report.principal.kind,
            account: Some(&report.principal.account).filter(|account| !account.is_empty()).map(Text::of),
            mode: report.mode.word(),
            captured_at: report.captured_at.as_ref().map(Text::of),
            age: making.and_then(|making| making.snapshot_age.as_ref()).map(Text::of),
            made_at: making.map(|making| Text::of(&making.at)),
            version: env!("CARGO_PKG_VERSION"),
            counts: vec![
                ("needed", "needed", summary.needed),
                ("allowed", "allowed", summary.allowed),
                ("denied", "denied", summary.denied),
                ("undetermined", "undetermined", summary.undetermined),
                ("waived", "waived", summary.waived),
            ],
            advisory: report.requirements.iter().filter(|row| !decides(row)).count(),
            resources: grouped(resources),
            notices: texts(&report.notices),
            unseen: unseen(report),
            keys: distinct(report, |row| &row.missing_context),
            facts: distinct(report, |row| &row.missing_facts),
            shown: rows.rows.len(),
            rows,
            findings: report.findings.iter().map(Found::of).collect(),
            findings_first: report.standing.rejected || report.standing.incomplete || report.standing.stale,
            gate: gate(report),
            assumptions: assumptions(report),
            coverage: coverage(report),
            inputs: report.inputs.iter().map(Input::of).collect(),
            data: making.map(|making| pairs(&making.data)).unwrap_or_default(),
        }
    }
}

/// Nothing but a plain `ready` looks like one
fn verdict(report: &Report) -> (&'static str, &'static str, &'static str) {
    match report.verdict {
        Verdict::Ready if report.summary.waived > 0 => ("waived", "Ready only by waiver", "undetermined"),
        Verdict::Ready => ("ready", "Ready", "allowed"),
        Verdict::Blocked => ("blocked", "Blocked", "denied"),
        Verdict::Undetermined => ("undetermined", "Undetermined", "undetermined"),
    }
}

fn unseen(report: &Report) -> Vec<(Text, Text)> {
    let unseen = report.coverage.iter().filter(|covered| !covered.seen);
    unseen.map(|covered| (Text::of(&covered.what), Text::of(&covered.why))).collect()
}

fn coverage(report: &Report) -> Vec<(Text, bool, Text)> {
    report.coverage.iter().map(|covered| (Text::of(&covered.what), covered.seen, Text::of(&covered.why))).collect()
}

fn assumptions(report: &Report) -> Vec<(String, Text, Text, Text)> {
    let texts = |used: &crate::finding::AssumptionUse| {
        (anchor("assumption", &used.id), Text::of(&used.id), Text::of(&used.value), Text::of(&used.meaning))
    };
    report.assumptions.iter().map(texts).collect()
}

fn pairs(pairs: &[(String, String)]) -> Vec<(Text, Text)> {
    pairs.iter().map(|(name, value)| (Text::of(name), Text::of(value))).collect()
}

/// What rows lack, each once, in their order
fn distinct<'r>(report: &'r Report, of: impl Fn(&'r crate::finding::Requirement) -> &'r Vec<String>) -> Vec<Text> {
    let mut seen = std::collections::BTreeSet::new();
    let all = report.requirements.iter().flat_map(of);
    all.filter(|text| seen.insert(text.as_str())).map(Text::of).collect()
}

/// What the gate made of it, one sentence each
fn gate(report: &Report) -> Vec<Text> {
    let Some(gate) = &report.gate else { return Vec::new() };
    let mut lines = vec![format!("the run ends as {}, failing on {}", gate.ending.word(), gate.fail_on.word())];
    lines.extend(gate.failures.iter().map(|failure| format!("fails: {failure}")));
    lines.extend(gate.let_pass.iter().map(|passed| format!("let pass: {passed}")));
    lines.extend(
        gate.as_of.iter().map(|moment| format!("ages and last days were counted from {moment}, given by hand")),
    );
    lines.extend(gate.configuration.iter().map(|file| format!("configuration: {file}")));
    lines.extend(gate.settings.iter().map(ToString::to_string));
    texts(&lines)
}

impl Found {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id,
            severity: match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            message: Text::of(&finding.message),
            help: finding.help.as_ref().map(Text::of),
            link: finding.url.as_deref().map(Link::of),
            place: finding.location.as_ref().map(|location| Text::of(location.to_string())),
        }
    }
}

impl Input {
    fn of(input: &crate::finding::Input) -> Self {
        Self {
            name: Text::of(&input.name),
            role: input.role.word(),
            bytes: counted(input.bytes, "byte"),
            sha256: input.sha256.as_ref().map(Text::of),
        }
    }
}
