//! One decision out of two: the engine's, from the facts, and what follows from the simulator's answer
//!
//! The simulator sees identity policies, the boundary and service control policies; everything else is judged by the
//! engine in both readings. Where the facts leave one of the three layers open, the simulator's word takes its place.
//! Where they do not, the two must agree: a contradiction leaves the row open and is reported with both traces.

use crate::evaluate::{
    Authorization, CallerSide, Decision, Layer, Program, Reason, Reasons, Role, Source, StatementRef, ToldLayers,
};
use crate::facts::{Fact, MissingFact};
use crate::iam::PrincipalKind;
use crate::judge::{Call, Decided, Decider, Disagreement, JudgedBy, View};

use super::answer::{ResourcePolicy, Simulated};
use super::ask::{Ask, Unsendable};
use super::outcome::{Answers, Failure};
use super::{known, told};

/// The assumption on service control policies that only the simulator sees
pub const UNREAD_SCPS: &str = "unread-scps";

/// What a row without an answer is
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Undetermined: no verdict without AWS's word
    LeavesOpen,
    /// Decided by the engine alone
    FallsBack,
}

/// What the simulator's word on service control policies counts where they cannot be read
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadScps {
    /// It holds: they test no key that was not sent and tell no two resources of a row apart
    AsSimulated,
    /// Nothing
    Open,
    /// Nothing: what-if documents change them, and AWS simulates those that are attached
    Changed,
}

/// Decides with the simulator's answers
#[derive(Debug, Clone, Copy)]
pub struct Merging<'a> {
    /// The answers
    pub answers: &'a Answers,
    /// What a row without an answer is
    pub missing: Missing,
    /// What its word on unread service control policies counts
    pub unread_scps: UnreadScps,
}

impl Decider for Merging<'_> {
    fn decide(&self, program: &Program, request: &Authorization<'_>, call: &Call<'_>) -> Decided {
        let own = Decided::alone(program.reasons(request), request);
        let ask = match Ask::of(call, request, program) {
            Ok(ask) => ask,
            // Nothing of it is a layer that the simulator sees: there is no word to wait for.
            Err(Unsendable::OfService) => return own,
            Err(unsendable) => return self.without_answer(own, &Failure::NotAsked(unsendable.to_string())),
        };
        match self.answers.of(&ask) {
            Ok(simulated) => self.merged(own, simulated, &ask, (program, request, call)),
            Err(failure) => self.without_answer(own, &failure),
        }
    }
}

/// A call with what it is judged by
type Question<'q> = (&'q Program, &'q Authorization<'q>, &'q Call<'q>);

impl Merging<'_> {
    fn without_answer(&self, mut own: Decided, failure: &Failure) -> Decided {
        for view in own.views.iter_mut().filter(|view| is_simulated(view.layer)) {
            view.why = format!("{}; no word of the simulator: {failure}", view.why);
        }
        if self.missing == Missing::LeavesOpen {
            let fact = MissingFact {
                what: "what AWS's policy simulator says of this row".to_owned(),
                source: failure.help().to_owned(),
                why: failure.to_string(),
            };
            own.leave_open([fact], []);
        }
        own
    }

    fn merged(&self, own: Decided, simulated: &Simulated, ask: &Ask, question: Question<'_>) -> Decided {
        let (program, request, call) = question;
        let mut said = told::layers(simulated, self.answers.without(ask));
        if self.unread_scps == UnreadScps::Changed {
            said.scp = None;
        }
        let filling = unknown_only(&said, request.caller_side);
        let by_simulator = spoken(simulated, reasons_with(&said, program, request), request);
        let settled = own.reasons.decision != Decision::Undetermined;
        let reasons = if settled { own.reasons } else { reasons_with(&filling, program, request) };
        let mut decided = Decided { reasons, ..own };
        mark(&mut decided.views, &said, &filling);
        mark_resource(&mut decided.views, simulated);
        if contradict(decided.reasons.decision, by_simulator.decision) {
            let disagreement = Disagreement {
                engine: decided.reasons.decision,
                engine_by: decided.reasons.decided_by.clone(),
                simulator: by_simulator.decision,
                simulator_by: by_simulator.decided_by,
                known: known::reason(call, ask, simulated, &said),
            };
            decided.leave_open([parting(&disagreement)], []);
            decided.disagreement = Some(disagreement);
        } else if !settled && decided.reasons.decision != Decision::Undetermined {
            self.guard(&mut decided, (simulated, ask), &filling, call);
        }
        decided
    }

    /// Takes back a decision on policies that only the simulator sees, where its answer does not reach so far
    fn guard(&self, decided: &mut Decided, answer: (&Simulated, &Ask), filling: &ToldLayers, call: &Call<'_>) {
        let (simulated, ask) = answer;
        if filling.scp.is_some() {
            decided.assumptions.push(UNREAD_SCPS);
            if self.unread_scps == UnreadScps::Open {
                decided.leave_open([unread_scps()], []);
            }
        }
        if filling.identity.is_none() && filling.boundary.is_none() {
            return;
        }
        let withheld: Vec<String> =
            simulated.result.missing.iter().filter(|key| ask.withholds(call.context, key)).cloned().collect();
        if !withheld.is_empty() {
            decided.leave_open([], withheld);
        } else if call.stands_for_many() && decided.reasons.decision == Decision::Allowed {
            decided.leave_open([only_one(&ask.resource)], []);
        }
    }
}

fn is_simulated(layer: Layer) -> bool {
    matches!(layer, Layer::Identity | Layer::Boundary | Layer::Scp)
}

fn contradict(one: Decision, other: Decision) -> bool {
    let decided = |decision| decision != Decision::Undetermined;
    decided(one) && decided(other) && one.is_denied() != other.is_denied()
}

fn reasons_with(told: &ToldLayers, program: &Program, request: &Authorization<'_>) -> Reasons {
    let side = request.caller_side.with_told(told.clone());
    program.reasons(&Authorization { caller_side: &side, ..*request })
}

/// What was said of layers that the facts leave open
fn unknown_only(said: &ToldLayers, side: &CallerSide) -> ToldLayers {
    let identity = matches!(side.identity, Source::Unknown(_)) || !side.unread.is_empty();
    let boundary = matches!(side.boundary, Source::Unknown(_));
    let scp = match &side.scps {
        Fact::Unknown(_) => true,
        Fact::Known(levels) => levels.iter().any(|level| level.unread.is_some()),
        Fact::Absent => false,
    };
    ToldLayers {
        scp: said.scp.clone().filter(|_| scp),
        boundary: said.boundary.clone().filter(|_| boundary),
        identity: said.identity.clone().filter(|_| identity),
    }
}

/// What the simulator said of the whole, where it had the bucket's policy: a denial then counts as it stands
///
/// What it says of a role that only the bucket's policy allows is not documented, and not held against anybody.
fn spoken(simulated: &Simulated, mut reasons: Reasons, request: &Authorization<'_>) -> Reasons {
    if simulated.resource_policy == ResourcePolicy::LeftOut {
        return reasons;
    }
    let denials = told::resource_denials(simulated);
    let user = request.caller.principal.kind() == PrincipalKind::User;
    if !denials.is_empty() {
        reasons.decision = Decision::ExplicitDeny;
        reasons.decided_by = denials.into_iter().map(|part| Reason { part, role: Role::Denies }).collect();
    } else if user && simulated.is_denied() && reasons.decision == Decision::Allowed {
        reasons.decision = Decision::ImplicitDeny;
        let part = StatementRef { layer: Layer::Resource, policy: None, sid: None, index: None, location: None };
        reasons.decided_by = vec![Reason { part, role: Role::LacksAllow }];
    }
    reasons
}

fn mark_resource(views: &mut [View], simulated: &Simulated) {
    let judged = views.iter_mut().filter(|view| view.layer == Layer::Resource && view.by == JudgedBy::Engine);
    for view in judged.filter(|_| simulated.resource_policy == ResourcePolicy::Simulated) {
        view.by = JudgedBy::Both;
        "simulated by AWS, and read".clone_into(&mut view.why);
    }
}

/// Writes into the ledger who judged what
fn mark(views: &mut [View], said: &ToldLayers, filling: &ToldLayers) {
    for view in views {
        if filling.of(view.layer).is_some() {
            view.by = JudgedBy::Simulator;
            view.why = format!("simulated by AWS; not in the facts: {}", view.why);
        } else if said.of(view.layer).is_some() {
            view.by = JudgedBy::Both;
            "simulated by AWS, and read".clone_into(&mut view.why);
        } else if is_simulated(view.layer) {
            view.why = format!("{}; the simulator said nothing of it", view.why);
        } else if view.by == JudgedBy::Engine {
            view.why = format!("{}; the simulator does not see it", view.why);
        }
    }
}

fn parting(disagreement: &Disagreement) -> MissingFact {
    MissingFact {
        what: format!(
            "which of two engines is right: by the facts {}, by AWS's simulator {}",
            disagreement.engine, disagreement.simulator
        ),
        source: "docs/live.md, How to read a disagreement".to_owned(),
        why: "they contradict each other".to_owned(),
    }
}

fn unread_scps() -> MissingFact {
    MissingFact {
        what: "the service control policies".to_owned(),
        source: format!("--assume {UNREAD_SCPS}=as-simulated, or a snapshot that holds them"),
        why: "only the simulator sees them, and it does not say which keys they test".to_owned(),
    }
}

fn only_one(resource: &str) -> MissingFact {
    MissingFact {
        what: "the principal's policies".to_owned(),
        source: "allow the checker to read them, or give a snapshot".to_owned(),
        why: format!(
            "the simulator answered for `{resource}`, and without the policies that says nothing of the others"
        ),
    }
}
