//! `check`: the main job

use std::io::{self, Write};

use crate::finding::{self, Assessment};
use crate::judge::{Decider, Judge, OwnEngine};
use crate::report::{Format, render};
use crate::source::{Location, Problem, Problems};

use super::args::{CheckArgs, GatedArgs, Output, OutputArgs};
use super::config::Configuration;
use super::gated::Held;
use super::lines::Lines;
use super::making::making;
use super::outputs;
use super::preflight::{self, Keep, Planned, Prepared};
use super::prove::Tries;
use super::readied::Readied;
use super::second::Second;
use super::terminal::{self, Terminal};
use super::{Exit, Failure};

pub(super) fn run(gated: &GatedArgs, configuration: Configuration, terminal: Terminal) -> Result<Exit, Failure> {
    let args = &gated.check;
    Tries::refuse_vain(args)?;
    let held = Held::to(gated, configuration)?;
    let expand = args.output.expand;
    let readied = Readied::for_check(args, Keep::keys_if(expand))?;
    let (planned, prepared) = (&readied.planned, &readied.prepared);
    let second = Second::ask(args, planned, prepared)?;
    let tries = Tries::make(args, planned, prepared)?;
    let others = Others { second: second.as_ref(), tries: tries.as_ref() };
    let quoted = Lines::of(&readied);
    let lines = |location: &Location| quoted.line(location);
    let service_keys = preflight::service_keys(&planned.catalog);
    // The evidence page alone shows traces, and when it was made.
    let evidence = args.output.output.iter().any(|output| output.format == Format::Html);
    let mut report = with_decider(others, |decider| {
        let judge = prepared.judge(&planned.said.caller, &service_keys, decider, evidence);
        let assessment = assessment((planned, prepared), &judge, others, args);
        Assessment { lines: &lines, ..assessment }.report()
    });
    report.making = evidence.then(|| making(&planned.operation, report.captured_at.as_deref()));
    let exit = held.judge(&mut report, second.is_some_and(|second| second.is_in_vain()))?;
    write_all(&args.output, terminal, &|output, style, out| render(&report, output.format, style, out))?;
    outputs::summarize_job(&args.output, &report);
    Ok(exit)
}

/// Who was asked beside the own engine
#[derive(Clone, Copy)]
pub(super) struct Others<'a> {
    pub(super) second: Option<&'a Second>,
    pub(super) tries: Option<&'a Tries>,
}

/// Calls this with the one who decides: the engine alone, or the engine with what the others said
pub(super) fn with_decider<T>(others: Others<'_>, call: impl FnOnce(&dyn Decider) -> T) -> T {
    match others.second {
        None => Tries::with(others.tries, &OwnEngine, call),
        Some(second) => Tries::with(others.tries, &second.decider(), call),
    }
}

pub(super) fn assessment<'a>(
    (planned, prepared): (&'a Planned, &'a Prepared),
    judge: &'a Judge<'a>,
    others: Others<'_>,
    args: &CheckArgs,
) -> Assessment<'a> {
    let mut assessment = Assessment {
        mode: args.account.mode.into(),
        expand: args.output.expand,
        ..assessed((planned, prepared), judge)
    };
    if let Some(second) = others.second {
        assessment.extra.extend(second.findings());
        assessment.seen.push(second.coverage());
    }
    if let Some(tries) = others.tries {
        assessment.extra.extend(tries.findings());
        assessment.seen.push(tries.coverage());
    }
    assessment
}

/// What is known before anybody but the engine was asked
pub(super) fn assessed<'a>((planned, prepared): (&'a Planned, &'a Prepared), judge: &'a Judge<'a>) -> Assessment<'a> {
    Assessment {
        operation: &planned.operation,
        request: planned.request.file().name.clone(),
        violations: &planned.violations,
        derivation: &prepared.derivation,
        judge,
        facts: &prepared.facts,
        assumptions: &planned.assumptions,
        manifests: &prepared.dataset.manifests,
        quotas: &prepared.quotas,
        extra: prepared.extra.clone(),
        seen: Vec::new(),
        lines: &terminal::source_line,
        expand: false,
        mode: finding::Mode::Offline,
        inputs: planned.inputs.list(),
    }
}

type Renderer<'r> = &'r dyn Fn(&Output, crate::report::Style, &mut dyn Write) -> io::Result<()>;

/// Writes every output that was asked for
///
/// # Errors
/// Every output that cannot be written; the others are written all the same.
pub(super) fn write_all(args: &OutputArgs, terminal: Terminal, render: Renderer<'_>) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for output in &args.output {
        let mut text = Vec::new();
        let problem = match &output.path {
            None => {
                render(output, terminal.stdout_style(args.expand), &mut text)?;
                let mut out = terminal::stdout();
                let written = out.write_all(&text).and_then(|()| out.flush());
                written.err().map(|error| Problem::general(format!("the output cannot be written: {error}")))
            }
            Some(path) => {
                render(output, Terminal::file_style(args.expand), &mut text)?;
                super::whole::write(path, &text).err().map(|error| super::input::unwritable(path, &error))
            }
        };
        problems.extend(problem);
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems).into()) }
}
