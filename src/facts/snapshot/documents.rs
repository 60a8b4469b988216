//! Policy documents, plain or in the wrapping that an AWS CLI command gives them

use std::sync::Arc;

use crate::json::{self, Node};
use crate::policy::{Document, PolicyType, parse};
use crate::source::{Problems, SourceFile};

/// Reads a file that holds one policy document: plain, as a string, or as a command of the AWS CLI prints it
///
/// Wrappings known: `{"Policy": "…"}` (`get-bucket-policy`, `get-key-policy`), `{"Policy": {"Content": "…"}}`
/// (`organizations describe-policy`), `{"PolicyVersion": {"Document": …}}` (`get-policy-version`) and
/// `{"PolicyDocument": …}` (`get-role-policy`).
///
/// # Errors
/// All problems of the document, each with its place.
pub fn document(file: &SourceFile, name: &str, policy_type: PolicyType) -> Result<Arc<Document>, Problems> {
    let node = json::parse(file)?;
    let duplicates = json::duplicate_keys(&file.name, &node);
    if duplicates.is_empty() { wrapped(file, &node, name, policy_type) } else { Err(Problems(duplicates)) }
}

/// Reads a document from a JSON value, plain or wrapped
pub(super) fn wrapped(
    file: &SourceFile,
    node: &Node,
    name: &str,
    policy_type: PolicyType,
) -> Result<Arc<Document>, Problems> {
    parse::parse_node(file, inner(node), name, policy_type).map(Arc::new)
}

/// The value that holds the document itself
fn inner(node: &Node) -> &Node {
    let is_document = ["Version", "Id", "Statement"].iter().any(|key| node.member(key).is_some());
    if is_document {
        return node;
    }
    let policy = node.member("Policy").map(|policy| policy.member("Content").unwrap_or(policy));
    let version = || node.member("PolicyVersion").and_then(|version| version.member("Document"));
    policy.or_else(version).or_else(|| node.member("PolicyDocument")).unwrap_or(node)
}
