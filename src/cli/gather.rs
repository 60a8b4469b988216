//! The facts of one check: from the snapshot, from what-if documents, from flags

mod planned;
mod replaced;
mod unknown;
mod what_if;

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::sync::Arc;

use crate::catalog::Assumptions;
use crate::facts::snapshot::Snapshot;
use crate::facts::terraform::Plan;
use crate::facts::{Bucket, Environment, Fact, Facts, Identity, Key, KeyReference, Level, MissingFact, Organization};
use crate::iam::{Arn, Partition, Principal};
use crate::policy::{Document, PolicyType};
use crate::source::{Problem, Problems};

use super::args::{AccountArgs, WhatIfArgs};
use super::evidence::Evidence;
use unknown::nothing_given;
use what_if::{Documents, overlay};

/// Reads facts as they are asked for
pub(super) struct Gatherer<'a> {
    snapshot: Option<Snapshot<'a>>,
    /// What the facts of the snapshot will be after apply
    plan: Option<Plan>,
    bucket_policies: BTreeMap<String, Fact<Arc<Document>>>,
    key_policies: Vec<(KeyReference, Fact<Arc<Document>>)>,
    /// Names of the assumptions that the facts rest on from the beginning
    assumed: Vec<&'static str>,
}

impl<'a> Gatherer<'a> {
    /// Reads what does not depend on the request: caller, organization, aliases
    pub(super) fn facts(
        evidence: Evidence<'a>,
        account: &AccountArgs,
        what_if: &WhatIfArgs,
        principal: Option<&Principal>,
        assumptions: &Assumptions,
    ) -> Result<(Self, Facts), Problems> {
        let snapshot = evidence.files.map(Snapshot::open).transpose()?;
        let environment = environment(snapshot.as_ref(), account, principal)?;
        let plan = planned::read(account, &environment, assumptions, evidence.inputs)?;
        let mut documents = Documents { inputs: evidence.inputs, problems: Vec::new() };
        // The assumption speaks where nobody has said; it takes no policy away that is known.
        let said = snapshot.as_ref().is_some_and(|snapshot| snapshot.organization().missing().is_none());
        let alone = !said && assumptions.is("organization", "none");
        let alone_given = snapshot.is_none() && plan.is_none();
        let complete = alone_given && assumptions.is("principal-policies", "given") && what_if.names_identity();
        let assumed = [(alone, "organization"), (complete, "principal-policies")];
        let mut gatherer = Self {
            assumed: assumed.into_iter().filter_map(|(used, name)| used.then_some(name)).collect(),
            snapshot,
            plan,
            bucket_policies: documents.named(&what_if.bucket_policy, PolicyType::Resource).into_iter().collect(),
            key_policies: documents
                .named(&what_if.key_policy, PolicyType::Key)
                .into_iter()
                .map(|(name, policy)| (KeyReference::of(&name), policy))
                .collect(),
        };
        gatherer.take_away(&what_if.replaced);
        let mut facts = gatherer.base(environment, principal, assumptions)?;
        replaced::make_room(&mut facts, &what_if.replaced, complete);
        overlay(&mut facts, what_if, complete, &mut documents);
        if documents.problems.is_empty() { Ok((gatherer, facts)) } else { Err(Problems(documents.problems)) }
    }

    fn base(
        &self,
        environment: Environment,
        principal: Option<&Principal>,
        assumptions: &Assumptions,
    ) -> Result<Facts, Problems> {
        let snapshot = self.snapshot.as_ref();
        let alone = self.assumed.contains(&"organization");
        let none = |what: &str, source: &str| nothing_given(what, source);
        let organization = if alone {
            Fact::Absent
        } else {
            snapshot.map_or_else(
                || Fact::Unknown(none("the organization", "--assume organization=none, or a snapshot")),
                Snapshot::organization,
            )
        };
        let levels = |read: ReadLevels<'_, 'a>, what: &str| match snapshot {
            _ if alone => Ok(Fact::Absent),
            Some(snapshot) => read(snapshot),
            None => Ok(Fact::Unknown(none(what, "--assume organization=none, or a snapshot"))),
        };
        let identity = match (snapshot, &self.plan, principal) {
            (snapshot, Some(plan), Some(principal)) => plan.identity(snapshot, principal)?,
            (Some(snapshot), None, Some(principal)) => snapshot.identity(principal)?,
            _ => Fact::Unknown(none("the principal's policies", "--snapshot DIR, or --identity-policy FILE")),
        };
        let depth = organization.known().and_then(Organization::depth);
        let scps = levels(&|snapshot| snapshot.scps(), "the service control policies")?;
        let scps = self.planned_levels(scps, &organization, PolicyType::ServiceControl)?;
        let rcps = levels(&|snapshot| snapshot.rcps(), "the resource control policies")?;
        let rcps = self.planned_levels(rcps, &organization, PolicyType::ResourceControl)?;
        let aliases = match snapshot {
            Some(snapshot) => snapshot.aliases()?,
            None => Fact::Unknown(none("the key aliases", "kms/aliases.json in a snapshot")),
        };
        Ok(Facts {
            environment,
            organization,
            scps: with_all_levels(scps, depth, "scps"),
            rcps: with_all_levels(rcps, depth, "rcps"),
            identity,
            session: if assumptions.is("session-policy", "none") {
                Fact::Absent
            } else {
                Fact::Unknown(none("session policies", "--session-policy FILE, or --assume session-policy=none"))
            },
            vpc_endpoint: Fact::Unknown(none("the policy of a VPC endpoint in use", "--vpce-policy FILE")),
            buckets: BTreeMap::new(),
            keys: BTreeMap::new(),
            roles: BTreeMap::new(),
            told: BTreeMap::new(),
            open_aliases: self.open_aliases(),
            aliases: self.planned_aliases(aliases),
        })
    }

    /// What is attached to a role that acts for the request
    pub(super) fn role(&self, arn: &Arn) -> Result<Fact<Identity>, Problems> {
        if let Some(plan) = &self.plan {
            return Ok(planned::role(plan, self.snapshot.as_ref(), arn));
        }
        match &self.snapshot {
            Some(snapshot) => snapshot.role(arn),
            None => Ok(Fact::Unknown(nothing_given(&format!("the policies of `{arn}`"), "--snapshot DIR"))),
        }
    }

    /// The roles that are called much like one that does not exist, in words
    pub(super) fn near_role(&self, arn: &Arn) -> Result<Option<String>, Problems> {
        self.snapshot.as_ref().map_or(Ok(None), |snapshot| snapshot.near_role(arn))
    }

    /// The facts of one bucket, with a what-if policy over them
    pub(super) fn bucket(&self, name: &str) -> Result<Bucket, Problems> {
        let mut bucket = match &self.snapshot {
            Some(snapshot) => snapshot.bucket(name)?,
            None => unknown::bucket(name),
        };
        if let Some(plan) = &self.plan {
            bucket = plan.bucket(name, bucket)?;
        }
        if let Some(policy) = self.bucket_policies.get(name) {
            bucket.policy = policy.clone();
        }
        Ok(bucket)
    }

    /// The keys of a bucket's objects, as far as the snapshot lists them
    pub(super) fn object_keys(&self, bucket: &str) -> Result<Fact<BTreeSet<String>>, Problems> {
        match &self.snapshot {
            Some(snapshot) => snapshot.object_keys(bucket),
            None => Ok(Fact::Unknown(nothing_given("the objects of the bucket", "a snapshot"))),
        }
    }

    /// The facts of one key, with a what-if policy over them
    pub(super) fn key(&self, arn: &str, facts: &Facts) -> Result<Key, Problems> {
        let id = arn.rsplit('/').next().unwrap_or_default();
        let mut key = match &self.snapshot {
            Some(snapshot) => snapshot.key(id)?,
            None => unknown::key(id),
        };
        if let Some(plan) = &self.plan {
            key = plan.key(id, key)?;
        }
        for (reference, policy) in &self.key_policies {
            let same_arn = !matches!(reference, KeyReference::KeyArn(own) if own.as_str() != arn);
            if same_arn && means(reference, id, facts) {
                key.policy = policy.clone();
            }
        }
        Ok(key)
    }

    /// What-if policies of buckets and keys that this request does not touch
    pub(super) fn unused(&self, facts: &Facts) -> Vec<Problem> {
        let problem = |flag: String, touched: Vec<&str>| {
            let touched = if touched.is_empty() { "none".to_owned() } else { touched.join(", ") };
            Problem::general(format!("`{flag}` changes nothing: the request does not touch it"))
                .with_help(format!("it touches {touched}"))
        };
        let touched = || facts.buckets.keys().map(String::as_str).collect();
        let buckets = self.bucket_policies.keys().filter(|name| !facts.buckets.contains_key(*name));
        let mut problems: Vec<Problem> =
            buckets.map(|name| problem(format!("--bucket-policy {name}"), touched())).collect();
        let touched = || facts.keys.keys().map(String::as_str).collect();
        let used = |reference: &KeyReference| facts.keys.keys().any(|id| means(reference, id, facts));
        let keys = self.key_policies.iter().filter(|(reference, _)| !used(reference));
        problems.extend(keys.map(|(reference, _)| problem(format!("--key-policy {reference}"), touched())));
        problems
    }

    /// A manifest in S3, `None` without a snapshot
    pub(super) fn manifest(&self, bucket: &str, key: &str) -> Result<Option<Fact<Box<dyn BufRead>>>, Problems> {
        self.snapshot.as_ref().map(|snapshot| snapshot.manifest(bucket, key)).transpose()
    }

    /// Whether the snapshot says why a file is not in it
    pub(super) fn accounts_for(&self, path: &str) -> bool {
        self.snapshot.as_ref().is_some_and(|snapshot| snapshot.why_missing(path).is_some())
    }

    /// Files of the snapshot that nothing reads
    pub(super) fn extras(&self) -> Vec<Problem> {
        self.snapshot.as_ref().map(Snapshot::extras).unwrap_or_default()
    }
}

/// How one of the two kinds of organization policies is read
type ReadLevels<'r, 'f> = &'r dyn Fn(&Snapshot<'f>) -> Result<Fact<Vec<Level>>, Problems>;

/// Whether a reference means the key with this id
fn means(reference: &KeyReference, id: &str, facts: &Facts) -> bool {
    let aliased =
        |alias: &str| facts.aliases.known().and_then(|aliases| aliases.get(alias)).is_some_and(|target| target == id);
    match reference {
        KeyReference::KeyId(_) | KeyReference::KeyArn(_) => reference.key_id() == Some(id),
        KeyReference::Alias(alias) => aliased(alias),
        KeyReference::AliasArn(alias) => aliased(alias.resource()),
        KeyReference::Unreadable(_) => false,
    }
}

/// Account, Region and partition: flags over the snapshot over the principal's ARN
fn environment(
    snapshot: Option<&Snapshot<'_>>,
    args: &AccountArgs,
    principal: Option<&Principal>,
) -> Result<Environment, Problems> {
    let mut environment = snapshot.map(|snapshot| snapshot.environment().clone()).unwrap_or_default();
    let mut problems = Vec::new();
    if let (Some(flag), Some(own)) = (&args.account, &environment.account)
        && flag != own
    {
        problems.push(
            Problem::general(format!("the snapshot describes account {own}, `--account` says {flag}"))
                .with_help("give the snapshot of that account"),
        );
    }
    environment.account = args.account.clone().or(environment.account);
    if let (Some(principal), Some(account)) = (principal.and_then(Principal::account), &environment.account)
        && principal != account
    {
        problems.push(
            Problem::general(format!(
                "the request runs in account {account}, but the principal belongs to account {principal}"
            ))
            .with_help(
                "training runs in the caller's own account: give that account's snapshot, or a principal of this one",
            ),
        );
    }
    environment.account = environment.account.or_else(|| principal.and_then(Principal::account).cloned());
    environment.region = args.region.clone().or(environment.region);
    let of_region = environment.region.as_ref().map(Partition::of_region);
    let of_principal = principal.and_then(Principal::partition).and_then(|partition| partition.parse().ok());
    environment.partition = args.partition.clone().or(environment.partition).or(of_region).or(of_principal);
    if problems.is_empty() { Ok(environment) } else { Err(Problems(problems)) }
}

/// Marks levels that the organization has and the snapshot lacks: an unread policy could deny
fn with_all_levels(levels: Fact<Vec<Level>>, depth: Option<usize>, folder: &str) -> Fact<Vec<Level>> {
    levels.map(|mut levels| {
        if let Some(depth) = depth.filter(|depth| levels.len() < *depth) {
            let missing = MissingFact {
                what: format!("the policies of {} of {depth} levels of the organization", depth - levels.len()),
                source: format!(
                    "organizations/{folder}/NN-LEVEL in the snapshot, a folder for the root, each unit and the account"
                ),
                why: "`paths` in snapshot.toml names more levels than there are folders".to_owned(),
            };
            levels.push(Level { name: "missing".to_owned(), policies: Vec::new(), unread: Some(missing) });
        }
        levels
    })
}
