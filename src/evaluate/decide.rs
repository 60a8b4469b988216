//! One decision through all layers (rules E240–E353)

pub(super) mod answers;

use crate::facts::Fact;
use crate::iam::{PrincipalKind, Resource};
use crate::policy::Effect;

use super::binding::{denies, endpoint_naming, rcp_exemption, same_account, scp_exemption};
use super::caller::Caller;
use super::grants;
use super::layers::{CallerSide, LevelSet, ResourceSide, Source};
use super::principal_test::{Kinds, Naming};
use super::program::{PolicySetId, Program, Question};
use super::public_policy;
use super::s3_rules;
use super::service_rules;
use super::statement::Statement;
use super::told::Told;
use super::truth::Truth;
use super::verdict::Decision;

/// One authorization request: may this caller do this to this resource?
#[derive(Debug, Clone, Copy)]
pub struct Authorization<'a> {
    /// Who
    pub caller: &'a Caller,
    /// What, in which context
    pub question: &'a Question,
    /// To what
    pub resource: &'a Resource,
    /// The caller's layers
    pub caller_side: &'a CallerSide,
    /// The resource's layers
    pub resource_side: &'a ResourceSide,
}

/// What each layer said
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Whether any statement denies
    pub deny: Truth,
    /// Whether every level of service control policies allows
    pub scp: Truth,
    /// Whether the VPC endpoint's policy allows
    pub vpce: Truth,
    /// How the resource's policy allows
    pub(super) resource: Kinds,
    /// Whether identity policies allow
    pub identity: Truth,
    /// Whether the boundary allows, or there is none
    pub boundary: Truth,
    /// Whether the session policies allow, or there are none
    pub session: Truth,
    /// Whether a grant allows
    pub grant: Truth,
    /// Whether the service's own rules let the call pass
    pub service: Truth,
    /// Whether caller and resource are in one account
    pub same_account: Truth,
    /// Whether all of it together allows
    pub allow: Truth,
}

impl Outcome {
    /// The decision that follows: `Undetermined` also where only the kind of denial is open
    #[must_use]
    pub fn decision(&self) -> Decision {
        match (self.deny, self.allow) {
            (Truth::True, _) => Decision::ExplicitDeny,
            (Truth::False, Truth::False) => Decision::ImplicitDeny,
            (Truth::False, Truth::True) => Decision::Allowed,
            _ => Decision::Undetermined,
        }
    }

    /// Whether it is denied whatever the unknown parts turn out to be
    #[must_use]
    pub fn never_allows(&self) -> bool {
        self.deny == Truth::True || self.allow == Truth::False
    }
}

/// A layer's two answers
#[derive(Clone, Copy)]
struct Answer {
    deny: Truth,
    allow: Truth,
}

impl Answer {
    const PASS: Self = Self { deny: Truth::False, allow: Truth::True };
    const NOTHING: Self = Self { deny: Truth::False, allow: Truth::False };
    const UNKNOWN: Self = Self { deny: Truth::Unknown, allow: Truth::Unknown };

    fn of(told: &Told) -> Self {
        Self { deny: told.denies, allow: told.allows }
    }
}

impl Program {
    /// Decides one authorization; what is unknown is completed only where it could change the decision
    #[must_use]
    pub fn decide(&self, request: &Authorization<'_>) -> Decision {
        match self.judge(request).decision() {
            Decision::Undetermined => self.reasons(request).decision,
            decided => decided,
        }
    }

    /// Judges one authorization
    #[must_use]
    pub fn judge(&self, request: &Authorization<'_>) -> Outcome {
        if service_rules::always_allowed(&request.question.action) {
            return ALWAYS;
        }
        let told = &request.caller_side.told;
        let scp = told.scp.as_ref().map_or_else(|| self.service_control(request), Answer::of);
        let rcp_deny = self.resource_control(request);
        let vpce = self.endpoint(request);
        let (resource_deny, resource) = self.resource_policy(request);
        let identity = told.identity.as_ref().map_or_else(|| self.identity(request), Answer::of);
        let boundary = || self.layer(request, &request.caller_side.boundary, Answer::PASS);
        let boundary = told.boundary.as_ref().map_or_else(boundary, Answer::of);
        let session = self.layer(request, &request.caller_side.session, Self::without_session(request.caller));
        let deny = scp.deny | rcp_deny | vpce.deny | resource_deny | boundary.deny | session.deny | identity.deny;
        let mut outcome = Outcome {
            deny,
            scp: scp.allow,
            vpce: vpce.allow,
            resource,
            identity: identity.allow,
            boundary: boundary.allow,
            session: session.allow,
            grant: grants::allow(request),
            service: service_rules::permits(request),
            same_account: same_account(request),
            allow: Truth::False,
        };
        outcome.allow = self.combine(request, &outcome);
        outcome
    }

    fn identity(&self, request: &Authorization<'_>) -> Answer {
        let known = self.layer(request, &request.caller_side.identity, Answer::NOTHING);
        if request.caller_side.unread.is_empty() {
            return known;
        }
        Answer { deny: known.deny | Truth::Unknown, allow: known.allow | Truth::Unknown }
    }

    /// A session from `GetFederationToken` has nothing without a session policy (rule E270)
    fn without_session(caller: &Caller) -> Answer {
        if caller.principal.kind() == PrincipalKind::FederatedUser { Answer::NOTHING } else { Answer::PASS }
    }

    fn layer(&self, request: &Authorization<'_>, source: &Source, absent: Answer) -> Answer {
        match source {
            Source::Absent => absent,
            Source::Unknown(_) => Answer::UNKNOWN,
            Source::Set(set) => self.set(request, *set),
        }
    }

    /// A set of policies without principals (rule E3)
    fn set(&self, request: &Authorization<'_>, set: PolicySetId) -> Answer {
        let mut answer = Answer::NOTHING;
        for (_, statement) in self.relevant(request.question, set) {
            let settled = match statement.effect {
                Effect::Deny => answer.deny.is_true(),
                Effect::Allow => answer.allow.is_true(),
            };
            if settled {
                continue;
            }
            let matched = self.matches(request, statement);
            match statement.effect {
                Effect::Deny => answer.deny = answer.deny | matched,
                Effect::Allow => answer.allow = answer.allow | matched,
            }
        }
        answer
    }

    /// Whether a statement matches, principal element aside
    pub(super) fn matches(&self, request: &Authorization<'_>, statement: &Statement) -> Truth {
        statement.matches(&request.question.action, request.resource, &request.question.context, &self.rules)
    }

    /// Service control policies: every level must allow (rules E286–E295)
    fn service_control(&self, request: &Authorization<'_>) -> Answer {
        let exempt = scp_exemption(request);
        if exempt.is_true() {
            return Answer::PASS;
        }
        let answer = match &request.caller_side.scps {
            Fact::Absent => Answer::PASS,
            Fact::Unknown(_) => Answer::UNKNOWN,
            Fact::Known(levels) => self.levels(request, levels),
        };
        Answer { deny: answer.deny & !exempt, allow: answer.allow | exempt }
    }

    fn levels(&self, request: &Authorization<'_>, levels: &[LevelSet]) -> Answer {
        levels
            .iter()
            .map(|level| self.level(request, level))
            .fold(Answer::PASS, |sum, level| Answer { deny: sum.deny | level.deny, allow: sum.allow & level.allow })
    }

    /// One level; what is not known of it may deny, and may allow what the rest does not
    fn level(&self, request: &Authorization<'_>, level: &LevelSet) -> Answer {
        let known = self.set(request, level.set);
        match &level.unread {
            None => known,
            Some(_) => Answer { deny: known.deny | Truth::Unknown, allow: known.allow | Truth::Unknown },
        }
    }

    /// Resource control policies: only their denies count, since every level carries an Allow (rules E296–E304)
    fn resource_control(&self, request: &Authorization<'_>) -> Truth {
        if request.resource_side.rcps == Fact::Absent {
            return Truth::False;
        }
        let exempt = rcp_exemption(request);
        if exempt.is_true() {
            return Truth::False;
        }
        let deny = match &request.resource_side.rcps {
            Fact::Absent => Truth::False,
            Fact::Unknown(_) => Truth::Unknown,
            Fact::Known(levels) => self.levels(request, levels).deny,
        };
        deny & !exempt
    }

    /// The VPC endpoint's policy (rules E340–E343)
    fn endpoint(&self, request: &Authorization<'_>) -> Answer {
        match &request.caller_side.vpc_endpoint {
            Source::Absent => Answer::PASS,
            Source::Unknown(_) => Answer::UNKNOWN,
            Source::Set(set) => {
                let (deny, kinds) = self.with_principals(request, *set, endpoint_naming(request));
                Answer { deny, allow: kinds.reached() }
            }
        }
    }

    /// The resource's policy: whether it denies, and by which names it allows
    fn resource_policy(&self, request: &Authorization<'_>) -> (Truth, Kinds) {
        let (deny, allowed) = self.resource_policy_as_written(request);
        let retires = service_rules::retires_grant(&request.question.action);
        let admitted = Kinds { any: s3_rules::lists_may_admit(request), ..Kinds::NONE };
        let behind = Truth::from(s3_rules::through_access_point(request)) & Truth::Unknown;
        let allowed = if retires { grants::retiring_accounts(request) } else { allowed.or(admitted) };
        (deny | behind, allowed)
    }

    fn resource_policy_as_written(&self, request: &Authorization<'_>) -> (Truth, Kinds) {
        match &request.resource_side.policy {
            Source::Absent => (Truth::False, Kinds::NONE),
            Source::Unknown(_) => {
                let all = Kinds {
                    direct: Truth::Unknown,
                    role: Truth::Unknown,
                    account: Truth::Unknown,
                    any: Truth::Unknown,
                };
                (Truth::Unknown, all)
            }
            Source::Set(set) => {
                let (deny, kinds) = self.with_principals(request, *set, Naming::Full);
                let rescued = service_rules::root_may_rescue(request);
                (deny & !rescued, kinds.and(!self.cut_off_as_public(request, *set)))
            }
        }
    }

    /// `RestrictPublicBuckets` lets only the owner's principals and AWS services in through a public policy (rule E333)
    fn cut_off_as_public(&self, request: &Authorization<'_>, set: PolicySetId) -> Truth {
        let restricted = request.resource_side.restrict_public_buckets;
        let service = request.caller.principal.kind() == PrincipalKind::Service;
        if restricted == Truth::False || service {
            return Truth::False;
        }
        restricted & !same_account(request) & Truth::from(public_policy::is_public(self, set))
    }

    fn with_principals(&self, request: &Authorization<'_>, set: PolicySetId, naming: Naming) -> (Truth, Kinds) {
        let (mut deny, mut kinds) = (Truth::False, Kinds::NONE);
        for (_, statement) in self.relevant(request.question, set) {
            let matched = self.matches(request, statement);
            if matched == Truth::False {
                continue;
            }
            match statement.effect {
                Effect::Deny => deny = deny | (matched & denies(statement, request.caller, naming)),
                Effect::Allow => {
                    let named = naming.limit(self.allowing_kinds(statement, request.caller));
                    kinds = kinds.or(named.and(matched));
                }
            }
        }
        (deny, kinds)
    }

    /// By which names a statement allows the caller; a grant to `*` with a condition on
    /// `aws:PrincipalArn` counts as direct (rule E267)
    pub(super) fn allowing_kinds(&self, statement: &Statement, caller: &Caller) -> Kinds {
        let kinds = statement.principal.as_ref().map_or(Kinds::NONE, |principal| principal.allows(caller));
        let unlimited = statement.tests_principal_arn || !self.readings.any_principal_limited;
        if unlimited && !caller.principal.has_no_identity_side() {
            Kinds { direct: kinds.direct | kinds.any, any: kinds.any, ..kinds }
        } else {
            kinds
        }
    }

    /// Whether this statement of the resource's policy would do without the others: naming only the
    /// account does not, when the identity policies are silent
    pub(super) fn suffices(&self, request: &Authorization<'_>, outcome: &Outcome, statement: &Statement) -> bool {
        let kinds = self.allowing_kinds(statement, request.caller).and(self.matches(request, statement));
        let counts = !service_rules::retires_grant(&request.question.action);
        let reached = outcome.resource.reached().is_true();
        counts && reached && self.combine(request, &Outcome { resource: kinds, ..*outcome }).is_true()
    }

    fn combine(&self, request: &Authorization<'_>, outcome: &Outcome) -> Truth {
        let same = self.inside_account(request, outcome);
        let cross = across_accounts(request, outcome);
        let access = match outcome.same_account {
            Truth::True => same,
            Truth::False => cross,
            Truth::Unknown if same == cross => same,
            Truth::Unknown => Truth::Unknown,
        };
        let limits = outcome.boundary & outcome.session;
        let grant = if self.readings.grants_limited { outcome.grant & limits } else { outcome.grant };
        outcome.scp & outcome.vpce & outcome.service & (access | grant)
    }

    /// Inside one account (rules E260–E273, E306–E309, E316–E319)
    fn inside_account(&self, request: &Authorization<'_>, outcome: &Outcome) -> Truth {
        let kinds = outcome.resource;
        let any = if self.readings.any_principal_limited {
            kinds.any & outcome.boundary & outcome.session
        } else {
            kinds.any
        };
        let direct = kinds.direct | any;
        let limits = outcome.boundary & outcome.session;
        let kind = request.caller.principal.kind();
        match (kind, request.resource_side.policy_is_mandatory) {
            (PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Anonymous, _)
            | (PrincipalKind::Root, true) => kinds.reached(),
            (PrincipalKind::Root, false) => Truth::True,
            (_, true) => direct | (limits & (kinds.role | (outcome.identity & kinds.account))),
            (_, false) => direct | (limits & (outcome.identity | kinds.role)),
        }
    }
}

/// Across accounts both sides must allow; how the caller is named no longer matters (rules E276–E285)
fn across_accounts(request: &Authorization<'_>, outcome: &Outcome) -> Truth {
    let principal_side = match request.caller.principal.kind() {
        PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Anonymous | PrincipalKind::Root => {
            Truth::True
        }
        _ => outcome.identity & outcome.boundary & outcome.session,
    };
    outcome.resource.reached() & principal_side
}

const ALWAYS: Outcome = Outcome {
    deny: Truth::False,
    scp: Truth::True,
    vpce: Truth::True,
    resource: Kinds::NONE,
    identity: Truth::True,
    boundary: Truth::True,
    session: Truth::True,
    grant: Truth::False,
    service: Truth::True,
    same_account: Truth::True,
    allow: Truth::True,
};
