//! The trace of decisions: every layer, its statements about the action, their parts

use std::fmt::Write as _;
use std::io;

use super::human::{joined, notices};
use super::paint::{Ink, paint};
use super::text::visible;
use super::{Format, Style, json};
use crate::evaluate::{ConditionTrace, Decision, LayerTrace, StatementTrace, Truth};
use crate::finding::{ExplainedRow, Explanation};
use crate::policy::{self, Effect};

/// Writes traces in one format
///
/// # Errors
/// Those of the sink, and `Unsupported` for a format that this does not have.
pub fn render_explanation(
    explanation: &Explanation,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(explanation, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Explained::from(explanation), out),
        other => Err(other.unsupported()),
    }
}

fn human(explanation: &Explanation, style: Style) -> String {
    let title = format!(
        "{}\nas {}",
        paint(style, Ink::Heading, &visible(&explanation.operation)),
        visible(&explanation.principal)
    );
    let mut parts = vec![title];
    parts.extend(explanation.rows.iter().map(|row| explained(row, style)));
    parts.extend(notices(&explanation.notices, style));
    joined(parts)
}

fn explained(row: &ExplainedRow, style: Style) -> String {
    let requirement = &row.requirement;
    let ink = match requirement.decision {
        Decision::Allowed => Ink::Good,
        Decision::ExplicitDeny | Decision::ImplicitDeny => Ink::Bad,
        Decision::Undetermined => Ink::Open,
    };
    let mut text = format!(
        "{}  {} ({})\non {}\n",
        paint(style, ink, requirement.decision.word()),
        paint(style, Ink::Heading, &visible(&requirement.action)),
        visible(&requirement.id),
        visible(&requirement.resource)
    );
    let context = requirement.context.iter().map(|(key, value)| format!("{} = {}", visible(key), visible(value)));
    for line in context {
        let _ = writeln!(text, "  with {line}");
    }
    if let Some(gap) = &requirement.gap {
        let _ = writeln!(text, "  because {}", visible(&gap.message));
    }
    if let Some(judged) = requirement.judged() {
        let _ = writeln!(text, "  judged by {judged}");
    }
    for layer in &row.trace {
        text.push_str(&layer_text(layer, style));
    }
    text
}

fn layer_text(layer: &LayerTrace, style: Style) -> String {
    let level = layer.level.as_ref().map(|level| format!(", level {}", visible(level))).unwrap_or_default();
    let mut text = format!("\n  {}\n", paint(style, Ink::Heading, &format!("{}{level}", layer.layer.words())));
    for statement in &layer.statements {
        text.push_str(&statement_text(statement, style));
    }
    match (layer.statements.len(), layer.others) {
        (0, 0) => text.push_str("    no statements\n"),
        (_, 0) => {}
        (_, others) => {
            let _ = writeln!(text, "    {others} statement(s) about other actions");
        }
    }
    text
}

fn statement_text(statement: &StatementTrace, style: Style) -> String {
    let effect = if statement.effect == Effect::Allow { "Allow" } else { "Deny" };
    let (mark, word, ink) = match statement.matched {
        Truth::True if statement.effect == Effect::Allow => ("✓", "matches", Some(Ink::Good)),
        Truth::True => ("✗", "matches", Some(Ink::Bad)),
        Truth::Unknown => ("?", "may match", Some(Ink::Open)),
        Truth::False => ("·", "does not match", None),
    };
    let named = statement.part();
    let sid = named.sid.as_deref().filter(|sid| !sid.is_empty());
    let name = sid.map_or_else(|| format!("statement {}", statement.index + 1), |sid| format!("`{}`", visible(sid)));
    let policy = format!(" of {}", visible(&statement.document.origin.name));
    let place = named
        .location
        .as_ref()
        .map(|location| format!("\n        at {}", visible(&location.to_string())))
        .unwrap_or_default();
    let shown = |text: &str| ink.map_or_else(|| text.to_owned(), |ink| paint(style, ink, text));
    let mut text = format!("    {} {effect} {name}{policy}: {}{place}\n", shown(mark), shown(word));
    if let Some(reached) = statement.principal.filter(|reached| *reached != Truth::True) {
        let _ =
            writeln!(text, "        principal: {}", part(reached, "reaches the caller", "does not reach the caller"));
    }
    if statement.resource != Truth::True {
        let _ = writeln!(text, "        resource: {}", part(statement.resource, "matches", "does not match"));
    }
    for (condition, result) in statement.conditions() {
        let _ = writeln!(text, "        {}", condition_text(condition, result));
    }
    text
}

fn part(truth: Truth, yes: &str, no: &str) -> String {
    match truth {
        Truth::True => yes.to_owned(),
        Truth::False => no.to_owned(),
        Truth::Unknown => format!("possibly {yes}"),
    }
}

fn condition_text(condition: &policy::Condition, result: &ConditionTrace) -> String {
    let wanted = condition.values.iter().map(|value| format!("`{}`", visible(value))).collect::<Vec<_>>().join(", ");
    let holds = match result.holds {
        Truth::True => "holds",
        Truth::False => "does not hold",
        Truth::Unknown => "not known",
    };
    format!(
        "condition {} on {}: wants {wanted}; the call has it {}: {holds}",
        condition.operator,
        visible(condition.key.as_str()),
        visible(&result.actual_words())
    )
}
