//! Findings beside the permissions: the request, the account, the dataset

use std::sync::Arc;

use crate::evaluate::Reason;
use crate::facts::ObjectEncryption;
use crate::judge::{DatasetObjects, Disagreement, Duplicate, JudgedRow};
use crate::need::{Beyond, Need, Outcome, PreconditionResult};
use crate::request::manifest::ManifestSummary;
use crate::request::quota::QuotaFinding;
use crate::request::{Violation, ViolationKind};
use crate::source::{Location, Position};

use super::rows::{effect, statement};
use super::{Finding, Severity};

/// Bits of a place number that hold the line; the others hold the manifest
pub(super) const LINE_BITS: u32 = 28;

/// The number of a reference's place: which manifest, which line
#[must_use]
pub fn place(manifest: usize, line: u32) -> u32 {
    let manifest = u32::try_from(manifest).unwrap_or(u32::MAX).min((1 << (32 - LINE_BITS)) - 1);
    (manifest << LINE_BITS) | line.min((1 << LINE_BITS) - 1)
}

fn located(place: u32, manifests: &[ManifestSummary]) -> Option<Location> {
    let manifest = manifests.get((place >> LINE_BITS) as usize)?;
    let line = place & ((1 << LINE_BITS) - 1);
    Some(Location { file: Arc::clone(&manifest.name), at: Position { line, column: 1 } })
}

pub(super) fn violations(violations: &[Violation]) -> Vec<Finding> {
    let finding = |violation: &Violation| Finding {
        id: match violation.kind {
            ViolationKind::WrongType => "request-type",
            ViolationKind::UnknownMember => "request-unknown-member",
            ViolationKind::Missing => "request-missing-member",
            ViolationKind::Constraint => "request-constraint",
        },
        severity: Severity::Error,
        message: violation.message.clone(),
        help: violation.help.clone(),
        url: None,
        location: Some(violation.location.clone()),
    };
    violations.iter().map(finding).collect()
}

pub(super) fn preconditions(results: &[PreconditionResult]) -> Vec<Finding> {
    let finding = |result: &PreconditionResult| {
        let (severity, message, help) = match &result.outcome {
            Outcome::Holds => return None,
            Outcome::Fails { message, status, error } => {
                (Severity::Error, format!("{message}: the service would answer {status} {error}"), None)
            }
            Outcome::Unknown(missing) => (
                Severity::Warning,
                format!("not checked: {}", result.because),
                Some(format!("supply {}: {}", missing.what, missing.source)),
            ),
        };
        let url = result.sources.first().map(|source| source.url.clone());
        Some(Finding { id: "precondition", severity, message, help, url, location: Some(result.location.clone()) })
    };
    results.iter().filter_map(finding).collect()
}

/// What is said of an operation whose rows were generated
pub(super) fn beyond(beyond: Beyond, notice: Option<&str>) -> Option<Finding> {
    let help = match beyond {
        Beyond::Nothing => return None,
        Beyond::Unknown => {
            "write down what the operation needs (docs/catalog.md), or, where you know that it needs nothing else, say \
             `--assume side-effects=none`"
        }
        Beyond::AssumedNothing => "`side-effects` is assumed to be none",
    };
    Some(Finding {
        id: "side-effects-not-modelled",
        severity: Severity::Warning,
        message: notice.unwrap_or("own action checked, side effects not modelled").to_owned(),
        help: Some(help.to_owned()),
        url: None,
        location: None,
    })
}

pub(super) fn unmodelled(members: &[(String, Location)], beyond: Beyond) -> Vec<Finding> {
    let (severity, so) = match beyond {
        Beyond::AssumedNothing => (Severity::Note, "it is assumed to need nothing"),
        Beyond::Nothing | Beyond::Unknown => (Severity::Warning, "so the answer is not complete"),
    };
    let finding = |(path, location): &(String, Location)| Finding {
        id: "request-unmodelled-member",
        severity,
        message: format!("the catalog does not know what `{path}` needs, {so}"),
        help: None,
        url: None,
        location: Some(location.clone()),
    };
    members.iter().map(finding).collect()
}

/// Rows on which the engine and the simulator contradict each other, with what each decided by
pub(super) fn disagreements(need: &Need, rows: &[JudgedRow]) -> Vec<Finding> {
    let finding = |(row, parted): (&JudgedRow, &Disagreement)| Finding {
        id: "engines-disagree",
        severity: Severity::Warning,
        message: format!(
            "{} on {}: {} by the facts ({}), {} by AWS's simulator ({})",
            need.action,
            row.resource,
            parted.engine,
            deciders(&parted.engine_by),
            parted.simulator,
            deciders(&parted.simulator_by),
        ),
        help: Some(format!("a possible reason: {}", parted.known.words)),
        url: Some(parted.known.url.to_owned()),
        location: None,
    };
    let parted = rows.iter().flat_map(|row| row.disagreements.iter().map(move |parted| (row, parted)));
    parted.map(finding).collect()
}

/// The first of what decided, in words, and how many more there are
fn deciders(reasons: &[Reason]) -> String {
    const SHOWN: usize = 2;
    let words = |reason: &Reason| format!("{} {}", statement(&reason.part), effect(reason.role));
    let mut parts: Vec<String> = reasons.iter().take(SHOWN).map(words).collect();
    match reasons.len().saturating_sub(SHOWN) {
        _ if parts.is_empty() => parts.push("nothing named".to_owned()),
        0 => {}
        more => parts.push(format!("{more} more")),
    }
    parts.join("; ")
}

pub(super) fn manifests(manifests: &[ManifestSummary]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in manifests {
        let shown = manifest.problems.iter().map(|problem| Finding {
            id: "manifest-line",
            severity: Severity::Error,
            message: format!("this line could not be read, so its objects were not checked: {}", problem.reason),
            help: None,
            url: None,
            location: Some(problem.location(&manifest.name)),
        });
        findings.extend(shown);
        let more = manifest.problem_count.saturating_sub(manifest.problems.len() as u64);
        if more > 0 {
            findings.push(Finding {
                id: "manifest-line",
                severity: Severity::Error,
                message: format!("{more} further line(s) of `{}` could not be read", manifest.name),
                help: None,
                url: None,
                location: None,
            });
        }
        if manifest.unlabeled > 0 {
            findings.push(Finding {
                id: "manifest-unlabeled",
                severity: Severity::Note,
                message: format!("{} image(s) of `{}` have no label and are not used for training; their objects were checked all the same", manifest.unlabeled, manifest.name),
                help: None,
                url: None,
                location: None,
            });
        }
    }
    findings
}

pub(super) fn duplicates(objects: &DatasetObjects, manifests: &[ManifestSummary]) -> Vec<Finding> {
    let words = |duplicate: &Duplicate| {
        let (first, again) = (located(duplicate.first, manifests)?, located(duplicate.again, manifests)?);
        Some(format!("{}:{} repeats {}:{}", again.file, again.at.line, first.file, first.at.line))
    };
    let shown: Vec<String> = objects.duplicates.iter().filter_map(words).collect();
    let finding = Finding {
        id: "manifest-duplicate",
        severity: Severity::Warning,
        message: format!(
            "{} reference(s) name an object that is already named: {}",
            objects.duplicate_count,
            shown.join(", ")
        ),
        help: Some("each object is counted once".to_owned()),
        url: None,
        location: objects.duplicates.first().and_then(|duplicate| located(duplicate.again, manifests)),
    };
    (objects.duplicate_count > 0).then_some(finding).into_iter().collect()
}

/// Whether any object is encrypted with a key that the customer sends along (SSE-C)
pub(super) fn has_customer_keys(objects: &DatasetObjects) -> bool {
    objects
        .iter()
        .flat_map(|(_, classes)| classes)
        .any(|class| class.encryption == Some(ObjectEncryption::CustomerProvided))
}

pub(super) fn customer_keys(objects: &DatasetObjects) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (bucket, classes) in objects.iter() {
        for class in classes.iter().filter(|class| class.encryption == Some(ObjectEncryption::CustomerProvided)) {
            findings.push(Finding {
                id: "object-customer-key",
                severity: Severity::Error,
                message: format!(
                    "{} object(s) of `{bucket}` are encrypted with a customer-provided key (SSE-C), which the service cannot send: {}",
                    class.count,
                    class.examples.join(", ")
                ),
                help: Some("copy them with SSE-S3 or SSE-KMS".to_owned()),
                url: Some("https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html".to_owned()),
                location: None,
            });
        }
    }
    findings
}

pub(super) fn quotas(quotas: &[QuotaFinding]) -> Vec<Finding> {
    let finding = |quota: &QuotaFinding| Finding {
        id: "dataset-quota",
        severity: Severity::Warning,
        message: quota.message.clone(),
        help: Some(quota.help.clone()),
        url: Some("https://docs.aws.amazon.com/lookout-for-vision/latest/developer-guide/limits.html".to_owned()),
        location: Some(quota.location.clone()),
    };
    quotas.iter().map(finding).collect()
}
