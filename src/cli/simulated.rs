//! Generated documents put to AWS's policy simulator, beside what the principal has

use std::sync::Arc;

use crate::evaluate::Decision;
use crate::generate::{self, InPlace, Place, Production, Simulated, Sufficiency};
use crate::need::Need;
use crate::simulator::Recorder;

use super::Failure;
use super::args::{GenerateArgs, Mode, WhatIfArgs};
use super::generate::{problems, weakest};
use super::live::Wish;
use super::preflight::{self, Planned, Prepared};
use super::second::Second;

/// Has the needs decided with the documents in place, by the simulator where it sees them; `None` offline
pub(super) fn simulated(
    args: &GenerateArgs,
    (planned, prepared): (&Planned, &Prepared),
    production: &Production,
) -> Result<Option<Simulated>, Failure> {
    if args.account.mode == Mode::Offline {
        return Ok(None);
    }
    let service_keys = preflight::service_keys(&planned.catalog);
    let principal = &prepared.account.caller.who.principal;
    let world = prepared.world(&planned.said.caller, &service_keys, principal);
    let documents = &production.composed.documents;
    let in_place =
        InPlace::of(documents).map_err(|found| Failure::Input(problems(generate::Fault::Unreadable(found))))?;
    let facts = world.added(&in_place);
    let wanted: Vec<&Need> = generate::wanted(&prepared.derivation.needs, weakest(args.documents.strength)).collect();
    let recorder = Recorder::default();
    let _ = world.judge_by(&recorder, &facts, wanted.iter().copied());
    let identity = documents.iter().filter(|document| matches!(document.place, Place::Identity(_)));
    let policies = identity.map(|document| Arc::from(document.json().to_string())).collect();
    let what_if = WhatIfArgs::default();
    let wish = (Wish::of_documents(args, &what_if), args.account.mode);
    let Some(second) = Second::ask_with(wish, (planned, prepared), policies, recorder.into_asks())? else {
        return Ok(None);
    };
    let answers = world.judge_by(&second.decider(), &facts, wanted.iter().copied());
    Ok(Some(Simulated {
        sufficient: Sufficiency::of(&answers),
        asked: second.counts(),
        failures: second.findings().into_iter().map(|finding| finding.message).collect(),
    }))
}

/// The worse of what the documents alone come to and what the simulator says of them
pub(super) fn worse(alone: Decision, simulated: Option<&Simulated>) -> Decision {
    match simulated.map(|simulated| simulated.sufficient.decision) {
        Some(decision) if alone == Decision::Allowed => decision,
        Some(decision) if decision.is_denied() => decision,
        _ => alone,
    }
}
