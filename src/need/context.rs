//! The context that the service sets for a call

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{ContextEntry, Environment, Otherwise, Row};
use crate::facts::{EncryptionAlgorithm, Fact, KeyReference};
use crate::iam::{ContextKey, ContextValue};
use crate::json::Node;
use crate::request::S3Place;

use super::basis::Basis;
use super::key::ResolvedKey;
use super::scope::Scope;

impl<'a> Scope<'a> {
    /// The context of a row: its tags first, then its entries
    pub(super) fn context(self, row: &'a Row, basis: &mut Basis) -> Vec<(ContextKey, ContextValue)> {
        let mut context = row.tags.as_deref().map(|path| self.tags(path)).unwrap_or_default();
        for (key, entry) in &row.context {
            context.push((key.clone(), self.context_value(entry, basis)));
        }
        context
    }

    /// `aws:RequestTag/KEY` and `aws:TagKeys`; without tags the latter is absent
    fn tags(self, path: &str) -> Vec<(ContextKey, ContextValue)> {
        let tags = self.request.tags(path);
        let Ok(tag_keys) = "aws:TagKeys".parse::<ContextKey>() else { return Vec::new() };
        if tags.is_empty() {
            return vec![(tag_keys, ContextValue::Absent)];
        }
        let mut values: BTreeMap<ContextKey, ContextValue> = BTreeMap::new();
        for (tag, value) in &tags {
            let Ok(key) = format!("aws:RequestTag/{tag}").parse::<ContextKey>() else { continue };
            let value = ContextValue::Known(vec![value.as_str().into()]);
            // Condition keys ignore case, tags do not: nobody says which of `Team` and `team` counts.
            let merged = match values.get(&key) {
                Some(other) if *other != value => ContextValue::Unknown,
                _ => value,
            };
            values.insert(key, merged);
        }
        let mut context: Vec<_> = values.into_iter().collect();
        let names: Vec<Arc<str>> = tags.iter().map(|(tag, _)| tag.as_str().into()).collect();
        context.push((tag_keys, ContextValue::Known(names)));
        context
    }

    fn context_value(self, entry: &'a ContextEntry, basis: &mut Basis) -> ContextValue {
        match entry {
            ContextEntry::Literal(values) => ContextValue::Known(values.clone()),
            ContextEntry::Unknown(_) => ContextValue::Unknown,
            ContextEntry::Absent(_) => ContextValue::Absent,
            ContextEntry::Assume(name) => match basis.assume(self.assumptions, name) {
                "unknown" => ContextValue::Unknown,
                "absent" => ContextValue::Absent,
                value => ContextValue::Known(vec![value.into()]),
            },
            ContextEntry::All(paths) => {
                let nodes = paths.iter().flat_map(|path| self.request.lookup(path));
                let values: Vec<Arc<str>> = nodes.filter_map(Node::text).map(Into::into).collect();
                if values.is_empty() { ContextValue::Absent } else { ContextValue::Known(values) }
            }
            ContextEntry::From { name, otherwise } => match (self.from(name, basis), otherwise) {
                (Fact::Known(text), _) => ContextValue::Known(vec![text.into()]),
                (Fact::Absent, Otherwise::Default(default)) => ContextValue::Known(vec![default.clone()]),
                (Fact::Absent, Otherwise::Absent) => ContextValue::Absent,
                (Fact::Absent, Otherwise::Unknown(_)) | (Fact::Unknown(_), _) => ContextValue::Unknown,
            },
            ContextEntry::EncryptionContextOf(name) => self.encryption_context(name),
            ContextEntry::RequestAliasOf(name) => self.request_alias(name),
        }
    }

    /// A text, or the ARN of a key
    fn from(self, name: &'a str, basis: &mut Basis) -> Fact<String> {
        let text = self.text(name, basis);
        let (Some(_), Fact::Known(reference)) = (self.key_named(name), &text) else { return text };
        match self.resolve_key(reference) {
            Fact::Known(ResolvedKey::Customer(arn)) => Fact::Known(arn.to_string()),
            Fact::Known(ResolvedKey::Managed { key, .. }) => Fact::Known(key.to_string()),
            Fact::Absent => Fact::Absent,
            Fact::Unknown(missing) => Fact::Unknown(missing),
        }
    }

    /// The bucket's ARN when its objects are written with a Bucket Key, else some object's ARN (rules E349, E350)
    fn encryption_context(self, name: &'a str) -> ContextValue {
        let (Fact::Known(S3Place { bucket, .. }), Fact::Known(partition)) =
            (self.place(name), self.environment(Environment::Partition))
        else {
            return ContextValue::Unknown;
        };
        match self.default_encryption(&bucket) {
            Fact::Known(encryption) if encryption.bucket_key && encryption.algorithm == EncryptionAlgorithm::Kms => {
                ContextValue::Known(vec![format!("arn:{partition}:s3:::{bucket}").into()])
            }
            _ => ContextValue::Unknown,
        }
    }

    /// A caller of KMS that got a key id or a key ARN cannot have used an alias
    fn request_alias(self, name: &'a str) -> ContextValue {
        let reference = self.key_named(name);
        match reference.as_ref().and_then(|(reference, _)| reference.known()).map(|text| KeyReference::of(text)) {
            Some(KeyReference::KeyId(_) | KeyReference::KeyArn(_)) => ContextValue::Absent,
            _ => ContextValue::Unknown,
        }
    }
}
