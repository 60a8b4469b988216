//! A violation of a request schema, in our own words and with its place

use std::collections::HashMap;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Value as Plain, json};

use super::Request;
use super::words::{shortened, shown, thousands};
use crate::json::{Node, Value};
use crate::source::{Location, nearest};

/// Only this many characters are searched for the one that a pattern refuses
const SEARCHED: usize = 4096;

/// What sort of mistake a violation is
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViolationKind {
    /// A value of the wrong JSON type, `null` among them: the request cannot even be sent
    WrongType,
    /// A member that the operation does not have
    UnknownMember,
    /// A required member is not there
    Missing,
    /// A value that the service would refuse: length, pattern, number of entries, repetition
    Constraint,
}

/// One thing that the service would refuse in a request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The value; for an unknown member its key, for a missing one the opening brace of its object
    pub location: Location,
    /// JSON Pointer (RFC 6901) of the member; for a missing one, of the place where it belongs
    pub pointer: String,
    /// What sort of mistake it is
    pub kind: ViolationKind,
    /// The member, what was given and what the service accepts
    pub message: String,
    /// What to do about it
    pub help: Option<String>,
}

/// Turns the validator's errors into violations
pub(super) struct Words<'a> {
    request: &'a Request,
    schema: &'a Plain,
    matchers: HashMap<String, Option<Validator>>,
}

/// The value that an error is about
struct Subject<'a> {
    node: &'a Node,
    pointer: &'a str,
    /// Dotted, `Tags[3].Key`; empty for the whole request
    name: String,
    /// The part of the schema that speaks of it
    rules: &'a Plain,
}

impl<'a> Words<'a> {
    pub(super) fn new(request: &'a Request, schema: &'a Plain) -> Self {
        Self { request, schema, matchers: HashMap::new() }
    }

    /// The violations that one error stands for: one for each unknown member, otherwise one
    pub(super) fn violations(&mut self, error: &ValidationError<'_>) -> Vec<Violation> {
        let pointer = error.instance_path().as_str();
        let (node, name) = find(self.request.body(), pointer);
        let rules = rules_of(self.schema, error.schema_path().as_str());
        let subject = Subject { node, pointer, name, rules };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().map(|key| self.unknown(&subject, key)).collect()
            }
            ValidationErrorKind::Required { property } => {
                vec![self.missing(&subject, property.as_str().unwrap_or_default())]
            }
            ValidationErrorKind::Type { .. } => vec![self.wrong_type(&subject)],
            _ if refused_as_empty(error.kind(), &subject) => Vec::new(),
            kind => {
                let message = self.constraint(&subject, kind).unwrap_or_else(|| {
                    format!("{} is not accepted: {}", subject.title(), shortened(&error.to_string()))
                });
                vec![self.at(&subject, ViolationKind::Constraint, message, None)]
            }
        }
    }

    fn at(&self, subject: &Subject<'_>, kind: ViolationKind, message: String, help: Option<String>) -> Violation {
        let location = self.request.locate(subject.node.at);
        Violation { location, pointer: subject.pointer.to_owned(), kind, message, help }
    }

    fn unknown(&self, subject: &Subject<'_>, key: &str) -> Violation {
        let known: Vec<&str> = subject.properties().map(|(name, _)| name.as_str()).collect();
        let help = match nearest(key, known.iter().copied()) {
            Some(near) if near.eq_ignore_ascii_case(key) => {
                format!("did you mean `{near}`? names of members are case-sensitive")
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("members of {}: {}", subject.title(), known.join(", ")),
        };
        let at = subject.node.members().iter().find(|member| member.key == key).map_or(subject.node.at, |m| m.at);
        Violation {
            location: self.request.locate(at),
            pointer: subject.pointer_to(key),
            kind: ViolationKind::UnknownMember,
            message: format!("{} is not a member of {}", shown(key), subject.title()),
            help: Some(help),
        }
    }

    fn missing(&self, subject: &Subject<'_>, key: &str) -> Violation {
        let purpose = subject.properties().find(|(name, _)| *name == key);
        let purpose = purpose.and_then(|(_, rules)| rules.get("description")).and_then(Plain::as_str);
        Violation {
            location: self.request.locate(subject.node.at),
            pointer: subject.pointer_to(key),
            kind: ViolationKind::Missing,
            message: format!("`{}` is missing, the service requires it", subject.name_of(key)),
            help: purpose.map(|purpose| format!("give {purpose}")),
        }
    }

    fn wrong_type(&self, subject: &Subject<'_>) -> Violation {
        let accepted = accepted_types(subject.rules);
        let given = match &subject.node.value {
            Value::Number(text) => format!("a number ({})", shown(text)),
            Value::Bool(value) => format!("a boolean (`{value}`)"),
            _ => subject.node.kind().to_owned(),
        };
        let help = subject.node.is_null().then(|| format!("write {accepted}, or leave an optional member out"));
        let message = format!("{} is {given}, the service accepts {accepted}", subject.title());
        self.at(subject, ViolationKind::WrongType, message, help)
    }

    fn constraint(&mut self, subject: &Subject<'_>, kind: &ValidationErrorKind) -> Option<String> {
        match kind {
            ValidationErrorKind::MinLength { .. } | ValidationErrorKind::MaxLength { .. } => {
                let count = subject.node.text()?.chars().count();
                Some(subject.sized(count, "characters", ["minLength", "maxLength"]))
            }
            ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MaxItems { .. } => {
                Some(subject.sized(subject.node.elements().len(), "entries", ["minItems", "maxItems"]))
            }
            ValidationErrorKind::MinProperties { .. } | ValidationErrorKind::MaxProperties { .. } => {
                Some(subject.sized(subject.node.members().len(), "entries", ["minProperties", "maxProperties"]))
            }
            ValidationErrorKind::Pattern { pattern } => self.pattern(subject, pattern),
            ValidationErrorKind::Enum { options } => {
                let options: Vec<String> = options.as_array()?.iter().map(|option| format!("`{option}`")).collect();
                let given = subject.node.text().map_or_else(|| subject.node.kind().to_owned(), shown);
                Some(format!("{} is {given}, the service accepts {}", subject.title(), options.join(", ")))
            }
            _ => None,
        }
    }

    fn pattern(&mut self, subject: &Subject<'_>, pattern: &str) -> Option<String> {
        let text = subject.node.text()?;
        let title = subject.title();
        let Some(accepts) = subject.rules.get("x-accepts").and_then(Plain::as_str) else {
            return Some(format!("{title} is {}, the service accepts the pattern `{pattern}`", shown(text)));
        };
        Some(match self.first_refused(pattern, text) {
            Some((0, character)) => {
                format!(
                    "{title} begins with {}, the service accepts {accepts}",
                    shown(character.encode_utf8(&mut [0; 4]))
                )
            }
            Some((before, character)) => format!(
                "{title} is {} with {} as character {}, the service accepts {accepts}",
                shown(text),
                shown(character.encode_utf8(&mut [0; 4])),
                before + 1
            ),
            None => format!("{title} is {}, the service accepts {accepts}", shown(text)),
        })
    }

    /// The character that a pattern of allowed characters refuses, and how many stand before it
    fn first_refused(&mut self, pattern: &str, text: &str) -> Option<(usize, char)> {
        let matcher = self
            .matchers
            .entry(pattern.to_owned())
            .or_insert_with(|| super::schema::compile(&json!({ "pattern": pattern })).ok())
            .as_ref()?;
        let characters: Vec<(usize, char)> = text.char_indices().take(SEARCHED).collect();
        let before = characters.partition_point(|&(start, character)| {
            let beginning = text.get(..start + character.len_utf8()).unwrap_or_default();
            matcher.is_valid(&Plain::from(beginning))
        });
        characters.get(before).map(|&(_, character)| (before, character))
    }
}

impl<'a> Subject<'a> {
    fn title(&self) -> String {
        if self.name.is_empty() { "the request".to_owned() } else { format!("`{}`", self.name) }
    }

    fn name_of(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn pointer_to(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"))
    }

    fn properties(&self) -> impl Iterator<Item = (&'a String, &'a Plain)> + use<'a> {
        self.rules.get("properties").and_then(Plain::as_object).into_iter().flatten()
    }

    /// How large the value is and how large the schema lets it be
    fn sized(&self, size: usize, unit: &str, [least, most]: [&str; 2]) -> String {
        let limit = |keyword| self.rules.get(keyword).and_then(Plain::as_u64);
        let range = match (limit(least), limit(most)) {
            (Some(least), Some(most)) => format!("{} to {}", thousands(least), thousands(most)),
            (Some(least), None) => format!("at least {}", thousands(least)),
            (None, Some(most)) => format!("at most {}", thousands(most)),
            (None, None) => "another number".to_owned(),
        };
        let title = self.title();
        if size == 0 {
            return format!("{title} is empty, the service accepts {range} {unit}");
        }
        let size = thousands(u64::try_from(size).unwrap_or(u64::MAX));
        format!("{title} has {size} {}, the service accepts {range}", singular(&size, unit))
    }
}

fn singular<'u>(count: &str, unit: &'u str) -> &'u str {
    match unit {
        _ if count != "1" => unit,
        "entries" => "entry",
        _ => unit.trim_end_matches('s'),
    }
}

/// An empty string that is too short would otherwise be refused twice, by its pattern as well
fn refused_as_empty(kind: &ValidationErrorKind, subject: &Subject<'_>) -> bool {
    matches!(kind, ValidationErrorKind::Pattern { .. })
        && subject.node.text() == Some("")
        && subject.rules.get("minLength").and_then(Plain::as_u64).is_some_and(|least| least > 0)
}

/// The node at a JSON Pointer and its dotted name; the deepest node on the way where there is none
fn find<'n>(body: &'n Node, pointer: &str) -> (&'n Node, String) {
    let (mut node, mut name) = (body, String::new());
    for step in pointer.split('/').skip(1) {
        let key = step.replace("~1", "/").replace("~0", "~");
        if let Some(member) = node.member(&key) {
            name = if name.is_empty() { shortened(&key) } else { format!("{name}.{}", shortened(&key)) };
            node = member;
        } else if let Some(element) = key.parse().ok().and_then(|index: usize| node.elements().get(index)) {
            name = format!("{name}[{key}]");
            node = element;
        }
    }
    (node, name)
}

/// The object of the schema that holds the keyword at a schema path
fn rules_of<'s>(schema: &'s Plain, keyword: &str) -> &'s Plain {
    keyword.rsplit_once('/').and_then(|(holder, _)| schema.pointer(holder)).unwrap_or(&Plain::Null)
}

/// The types of a schema in words: `a string`, `a string or null`
fn accepted_types(rules: &Plain) -> String {
    let names = match rules.get("type") {
        Some(Plain::Array(names)) => names.iter().filter_map(Plain::as_str).collect(),
        Some(Plain::String(name)) => vec![name.as_str()],
        _ => Vec::new(),
    };
    let with_article = names.iter().map(|name| match *name {
        "null" => "null".to_owned(),
        "array" | "object" | "integer" => format!("an {name}"),
        other => format!("a {other}"),
    });
    with_article.collect::<Vec<_>>().join(" or ")
}
