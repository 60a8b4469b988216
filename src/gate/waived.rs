//! Waivers at work: the rows they waive, and what is found about themselves

use jiff::Timestamp;

use crate::evaluate::Decision;
use crate::finding::{Finding, Report, Requirement, Severity};
use crate::source::Problem;

use super::Lack;
use super::age::day;
use super::waiver::{Waiver, Waivers};

impl Waivers {
    /// Waives the rows that sound waivers name; the first that names a row answers for it
    ///
    /// Returns the findings: `waiver-malformed`, `waiver-expired`, `waiver-unused`, and as a note `waiver-elsewhere`.
    pub(super) fn waive(&self, report: &mut Report, now: Timestamp) -> Vec<Finding> {
        let today = day(now);
        let mut findings: Vec<Finding> =
            self.malformed.iter().map(|problem| Finding::warning("waiver-malformed", problem.clone())).collect();
        let mut elsewhere = Vec::new();
        for (index, waiver) in self.sound.iter().enumerate() {
            let earlier = self.sound.iter().take(index).find(|earlier| earlier.about == waiver.about);
            if !waiver.about.concerns(report) {
                elsewhere.push(waiver);
            } else if waiver.expires < today {
                findings.push(expired(waiver));
            } else if let Some(earlier) = earlier.filter(|earlier| earlier.expires >= today) {
                findings.push(unused(waiver, &format!("{} waives the same already", earlier.location)));
            } else if !waive_rows(waiver, &mut report.requirements) {
                findings.push(unused(waiver, &why_unused(waiver, &report.requirements)));
            }
        }
        findings.extend(noted(&elsewhere));
        findings
    }
}

/// Waives every row that the waiver is about; says whether there was one
fn waive_rows(waiver: &Waiver, rows: &mut [Requirement]) -> bool {
    let mut is_used = false;
    for row in rows.iter_mut().filter(|row| Lack::of(row) == Some(waiver.about.lack) && waiver.about.names(row)) {
        is_used = true;
        if row.waived.is_none() {
            row.waived = Some(waiver.waived());
        }
    }
    is_used
}

fn expired(waiver: &Waiver) -> Finding {
    let message = format!("the waiver of {} held until {} and waives nothing any more", waiver.owner, waiver.expires);
    let help = "close the gap and remove the waiver, or have its owner renew it";
    Finding::warning("waiver-expired", at(waiver, message).with_help(help))
}

fn unused(waiver: &Waiver, why: &str) -> Finding {
    Finding::warning("waiver-unused", at(waiver, format!("the waiver waives nothing: {why}")).with_help("remove it"))
}

fn at(waiver: &Waiver, message: String) -> Problem {
    Problem { location: Some(waiver.location.clone()), message, help: None }
}

/// Why no row is waived, as far as the rows tell
fn why_unused(waiver: &Waiver, rows: &[Requirement]) -> String {
    let named: Vec<&Requirement> = rows.iter().filter(|row| waiver.about.names(row)).collect();
    let lacks = |lack: Lack| named.iter().any(|row| Lack::of(row) == Some(lack));
    match waiver.about.lack {
        _ if named.is_empty() => "the request needs nothing that it names".to_owned(),
        _ if named.iter().all(|row| row.decision == Decision::Allowed) => "all that it names is allowed".to_owned(),
        Lack::Denied if lacks(Lack::Undetermined) => {
            "what it names is not denied but undetermined; to accept that, write `decision = \"undetermined\"`"
                .to_owned()
        }
        Lack::Undetermined if lacks(Lack::Denied) => "what it names is not undetermined but denied".to_owned(),
        lack => format!("nothing that it names and that counts is {}", lack.word()),
    }
}

/// One note on all waivers that are about other operations or principals
fn noted(elsewhere: &[&Waiver]) -> Option<Finding> {
    let first = elsewhere.first()?;
    let message = match elsewhere.len() {
        1 => "a waiver is about another operation or principal".to_owned(),
        many => format!("{many} waivers are about another operation or principal, the first here"),
    };
    Some(Finding { severity: Severity::Note, ..Finding::warning("waiver-elsewhere", at(first, message)) })
}
