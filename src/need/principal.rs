//! The needs that a passed role brings: passing it, and its trust in the service

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Name, Principal, Strength, Trust};
use crate::facts::{Fact, MissingFact};
use crate::iam::{Action, Arn, ContextKey, ContextValue, Resource};

use super::basis::{Basis, missing};
use super::condition::Answer;
use super::derive::{Derivation, DeriveInput, scope};
use super::precondition::{Outcome, PreconditionResult};
use super::scope::{Scope, scalar};
use super::{Actor, Need, Phase, Target};

/// The roles that act for a request, by their names in the catalog: as far as their ARNs are known
///
/// A principal whose `role` goes through a list stands for a role for each element: `NAME`, `NAME.2`, …
#[must_use]
pub fn acting_roles(input: &DeriveInput<'_>) -> BTreeMap<String, Arn> {
    let scope = scope(input);
    let principals = input.operation.header.principal.iter();
    let takes_part = |principal: &Principal| scope.holds(&principal.when, &mut Basis::default()) != Answer::No;
    let named = principals.filter(|(_, principal)| takes_part(principal)).flat_map(|(name, principal)| {
        let arns = texts(scope, principal).into_iter().enumerate();
        arns.filter_map(move |(index, text)| Some((numbered(name, index), text.known()?.parse().ok()?)))
    });
    named.collect()
}

/// How the request, or the user, names the roles of a principal: one, or one for each element of a list
fn texts<'a>(scope: Scope<'a>, principal: &'a Principal) -> Vec<Fact<String>> {
    match scope.name(&principal.role) {
        Name::Request(path) if path.contains("[]") => {
            scope.request.lookup(path).into_iter().filter_map(scalar).map(Fact::Known).collect()
        }
        _ => vec![scope.text(&principal.role, &mut Basis::default())],
    }
}

fn numbered(name: &str, index: usize) -> String {
    if index == 0 { name.to_owned() } else { format!("{name}.{}", index + 1) }
}

/// Adds the needs `NAME-pass` and `NAME-trust` of a principal, of each of its roles
pub(super) fn rows<'a>(scope: Scope<'a>, name: &str, principal: &'a Principal, derivation: &mut Derivation) {
    let mut basis = Basis::default();
    match scope.holds(&principal.when, &mut basis) {
        Answer::No => return,
        Answer::Yes => {}
        Answer::Unknown(lacking) => basis.lack_all(lacking),
    }
    for (index, text) in texts(scope, principal).into_iter().enumerate() {
        let mut own = basis.clone();
        let target = named(&principal.role, &text, &mut own);
        let name = numbered(name, index);
        if basis.missing.is_empty() {
            derivation.preconditions.extend(exists(scope, &name, principal));
        }
        each(scope, (&name, principal), (target, own), derivation);
    }
}

/// That a role does not exist fails the request that hands it over, whatever the permissions
///
/// A role that something else names, such as a stored model, is missed later: its rows stay open.
fn exists(scope: Scope<'_>, name: &str, principal: &Principal) -> Option<PreconditionResult> {
    principal.pass.as_ref()?;
    let role = scope.facts.roles.get(name)?;
    let outcome = match (&role.identity, &role.near) {
        (Fact::Known(_), _) => Outcome::Holds,
        // Why it is not known stands in the role's own rows.
        (Fact::Unknown(_), _) => return None,
        (Fact::Absent, near) => {
            let near = near.as_ref().map(|near| format!(" ({near})")).unwrap_or_default();
            let error = scope.operation.preconditions.first().map(|precondition| precondition.error.code.clone());
            Outcome::Fails {
                message: format!("there is no role `{}`{near}", role.arn),
                status: 400,
                error: error.unwrap_or_else(|| "ValidationException".to_owned()),
            }
        }
    };
    Some(PreconditionResult {
        id: format!("{name}-exists"),
        row: format!("{name}-pass"),
        outcome,
        because: "a service can act only as a role that exists".to_owned(),
        sources: scope.operation.sources(&principal.src),
        assumptions: BTreeSet::new(),
        location: scope.request.location(&principal.role),
    })
}

/// The needs of one role
fn each<'a>(
    scope: Scope<'a>,
    (name, principal): (&str, &'a Principal),
    (target, basis): (Target, Basis),
    derivation: &mut Derivation,
) {
    let base = Need {
        id: String::new(),
        actor: Actor::Caller,
        action: match "iam:PassRole".parse::<Action>() {
            Ok(action) => action,
            Err(_) => return,
        },
        target,
        via: vec![Vec::new()],
        via_assumption: None,
        context: Vec::new(),
        strength: Strength::Must,
        any_of: None,
        phase: Phase::Submit,
        because: principal.because.clone(),
        sources: scope.operation.sources(&principal.src),
        assumptions: basis.assumptions.clone(),
        missing: basis.missing.clone(),
        asked_at: scope.request.location(&principal.role),
        is_generated: scope.operation.is_generated(),
        creates: false,
    };
    if let Some(pass) = &principal.pass {
        let context = known("iam:PassedToService", &pass.to).into_iter().collect();
        derivation.needs.push(Need {
            id: format!("{name}-pass"),
            actor: Actor::named(&pass.by),
            context,
            ..base.clone()
        });
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

/// The role of a principal
pub(super) fn role<'a>(scope: Scope<'a>, principal: &'a Principal, basis: &mut Basis) -> Target {
    let text = texts(scope, principal).into_iter().next().unwrap_or(Fact::Absent);
    named(&principal.role, &text, basis)
}

fn named(path: &str, text: &Fact<String>, basis: &mut Basis) -> Target {
    if let Some(arn) = text.known().and_then(|text| text.parse::<Arn>().ok()) {
        return Target::Resource(Resource::One(arn));
    }
    basis.lack(match text {
        Fact::Unknown(missing) => missing.clone(),
        Fact::Known(text) => role_missing(path, format!("`{text}` is not an ARN")),
        Fact::Absent => role_missing(path, "the request does not have it".to_owned()),
    });
    Target::Unnamed(format!("{{{path}}}"))
}

fn role_missing(path: &str, why: String) -> MissingFact {
    missing(format!("the role `{path}` of the request"), "the request file", why)
}

fn known(key: &str, value: &str) -> Option<(ContextKey, ContextValue)> {
    Some((key.parse().ok()?, ContextValue::Known(vec![value.into()])))
}
