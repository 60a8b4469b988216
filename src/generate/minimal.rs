//! Whether every part is needed: each is taken out, and the needs are judged again
//!
//! Without a statement, an action, a resource or a value some need must fail. Without a condition no
//! need fails, so a call is shown that the documents deny and the documents without it allow.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evaluate::{Decision, ENCRYPTION_CONTEXT_ARN};
use crate::facts::{Facts, ObjectEncryption};
use crate::iam::{ContextKey, ContextValue, Resource};
use crate::need::{Need, Target};
use crate::policy::{Document, Listing};
use crate::source::Location;

use super::parts::{Part, variants};
use super::tight::{Beyond, Measure, beyond, names};
use super::world::{Answered, InPlace, World};

/// What taking out a part does
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// These needs are no longer allowed
    Breaks(BTreeSet<String>),
    /// More is allowed: in words, what
    Widens(String),
    /// Nothing that the needs or the conditions show
    Nothing,
}

/// One part and what it is for
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartUse {
    /// The document's name
    pub document: String,
    /// The statement: its id, or its number from 1
    pub statement: String,
    /// Where the statement stands
    pub location: Location,
    /// The part
    pub part: Part,
    /// What taking it out does
    pub effect: Effect,
}

/// Whether every part of the documents is needed
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Minimality {
    /// Each part
    pub parts: Vec<PartUse>,
}

impl Minimality {
    /// The parts without which nothing changes
    pub fn needless(&self) -> impl Iterator<Item = &PartUse> {
        self.parts.iter().filter(|part| part.effect == Effect::Nothing)
    }

    /// Whether every part is needed
    #[must_use]
    pub fn holds(&self) -> bool {
        self.needless().next().is_none()
    }
}

/// Where one of the documents lies
#[derive(Debug, Clone, Copy)]
enum Slot<'a> {
    Identity(usize),
    Bucket(&'a str),
    Key(&'a str),
}

impl World<'_> {
    /// Takes each part out of the documents, one after the other
    ///
    /// `facts` are those in which the documents lie; of the dataset one object of each kind is judged
    /// that no policy can tell from the others.
    #[must_use]
    pub fn minimality(&self, documents: &InPlace, facts: &dyn Fn(&InPlace) -> Facts, needs: &[&Need]) -> Minimality {
        let base = facts(documents);
        let objects = self.one_of_each(&base, needs);
        let world = World { objects: &objects, ..*self };
        let before = world.judge(&base, needs.iter().copied());
        let allowed: BTreeSet<&str> = before
            .iter()
            .filter(|answer| answer.decision() == Decision::Allowed)
            .map(|answer| answer.need.id.as_str())
            .collect();
        let mut minimality = Minimality::default();
        for (slot, document) in documents.all() {
            for variant in variants(document) {
                let changed = facts(&documents.with(slot, &variant.document));
                // Taking away from an Allow changes only the needs that it speaks of.
                let concerned = needs.iter().copied().filter(|need| speaks_of(document, variant.statement, need));
                let after = world.judge(&changed, concerned);
                let broken: BTreeSet<String> = after
                    .iter()
                    .filter(|answer| {
                        allowed.contains(answer.need.id.as_str()) && answer.decision() != Decision::Allowed
                    })
                    .map(|answer| answer.need.id.clone())
                    .collect();
                let effect = match &variant.part {
                    _ if !broken.is_empty() => Effect::Breaks(broken),
                    Part::Condition { operator, key, values } => {
                        let condition = (operator.as_str(), key.as_str(), values.as_slice());
                        world.widened(condition, &before, (&base, &changed)).map_or(Effect::Nothing, Effect::Widens)
                    }
                    _ => Effect::Nothing,
                };
                let Some(statement) = document.statements.get(variant.statement) else { continue };
                minimality.parts.push(PartUse {
                    document: document.origin.name.to_string(),
                    statement: statement
                        .sid
                        .as_ref()
                        .map_or_else(|| (statement.index + 1).to_string(), ToString::to_string),
                    location: document.location(statement),
                    part: variant.part,
                    effect,
                });
            }
        }
        minimality
    }

    /// A call that is denied before and allowed after, in words
    fn widened(
        &self,
        (operator, key, values): (&str, &str, &[String]),
        before: &[Answered<'_>],
        (base, changed): (&Facts, &Facts),
    ) -> Option<String> {
        let parsed: ContextKey = key.parse().ok()?;
        let other = other_value(operator, values);
        let allowed = before.iter().filter(|answer| answer.decision() == Decision::Allowed);
        for mut need in allowed.flat_map(|answer| self.single(answer.need)) {
            need.context.retain(|(own, _)| *own != parsed);
            let values = other.iter().map(|value| value.as_str().into()).collect();
            need.context.push((parsed.clone(), ContextValue::Known(values)));
            let rows =
                |facts| self.judge(facts, [&need]).into_iter().flat_map(|answer| answer.rows).collect::<Vec<_>>();
            let denied = rows(base).iter().all(|row| row.decision.is_denied());
            if denied && rows(changed).iter().any(|row| row.decision == Decision::Allowed) {
                let other = other.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
                return Some(format!("{} when `{key}` is {other}", need.action));
            }
        }
        None
    }

    /// A need whose context can be set: keys of dataset objects by name, each with an object that it encrypts
    fn single(&self, need: &Need) -> Vec<Need> {
        if need.target != Target::DatasetKeys {
            return vec![need.clone()];
        }
        let Ok(context_key) = ENCRYPTION_CONTEXT_ARN.parse::<ContextKey>() else { return Vec::new() };
        let partition = self.facts.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
        let classes = self.objects.iter().flat_map(|(bucket, list)| list.iter().map(move |class| (bucket, class)));
        let needs = classes.filter_map(|(bucket, class)| {
            let Some(ObjectEncryption::Kms { key, bucket_key }) = &class.encryption else { return None };
            let tail = if *bucket_key { String::new() } else { format!("/{}", class.representative) };
            let arn = format!("arn:{partition}:s3:::{bucket}{tail}");
            let mut single = Need { target: Target::Resource(Resource::parse(key).ok()?), ..need.clone() };
            single.context.push((context_key.clone(), ContextValue::Known(vec![arn.into()])));
            Some(single)
        });
        let mut single: Vec<Need> = Vec::new();
        for need in needs {
            // One object for each way to use a key is enough.
            if !single.iter().any(|own| own.target == need.target) {
                single.push(need);
            }
        }
        single
    }
}

/// Whether a statement is about the action of a need
fn speaks_of(document: &Document, statement: usize, need: &Need) -> bool {
    let element = document.statements.get(statement).map(|statement| &statement.action);
    element.is_some_and(|element| {
        let listed = element.patterns.iter().any(|pattern| names(&pattern.text, &need.action));
        listed == (element.listing == Listing::Only)
    })
}

/// A value of the key that the condition refuses
fn other_value(operator: &str, values: &[String]) -> Vec<String> {
    if operator == "Bool" {
        return vec![if values.iter().any(|value| value == "true") { "false" } else { "true" }.to_owned()];
    }
    let other = "something-else".to_owned();
    if operator.starts_with("ForAllValues:") {
        return values.iter().cloned().chain([other]).collect();
    }
    vec![other]
}

impl InPlace {
    /// What the documents allow beyond the needs
    #[must_use]
    pub fn beyond(&self, measure: Measure<'_>) -> Vec<Beyond> {
        let of = |(slot, document): (Slot<'_>, &Arc<Document>)| {
            let own = if let Slot::Key(arn) = slot { Some(arn) } else { None };
            beyond(document, Measure { own, ..measure })
        };
        self.all().into_iter().flat_map(of).collect()
    }

    fn all(&self) -> Vec<(Slot<'_>, &Arc<Document>)> {
        let identity = self.identity.iter().enumerate().map(|(place, document)| (Slot::Identity(place), document));
        let buckets = self.buckets.iter().map(|(name, document)| (Slot::Bucket(name), document));
        let keys = self.keys.iter().map(|(arn, document)| (Slot::Key(arn), document));
        identity.chain(buckets).chain(keys).collect()
    }

    /// The same with another document in one place
    fn with(&self, slot: Slot<'_>, document: &Arc<Document>) -> Self {
        let mut changed = self.clone();
        match slot {
            Slot::Identity(place) => {
                if let Some(own) = changed.identity.get_mut(place) {
                    *own = Arc::clone(document);
                }
            }
            Slot::Bucket(name) => {
                changed.buckets.insert(name.to_owned(), Arc::clone(document));
            }
            Slot::Key(arn) => {
                changed.keys.insert(arn.to_owned(), Arc::clone(document));
            }
        }
        changed
    }
}
