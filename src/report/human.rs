//! The report for a person at a terminal: the answer, all needed permissions, every gap, what it rests on

mod ending;
mod gaps;
mod gated;
mod headline;
mod overview;

pub(crate) use ending::{assumptions, finding_block, list, notices};
pub(crate) use headline::{predicted, sentence};
pub(crate) use overview::{Permission, permission_lines};

use super::Style;
use crate::finding::Report;

/// The whole report as text
pub(crate) fn report(report: &Report, style: Style) -> String {
    let mut parts = vec![headline::headline(report, style)];
    if !report.requirements.is_empty() {
        parts.push(overview::overview(&report.requirements, style));
    }
    parts.extend(gaps::gaps(&report.requirements, style));
    parts.extend(report.findings.iter().map(|finding| finding_block(finding, style)));
    parts.extend(ending::coverage(&report.coverage, style));
    parts.extend(assumptions(&report.assumptions, style));
    parts.extend(notices(&report.notices, style));
    parts.extend(gated::gate(report, style));
    parts.push(headline::summary(report, style));
    joined(parts)
}

/// Parts with an empty line between them
pub(crate) fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| part.trim_end().to_owned()).collect();
    parts.join("\n\n") + "\n"
}
