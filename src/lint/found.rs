//! The policy documents in a file: alone, in the output of an AWS CLI command, or as text in a string

use crate::json::{self, Node, Value};
use crate::source::{Problem, SourceFile};

use super::{Expect, Kind};

/// A document and what its place says about its kind
pub(super) struct Found {
    pub(super) node: Node,
    pub(super) hint: Option<Kind>,
}

/// Members of AWS CLI output that hold documents, as objects or as text
const WRAPPINGS: [(&str, Option<Kind>); 5] = [
    ("AssumeRolePolicyDocument", Some(Kind::Trust)),
    ("PolicyDocument", None),
    ("Document", Some(Kind::Identity)),
    ("Policy", None),
    ("Content", None),
];

/// All documents of a file, in the order of their places
///
/// # Errors
/// When the file is not JSON, or a text that begins like a document is not.
pub(super) fn documents(file: &SourceFile, expect: Expect) -> Result<Vec<Found>, Problem> {
    let root = json::parse(file)?;
    let mut search = Search { file, found: Vec::new() };
    search.node(&root, None, 0)?;
    let mut found = search.found;
    if found.is_empty() && expect == Expect::Policy && !holds_nothing(&root) {
        found.push(Found { node: root, hint: None });
    }
    Ok(found)
}

/// `null`, or output that says that there is no policy
fn holds_nothing(root: &Node) -> bool {
    root.is_null() || root.member("Policy").is_some_and(Node::is_null)
}

/// Documents lie at most this deep in the output of a command
const DEEPEST: usize = 16;

struct Search<'f> {
    file: &'f SourceFile,
    found: Vec<Found>,
}

impl Search<'_> {
    fn node(&mut self, node: &Node, hint: Option<Kind>, depth: usize) -> Result<(), Problem> {
        match &node.value {
            Value::Object(_) if is_document(node) => self.found.push(Found { node: node.clone(), hint }),
            Value::String(text) if depth == 0 => self.text(node, text, hint)?,
            Value::Object(members) if depth < DEEPEST => {
                for member in members {
                    let wrapping = WRAPPINGS.iter().find(|(name, _)| *name == member.key);
                    let hint = wrapping.and_then(|(_, kind)| *kind).or(hint);
                    match member.value.text() {
                        Some(text) if wrapping.is_some() => self.text(&member.value, text, hint)?,
                        _ => self.node(&member.value, hint, depth + 1)?,
                    }
                }
            }
            Value::Array(elements) if depth < DEEPEST => {
                for element in elements {
                    self.node(element, hint, depth + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A document written as text, perhaps percent-encoded
    fn text(&mut self, node: &Node, text: &str, hint: Option<Kind>) -> Result<(), Problem> {
        let start = text.trim_start();
        if !start.starts_with('{') && !start.starts_with("%7B") && !start.starts_with("%7b") {
            return Ok(());
        }
        let inner = json::parse_embedded(self.file, node)?;
        if is_document(&inner) {
            self.found.push(Found { node: inner, hint });
        }
        Ok(())
    }
}

/// Has statements, or names the policy language
fn is_document(node: &Node) -> bool {
    let language = |version: &Node| matches!(version.text(), Some("2012-10-17" | "2008-10-17"));
    node.member("Statement").is_some_and(|statement| statement.text().is_none())
        || node.member("Version").is_some_and(language)
}
