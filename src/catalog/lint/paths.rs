//! The members of a request, from its JSON Schema

use crate::json::Node;

/// The paths that a JSON Schema with `properties` and `items` admits
pub(super) struct RequestPaths {
    members: Vec<Member>,
}

struct Member {
    path: String,
    is_leaf: bool,
}

impl RequestPaths {
    /// Walks a schema
    pub(super) fn of(schema: &Node) -> Self {
        let mut paths = Self { members: Vec::new() };
        paths.walk(schema, "");
        paths
    }

    fn walk(&mut self, schema: &Node, path: &str) {
        for member in schema.member("properties").map(Node::members).unwrap_or_default() {
            let path = if path.is_empty() { member.key.clone() } else { format!("{path}.{}", member.key) };
            self.add(&member.value, &path);
        }
        if let Some(items) = schema.member("items") {
            self.add(items, &format!("{path}[]"));
        }
    }

    fn add(&mut self, schema: &Node, path: &str) {
        let is_leaf = schema.member("properties").is_none() && schema.member("items").is_none();
        self.members.push(Member { path: path.to_owned(), is_leaf });
        self.walk(schema, path);
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.members().any(|member| member == path)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.path.as_str())
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = &str> {
        self.members.iter().filter(|member| member.is_leaf).map(|member| member.path.as_str())
    }
}
