//! Documents with one part taken out

use std::sync::Arc;

use crate::policy::{Condition, Document, Effect, Listing, Statement, Text};

/// A part of an `Allow` statement
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The whole statement
    Statement,
    /// One of its actions
    Action(String),
    /// One of its resources
    Resource(String),
    /// One of several values of a condition
    Value {
        /// The operator
        operator: String,
        /// The key
        key: String,
        /// The value
        value: String,
    },
    /// A condition
    Condition {
        /// The operator
        operator: String,
        /// The key
        key: String,
        /// Its values
        values: Vec<String>,
    },
}

/// A document without one part
#[derive(Debug)]
pub(super) struct Variant {
    /// The statement's place in the document, from 0
    pub(super) statement: usize,
    pub(super) part: Part,
    pub(super) document: Arc<Document>,
}

/// Every way to take one part out of the `Allow` statements; what a statement excludes is left as it is
pub(super) fn variants(document: &Document) -> Vec<Variant> {
    let allowing = document.statements.iter().enumerate().filter(|(_, statement)| statement.effect == Effect::Allow);
    allowing.flat_map(|(place, statement)| of_statement(document, place, statement)).collect()
}

fn of_statement(document: &Document, place: usize, statement: &Statement) -> Vec<Variant> {
    let variant = |part: Part, changed: Option<Statement>| {
        let mut document = document.clone();
        match (changed, document.statements.get_mut(place)) {
            (Some(changed), Some(own)) => *own = changed,
            _ => {
                document.statements.remove(place);
            }
        }
        // Statements are found by their place.
        for (index, statement) in document.statements.iter_mut().enumerate() {
            statement.index = index;
        }
        Variant { statement: place, part, document: Arc::new(document) }
    };
    let mut all = vec![variant(Part::Statement, None)];
    for (text, rest) in without_each(statement.action.listing, &statement.action.patterns) {
        let mut changed = statement.clone();
        changed.action.patterns = rest;
        all.push(variant(Part::Action(text), Some(changed)));
    }
    if let Some(resource) = &statement.resource {
        for (text, rest) in without_each(resource.listing, &resource.patterns) {
            let mut changed = statement.clone();
            changed.resource = Some(crate::policy::ResourceElement { patterns: rest, ..resource.clone() });
            all.push(variant(Part::Resource(text), Some(changed)));
        }
    }
    for (index, condition) in statement.conditions.iter().enumerate() {
        all.extend(
            of_condition(statement, index, condition).into_iter().map(|(part, changed)| variant(part, Some(changed))),
        );
    }
    all
}

/// Each of several listed texts, and the others without it
fn without_each(listing: Listing, texts: &[Text]) -> Vec<(String, Vec<Text>)> {
    if listing == Listing::AllBut || texts.len() < 2 {
        return Vec::new();
    }
    let without =
        |place: usize| texts.iter().enumerate().filter(move |(own, _)| *own != place).map(|(_, text)| text.clone());
    texts.iter().enumerate().map(|(place, text)| (text.text.to_string(), without(place).collect())).collect()
}

fn of_condition(statement: &Statement, index: usize, condition: &Condition) -> Vec<(Part, Statement)> {
    let (operator, key) = (condition.operator.to_string(), condition.key.to_string());
    let mut without = statement.clone();
    without.conditions.remove(index);
    let values = condition.values.iter().map(ToString::to_string).collect();
    let mut all = vec![(Part::Condition { operator: operator.clone(), key: key.clone(), values }, without)];
    if condition.values.len() > 1 {
        for (place, value) in condition.values.iter().enumerate() {
            let mut changed = statement.clone();
            if let Some(own) = changed.conditions.get_mut(index) {
                own.values.remove(place);
            }
            let (operator, key) = (operator.clone(), key.clone());
            all.push((Part::Value { operator, key, value: value.to_string() }, changed));
        }
    }
    all
}

impl Part {
    /// What it is, in one word
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Action(_) => "action",
            Self::Resource(_) => "resource",
            Self::Value { .. } => "value",
            Self::Condition { .. } => "condition",
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Statement => f.write_str("all"),
            Self::Action(text) | Self::Resource(text) => f.write_str(text),
            Self::Value { operator, key, value } => write!(f, "{value} of {operator} {key}"),
            Self::Condition { operator, key, .. } => write!(f, "{operator} {key}"),
        }
    }
}
