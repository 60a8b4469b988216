//! From grants to documents: which layer carries each, folded into the sizes of the documents

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Generated, Place};
use super::fold::{BucketObjects, Folding, Granularity, fold};
use super::grant::{Grant, ObjectGrant, Plan, Planned};
use super::statement::{Statement, merge, name};

/// Which layer carries what could lie in several
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Identity policies, but for keys that do not listen to them
    Identity,
    /// Bucket policies carry what is about buckets
    Bucket,
    /// Key policies carry what is about keys
    Key,
}

/// How documents are written
#[derive(Debug, Clone)]
pub struct Composition<'a> {
    /// What carries the grants
    pub carrier: Carrier,
    /// How objects are named
    pub granularity: Granularity,
    /// The size of an identity policy, and of each other document, in characters
    pub size: usize,
    /// How many identity policies there may be
    pub policies: usize,
    /// Keys whose policy does not hand them over to IAM, by ARN as a policy writes it
    pub closed_keys: &'a BTreeSet<String>,
    /// Whom bucket and key policies name
    pub principal: &'a str,
    /// The dataset's objects by bucket
    pub objects: &'a BTreeMap<String, BucketObjects>,
}

/// The documents and how the objects were folded
#[derive(Debug, Clone, Default)]
pub struct Composed {
    /// The documents, identity policies first
    pub documents: Vec<Generated>,
    /// The folding of each bucket
    pub foldings: BTreeMap<String, Folding>,
}

/// Documents that cannot be made small enough
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} does not fit into {size} characters, however far its objects are folded")]
pub struct TooLarge {
    /// Which document
    pub what: String,
    /// The size asked for
    pub size: usize,
}

impl Composition<'_> {
    /// Writes the documents
    ///
    /// # Errors
    /// When one of them cannot be made small enough.
    pub fn compose(&self, plan: &Plan) -> Result<Composed, TooLarge> {
        let mut by_place: BTreeMap<Place, Vec<Planned>> = BTreeMap::new();
        for planned in &plan.grants {
            by_place.entry(self.place(planned)).or_default().push(planned.clone());
        }
        let mut composed = Composed::default();
        for (place, grants) in by_place {
            let grants = if place == Place::Identity(1) { grants } else { narrowed(grants, &place) };
            let (documents, foldings) = Part { composition: self, place, grants: &grants }.documents()?;
            composed.documents.extend(documents);
            composed.foldings.extend(foldings);
        }
        Ok(composed)
    }

    fn place(&self, planned: &Planned) -> Place {
        let (service, resource) = match planned {
            Planned::Fixed(grant) => (grant.action.service(), grant.resource.as_str()),
            Planned::Objects(grant) => ("s3", grant.bucket.as_str()),
        };
        match (service, self.carrier) {
            ("s3", Carrier::Bucket) => Place::Bucket(bucket_of(resource).to_owned()),
            ("kms", Carrier::Key) => Place::Key(resource.to_owned()),
            ("kms", _) if self.closed_keys.contains(resource) => Place::Key(resource.to_owned()),
            _ => Place::Identity(1),
        }
    }
}

fn bucket_of(resource: &str) -> &str {
    let name = resource.rsplit(':').next().unwrap_or_default();
    name.split('/').next().unwrap_or_default()
}

/// A resource's own policy says nothing of which resource, or whose, it is
fn narrowed(grants: Vec<Planned>, place: &Place) -> Vec<Planned> {
    let own = |planned| match planned {
        Planned::Fixed(grant) => {
            let resource = if matches!(place, Place::Key(_)) { "*".to_owned() } else { grant.resource };
            Planned::Fixed(Grant { resource, restrictions: grant.restrictions.but("aws:ResourceAccount"), ..grant })
        }
        Planned::Objects(grant) => {
            Planned::Objects(ObjectGrant { restrictions: grant.restrictions.but("aws:ResourceAccount"), ..grant })
        }
    };
    grants.into_iter().map(own).collect()
}

type Documents = (Vec<Generated>, BTreeMap<String, Folding>);

/// The grants of one place
struct Part<'a> {
    composition: &'a Composition<'a>,
    place: Place,
    grants: &'a [Planned],
}

impl Part<'_> {
    fn documents(&self) -> Result<Documents, TooLarge> {
        let buckets = self.buckets();
        let placeholder = |bucket: &String| (bucket.clone(), vec![self.arn(bucket, "")]);
        let outline: BTreeMap<String, Vec<String>> = buckets.keys().map(placeholder).collect();
        let all = self.overhead(&self.statements(&outline, true), &buckets);
        let more = self.overhead(&self.statements(&outline, false), &buckets);
        let size = self.composition.size;
        let policies =
            if buckets.is_empty() || !matches!(self.place, Place::Identity(_)) { 1 } else { self.composition.policies };
        let room = |first: usize| size.checked_sub(first).map(|room| room + size.saturating_sub(more) * (policies - 1));
        let mut room = room(all).ok_or_else(|| self.too_large())?;
        let listed: Vec<BucketObjects> = buckets.values().cloned().collect();
        loop {
            let foldings = fold(&listed, self.composition.granularity, room).ok_or_else(|| self.too_large())?;
            let foldings: BTreeMap<String, Folding> = buckets.keys().cloned().zip(foldings).collect();
            if let Some(documents) = self.spread(&foldings, policies) {
                return Ok((documents, foldings));
            }
            // A pattern that falls between two documents costs some of their room.
            room = room.checked_sub(size / 32 + 1).ok_or_else(|| self.too_large())?;
        }
    }

    fn too_large(&self) -> TooLarge {
        TooLarge { what: format!("the {} policy", self.place.layer()), size: self.composition.size }
    }

    fn arn(&self, bucket: &str, key: &str) -> String {
        let prefix = self.composition.objects.get(bucket).map(|objects| objects.arn_prefix.as_str());
        format!("{}{key}", prefix.unwrap_or_default())
    }

    /// The buckets whose objects stand in this document, with the number of statements that list them
    fn buckets(&self) -> BTreeMap<String, BucketObjects> {
        let mut uses: BTreeMap<&str, BTreeSet<_>> = BTreeMap::new();
        for planned in self.grants {
            if let Planned::Objects(grant) = planned {
                uses.entry(&grant.bucket).or_default().insert(&grant.restrictions);
            }
        }
        let counted = uses.into_iter().filter_map(|(bucket, uses)| {
            let objects = self.composition.objects.get(bucket)?.clone();
            Some((bucket.to_owned(), BucketObjects { uses: uses.len(), ..objects }))
        });
        counted.collect()
    }

    /// The size of a document without its object patterns
    fn overhead(&self, statements: &[Statement], buckets: &BTreeMap<String, BucketObjects>) -> usize {
        let size = Generated { place: self.place.clone(), statements: statements.to_vec() }.size();
        let pattern = |(bucket, objects): (&String, &BucketObjects)| {
            // Without its quotes and comma a pattern is gone; the brackets of a list come in their place.
            (self.arn(bucket, "").chars().count() + 3) * objects.uses
        };
        let patterns: usize = buckets.iter().map(pattern).sum();
        size.saturating_sub(patterns) + 3 * buckets.values().map(|objects| objects.uses).sum::<usize>()
    }

    /// The statements with these patterns, with the grants that are about no object or without
    fn statements(&self, patterns: &BTreeMap<String, Vec<String>>, fixed: bool) -> Vec<Statement> {
        let mut grants: Vec<Grant> = Vec::new();
        for planned in self.grants {
            match planned {
                Planned::Fixed(grant) if fixed => grants.push(grant.clone()),
                Planned::Fixed(_) => {}
                Planned::Objects(grant) => {
                    grants.extend(patterns.get(&grant.bucket).into_iter().flatten().map(|resource| Grant {
                        need: grant.need.clone(),
                        action: grant.action.clone(),
                        resource: resource.clone(),
                        restrictions: grant.restrictions.clone(),
                    }));
                }
            }
        }
        let mut statements = merge(&grants);
        if !matches!(self.place, Place::Identity(_)) {
            for statement in &mut statements {
                statement.principal = Some(self.composition.principal.to_owned());
            }
        }
        statements
    }

    /// Spreads the patterns over at most so many documents, `None` when they do not fit
    fn spread(&self, foldings: &BTreeMap<String, Folding>, policies: usize) -> Option<Vec<Generated>> {
        let patterns = foldings.iter().flat_map(|(bucket, folding)| {
            folding.patterns.iter().map(move |pattern| (bucket.clone(), self.arn(bucket, &pattern.spelled())))
        });
        let mut rest: std::collections::VecDeque<(String, String)> = patterns.collect();
        let mut documents = Vec::new();
        for number in 1..=policies {
            let mut own: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let place = if let Place::Identity(_) = self.place { Place::Identity(number) } else { self.place.clone() };
            let document = |own: &BTreeMap<String, Vec<String>>| Generated {
                place: place.clone(),
                statements: self.statements(own, number == 1),
            };
            // The size grows with every pattern, so the number that fits is found by halving.
            let fits = |count: usize| {
                let mut own: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for (bucket, arn) in rest.iter().take(count) {
                    own.entry(bucket.clone()).or_default().push(arn.clone());
                }
                document(&own).size() <= self.composition.size
            };
            let count = largest(rest.len(), &fits)?;
            for (bucket, arn) in rest.drain(..count) {
                own.entry(bucket).or_default().push(arn);
            }
            let mut made = document(&own);
            name(&mut made.statements);
            if !made.statements.is_empty() {
                documents.push(made);
            }
        }
        rest.is_empty().then_some(documents)
    }
}

/// The largest count up to `most` that fits, `None` when not even 0 does
fn largest(most: usize, fits: &dyn Fn(usize) -> bool) -> Option<usize> {
    if fits(most) {
        return Some(most);
    }
    if !fits(0) {
        return None;
    }
    let (mut low, mut high) = (0, most);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}
