//! The members of a request, from its JSON Schema

use crate::json::Node;
use crate::reference::is_relevant;

/// The paths that a JSON Schema with `properties` and `items` admits
pub(super) struct RequestPaths {
    members: Vec<Member>,
}

struct Member {
    path: String,
    is_leaf: bool,
    /// Whether it is a text, none of some words, whose name says that it may need a permission
    is_relevant: bool,
}

/// A member without members
pub(super) struct Leaf<'p> {
    pub(super) path: &'p str,
    pub(super) is_relevant: bool,
}

impl Leaf<'_> {
    /// Whether a path is this leaf, or what holds it
    pub(super) fn is_within(&self, path: &str) -> bool {
        let rest = self.path.strip_prefix(path.trim_end_matches("[]"));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// Whether a path that a row uses says what this leaf needs: of a relevant one only its own, for a test that an
    /// object is there says nothing of the ARN inside of it
    pub(super) fn is_said_by(&self, path: &str) -> bool {
        let same = path.trim_end_matches("[]") == self.path.trim_end_matches("[]");
        same || (!self.is_relevant && self.is_within(path))
    }
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
        let is_text = schema.member("type").and_then(Node::text) == Some("string") && schema.member("enum").is_none();
        let name = path.rsplit('.').next().unwrap_or(path).trim_end_matches("[]");
        let is_relevant = is_leaf && is_text && is_relevant(name);
        self.members.push(Member { path: path.to_owned(), is_leaf, is_relevant });
        self.walk(schema, path);
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.members().any(|member| member == path)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.path.as_str())
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        let leaves = self.members.iter().filter(|member| member.is_leaf);
        leaves.map(|member| Leaf { path: &member.path, is_relevant: member.is_relevant })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn a_test_of_what_holds_a_relevant_member_says_nothing_of_it() {
        let schema = r#"{"properties": {"VpcConfig": {"properties": {
            "SubnetIds": {"items": {"type": "string"}},
            "Label": {"type": "string"},
            "SubnetMode": {"type": "string", "enum": ["one", "many"]}
        }}}}"#;
        let tree = crate::json::parse(&SourceFile::new("s", schema)).unwrap();
        let paths = RequestPaths::of(&tree);
        let said = |path: &str| -> Vec<String> {
            paths.leaves().filter(|leaf| leaf.is_said_by(path)).map(|leaf| leaf.path.to_owned()).collect()
        };
        assert_eq!(said("VpcConfig"), ["VpcConfig.Label", "VpcConfig.SubnetMode"]);
        assert_eq!(said("VpcConfig.SubnetIds"), ["VpcConfig.SubnetIds[]"]);
        assert_eq!(said("VpcConfig.SubnetIds[]"), ["VpcConfig.SubnetIds[]"]);
        assert!(paths.leaves().all(|leaf| leaf.is_within("VpcConfig")), "a list of members holds all that is inside");
    }
}
