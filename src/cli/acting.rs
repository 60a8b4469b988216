//! Who acts for a request beside its sender, and what the user says of them: roles, stored things, their context

use std::collections::BTreeMap;

use crate::catalog::{Assumptions, FactSource, Operation};
use crate::facts::{ActingRole, Fact, Facts};
use crate::iam::Partition;
use crate::need::{DeriveInput, acting_roles};
use crate::request::Request;
use crate::source::{Problem, Problems, nearest};

use super::evidence::Asked;
use super::gather::Gatherer;
use super::preflight::Said;

/// What the user tells of things stored in AWS, by the facts of the operation
pub(super) fn told(
    given: &[(String, String)],
    operation: &Operation,
) -> Result<BTreeMap<String, Vec<String>>, Problems> {
    let facts = || {
        let facts = operation.header.fact.iter();
        facts.filter(|(_, source)| matches!(source, FactSource::Told { .. })).map(|(name, _)| name.as_str())
    };
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, value) in given {
        if !facts().any(|known| known == name) {
            let message = format!("{} asks for no fact `{name}`", operation.name());
            problems.push(Problem::general(message).with_help(help(name, facts())));
        } else if value == "none" {
            told.entry(name.clone()).or_default();
        } else {
            told.entry(name.clone()).or_default().extend(value.split(',').map(str::to_owned));
        }
    }
    if problems.is_empty() { Ok(told) } else { Err(Problems(problems)) }
}

fn help<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match (nearest(name, known.clone()), known.clone().next()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(_)) => format!("it asks for {}", known.collect::<Vec<_>>().join(", ")),
        (None, None) => "it asks for none".to_owned(),
    }
}

/// Puts the roles that act for the request into the facts
pub(super) fn add_roles(
    facts: &mut Facts,
    (operation, request, assumptions): (&Operation, &Request, &Assumptions),
    (gatherer, said, asked): (&Gatherer<'_>, &Said, Option<&Asked>),
) -> Result<(), Problems> {
    let principals = &operation.header.principal;
    if let Some(name) = said.roles.keys().find(|name| !principals.contains_key(*name)) {
        let message = format!("{} has no role `{name}`", operation.name());
        return Err(Problem::general(message).with_help(help(name, principals.keys().map(String::as_str))).into());
    }
    let named = acting_roles(&DeriveInput { operation, request, facts, assumptions, dataset_missing: &[] });
    for (name, arn) in named {
        let context = said.roles.get(&name).cloned().unwrap_or_default();
        let environment = &facts.environment;
        let partition = environment.partition.as_ref().map(Partition::as_str);
        let ours = arn.account() == environment.account && Some(arn.partition()) == partition;
        if let Some(asked) = asked.filter(|_| ours) {
            asked.role(&arn);
        }
        let identity = gatherer.role(&arn)?;
        let near = if matches!(identity, Fact::Absent) { gatherer.near_role(&arn)? } else { None };
        facts.roles.insert(name, ActingRole { arn, identity, near, context });
    }
    Ok(())
}
