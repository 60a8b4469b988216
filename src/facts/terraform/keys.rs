//! KMS keys, their policies, grants and aliases as the plan will leave them
//!
//! A new key has no id before apply, so nothing can be said of it by its id; an alias of such a key is unknown.

use std::collections::BTreeMap;

use crate::facts::{Fact, Grant, GrantConstraint, Key, KeyManager, KeyMetadata, MissingFact};
use crate::iam::Arn;
use crate::json::Node;
use crate::policy::PolicyType;
use crate::source::Problems;

use super::Plan;
use super::buckets::Said;
use super::providers::Whose;
use super::references::{Link, Target};
use super::resource::{Action, Field, Resource};

const KEYS: [&str; 4] = ["aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"];
const KEY: Target = Target { kinds: &KEYS, attributes: &["key_id", "id", "arn"] };

impl Plan {
    /// A key after apply, by its id
    ///
    /// # Errors
    /// All problems of its policy.
    pub fn key(&self, id: &str, base: Key) -> Result<Key, Problems> {
        let has_id = |key: &&Resource| key.text("key_id").known() == Some(id) || key.before_text("key_id") == Some(id);
        let here = |key: &&Resource| !self.is_elsewhere(id, key);
        let own = KEYS.into_iter().flat_map(|kind| self.of_type(kind)).find(|key| has_id(key) && here(key));
        let mut key = base;
        if let Some(own) = own {
            key.metadata = self.metadata(own, id, key.metadata);
            let states = !matches!(own.text("policy"), Field::Absent) && own.text("key_id").known() == Some(id);
            if states {
                key.policy = self.document(own, "policy", PolicyType::Key)?;
            }
        }
        key.policy = match self.said("aws_kms_key_policy", "key_id", (id, own), KEY) {
            Said::Nothing => key.policy,
            Said::By(resource) => self.document(resource, "policy", PolicyType::Key)?,
            Said::Gone(resource) => {
                let what = format!("the policy of key `{id}`");
                Fact::Unknown(self.open(resource, what, "the plan takes its policy away, and the key gets another"))
            }
            Said::Open(missing) => Fact::Unknown(missing),
        };
        key.grants = self.grants(id, own, key.grants);
        Ok(key)
    }

    /// Whether a resource is about a key of another Region: multi-Region keys share their id
    pub(super) fn is_elsewhere(&self, id: &str, resource: &Resource) -> bool {
        let theirs = self.region(resource);
        id.starts_with("mrk-")
            && theirs.is_some()
            && self.environment.region.is_some()
            && theirs != self.environment.region
    }

    fn metadata(&self, own: &Resource, id: &str, base: Fact<KeyMetadata>) -> Fact<KeyMetadata> {
        let gone = own.text("key_id").known() != Some(id);
        let state = |metadata: KeyMetadata, state: &str| KeyMetadata { state: state.to_owned(), ..metadata };
        let metadata = match base {
            Fact::Known(metadata) => Some(metadata),
            _ => planned_metadata(own, id),
        };
        let Some(metadata) = metadata else {
            return Fact::Unknown(self.open_attribute(own, "arn", "the plan does not say"));
        };
        let attribute = if own.kind == "aws_kms_key" { "is_enabled" } else { "enabled" };
        Fact::Known(match (gone, own.flag(attribute), own.before(attribute).and_then(Node::boolean)) {
            // Terraform never deletes a key at once, KMS keeps it for seven to thirty days.
            (true, _, _) => state(metadata, "PendingDeletion"),
            (_, Field::Known(enabled), before) if before != Some(enabled) => {
                state(metadata, if enabled { "Enabled" } else { "Disabled" })
            }
            (_, Field::Unknown(why), _) => return Fact::Unknown(self.open_attribute(own, attribute, why)),
            _ => metadata,
        })
    }

    fn grants(&self, id: &str, own: Option<&Resource>, base: Fact<Vec<Grant>>) -> Fact<Vec<Grant>> {
        let Fact::Known(mut grants) = base else { return base };
        let of_key = |text: &str| text == id || text.rsplit('/').next() == Some(id);
        for resource in self.of_type("aws_kms_grant").filter(|grant| !self.is_elsewhere(id, grant)) {
            if resource.changes_what_was()
                && let Some(grant) = resource.before_text("grant_id")
            {
                grants.retain(|own| own.id != grant);
            }
            if !resource.stays() {
                continue;
            }
            match resource.text("key_id") {
                Field::Known(key) if of_key(key) => {}
                Field::Known(_) | Field::Absent => continue,
                Field::Unknown(why) => match self.link(resource, "key_id", KEY) {
                    Link::One(key) if own.is_some_and(|own| own.address == key.address) => {}
                    Link::One(_) => continue,
                    _ => return Fact::Unknown(self.open_attribute(resource, "key_id", why)),
                },
            }
            match self.grant(resource) {
                Ok(grant) => {
                    grants.retain(|own| own.id != grant.id);
                    grants.push(grant);
                }
                Err(missing) => return Fact::Unknown(missing),
            }
        }
        Fact::Known(grants)
    }

    fn grant(&self, resource: &Resource) -> Result<Grant, MissingFact> {
        let text = |attribute: &'static str| match resource.text(attribute) {
            Field::Known(text) => Ok(Some(text.to_owned())),
            Field::Absent => Ok(None),
            Field::Unknown(why) => Err(self.open_attribute(resource, attribute, why)),
        };
        let grantee = text("grantee_principal")?
            .ok_or_else(|| self.open_attribute(resource, "grantee_principal", "it is not set"))?;
        let operations = resource.texts("operations");
        if operations.open != Some(0) {
            return Err(self.open_attribute(resource, "operations", operations.why));
        }
        let constraint = match resource.after("constraints") {
            Field::Known(node) => constraint(node),
            Field::Absent => None,
            Field::Unknown(why) => return Err(self.open_attribute(resource, "constraints", why)),
        };
        Ok(Grant {
            id: resource.text("grant_id").known().unwrap_or(&resource.address).to_owned(),
            grantee,
            retiring: text("retiring_principal")?,
            operations: operations.known.into_iter().map(str::to_owned).collect(),
            constraint,
            file: self.file.name.clone(),
        })
    }

    /// Key ids by alias after apply
    ///
    /// An alias whose key is not known is left out: so its key stays unknown.
    #[must_use]
    pub fn aliases(&self, base: Fact<BTreeMap<String, String>>) -> Fact<BTreeMap<String, String>> {
        let mut aliases = match base {
            Fact::Known(aliases) => aliases,
            Fact::Absent => BTreeMap::new(),
            Fact::Unknown(missing) => {
                // What the plan knows is known; any other alias is as unknown as before.
                let known = self.own_aliases().any(|alias| alias.stays() && self.target(alias).is_some());
                if !known {
                    return Fact::Unknown(missing);
                }
                BTreeMap::new()
            }
        };
        for alias in self.own_aliases() {
            if alias.changes_what_was()
                && let Some(name) = alias.before_text("name")
            {
                aliases.remove(name);
            }
        }
        for alias in self.own_aliases().filter(|alias| alias.stays()) {
            let Some(name) = alias.text("name").known() else { continue };
            match self.target(alias) {
                Some(key) => aliases.insert(name.to_owned(), key.to_owned()),
                None => aliases.remove(name),
            };
        }
        Fact::Known(aliases)
    }

    /// Aliases of the plan whose key is not known, by name
    pub fn open_aliases(&self) -> impl Iterator<Item = (&str, MissingFact)> {
        self.own_aliases().filter(|alias| alias.stays() && self.target(alias).is_none()).filter_map(|alias| {
            let name = alias.text("name").known()?;
            let what = format!("the key behind `{name}`");
            Some((name, self.open(alias, what, "the id of its key, or its Region, is known after apply only")))
        })
    }

    fn own_aliases(&self) -> impl Iterator<Item = &Resource> {
        let foreign = |alias: &Resource| {
            let elsewhere = match (self.region(alias), &self.environment.region) {
                (Some(theirs), Some(ours)) => theirs != *ours,
                _ => false,
            };
            elsewhere || self.whose(alias) == Whose::Foreign
        };
        self.of_type("aws_kms_alias").filter(move |alias| !foreign(alias))
    }

    /// The key id behind an alias that is certainly of this account and Region
    fn target<'r>(&self, alias: &'r Resource) -> Option<&'r str> {
        let certain = self.region(alias).is_some() && self.environment.region.is_some();
        if !certain || self.whose(alias) != Whose::Own || matches!(alias.action, Action::Other | Action::Deferred) {
            return None;
        }
        alias.text("target_key_id").known()?.rsplit('/').next()
    }
}

fn planned_metadata(own: &Resource, id: &str) -> Option<KeyMetadata> {
    let text = |attribute: &str| own.text(attribute).known().or_else(|| own.before_text(attribute)).map(str::to_owned);
    let arn: Arn = text("arn")?.parse().ok()?;
    let enabled = own.flag("is_enabled").known().or_else(|| own.before("is_enabled").and_then(Node::boolean))?;
    (own.kind == "aws_kms_key").then_some(())?;
    Some(KeyMetadata {
        arn,
        state: if enabled { "Enabled" } else { "Disabled" }.to_owned(),
        spec: text("customer_master_key_spec")?,
        usage: text("key_usage")?,
        manager: KeyManager::Customer,
        multi_region: own.flag("multi_region").known().unwrap_or_else(|| id.starts_with("mrk-")),
    })
}

/// A constraint of another form is kept by name, never dropped
fn constraint(node: &Node) -> Option<GrantConstraint> {
    let block = match node.elements() {
        [] => return None,
        [only] => only,
        _ => return Some(GrantConstraint::Other("constraints".to_owned())),
    };
    let pairs = |key: &str| -> Option<BTreeMap<String, String>> {
        let members = block.member(key)?.members();
        let pairs = members.iter().map(|pair| Some((pair.key.clone(), pair.value.text()?.to_owned())));
        pairs.collect::<Option<BTreeMap<_, _>>>().filter(|pairs| !pairs.is_empty())
    };
    match (pairs("encryption_context_equals"), pairs("encryption_context_subset")) {
        (Some(pairs), None) => Some(GrantConstraint::Equals(pairs)),
        (None, Some(pairs)) => Some(GrantConstraint::Subset(pairs)),
        _ => Some(GrantConstraint::Other("constraints".to_owned())),
    }
}
