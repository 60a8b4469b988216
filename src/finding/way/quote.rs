//! The text of a statement with the lines that matter to one permission

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evaluate::{StatementTrace, Truth};
use crate::finding::LineText;
use crate::iam::Action;
use crate::iam::wildcard::Glob;
use crate::policy::{Effect, Listing, Statement, Text};
use crate::source::{Location, Position};

/// Lines of a statement that are shown at most
const MOST_LINES: usize = 60;
/// Characters of a line that are shown at most
const MOST_CHARACTERS: usize = 600;
/// Characters before the first place that matters, in a line that is cut
const LEAD: usize = 40;

/// Part of a policy's text, as it stands in its file
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The file
    pub file: Arc<str>,
    /// The lines, in order; numbers may skip what is left out
    pub lines: Vec<QuotedLine>,
}

/// One line
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedLine {
    /// Its number in the file, from 1
    pub number: u32,
    /// Its text, possibly cut, which a leading or final `…` shows
    pub text: String,
    /// Whether it matters to the permission: an element that matches it, or that keeps it from matching
    pub marked: bool,
}

/// The text of a traced statement; `None` where it cannot be read any more, or never stood in a file
pub(super) fn of(traced: &StatementTrace, about: (&Action, &str), lines: LineText<'_>) -> Option<Quote> {
    let source = traced.source()?;
    let file = &traced.document.origin.file;
    let marks = places(traced, source, about);
    let marked: BTreeSet<u32> = marks.iter().map(|at| at.line).collect();
    let all: Vec<u32> = (source.at.line..=source.end.line).collect();
    // Of a very long statement, what is near its head or near a line that matters.
    let near = |line: u32| {
        line < source.at.line + 4 || marked.iter().any(|mark| mark.abs_diff(line) <= 1) || line == source.end.line
    };
    let kept = all.iter().copied().filter(|line| all.len() <= MOST_LINES || near(*line)).take(MOST_LINES);
    let mut quoted = Vec::new();
    for number in kept {
        let text = lines(&Location { file: Arc::clone(file), at: Position { line: number, column: 1 } })?;
        let from = if number == source.at.line { source.at.column } else { 1 };
        let first = marks.iter().filter(|at| at.line == number).map(|at| at.column).min();
        let start = if source.at.line == source.end.line { from } else { first.unwrap_or(from) };
        let end = (number == source.end.line).then_some(source.end.column);
        quoted.push(QuotedLine { number, text: cut(&text, start, end), marked: marked.contains(&number) });
    }
    Some(Quote { file: Arc::clone(file), lines: quoted })
}

/// The elements that make the statement match, or that keep it from matching
fn places(traced: &StatementTrace, source: &Statement, about: (&Action, &str)) -> Vec<Position> {
    let (action, resource) = about;
    let action = action.to_string().to_lowercase();
    let mut places = matching(&source.action.patterns, source.action.listing, |pattern| {
        Glob::parse(&pattern.to_lowercase()).matches(&action)
    });
    if let Some(element) = &source.resource {
        // A pattern with a variable cannot be told by its text alone; where none can be, all of them count.
        places.extend(matching(&element.patterns, element.listing, |pattern| Glob::parse(pattern).matches(resource)));
    }
    let failed = traced.matched == Truth::False;
    let conditions = traced.conditions().filter(|(_, result)| !failed || result.holds != Truth::True);
    places.extend(conditions.map(|(condition, _)| condition.at));
    if source.effect == Effect::Deny || failed {
        places.extend(source.principal.iter().flat_map(|principal| principal.members.iter().map(|member| member.at)));
    }
    if places.is_empty() { vec![source.at] } else { places }
}

fn matching(patterns: &[Text], listing: Listing, matches: impl Fn(&str) -> bool) -> Vec<Position> {
    if listing == Listing::AllBut {
        // It matters as a list: where it begins is enough.
        return patterns.first().map(|pattern| pattern.at).into_iter().collect();
    }
    let chosen: Vec<Position> =
        patterns.iter().filter(|pattern| matches(&pattern.text)).map(|pattern| pattern.at).collect();
    if chosen.is_empty() { patterns.iter().map(|pattern| pattern.at).collect() } else { chosen }
}

/// A line that fits is kept whole; a longer one from a little before the column that matters on
fn cut(line: &str, column: u32, end: Option<u32>) -> String {
    let length = line.chars().count();
    if length <= MOST_CHARACTERS {
        return line.to_owned();
    }
    let start = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1 + LEAD).min(length);
    let stop = end.and_then(|end| usize::try_from(end).ok()).unwrap_or(length).min(length);
    let room = stop.saturating_sub(start).clamp(1, MOST_CHARACTERS);
    let text: String = line.chars().skip(start).take(room).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if start + room < length { "…" } else { "" };
    format!("{before}{text}{after}")
}
