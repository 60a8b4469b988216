//! Which outputs a command can write, found out before it does anything

use std::io::{self, Write};
use std::path::Path;

use crate::finding::Report;
use crate::report::{Format, listed, render};
use crate::source::{Problem, Problems};

use super::args::{Command, Output, OutputArgs};
use super::terminal::{self, Terminal};

/// Refuses formats that the command does not have, and outputs that would overwrite each other
///
/// Formats that a program reads as one whole may stand on standard output only alone or beside `human` and `github`,
/// which are lines for people and for the log; they are written in the order of the command line.
///
/// # Errors
/// Every output that cannot be written as asked.
pub(super) fn check(command: &Command) -> Result<(), Problems> {
    let Some((name, outputs, formats)) = wanted(command) else { return Ok(()) };
    let mut problems: Vec<Problem> =
        outputs
            .iter()
            .filter(|output| !formats.contains(&output.format))
            .map(|output| {
                Problem::general(format!("`{name}` has no output format `{}`", output.format.word()))
                    .with_help(format!("it has {}; `check` has all: {}", listed(formats), listed(&Format::ALL)))
            })
            .collect();
    problems.extend(collisions(outputs));
    if let Command::Check(args) = command
        && let Some(baseline) = &args.gate.write_baseline
    {
        let written =
            outputs.iter().filter(|output| output.path.as_deref().is_some_and(|path| is_same(path, baseline)));
        problems.extend(written.map(|output| {
            let word = output.format.word();
            Problem::general(format!("`{word}` and the baseline cannot both be written to `{}`", baseline.display()))
                .with_help(format!("give each its own path: -o {word}=PATH"))
        }));
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

/// The command's name, what was asked of it, and the formats that it has
fn wanted(command: &Command) -> Option<(&'static str, &[Output], &'static [Format])> {
    match command {
        Command::Check(args) => Some(("check", &args.check.output.output, &Format::ALL)),
        Command::Derive(args) if args.migration.to.is_some() => {
            Some(("derive --as", &args.output.output, &Format::COMPARISON))
        }
        Command::Derive(args) => Some(("derive", &args.output.output, &Format::NEEDS)),
        Command::Diff(args) => Some(("diff", &args.output.output, &Format::COMPARISON)),
        Command::Test(args) => Some(("test", &args.output.output, &Format::OUTCOMES)),
        Command::Explain(args) => Some(("explain", &args.check.output.output, &Format::PLAIN)),
        Command::Generate(args) => Some(("generate", &args.output.output, &Format::PLAIN)),
        Command::Lint(args) => Some(("lint", &args.output.output, &Format::MARKING)),
        Command::Verify(args) => Some(("verify", &args.output.output, &Format::PLAIN)),
        Command::Snapshot(_)
        | Command::Catalog(_)
        | Command::Simulate(_)
        | Command::Completions { .. }
        | Command::Man(_) => None,
    }
}

/// Two outputs for one place
fn collisions(outputs: &[Output]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, output) in outputs.iter().enumerate() {
        let earlier = outputs.iter().take(index);
        let collides = |other: &&Output| match (&output.path, &other.path) {
            (None, None) => output.format.is_document() && other.format.is_document(),
            (Some(own), Some(other)) => is_same(own, other),
            _ => false,
        };
        if let Some(other) = earlier.into_iter().find(collides) {
            let place = output
                .path
                .as_ref()
                .map_or_else(|| "standard output".to_owned(), |path| format!("`{}`", path.display()));
            let (one, two) = (other.format.word(), output.format.word());
            let message = if one == two {
                format!("the output format `{one}` is asked for twice on {place}")
            } else {
                format!("`{one}` and `{two}` cannot both be written to {place}")
            };
            problems.push(Problem::general(message).with_help(format!("give each its own path: -o {two}=PATH")));
        }
    }
    problems
}

/// Whether two paths are one place, however they are written and whether or not there is anything yet
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Some(folder.canonicalize().ok()?.join(path.file_name()?))
        })
    };
    one == other || place(one).is_some_and(|one| place(other) == Some(one))
}

/// In a job of GitHub Actions that asked for annotations: adds the report to the job's summary
///
/// A summary that cannot be written is told on standard error; it changes neither the verdict nor the exit code.
pub(super) fn summarize_job(args: &OutputArgs, report: &Report) {
    let wanted = args.output.iter().any(|output| output.format == Format::Github);
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| wanted && !path.is_empty()) else { return };
    if let Err(error) = append(Path::new(&path), report) {
        terminal::note(&format!("the job summary {} cannot be written: {error}", Path::new(&path).display()));
    }
}

fn append(path: &Path, report: &Report) -> io::Result<()> {
    let mut text = Vec::new();
    render(report, Format::Markdown, Terminal::file_style(false), &mut text)?;
    std::fs::OpenOptions::new().create(true).append(true).open(path)?.write_all(&text)
}
