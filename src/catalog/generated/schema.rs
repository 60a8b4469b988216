//! The JSON Schema of a generated operation's request: the members at the top, and what looks relevant below

use serde_json::{Map, Value, json};

use crate::reference::{ApiOperation, Member, MemberKind};

/// The schema's text
pub(super) fn text(name: &str, request: &ApiOperation) -> String {
    let properties: Map<String, Value> =
        request.members.iter().map(|member| (member.name.to_owned(), of(member))).collect();
    let required: Vec<&str> =
        request.members.iter().filter(|member| member.required).map(|member| member.name).collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if let (Some(schema), false) = (schema.as_object_mut(), required.is_empty()) {
        schema.insert("required".to_owned(), required.into());
    }
    schema.to_string()
}

fn of(member: &Member) -> Value {
    let mut schema = match member.kind {
        MemberKind::Text | MemberKind::Word | MemberKind::Bytes => json!({ "type": "string" }),
        MemberKind::Number => json!({ "type": "number" }),
        MemberKind::Boolean => json!({ "type": "boolean" }),
        MemberKind::Time => json!({ "type": ["string", "number"] }),
        MemberKind::List => json!({ "type": "array" }),
        MemberKind::Map | MemberKind::Object => json!({ "type": "object" }),
        MemberKind::Tags => json!({ "type": ["array", "object"] }),
        MemberKind::Anything => json!({}),
    };
    for path in &member.relevant {
        let below = path.strip_prefix(member.name).unwrap_or_default();
        insert(&mut schema, below);
    }
    schema
}

/// Adds what `.A[].B` names below a schema
fn insert(schema: &mut Value, path: &str) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(rest) = path.strip_prefix("[]") {
        insert(object.entry("items").or_insert_with(|| json!({})), rest);
    } else if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, below) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let properties = object.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            insert(properties.entry(name).or_insert_with(|| json!({})), below);
        }
    }
}
