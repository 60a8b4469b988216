//! `derive`: what the request needs, whoever sends it

use crate::finding::{Assessment, derived_report};
use crate::judge::OwnEngine;
use crate::report::render_needs;
use crate::source::Problem;

use super::args::{DeriveArgs, Mode, WhatIfArgs};
use super::check::{assessed, write_all};
use super::inputs::Inputs;
use super::preflight::{self, Keep, Planned};
use super::terminal::Terminal;
use super::{Exit, Failure};

pub(super) fn run(args: &DeriveArgs, terminal: Terminal) -> Result<Exit, Failure> {
    if args.account.mode != Mode::Offline {
        return Err(Problem::general("`derive` never uses the network").with_help("leave out --mode").into());
    }
    let planned = Planned::read(&args.request, &args.account.assume, Inputs::default())?;
    let expand = args.output.expand;
    let prepared =
        planned.prepare((&args.request, &args.account, &WhatIfArgs::default()), None, Keep::keys_if(expand))?;
    let service_keys = preflight::service_keys(&planned.catalog);
    let judge = prepared.judge(&planned.said.caller, &service_keys, &OwnEngine, false);
    let rejected = !planned.violations.is_empty();
    let derived = derived_report(&Assessment { expand, ..assessed((&planned, &prepared), &judge) });
    write_all(&args.output, terminal, &|output, style, out| render_needs(&derived, output.format, style, out))?;
    Ok(match (derived.rows.is_empty(), rejected) {
        (_, true) => Exit::Blocked,
        (true, false) => Exit::Nothing,
        (false, false) => Exit::Ready,
    })
}
