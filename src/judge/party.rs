//! Who acts: the caller, a role that the request hands over, or a service, each with its own layers

use crate::evaluate::{Caller, CallerSide, LevelSet, Program, Source, ToldLayers, Truth};
use crate::facts::{ActingRole, Fact, Facts, Identity};
use crate::iam::Principal;
use crate::policy::PolicyType;

use super::leg::UserContext;
use super::{Settings, account};

/// Somebody who calls
#[derive(Debug, Clone)]
pub struct Party {
    /// Who it is
    pub who: Caller,
    /// Its tags
    pub tags: Vec<(String, String)>,
    /// Whether it may have further tags
    pub tags_open: bool,
    /// Its layers for a direct call
    pub direct: CallerSide,
    /// Its layers for a call that a service forwards: no VPC endpoint in between
    pub forwarded: CallerSide,
    /// What the user said of the context of its calls; of the caller's that is kept apart
    pub said: UserContext,
}

impl Party {
    fn new(who: Caller, tags: Vec<(String, String)>, direct: CallerSide) -> Self {
        let forwarded = CallerSide { vpc_endpoint: Source::Absent, ..direct.clone() };
        Self { who, tags, tags_open: false, direct, forwarded, said: UserContext::new() }
    }

    /// Who sends the request
    pub(super) fn caller(facts: &Facts, principal: &Principal, settings: &Settings, program: &mut Program) -> Self {
        let management = account::in_management_account(&facts.organization, principal.account());
        let tags = facts.identity.known().map(|identity| identity.tags.clone()).unwrap_or_default();
        let own = layers(&facts.identity, program);
        let session = match &facts.session {
            Fact::Known(documents) => Source::Set(program.add(documents, PolicyType::Session)),
            Fact::Absent => Source::Absent,
            Fact::Unknown(missing) => Source::Unknown(missing.clone()),
        };
        let scps = account::levels(&facts.scps, PolicyType::ServiceControl, program);
        let vpc_endpoint = endpoint(facts, settings, program);
        let side = CallerSide { session, scps, in_management_account: management, vpc_endpoint, ..own };
        Self { tags_open: tags_open(&facts.identity), ..Self::new(caller(principal, &facts.identity), tags, side) }
    }

    /// A role in the hands of a service: a session of it, to which the service attaches no session policy
    pub(super) fn role(
        facts: &Facts,
        role: &ActingRole,
        (settings, scps): (&Settings, &Fact<Vec<LevelSet>>),
        program: &mut Program,
    ) -> Option<Self> {
        let principal: Principal = role.arn.as_str().parse().ok()?;
        let gone = Fact::Unknown(ActingRole::gone(&role.arn));
        // What a role could do that is not there, nobody can say.
        let identity = if matches!(role.identity, Fact::Absent) { &gone } else { &role.identity };
        let own = layers(identity, program);
        let ours = principal.account() == facts.environment.account.as_ref();
        let scps = if ours { scps.clone() } else { Fact::Unknown(account::of_another_account(&role.arn)) };
        let management = account::in_management_account(&facts.organization, principal.account());
        let vpc_endpoint = endpoint(facts, settings, program);
        let side = CallerSide { scps, in_management_account: management, vpc_endpoint, ..own };
        let tags = identity.known().map(|identity| identity.tags.clone()).unwrap_or_default();
        let mut party = Self::new(caller(&principal, identity), tags, side);
        party.tags_open = tags_open(identity);
        party.said.clone_from(&role.context);
        Some(party)
    }

    /// A service that calls with its own identity: no policies of its own, and no organization binds it (rule E285)
    pub(super) fn service(principal: Principal) -> Self {
        Self::new(Caller::new(principal), Vec::new(), nothing())
    }
}

fn nothing() -> CallerSide {
    CallerSide {
        identity: Source::Absent,
        unread: Vec::new(),
        boundary: Source::Absent,
        session: Source::Absent,
        scps: Fact::Absent,
        in_management_account: Truth::False,
        vpc_endpoint: Source::Absent,
        told: ToldLayers::default(),
    }
}

/// What is attached to a user or role
fn layers(identity: &Fact<Identity>, program: &mut Program) -> CallerSide {
    match identity {
        Fact::Known(identity) => CallerSide {
            identity: Source::Set(program.add(&identity.policies, PolicyType::Identity)),
            unread: identity.unread.clone(),
            boundary: account::source(&identity.boundary, PolicyType::Boundary, program),
            ..nothing()
        },
        Fact::Absent => nothing(),
        Fact::Unknown(missing) => CallerSide {
            identity: Source::Unknown(missing.clone()),
            boundary: Source::Unknown(missing.clone()),
            ..nothing()
        },
    }
}

/// Whether there may be tags that the facts do not hold: nobody has read those of an unknown identity
fn tags_open(identity: &Fact<Identity>) -> bool {
    match identity {
        Fact::Known(identity) => identity.tags_open,
        Fact::Absent => false,
        Fact::Unknown(_) => true,
    }
}

fn endpoint(facts: &Facts, settings: &Settings, program: &mut Program) -> Source {
    match &facts.vpc_endpoint {
        Fact::Unknown(_) if settings.endpoint_policy_full => Source::Absent,
        known => account::source(known, PolicyType::VpcEndpoint, program),
    }
}

fn caller(principal: &Principal, identity: &Fact<Identity>) -> Caller {
    let mut caller = Caller::new(principal.clone());
    match identity {
        Fact::Known(identity) => {
            // What-if documents describe nobody by name; then the principal's own ARN is all there is.
            if principal.is_role_based() && identity.arn.account().as_ref() == principal.account() {
                caller.role_arn = Some(identity.arn.as_str().into());
            }
            caller.unique_id = identity.unique_id.as_deref().map(Into::into);
            caller.has_boundary = match &identity.boundary {
                Fact::Known(_) => Truth::True,
                Fact::Absent => Truth::False,
                Fact::Unknown(_) => Truth::Unknown,
            };
        }
        Fact::Unknown(_) => caller.has_boundary = Truth::Unknown,
        Fact::Absent => {}
    }
    caller
}
