//! The gate: whether a report fails the run, who accepts which gap, and for how long
//!
//! It changes no decision and no predicted response. Waivers and the baseline take rows out of the count;
//! `--fail-on`, `--strict` and `--max-age` say what the rest amounts to. What is unreadable, rejected, not modelled
//! or not answered can be accepted by nobody.

mod age;
mod baseline;
mod lack;
mod outcome;
mod waived;
mod waiver;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::finding::{Ending, FailOn, Report, Setting, Verdict};

pub use age::{AsOf, MaxAge};
pub use baseline::Baseline;
pub use waiver::{Waiver, Waivers, syntax_errors};

use lack::Lack;

/// What a run is to be held to
#[derive(Debug)]
pub struct Gate<'a> {
    /// What fails it
    pub fail_on: FailOn,
    /// Whether warnings and permissions that should be there fail it too
    pub strict: bool,
    /// The waivers
    pub waivers: &'a Waivers,
    /// The gaps that were known before
    pub baseline: Option<&'a Baseline>,
    /// How old facts may be
    pub max_age: Option<MaxAge>,
    /// The moment of the run
    pub now: Timestamp,
    /// Whether the verdict needed an answer of AWS, and there was none at all
    pub unanswered: bool,
}

/// By whose word a run is held to it
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The moment, where it was given by hand
    pub as_of: Option<String>,
    /// The configuration file that was read
    pub configuration: Option<String>,
    /// What was set by a file or the environment
    pub settings: Vec<Setting>,
}

impl Gate<'_> {
    /// Waives rows, counts anew, and says how the run ends, also in the report
    pub fn apply(&self, report: &mut Report, provenance: Provenance) -> Ending {
        let is_empty = report.requirements.is_empty() && report.findings.is_empty();
        if let Some(max_age) = self.max_age
            && let Some(stale) = max_age.finding(report.captured_at.as_deref(), self.now)
        {
            report.standing.stale = true;
            report.findings.push(stale);
        }
        report.settle();
        let unwaived: Verdict = report.verdict;
        let waiver_findings = self.waivers.waive(report, self.now);
        let baseline_findings = self.baseline.map(|baseline| baseline.accept(report)).unwrap_or_default();
        report.findings.extend(waiver_findings);
        report.findings.extend(baseline_findings);
        report.findings.sort_by_key(|finding| finding.severity);
        report.settle();
        let outcome = outcome::of(self, report, (unwaived, is_empty), provenance);
        let ending = outcome.ending;
        report.gate = Some(outcome);
        ending
    }
}
