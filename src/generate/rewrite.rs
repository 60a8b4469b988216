//! Policy documents written out again, possibly with other statements

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::policy::{
    Document, Effect, Listing, PolicyType, PrincipalElement, PrincipalType, Statement, Text, Version, parse,
};
use crate::source::SourceFile;

/// A statement as a policy holds it, with everything in it
pub(super) fn statement(statement: &Statement) -> Value {
    let mut object = Map::new();
    if let Some(sid) = &statement.sid {
        object.insert("Sid".to_owned(), json!(**sid));
    }
    let effect = if statement.effect == Effect::Allow { "Allow" } else { "Deny" };
    object.insert("Effect".to_owned(), json!(effect));
    if let Some(element) = &statement.principal {
        object.insert(named("Principal", element.listing), principal(element));
    }
    let texts = |texts: &[Text]| one_or_many(texts.iter().map(|text| json!(*text.text)).collect());
    object.insert(named("Action", statement.action.listing), texts(&statement.action.patterns));
    if let Some(resource) = &statement.resource {
        object.insert(named("Resource", resource.listing), texts(&resource.patterns));
    }
    let mut conditions = Map::new();
    for condition in &statement.conditions {
        let block = conditions.entry(condition.operator.to_string()).or_insert_with(|| json!({}));
        if let Some(block) = block.as_object_mut() {
            let values = condition.values.iter().map(|value| json!(**value)).collect();
            block.insert(condition.key.to_string(), one_or_many(values));
        }
    }
    if !conditions.is_empty() {
        object.insert("Condition".to_owned(), Value::Object(conditions));
    }
    Value::Object(object)
}

fn named(element: &str, listing: Listing) -> String {
    if listing == Listing::Only { element.to_owned() } else { format!("Not{element}") }
}

fn principal(element: &PrincipalElement) -> Value {
    let mut object = Map::new();
    for member in &element.members {
        let kind = match member.kind {
            PrincipalType::Aws => "AWS",
            PrincipalType::Service => "Service",
            PrincipalType::Federated => "Federated",
            PrincipalType::CanonicalUser => "CanonicalUser",
        };
        let list = object.entry(kind.to_owned()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(json!(*member.text));
        }
    }
    for list in object.values_mut() {
        *list = one_or_many(list.as_array().cloned().unwrap_or_default());
    }
    Value::Object(object)
}

fn one_or_many(values: Vec<Value>) -> Value {
    match <[Value; 1]>::try_from(values) {
        Ok([value]) => value,
        Err(values) => Value::Array(values),
    }
}

/// A document with other statements: its version and id stay
pub(super) fn document(of: Option<&Document>, statements: &[Value]) -> Value {
    let mut object = Map::new();
    let version = match of.map(|document| document.version) {
        Some(Version::V2008) => "2008-10-17",
        Some(Version::V2012) | None => "2012-10-17",
    };
    object.insert("Version".to_owned(), json!(version));
    if let Some(id) = of.and_then(|document| document.id.as_ref()) {
        object.insert("Id".to_owned(), json!(id));
    }
    object.insert("Statement".to_owned(), json!(statements));
    Value::Object(object)
}

/// A document with everything in it and further statements, none that it has already
///
/// Statement ids stay unique: a further one that is taken gets a number.
pub(super) fn extended(old: Option<&Document>, further: &[Value]) -> Value {
    let mut all: Vec<Value> = old.iter().flat_map(|document| document.statements.iter().map(statement)).collect();
    let unnamed = |value: &Value| {
        let mut value = value.clone();
        value.as_object_mut().map(|object| object.remove("Sid"));
        value
    };
    for value in further {
        if all.iter().any(|own| unnamed(own) == unnamed(value)) {
            continue;
        }
        let mut value = value.clone();
        let sid = value.get("Sid").and_then(Value::as_str).unwrap_or_default().to_owned();
        let taken = |sid: &str| all.iter().any(|own| own.get("Sid").and_then(Value::as_str) == Some(sid));
        let mut free = std::iter::once(sid.clone()).chain((2..).map(|number| format!("{sid}{number}")));
        if let (Some(object), Some(free)) = (value.as_object_mut(), free.find(|sid| !taken(sid))) {
            object.insert("Sid".to_owned(), json!(free));
        }
        all.push(value);
    }
    document(old, &all)
}

/// A written document as the engine reads it; `None` when it is no policy, which would be a defect
pub(super) fn parsed(value: &Value, name: &str, kind: PolicyType) -> Option<Arc<Document>> {
    let file = SourceFile::new(name, format!("{value:#}"));
    parse::parse(&file, name, kind).ok().map(Arc::new)
}
