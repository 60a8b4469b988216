//! What `diff` found

use std::io;

use super::block::Block;
use super::human::{joined, list};
use super::lack::resources;
use super::paint::{Ink, paint};
use super::text::{counted, visible};
use super::{Format, Style, json, markdown};
use crate::compare::{Cause, Change, Class, Comparison, Direction, FindingChange, Outcome, State, When};
use crate::finding::{DecidedBy, Severity};
use crate::need::Strength;

/// Writes a comparison in one format
///
/// # Errors
/// Those of the sink, and `Unsupported` for a format that this does not have.
pub fn render_comparison(
    comparison: &Comparison,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(comparison, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Comparison::from(comparison), out),
        Format::Markdown => markdown::comparison(comparison, out),
        other => Err(other.unsupported()),
    }
}

fn human(comparison: &Comparison, style: Style) -> String {
    let mut parts = vec![headline(comparison, style)];
    let (told, rest): (Vec<&Change>, Vec<&Change>) =
        comparison.changes.iter().partition(|change| change.direction.is_some());
    parts.extend(told.into_iter().map(|change| block(change).render(style)));
    parts.extend(comparison.findings.iter().map(|change| finding(change).render(style)));
    parts.extend(list(style, "neither worse nor better", rest.into_iter().map(line)));
    parts.extend(list(style, "notices", comparison.notices.iter().cloned()));
    parts.push(summary(comparison, style));
    joined(parts)
}

/// The answer in a word
pub(super) fn word(comparison: &Comparison) -> (&'static str, Ink) {
    let better = comparison.changes.iter().any(|change| change.direction == Some(Direction::Better));
    let changed = !comparison.changes.is_empty() || !comparison.findings.is_empty();
    match comparison.outcome {
        Outcome::Worse => ("WORSE", Ink::Bad),
        Outcome::Unclear => ("UNCLEAR", Ink::Open),
        Outcome::Nothing => ("NOTHING TO COMPARE", Ink::Open),
        Outcome::NotWorse if better => ("BETTER", Ink::Good),
        Outcome::NotWorse if changed => ("NOT WORSE", Ink::Good),
        Outcome::NotWorse => ("UNCHANGED", Ink::Good),
    }
}

fn headline(comparison: &Comparison, style: Style) -> String {
    let Comparison { before, after, .. } = comparison;
    let (word, ink) = word(comparison);
    let mut lines = vec![format!("{}  {}", paint(style, ink, word), visible(&after.operation))];
    if before.operation != after.operation {
        lines.push(format!("before: {}", visible(&before.operation)));
    }
    lines.push(format!("as {}", visible(&after.principal)));
    if before.principal != after.principal {
        lines.push(format!("before: as {}", visible(&before.principal)));
    }
    lines.push(format!("verdict: {} before, {} now", before.verdict.word(), after.verdict.word()));
    lines.join("\n")
}

fn severity(change: &Change) -> Severity {
    match (change.direction, change.counts) {
        (Some(Direction::Worse), true) if !change.sure => Severity::Warning,
        (Some(Direction::Worse), true) => Severity::Error,
        (Some(Direction::Worse), false) => Severity::Warning,
        _ => Severity::Note,
    }
}

fn block(change: &Change) -> Block {
    let Change { action, resource, actor, .. } = change;
    let who = if actor == "caller" { String::new() } else { format!(" for {actor}") };
    let title = format!("{action} on {resource}{}{who}: {}", count(change), step(change));
    let mut block = Block::new(severity(change), Some(change.class.word()), &title);
    for Cause { role, by, .. } in &change.causes {
        let label = told(role, by);
        let is_told =
            by.location.as_ref().is_some_and(|location| block.place(location, by.line_text.as_deref(), &label));
        if !is_told {
            block.note(if role.ends_with("before") { "before" } else { "now" }, &label);
        }
    }
    block.note("change", &change.sentence);
    if !change.sure {
        block.note("unclear", "the reports do not say which resources these rows stand for");
    }
    block.note("needed", &change.because);
    if !change.examples.is_empty() {
        block.note("such as", &change.examples.iter().take(2).cloned().collect::<Vec<_>>().join(", "));
    }
    for missing in change.after.iter().flat_map(|state| &state.missing) {
        block.note("would settle it", missing);
    }
    block
}

/// A change that is neither worse nor better, with the statements that differ
fn line(change: &Change) -> String {
    let Change { action, resource, class, .. } = change;
    let head = format!("{action} on {resource}{}: {}", count(change), step(change));
    if *class != Class::Reason {
        return head;
    }
    let causes = change.causes.iter().map(|Cause { role, by, .. }| {
        let place = by.location.as_ref().map(|location| format!(" ({location})")).unwrap_or_default();
        format!("{}{place}", told(role, by))
    });
    let causes: Vec<String> = causes.collect();
    if causes.is_empty() { head } else { format!("{head}; {}", causes.join(", ")) }
}

/// ` (80 objects)`, where a change is about several
pub(super) fn count(change: &Change) -> String {
    let is_key = change.resource.contains(":kms:");
    let noun = if is_key { "of " } else { "" };
    let several = if is_key {
        (change.count > 1).then(|| counted(change.count, "object"))
    } else {
        resources(&change.resource, change.count)
    };
    several.map(|several| format!(" ({noun}{several})")).unwrap_or_default()
}

/// `allowed → explicitDeny`
pub(super) fn step(change: &Change) -> String {
    let state = |state: Option<&State>| {
        let Some(State { decision, strength, .. }) = state else { return "not needed".to_owned() };
        let strength = if *strength == Strength::Must { String::new() } else { format!(" ({})", strength.word()) };
        format!("{}{strength}", decision.word())
    };
    format!("{} → {}", state(change.before.as_ref()), state(change.after.as_ref()))
}

/// What a part does or did
pub(super) fn told(role: &str, by: &DecidedBy) -> String {
    match (by.policy.as_str(), role) {
        ("", "does not allow now") => format!("no {} allows it now", by.layer.words()),
        ("", "did not allow before") => format!("no {} allowed it before", by.layer.words()),
        _ => format!("{} {role}", part(by)),
    }
}

/// A statement, policy or layer in words
fn part(by: &DecidedBy) -> String {
    let layer = by.layer.words();
    match (by.policy.as_str(), by.sid.as_str()) {
        ("", "") => format!("the {layer}"),
        (policy, "") => format!("{layer} `{policy}`"),
        ("", sid) => format!("statement `{sid}` of the {layer}"),
        (policy, sid) => format!("statement `{sid}` of {layer} `{policy}`"),
    }
}

fn finding(change: &FindingChange) -> Block {
    let (severity, word) = match change.on {
        When::After => (change.finding.severity, "new"),
        When::Before => (Severity::Note, "gone"),
    };
    Block::new(severity, Some(word), &format!("{}: {}", change.finding.id, change.finding.message))
}

/// How many changes there are of each class
pub(super) fn counts(comparison: &Comparison) -> Vec<(Class, u64)> {
    let classes = [Class::Worse, Class::Added, Class::Better, Class::Removed, Class::Reason];
    let count = |class| comparison.changes.iter().filter(|change| change.class == class).count() as u64;
    classes.into_iter().map(|class| (class, count(class))).collect()
}

fn summary(comparison: &Comparison, style: Style) -> String {
    let counts = counts(comparison).into_iter().map(|(class, count)| {
        let word = if class == Class::Reason { "for another reason" } else { class.word() };
        format!("{count} {word}")
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    let (word, ink) = word(comparison);
    format!("{}: {counts}, {} unchanged", paint(style, ink, &word.to_lowercase()), comparison.unchanged)
}
