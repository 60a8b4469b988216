//! From needs to grants: action, resource and conditions, each as narrow as the derivation justifies

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Strength;
use crate::evaluate::ENCRYPTION_CONTEXT_ARN;
use crate::facts::ObjectEncryption;
use crate::iam::{Action, Resource};
use crate::judge::{Account, DatasetObjects};
use crate::need::{Actor, Need, Target};

use super::restriction::{self, Restrictions, Surroundings, Test};
use super::spelling;

/// One permission that a document has to give
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The need it serves
    pub need: String,
    /// The action
    pub action: Action,
    /// The resource as a policy writes it
    pub resource: String,
    /// What must hold
    pub restrictions: Restrictions,
}

/// A permission on all dataset objects of one bucket, before they are written as patterns
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectGrant {
    /// The need it serves
    pub need: String,
    /// The action
    pub action: Action,
    /// The bucket
    pub bucket: String,
    /// What must hold
    pub restrictions: Restrictions,
}

/// What a need came to
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// A grant
    Fixed(Grant),
    /// A grant on dataset objects
    Objects(ObjectGrant),
}

/// A need for which no document is written, and why
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The need's id
    pub need: String,
    /// The action
    pub action: String,
    /// Why, in words
    pub why: String,
    /// Whether the documents cannot suffice without it
    pub open: bool,
}

/// Everything the needs come to, in the order of the catalog
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Grants
    pub grants: Vec<Planned>,
    /// Needs without one
    pub left: Vec<Left>,
}

/// What grants are made from
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The account as it is
    pub account: &'a Account,
    /// The dataset's objects with their keys kept
    pub objects: &'a DatasetObjects,
}

/// Makes the grants of the caller's needs of this strength or a greater one
#[must_use]
pub fn plan(needs: &[Need], weakest: Strength, sources: Sources<'_>) -> Plan {
    let mut plan = Plan::default();
    for need in needs {
        if need.actor != Actor::Caller {
            plan.leave(need, format!("it is the permission of {}, not of the caller", need.actor), false);
        } else if need.strength > weakest {
            let word = need.strength.word();
            plan.leave(need, format!("it is `{word}` only; `--strength {word}` includes it"), false);
        } else {
            sources.add(need, &mut plan);
        }
    }
    plan
}

impl Plan {
    fn leave(&mut self, need: &Need, why: String, open: bool) {
        self.left.push(Left { need: need.id.clone(), action: need.action.to_string(), why, open });
    }

    fn fixed(&mut self, need: &Need, resource: String, restrictions: Restrictions) {
        let grant = Grant { need: need.id.clone(), action: need.action.clone(), resource, restrictions };
        self.grants.push(Planned::Fixed(grant));
    }
}

impl Sources<'_> {
    fn add(self, need: &Need, plan: &mut Plan) {
        let owner = self.account.bucket_owner();
        let surroundings =
            Surroundings { region: self.account.environment.region.as_ref(), bucket_owner: owner.known() };
        let restrictions = restriction::of(need, surroundings);
        if !need.missing.is_empty() {
            let facts: Vec<&str> = need.missing.iter().map(|missing| missing.what.as_str()).collect();
            plan.leave(need, format!("not known: {}", facts.join(", ")), true);
        }
        match &need.target {
            Target::Resource(Resource::One(arn)) if arn.service() == "kms" && self.is_managed(arn.as_str()) => {
                plan.leave(need, managed(arn.as_str()), false);
            }
            Target::Resource(Resource::One(arn)) => plan.fixed(need, spelling::pattern(arn.as_str()), restrictions),
            Target::Resource(Resource::Set(glob)) => plan.fixed(need, spelling::writable(glob), restrictions),
            Target::Resource(Resource::Any) => plan.fixed(need, "*".to_owned(), restrictions),
            Target::AwsManagedKey { alias, .. } => plan.leave(need, managed(alias), false),
            Target::DatasetObjects => {
                for bucket in self.objects.bucket_names() {
                    let (need, action) = (need.id.clone(), need.action.clone());
                    let restrictions = restrictions.clone();
                    plan.grants.push(Planned::Objects(ObjectGrant { need, action, bucket, restrictions }));
                }
            }
            Target::DatasetBuckets => {
                let partition =
                    self.account.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
                for bucket in self.objects.bucket_names() {
                    let arn = spelling::pattern(&format!("arn:{partition}:s3:::{bucket}"));
                    plan.fixed(need, arn, restrictions.clone());
                }
            }
            Target::DatasetKeys => self.dataset_keys(need, &restrictions, plan),
            // What is missing is named already.
            Target::Unnamed(_) => {}
        }
    }

    /// The keys of the objects, each for the encryption contexts in which S3 uses it
    fn dataset_keys(self, need: &Need, restrictions: &Restrictions, plan: &mut Plan) {
        let partition = self.account.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
        let mut contexts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut unknown = 0;
        for (bucket, class) in self.objects.iter().flat_map(|(name, list)| list.iter().map(move |class| (name, class)))
        {
            match &class.encryption {
                Some(ObjectEncryption::Kms { key, bucket_key }) => {
                    // With a Bucket Key the encryption context names the bucket, not the object (rule E350).
                    let bucket = spelling::pattern(bucket);
                    let tail = if *bucket_key { "" } else { "/*" };
                    contexts.entry(key).or_default().insert(format!("arn:{partition}:s3:::{bucket}{tail}"));
                }
                Some(ObjectEncryption::NoKms | ObjectEncryption::CustomerProvided) => {}
                Some(ObjectEncryption::Other(_) | ObjectEncryption::Unread(_)) | None => unknown += class.count,
            }
        }
        for (key, contexts) in contexts {
            if self.is_managed(key) {
                plan.leave(need, managed(key), false);
                continue;
            }
            let mut restrictions = restrictions.clone();
            let test = if contexts.iter().any(|context| context.ends_with('*')) { Test::Like } else { Test::Equals };
            restrictions.add(test, ENCRYPTION_CONTEXT_ARN, contexts);
            plan.fixed(need, spelling::pattern(key), restrictions);
        }
        if unknown > 0 {
            plan.leave(need, format!("not known: how {unknown} dataset object(s) are encrypted"), true);
        }
    }

    fn is_managed(self, key: &str) -> bool {
        self.account.key_side(key).aws_managed_key
    }
}

fn managed(key: &str) -> String {
    format!("the AWS managed key `{key}` serves every principal of the account through its service")
}
