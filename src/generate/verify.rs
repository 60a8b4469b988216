//! Documents that somebody else wrote: enough, minimal, and what they allow beyond the needs

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::Decision;
use crate::need::{Need, Strength};

use super::grant::{Grant, Left, Planned, Sources, plan};
use super::minimal::Minimality;
use super::produce::{Fault, closed_keys, objects};
use super::statement::{Statement, merge};
use super::sufficient::{Sufficiency, wanted};
use super::tight::{Beyond, Measure};
use super::world::{InPlace, World};

/// What is to be verified
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The account, the principal and the dataset
    pub world: World<'a>,
    /// What the request needs
    pub needs: &'a [Need],
    /// The weakest needs that the documents have to meet
    pub weakest: Strength,
    /// The documents
    pub documents: &'a InPlace,
    /// The keys of objects that are known to lie in the dataset's buckets
    pub listed: &'a BTreeMap<String, BTreeSet<String>>,
}

/// What came out
#[derive(Debug, Clone)]
pub struct Verification {
    /// Whether the documents alone are enough
    pub sufficient: Sufficiency,
    /// Whether every part of them is needed
    pub minimal: Minimality,
    /// What they allow beyond the needs
    pub beyond: Vec<Beyond>,
    /// Statements that would give what is lacking
    pub lacking: Vec<Statement>,
    /// Needs that no document can meet or that need not be met
    pub left: Vec<Left>,
    /// Keys that no identity policy opens: their own policy does not hand them over to IAM
    pub closed_keys: BTreeSet<String>,
}

impl Claim<'_> {
    /// Verifies the documents
    ///
    /// # Errors
    /// When what is lacking cannot be written down, which would be a defect.
    pub fn verify(&self) -> Result<Verification, Fault> {
        let world = self.world;
        let plan = plan(self.needs, self.weakest, Sources { account: world.account, objects: world.objects });
        let objects = objects(world, self.listed);
        let wanted: Vec<&Need> = wanted(self.needs, self.weakest).collect();
        let sufficient = world.sufficiency(self.documents, self.needs, self.weakest);
        let minimal = world.minimality(self.documents, &|documents| world.bare(documents), &wanted);
        let measure = Measure { plan: &plan, objects: &objects, own: None };
        let beyond = self.documents.beyond(measure);
        let denied: BTreeSet<&str> = sufficient
            .rows
            .iter()
            .filter(|row| row.decision != Decision::Allowed)
            .map(|row| row.need.as_str())
            .collect();
        let grants = plan.grants.iter().map(|planned| match planned {
            Planned::Fixed(grant) => grant.clone(),
            // Which of the objects are lacking, and how they are best written, is for `generate` to say.
            Planned::Objects(grant) => Grant {
                need: grant.need.clone(),
                action: grant.action.clone(),
                resource: objects.get(&grant.bucket).map(|own| own.arn_prefix.clone() + "*").unwrap_or_default(),
                restrictions: grant.restrictions.clone(),
            },
        });
        let lacking: Vec<Grant> = grants.filter(|grant| denied.contains(grant.need.as_str())).collect();
        let closed_keys = closed_keys(world, &plan, &objects, (self.needs, self.weakest))?;
        Ok(Verification { sufficient, minimal, beyond, lacking: merge(&lacking), left: plan.left, closed_keys })
    }
}

impl Verification {
    /// Whether the documents meet every need
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.sufficient.with(&self.left)
    }
}
