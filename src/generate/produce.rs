//! The way of one order: grants, documents, proof

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::Decision;
use crate::need::{Need, Strength};
use crate::source::Problems;

use super::compose::{Carrier, Composed, Composition, TooLarge};
use super::fix::Fix;
use super::fold::{BucketObjects, Granularity};
use super::grant::{Left, Plan, Sources, plan};
use super::minimal::Minimality;
use super::sufficient::{Sufficiency, wanted};
use super::tight::{Beyond, Measure};
use super::world::{InPlace, World};

/// What documents are wanted
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The account, the principal and the dataset
    pub world: World<'a>,
    /// What the request needs
    pub needs: &'a [Need],
    /// The weakest needs that the documents have to meet
    pub weakest: Strength,
    /// Which layer carries what could lie in several
    pub carrier: Carrier,
    /// How objects are named
    pub granularity: Granularity,
    /// The size of each document in characters
    pub size: usize,
    /// How many identity policies there may be
    pub policies: usize,
    /// The keys of objects that are known to lie in the dataset's buckets
    pub listed: &'a BTreeMap<String, BTreeSet<String>>,
    /// Whether the principal's own account is to be judged too
    pub in_account: bool,
}

/// Documents and what is proven of them
#[derive(Debug, Clone)]
pub struct Production {
    /// The documents and the foldings
    pub composed: Composed,
    /// The dataset's objects by bucket
    pub objects: BTreeMap<String, BucketObjects>,
    /// Needs for which there is no grant
    pub left: Vec<Left>,
    /// Keys whose policy does not hand them over to IAM
    pub closed_keys: BTreeSet<String>,
    /// Whether the documents alone are enough
    pub sufficient: Sufficiency,
    /// Whether every part of them is needed
    pub minimal: Minimality,
    /// What they allow beyond the needs
    pub beyond: Vec<Beyond>,
    /// The principal's own account, where it was asked for
    pub account: Option<InAccount>,
}

/// What the documents do in the account of the principal
#[derive(Debug, Clone)]
pub struct InAccount {
    /// The needs judged with the documents added to what the account has
    pub with_documents: Sufficiency,
    /// The smallest change for each need that the account denies as it is
    pub fixes: Vec<Fix>,
}

/// Why there are no documents
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// They cannot be made small enough
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The policy parser refuses what was written: a defect
    #[error("the generated document cannot be read back")]
    Unreadable(Problems),
}

impl Order<'_> {
    /// Writes the documents and proves them
    ///
    /// # Errors
    /// When a document cannot be made small enough.
    pub fn produce(&self) -> Result<Production, Fault> {
        let world = self.world;
        let plan = plan(self.needs, self.weakest, Sources { account: world.account, objects: world.objects });
        let objects = objects(world, self.listed);
        let closed_keys = closed_keys(world, &plan, &objects, (self.needs, self.weakest))?;
        let composition = Composition {
            carrier: self.carrier,
            granularity: self.granularity,
            size: self.size,
            policies: self.policies,
            closed_keys: &closed_keys,
            principal: &world.named(),
            objects: &objects,
        };
        let composed = composition.compose(&plan)?;
        let documents = placed(&composed)?;
        let sufficient = world.sufficiency(&documents, self.needs, self.weakest);
        let wanted: Vec<&Need> = wanted(self.needs, self.weakest).collect();
        let measure = Measure { plan: &plan, objects: &objects, own: None };
        let beyond = documents.beyond(measure);
        let minimal = world.minimality(&documents, &|documents| world.bare(documents), &wanted);
        let account = self.in_account.then(|| {
            let patterns = |bucket: &str| {
                let folding = composed.foldings.get(bucket).map(|folding| folding.patterns.as_slice());
                let prefix = objects.get(bucket).map(|own| own.arn_prefix.as_str()).unwrap_or_default();
                folding.unwrap_or_default().iter().map(|own| format!("{prefix}{}", own.spelled())).collect()
            };
            let with_documents = Sufficiency::of(&world.judge(&world.added(&documents), wanted.iter().copied()));
            InAccount { with_documents, fixes: world.fixes(&wanted, &plan, &patterns) }
        });
        Ok(Production { composed, objects, left: plan.left, closed_keys, sufficient, minimal, beyond, account })
    }
}

/// The keys whose policy is known and does not hand the key over to IAM, whatever the identity policies say
pub(super) fn closed_keys(
    world: World<'_>,
    plan: &Plan,
    objects: &BTreeMap<String, BucketObjects>,
    (needs, weakest): (&[Need], Strength),
) -> Result<BTreeSet<String>, Fault> {
    // How objects are named changes nothing here, so the shortest way will do.
    let trial = Composition {
        carrier: Carrier::Identity,
        granularity: Granularity::Bucket,
        size: usize::MAX / 64,
        policies: 1,
        closed_keys: &BTreeSet::new(),
        principal: "",
        objects,
    };
    Ok(world.closed_keys(&placed(&trial.compose(plan)?)?, needs, weakest))
}

/// The dataset's objects and their neighbours by bucket
pub(super) fn objects(
    world: World<'_>,
    listed: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, BucketObjects> {
    let partition = world.facts.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
    let objects = world.objects.iter().map(|(bucket, classes)| {
        let own = BucketObjects {
            arn_prefix: format!("arn:{partition}:s3:::{bucket}/"),
            needed: classes.iter().flat_map(|class| class.members.iter().cloned()).collect(),
            others: listed.get(bucket).cloned(),
            uses: 1,
        };
        (bucket.to_owned(), own)
    });
    objects.collect()
}

fn placed(composed: &Composed) -> Result<InPlace, Fault> {
    InPlace::of(&composed.documents).map_err(Fault::Unreadable)
}

impl Production {
    /// Whether the documents meet every need: denied, open, or met
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.sufficient.with(&self.left)
    }
}
