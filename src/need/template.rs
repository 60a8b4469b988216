//! From a resource template to what a permission is about

use crate::catalog::{Environment, FactSource, Name, Part, Template, assumption};
use crate::facts::Fact;
use crate::iam::wildcard::Glob;
use crate::iam::{Arn, Resource};

use super::Target;
use super::basis::{Basis, missing};
use super::element::ElementValue;
use super::key::ResolvedKey;
use super::scope::Scope;

/// The value of an assumption that leaves an open part open
const ANY: &str = "any";

impl<'a> Scope<'a> {
    /// What a template stands for; `None` when an optional part has no value
    pub(super) fn target(self, template: &'a Template, basis: &mut Basis) -> Option<Target> {
        if let Some(name) = template.whole() {
            if let (Name::Variable(None), Some(ElementValue::Dataset(source))) =
                (self.name(name), self.element.map(|element| &element.value))
            {
                return Some(dataset_target(source));
            }
            if let Name::Fact { source: FactSource::RequestArn { whole, form }, .. } = self.name(name) {
                return Some(self.request_arn(whole, form, basis));
            }
            if let Some((reference, words)) = self.key_named(name) {
                return Some(self.key_target(reference, words, basis));
            }
        }
        self.rendered(template, basis)
    }

    fn key_target(self, reference: Fact<String>, words: String, basis: &mut Basis) -> Target {
        let reference = basis.known(reference);
        let Some(key) = reference.and_then(|reference| basis.known(self.resolve_key(&reference))) else {
            return Target::Unnamed(words);
        };
        match key {
            ResolvedKey::Customer(arn) => Target::Resource(Resource::One(arn)),
            ResolvedKey::Managed { alias, key } => {
                self.rely_on_published_policy(&alias, &key, basis);
                Target::AwsManagedKey { alias, key }
            }
        }
    }

    fn rely_on_published_policy(self, alias: &str, key: &Resource, basis: &mut Basis) {
        let published = basis.assume(self.assumptions, assumption::MANAGED_KEY_POLICY) == "published";
        let id = key.text().rsplit('/').next().unwrap_or_default();
        let read = self.facts.keys.get(id).is_some_and(|key| key.policy.known().is_some());
        if !published && !read {
            basis.lack(missing(
                format!("the key policy of `{alias}`"),
                "kms/KEY-ID/policy.json in the snapshot (aws kms get-key-policy)",
                format!("`{}` is assumed to be unknown", assumption::MANAGED_KEY_POLICY),
            ));
        }
    }

    fn rendered(self, template: &'a Template, basis: &mut Basis) -> Option<Target> {
        let mut text = Rendering::default();
        for part in template.parts() {
            match part {
                Part::Text(fixed) => text.push(fixed),
                Part::Environment(which) => match basis.known(self.environment(*which)) {
                    Some(value) => text.push(&value),
                    None => text.push_unnamed(environment_word(*which)),
                },
                Part::Open(assumption) => {
                    match assumption.as_deref().map(|name| basis.assume(self.assumptions, name)) {
                        None | Some(ANY) => text.push_open(),
                        Some(value) => text.push(value),
                    }
                }
                Part::Named { name, optional } => match self.text(name, basis) {
                    Fact::Known(value) => text.push(&value),
                    Fact::Absent if *optional => return None,
                    Fact::Absent => {
                        basis.lack(missing(
                            format!("`{name}` of the request"),
                            "the request file",
                            "the request does not have it",
                        ));
                        text.push_unnamed(name);
                    }
                    Fact::Unknown(missing) => {
                        basis.lack(missing);
                        text.push_unnamed(name);
                    }
                },
            }
        }
        Some(text.finish(template, basis))
    }
}

fn dataset_target(source: &FactSource) -> Target {
    match source {
        FactSource::DatasetKeys { .. } => Target::DatasetKeys,
        FactSource::DatasetBuckets { .. } => Target::DatasetBuckets,
        _ => Target::DatasetObjects,
    }
}

pub(super) fn environment_word(which: Environment) -> &'static str {
    match which {
        Environment::Partition => "partition",
        Environment::Region => "region",
        Environment::Account => "account",
    }
}

/// A resource in the making: as it is, and as a pattern in which its own `*`, `?` and `$` are escaped
#[derive(Default)]
pub(super) struct Rendering {
    plain: String,
    pattern: String,
    is_open: bool,
    is_unnamed: bool,
}

impl Rendering {
    pub(super) fn push(&mut self, text: &str) {
        self.plain.push_str(text);
        for character in text.chars() {
            match character {
                '*' => self.pattern.push_str("${*}"),
                '?' => self.pattern.push_str("${?}"),
                '$' => self.pattern.push_str("${$}"),
                other => self.pattern.push(other),
            }
        }
    }

    pub(super) fn push_open(&mut self) {
        self.is_open = true;
        self.plain.push('*');
        self.pattern.push('*');
    }

    pub(super) fn push_unnamed(&mut self, name: &str) {
        self.is_unnamed = true;
        self.plain.push('{');
        self.plain.push_str(name);
        self.plain.push('}');
    }

    pub(super) fn finish(self, template: &Template, basis: &mut Basis) -> Target {
        if self.is_unnamed {
            return Target::Unnamed(self.plain);
        }
        if self.plain == "*" {
            return Target::Resource(Resource::Any);
        }
        match self.plain.parse::<Arn>() {
            Ok(_) if self.is_open => Target::Resource(Resource::Set(Glob::parse(&self.pattern))),
            Ok(arn) => Target::Resource(Resource::One(arn)),
            Err(error) => {
                let what = format!("the resource that `{template}` stands for");
                basis.lack(missing(what, "the request file", error.to_string()));
                Target::Unnamed(self.plain)
            }
        }
    }
}
