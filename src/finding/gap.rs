//! What a row lacks, and the smallest change that would close it

use crate::evaluate::{Decision, Layer, Reason, Role, StatementTrace, Truth};
use crate::generate::owner;
use crate::judge::JudgedRow;
use crate::need::{Actor, Need};

use super::Gap;
use super::rows::{name, statement};

/// The gap of a row that is not allowed
pub(super) fn of(need: &Need, row: &JudgedRow) -> Option<Gap> {
    match row.decision {
        Decision::Allowed => None,
        Decision::ExplicitDeny => Some(denied(need, row)),
        Decision::ImplicitDeny => Some(lacking(need, row)),
        Decision::Undetermined => Some(open(need, row)),
    }
}

fn denied(need: &Need, row: &JudgedRow) -> Gap {
    let first = row.decided_by.first();
    let by = first
        .map(|reason| format!("the {}: {}", reason.part.layer.words(), statement(&reason.part)))
        .unwrap_or_default();
    let mut help: Vec<String> = row
        .decided_by
        .iter()
        .filter(|reason| reason.role == Role::Denies)
        .map(|reason| {
            let owner = owner(reason.part.layer);
            format!("{owner} can except this call from {}; no Allow outweighs a Deny", name(&reason.part))
        })
        .collect();
    help.dedup();
    Gap { message: format!("{} is denied explicitly by {by}", need.action), help }
}

fn lacking(need: &Need, row: &JudgedRow) -> Gap {
    let layers: Vec<&Reason> = row.decided_by.iter().filter(|reason| reason.role == Role::LacksAllow).collect();
    let names: Vec<String> = layers.iter().map(|reason| silent(reason, need.action.service())).collect();
    let message = match names.as_slice() {
        [] => format!("nothing allows {}", need.action),
        names => format!("{}: {}", need.action, names.join("; ")),
    };
    let mut help: Vec<String> = layers.iter().map(|reason| fix(need, row, reason.part.layer)).collect();
    help.extend(row.near.iter().map(near));
    help.dedup();
    Gap { message, help }
}

/// A layer that says nothing, in words
fn silent(reason: &Reason, service: &str) -> String {
    match (reason.part.layer, &reason.part.policy) {
        (Layer::Identity, _) => "no identity policy allows it".to_owned(),
        (Layer::Boundary, _) => "the permissions boundary does not allow it".to_owned(),
        (Layer::Session, _) => "no session policy allows it".to_owned(),
        (Layer::Scp, Some(level)) => format!("no service control policy on level `{level}` allows it"),
        (Layer::Scp, None) => "no service control policy allows it".to_owned(),
        (Layer::Resource, _) if service == "sts" => {
            "the role's trust policy does not let the service assume it".to_owned()
        }
        (Layer::Resource, _) => "the resource's policy neither allows it nor leaves it to identity policies".to_owned(),
        (Layer::Vpce, _) => "the VPC endpoint policy does not allow it".to_owned(),
        (Layer::Service, _) => "the service does not let this call pass".to_owned(),
        (Layer::Rcp | Layer::Grant, _) => format!("no {} allows it", reason.part.layer.words()),
    }
}

fn fix(need: &Need, row: &JudgedRow, layer: Layer) -> String {
    let snippet = format!(r#"{{"Effect": "Allow", "Action": "{}", "Resource": "{}"}}"#, need.action, row.resource);
    match layer {
        Layer::Identity => format!("add to an identity policy of {}: {snippet}", holder(need, row)),
        Layer::Boundary if need.actor == Actor::Caller => {
            format!("{} can add to the permissions boundary: {snippet}", owner(layer))
        }
        Layer::Boundary => {
            format!("{} can add to the permissions boundary of {}: {snippet}", owner(layer), holder(need, row))
        }
        Layer::Resource if need.action.service() == "sts" => format!(
            r#"add to the trust policy of {}: {{"Effect": "Allow", "Principal": {{"Service": "{}"}}, "Action": "{}"}}"#,
            row.resource,
            row.principal.as_deref().unwrap_or_default(),
            need.action
        ),
        Layer::Session => format!("{} can add to the session policy: {snippet}", owner(layer)),
        Layer::Resource => format!(
            "{} can let the principal, or the account, do {} in the resource's policy",
            owner(layer),
            need.action
        ),
        _ => format!("{} can allow {} there", owner(layer), need.action),
    }
}

/// Whose policies they are
fn holder(need: &Need, row: &JudgedRow) -> String {
    match (&need.actor, &row.principal) {
        (Actor::Caller, _) => "the principal".to_owned(),
        (_, Some(principal)) => format!("the role `{principal}`"),
        (actor, None) => actor.to_string(),
    }
}

/// A statement that almost allows it
fn near(trace: &StatementTrace) -> String {
    let name = statement(&trace.part());
    if trace.resource == Truth::False {
        return format!("{name} allows the action, but not on this resource");
    }
    let failed: Vec<String> = trace
        .conditions()
        .filter(|(_, result)| result.holds == Truth::False)
        .map(|(condition, result)| {
            let wanted = condition.values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
            format!(
                "{} on `{}` wants {wanted}, the call has it {}",
                condition.operator,
                condition.key,
                result.actual_words()
            )
        })
        .collect();
    format!("{name} would allow it but for its condition: {}", failed.join("; "))
}

fn open(need: &Need, row: &JudgedRow) -> Gap {
    if let Some(parted) = row.disagreements.first() {
        let (engine, simulator) = (parted.engine, parted.simulator);
        return Gap {
            message: format!(
                "two engines contradict each other: {} is {engine} by the facts and {simulator} by AWS's simulator",
                need.action
            ),
            help: vec![
                "docs/live.md, How to read a disagreement; the finding `engines-disagree` has both traces".to_owned(),
            ],
        };
    }
    let mut wanting: Vec<String> = row.missing_context.iter().map(|key| format!("the value of `{key}`")).collect();
    wanting.extend(row.missing_facts.iter().map(|fact| fact.what.clone()));
    let message = match wanting.as_slice() {
        [] => format!(
            "whether {} is allowed hangs on a part of the resource's name that the service chooses",
            need.action
        ),
        wanting => format!("whether {} is allowed hangs on {}", need.action, wanting.join(" and ")),
    };
    let mut help: Vec<String> = row
        .missing_context
        .iter()
        .map(|key| format!("give it with `--context {key}=VALUE`, or `--context-absent {key}`"))
        .collect();
    help.extend(row.missing_facts.iter().map(|fact| format!("supply {}: {}", fact.what, fact.source)));
    Gap { message, help }
}
