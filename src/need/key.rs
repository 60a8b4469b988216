//! From a key as somebody wrote it to the key's ARN

use crate::catalog::Environment;
use crate::facts::{Fact, KeyMetadata, KeyReference, MissingFact};
use crate::iam::wildcard::Glob;
use crate::iam::{Arn, Resource};

use super::basis::missing;
use super::scope::Scope;

/// The key behind a reference
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ResolvedKey {
    /// A key that somebody in an account manages
    Customer(Arn),
    /// An AWS managed key
    Managed {
        /// Its alias
        alias: String,
        /// The key, or all keys of the account and Region when its id is not known
        key: Resource,
    },
}

impl Scope<'_> {
    /// The key behind a reference; unknown when the aliases or the environment are needed and not known
    pub(super) fn resolve_key(self, reference: &str) -> Fact<ResolvedKey> {
        match KeyReference::of(reference) {
            KeyReference::KeyId(id) => self.own_key(&id),
            KeyReference::KeyArn(arn) => Fact::Known(self.classified(arn)),
            KeyReference::Alias(alias) => self.own_alias(&alias),
            KeyReference::AliasArn(arn) => self.alias_arn(&arn),
            KeyReference::Unreadable(text) => Fact::Unknown(missing(
                format!("the key that `{text}` names"),
                "the key ARN in place of it",
                "it is no key id, key ARN, alias or alias ARN",
            )),
        }
    }

    /// A key id names a key of the own account and Region
    fn own_key(self, id: &str) -> Fact<ResolvedKey> {
        let described = self.described(id).map(|metadata| metadata.arn.clone());
        let account = self.facts.environment.account.as_ref();
        // Replicas of a multi-Region key share one id, so its description may be another Region's.
        let usable = described.filter(|arn| {
            !id.starts_with("mrk-") && account.is_none_or(|account| arn.account_text() == account.as_str())
        });
        match usable {
            Some(arn) => Fact::Known(self.classified(arn)),
            None => match self.own_arn(&format!("key/{id}")) {
                Fact::Known(text) => match text.parse() {
                    Ok(arn) => Fact::Known(self.classified(arn)),
                    Err(_) => Fact::Unknown(unknown_alias(id, "the id makes no ARN")),
                },
                Fact::Absent => Fact::Absent,
                Fact::Unknown(missing) => Fact::Unknown(missing),
            },
        }
    }

    fn own_alias(self, alias: &str) -> Fact<ResolvedKey> {
        if let Some(missing) = self.facts.open_aliases.get(alias) {
            return Fact::Unknown(missing.clone());
        }
        let id = match &self.facts.aliases {
            Fact::Known(aliases) => aliases.get(alias),
            _ => None,
        };
        if alias.starts_with("alias/aws/") {
            let key = match id {
                Some(id) => self.own_arn(&format!("key/{id}")),
                None => self.own_arn("key/*"),
            };
            return key.map(|text| ResolvedKey::Managed { alias: alias.to_owned(), key: resource(&text) });
        }
        match (id, &self.facts.aliases) {
            (Some(id), _) => self.own_key(id),
            (None, Fact::Unknown(missing)) => Fact::Unknown(MissingFact {
                what: format!("the key behind `{alias}`: {}", missing.what),
                ..missing.clone()
            }),
            (None, _) => Fact::Unknown(unknown_alias(alias, "the list of aliases does not have it")),
        }
    }

    fn alias_arn(self, arn: &Arn) -> Fact<ResolvedKey> {
        let own = [(Environment::Account, arn.account_text()), (Environment::Region, arn.region())];
        for (part, written) in own {
            match self.environment(part) {
                Fact::Known(own) if own == written => {}
                Fact::Unknown(missing) => return Fact::Unknown(missing),
                _ => return Fact::Unknown(unknown_alias(arn.as_str(), "it is in another account or Region")),
            }
        }
        self.own_alias(arn.resource())
    }

    /// Tells an AWS managed key by its alias or its description
    fn classified(self, arn: Arn) -> ResolvedKey {
        let alias = arn.resource().strip_prefix("key/").and_then(|id| self.managed_alias(id));
        let own = self.own_arn(arn.resource()).known().is_some_and(|own| own == arn.as_str());
        match alias {
            Some(alias) if own => ResolvedKey::Managed { alias: alias.to_owned(), key: Resource::One(arn) },
            _ => ResolvedKey::Customer(arn),
        }
    }

    fn managed_alias(&self, id: &str) -> Option<&str> {
        let aliases = self.facts.aliases.known()?;
        let mut own = aliases.iter().filter(|(_, target)| *target == id).map(|(alias, _)| alias.as_str());
        own.find(|alias| alias.starts_with("alias/aws/"))
    }

    fn described(&self, id: &str) -> Option<&KeyMetadata> {
        self.facts.keys.get(id)?.metadata.known()
    }

    fn own_arn(self, resource: &str) -> Fact<String> {
        let mut text = String::from("arn:");
        for (part, after) in
            [(Environment::Partition, ":kms:"), (Environment::Region, ":"), (Environment::Account, ":")]
        {
            match self.environment(part) {
                Fact::Known(value) => {
                    text.push_str(&value);
                    text.push_str(after);
                }
                other => return other,
            }
        }
        text.push_str(resource);
        Fact::Known(text)
    }

    /// The description of a key, as far as it is this key's
    pub(super) fn key_metadata(self, arn: &Arn) -> Fact<KeyMetadata> {
        let id = arn.resource().strip_prefix("key/").unwrap_or_default();
        let lacking = |why: &str| {
            Fact::Unknown(missing(
                format!("the state of key `{arn}`"),
                format!("kms/{id}/key.json in the snapshot (aws kms describe-key)"),
                why.to_owned(),
            ))
        };
        match self.facts.keys.get(id).map(|key| &key.metadata) {
            Some(Fact::Known(metadata)) if metadata.arn == *arn => Fact::Known(metadata.clone()),
            Some(Fact::Known(metadata)) => lacking(&format!("the key described under this id is `{}`", metadata.arn)),
            Some(Fact::Absent) => Fact::Absent,
            Some(Fact::Unknown(missing)) => Fact::Unknown(missing.clone()),
            None => lacking("nothing is known of the key"),
        }
    }
}

fn resource(text: &str) -> Resource {
    Resource::parse(text).unwrap_or_else(|_| Resource::Set(Glob::parse(text)))
}

fn unknown_alias(reference: &str, why: &str) -> MissingFact {
    missing(
        format!("the key behind `{reference}`"),
        "kms/aliases.json in the snapshot (aws kms list-aliases), or the key ARN in place of the alias",
        why,
    )
}
