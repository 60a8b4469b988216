//! `explain`: how decisions come about

use crate::evaluate::Decision;
use crate::finding::{Assessment, Selection, Verdict};
use crate::report::render_explanation;
use crate::source::Location;

use super::args::ExplainArgs;
use super::check::{Others, assessment, with_decider, write_all};
use super::preflight::{self, Keep};
use super::prove::Tries;
use super::readied::Readied;
use super::second::Second;
use super::terminal::Terminal;
use super::{Exit, Failure};

pub(super) fn run(args: &ExplainArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let check = &args.check;
    Tries::refuse_vain(check)?;
    let readied = Readied::for_check(check, Keep::Counts)?;
    let (planned, prepared) = (&readied.planned, &readied.prepared);
    let service_keys = preflight::service_keys(&planned.catalog);
    let second = Second::ask(check, planned, prepared)?;
    let tries = Tries::make(check, planned, prepared)?;
    let others = Others { second: second.as_ref(), tries: tries.as_ref() };
    let selection = Selection { action: args.action.clone(), resource: args.resource.clone() };
    let lines = |location: &Location| readied.source_line(location);
    let explanation = with_decider(others, |decider| {
        let judge = prepared.judge(&planned.said.caller, &service_keys, decider, true);
        let assessment = assessment((planned, prepared), &judge, others, check);
        Assessment { lines: &lines, ..assessment }.explanation(&selection)
    });
    write_all(&check.output, terminal, &|output, style, out| {
        render_explanation(&explanation, output.format, style, out)
    })?;
    let decisions: Vec<Decision> = explanation.rows.iter().map(|row| row.requirement.decision).collect();
    let verdict = match decisions.as_slice() {
        [] => return Ok(Exit::Nothing),
        // The service would refuse it, whichever row is looked at.
        _ if !planned.violations.is_empty() => Verdict::Blocked,
        some if some.iter().any(|decision| decision.is_denied()) => Verdict::Blocked,
        some if some.contains(&Decision::Undetermined) => Verdict::Undetermined,
        _ => Verdict::Ready,
    };
    Ok(Exit::of(verdict, check.exit_zero))
}
