//! What each layer says to one request by itself: the way of a decision, for those who want to see it
//!
//! Nothing is decided here. A layer that is silent need not stop anything, and what two layers leave open together can
//! still be settled; the decision and its reasons are those of [`Program::reasons`].

use super::{Answer, Authorization};
use crate::evaluate::binding::{rcp_exemption, scp_exemption};
use crate::evaluate::grants;
use crate::evaluate::layers::{LevelSet, Source};
use crate::evaluate::program::Program;
use crate::evaluate::service_rules;
use crate::evaluate::truth::Truth;
use crate::evaluate::verdict::Layer;
use crate::facts::Fact;

/// What one layer says by itself
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerAnswer {
    /// The layer
    pub layer: Layer,
    /// What is known of its policies
    pub held: Held,
    /// Whether a statement of it denies
    pub denies: Truth,
    /// Whether it allows, or lets pass where it need not allow
    pub allows: Truth,
    /// Whether it allows only what identity policies allow too: a resource's policy that names the account
    pub delegates: bool,
}

/// What is known of a layer's policies
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// There is none
    Nothing,
    /// All of them
    All,
    /// Some of them
    Some,
    /// Not whether there are any
    NotKnown,
    /// They do not bind this caller
    NotBinding,
}

impl LayerAnswer {
    /// What is certain when either of two answers may be the true one
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        let same = |one: Truth, other: Truth| if one == other { one } else { Truth::Unknown };
        Self {
            denies: same(self.denies, other.denies),
            allows: same(self.allows, other.allows),
            delegates: self.delegates || other.delegates,
            ..self
        }
    }
}

impl Program {
    /// What every layer that takes part says by itself, in the order in which AWS's pages tell of them; empty where no
    /// policy is asked
    #[must_use]
    pub fn answers(&self, request: &Authorization<'_>) -> Vec<LayerAnswer> {
        let action = &request.question.action;
        if service_rules::always_allowed(action) {
            return Vec::new();
        }
        let (caller, resource) = (request.caller_side, request.resource_side);
        let answer = |layer, held, Answer { deny, allow }| LayerAnswer {
            layer,
            held,
            denies: deny,
            allows: allow,
            delegates: false,
        };
        let rcp = Answer { deny: self.resource_control(request), allow: Truth::True };
        let (resource_deny, kinds) = self.resource_policy(request);
        let resource_allow = Answer { deny: resource_deny, allow: kinds.reached() };
        let by_name = kinds.direct | kinds.role | kinds.any;
        let identity_held = if caller.unread.is_empty() { of_source(&caller.identity) } else { Held::Some };
        let without_session = Self::without_session(request.caller);
        let mut answers = vec![
            answer(Layer::Scp, unless(scp_exemption(request), of_levels(&caller.scps)), self.service_control(request)),
            answer(Layer::Rcp, unless(rcp_exemption(request), of_levels(&resource.rcps)), rcp),
            answer(Layer::Boundary, of_source(&caller.boundary), self.layer(request, &caller.boundary, Answer::PASS)),
            answer(Layer::Session, of_source(&caller.session), self.layer(request, &caller.session, without_session)),
            answer(Layer::Identity, identity_held, self.identity(request)),
            LayerAnswer {
                delegates: kinds.account.is_possible() && !by_name.is_possible(),
                ..answer(Layer::Resource, of_source(&resource.policy), resource_allow)
            },
        ];
        if action.service() == "kms" {
            let allow = Answer { deny: Truth::False, allow: grants::allow(request) };
            answers.push(answer(Layer::Grant, of_fact(&resource.grants), allow));
        }
        answers.push(answer(Layer::Vpce, of_source(&caller.vpc_endpoint), self.endpoint(request)));
        let service = service_rules::permits(request);
        if service != Truth::True {
            answers.push(answer(Layer::Service, Held::All, Answer { deny: Truth::False, allow: service }));
        }
        answers
    }
}

fn of_source(source: &Source) -> Held {
    match source {
        Source::Absent => Held::Nothing,
        Source::Set(_) => Held::All,
        Source::Unknown(_) => Held::NotKnown,
    }
}

fn of_fact<T>(fact: &Fact<T>) -> Held {
    match fact {
        Fact::Absent => Held::Nothing,
        Fact::Known(_) => Held::All,
        Fact::Unknown(_) => Held::NotKnown,
    }
}

fn of_levels(levels: &Fact<Vec<LevelSet>>) -> Held {
    let some = levels.known().is_some_and(|levels| levels.iter().any(|level| level.unread.is_some()));
    if some { Held::Some } else { of_fact(levels) }
}

fn unless(exempt: Truth, held: Held) -> Held {
    if exempt.is_true() && held != Held::Nothing { Held::NotBinding } else { held }
}
