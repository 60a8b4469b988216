//! Who decides one call: the own engine, or it together with somebody else

use crate::evaluate::{Authorization, Decision, Layer, Program, Reason, Reasons};
use crate::facts::{Fact, MissingFact};
use crate::iam::{AccountId, Context, Resource};
use crate::need::Need;

use super::views;

/// One call in question, in the terms in which somebody else could be asked
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The need that it is for
    pub need: &'a Need,
    /// On what: for a class of objects its representative
    pub resource: &'a Resource,
    /// In which context
    pub context: &'a Context,
    /// Who owns the resource
    pub owner: &'a Fact<AccountId>,
    /// For how many resources it stands
    pub count: u64,
}

impl Call<'_> {
    /// Whether the answer is taken for more resources than the one that can be named
    #[must_use]
    pub fn stands_for_many(&self) -> bool {
        self.count > 1 || matches!(self.resource, Resource::Set(_))
    }
}

/// Decides calls
pub trait Decider {
    /// Decides one call
    fn decide(&self, program: &Program, request: &Authorization<'_>, call: &Call<'_>) -> Decided;
}

/// A decision, who saw which layer, and where two who decide do not agree
#[derive(Debug, Clone)]
pub struct Decided {
    /// The decision with its reasons
    pub reasons: Reasons,
    /// Who judged which layer
    pub views: Vec<View>,
    /// Where the engine and somebody else part
    pub disagreement: Option<Disagreement>,
    /// Named assumptions that the decision rests on
    pub assumptions: Vec<&'static str>,
}

/// Who judged one layer of a call
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The layer
    pub layer: Layer,
    /// Who
    pub by: JudgedBy,
    /// From what, or why nobody could
    pub why: String,
}

/// Who judged
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JudgedBy {
    /// The own engine, from the facts
    Engine,
    /// AWS's policy simulator
    Simulator,
    /// Both
    Both,
    /// Nobody: it is not known
    Nobody,
}

/// Two decided answers that contradict each other
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What the engine says of the facts
    pub engine: Decision,
    /// Its reasons
    pub engine_by: Vec<Reason>,
    /// What follows from the simulator's answer
    pub simulator: Decision,
    /// Its reasons
    pub simulator_by: Vec<Reason>,
    /// The most likely reason
    pub known: KnownReason,
}

/// A known reason for which a simulator's answer may be wrong
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownReason {
    /// The reason, one sentence
    pub words: &'static str,
    /// A page that tells of it
    pub url: &'static str,
}

/// The own engine alone
#[derive(Debug, Clone, Copy)]
pub struct OwnEngine;

impl Decider for OwnEngine {
    fn decide(&self, program: &Program, request: &Authorization<'_>, _: &Call<'_>) -> Decided {
        Decided::alone(program.reasons(request), request)
    }
}

impl Decided {
    /// A decision of the own engine alone
    #[must_use]
    pub fn alone(reasons: Reasons, request: &Authorization<'_>) -> Self {
        Self { reasons, views: views::of_engine(request), disagreement: None, assumptions: Vec::new() }
    }

    /// Takes a decision back: it hangs on these facts and keys
    pub fn leave_open(&mut self, facts: impl IntoIterator<Item = MissingFact>, keys: impl IntoIterator<Item = String>) {
        self.reasons.decision = Decision::Undetermined;
        self.reasons.never_allowed = false;
        self.reasons.decided_by.clear();
        self.reasons.missing_facts.extend(facts);
        self.reasons.missing_context.extend(keys);
    }
}
