//! `derive`: what the request needs, whoever sends it; and with `--as` what it would be for another operation

mod migration;
mod next;

use crate::finding::{Assessment, DerivedReport, derived_report};
use crate::judge::OwnEngine;
use crate::report::render_needs;
use crate::source::Problem;

use super::args::{DeriveArgs, Mode, WhatIfArgs};
use super::check::{assessed, write_all};
use super::inputs::Inputs;
use super::preflight::{self, Keep, Planned, Prepared};
use super::terminal::Terminal;
use super::{Exit, Failure};

pub(super) fn run(args: &DeriveArgs, terminal: Terminal) -> Result<Exit, Failure> {
    if let Some(to) = &args.migration.to {
        return migration::run(args, to, terminal);
    }
    offline(args)?;
    let planned = Planned::read(&args.request, &args.account.assume, Inputs::default())?;
    let expand = args.output.expand;
    let prepared =
        planned.prepare((&args.request, &args.account, &WhatIfArgs::default()), None, Keep::keys_if(expand))?;
    let rejected = !planned.violations.is_empty();
    let derived = derived(&planned, &prepared, expand);
    write_all(&args.output, terminal, &|output, style, out| render_needs(&derived, output.format, style, out))?;
    Ok(match (derived.rows.is_empty(), rejected) {
        (_, true) => Exit::Blocked,
        (true, false) => Exit::Nothing,
        (false, false) => Exit::Ready,
    })
}

fn offline(args: &DeriveArgs) -> Result<(), Problem> {
    if args.account.mode == Mode::Offline {
        return Ok(());
    }
    Err(Problem::general("`derive` never uses the network").with_help("leave out --mode"))
}

fn derived(planned: &Planned, prepared: &Prepared, expand: bool) -> DerivedReport {
    let service_keys = preflight::service_keys(&planned.catalog);
    let judge = prepared.judge(&planned.said.caller, &service_keys, &OwnEngine, false);
    derived_report(&Assessment { expand, ..assessed((planned, prepared), &judge) })
}
