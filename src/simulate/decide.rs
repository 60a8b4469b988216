//! From a case to its decision

use serde_json::value::RawValue;

use crate::evaluate::{
    Authorization, Caller, CallerSide, Decision, LevelSet, PolicySetId, Question, Readings, Reasons, ResourceSide,
    Source, ToldLayers, Truth, complete_principal_context,
};
use crate::facts::{Fact, Grant, GrantConstraint};
use crate::iam::{
    AccountId, Action, Context, ContextKey, ContextValue, Openness, Principal, PrincipalKind, Resource, VocabularyError,
};
use crate::policy::PolicyType;
use crate::source::Problems;

use super::case::{Case, CaseGrant, Extra, Values};
use super::library::{Library, Slot, Unreadable};

/// A decided case
#[derive(Debug, Clone)]
pub struct CaseOutcome {
    /// The decision
    pub decision: Decision,
    /// What decided, and what is missing
    pub reasons: Reasons,
}

/// Why a case cannot be decided
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A word is malformed
    #[error(transparent)]
    Word(#[from] VocabularyError),
    /// A context key stands twice, perhaps in different letter case
    #[error("the context key `{0}` stands twice")]
    Repeated(String),
    /// A policy is malformed
    #[error(transparent)]
    Policy(#[from] Problems),
}

/// Why a case cannot be decided, with the text that is to blame
#[derive(Debug)]
pub(super) enum Fault<'a> {
    /// A word is malformed
    Word(VocabularyError),
    /// A context key stands twice
    Repeated(String),
    /// A policy is malformed
    Policy(Unreadable<'a>),
}

impl From<VocabularyError> for Fault<'_> {
    fn from(error: VocabularyError) -> Self {
        Self::Word(error)
    }
}

impl<'a> From<Unreadable<'a>> for Fault<'a> {
    fn from(policy: Unreadable<'a>) -> Self {
        Self::Policy(policy)
    }
}

impl From<Fault<'_>> for CaseError {
    fn from(fault: Fault<'_>) -> Self {
        match fault {
            Fault::Word(error) => Self::Word(error),
            Fault::Repeated(key) => Self::Repeated(key),
            Fault::Policy(policy) => Self::Policy(policy.problems),
        }
    }
}

/// Decides one case
///
/// # Errors
/// When a name in it or one of its policies is malformed.
pub fn decide(case: &Case<'_>, readings: Readings) -> Result<CaseOutcome, CaseError> {
    Simulator::new(readings).explain(case)
}

/// Decides many cases; policies that repeat between them are read and compiled once
#[derive(Debug)]
pub struct Simulator {
    library: Library,
}

/// A case in the terms of the engine
struct Prepared {
    caller: Caller,
    question: Question,
    resource: Resource,
    caller_side: CallerSide,
    resource_side: ResourceSide,
}

impl Prepared {
    fn request(&self) -> Authorization<'_> {
        Authorization {
            caller: &self.caller,
            question: &self.question,
            resource: &self.resource,
            caller_side: &self.caller_side,
            resource_side: &self.resource_side,
        }
    }
}

impl Simulator {
    /// A simulator that reads contested points so
    #[must_use]
    pub fn new(readings: Readings) -> Self {
        Self { library: Library::new(readings) }
    }

    /// Decides one case
    ///
    /// # Errors
    /// When a name in it or one of its policies is malformed.
    pub fn decide(&mut self, case: &Case<'_>) -> Result<Decision, CaseError> {
        Ok(self.decision(case)?)
    }

    /// Decides one case and says why
    ///
    /// # Errors
    /// When a name in it or one of its policies is malformed.
    pub fn explain(&mut self, case: &Case<'_>) -> Result<CaseOutcome, CaseError> {
        Ok(self.outcome(case)?)
    }

    pub(super) fn decision<'a>(&mut self, case: &Case<'a>) -> Result<Decision, Fault<'a>> {
        let prepared = self.prepare(case)?;
        Ok(self.library.program.decide(&prepared.request()))
    }

    pub(super) fn outcome<'a>(&mut self, case: &Case<'a>) -> Result<CaseOutcome, Fault<'a>> {
        let prepared = self.prepare(case)?;
        let reasons = self.library.program.reasons(&prepared.request());
        Ok(CaseOutcome { decision: reasons.decision, reasons })
    }

    fn prepare<'a>(&mut self, case: &Case<'a>) -> Result<Prepared, Fault<'a>> {
        self.library.make_room();
        let principal: Principal = case.principal.parse()?;
        let action: Action = case.action.parse()?;
        let resource = Resource::parse(&case.resource)?;
        let caller_side = caller_side(case, &mut self.library)?;
        let resource_side = resource_side(case, &action, &resource, &principal, &mut self.library)?;
        let mut context = listed_context(case)?;
        let caller = caller(case, principal, &context);
        complete_principal_context(&mut context, &caller);
        let sets = sets_of(&caller_side, &resource_side);
        let question = self.library.program.question_about(&action, &context, sets);
        Ok(Prepared { caller, question, resource, caller_side, resource_side })
    }
}

/// All policy sets of a case
fn sets_of(caller: &CallerSide, resource: &ResourceSide) -> Vec<PolicySetId> {
    let single = [&caller.identity, &caller.boundary, &caller.session, &caller.vpc_endpoint, &resource.policy];
    let single = single.into_iter().filter_map(|source| if let Source::Set(set) = source { Some(*set) } else { None });
    let leveled = caller.scps.known().into_iter().chain(resource.rcps.known()).flatten().map(|level| level.set);
    single.chain(leveled).collect()
}

fn optional<'a>(
    raw: Option<&'a RawValue>,
    word: &'static str,
    kind: PolicyType,
    library: &mut Library,
) -> Result<Source, Unreadable<'a>> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(Source::Absent) };
    library.set(Slot::Single(word), kind, &[raw]).map(Source::Set)
}

fn levels<'a>(
    levels: Option<&Vec<Vec<&'a RawValue>>>,
    word: &'static str,
    kind: PolicyType,
    library: &mut Library,
) -> Result<Fact<Vec<LevelSet>>, Unreadable<'a>> {
    let Some(levels) = levels else { return Ok(Fact::Absent) };
    let mut sets = Vec::with_capacity(levels.len());
    for (index, raws) in levels.iter().enumerate() {
        let set = library.set(Slot::Level(word, index), kind, raws)?;
        sets.push(LevelSet { name: format!("{word}[{index}]").into(), set, unread: None });
    }
    Ok(Fact::Known(sets))
}

fn caller_side<'a>(case: &Case<'a>, library: &mut Library) -> Result<CallerSide, Unreadable<'a>> {
    let identity = case.identity_policies.as_deref().unwrap_or_default();
    let extra = case.extra.as_ref();
    let endpoint = extra.and_then(|extra| extra.vpc_endpoint_policy);
    Ok(CallerSide {
        identity: Source::Set(library.set(Slot::List("identity"), PolicyType::Identity, identity)?),
        unread: Vec::new(),
        boundary: optional(case.boundary, "boundary", PolicyType::Boundary, library)?,
        session: optional(case.session_policy, "session", PolicyType::Session, library)?,
        scps: levels(case.scps.as_ref(), "scp", PolicyType::ServiceControl, library)?,
        in_management_account: extra.is_some_and(|extra| extra.principal_account_is_management).into(),
        vpc_endpoint: optional(endpoint, "vpce", PolicyType::VpcEndpoint, library)?,
        told: ToldLayers::default(),
    })
}

/// What the resource's policy is: a key policy, a trust policy, or an ordinary one
fn resource_policy_type(action: &Action, resource: &Resource) -> PolicyType {
    let arn_resource = resource.text().splitn(6, ':').nth(5).unwrap_or_default();
    match (action.service(), resource.service()) {
        ("kms", Some("kms")) if arn_resource.starts_with("key/") => PolicyType::Key,
        ("sts", Some("iam")) if arn_resource.starts_with("role/") => PolicyType::Trust,
        _ => PolicyType::Resource,
    }
}

fn resource_side<'a>(
    case: &Case<'a>,
    action: &Action,
    resource: &Resource,
    principal: &Principal,
    library: &mut Library,
) -> Result<ResourceSide, Fault<'a>> {
    let kind = resource_policy_type(action, resource);
    let default = Extra::default();
    let extra = case.extra.as_ref().unwrap_or(&default);
    let given: Option<AccountId> = case.resource_account.as_deref().map(str::parse).transpose()?;
    let owner = given.or_else(|| resource.account()).or_else(|| principal.account().cloned());
    let grants = extra.kms_grants.as_ref().map(|grants| grants.iter().map(grant).collect());
    Ok(ResourceSide {
        policy: optional(case.resource_policy, "resource", kind, library)?,
        policy_is_mandatory: kind != PolicyType::Resource,
        owner: owner.map_or(Fact::Absent, Fact::Known),
        rcps: levels(case.rcps.as_ref(), "rcp", PolicyType::ResourceControl, library)?,
        in_management_account: extra.resource_account_is_management.into(),
        grants: grants.map_or(Fact::Absent, Fact::Known),
        aws_managed_key: extra.kms_aws_managed_key,
        restrict_public_buckets: extra.s3_restrict_public_buckets.into(),
        access_lists: extra.acls_enabled.into(),
    })
}

fn grant(source: &CaseGrant) -> Grant {
    let constraint = source.constraints.as_ref().and_then(|constraints| {
        let equals = constraints.equals.clone().map(GrantConstraint::Equals);
        equals.or_else(|| constraints.subset.clone().map(GrantConstraint::Subset))
    });
    Grant {
        id: String::new(),
        grantee: source.grantee_principal.clone(),
        retiring: source.retiring_principal.clone(),
        operations: source.operations.clone(),
        constraint,
        file: "grant".into(),
    }
}

fn listed_context<'a>(case: &Case<'_>) -> Result<Context, Fault<'a>> {
    let service = case.action.split_once(':').map(|(service, _)| service.to_lowercase().into());
    let openness = Openness { service, ..Openness::default() };
    let mut context = if case.open_context { Context::open(openness) } else { Context::closed() };
    for (name, Values(values)) in &case.context.0 {
        let key: ContextKey = name.parse()?;
        if context.listed(key.folded()).is_some() {
            return Err(Fault::Repeated(name.clone()));
        }
        context.set(key, ContextValue::Known(values.clone()));
    }
    for name in &case.unknown_context {
        context.set(name.parse::<ContextKey>()?, ContextValue::Unknown);
    }
    Ok(context)
}

/// The caller; a session's role ARN is taken from `aws:PrincipalArn`, since its own ARN lacks the path (rule E30)
fn caller(case: &Case<'_>, principal: Principal, context: &Context) -> Caller {
    let mut caller = Caller::new(principal);
    if caller.principal.kind() == PrincipalKind::RoleSession
        && let ContextValue::Known(values) = context.value("aws:principalarn")
    {
        caller.role_arn = values.first().cloned();
    }
    caller.federated_by = case.extra.as_ref().and_then(|extra| extra.federated_by.as_deref()).map(Into::into);
    caller.has_boundary = Truth::from(case.boundary.is_some_and(|raw| raw.get() != "null"));
    caller
}
