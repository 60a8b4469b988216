//! One resource of a plan: what is done with it, and its attributes before and after

use crate::json::{Node, Value};
use crate::source::Position;

use super::modules::ModulePath;

/// Why a value is not there
pub(super) const AFTER_APPLY: &str = "known after apply";
const SENSITIVE: &str = "the plan marks it as sensitive, so it is not read";
const DEFERRED: &str = "the plan defers it to a later one";
const OTHER: &str = "the plan does something with it that this version does not know";
const UNREADABLE: &str = "the plan holds a value of another kind than expected";

/// What a plan does with a resource
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// `no-op`
    Keep,
    /// `create`
    Create,
    /// `update`
    Update,
    /// `delete` and `create`, in either order
    Replace {
        /// The new one comes first
        create_first: bool,
    },
    /// `delete`
    Delete,
    /// `forget`: it stays as it is, and Terraform no longer looks after it
    Forget,
    /// Put off
    Deferred,
    /// Anything else
    Other,
}

impl Action {
    /// Reads the list of actions
    pub(super) fn of(actions: &[String]) -> Self {
        let words: Vec<&str> = actions.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["no-op"] => Self::Keep,
            ["create"] => Self::Create,
            ["update"] => Self::Update,
            ["delete", "create"] => Self::Replace { create_first: false },
            ["create", "delete"] => Self::Replace { create_first: true },
            ["delete"] => Self::Delete,
            ["forget"] => Self::Forget,
            _ => Self::Other,
        }
    }
}

/// An attribute after apply
#[derive(Debug, Clone, Copy)]
pub(super) enum Field<T> {
    /// It has this value
    Known(T),
    /// It is not set
    Absent,
    /// It is not known, for this reason
    Unknown(&'static str),
}

impl<T> Field<T> {
    /// The value, where it is known
    pub(super) fn known(self) -> Option<T> {
        if let Self::Known(value) = self { Some(value) } else { None }
    }
}

/// A list of texts, as far as it is known
#[derive(Debug, Default)]
pub(super) struct Texts<'r> {
    /// The elements that are known
    pub(super) known: Vec<&'r str>,
    /// How many are not; `None` when that is not known either
    pub(super) open: Option<usize>,
    /// Why not
    pub(super) why: &'static str,
}

/// One resource
#[derive(Debug)]
pub(super) struct Resource {
    /// `module.a["x"].aws_iam_role.train[0]`
    pub(super) address: String,
    /// The modules that it stands in
    pub(super) module: ModulePath,
    /// `aws_iam_role`
    pub(super) kind: String,
    /// `train`
    pub(super) name: String,
    /// What stands in brackets: `0` or `"x"`
    pub(super) index: Option<String>,
    /// What is done with it
    pub(super) action: Action,
    /// Where it stands in the file
    pub(super) at: Position,
    /// The member `change`
    pub(super) change: Node,
}

impl Resource {
    /// Whether there is one after apply
    pub(super) fn stays(&self) -> bool {
        self.action != Action::Delete
    }

    /// Whether what was there before goes or changes
    pub(super) fn changes_what_was(&self) -> bool {
        matches!(self.action, Action::Update | Action::Delete | Action::Replace { .. })
    }

    /// An attribute after apply
    pub(super) fn after(&self, attribute: &str) -> Field<&Node> {
        let (values, unknown, sensitive) = match self.action {
            Action::Deferred => return Field::Unknown(DEFERRED),
            Action::Other => return Field::Unknown(OTHER),
            Action::Delete => return Field::Absent,
            Action::Forget => ("before", "", "before_sensitive"),
            _ => ("after", "after_unknown", "after_sensitive"),
        };
        if self.marked(unknown, attribute).is_some_and(holds_true) {
            return Field::Unknown(AFTER_APPLY);
        }
        if self.marked(sensitive, attribute).is_some_and(holds_true) {
            return Field::Unknown(SENSITIVE);
        }
        match self.change.member(values).and_then(|values| values.member(attribute)) {
            Some(node) if !node.is_null() => Field::Known(node),
            _ => Field::Absent,
        }
    }

    /// A text after apply; an empty one counts as not set
    pub(super) fn text(&self, attribute: &str) -> Field<&str> {
        match self.after(attribute) {
            Field::Known(node) => match node.text() {
                Some("") => Field::Absent,
                Some(text) => Field::Known(text),
                None => Field::Unknown(UNREADABLE),
            },
            Field::Absent => Field::Absent,
            Field::Unknown(why) => Field::Unknown(why),
        }
    }

    /// A boolean after apply
    pub(super) fn flag(&self, attribute: &str) -> Field<bool> {
        match self.after(attribute) {
            Field::Known(node) => node.boolean().map_or(Field::Unknown(UNREADABLE), Field::Known),
            Field::Absent => Field::Absent,
            Field::Unknown(why) => Field::Unknown(why),
        }
    }

    /// A list of texts after apply, as far as it is known; one that is not set is empty
    pub(super) fn texts(&self, attribute: &str) -> Texts<'_> {
        let node = match self.after(attribute) {
            Field::Known(node) => node,
            Field::Absent => return Texts { open: Some(0), ..Texts::default() },
            Field::Unknown(AFTER_APPLY) => return self.partly_known(attribute),
            Field::Unknown(why) => return Texts { why, ..Texts::default() },
        };
        let texts: Vec<&str> = node.elements().iter().filter_map(Node::text).collect();
        if matches!(node.value, Value::Array(_)) && texts.len() == node.elements().len() {
            return Texts { known: texts, open: Some(0), why: "" };
        }
        Texts { why: UNREADABLE, ..Texts::default() }
    }

    /// A list of which some elements are known after apply
    fn partly_known(&self, attribute: &str) -> Texts<'_> {
        let nothing = Texts { why: AFTER_APPLY, ..Texts::default() };
        let Some(unknown) = self.marked("after_unknown", attribute) else { return nothing };
        let after = self.change.member("after").and_then(|values| values.member(attribute));
        let (Some(after), Value::Array(marks)) = (after, &unknown.value) else { return nothing };
        if self.marked("after_sensitive", attribute).is_some_and(holds_true) {
            return Texts { why: SENSITIVE, ..Texts::default() };
        }
        let open = marks.iter().filter(|mark| holds_true(mark)).count();
        let known: Vec<&str> = after.elements().iter().filter_map(Node::text).collect();
        let nulls = after.elements().iter().filter(|element| element.is_null()).count();
        if known.len() + nulls != after.elements().len() || nulls > open {
            return nothing;
        }
        Texts { known, open: Some(open), why: AFTER_APPLY }
    }

    /// An attribute as it was; used to find what goes, never shown
    pub(super) fn before(&self, attribute: &str) -> Option<&Node> {
        self.change.member("before")?.member(attribute).filter(|node| !node.is_null())
    }

    /// A text as it was
    pub(super) fn before_text(&self, attribute: &str) -> Option<&str> {
        self.before(attribute)?.text().filter(|text| !text.is_empty())
    }

    /// A list of texts as it was
    pub(super) fn before_texts(&self, attribute: &str) -> Vec<&str> {
        self.before(attribute).map(|node| node.elements().iter().filter_map(Node::text).collect()).unwrap_or_default()
    }

    /// What a tree of marks says of an attribute; `true` in place of the tree says it of all
    fn marked(&self, tree: &str, attribute: &str) -> Option<&Node> {
        let tree = self.change.member(tree)?;
        if tree.boolean().is_some() { Some(tree) } else { tree.member(attribute) }
    }
}

/// Whether a tree of marks has one that is set
fn holds_true(node: &Node) -> bool {
    match &node.value {
        Value::Bool(mark) => *mark,
        Value::Array(elements) => elements.iter().any(holds_true),
        Value::Object(members) => members.iter().any(|member| holds_true(&member.value)),
        _ => false,
    }
}
