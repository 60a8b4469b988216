//! Small plans in the documented shape, and what becomes of them

mod buckets_and_keys;
mod organization;
mod principals;
mod properties;
mod refusals;

use serde_json::{Value, json};

use super::{Plan, Reading};
use crate::facts::{Environment, Fact, Identity};
use crate::source::{Problems, SourceFile};

const ACCOUNT: &str = "210000000011";
const TRAINER: &str = "arn:aws:iam::210000000011:role/ml/Trainer";

/// A document that allows or denies one action
fn document(effect: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S","Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#
    )
}

/// A resource change; `before` and `after` may be null
fn change(
    address: &str,
    actions: &[&str],
    before: impl Into<Value>,
    after: impl Into<Value>,
    unknown: impl Into<Value>,
) -> Value {
    let own = address.rsplit_once("module.").map_or(address, |(_, rest)| rest.split_once('.').unwrap().1);
    let module = address.strip_suffix(own).map(|module| module.trim_end_matches('.')).unwrap_or_default();
    let (own, index) = own.split_once('[').map_or((own, None), |(own, index)| (own, index.strip_suffix(']')));
    let (kind, name) = own.split_once('.').unwrap();
    let mut change = json!({
        "address": address, "mode": "managed", "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": actions, "before": before.into(), "after": after.into(), "after_unknown": unknown.into(),
            "before_sensitive": {}, "after_sensitive": {},
        },
    });
    if !module.is_empty() {
        change["module_address"] = module.into();
    }
    if let Some(index) = index {
        change["index"] = serde_json::from_str(index).unwrap();
    }
    change
}

fn create(address: &str, after: Value, unknown: Value) -> Value {
    change(address, &["create"], Value::Null, after, unknown)
}

fn keep(address: &str, values: Value) -> Value {
    change(address, &["no-op"], values.clone(), values, json!({}))
}

fn delete(address: &str, before: Value) -> Value {
    change(address, &["delete"], before, Value::Null, json!({}))
}

/// A new role without anything
fn role() -> Value {
    create(
        "aws_iam_role.trainer",
        json!({"name": "Trainer", "path": "/ml/", "assume_role_policy": document_of_trust(), "tags": {"team": "vision"},
            "tags_all": {"team": "vision"}}),
        json!({"arn": true, "id": true, "unique_id": true, "inline_policy": true, "managed_policy_arns": true}),
    )
}

fn document_of_trust() -> String {
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#
        .to_owned()
}

/// The configuration of resources of the root module: address and expressions
fn configured(resources: &[(&str, Value)]) -> Value {
    json!({
        "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}},
        "root_module": {"resources": resources.iter().map(|(address, expressions)| of_configuration(address, expressions))
            .collect::<Vec<_>>()},
    })
}

fn of_configuration(address: &str, expressions: &Value) -> Value {
    let (kind, name) = address.split_once('.').unwrap();
    json!({"address": address, "mode": "managed", "type": kind, "name": name, "provider_config_key": "aws",
        "expressions": expressions})
}

fn text(changes: &[Value], configuration: &Value) -> String {
    json!({
        "format_version": "1.2", "terraform_version": "1.9.8", "planned_values": {"root_module": {}},
        "resource_changes": changes, "configuration": configuration,
    })
    .to_string()
}

fn read(text: &str) -> Result<Plan, Problems> {
    Plan::read(SourceFile::new("plan.json", text))
}

fn environment() -> Environment {
    Environment {
        account: Some(ACCOUNT.parse().unwrap()),
        region: Some("eu-west-1".parse().unwrap()),
        partition: Some("aws".parse().unwrap()),
        captured_at: None,
    }
}

fn planned(changes: &[Value], configuration: &Value) -> Plan {
    let reading = Reading { follows_references: true, manages_everything: false };
    read(&text(changes, configuration)).unwrap().applied_in(&environment(), reading)
}

/// What is attached to the trainer
fn identity(plan: &Plan) -> Identity {
    match plan.identity(None, &TRAINER.parse().unwrap()).unwrap() {
        Fact::Known(identity) => identity,
        other => panic!("expected a known identity, found {other:?}"),
    }
}

/// The names of the documents: the addresses that they come from
fn names(identity: &Identity) -> Vec<String> {
    let mut names: Vec<String> = identity.policies.iter().map(|policy| policy.origin.name.to_string()).collect();
    names.sort();
    names
}

/// What is not known, one line each
fn unread(identity: &Identity) -> String {
    identity.unread.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn references(references: &[&str]) -> Value {
    json!({"references": references})
}
