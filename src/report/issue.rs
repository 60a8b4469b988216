//! What stands in the way, one list for all formats that annotate: rows that are not allowed, then findings

use std::fmt::Write as _;
use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip128::{Hasher128, SipHasher24};

use super::cause::Cause;
use super::lack::{lacking, severity, title};
use crate::finding::{Finding, Report, Requirement, Severity, Waived};
use crate::lint::LintReport;
use crate::source::{Location, Position};

/// One thing that a format for machines reports
#[derive(Debug, Clone, Copy)]
pub(super) enum Issue<'r> {
    /// A needed permission that is not allowed, and why
    Row(&'r Requirement, Cause),
    /// Something found beside the permissions
    Finding(&'r Finding),
}

/// What the issues are about
#[derive(Debug, Clone)]
pub(super) struct Subject<'r> {
    /// The operation, or what else was looked at
    pub(super) operation: &'r str,
    /// Whose permissions
    pub(super) principal: &'r str,
    /// Where an issue stands that has no place of its own
    pub(super) fallback: Location,
}

/// The subject of a report: without a place of its own, an issue stands at the start of the request file
pub(super) fn subject(report: &Report) -> Subject<'_> {
    Subject {
        operation: &report.operation,
        principal: &report.principal.arn,
        fallback: Location { file: Arc::clone(&report.request), at: Position::START },
    }
}

/// All issues of a report, the gravest first, and of these what is denied
pub(super) fn issues(report: &Report) -> Vec<Issue<'_>> {
    let rows = lacking(&report.requirements).into_iter();
    let rows = rows.filter_map(|row| Some(Issue::Row(row, Cause::of(row)?)));
    let mut all: Vec<Issue<'_>> = rows.chain(report.findings.iter().map(Issue::Finding)).collect();
    all.sort_by_key(Issue::severity);
    all
}

/// What was found in policy documents, the gravest first
pub(super) fn of_lint(report: &LintReport) -> Vec<Issue<'_>> {
    let mut all: Vec<Issue<'_>> = report.findings.iter().map(|found| Issue::Finding(&found.finding)).collect();
    all.sort_by_key(Issue::severity);
    all
}

/// The subject of a look at policy documents: every finding has a place of its own
pub(super) fn documents() -> Subject<'static> {
    let fallback = Location { file: Arc::from(""), at: Position::START };
    Subject { operation: "lint", principal: "", fallback }
}

impl Issue<'_> {
    /// The stable name of its cause: `explicit-deny-scp`, `request-constraint`
    pub(super) fn rule(&self) -> String {
        match self {
            Self::Row(_, cause) => cause.id(),
            Self::Finding(finding) => finding.id.to_owned(),
        }
    }

    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Row(row, _) => severity(row),
            Self::Finding(finding) => finding.severity,
        }
    }

    /// One sentence without a full stop
    pub(super) fn title(&self) -> String {
        match self {
            Self::Row(row, _) => title(row),
            Self::Finding(finding) => finding.message.clone(),
        }
    }

    /// What there is to say in a few sentences: what, why, why it is needed, what would settle it
    pub(super) fn message(&self) -> String {
        let mut text = self.title();
        match self {
            Self::Row(row, _) => {
                if let Some(waived) = &row.waived {
                    let _ = write!(text, ", but {waived}");
                }
                if let Some(gap) = &row.gap {
                    let _ = write!(text, ". Why: {}", gap.message);
                }
                let _ = write!(text, ". Needed: {}", row.because);
                for fact in &row.missing_facts {
                    let _ = write!(text, ". Would settle it: {fact}");
                }
                for key in &row.missing_context {
                    let _ = write!(text, ". Would settle it: the value of `{key}`");
                }
            }
            Self::Finding(finding) => {
                if let Some(help) = &finding.help {
                    let _ = write!(text, ". Help: {help}");
                }
            }
        }
        text
    }

    /// By whose word it is accepted all the same
    pub(super) fn waived(&self) -> Option<&Waived> {
        match self {
            Self::Row(row, _) => row.waived.as_ref(),
            Self::Finding(_) => None,
        }
    }

    /// Changes that would close it
    pub(super) fn help(&self) -> Vec<&str> {
        match self {
            Self::Row(row, _) => row.gap.iter().flat_map(|gap| &gap.help).map(String::as_str).collect(),
            Self::Finding(finding) => finding.help.as_deref().into_iter().collect(),
        }
    }

    /// Where it stands: the first statement in the way, else the member of the request that makes it necessary
    pub(super) fn place<'p>(&'p self, subject: &'p Subject<'_>) -> &'p Location {
        match self {
            Self::Row(row, _) => in_the_way(row).next().unwrap_or(&row.asked_at),
            Self::Finding(finding) => finding.location.as_ref().unwrap_or(&subject.fallback),
        }
    }

    /// The other places: further statements in the way, and the member of the request
    pub(super) fn other_places(&self) -> Vec<&Location> {
        match self {
            Self::Row(row, _) => {
                let mut statements = in_the_way(row);
                let first = statements.next();
                let mut others: Vec<&Location> = statements.collect();
                others.extend(first.map(|_| &row.asked_at));
                others
            }
            Self::Finding(_) => Vec::new(),
        }
    }

    /// A name that stays the same when lines move: 32 hexadecimal digits over the subject and what is needed or found
    pub(super) fn fingerprint(&self, subject: &Subject<'_>) -> String {
        let own = match self {
            Self::Row(row, _) => ["permission", &row.actor, &row.action, &row.resource],
            Self::Finding(finding) => {
                let file = finding.location.as_ref().map_or("", |location| &*location.file);
                ["finding", finding.id, &finding.message, file]
            }
        };
        let mut hasher = SipHasher24::new();
        for part in [subject.operation, subject.principal].into_iter().chain(own) {
            // The length first, so that no text can slide from one part into the next.
            hasher.write(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.write(part.as_bytes());
        }
        format!("{:032x}", hasher.finish128().as_u128())
    }
}

/// The places of statements that deny, may deny, or do not allow
fn in_the_way(row: &Requirement) -> impl Iterator<Item = &Location> {
    let in_the_way = row.decided_by.iter().filter(|by| !matches!(by.effect, "allows" | "may allow"));
    in_the_way.filter_map(|by| by.location.as_ref())
}
