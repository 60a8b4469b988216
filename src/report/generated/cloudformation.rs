//! Documents as a CloudFormation template

use serde_json::{Value, json};

use crate::generate::{Generated, Place};

/// A template with a managed policy for each identity policy
///
/// Documents of buckets and keys stand in `Metadata`: as resources they would replace the policies that lie there.
pub(super) fn template(documents: &[Generated]) -> String {
    let (own, others): (Vec<&Generated>, Vec<&Generated>) =
        documents.iter().partition(|document| matches!(document.place, Place::Identity(_)));
    let mut template = serde_json::Map::new();
    template.insert("AWSTemplateFormatVersion".to_owned(), json!("2010-09-09"));
    template.insert("Description".to_owned(), json!("Least-privilege policies written by iam-preflight"));
    if !others.is_empty() {
        let named = others.iter().map(|document| (document.place.name(), document.json()));
        template.insert("Metadata".to_owned(), json!({ "StatementsToAdd": Value::Object(named.collect()) }));
    }
    let resources = own.iter().map(|document| {
        let resource = json!({
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": { "PolicyDocument": document.json() }
        });
        (logical(&document.place.name()), resource)
    });
    template.insert("Resources".to_owned(), Value::Object(resources.collect()));
    let mut text = String::new();
    block(&Value::Object(template), 0, &mut text);
    text
}

/// A logical id: letters and digits only
fn logical(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{}{rest}", first.to_ascii_uppercase())
    };
    words.map(capital).collect::<Vec<_>>().concat() + "Policy"
}

/// A value as YAML in block style; texts are JSON strings, which are YAML too
fn block(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric());
                let name = if plain { name.clone() } else { Value::String(name.clone()).to_string() };
                text.extend([&*indent, &name, ":"]);
                nested(value, depth, text);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                text.extend([&*indent, "-"]);
                nested(element, depth, text);
            }
        }
        scalar => text.extend([&*indent, &scalar.to_string(), "\n"]),
    }
}

fn nested(value: &Value, depth: usize, text: &mut String) {
    if value.is_object() || value.is_array() {
        text.push('\n');
        block(value, depth + 1, text);
    } else {
        text.extend([" ", &value.to_string(), "\n"]);
    }
}
