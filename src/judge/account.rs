//! The account's policies, compiled, and who calls

mod assumed;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evaluate::{LevelSet, PolicySetId, Program, ResourceSide, Source, Truth};
use crate::facts::{
    ActingRole, Bucket, BucketOwner, Environment, Fact, Facts, Key, KeyManager, Level, MissingFact, ObjectOwnership,
    Organization,
};
use crate::iam::{AccountId, Arn, Principal, PrincipalKind};
use crate::need::Actor;
use crate::policy::{Document, PolicyType, parse};
use crate::source::SourceFile;

use super::party::Party;
use super::{ObjectOwner, Settings};

/// The key policy of AWS managed keys as AWS publishes it, with the service's name left open (rule E329)
const MANAGED_KEY_POLICY: &str = include_str!("../../policies/reference/aws-managed-key-policy.json");

/// A KMS key's ARN, the form in which rows name keys
pub type KeyArn = String;

/// Everything compiled that one check needs
#[derive(Debug, Clone)]
pub struct Account {
    /// The compiled policies
    pub program: Program,
    /// Who sends the request
    pub caller: Party,
    /// Account, Region, partition
    pub environment: Environment,
    /// The organization
    pub organization: Fact<Organization>,
    /// The roles that act for the request, by their names in the catalog
    roles: BTreeMap<String, Party>,
    /// The trust policies of roles, by the roles' ARNs
    trusts: BTreeMap<String, ResourceSide>,
    rcps: Fact<Vec<LevelSet>>,
    settings: Settings,
    /// Whether a bucket's object ownership leaves its objects to others, or is not known
    ownership_assumed: bool,
    buckets: BTreeMap<String, ResourceSide>,
    /// The buckets of which S3 said whose they are
    owners_read: BTreeSet<String>,
    keys: BTreeMap<KeyArn, ResourceSide>,
    /// The aliases under which AWS managed keys were added
    aliases: BTreeMap<KeyArn, String>,
}

impl Account {
    /// Compiles what belongs to the caller and the organization
    #[must_use]
    pub fn compile(facts: &Facts, principal: &Principal, settings: &Settings) -> Self {
        let mut program = Program::new(settings.readings);
        let caller = Party::caller(facts, principal, settings, &mut program);
        let rcps = levels(&facts.rcps, PolicyType::ResourceControl, &mut program);
        let mut account = Self {
            program,
            caller,
            roles: BTreeMap::new(),
            trusts: BTreeMap::new(),
            environment: facts.environment.clone(),
            organization: facts.organization.clone(),
            rcps,
            settings: settings.clone(),
            ownership_assumed: false,
            buckets: BTreeMap::new(),
            owners_read: BTreeSet::new(),
            keys: BTreeMap::new(),
            aliases: BTreeMap::new(),
        };
        account.add_roles(facts);
        account
    }

    /// Compiles the roles that act for the request, and their trust policies
    fn add_roles(&mut self, facts: &Facts) {
        for (name, role) in &facts.roles {
            let shared = (&self.settings, &self.caller.direct.scps);
            if let Some(party) = Party::role(facts, role, shared, &mut self.program) {
                self.roles.insert(name.clone(), party);
            }
            let trust = match &role.identity {
                Fact::Known(identity) => source(&identity.trust, PolicyType::Trust, &mut self.program),
                Fact::Absent => Source::Unknown(ActingRole::gone(&role.arn)),
                Fact::Unknown(missing) => Source::Unknown(missing.clone()),
            };
            let side = ResourceSide { policy: trust, policy_is_mandatory: true, ..self.owned_side(&role.arn) };
            self.trusts.insert(role.arn.to_string(), side);
        }
    }

    /// Who acts; `None` for a role of which not even the name is known
    #[must_use]
    pub fn party(&self, actor: &Actor) -> Option<Cow<'_, Party>> {
        match actor {
            Actor::Caller => Some(Cow::Borrowed(&self.caller)),
            Actor::Role(name) => self.roles.get(name).map(Cow::Borrowed),
            Actor::Service(name) => name.parse().ok().map(|principal| Cow::Owned(Party::service(principal))),
        }
    }

    /// The layers of a role as what is assumed
    #[must_use]
    pub fn trust_side(&self, role: &Arn) -> ResourceSide {
        self.trusts.get(role.as_str()).cloned().unwrap_or_else(|| {
            let missing = MissingFact {
                what: format!("the trust policy of `{role}`"),
                source: "iam/account-authorization-details.json in the snapshot".to_owned(),
                why: "not read".to_owned(),
            };
            ResourceSide { policy: Source::Unknown(missing), policy_is_mandatory: true, ..self.owned_side(role) }
        })
    }

    /// The layers of a resource whose ARN names its account, without a policy of its own
    #[must_use]
    pub fn owned_side(&self, arn: &Arn) -> ResourceSide {
        self.own_or_unknown(arn.account().or_else(|| self.environment.account.clone()), &format!("`{arn}`"))
    }

    pub(super) fn side_of(&self, owner: AccountId, what: &str) -> ResourceSide {
        self.own_or_unknown(Some(owner), what)
    }

    /// The same buckets and keys with other facts and a caller: what would be if these held
    #[must_use]
    pub fn compile_again(&self, facts: &Facts, principal: &Principal) -> Self {
        let mut account = Self::compile(facts, principal, &self.settings);
        for (name, bucket) in facts.buckets.iter().filter(|(name, _)| self.buckets.contains_key(*name)) {
            account.add_bucket(name, bucket);
        }
        for arn in self.keys.keys() {
            if let Some(key) = facts.keys.get(arn.rsplit('/').next().unwrap_or_default()) {
                account.add_key(arn, key, self.aliases.get(arn).map(String::as_str));
            }
        }
        account
    }

    /// The assumptions in force
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who owns the buckets, as far as that is assumed
    #[must_use]
    pub fn bucket_owner(&self) -> Fact<AccountId> {
        let own = if self.settings.buckets_are_own { self.environment.account.clone() } else { None };
        own.map_or_else(|| Fact::Unknown(unknown_owner("the owner of the buckets")), Fact::Known)
    }

    /// Compiles a bucket's policy
    pub fn add_bucket(&mut self, name: &str, bucket: &Bucket) {
        let policy = source(&bucket.policy, PolicyType::Resource, &mut self.program);
        self.ownership_assumed |= bucket.ownership != Fact::Known(ObjectOwnership::Bucket);
        let assumed = self.bucket_owner().known().cloned();
        let owner = match &bucket.owner {
            Fact::Known(BucketOwner::Account(account)) => assumed.and(Some(account.clone())),
            Fact::Known(BucketOwner::NotAccount(account)) => assumed.filter(|assumed| assumed != account),
            Fact::Absent | Fact::Unknown(_) => assumed,
        };
        let restrict = match &bucket.public_access_block {
            Fact::Known(block) => block.restrict_public_buckets.into(),
            Fact::Absent => Truth::False,
            Fact::Unknown(_) => Truth::Unknown,
        };
        let side = ResourceSide {
            policy,
            restrict_public_buckets: restrict,
            access_lists: self.access_lists(&bucket.ownership),
            ..self.own_or_unknown(owner, &format!("the owner of bucket `{name}`"))
        };
        if matches!(bucket.owner, Fact::Known(_)) {
            self.owners_read.insert(name.to_owned());
        }
        self.buckets.insert(name.to_owned(), side);
    }

    /// Whether access control lists are in force for a bucket
    fn access_lists(&self, ownership: &Fact<ObjectOwnership>) -> Truth {
        match (self.settings.object_owner, ownership) {
            (ObjectOwner::Bucket, _)
            | (_, Fact::Known(ObjectOwnership::Bucket))
            | (ObjectOwner::AsKnown, Fact::Unknown(_)) => Truth::False,
            (ObjectOwner::Open, Fact::Unknown(_)) => Truth::Unknown,
            (_, Fact::Absent | Fact::Known(ObjectOwnership::Writer)) => Truth::True,
        }
    }

    /// Compiles a key's policy; `alias` names an AWS managed key such as `alias/aws/s3`
    pub fn add_key(&mut self, arn: &str, key: &Key, alias: Option<&str>) {
        let managed = alias.is_some_and(|alias| alias.starts_with("alias/aws/"))
            || key.metadata.known().is_some_and(|metadata| metadata.manager == KeyManager::Aws);
        let mut policy = source(&key.policy, PolicyType::Key, &mut self.program);
        if managed && matches!(policy, Source::Unknown(_)) && self.settings.managed_key_policy_published {
            let service = alias.and_then(|alias| alias.strip_prefix("alias/aws/")).unwrap_or("s3");
            policy = self.managed_policy(service).unwrap_or(policy);
        }
        let owner = arn.split(':').nth(4).and_then(|account| account.parse().ok());
        let side = ResourceSide {
            policy,
            policy_is_mandatory: true,
            grants: if managed { Fact::Absent } else { key.grants.clone() },
            aws_managed_key: managed,
            ..self.own_or_unknown(owner, &format!("the owner of key `{arn}`"))
        };
        self.keys.insert(arn.to_owned(), side);
        if let Some(alias) = alias {
            self.aliases.insert(arn.to_owned(), alias.to_owned());
        }
    }

    /// The keys that were added, by ARN; AWS managed ones possibly by alias
    pub fn keys(&self) -> impl Iterator<Item = (&str, &ResourceSide)> {
        self.keys.iter().map(|(arn, side)| (arn.as_str(), side))
    }

    fn managed_policy(&mut self, service: &str) -> Option<Source> {
        let (account, region) = (self.environment.account.clone()?, self.environment.region.clone()?);
        let text = MANAGED_KEY_POLICY
            .replace("ACCOUNT", account.as_str())
            .replace("REGION", region.as_str())
            .replace("SERVICE", service);
        let name = format!("key policy that AWS publishes for aws/{service}");
        let file = SourceFile::new(name.as_str(), text);
        let document = Arc::new(parse::parse(&file, &name, PolicyType::Key).ok()?);
        Some(Source::Set(self.program.add([&document], PolicyType::Key)))
    }

    /// A resource's layers without a policy of its own
    fn own_or_unknown(&self, owner: Option<AccountId>, what: &str) -> ResourceSide {
        let own = owner.is_some() && owner == self.environment.account;
        let rcps = match (&owner, &self.organization) {
            (Some(_), _) if own => self.rcps.clone(),
            _ => Fact::Unknown(MissingFact {
                what: format!("the resource control policies of the account that owns the resource ({what})"),
                source: "not part of a snapshot of another account".to_owned(),
                why: "only the request's own account is described".to_owned(),
            }),
        };
        let management = match &owner {
            Some(owner) => in_management_account(&self.organization, Some(owner)),
            None => Truth::Unknown,
        };
        let owner = owner.map_or_else(|| Fact::Unknown(unknown_owner(what)), Fact::Known);
        ResourceSide::plain(owner, rcps, management)
    }

    /// The layers of a bucket and its objects; of one that was never added everything is unknown
    #[must_use]
    pub fn bucket_side(&self, name: &str) -> ResourceSide {
        self.buckets.get(name).cloned().unwrap_or_else(|| {
            let missing = MissingFact {
                what: format!("the policy of bucket `{name}`"),
                source: format!("s3/{name}/policy.json"),
                why: "not read".to_owned(),
            };
            ResourceSide { policy: Source::Unknown(missing), ..self.own_or_unknown(None, name) }
        })
    }

    /// The layers of a key; of one that was never added everything is unknown
    #[must_use]
    pub fn key_side(&self, arn: &str) -> ResourceSide {
        self.keys.get(arn).cloned().unwrap_or_else(|| {
            let missing = MissingFact {
                what: format!("the key policy of `{arn}`"),
                source: "kms/KEY-ID/policy.json".to_owned(),
                why: "not read".to_owned(),
            };
            let owner = arn.split(':').nth(4).and_then(|account| account.parse().ok());
            ResourceSide {
                policy: Source::Unknown(missing),
                policy_is_mandatory: true,
                ..self.own_or_unknown(owner, arn)
            }
        })
    }

    /// The layers of a resource without a policy of its own
    #[must_use]
    pub fn plain_side(&self) -> ResourceSide {
        self.own_or_unknown(self.environment.account.clone(), "the resource")
    }

    /// The sets that can tell one bucket's objects apart: all of the caller's, the RCPs, the bucket's and these keys'
    #[must_use]
    pub fn telling_sets(&self, bucket: &str, keys: &[KeyArn]) -> Vec<PolicySetId> {
        let mut sets = Vec::new();
        let mut add = |source: &Source| {
            if let Source::Set(set) = source {
                sets.push(*set);
            }
        };
        for party in std::iter::once(&self.caller).chain(self.roles.values()) {
            let side = &party.direct;
            [&side.identity, &side.boundary, &side.session].into_iter().for_each(&mut add);
        }
        add(&self.bucket_side(bucket).policy);
        for key in keys {
            add(&self.key_side(key).policy);
        }
        let leveled =
            [&self.caller.direct.scps, &self.rcps].into_iter().filter_map(Fact::known).flatten().map(|level| level.set);
        sets.extend(leveled);
        sets
    }
}

fn unknown_owner(what: &str) -> MissingFact {
    MissingFact {
        what: what.to_owned(),
        source: "--assume bucket-owner=account".to_owned(),
        why: "assumed to be unknown".to_owned(),
    }
}

/// Why the organization's policies over a principal are not known
pub(super) fn of_another_account(arn: &Arn) -> MissingFact {
    MissingFact {
        what: format!("the service control policies over `{arn}`"),
        source: "not part of a snapshot of another account".to_owned(),
        why: "only the request's own account is described".to_owned(),
    }
}

pub(super) fn source(document: &Fact<Arc<Document>>, kind: PolicyType, program: &mut Program) -> Source {
    match document {
        Fact::Known(document) => Source::Set(program.add([document], kind)),
        Fact::Absent => Source::Absent,
        Fact::Unknown(missing) => Source::Unknown(missing.clone()),
    }
}

pub(super) fn levels(levels: &Fact<Vec<Level>>, kind: PolicyType, program: &mut Program) -> Fact<Vec<LevelSet>> {
    match levels {
        Fact::Known(levels) => Fact::Known(
            levels
                .iter()
                .map(|level| LevelSet {
                    name: level.name.as_str().into(),
                    set: program.add(&level.policies, kind),
                    unread: level.unread.clone(),
                })
                .collect(),
        ),
        Fact::Absent => Fact::Absent,
        Fact::Unknown(missing) => Fact::Unknown(missing.clone()),
    }
}

/// Whether an account is the organization's management account (rules E289, E299)
pub(super) fn in_management_account(organization: &Fact<Organization>, account: Option<&AccountId>) -> Truth {
    match (organization, account) {
        (Fact::Absent, _) | (_, None) => Truth::False,
        (Fact::Unknown(_), _) => Truth::Unknown,
        (Fact::Known(organization), Some(account)) => match &organization.management_account {
            Some(management) => (management == account).into(),
            None => Truth::Unknown,
        },
    }
}

impl Account {
    /// Whether the principal is the root user, who has no policies of its own
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.caller.who.principal.kind() == PrincipalKind::Root
    }
}
