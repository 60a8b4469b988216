//! Why a decision is what it is: the deciding statements, and what is missing (rules E7, E250)

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::{Fact, MissingFact};
use crate::iam::ContextValue;
use crate::policy::Effect;

use super::binding::{denies, endpoint_naming, rcp_exemption, scp_exemption};
use super::context::KeyId;
use super::decide::{Authorization, Outcome};
use super::grants::grant_allows;
use super::layers::{LevelSet, Source};
use super::principal_test::Naming;
use super::program::{PolicySetId, Program};
use super::service_rules;
use super::settle::Settled;
use super::statement::Statement;
use super::truth::Truth;
use super::unknown_facts;
use super::verdict::{Decision, Layer, StatementRef};

/// A decision with its reasons
#[derive(Debug, Clone)]
pub struct Reasons {
    /// The decision
    pub decision: Decision,
    /// Whether an undetermined request is denied all the same, and only how is open
    pub never_allowed: bool,
    /// What each layer said
    pub outcome: Outcome,
    /// What decided, most telling first
    pub decided_by: Vec<Reason>,
    /// Keys whose value would settle an undetermined decision
    pub missing_context: BTreeSet<String>,
    /// Facts that would settle an undetermined decision
    pub missing_facts: BTreeSet<MissingFact>,
    /// What each value of a missing key would do
    pub outcomes: Vec<KeyOutcome>,
}

/// What some values of one key would do
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOutcome {
    /// The key
    pub key: String,
    /// The values in words
    pub values: String,
    /// The decision they lead to
    pub decision: Decision,
    /// The statement that then decides, if one does
    pub decided_by: Option<StatementRef>,
}

/// One deciding part
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What
    pub part: StatementRef,
    /// What it does
    pub role: Role,
}

/// What a part does to the decision
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A statement denies
    Denies,
    /// A layer that must allow does not
    LacksAllow,
    /// A statement may deny
    MayDeny,
    /// A statement may allow
    MayAllow,
    /// A whole layer is not known
    NotKnown,
    /// A statement allows
    Allows,
}

/// One layer's policies and whether they count for this request
pub(super) struct Part<'a> {
    pub(super) layer: Layer,
    /// The level's name, for SCPs and RCPs
    pub(super) level: Option<&'a Arc<str>>,
    pub(super) set: PolicySetId,
    exempt: Truth,
}

impl Part<'_> {
    /// Whether statements of this effect count: some callers are exempt from a layer's denies
    pub(super) fn binds(&self, effect: Effect) -> Truth {
        if effect == Effect::Deny { !self.exempt } else { Truth::True }
    }
}

impl Program {
    /// Judges one authorization and says why
    #[must_use]
    pub fn reasons(&self, request: &Authorization<'_>) -> Reasons {
        let outcome = self.judge(request);
        let decision = outcome.decision();
        let mut reasons = Reasons {
            decision,
            never_allowed: outcome.never_allows(),
            outcome,
            decided_by: Vec::new(),
            missing_context: BTreeSet::new(),
            missing_facts: BTreeSet::new(),
            outcomes: Vec::new(),
        };
        match decision {
            Decision::ExplicitDeny => {
                reasons.decided_by = request.caller_side.told.denials().collect();
                reasons.decided_by.extend(self.statements(request, Effect::Deny, Truth::True));
            }
            Decision::ImplicitDeny => reasons.decided_by = self.lacking(request, &outcome),
            Decision::Allowed => reasons.decided_by = self.allowing(request, &outcome),
            Decision::Undetermined => self.undetermined(request, &mut reasons),
        }
        reasons
    }

    /// The layers that take part, in the order in which their denies are named (rule E7)
    pub(super) fn parts<'a>(request: &Authorization<'a>) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        let (caller, resource) = (request.caller_side, request.resource_side);
        let leveled = |layer, levels: &'a Fact<Vec<LevelSet>>, exempt: Truth, parts: &mut Vec<Part<'a>>| {
            for level in levels.known().into_iter().flatten() {
                parts.push(Part { layer, level: Some(&level.name), set: level.set, exempt });
            }
        };
        leveled(Layer::Scp, &caller.scps, scp_exemption(request), &mut parts);
        leveled(Layer::Rcp, &resource.rcps, rcp_exemption(request), &mut parts);
        let single = [
            (Layer::Vpce, &caller.vpc_endpoint),
            (Layer::Resource, &resource.policy),
            (Layer::Boundary, &caller.boundary),
            (Layer::Session, &caller.session),
            (Layer::Identity, &caller.identity),
        ];
        for (layer, source) in single {
            if let Source::Set(set) = source {
                parts.push(Part { layer, level: None, set: *set, exempt: Truth::False });
            }
        }
        parts.retain(|part| caller.told.of(part.layer).is_none());
        parts
    }

    pub(super) fn effective(&self, request: &Authorization<'_>, part: &Part<'_>, statement: &Statement) -> Truth {
        self.reaches(request, part, statement) & part.binds(statement.effect) & self.matches(request, statement)
    }

    /// Whether a statement reaches the caller; everywhere but in policies that name principals it does
    pub(super) fn reaches(&self, request: &Authorization<'_>, part: &Part<'_>, statement: &Statement) -> Truth {
        let naming = if part.layer == Layer::Vpce { endpoint_naming(request) } else { Naming::Full };
        match (part.layer, statement.effect) {
            (Layer::Resource | Layer::Vpce, Effect::Deny) => denies(statement, request.caller, naming),
            (Layer::Resource | Layer::Vpce, Effect::Allow) => {
                naming.limit(self.allowing_kinds(statement, request.caller)).reached()
            }
            _ => Truth::True,
        }
    }

    /// All statements of one effect that match with one truth
    fn statements(&self, request: &Authorization<'_>, effect: Effect, truth: Truth) -> Vec<Reason> {
        let role = match (effect, truth) {
            (Effect::Deny, Truth::True) => Role::Denies,
            (Effect::Deny, _) => Role::MayDeny,
            (Effect::Allow, Truth::True) => Role::Allows,
            (Effect::Allow, _) => Role::MayAllow,
        };
        let mut found = Vec::new();
        for part in Self::parts(request) {
            for (_, statement) in self.relevant(request.question, part.set) {
                if statement.effect == effect && self.effective(request, &part, statement) == truth {
                    found.push(Reason { part: statement.reference(part.layer), role });
                }
            }
        }
        found
    }

    /// The layers without a needed Allow, in AWS's order (rule E7)
    fn lacking(&self, request: &Authorization<'_>, outcome: &Outcome) -> Vec<Reason> {
        let mut lacking = Vec::new();
        let mut add = |layer, policy: Option<&Arc<str>>| {
            let part = StatementRef { layer, policy: policy.cloned(), sid: None, index: None, location: None };
            lacking.push(Reason { part, role: Role::LacksAllow });
        };
        if outcome.service == Truth::False {
            add(Layer::Service, None);
        }
        let told = &request.caller_side.told;
        if told.scp.is_some() && outcome.scp == Truth::False {
            add(Layer::Scp, None);
        } else if outcome.scp == Truth::False {
            for part in Self::parts(request).iter().filter(|part| part.layer == Layer::Scp) {
                if !self.set_allows(request, part).is_possible() {
                    add(Layer::Scp, part.level);
                }
            }
        }
        if outcome.vpce == Truth::False {
            add(Layer::Vpce, None);
        }
        let silent_resource = !outcome.resource.reached().is_possible();
        let mandatory = request.resource_side.policy_is_mandatory
            || outcome.same_account == Truth::False
            || request.caller.principal.has_no_identity_side();
        if mandatory && silent_resource {
            add(Layer::Resource, None);
        }
        let identity_counts = !request.caller.principal.has_no_identity_side();
        for (layer, truth) in [
            (Layer::Identity, outcome.identity),
            (Layer::Boundary, outcome.boundary),
            (Layer::Session, outcome.session),
        ] {
            if identity_counts && truth == Truth::False {
                add(layer, None);
            }
        }
        lacking
    }

    fn set_allows(&self, request: &Authorization<'_>, part: &Part<'_>) -> Truth {
        let allowing =
            self.relevant(request.question, part.set).filter(|(_, statement)| statement.effect == Effect::Allow);
        Truth::any(allowing.map(|(_, statement)| self.effective(request, part, statement)))
    }

    /// The first allowing statement of every layer that took part, the granting ones first
    fn allowing(&self, request: &Authorization<'_>, outcome: &Outcome) -> Vec<Reason> {
        if service_rules::always_allowed(&request.question.action) {
            let part = StatementRef { layer: Layer::Service, policy: None, sid: None, index: None, location: None };
            return vec![Reason { part, role: Role::Allows }];
        }
        let mut seen: BTreeSet<(Layer, Option<Arc<str>>)> = BTreeSet::new();
        let mut found: Vec<Reason> = request.caller_side.told.allowances().collect();
        for part in Self::parts(request).iter().rev().filter(|part| part.layer != Layer::Rcp) {
            let mut allowing =
                self.relevant(request.question, part.set).filter(|(_, statement)| statement.effect == Effect::Allow);
            let first = allowing.find(|(_, statement)| {
                let enough = part.layer != Layer::Resource || self.suffices(request, outcome, statement);
                enough && self.effective(request, part, statement).is_true()
            });
            if let Some((_, statement)) = first
                && seen.insert((part.layer, part.level.cloned()))
            {
                found.push(Reason { part: statement.reference(part.layer), role: Role::Allows });
            }
        }
        let grants = request.resource_side.grants.known().into_iter().flatten();
        for grant in grants.filter(|grant| grant_allows(grant, request).is_true()) {
            let part = StatementRef {
                layer: Layer::Grant,
                policy: Some(grant.id.as_str().into()),
                sid: None,
                index: None,
                location: None,
            };
            found.push(Reason { part, role: Role::Allows });
        }
        found
    }

    /// Statements and layers that are not known, as far as they can change the decision
    fn undetermined(&self, request: &Authorization<'_>, reasons: &mut Reasons) {
        let (mut open, mut relevant) = (Vec::new(), Vec::new());
        for part in Self::parts(request) {
            for (_, statement) in self.relevant(request.question, part.set) {
                relevant.push(statement);
                let unknown = self.effective(request, &part, statement) == Truth::Unknown;
                if unknown && Self::matters(&reasons.outcome, part.layer, statement.effect) {
                    open.push((part.layer, statement));
                }
            }
        }
        let statements: Vec<&Statement> = open.iter().map(|(_, statement)| *statement).collect();
        let settled = self.settle(request, &statements, &relevant);
        if let Some(settled) = &settled
            && settled.decision != Decision::Undetermined
            && let Some(witness) = &settled.witness
        {
            let question = request.question.in_context(witness.clone());
            let shown = self.reasons(&Authorization { question: &question, ..*request });
            *reasons = Reasons { decision: settled.decision, ..shown };
            return;
        }
        reasons.never_allowed |= settled.as_ref().is_some_and(|settled| settled.never_allowed);
        if reasons.never_allowed {
            reasons.decided_by = self.lacking(request, &reasons.outcome);
        }
        self.name_open(request, &open, settled.as_ref(), reasons);
        unknown_facts::collect(request, reasons);
    }

    /// Names the open statements, and the keys that would settle them
    fn name_open(
        &self,
        request: &Authorization<'_>,
        open: &[(Layer, &Statement)],
        settled: Option<&Settled>,
        reasons: &mut Reasons,
    ) {
        let name = |key: &KeyId| self.keys.key(*key).map(ToString::to_string);
        for (layer, statement) in open {
            let mut keys = BTreeSet::new();
            self.unknown_keys(request, statement, &mut keys);
            let known_to_matter = |key: &KeyId| settled.is_none_or(|settled| settled.keys.contains(key));
            let mattering: Vec<String> = keys.iter().filter(|key| known_to_matter(key)).filter_map(name).collect();
            if keys.is_empty() || !mattering.is_empty() {
                let role = if statement.effect == Effect::Deny { Role::MayDeny } else { Role::MayAllow };
                reasons.decided_by.push(Reason { part: statement.reference(*layer), role });
            }
            reasons.missing_context.extend(mattering);
        }
        for (key, values, decision, context) in settled.iter().flat_map(|settled| &settled.outcomes) {
            let question = request.question.in_context(context.clone());
            let shown = self.reasons(&Authorization { question: &question, ..*request });
            let decided_by =
                shown.decided_by.into_iter().map(|reason| reason.part).find(|part| part.location.is_some());
            let key = name(key).unwrap_or_default();
            reasons.outcomes.push(KeyOutcome { key, values: values.clone(), decision: *decision, decided_by });
        }
    }

    /// Whether an unknown statement of a layer can still change the outcome
    fn matters(outcome: &Outcome, layer: Layer, effect: Effect) -> bool {
        if effect == Effect::Deny {
            return outcome.deny == Truth::Unknown;
        }
        match layer {
            Layer::Scp => outcome.scp == Truth::Unknown,
            Layer::Vpce => outcome.vpce == Truth::Unknown,
            Layer::Boundary => outcome.boundary == Truth::Unknown,
            Layer::Session => outcome.session == Truth::Unknown,
            Layer::Identity => outcome.identity == Truth::Unknown && outcome.allow == Truth::Unknown,
            Layer::Resource | Layer::Grant | Layer::Rcp | Layer::Service => outcome.allow == Truth::Unknown,
        }
    }

    fn unknown_keys(&self, request: &Authorization<'_>, statement: &Statement, keys: &mut BTreeSet<KeyId>) {
        let context = &request.question.context;
        let unknown = |id: &KeyId| *context.value(*id) == ContextValue::Unknown;
        for condition in &statement.conditions {
            if condition.holds(context, &self.rules.conditions) == Truth::Unknown {
                keys.extend(std::iter::once(condition.key).chain(condition.variables()).filter(unknown));
            }
        }
        let in_resources = statement.resources.patterns.iter().flat_map(super::arn_pattern::ArnPattern::keys);
        keys.extend(in_resources.filter(unknown));
    }
}
