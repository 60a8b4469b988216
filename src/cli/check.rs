//! `check`: the main job

use std::io::{self, Write};

use crate::finding::{Assessment, Mode, Report};
use crate::judge::{Judge, OwnEngine};
use crate::report::render;

use super::args::{CheckArgs, Output, OutputArgs};
use super::preflight::{self, Planned, Prepared};
use super::terminal::{self, Terminal};
use super::{Exit, Failure};

pub(super) fn run(args: &CheckArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let report = report(args)?;
    let exit = if report.requirements.is_empty() && report.findings.is_empty() {
        Exit::Nothing
    } else {
        Exit::of(report.verdict, args.exit_zero)
    };
    write_all(&args.output, terminal, &|output, style, out| render(&report, output.format, style, out))?;
    Ok(exit)
}

fn report(args: &CheckArgs) -> Result<Report, Failure> {
    let expand = args.output.expand;
    let (planned, prepared) = Planned::for_check(args, expand)?;
    let service_keys = preflight::service_keys(&planned.catalog);
    let judge = prepared.judge(&planned.user, &service_keys, &OwnEngine, false);
    Ok(assessment(&planned, &prepared, &judge, expand).report())
}

pub(super) fn assessment<'a>(
    planned: &'a Planned,
    prepared: &'a Prepared,
    judge: &'a Judge<'a>,
    expand: bool,
) -> Assessment<'a> {
    Assessment {
        operation: &planned.operation,
        violations: &planned.violations,
        derivation: &prepared.derivation,
        judge,
        facts: &prepared.facts,
        assumptions: &planned.assumptions,
        manifests: &prepared.dataset.manifests,
        quotas: &prepared.quotas,
        extra: prepared.extra.clone(),
        lines: &terminal::source_line,
        expand,
        mode: Mode::Offline,
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
