//! `check`: the main job

use std::io::{self, Write};

use crate::finding::{self, Assessment};
use crate::judge::{Decider, Judge, OwnEngine};
use crate::report::{Format, render};
use crate::source::Location;

use super::args::{CheckArgs, GatedArgs, Output, OutputArgs};
use super::config::Configuration;
use super::gated::Held;
use super::lines::Lines;
use super::making::making;
use super::outputs;
use super::preflight::{self, Keep, Planned, Prepared};
use super::readied::Readied;
use super::second::Second;
use super::terminal::{self, Terminal};
use super::{Exit, Failure};

pub(super) fn run(gated: &GatedArgs, configuration: Configuration, terminal: Terminal) -> Result<Exit, Failure> {
    let args = &gated.check;
    let held = Held::to(gated, configuration)?;
    let expand = args.output.expand;
    let readied = Readied::for_check(args, Keep::keys_if(expand))?;
    let (planned, prepared) = (&readied.planned, &readied.prepared);
    let second = Second::ask(args, planned, prepared)?;
    let quoted = Lines::of(&readied);
    let lines = |location: &Location| quoted.line(location);
    let service_keys = preflight::service_keys(&planned.catalog);
    // The evidence page alone shows traces, and when it was made.
    let evidence = args.output.output.iter().any(|output| output.format == Format::Html);
    let mut report = with_decider(second.as_ref(), |decider| {
        let judge = prepared.judge(&planned.said.caller, &service_keys, decider, evidence);
        let assessment = assessment((planned, prepared), &judge, second.as_ref(), args);
        Assessment { lines: &lines, ..assessment }.report()
    });
    report.making = evidence.then(|| making(&planned.operation, report.captured_at.as_deref()));
    let exit = held.judge(&mut report, second.is_some_and(|second| second.is_in_vain()))?;
    write_all(&args.output, terminal, &|output, style, out| render(&report, output.format, style, out))?;
    outputs::summarize_job(&args.output, &report);
    Ok(exit)
}

/// Calls this with the one who decides: the engine alone, or the engine with the simulator's answers
pub(super) fn with_decider<T>(second: Option<&Second>, call: impl FnOnce(&dyn Decider) -> T) -> T {
    match second {
        None => call(&OwnEngine),
        Some(second) => call(&second.decider()),
    }
}

pub(super) fn assessment<'a>(
    (planned, prepared): (&'a Planned, &'a Prepared),
    judge: &'a Judge<'a>,
    second: Option<&Second>,
    args: &CheckArgs,
) -> Assessment<'a> {
    let mut assessment = Assessment {
        mode: args.account.mode.into(),
        expand: args.output.expand,
        ..assessed((planned, prepared), judge)
    };
    if let Some(second) = second {
        assessment.extra.extend(second.findings());
        assessment.seen.push(second.coverage());
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
pub(super) fn write_all(args: &OutputArgs, terminal: Terminal, render: Renderer<'_>) -> Result<(), Failure> {
    for output in &args.output {
        let mut text = Vec::new();
        match &output.path {
            None => {
                render(output, terminal.stdout_style(args.expand), &mut text)?;
                let mut out = terminal::stdout();
                out.write_all(&text)?;
                out.flush()?;
            }
            Some(path) => {
                render(output, Terminal::file_style(args.expand), &mut text)?;
                std::fs::write(path, &text).map_err(|error| super::input::unwritable(path, &error))?;
            }
        }
    }
    Ok(())
}
