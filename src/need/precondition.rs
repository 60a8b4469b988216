//! What must hold beyond permissions

use std::collections::BTreeSet;

use crate::catalog::{Check, Environment, FactSource, Precondition, Source, assumption};
use crate::facts::{Bucket, BucketOwner, Fact, KeyManager, MissingFact};
use crate::source::Location;

use super::basis::{Basis, missing};
use super::condition::Answer;
use super::element::ElementValue;
use super::key::ResolvedKey;
use super::scope::Scope;

/// Whether something holds that must hold beyond permissions
#[derive(Debug, Clone)]
pub struct PreconditionResult {
    /// The precondition's id
    pub id: String,
    /// The row that it belongs to; that row is undetermined while the outcome is unknown
    pub row: String,
    /// The outcome
    pub outcome: Outcome,
    /// Why it must hold, one sentence
    pub because: String,
    /// The AWS pages that say so
    pub sources: Vec<Source>,
    /// The assumptions that the outcome rests on
    pub assumptions: BTreeSet<String>,
    /// The place in the request that it is about; of what comes from the dataset the request as a whole
    pub location: Location,
}

/// The outcome of a precondition
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds
    Holds,
    /// It does not hold, and the service will refuse the request
    Fails {
        /// What is wrong, one sentence
        message: String,
        /// The HTTP status of the answer
        status: u16,
        /// The error code of the answer
        error: String,
    },
    /// Nobody has said what would tell
    Unknown(MissingFact),
}

/// What one check finds: nothing wrong, a sentence, or a missing fact
type Finding = Result<Option<String>, MissingFact>;

impl<'a> Scope<'a> {
    /// The outcomes for the request's own buckets or keys; none when it does not apply
    pub(super) fn precondition(self, precondition: &'a Precondition) -> Vec<PreconditionResult> {
        let mut basis = Basis::default();
        let answer = self.holds(&precondition.when, &mut basis);
        if answer == Answer::No {
            return Vec::new();
        }
        let mut results = Vec::new();
        for subject in self.subjects(&precondition.of) {
            let mut basis = basis.clone();
            let finding = match (&answer, subject) {
                (_, Fact::Absent) => continue,
                (Answer::Unknown(lacking), _) => match lacking.first() {
                    Some(missing) => Err(missing.clone()),
                    None => continue,
                },
                (_, Fact::Known(subject)) => self.check(precondition.check, &subject, &mut basis),
                (_, Fact::Unknown(missing)) => Err(missing),
            };
            results.push(self.result(precondition, finding, basis));
        }
        results
    }

    /// The outcomes for buckets and keys that come from the dataset
    pub(super) fn dataset_precondition(
        self,
        precondition: &'a Precondition,
        (buckets, keys): (&BTreeSet<String>, &BTreeSet<String>),
    ) -> Vec<PreconditionResult> {
        let subjects = match self.operation.header.fact.get(&precondition.of) {
            Some(FactSource::DatasetObjects { .. }) => buckets,
            Some(FactSource::DatasetKeys { .. }) => keys,
            _ => return Vec::new(),
        };
        let mut results = Vec::new();
        for subject in subjects {
            let mut basis = Basis::default();
            if self.holds(&precondition.when, &mut basis) == Answer::No {
                continue;
            }
            let finding = self.check(precondition.check, subject, &mut basis);
            results.push(self.result(precondition, finding, basis));
        }
        results
    }

    /// The buckets or keys that it is about, as the request names them
    fn subjects(self, of: &'a str) -> Vec<Fact<String>> {
        match self.operation.header.fact.get(of) {
            Some(source) if source.is_place() => vec![self.place(of).map(|place| place.bucket)],
            Some(source @ FactSource::S3Uris { .. }) => self.places(of, source),
            Some(source) if source.is_key() => vec![self.key_reference(source)],
            _ => Vec::new(),
        }
    }

    /// The buckets of a list of places, each once
    fn places(self, name: &str, source: &'a FactSource) -> Vec<Fact<String>> {
        let mut buckets: Vec<Fact<String>> = Vec::new();
        for element in self.listed(name, source) {
            if let ElementValue::Place(place, _) = element {
                let bucket = place.map(|place| place.bucket);
                if !buckets.contains(&bucket) {
                    buckets.push(bucket);
                }
            }
        }
        buckets
    }

    fn check(self, check: Check, subject: &str, basis: &mut Basis) -> Finding {
        match check {
            Check::BucketRegionEquals => self.bucket_region(subject),
            Check::BucketOwnerEquals => self.bucket_owner(subject, basis),
            Check::KeyEnabled | Check::KeySymmetricEncrypt | Check::KeyInRegion | Check::KeyGrantable => {
                match self.resolve_key(subject) {
                    Fact::Known(key) => self.key(check, &key),
                    Fact::Unknown(missing) => Err(missing),
                    Fact::Absent => Ok(None),
                }
            }
        }
    }

    fn bucket_region(self, name: &str) -> Finding {
        let lacking = || {
            missing(
                format!("the Region of bucket `{name}`"),
                format!("s3/{name}/location.json in the snapshot (aws s3api get-bucket-location)"),
                "nothing is known of it",
            )
        };
        let location = match self.bucket(name).map(|bucket| &bucket.location) {
            Some(Fact::Known(region)) => region,
            Some(Fact::Unknown(missing)) => return Err(missing.clone()),
            Some(Fact::Absent) | None => return Err(lacking()),
        };
        let region = required(self.environment(Environment::Region))?;
        let wrong = location.as_str() != region;
        Ok(wrong.then(|| format!("bucket `{name}` is in {location}, the request goes to {region}")))
    }

    fn bucket_owner(self, name: &str, basis: &mut Basis) -> Finding {
        if let Some(Fact::Known(owner)) = self.bucket(name).map(|bucket| &bucket.owner) {
            let account = required(self.environment(Environment::Account))?;
            let wrong = match owner {
                BucketOwner::Account(owner) => owner.as_str() != account,
                BucketOwner::NotAccount(other) => other.as_str() == account,
            };
            return Ok(wrong.then(|| format!("bucket `{name}` does not belong to account {account}")));
        }
        let assumed = basis.assume(self.assumptions, assumption::BUCKET_OWNER) == "account";
        if assumed && self.bucket(name).is_some_and(is_described) {
            return Ok(None);
        }
        let why = if assumed { "nothing is known of the bucket" } else { "`bucket-owner` is assumed to be unknown" };
        Err(missing(
            format!("the owner of bucket `{name}`"),
            "the bucket in a snapshot of the account, with --assume bucket-owner=account",
            why,
        ))
    }

    fn key(self, check: Check, key: &ResolvedKey) -> Finding {
        let arn = match key {
            ResolvedKey::Managed { alias, .. } => {
                let refused = check == Check::KeyGrantable;
                return Ok(refused.then(|| format!("`{alias}` is an AWS managed key, for which no grant can be made")));
            }
            ResolvedKey::Customer(arn) => arn,
        };
        if check == Check::KeyInRegion {
            let region = required(self.environment(Environment::Region))?;
            let wrong = arn.region() != region;
            return Ok(wrong.then(|| format!("key `{arn}` is in {}, the request goes to {region}", arn.region())));
        }
        let metadata = match self.key_metadata(arn) {
            Fact::Known(metadata) => metadata,
            Fact::Absent => return Ok(Some(format!("key `{arn}` does not exist"))),
            Fact::Unknown(missing) => return Err(missing),
        };
        Ok(match check {
            Check::KeyEnabled if !matches!(metadata.state.as_str(), "Enabled" | "Updating") => {
                Some(format!("key `{arn}` is in state {}", metadata.state))
            }
            Check::KeySymmetricEncrypt
                if metadata.spec != "SYMMETRIC_DEFAULT" || metadata.usage != "ENCRYPT_DECRYPT" =>
            {
                let (spec, usage) = (metadata.spec, metadata.usage);
                Some(format!(
                    "key `{arn}` has spec {spec} and usage {usage}, not SYMMETRIC_DEFAULT and ENCRYPT_DECRYPT"
                ))
            }
            Check::KeyGrantable if metadata.manager == KeyManager::Aws => {
                Some(format!("key `{arn}` is an AWS managed key, for which no grant can be made"))
            }
            _ => None,
        })
    }

    fn result(self, precondition: &Precondition, finding: Finding, basis: Basis) -> PreconditionResult {
        let outcome = match finding {
            Ok(None) => Outcome::Holds,
            Ok(Some(message)) => {
                Outcome::Fails { message, status: precondition.error.status, error: precondition.error.code.clone() }
            }
            Err(missing) => Outcome::Unknown(missing),
        };
        let source = self.operation.header.fact.get(&precondition.of);
        let path = source.and_then(|source| source.paths().into_iter().next()).unwrap_or_default();
        PreconditionResult {
            id: precondition.id.clone(),
            row: precondition.row.clone(),
            outcome,
            because: precondition.because.clone(),
            sources: self.operation.sources(&precondition.src),
            assumptions: basis.assumptions,
            location: self.request.location(&path),
        }
    }
}

fn required(fact: Fact<String>) -> Result<String, MissingFact> {
    match fact {
        Fact::Known(text) => Ok(text),
        Fact::Unknown(missing) => Err(missing),
        Fact::Absent => Ok(String::new()),
    }
}

/// Whether anything at all was read of a bucket
fn is_described(bucket: &Bucket) -> bool {
    bucket.location.missing().is_none()
        || bucket.encryption.missing().is_none()
        || bucket.policy.missing().is_none()
        || bucket.public_access_block.missing().is_none()
}
