//! The shape of AWS CLI output: members that must be there, and of which type
//!
//! Members that nobody asks for are ignored, since AWS adds some over the years. A member that holds
//! `null` counts as left out, the way `jq` writes it.

use std::sync::Arc;

use crate::json::{Node, Value};
use crate::source::{Position, Problem, Problems};

/// Asks for members and notes everything that is not as it should be
///
/// INVARIANT: a `None` from a method for a required member means that a problem has been noted.
pub(super) struct Shape<'f> {
    file: &'f Arc<str>,
    problems: Vec<Problem>,
}

impl<'f> Shape<'f> {
    /// Nothing noted yet
    pub(super) fn new(file: &'f Arc<str>) -> Self {
        Self { file, problems: Vec::new() }
    }

    /// Notes a problem
    pub(super) fn report(&mut self, at: Position, message: impl Into<String>) {
        self.problems.push(Problem::at(self.file, at, message));
    }

    /// Notes problems found elsewhere
    pub(super) fn extend(&mut self, problems: Problems) {
        self.problems.extend(problems.0);
    }

    /// A member that must be there
    pub(super) fn member<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = self.optional(node, key);
        if found.is_none() && matches!(node.value, Value::Object(_)) {
            self.report(node.at, format!("the object has no `{key}`"));
        }
        found
    }

    /// A member that may be left out; the node itself must be an object
    pub(super) fn optional<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        if !matches!(node.value, Value::Object(_)) {
            self.report(node.at, format!("expected an object with `{key}`, this is {}", node.kind()));
        }
        node.member(key).filter(|member| !member.is_null())
    }

    /// A string that must be there
    pub(super) fn text<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n str> {
        let member = self.member(node, key)?;
        self.typed(member, key, "a string", Node::text)
    }

    /// A string that may be left out
    pub(super) fn optional_text<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n str> {
        let member = self.optional(node, key)?;
        self.typed(member, key, "a string", Node::text)
    }

    /// A boolean that must be there
    pub(super) fn flag(&mut self, node: &Node, key: &str) -> Option<bool> {
        let member = self.member(node, key)?;
        self.typed(member, key, "true or false", Node::boolean)
    }

    /// A boolean that may be left out
    pub(super) fn optional_flag(&mut self, node: &Node, key: &str) -> Option<bool> {
        let member = self.optional(node, key)?;
        self.typed(member, key, "true or false", Node::boolean)
    }

    /// An array that must be there; empty when it is not, which is noted
    pub(super) fn list<'n>(&mut self, node: &'n Node, key: &str) -> &'n [Node] {
        let member = self.member(node, key);
        member.and_then(|member| self.typed(member, key, "an array", elements)).unwrap_or_default()
    }

    /// An array that may be left out
    pub(super) fn optional_list<'n>(&mut self, node: &'n Node, key: &str) -> &'n [Node] {
        let member = self.optional(node, key);
        member.and_then(|member| self.typed(member, key, "an array", elements)).unwrap_or_default()
    }

    /// An array of strings that may be left out
    pub(super) fn optional_texts(&mut self, node: &Node, key: &str) -> Vec<String> {
        let elements = self.optional_list(node, key).iter();
        elements.filter_map(|element| self.typed(element, key, "strings", Node::text)).map(str::to_owned).collect()
    }

    /// A value of a type, which must be of it
    pub(super) fn typed<'n, T>(
        &mut self,
        node: &'n Node,
        key: &str,
        kind: &str,
        read: impl FnOnce(&'n Node) -> Option<T>,
    ) -> Option<T> {
        let value = read(node);
        if value.is_none() {
            self.report(node.at, format!("`{key}` must be {kind}, this is {}", node.kind()));
        }
        value
    }

    /// Everything that was noted
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// The value, or everything that was noted
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Problems> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Problems(self.problems)),
        }
    }
}

fn elements(node: &Node) -> Option<&[Node]> {
    matches!(node.value, Value::Array(_)).then(|| node.elements())
}
