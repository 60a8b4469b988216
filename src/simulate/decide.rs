//! From a case to its decision

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::evaluate::{
    Authorization, Caller, CallerSide, Decision, LevelSet, Program, Question, Readings, Reasons, ResourceSide, Source,
    Truth, complete_principal_context,
};
use crate::facts::{Fact, Grant, GrantConstraint};
use crate::iam::{
    AccountId, Action, Context, ContextKey, ContextValue, Openness, Principal, PrincipalKind, Resource, VocabularyError,
};
use crate::policy::{Document, PolicyType, parse};
use crate::source::{Problems, SourceFile};

use super::case::{Case, CaseGrant, Extra};

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
    /// A policy is malformed
    #[error(transparent)]
    Policy(#[from] Problems),
}

/// Decides one case
///
/// # Errors
/// When a name in it or one of its policies is malformed.
pub fn decide(case: &Case<'_>, readings: Readings) -> Result<CaseOutcome, CaseError> {
    let mut program = Program::new(readings);
    let principal: Principal = case.principal.parse()?;
    let action: Action = case.action.parse()?;
    let resource = Resource::parse(&case.resource)?;
    let caller_side = caller_side(case, &mut program)?;
    let resource_side = resource_side(case, &action, &resource, &principal, &mut program)?;
    let mut context = listed_context(case)?;
    let caller = caller(case, principal, &context);
    complete_principal_context(&mut context, &caller);
    let question = program.question(&action, &context);
    Ok(outcome(&program, &question, &caller, &resource, (&caller_side, &resource_side)))
}

fn outcome(
    program: &Program,
    question: &Question,
    caller: &Caller,
    resource: &Resource,
    sides: (&CallerSide, &ResourceSide),
) -> CaseOutcome {
    let request = Authorization { caller, question, resource, caller_side: sides.0, resource_side: sides.1 };
    let reasons = program.reasons(&request);
    CaseOutcome { decision: reasons.decision, reasons }
}

fn documents(raws: &[&RawValue], label: &str, kind: PolicyType) -> Result<Vec<Arc<Document>>, Problems> {
    let parse = |(index, raw): (usize, &&RawValue)| {
        let name = format!("{label}[{index}]");
        let file = SourceFile::new(name.as_str(), raw.get());
        parse::parse(&file, &name, kind).map(Arc::new)
    };
    raws.iter().enumerate().map(parse).collect()
}

fn optional(raw: Option<&RawValue>, label: &str, kind: PolicyType, program: &mut Program) -> Result<Source, Problems> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(Source::Absent) };
    let file = SourceFile::new(label, raw.get());
    let document = Arc::new(parse::parse(&file, label, kind)?);
    Ok(Source::Set(program.add([&document], kind)))
}

fn levels(
    levels: Option<&Vec<Vec<&RawValue>>>,
    label: &str,
    kind: PolicyType,
    program: &mut Program,
) -> Result<Fact<Vec<LevelSet>>, Problems> {
    let Some(levels) = levels else { return Ok(Fact::Absent) };
    let mut sets = Vec::with_capacity(levels.len());
    for (index, raws) in levels.iter().enumerate() {
        let name = format!("{label}[{index}]");
        let documents = documents(raws, &name, kind)?;
        sets.push(LevelSet { name, set: program.add(&documents, kind), unread: None });
    }
    Ok(Fact::Known(sets))
}

fn caller_side(case: &Case<'_>, program: &mut Program) -> Result<CallerSide, Problems> {
    let identity = documents(case.identity_policies.as_deref().unwrap_or_default(), "identity", PolicyType::Identity)?;
    let extra = case.extra.as_ref();
    Ok(CallerSide {
        identity: Source::Set(program.add(&identity, PolicyType::Identity)),
        unread: Vec::new(),
        boundary: optional(case.boundary, "boundary", PolicyType::Boundary, program)?,
        session: optional(case.session_policy, "session", PolicyType::Session, program)?,
        scps: levels(case.scps.as_ref(), "scp", PolicyType::ServiceControl, program)?,
        in_management_account: extra.is_some_and(|extra| extra.principal_account_is_management).into(),
        vpc_endpoint: optional(
            extra.and_then(|extra| extra.vpc_endpoint_policy),
            "vpce",
            PolicyType::VpcEndpoint,
            program,
        )?,
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

fn resource_side(
    case: &Case<'_>,
    action: &Action,
    resource: &Resource,
    principal: &Principal,
    program: &mut Program,
) -> Result<ResourceSide, CaseError> {
    let kind = resource_policy_type(action, resource);
    let default = Extra::default();
    let extra = case.extra.as_ref().unwrap_or(&default);
    let given: Option<AccountId> = case.resource_account.as_deref().map(str::parse).transpose()?;
    let owner = given.or_else(|| resource.account()).or_else(|| principal.account().cloned());
    let grants = extra.kms_grants.as_ref().map(|grants| grants.iter().map(grant).collect());
    Ok(ResourceSide {
        policy: optional(case.resource_policy, "resource", kind, program)?,
        policy_is_mandatory: kind != PolicyType::Resource,
        owner: owner.map_or(Fact::Absent, Fact::Known),
        rcps: levels(case.rcps.as_ref(), "rcp", PolicyType::ResourceControl, program)?,
        in_management_account: extra.resource_account_is_management.into(),
        grants: grants.map_or(Fact::Absent, Fact::Known),
        aws_managed_key: extra.kms_aws_managed_key,
        restrict_public_buckets: extra.s3_restrict_public_buckets.into(),
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

fn listed_context(case: &Case<'_>) -> Result<Context, VocabularyError> {
    let service = case.action.split_once(':').map(|(service, _)| service.to_lowercase().into());
    let openness = Openness { service, ..Openness::default() };
    let mut context = if case.open_context { Context::open(openness) } else { Context::closed() };
    for (name, values) in &case.context {
        context.set(name.parse()?, ContextValue::Known(values.texts()));
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
