//! `simulate`: raw authorization cases in, decisions out (contract section 4)

use std::io::{self, Read, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::evaluate::{Readings, StatementRef};
use crate::simulate::{Case, CaseOutcome, decide};
use crate::source::Problem;

use super::args::SimulateArgs;
use super::{Exit, Failure, input, terminal};

/// One decided case as it is printed
#[derive(Serialize)]
struct Line<'a> {
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    decision: &'static str,
    decided_by: Vec<Part<'a>>,
    missing_context: Vec<&'a str>,
}

/// A deciding part as it is printed
#[derive(Serialize)]
struct Part<'a> {
    layer: &'static str,
    policy: Option<&'a str>,
    sid: Option<&'a str>,
    index: Option<usize>,
}

impl<'a> From<&'a StatementRef> for Part<'a> {
    fn from(part: &'a StatementRef) -> Self {
        Self { layer: part.layer.word(), policy: part.policy.as_deref(), sid: part.sid.as_deref(), index: part.index }
    }
}

pub(super) fn run(args: &SimulateArgs) -> Result<Exit, Failure> {
    let mut reader = input::open_lines(&args.file)?;
    let mut text = String::new();
    let name = args.file.display().to_string();
    reader.read_to_string(&mut text).map_err(|error| input::unreadable(&args.file, &error))?;
    // Printed when all are decided: a malformed case leaves nothing half-decided behind.
    let mut out = Vec::new();
    let (mut count, mut differences) = (0_usize, 0_usize);
    for (line, raw) in cases(&text, &name)? {
        let (id, outcome, expected) = decide_text(raw, &name, line)?;
        count += 1;
        if args.check && expected.as_deref() == Some(outcome.decision.word()) {
            continue;
        }
        differences += usize::from(args.check);
        print(&mut out, id.as_deref(), expected.as_deref().filter(|_| args.check), &outcome)?;
    }
    let mut stdout = terminal::stdout();
    stdout.write_all(&out)?;
    stdout.flush()?;
    Ok(match (count, differences) {
        (0, _) => Exit::Nothing,
        (_, 0) => Exit::Ready,
        _ => Exit::Blocked,
    })
}

/// The cases with their line numbers: the elements of an array, or one a line
fn cases<'t>(text: &'t str, name: &str) -> Result<Vec<(usize, &'t str)>, Problem> {
    if text.trim_start().starts_with('[') {
        let raws: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
            Problem::general(format!("{name}:{}:{}: not valid JSON: {error}", error.line(), error.column()))
        })?;
        let line = |raw: &RawValue| {
            let offset = raw.get().as_ptr().addr() - text.as_ptr().addr();
            text.as_bytes().get(..offset).map_or(1, |before| memchr::memchr_iter(b'\n', before).count() + 1)
        };
        return Ok(raws.into_iter().map(|raw| (line(raw), raw.get())).collect());
    }
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    Ok(lines.filter(|(_, line)| !line.trim().is_empty()).collect())
}

type Decided = (Option<String>, CaseOutcome, Option<String>);

fn decide_text(text: &str, name: &str, line: usize) -> Result<Decided, Problem> {
    let case: Case<'_> = serde_json::from_str(text)
        .map_err(|error| Problem::general(format!("{name}:{line}: this case cannot be read: {error}")))?;
    let outcome = decide(&case, Readings::default()).map_err(|error| {
        let id = case.id.as_deref().map(|id| format!(" `{id}`")).unwrap_or_default();
        Problem::general(format!("{name}:{line}: the case{id} cannot be decided: {error}"))
    })?;
    Ok((case.id, outcome, case.expected))
}

fn print(out: &mut dyn Write, id: Option<&str>, expected: Option<&str>, outcome: &CaseOutcome) -> io::Result<()> {
    let decided_by = outcome.reasons.decided_by.iter().map(|reason| Part::from(&reason.part)).collect();
    let missing_context = outcome.reasons.missing_context.iter().map(String::as_str).collect();
    let line = Line { id, expected, decision: outcome.decision.word(), decided_by, missing_context };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}
