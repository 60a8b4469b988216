//! What an undetermined decision hangs on: every completion of the unknown keys is tried
//!
//! Three-valued matching is sound but forgets that one key has one value: "Allow if X is a" beside
//! "Allow if X is not a" allows whatever X is. Here the unknown keys that take part are completed
//! with values taken from the policies' own constants. Where those stand for every possible value,
//! the completions settle the decision; in any case they show which keys matter, and how.

mod representatives;

use std::collections::{BTreeMap, BTreeSet};

use crate::iam::ContextValue;

use super::arn_pattern::ArnPattern;
use super::context::{BoundContext, KeyId};
use super::decide::Authorization;
use super::program::{Program, Question};
use super::statement::Statement;
use super::truth::Truth;
use super::verdict::Decision;
use representatives::Representatives;

/// More completions than this are not tried
const LIMIT: usize = 8192;

/// What trying all completions showed
#[derive(Debug, Clone)]
pub(super) struct Settled {
    /// The decision that all completions share; `Undetermined` when they differ or not all could be tried
    pub(super) decision: Decision,
    /// Whether every completion denies, be it that they differ in how
    pub(super) never_allowed: bool,
    /// A completion that shows a decided decision's reasons
    pub(super) witness: Option<BoundContext>,
    /// The keys on which the decision hangs
    pub(super) keys: BTreeSet<KeyId>,
    /// What each value of a key would do: key, value in words, decision, a context that shows it
    pub(super) outcomes: Vec<(KeyId, String, Decision, BoundContext)>,
}

/// The unknown keys in play and the values to try for each
struct Trial {
    keys: Vec<(KeyId, Representatives)>,
    exhaustive: bool,
}

impl Program {
    /// Tries the completions of an undetermined request; `None` when no unknown key takes part or there are too many
    pub(super) fn settle<'p>(
        &'p self,
        request: &Authorization<'_>,
        open: &[&'p Statement],
        relevant: &[&'p Statement],
    ) -> Option<Settled> {
        let trial = self.trial(request, open, relevant)?;
        let decisions = self.completions(request, &trial);
        let keys = mattering(&trial, &decisions);
        let all: BTreeSet<Decision> = decisions.iter().map(|(decision, _)| *decision).collect();
        let never_allowed = trial.exhaustive && all.iter().all(|decision| decision.is_denied());
        let decision = match (trial.exhaustive, all.len()) {
            (true, 1) => all.first().copied().unwrap_or(Decision::Undetermined),
            _ => Decision::Undetermined,
        };
        let witness = decisions.into_iter().find(|(found, _)| *found == decision).map(|(_, context)| context);
        let outcomes = keys.iter().flat_map(|key| self.outcomes(request, &trial, *key)).collect();
        Some(Settled { decision, never_allowed, witness, keys, outcomes })
    }

    fn trial(&self, request: &Authorization<'_>, open: &[&Statement], relevant: &[&Statement]) -> Option<Trial> {
        let context = &request.question.context;
        let unknown = |id: &KeyId| *context.value(*id) == ContextValue::Unknown;
        let mut keys: BTreeSet<KeyId> = BTreeSet::new();
        let mut as_variable = false;
        for statement in open {
            keys.extend(statement.conditions.iter().map(|condition| condition.key).filter(unknown));
        }
        // A statement that matches, or does not, whatever the unknown keys hold: they are of no account in it.
        let unsure = relevant.iter().filter(|statement| self.matches(request, statement) == Truth::Unknown);
        for statement in unsure {
            let in_conditions = statement.conditions.iter().flat_map(super::condition::Condition::variables);
            let in_resources = statement.resources.patterns.iter().flat_map(ArnPattern::keys);
            as_variable |= in_conditions.chain(in_resources).any(|id| unknown(&id));
        }
        if keys.is_empty() {
            return None;
        }
        let mut trial = Trial { keys: Vec::new(), exhaustive: !as_variable };
        let mut count: usize = 1;
        for key in keys {
            let conditions = relevant
                .iter()
                .flat_map(|statement| statement.conditions.iter())
                .filter(|condition| condition.key == key);
            let values = Representatives::of(conditions, context);
            trial.exhaustive &= values.complete;
            count = count.checked_mul(values.values.len()).filter(|count| *count <= LIMIT)?;
            trial.keys.push((key, values));
        }
        Some(trial)
    }

    /// The decision of every completion, the first key varying fastest
    fn completions(&self, request: &Authorization<'_>, trial: &Trial) -> Vec<(Decision, BoundContext)> {
        let mut contexts = vec![request.question.context.clone()];
        for (key, values) in trial.keys.iter().rev() {
            let vary = |context: BoundContext| values.values.iter().map(move |value| context.with(*key, value.clone()));
            contexts = contexts.into_iter().flat_map(vary).collect();
        }
        contexts.into_iter().map(|context| (self.decide_in(request, &context), context)).collect()
    }

    fn decide_in(&self, request: &Authorization<'_>, context: &BoundContext) -> Decision {
        let question: Question = request.question.in_context(context.clone());
        self.judge(&Authorization { question: &question, ..*request }).decision()
    }

    /// What each value of one key would do while the others stay unknown
    fn outcomes(
        &self,
        request: &Authorization<'_>,
        trial: &Trial,
        key: KeyId,
    ) -> Vec<(KeyId, String, Decision, BoundContext)> {
        let Some((_, values)) = trial.keys.iter().find(|(own, _)| *own == key) else { return Vec::new() };
        let mut by_decision: BTreeMap<Decision, (Vec<String>, BoundContext)> = BTreeMap::new();
        for (value, words) in values.values.iter().zip(&values.words) {
            let context = request.question.context.with(key, value.clone());
            let decision = self.decide_in(request, &context);
            by_decision.entry(decision).or_insert_with(|| (Vec::new(), context)).0.push(words.clone());
        }
        let settled = by_decision.into_iter().filter(|(decision, _)| *decision != Decision::Undetermined);
        settled.map(|(decision, (words, context))| (key, words.join(" or "), decision, context)).collect()
    }
}

/// The keys for which two completions that differ in nothing else differ in their decision
fn mattering(trial: &Trial, decisions: &[(Decision, BoundContext)]) -> BTreeSet<KeyId> {
    let mut keys = BTreeSet::new();
    let mut stride = 1;
    for (key, values) in &trial.keys {
        let radix = values.values.len();
        let differs = decisions.iter().enumerate().any(|(index, (decision, _))| {
            let digit = (index / stride) % radix;
            let base = index - digit * stride;
            decisions.get(base).is_some_and(|(first, _)| first != decision)
        });
        if differs {
            keys.insert(*key);
        }
        stride *= radix;
    }
    keys
}
