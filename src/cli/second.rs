//! The second judge: AWS's policy simulator beside the own engine

mod asked;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::Assumptions;
use crate::finding::{self, Coverage, Finding, Severity};
use crate::judge::Decider;
use crate::simulator::{
    Answers, Ask, Failure as Unanswered, Merging, Missing, Recorder, Simulation, UNREAD_SCPS, UnreadScps, Unsuited,
    subject,
};
use crate::source::{Problem, Problems};

use super::Failure;
use super::args::{CheckArgs, Mode, WhatIfArgs};
use super::input;
use super::live::Wish;
use super::preflight::{self, Planned, Prepared};
use asked::asked;

/// What the simulator said, and how it counts
pub(super) struct Second {
    pub(super) answers: Answers,
    missing: Missing,
    unread_scps: UnreadScps,
}

impl Second {
    /// Asks the simulator what the mode of the run asks for; `None` offline
    pub(super) fn ask(args: &CheckArgs, planned: &Planned, prepared: &Prepared) -> Result<Option<Self>, Failure> {
        if args.account.offline && args.account.mode != Mode::Offline {
            let problem = Problem::general("`--offline` forbids the network that `--mode live` and `--mode both` need");
            return Err(Failure::Input(problem.with_help("leave one of the two out").into()));
        }
        let Some(missing) = missing(args.account.mode) else { return Ok(None) };
        let simulation = simulation(prepared, &args.what_if)?;
        let answers = asked((Wish::of(args), prepared), simulation, questions(planned, prepared))?;
        let unread_scps = unread_scps(&planned.assumptions, &args.what_if);
        Ok(Some(Self { answers, missing, unread_scps }))
    }

    /// Asks the simulator what the needs come to with generated identity policies added to those of the principal
    pub(super) fn ask_with(
        wish: (Wish<'_>, Mode),
        (planned, prepared): (&Planned, &Prepared),
        policies: Vec<Arc<str>>,
        asks: BTreeSet<Ask>,
    ) -> Result<Option<Self>, Failure> {
        let Some(missing) = missing(wish.1) else { return Ok(None) };
        let subject = subject(&prepared.account.caller.who.principal, &prepared.facts);
        let simulation = subject.and_then(|subject| Simulation::new(subject, policies, None));
        let answers = asked((wish.0, prepared), simulation, asks)?;
        let unread_scps = unread_scps(&planned.assumptions, &WhatIfArgs::default());
        Ok(Some(Self { answers, missing, unread_scps }))
    }

    /// How many questions there were, and how many have an answer
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.answers.iter().count(), self.answers.iter().filter(|(_, answer)| answer.is_ok()).count())
    }

    /// Who decides with these answers
    pub(super) fn decider(&self) -> impl Decider + '_ {
        Merging { answers: &self.answers, missing: self.missing, unread_scps: self.unread_scps }
    }

    /// Whether a verdict needs the simulator and it said nothing at all
    pub(super) fn is_in_vain(&self) -> bool {
        self.missing == Missing::LeavesOpen && !self.answers.any()
    }

    /// Why questions were not answered
    pub(super) fn findings(&self) -> Vec<Finding> {
        let instead = match self.missing {
            Missing::LeavesOpen => "these rows cannot be decided",
            Missing::FallsBack => "the own engine decides alone",
        };
        let finding = |((failure, role), count): ((Unanswered, Option<Arc<str>>), usize)| {
            let about = role.map(|role| format!(" about `{role}`")).unwrap_or_default();
            Finding {
                id: failure.id(),
                severity: Severity::Warning,
                message: match count {
                    0 => format!("AWS's policy simulator was not asked: {failure}; {instead}"),
                    _ => format!(
                        "{count} question(s){about} to AWS's policy simulator have no answer: {failure}; {instead}"
                    ),
                },
                help: Some(failure.help().to_owned()),
                url: None,
                location: None,
            }
        };
        self.answers.failures().into_iter().map(finding).collect()
    }

    /// What the simulator saw, for the list of what was seen
    pub(super) fn coverage(&self) -> Coverage {
        let (all, answered) = self.counts();
        let why = match all {
            0 => {
                let failures = self.answers.failures();
                failures.keys().next().map_or_else(|| "nothing to ask".to_owned(), |(failure, _)| failure.to_string())
            }
            _ => format!(
                "{answered} of {all} question(s) answered; of each row the coverage says which layers it judged"
            ),
        };
        Coverage { what: "AWS's policy simulator".to_owned(), seen: all > 0 && answered == all, why }
    }
}

impl From<Mode> for finding::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Offline => Self::Offline,
            Mode::Live => Self::Live,
            Mode::Both => Self::Both,
        }
    }
}

/// Every question that the needs raise
fn questions(planned: &Planned, prepared: &Prepared) -> BTreeSet<Ask> {
    let recorder = Recorder::default();
    let service_keys = preflight::service_keys(&planned.catalog);
    let judge = prepared.judge(&planned.said.caller, &service_keys, &recorder, false);
    for need in &prepared.derivation.needs {
        let _ = judge.judge(need);
    }
    recorder.into_asks()
}

/// Whom to ask about, with the what-if documents that AWS does not have
fn simulation(prepared: &Prepared, what_if: &WhatIfArgs) -> Result<Result<Simulation, Unsuited>, Problems> {
    let text = |path| input::read_document(path).map(|file| Arc::from(&*file.text));
    let policies = what_if.identity_policy.iter().map(|path| text(path)).collect::<Result<Vec<Arc<str>>, Problem>>()?;
    let boundary = what_if.boundary.as_deref().map(text).transpose()?;
    if boundary.as_ref().is_some_and(|text| text.trim() == "null") {
        return Ok(Err(Unsuited::NoBoundary));
    }
    let subject = subject(&prepared.account.caller.who.principal, &prepared.facts);
    Ok(subject.and_then(|subject| Simulation::new(subject, policies, boundary)))
}

fn unread_scps(assumptions: &Assumptions, what_if: &WhatIfArgs) -> UnreadScps {
    match () {
        () if !what_if.scp.is_empty() => UnreadScps::Changed,
        () if assumptions.is(UNREAD_SCPS, "open") => UnreadScps::Open,
        () => UnreadScps::AsSimulated,
    }
}

/// What a row without an answer is in this mode; `None` where nobody is asked
fn missing(mode: Mode) -> Option<Missing> {
    match mode {
        Mode::Offline => None,
        Mode::Live => Some(Missing::LeavesOpen),
        Mode::Both => Some(Missing::FallsBack),
    }
}
