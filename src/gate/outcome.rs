//! How a gated run ends, with a sentence for all that fails it and all that could have

use std::collections::BTreeMap;

use crate::evaluate::Decision;
use crate::finding::{self, Ending, FailOn, Report, Requirement, Severity, Verdict, WaivedBy, decides};
use crate::need::Strength;

use super::{Gate, Lack, Provenance};

/// Something that can fail the run, in the way that it does
struct Charge {
    lack: Lack,
    words: String,
}

/// What the gate made of a report whose rows are waived and counted
pub(super) fn of(
    gate: &Gate<'_>,
    report: &Report,
    (unwaived, is_empty): (Verdict, bool),
    provenance: Provenance,
) -> finding::Gate {
    let mut charges = charges(report);
    if gate.strict {
        charges.extend(strict_charges(report));
    }
    let (failing, passing): (Vec<Charge>, Vec<Charge>) =
        charges.into_iter().partition(|charge| fails(gate.fail_on, charge.lack));
    let flag = gate.fail_on.word();
    let mut let_pass: Vec<String> =
        passing.into_iter().map(|charge| format!("{}: --fail-on {flag} lets it pass", charge.words)).collect();
    let_pass.extend(waived(report));
    finding::Gate {
        ending: ending(gate, report, &failing, is_empty),
        unwaived,
        fail_on: gate.fail_on,
        strict: gate.strict,
        known: accepted(report, decides).1,
        failures: failing.into_iter().map(|charge| charge.words).collect(),
        let_pass,
        as_of: provenance.as_of,
        configuration: provenance.configuration,
        settings: provenance.settings,
    }
}

fn fails(fail_on: FailOn, lack: Lack) -> bool {
    match fail_on {
        FailOn::Any => true,
        FailOn::None => false,
        FailOn::Denied => lack == Lack::Denied,
        FailOn::Undetermined => lack == Lack::Undetermined,
    }
}

fn ending(gate: &Gate<'_>, report: &Report, failing: &[Charge], is_empty: bool) -> Ending {
    if is_empty {
        return Ending::Nothing;
    }
    // Nobody can accept an answer that was never there, so waived rows count here as well.
    let open = |row: &Requirement| decides(row) && row.decision == Decision::Undetermined;
    let is_open = report.standing.incomplete || report.requirements.iter().any(open);
    if gate.unanswered && is_open && report.verdict != Verdict::Blocked {
        return Ending::Unchecked;
    }
    // Exit 3 says that nothing is denied, so a run that fails while something is denied ends with 1.
    match failing {
        [] => Ending::Passed,
        _ if report.verdict == Verdict::Blocked => Ending::Denied,
        some if some.iter().any(|charge| charge.lack == Lack::Denied) => Ending::Denied,
        _ => Ending::Undetermined,
    }
}

/// What decides the verdict, beginning with what is denied
fn charges(report: &Report) -> Vec<Charge> {
    let finding::Summary { needed, denied, undetermined, .. } = report.summary;
    let standing = report.standing;
    let denied_words = format!("{} denied", counted(denied, "needed permission"));
    let open_words = format!("{} undetermined", counted(undetermined, "needed permission"));
    let all = [
        (standing.rejected, Lack::Denied, "the service would reject the request".to_owned()),
        (denied > 0, Lack::Denied, denied_words),
        (undetermined > 0, Lack::Undetermined, open_words),
        (standing.incomplete, Lack::Undetermined, "not all that the request needs could be checked".to_owned()),
        (standing.stale, Lack::Undetermined, "the facts are too old, or nobody knows how old they are".to_owned()),
        (needed == 0, Lack::Undetermined, "no permission was found that must be allowed".to_owned()),
    ];
    all.into_iter().filter(|(is, ..)| *is).map(|(_, lack, words)| Charge { lack, words }).collect()
}

/// What `--strict` adds: permissions that should be there, and findings that are no mere notes
fn strict_charges(report: &Report) -> Vec<Charge> {
    let mut charges = Vec::new();
    for lack in [Lack::Denied, Lack::Undetermined] {
        let lacking =
            |row: &&Requirement| row.need == Strength::Should && row.waived.is_none() && Lack::of(row) == Some(lack);
        let count = report.requirements.iter().filter(lacking).count();
        if count > 0 {
            let words = format!("{} {}", counted(count, "recommended permission"), lack.word());
            charges.push(Charge { lack, words });
        }
    }
    let mut found: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.severity != Severity::Note) {
        *found.entry((finding.severity, finding.id)).or_default() += 1;
    }
    charges.extend(found.into_iter().map(|((severity, id), count)| {
        let lack = if severity == Severity::Error { Lack::Denied } else { Lack::Undetermined };
        Charge { lack, words: format!("`{id}` was found {count} time(s)") }
    }));
    charges
}

/// `1 permission is`, `2 permissions are`
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun} is") } else { format!("{count} {noun}s are") }
}

/// What is not allowed and accepted all the same
fn waived(report: &Report) -> Vec<String> {
    let (by_waiver, known) = accepted(report, |_| true);
    let words = [(by_waiver, "not allowed but waived"), (known, "not allowed but known from the baseline")];
    words
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {words}", counted(count, "permission")))
        .collect()
}

/// How many of the rows a waiver accepts, and how many the baseline
fn accepted(report: &Report, counts: impl Fn(&Requirement) -> bool) -> (usize, usize) {
    let rows = report.requirements.iter().filter(|row| counts(row));
    rows.filter_map(|row| row.waived.as_ref()).fold((0, 0), |(waivers, known), waived| match waived.by {
        WaivedBy::Waiver { .. } => (waivers + 1, known),
        WaivedBy::Baseline => (waivers, known + 1),
    })
}
