//! What became of expectations

use std::io;

use super::block::Block;
use super::human::joined;
use super::paint::{Ink, paint};
use super::text::{counted, visible};
use super::{Format, Style, json, junit as xml};
use crate::expect::{Case, Difference, Outcome, Subject};
use crate::finding::{DecidedBy, Severity};

/// Writes the outcomes in one format
///
/// # Errors
/// Those of the sink, and `Unsupported` for a format that this does not have.
pub fn render_outcomes(outcomes: &[Outcome], format: Format, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(outcomes, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Outcomes::from(outcomes), out),
        Format::Junit => junit(outcomes, out),
        other => Err(other.unsupported()),
    }
}

fn human(outcomes: &[Outcome], style: Style) -> String {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.passed()).collect();
    let mut parts: Vec<String> = failed
        .iter()
        .flat_map(|outcome| outcome.differences.iter().map(|difference| block(outcome, difference, style)))
        .collect();
    let (word, ink) = match (outcomes.is_empty(), failed.is_empty()) {
        (true, _) => ("no cases", Ink::Open),
        (_, true) => ("passed", Ink::Good),
        _ => ("failed", Ink::Bad),
    };
    let all = counted(outcomes.len() as u64, "case");
    let passed = outcomes.len() - failed.len();
    parts.push(format!("{}: {all}, {passed} as expected, {} not", paint(style, ink, word), failed.len()));
    joined(parts)
}

fn block(outcome: &Outcome, difference: &Difference, style: Style) -> String {
    let Difference { what, expected, got, decided_by, help } = difference;
    let mut block = Block::new(Severity::Error, Some("expectation"), &outcome.case.name);
    block.place(&outcome.case.location, None, "");
    for by in decided_by {
        let label = part(by);
        let is_told = by.location.as_ref().is_some_and(|place| block.place(place, by.line_text.as_deref(), &label));
        if !is_told {
            block.note("decided", &label);
        }
    }
    block.note("about", what);
    block.note("expected", expected);
    block.note("got", got);
    if let Some(help) = help {
        block.note("help", help);
    }
    if let Some(trace) = trace(&outcome.case) {
        block.note("trace", &trace);
    }
    block.render(style)
}

/// What decided, in words
fn part(by: &DecidedBy) -> String {
    let DecidedBy { layer, policy, sid, effect, .. } = by;
    match (policy.as_str(), sid.as_str()) {
        ("", "") if *effect == "does not allow" => format!("no {} allows it", layer.words()),
        ("", "") => format!("the {} {effect}", layer.words()),
        (policy, "") => format!("{} `{policy}` {effect}", layer.words()),
        ("", sid) => format!("statement `{sid}` of the {} {effect}", layer.words()),
        (policy, sid) => format!("statement `{sid}` of {} `{policy}` {effect}", layer.words()),
    }
}

/// The command that shows how a request's decisions come about
fn trace(case: &Case) -> Option<String> {
    let Subject::Request(request) = &case.subject else { return None };
    let setting = &case.setting;
    let flags = [("--principal", &setting.principal), ("--snapshot", &setting.snapshot)];
    let flags = flags.into_iter().filter_map(|(flag, value)| value.as_ref().map(|value| (flag, value)));
    let manifests = [("--train", &request.train), ("--test", &request.test)];
    let manifests = manifests.into_iter().flat_map(|(flag, names)| names.iter().map(move |name| (flag, name)));
    let words = flags.chain(manifests).map(|(flag, value)| format!(" {flag} {value}"));
    let command = format!("iam-preflight explain {}{}", request.request, words.collect::<String>());
    let folder = case.location.file.rsplit_once('/').map_or(".", |(folder, _)| folder);
    Some(format!("{} (in {})", visible(&command), visible(folder)))
}

/// A suite for each file, a case for each case
fn junit(outcomes: &[Outcome], out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites: Vec<xml::Suite> = Vec::new();
    for outcome in outcomes {
        let file = &outcome.case.location.file;
        if suites.last().is_none_or(|suite| *suite.name != **file) {
            suites.push(xml::Suite { name: file.to_string(), properties: Vec::new(), cases: Vec::new() });
        }
        if let Some(suite) = suites.last_mut() {
            suite.cases.push(xml_case(outcome));
        }
    }
    xml::write(env!("CARGO_PKG_NAME"), &suites, out)
}

fn xml_case(outcome: &Outcome) -> xml::Case {
    let first = outcome.differences.first();
    let ended = first.map(|first| xml::Outcome::Failed {
        kind: "expectation".to_owned(),
        message: format!("{}: expected {}, got {}", first.what, first.expected, first.got),
        details: outcome.differences.iter().flat_map(lines).chain(trace(&outcome.case)).collect::<Vec<_>>().join("\n"),
    });
    xml::Case {
        name: outcome.case.name.clone(),
        classname: "iam-preflight.expectations".to_owned(),
        place: Some(outcome.case.location.clone()),
        outcome: ended.unwrap_or(xml::Outcome::Passed),
    }
}

fn lines(difference: &Difference) -> Vec<String> {
    let Difference { what, expected, got, decided_by, help } = difference;
    let mut lines = vec![format!("{what}: expected {expected}, got {got}")];
    lines.extend(decided_by.iter().map(|by| {
        let place = by.location.as_ref().map(|location| format!(" ({location})")).unwrap_or_default();
        format!("decided: {}{place}", part(by))
    }));
    lines.extend(help.iter().map(|help| format!("help: {help}")));
    lines
}
