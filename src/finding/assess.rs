//! The one report of a check

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::{AnswerStatus, Assumptions, Operation};
use crate::evaluate::Decision;
use crate::facts::Facts;
use crate::judge::Judge;
use crate::need::{Beyond, Derivation, Outcome, Phase, Strength};
use crate::request::Violation;
use crate::request::manifest::ManifestSummary;
use crate::request::quota::QuotaFinding;

use super::{
    AssumptionUse, Coverage, DerivedReport, DerivedRow, Finding, Input, LineText, Mode, PredictedResponse, Report,
    ReportPrincipal, Requirement, Shape, Standing, Summary, Verdict, alternatives, checks, coverage, requirements,
};

/// Everything that a report is made from
pub struct Assessment<'a> {
    /// The operation
    pub operation: &'a Operation,
    /// The request file, as the user named it
    pub request: Arc<str>,
    /// What the service would refuse about the request
    pub violations: &'a [Violation],
    /// What it needs
    pub derivation: &'a Derivation,
    /// Who decides
    pub judge: &'a Judge<'a>,
    /// The facts
    pub facts: &'a Facts,
    /// The assumptions in force
    pub assumptions: &'a Assumptions,
    /// The manifests as read
    pub manifests: &'a [ManifestSummary],
    /// Limits of the dataset
    pub quotas: &'a [QuotaFinding],
    /// Findings of the edge: files that nothing reads
    pub extra: Vec<Finding>,
    /// Further entries of what was seen
    pub seen: Vec<Coverage>,
    /// The text of source lines
    pub lines: LineText<'a>,
    /// One row for each resource
    pub expand: bool,
    /// Where decisions come from
    pub mode: Mode,
    /// What was read, where an output shows it
    pub inputs: Vec<Input>,
}

impl std::fmt::Debug for Assessment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assessment").field("operation", &self.operation.name()).finish_non_exhaustive()
    }
}

impl Assessment<'_> {
    /// Judges every need and writes the report
    #[must_use]
    pub fn report(self) -> Report {
        let (rows, disagreements) = self.rows();
        let mut findings = self.findings();
        findings.extend(disagreements);
        findings.sort_by_key(|finding| finding.severity);
        let summary = Summary::of(&rows);
        let rejected = self.rejection();
        let incomplete = self.incomplete(&rows) || self.unsettled_precondition();
        let standing = Standing { rejected: rejected.is_some(), incomplete, ..Standing::default() };
        let verdict = Verdict::of(&summary, standing);
        // How a service answers differs from service to service; of generated operations nobody read it.
        let answer = (!self.operation.is_generated()).then_some(self.operation.header.answer);
        Report {
            mode: self.mode,
            operation: self.operation.name().to_owned(),
            request: self.request.clone(),
            verdict,
            summary,
            principal: self.principal(),
            predicted_response: predicted((verdict, fails_later(&rows)), rejected, answer),
            assumptions: assumption_uses(self.assumptions, &self.used(&rows)),
            coverage: self.coverage(),
            notices: self.operation.notices().collect(),
            requirements: rows,
            findings,
            captured_at: self.facts.environment.captured_at.clone(),
            standing,
            gate: None,
            inputs: self.inputs,
            making: None,
        }
    }

    /// Every need's rows, and where two engines part on them
    fn rows(&self) -> (Vec<Requirement>, Vec<Finding>) {
        let shape = Shape { expand: self.expand, ways: self.judge.traced, lines: self.lines };
        let mut disagreements = Vec::new();
        let judged = self.derivation.needs.iter().map(|need| {
            let rows = self.judge.judge(need);
            disagreements.extend(checks::disagreements(need, &rows));
            (need, requirements(need, rows, shape))
        });
        let judged: Vec<_> = judged.collect();
        (alternatives::settled(&judged), disagreements)
    }

    fn findings(&self) -> Vec<Finding> {
        let objects = self.judge.objects;
        let mut findings = checks::violations(self.violations);
        findings.extend(checks::preconditions(&self.derivation.preconditions));
        findings.extend(checks::beyond(self.derivation.beyond, self.operation.header.notice.as_deref()));
        findings.extend(checks::unmodelled(&self.derivation.unmodelled, self.derivation.beyond));
        findings.extend(checks::manifests(self.manifests));
        findings.extend(checks::duplicates(objects, self.manifests));
        findings.extend(checks::customer_keys(objects));
        findings.extend(checks::quotas(self.quotas));
        findings.extend(self.extra.iter().cloned());
        findings
    }

    /// Why the service would refuse the request whatever the permissions: status and error
    fn rejection(&self) -> Option<(u16, String)> {
        if !self.violations.is_empty() {
            return Some((400, "ValidationException".to_owned()));
        }
        let failed = self.derivation.preconditions.iter().find_map(|precondition| match &precondition.outcome {
            Outcome::Fails { status, error, .. } => Some((*status, error.clone())),
            Outcome::Holds | Outcome::Unknown(_) => None,
        });
        failed
            .or_else(|| checks::has_customer_keys(self.judge.objects).then(|| (400, "ValidationException".to_owned())))
    }

    fn coverage(&self) -> Vec<Coverage> {
        let mut coverage = coverage::of(self.facts, self.derivation, self.judge.objects);
        coverage.extend(self.seen.iter().cloned());
        coverage
    }

    /// Whether the request may need more than the rows that count say
    fn incomplete(&self, rows: &[Requirement]) -> bool {
        match self.derivation.beyond {
            Beyond::Nothing => !self.derivation.unmodelled.is_empty(),
            Beyond::Unknown => true,
            // What only looks needed is taken for needed: the assumption is about what no row says.
            Beyond::AssumedNothing => {
                rows.iter().any(|row| row.need != Strength::Must && row.decision != Decision::Allowed)
            }
        }
    }

    fn unsettled_precondition(&self) -> bool {
        self.derivation.preconditions.iter().any(|precondition| matches!(precondition.outcome, Outcome::Unknown(_)))
    }

    fn principal(&self) -> ReportPrincipal {
        let principal = &self.judge.account.caller.who.principal;
        ReportPrincipal {
            arn: principal.as_str().to_owned(),
            kind: principal.kind().words(),
            account: principal.account().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// The assumptions that rows, or the judging of them, rest on
    fn used(&self, rows: &[Requirement]) -> BTreeSet<String> {
        let mut used: BTreeSet<String> = self.derivation.assumptions_used.clone();
        used.extend(rows.iter().flat_map(|row| row.assumptions.iter().cloned()));
        used.extend(self.judge.account.assumptions_used().into_iter().map(str::to_owned));
        used
    }
}

/// Names, values and meanings of assumptions
#[must_use]
pub fn assumption_uses(assumptions: &Assumptions, names: &BTreeSet<String>) -> Vec<AssumptionUse> {
    let used = names.iter().filter_map(|name| {
        Some(AssumptionUse {
            id: name.clone(),
            value: assumptions.value(name)?.to_owned(),
            meaning: assumptions.meaning(name).unwrap_or_default().to_owned(),
        })
    });
    used.collect()
}

fn predicted(
    (verdict, fails_later): (Verdict, bool),
    rejected: Option<(u16, String)>,
    answer: Option<AnswerStatus>,
) -> PredictedResponse {
    let Some(answer) = answer else { return PredictedResponse { status: None, error: None } };
    match (verdict, rejected) {
        (_, Some((status, error))) => PredictedResponse { status: Some(status), error: Some(error) },
        (Verdict::Ready, None) => PredictedResponse { status: Some(answer.accepted), error: None },
        (Verdict::Blocked, None) if fails_later => PredictedResponse { status: Some(answer.accepted), error: None },
        (Verdict::Blocked, None) => {
            PredictedResponse { status: Some(answer.denied), error: Some("AccessDeniedException".to_owned()) }
        }
        (Verdict::Undetermined, None) => PredictedResponse { status: None, error: None },
    }
}

/// Whether all that stands in the way belongs to a role or a service, and later than the request: the service takes
/// the request, and what it starts fails
fn fails_later(rows: &[Requirement]) -> bool {
    rows.iter()
        .filter(|row| row.need == Strength::Must && row.decision != Decision::Allowed)
        .all(|row| row.actor != "caller" && row.phase != Phase::Submit)
}

/// What is needed, without any decision
#[must_use]
pub fn derived_report(assessment: &Assessment<'_>) -> DerivedReport {
    let missing = |id: &str| {
        let need =
            assessment.derivation.needs.iter().find(|need| id == need.id || id.starts_with(&format!("{}#", need.id)));
        need.map(|need| need.missing.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap_or_default()
    };
    let needed = |row: Requirement| DerivedRow {
        // A row that could not be asked for lacks the facts that its own resource hangs on.
        missing_facts: if row.context.is_empty() { row.missing_facts } else { missing(&row.id) },
        context: row.context.into_iter().filter(|(key, _)| !is_of_caller(key)).collect(),
        id: row.id,
        actor: row.actor,
        action: row.action,
        resource: row.resource,
        resource_count: row.resource_count,
        need: row.need,
        phase: row.phase,
        is_generated: row.is_generated,
        because: row.because,
        sources: row.sources,
        assumptions: row.assumptions,
    };
    let rows = assessment.rows().0.into_iter().map(needed).collect();
    let findings = assessment.findings();
    let names = assessment.derivation.assumptions_used.clone();
    DerivedReport {
        operation: assessment.operation.name().to_owned(),
        rows,
        findings,
        assumptions: assumption_uses(assessment.assumptions, &names),
        notices: assessment.operation.notices().collect(),
    }
}

/// Whether a condition key tells of the caller, whom a derivation does not know
fn is_of_caller(key: &str) -> bool {
    let folded = key.to_lowercase();
    folded.starts_with("aws:principal")
        || matches!(folded.as_str(), "aws:userid" | "aws:username" | "kms:calleraccount")
}
