//! One block for each row that is not allowed

use crate::evaluate::Decision;
use crate::finding::Requirement;
use crate::need::Phase;
use crate::report::Style;
use crate::report::block::Block;
use crate::report::lack::{decided, lacking, severity, title};
use crate::report::text::grouped;

/// The blocks: what must be had first, then what should be, then what is worth knowing
pub(super) fn gaps(rows: &[Requirement], style: Style) -> Vec<String> {
    lacking(rows).into_iter().map(|row| block(row, style).render(style)).collect()
}

fn block(row: &Requirement, style: Style) -> Block {
    let mut block = Block::new(severity(row), Some(id(row.decision)), &title(row));
    for by in &row.decided_by {
        let is_told = by.location.as_ref().is_some_and(|at| block.place(at, by.line_text.as_deref(), &decided(by)));
        // A layer as a whole is told of in the gap's own words.
        if !is_told && (by.location.is_some() || row.gap.is_none()) {
            block.note("decided", &decided(by));
        }
    }
    if let Some(waived) = &row.waived {
        block.note("accepted", &waived.to_string());
    }
    if let Some(gap) = &row.gap {
        block.note("why", &gap.message);
    }
    block.note("needed", &row.because);
    describe(&mut block, row, style);
    for source in &row.sources {
        block.note("source", &source.url);
    }
    settle(&mut block, row);
    for help in row.gap.iter().flat_map(|gap| &gap.help) {
        block.note("help", help);
    }
    block
}

/// What else tells the row from its neighbours
fn describe(block: &mut Block, row: &Requirement, style: Style) {
    if !row.examples.is_empty() {
        block.note("such as", &examples(row, style));
    }
    match row.phase {
        Phase::Submit => {}
        Phase::Run => block.note("shows", "while the job runs, not when it is submitted"),
        Phase::Use => block.note("shows", "when the result is used"),
    }
    if let Some(origin) = row.origin() {
        block.note("origin", origin);
    }
    if let Some(judged) = row.judged() {
        block.note("judged by", &judged);
    }
    if !row.assumptions.is_empty() {
        block.note("assumes", &row.assumptions.join(", "));
    }
}

fn examples(row: &Requirement, style: Style) -> String {
    let all = row.resource_count == row.examples.len() as u64;
    let shown = if style.expand || all { row.examples.len() } else { row.examples.len().min(2) };
    let mut names: Vec<&str> = row.examples.iter().take(shown).map(String::as_str).collect();
    let rest = row.resource_count.saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX));
    let more = format!("{} more", grouped(rest));
    if rest > 0 {
        names.push(&more);
    }
    names.join(", ")
}

/// What would settle a row that cannot be decided
fn settle(block: &mut Block, row: &Requirement) {
    for key in &row.missing_context {
        let way = format!("the value of `{key}`: `--context {key}=VALUE`, or `--context-absent {key}`");
        block.note("would settle it", &way);
    }
    for fact in &row.missing_facts {
        block.note("would settle it", fact);
    }
    for outcome in &row.outcomes {
        block.note("outcome", outcome);
    }
}

fn id(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allowed",
        Decision::ExplicitDeny => "explicit-deny",
        Decision::ImplicitDeny => "missing-permission",
        Decision::Undetermined => "undetermined",
    }
}
