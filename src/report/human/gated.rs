//! What the gate made of the report, for the person who has to act on it

use super::ending::list;
use crate::finding::{Gate, Report, Verdict};
use crate::report::Style;

/// What fails the run, what does not although it is not allowed, and what a file or the environment has set
pub(super) fn gate(report: &Report, style: Style) -> Option<String> {
    let gate = report.gate.as_ref()?;
    list(style, "gate", lines(gate, report).into_iter())
}

fn lines(gate: &Gate, report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if report.verdict == Verdict::Ready && gate.unwaived != Verdict::Ready {
        let words = match gate.known {
            0 => String::new(),
            known => format!(" ({known} of them known from the baseline)"),
        };
        let waived = report.summary.waived;
        lines.push(format!("ready, {waived} waived{words}; {} without", gate.unwaived.word()));
    }
    if gate.strict {
        lines.push("--strict: warnings and permissions that should be there count".to_owned());
    }
    lines.extend(gate.sentences());
    lines.extend(gate.settings.iter().map(|setting| format!("set: {setting}")));
    lines
}
