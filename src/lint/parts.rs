//! A document's parts with their places, read as far as they can be
//!
//! The policy parser keeps what decides; rules about the writing also need the place of versions, ids, operators and
//! values, also in documents that the parser refuses. What has the wrong form is left out here: the parser reports it.

use std::borrow::Cow;

use crate::json::{Node, Value};
use crate::policy::{Effect, Listing, Operator, OperatorKind};
use crate::source::Position;

/// A document
pub(super) struct Parts<'n> {
    pub(super) node: &'n Node,
    pub(super) statements: Vec<Statement<'n>>,
}

/// A text and its place
#[derive(Debug, Clone)]
pub(super) struct Word<'n> {
    pub(super) text: Cow<'n, str>,
    pub(super) at: Position,
}

/// A statement
pub(super) struct Statement<'n> {
    pub(super) node: &'n Node,
    pub(super) sid: Option<Word<'n>>,
    pub(super) effect: Option<Effect>,
    pub(super) action: Option<List<'n>>,
    pub(super) resource: Option<List<'n>>,
    /// The members of `Principal` or `NotPrincipal`, by their key: `AWS`, `Service`; the bare `"*"` under `AWS`
    pub(super) principals: Vec<(&'n str, List<'n>)>,
    pub(super) tests: Vec<Test<'n>>,
}

/// A list, or the one text that may stand for it
pub(super) struct List<'n> {
    pub(super) listing: Listing,
    /// The key before it: `Action`, `NotResource`, `AWS`
    pub(super) name: &'n str,
    /// The list itself
    pub(super) at: Position,
    /// Whether it is a list with nothing in it
    pub(super) is_empty: bool,
    pub(super) words: Vec<Word<'n>>,
}

/// An operator with one key and its values
pub(super) struct Test<'n> {
    pub(super) operator: Operator,
    /// The operator as written
    pub(super) name: Word<'n>,
    pub(super) key: Word<'n>,
    pub(super) values: List<'n>,
}

impl<'n> Parts<'n> {
    pub(super) fn read(node: &'n Node) -> Self {
        let statements = match node.member("Statement") {
            Some(list) if matches!(list.value, Value::Array(_)) => list.elements(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        Self { node, statements: statements.iter().map(Statement::read).collect() }
    }

    /// The language version, where it is one
    pub(super) fn version(&self) -> Option<Word<'n>> {
        word(self.node.member("Version")?)
    }
}

impl<'n> Statement<'n> {
    fn read(node: &'n Node) -> Self {
        let effect = match node.member("Effect").and_then(Node::text) {
            Some("Allow") => Some(Effect::Allow),
            Some("Deny") => Some(Effect::Deny),
            _ => None,
        };
        Self {
            node,
            sid: node.member("Sid").and_then(word),
            effect,
            action: List::of(node, "Action", "NotAction"),
            resource: List::of(node, "Resource", "NotResource"),
            principals: principals(node),
            tests: node.member("Condition").map(tests).unwrap_or_default(),
        }
    }

    pub(super) fn allows(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    pub(super) fn denies(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }

    /// The tests of a key, by its name in lower case
    pub(super) fn tests_of(&self, folded: &str) -> impl Iterator<Item = &Test<'n>> {
        self.tests.iter().filter(move |test| test.key.text.eq_ignore_ascii_case(folded))
    }

    /// Whether the statement applies only to requests that carry a key
    pub(super) fn demands(&self, key: &str) -> bool {
        self.tests_of(key).any(Test::demands_the_key)
    }
}

impl<'n> List<'n> {
    /// One of two members, the second of which lists what is left out
    fn of(node: &'n Node, only: &'static str, all_but: &'static str) -> Option<Self> {
        let list = |name, listing| node.member(name).map(|value| Self::read(name, listing, value));
        list(only, Listing::Only).or_else(|| list(all_but, Listing::AllBut))
    }

    fn read(name: &'n str, listing: Listing, node: &'n Node) -> Self {
        let words: Vec<Word<'n>> = match &node.value {
            Value::Array(elements) => elements.iter().filter_map(word).collect(),
            _ => word(node).into_iter().collect(),
        };
        let is_empty = matches!(&node.value, Value::Array(elements) if elements.is_empty());
        Self { listing, name, at: node.at, is_empty, words }
    }
}

impl Test<'_> {
    /// The comparison
    pub(super) fn kind(&self) -> OperatorKind {
        self.operator.kind
    }

    /// Whether it holds for no request without the key
    fn demands_the_key(&self) -> bool {
        let Operator { quantifier, kind, if_exists } = self.operator;
        if kind == OperatorKind::Null {
            return quantifier.is_none()
                && self.values.words.iter().all(|value| value.text.eq_ignore_ascii_case("false"));
        }
        match quantifier {
            Some(crate::policy::Quantifier::All) => false,
            Some(crate::policy::Quantifier::Any) => !if_exists,
            None => !if_exists && !kind.is_negated(),
        }
    }
}

/// A string, number or boolean as text
fn word(node: &Node) -> Option<Word<'_>> {
    let text = match &node.value {
        Value::String(text) => Cow::Borrowed(&**text),
        Value::Number(text) => Cow::Borrowed(text.as_str()),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(Word { text, at: node.at })
}

fn principals(node: &Node) -> Vec<(&str, List<'_>)> {
    let mut all = Vec::new();
    for (name, listing) in [("Principal", Listing::Only), ("NotPrincipal", Listing::AllBut)] {
        let Some(element) = node.member(name) else { continue };
        if element.text().is_some() {
            all.push(("AWS", List::read("AWS", listing, element)));
        }
        all.extend(element.members().iter().map(|member| {
            let key = member.key.as_str();
            (key, List::read(key, listing, &member.value))
        }));
    }
    all
}

fn tests(condition: &Node) -> Vec<Test<'_>> {
    let mut tests = Vec::new();
    for member in condition.members() {
        let Some(operator) = Operator::parse(&member.key) else { continue };
        for entry in member.value.members() {
            tests.push(Test {
                operator,
                name: Word { text: Cow::Borrowed(&member.key), at: member.at },
                key: Word { text: Cow::Borrowed(&entry.key), at: entry.at },
                values: List::read(&entry.key, Listing::Only, &entry.value),
            });
        }
    }
    tests
}
