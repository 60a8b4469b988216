//! Whether documents are enough: the needs judged again with nothing but the documents in place

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::evaluate::Decision;
use crate::facts::{Fact, Facts, MissingFact};
use crate::iam::Principal;
use crate::need::{Actor, Need, Strength};
use crate::source::Problems;

use super::document::{Generated, Place};
use super::grant::Left;
use super::world::{Answered, InPlace, World};

/// The answer for one need
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The need's id
    pub need: String,
    /// The action
    pub action: String,
    /// The resource, a pattern for several
    pub resource: String,
    /// How many resources
    pub count: u64,
    /// The decision
    pub decision: Decision,
    /// What would settle it
    pub missing: Vec<String>,
}

/// Whether documents are enough
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sufficiency {
    /// The worst decision
    pub decision: Decision,
    /// Each need's decision
    pub rows: Vec<Settled>,
}

/// What AWS's simulator says of documents, added to what the principal has
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// The needs, decided by the simulator where it answered and by the facts
    pub sufficient: Sufficiency,
    /// How many questions were asked, and how many were answered
    pub asked: (usize, usize),
    /// Why questions have no answer
    pub failures: Vec<String>,
}

impl Sufficiency {
    /// Reads judged needs; of alternatives one allowed is enough
    #[must_use]
    pub fn of(answers: &[Answered<'_>]) -> Self {
        let met: BTreeSet<&str> = answers
            .iter()
            .filter(|answer| answer.decision() == Decision::Allowed)
            .filter_map(|answer| answer.need.any_of.as_deref())
            .collect();
        let counted: Vec<&Answered<'_>> = answers
            .iter()
            .filter(|answer| !answer.need.any_of.as_deref().is_some_and(|label| met.contains(label)))
            .collect();
        let decided: Vec<_> = counted.iter().flat_map(|answer| answer.rows.iter().cloned()).collect();
        let met_all = !answers.is_empty() && counted.is_empty();
        let rows = answers.iter().flat_map(settled).collect();
        // A need without rows concerns nothing: no dataset object has a key, say.
        let decision = if met_all || decided.is_empty() { Decision::Allowed } else { super::world::worst(&decided) };
        Self { decision, rows }
    }

    /// The decision when some needs came to no grant
    #[must_use]
    pub fn with(&self, left: &[Left]) -> Decision {
        let open = left.iter().any(|left| left.open);
        if open && self.holds() { Decision::Undetermined } else { self.decision }
    }

    /// Whether every need is allowed
    #[must_use]
    pub fn holds(&self) -> bool {
        self.decision == Decision::Allowed
    }
}

fn settled(answer: &Answered<'_>) -> Vec<Settled> {
    let missing = |facts: &[MissingFact], keys: &[String]| {
        facts.iter().map(ToString::to_string).chain(keys.iter().map(|key| format!("the value of `{key}`"))).collect()
    };
    let rows = answer.rows.iter().map(|row| Settled {
        need: answer.need.id.clone(),
        action: answer.need.action.to_string(),
        resource: row.resource.clone(),
        count: row.count,
        decision: row.decision,
        missing: missing(&row.missing_facts, &row.missing_context),
    });
    rows.collect()
}

/// The needs that documents of the caller have to meet
pub fn wanted(needs: &[Need], weakest: Strength) -> impl Iterator<Item = &Need> {
    needs.iter().filter(move |need| need.actor == Actor::Caller && need.strength <= weakest)
}

impl InPlace {
    /// Generated documents in their places
    ///
    /// # Errors
    /// When the policy parser refuses one, which would be a defect.
    pub fn of(documents: &[Generated]) -> Result<Self, Problems> {
        let mut placed = Self::default();
        for document in documents {
            let parsed = document.parsed()?;
            match &document.place {
                Place::Identity(_) => placed.identity.push(parsed),
                Place::Bucket(bucket) => {
                    placed.buckets.insert(bucket.clone(), parsed);
                }
                Place::Key(arn) => {
                    placed.keys.insert(arn.clone(), parsed);
                }
            }
        }
        Ok(placed)
    }
}

impl World<'_> {
    /// Judges the needs with nothing but these documents in place
    #[must_use]
    pub fn sufficiency(&self, documents: &InPlace, needs: &[Need], weakest: Strength) -> Sufficiency {
        Sufficiency::of(&self.judge(&self.bare(documents), wanted(needs, weakest)))
    }

    /// The keys whose policy is known and does not hand the key over to IAM (rule E316)
    ///
    /// Asked for a principal that nobody names, with these documents as its identity policies.
    #[must_use]
    pub fn closed_keys(&self, documents: &InPlace, needs: &[Need], weakest: Strength) -> BTreeSet<String> {
        let Some(nobody) = nobody(self.facts) else { return BTreeSet::new() };
        let world = World { principal: &nobody, ..*self };
        let mut facts = world.bare(documents);
        for (id, key) in &mut facts.keys {
            if let Some(Fact::Known(policy)) = self.facts.keys.get(id).map(|key| &key.policy) {
                key.policy = Fact::Known(Arc::clone(policy));
            }
        }
        let kms = wanted(needs, weakest).filter(|need| need.action.service() == "kms");
        let answers = world.judge(&facts, kms);
        let denied = answers.iter().flat_map(|answer| &answer.rows).filter(|row| row.decision != Decision::Allowed);
        denied.map(|row| row.resource.clone()).filter(|arn| arn.starts_with("arn:")).collect()
    }
}

/// A role of the account that no policy names
#[must_use]
pub fn nobody(facts: &Facts) -> Option<Principal> {
    let partition = facts.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
    let account = facts.environment.account.as_ref().map_or("000000000000", |account| account.as_str());
    format!("arn:{partition}:iam::{account}:role/iam-preflight/NamedByNoPolicy").parse().ok()
}
