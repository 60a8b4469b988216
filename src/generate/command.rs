//! AWS CLI commands that make a change; they are printed, never run

use serde_json::Value;

use crate::evaluate::Layer;
use crate::source::shell_word;

/// The command, where all it needs is known
pub(super) fn of(layer: Layer, principal: &str, resource: &str, document: &Value) -> Option<String> {
    let text = shell_word(&document.to_string());
    let named = principal.splitn(6, ':').nth(5)?;
    let name = named.rsplit('/').next()?;
    let first = document["Statement"].as_array()?.first()?;
    let policy = format!("IamPreflight{}", first["Sid"].as_str().unwrap_or("Grant"));
    match layer {
        Layer::Identity if named.starts_with("role/") => Some(format!(
            "aws iam put-role-policy --role-name {} --policy-name {policy} --policy-document {text}",
            shell_word(name)
        )),
        Layer::Identity if named.starts_with("user/") => Some(format!(
            "aws iam put-user-policy --user-name {} --policy-name {policy} --policy-document {text}",
            shell_word(name)
        )),
        Layer::Resource if resource.contains(":kms:") => Some(format!(
            "aws kms put-key-policy --key-id {} --policy-name default --policy {text}",
            shell_word(resource)
        )),
        _ => None,
    }
}
