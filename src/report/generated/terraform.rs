//! Documents as Terraform configuration, laid out as `terraform fmt` does

use crate::generate::{Generated, Place, Statement};

/// How Terraform configuration holds a document
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// As a data source `aws_iam_policy_document`
    DataSource,
    /// As JSON made by `jsonencode`
    Plain,
}

/// The documents, and the managed policies that hold the identity policies
///
/// For buckets and keys only the documents: a resource would replace the policy that lies there.
pub(super) fn configuration(documents: &[Generated], shape: Shape) -> String {
    let blocks = documents.iter().flat_map(|document| match shape {
        Shape::DataSource => vec![Some(data_source(document)), managed(document, &reference(document))],
        Shape::Plain => {
            let value = encoded(&document.json(), 1);
            let alone = || format!("locals {{\n  {} = jsonencode({value})\n}}\n", name(document));
            let policy = managed(document, &format!("jsonencode({value})"));
            vec![Some(policy.unwrap_or_else(alone))]
        }
    });
    blocks.flatten().collect::<Vec<_>>().join("\n")
}

/// A Terraform name: letters, digits, `_` and `-`, not beginning with a digit
fn name(document: &Generated) -> String {
    document.place.name().chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn reference(document: &Generated) -> String {
    format!("data.aws_iam_policy_document.{}.json", name(document))
}

fn managed(document: &Generated, policy: &str) -> Option<String> {
    let own = matches!(document.place, Place::Identity(_));
    let parts = [("name", text(&format!("iam-preflight-{}", name(document)))), ("policy", policy.to_owned())];
    own.then(|| format!("resource \"aws_iam_policy\" \"{}\" {{\n{}}}\n", name(document), attributes(&parts, 1)))
}

fn data_source(document: &Generated) -> String {
    let statements: Vec<String> = document.statements.iter().map(statement).collect();
    format!(
        "data \"aws_iam_policy_document\" \"{}\" {{\n  version = \"2012-10-17\"\n\n{}}}\n",
        name(document),
        statements.join("\n")
    )
}

fn statement(statement: &Statement) -> String {
    let principal = statement.principal.as_ref().map(|principal| {
        block("principals", &[("type", text("AWS")), ("identifiers", list(std::slice::from_ref(principal), 3))])
    });
    let mut body = attributes(
        &[
            ("sid", text(&statement.sid)),
            ("effect", text("Allow")),
            ("actions", list(&statement.actions, 2)),
            ("resources", list(&statement.resources, 2)),
        ],
        2,
    );
    body.extend(principal);
    for (test, key, values) in statement.restrictions.iter() {
        let values: Vec<String> = values.iter().cloned().collect();
        let parts = [("test", text(&test.to_string())), ("variable", text(key)), ("values", list(&values, 3))];
        body.push_str(&block("condition", &parts));
    }
    format!("  statement {{\n{body}  }}\n")
}

fn block(name: &str, parts: &[(&str, String)]) -> String {
    format!("\n    {name} {{\n{}    }}\n", attributes(parts, 3))
}

/// Attributes with their signs below each other; one over several lines stands for itself
fn attributes(parts: &[(&str, String)], depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let single = |(_, value): &(&str, String)| !value.contains('\n');
    let mut lines = String::new();
    for run in parts.chunk_by(|one, other| single(one) && single(other)) {
        let width = run.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in run {
            lines.extend([&indent, *name, &" ".repeat(width - name.len()), " = ", value, "\n"]);
        }
    }
    lines
}

/// A list, on one line as long as it is short
fn list(values: &[String], depth: usize) -> String {
    let texts: Vec<String> = values.iter().map(|value| text(value)).collect();
    if let [one] = texts.as_slice() {
        return format!("[{one}]");
    }
    let indent = "  ".repeat(depth);
    let lines = texts.iter().map(|text| format!("{indent}  {text},\n")).collect::<Vec<_>>().concat();
    format!("[\n{lines}{indent}]")
}

/// A JSON value in Terraform's syntax
fn encoded(value: &serde_json::Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        serde_json::Value::Object(members) => {
            let plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric());
            let key = |key: &str| if plain(key) { key.to_owned() } else { text(key) };
            let names: Vec<String> = members.keys().map(|name| key(name)).collect();
            let values = members.values().map(|value| encoded(value, depth + 1));
            let parts: Vec<(&str, String)> = names.iter().map(String::as_str).zip(values).collect();
            format!("{{\n{}{indent}}}", attributes(&parts, depth + 1))
        }
        serde_json::Value::Array(elements) => {
            let lines = elements.iter().map(|element| format!("{indent}  {},\n", encoded(element, depth + 1)));
            format!("[\n{}{indent}]", lines.collect::<Vec<_>>().concat())
        }
        serde_json::Value::String(own) => text(own),
        other => other.to_string(),
    }
}

/// A text in quotes; `${` and `%{` would begin a template
fn text(plain: &str) -> String {
    let quoted = serde_json::Value::String(plain.to_owned()).to_string();
    quoted.replace("${", "$${").replace("%{", "%%{")
}
