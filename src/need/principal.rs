//! The needs that a passed role brings: passing it, and its trust in the service

use crate::catalog::{Principal, Strength, Trust};
use crate::facts::Fact;
use crate::iam::{Action, Arn, ContextKey, ContextValue, Resource};

use super::basis::{Basis, missing};
use super::condition::Answer;
use super::derive::{Derivation, actor};
use super::scope::Scope;
use super::{Actor, Need, Phase, Target};

/// Adds the needs `NAME-pass` and `NAME-trust` of a principal
pub(super) fn rows<'a>(scope: Scope<'a>, name: &str, principal: &'a Principal, derivation: &mut Derivation) {
    let mut basis = Basis::default();
    match scope.holds(&principal.when, &mut basis) {
        Answer::No => return,
        Answer::Yes => {}
        Answer::Unknown(lacking) => basis.lack_all(lacking),
    }
    let base = Need {
        id: String::new(),
        actor: Actor::Caller,
        action: match "iam:PassRole".parse::<Action>() {
            Ok(action) => action,
            Err(_) => return,
        },
        target: role(scope, principal, &mut basis),
        via: vec![Vec::new()],
        context: Vec::new(),
        strength: Strength::Must,
        any_of: None,
        phase: Phase::Submit,
        because: principal.because.clone(),
        sources: scope.operation.sources(&principal.src),
        assumptions: basis.assumptions.clone(),
        missing: basis.missing.clone(),
        asked_at: scope.request.location(&principal.role),
    };
    if let Some(pass) = &principal.pass {
        let context = known("iam:PassedToService", &pass.to).into_iter().collect();
        derivation.needs.push(Need { id: format!("{name}-pass"), actor: actor(&pass.by), context, ..base.clone() });
    }
    if let Some(trust) = &principal.trust {
        trusted(scope, (name, principal), trust, &base, derivation);
    }
    derivation.assumptions_used.extend(basis.assumptions);
}

fn trusted<'a>(
    scope: Scope<'a>,
    (name, principal): (&str, &'a Principal),
    trust: &'a Trust,
    base: &Need,
    derivation: &mut Derivation,
) {
    let mut context = Vec::new();
    let mut basis = Basis::default();
    if let Some(template) = &trust.source_arn {
        let value = match scope.target(template, &mut basis) {
            Some(Target::Resource(Resource::One(arn))) => ContextValue::Known(vec![arn.as_str().into()]),
            _ => ContextValue::Unknown,
        };
        context.extend("aws:SourceArn".parse::<ContextKey>().ok().map(|key| (key, value)));
    }
    if let Some(account) = &scope.facts.environment.account {
        context.extend(known("aws:SourceAccount", account.as_str()));
    }
    let mut actions: Vec<(&Action, Vec<_>, Vec<_>)> =
        trust.actions.iter().map(|action| (action, Vec::new(), base.sources.clone())).collect();
    for also in &principal.trust_also {
        let lacking = match scope.holds(&also.when, &mut basis) {
            Answer::No => continue,
            Answer::Yes => Vec::new(),
            Answer::Unknown(lacking) => lacking,
        };
        let sources = scope.operation.sources(&also.src);
        for action in &also.actions {
            actions.push((action, lacking.clone(), sources.clone()));
        }
    }
    for (index, (action, lacking, sources)) in actions.into_iter().enumerate() {
        let number = if index == 0 { String::new() } else { format!(".{}", index + 1) };
        let mut need = Need {
            id: format!("{name}-trust{number}"),
            actor: Actor::Service(trust.service.clone()),
            action: action.clone(),
            context: context.clone(),
            phase: principal.phase,
            sources,
            ..base.clone()
        };
        need.missing.extend(lacking);
        need.assumptions.extend(basis.assumptions.iter().cloned());
        derivation.needs.push(need);
    }
    derivation.assumptions_used.extend(basis.assumptions);
}

fn role(scope: Scope<'_>, principal: &Principal, basis: &mut Basis) -> Target {
    let text = scope.member(&principal.role);
    if let Some(arn) = text.known().and_then(|text| text.parse::<Arn>().ok()) {
        return Target::Resource(Resource::One(arn));
    }
    let why = match &text {
        Fact::Known(text) => format!("`{text}` is not an ARN"),
        _ => "the request does not have it".to_owned(),
    };
    basis.lack(missing(format!("the role `{}` of the request", principal.role), "the request file", why));
    Target::Unnamed(format!("{{{}}}", principal.role))
}

fn known(key: &str, value: &str) -> Option<(ContextKey, ContextValue)> {
    Some((key.parse().ok()?, ContextValue::Known(vec![value.into()])))
}
