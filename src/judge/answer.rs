//! The answer to one call, and how two answers become one

use crate::evaluate::{
    Decision, KeyOutcome, Layer, LayerAnswer, LayerTrace, Reason, Role, StatementRef, StatementTrace,
};
use crate::facts::MissingFact;
use crate::iam::Context;
use crate::need::Need;
use crate::policy::Effect;

use super::{Decided, Disagreement, View};

/// At most this many statements are named as near misses
const NEAR_MISSES: usize = 3;

/// What tells two judged resources apart for a reader
#[derive(PartialEq)]
pub(super) struct Answer {
    pub(super) decision: Decision,
    pub(super) decided_by: Vec<Reason>,
    pub(super) missing_context: Vec<String>,
    pub(super) missing_facts: Vec<MissingFact>,
    pub(super) outcomes: Vec<KeyOutcome>,
    pub(super) views: Vec<View>,
    pub(super) disagreements: Vec<Disagreement>,
    pub(super) assumptions: Vec<&'static str>,
}

/// An answer and what else there is to show of it
#[derive(Default)]
pub(super) struct Judged {
    pub(super) answer: Answer,
    pub(super) context: Context,
    pub(super) near: Vec<StatementTrace>,
    pub(super) trace: Vec<LayerTrace>,
    pub(super) layers: Vec<LayerAnswer>,
}

impl Judged {
    /// Two ways of forwarding of which nobody knows which is taken; the trace stays that of the first
    pub(super) fn agreed(self, other: Self, need: &Need) -> Self {
        let both = |own: LayerAnswer| {
            let same = other.layers.iter().find(|other| other.layer == own.layer);
            same.map_or(own, |other| own.either(*other))
        };
        let layers = self.layers.into_iter().map(both).collect();
        Self { answer: agree(self.answer, other.answer, need), layers, ..self }
    }
}

impl From<Decided> for Answer {
    /// For a need it is enough that the call is denied; whether a Deny joins in may stay open
    fn from(decided: Decided) -> Self {
        let Decided { mut reasons, views, disagreement, assumptions } = decided;
        let disagreements = disagreement.into_iter().collect();
        if reasons.decision == Decision::Undetermined && reasons.never_allowed {
            let lacking = |reason: &Reason| matches!(reason.role, Role::LacksAllow | Role::MayDeny);
            reasons.decided_by.retain(lacking);
            let decided_by = reasons.decided_by;
            return Self { decision: Decision::ImplicitDeny, decided_by, views, assumptions, ..Self::default() };
        }
        Self {
            decision: reasons.decision,
            decided_by: reasons.decided_by,
            missing_context: reasons.missing_context.into_iter().collect(),
            missing_facts: reasons.missing_facts.into_iter().collect(),
            outcomes: reasons.outcomes,
            views,
            disagreements,
            assumptions,
        }
    }
}

impl Default for Answer {
    fn default() -> Self {
        Self::open(Vec::new())
    }
}

impl Answer {
    pub(super) fn open(missing_facts: Vec<MissingFact>) -> Self {
        let part = StatementRef { layer: Layer::Service, policy: None, sid: None, index: None, location: None };
        let decided_by = vec![Reason { part, role: Role::NotKnown }];
        Self {
            decision: Decision::Undetermined,
            decided_by,
            missing_context: Vec::new(),
            missing_facts,
            outcomes: Vec::new(),
            views: Vec::new(),
            disagreements: Vec::new(),
            assumptions: Vec::new(),
        }
    }
}

/// Statements that almost allow, in the layers that lack an Allow
pub(super) fn near_misses(answer: &Answer, trace: &[LayerTrace]) -> Vec<StatementTrace> {
    if answer.decision != Decision::ImplicitDeny {
        return Vec::new();
    }
    let lacking = |layer: Layer| {
        answer.decided_by.iter().any(|reason| reason.part.layer == layer && reason.role == Role::LacksAllow)
    };
    let statements = trace.iter().filter(|layer| lacking(layer.layer)).flat_map(|layer| &layer.statements);
    statements
        .filter(|statement| statement.effect == Effect::Allow && statement.nearly_matched())
        .take(NEAR_MISSES)
        .cloned()
        .collect()
}

fn way(chain: &[String]) -> String {
    if chain.is_empty() { "the principal itself".to_owned() } else { chain.join(" through ") }
}

/// Two ways of forwarding: one decision if they agree, else it depends on which is true
fn agree(one: Answer, other: Answer, need: &Need) -> Answer {
    if one.decision == other.decision {
        return one;
    }
    let both_denied = one.decision.is_denied() && other.decision.is_denied();
    // Denied either way; that an explicit denial does it is true of one way only.
    let decision = if both_denied { Decision::ImplicitDeny } else { Decision::Undetermined };
    let mut sum = Answer { decision, ..one };
    sum.decided_by.extend(other.decided_by);
    sum.missing_context.extend(other.missing_context);
    sum.missing_context.sort();
    sum.missing_context.dedup();
    sum.missing_facts.extend(other.missing_facts);
    sum.outcomes.extend(other.outcomes);
    sum.disagreements.extend(other.disagreements);
    if both_denied {
        return sum;
    }
    let ways: Vec<String> = need.via.iter().map(|chain| way(chain)).collect();
    sum.missing_facts.push(MissingFact {
        what: format!("which service makes this call: {}", ways.join(", or ")),
        source: match &need.via_assumption {
            Some(assumption) => format!("--assume {assumption}=WAY"),
            None => "policies that answer alike whoever calls".to_owned(),
        },
        why: "AWS does not document it, and the policies answer differently".to_owned(),
    });
    sum
}
