//! Sorting many resources into classes that no policy can tell apart
//!
//! A decision depends on a resource only through the patterns that it matches. Two objects that match
//! the same resource patterns, and whose ARNs the same condition values accept, get the same decision
//! for the same reason: one of them is judged, the others are counted.

use std::collections::HashMap;

use crate::iam::{Action, Context, Resource};

use super::arn_pattern::ArnPattern;
use super::condition::Condition;
use super::context::BoundContext;
use super::program::{PolicySetId, Program};
use super::truth::Truth;

/// The condition key that carries an object's ARN into KMS calls (rule E349)
pub const ENCRYPTION_CONTEXT_ARN: &str = "kms:EncryptionContext:aws:s3:arn";

/// A class number; classes are numbered in the order in which they appear
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// What tells the resources of one set apart, and the classes met so far
#[derive(Debug, Clone)]
pub struct Classes {
    patterns: Vec<ArnPattern>,
    conditions: Vec<Condition>,
    context: BoundContext,
    known: HashMap<Signature, ClassId>,
    scratch: Signature,
}

/// Two bits a test: what each pattern and condition says of a resource, and a label of the caller's
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Signature {
    answers: Vec<u8>,
    label: u32,
}

impl Program {
    /// Prepares to sort the resources of a set, as far as these policy sets and actions can tell them apart
    ///
    /// Patterns that cover all of the set, or none of it, tell nothing apart and are left out.
    #[must_use]
    pub fn classes(&self, all: &Resource, sets: &[PolicySetId], actions: &[Action], context: &Context) -> Classes {
        let bound = self.question_context(context);
        let mut patterns: Vec<ArnPattern> = Vec::new();
        let mut conditions = Vec::new();
        let arn_key = self.keys.find(&ENCRYPTION_CONTEXT_ARN.to_lowercase());
        for statement in sets.iter().flat_map(|set| self.statements_of(*set)) {
            if !actions.iter().any(|action| statement.actions.matches(action)) {
                continue;
            }
            let telling = statement
                .resources
                .patterns
                .iter()
                .filter(|pattern| pattern.matches_resource(all, &bound) == Truth::Unknown);
            for pattern in telling {
                if !patterns.contains(pattern) {
                    patterns.push(pattern.clone());
                }
            }
            conditions.extend(statement.conditions.iter().filter(|condition| Some(condition.key) == arn_key).cloned());
        }
        Classes { patterns, conditions, context: bound, known: HashMap::new(), scratch: Signature::default() }
    }
}

impl Classes {
    /// The class of a resource; the label tells apart what policies do not see, such as the object's key
    ///
    /// The flag says whether the class is new.
    pub fn sort(&mut self, arn: &str, label: u32) -> (ClassId, bool) {
        self.scratch.answers.clear();
        self.scratch.label = label;
        for pattern in &self.patterns {
            self.scratch.answers.push(pattern.matches_arn(arn, &self.context) as u8);
        }
        for condition in &self.conditions {
            self.scratch.answers.push(condition.accepts(arn, &self.context) as u8);
        }
        if let Some(known) = self.known.get(&self.scratch) {
            return (*known, false);
        }
        let id = ClassId(u32::try_from(self.known.len()).unwrap_or(u32::MAX));
        self.known.insert(self.scratch.clone(), id);
        (id, true)
    }
}
