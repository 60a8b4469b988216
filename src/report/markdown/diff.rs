//! A comparison, for a comment on a pull request

use std::fmt::Write as _;
use std::io;

use super::escape::{code, code_cell, sentence};
use super::{MARK, MOST, MOST_ROWS};
use crate::compare::{Cause, Change, Comparison, Direction, Outcome};
use crate::report::diff::{count, counts, step, told, word};

/// Writes a comparison; what does not fit into a comment is counted
pub(in crate::report) fn comparison(comparison: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = MARK.to_owned();
    headline(comparison, &mut text);
    if !comparison.changes.is_empty() {
        table(&comparison.changes, &mut text);
    }
    for change in &comparison.findings {
        let _ = write!(text, "\n- {}: {}", change.on.word(), sentence(&change.finding.message));
    }
    text.push('\n');
    details(&comparison.changes, &mut text);
    for notice in &comparison.notices {
        let _ = write!(text, "\n> {}\n", sentence(notice));
    }
    let _ = write!(text, "\n<sub>{} {}</sub>\n", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    out.write_all(text.as_bytes())
}

fn headline(comparison: &Comparison, text: &mut String) {
    let sign = match comparison.outcome {
        Outcome::Worse => "❌",
        Outcome::NotWorse => "✅",
        Outcome::Unclear | Outcome::Nothing => "❔",
    };
    let counts = counts(comparison).into_iter().map(|(class, count)| format!("{count} {}", class.word()));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let (before, after) = (comparison.before.verdict.word(), comparison.after.verdict.word());
    let _ = write!(
        text,
        "### {sign} IAM preflight: {}\n\n{} as {}  \nverdict: {before} before, {after} now\n\n\
         **{counts}, {} unchanged**\n",
        word(comparison).0.to_lowercase(),
        code(&comparison.after.operation),
        code(&comparison.after.principal),
        comparison.unchanged,
    );
}

fn table(changes: &[Change], text: &mut String) {
    text.push_str("\n| | permission | resource | before → now |\n|---|---|---|---|\n");
    for change in changes.iter().take(MOST_ROWS) {
        let sign = match change.direction {
            Some(Direction::Worse) => "❌",
            Some(Direction::Better) => "✅",
            None => "",
        };
        let (action, resource) = (code_cell(&change.action), code_cell(&change.resource));
        let _ = writeln!(text, "| {sign} | {action} | {resource}{} | {} |", count(change), step(change));
    }
    let rest = changes.len().saturating_sub(MOST_ROWS);
    if rest > 0 {
        let _ = writeln!(text, "\n{rest} more are not shown.");
    }
}

/// What got worse, with the statements behind it
fn details(changes: &[Change], text: &mut String) {
    let worse = changes.iter().filter(|change| change.direction == Some(Direction::Worse));
    let mut left = 0;
    for change in worse {
        let mut part =
            format!("\n**{}** on {}: {}\n", code(&change.action), code(&change.resource), sentence(&change.sentence));
        for Cause { role, by, .. } in &change.causes {
            let place =
                by.location.as_ref().map(|place| format!(" ({})", code(&place.to_string()))).unwrap_or_default();
            let _ = writeln!(part, "- {}{place}", sentence(&told(role, by)));
        }
        if text.len() + part.len() > MOST {
            left += 1;
        } else {
            text.push_str(&part);
        }
    }
    if left > 0 {
        let _ = writeln!(text, "\n{left} more are not shown.");
    }
}
