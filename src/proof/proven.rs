//! What KMS said, and what it counts

use crate::evaluate::{Authorization, Decision, Layer, Program};
use crate::facts::MissingFact;
use crate::judge::{Call, Decided, Decider};
use crate::need::Actor;

use super::trial::{Expected, Tried};

/// What came of one dry run
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The call would have been made
    Permitted,
    /// The caller may not make it; KMS's words, where it used any
    Denied(Option<String>),
    /// Nothing, for this reason
    Nothing(String),
}

/// How an answer stands to what the engine expects
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Both say the same
    Confirms,
    /// They say the opposite of each other
    Contradicts,
    /// The engine cannot say
    Alone,
    /// KMS said nothing
    Silent,
}

/// All dry runs of one check
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// Each call with what came of it
    pub results: Vec<(Expected, Said)>,
}

impl Said {
    /// How it stands to what was expected
    #[must_use]
    pub fn standing(&self, expected: &Expected) -> Standing {
        let denied = match self {
            Self::Permitted => false,
            Self::Denied(_) => true,
            Self::Nothing(_) => return Standing::Silent,
        };
        match expected.decision {
            Decision::Undetermined => Standing::Alone,
            decision if decision.is_denied() == denied => Standing::Confirms,
            _ => Standing::Contradicts,
        }
    }

    /// `permits` or `denies`
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Permitted => "permits",
            Self::Denied(_) => "denies",
            Self::Nothing(_) => "says nothing of",
        }
    }
}

/// Decides like another, and counts what KMS said
#[derive(Clone, Copy)]
pub struct Proven<'a> {
    /// Who decides
    pub by: &'a dyn Decider,
    /// What KMS said
    pub proof: &'a Proof,
}

impl std::fmt::Debug for Proven<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proven").field("proof", self.proof).finish_non_exhaustive()
    }
}

impl Decider for Proven<'_> {
    fn decide(&self, program: &Program, request: &Authorization<'_>, call: &Call<'_>) -> Decided {
        let mut decided = self.by.decide(program, request, call);
        if call.need.actor != Actor::Caller || Tried::of(&call.need.action).is_none() {
            return decided;
        }
        let key = call.resource.text();
        let about = self
            .proof
            .results
            .iter()
            .filter(|(expected, _)| *expected.trial.key == *key && expected.needs.contains(&call.need.id));
        for (expected, said) in about {
            mark(&mut decided, said, said.standing(expected));
            if said.standing(expected) == Standing::Contradicts {
                decided.leave_open([contradiction(expected, said)], []);
            }
        }
        decided
    }
}

/// Writes the answer into the ledger of the layer that only KMS itself is sure of
fn mark(decided: &mut Decided, said: &Said, standing: Standing) {
    let verb = said.words();
    let words = match standing {
        Standing::Confirms => format!("KMS {verb} the direct call (dry run), as the facts say"),
        Standing::Contradicts => format!("KMS {verb} the direct call (dry run), the facts say the opposite"),
        Standing::Alone => format!("KMS {verb} the direct call (dry run), of which the facts leave it open"),
        Standing::Silent => return,
    };
    let policy = decided.views.iter_mut().find(|view| view.layer == Layer::Resource);
    if let Some(view) = policy.filter(|view| !view.why.contains(&words)) {
        view.why = format!("{}; {words}", view.why);
    }
}

fn contradiction(expected: &Expected, said: &Said) -> MissingFact {
    let opposite = if expected.decision.is_denied() { "denied" } else { "allowed" };
    MissingFact {
        what: format!(
            "why KMS {} the direct call of {} that is {opposite} by the facts",
            said.words(),
            expected.trial.action.words()
        ),
        source: "docs/live.md, Proof by KMS".to_owned(),
        why: "KMS and the facts contradict each other".to_owned(),
    }
}
