//! What AWS says of the actions used here: resource shapes and condition keys

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::iam::Action;

/// The actions known, from the Service Authorization Reference
#[derive(Debug, Clone, Default)]
pub struct Reference(pub(super) BTreeMap<Action, ActionReference>);

/// What AWS says of one action
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionReference {
    /// The shapes of its resources: `*` is one part between colons and slashes, a final `**` everything that
    /// follows; empty when the action has no resource type
    pub resources: Vec<String>,
    /// The condition keys that a call can carry; a final `/` or `:` stands for any ending
    pub keys: Vec<String>,
}

impl Reference {
    /// The condition keys of the service that calls with this action can carry; `None` for an action not listed
    ///
    /// A key of the service that is not among them is absent from the call. `kms:EncryptionContext:` stands for
    /// every key with that beginning, as do keys that end in `/`.
    #[must_use]
    pub fn service_keys(&self, action: &Action) -> Option<&[String]> {
        self.0.get(action).map(|entry| entry.keys.as_slice())
    }

    /// The same in lower case, the form in which contexts compare keys
    #[must_use]
    pub fn folded_keys(&self, action: &Action) -> Option<Vec<String>> {
        Some(self.service_keys(action)?.iter().map(|key| key.to_lowercase()).collect())
    }

    /// Whether a call with this action can carry a condition key (in lower case); `None` for an action not listed
    #[must_use]
    pub fn carries(&self, action: &Action, folded_key: &str) -> Option<bool> {
        let keys = self.folded_keys(action)?;
        Some(keys.iter().any(|key| key == folded_key || (key.ends_with(['/', ':']) && folded_key.starts_with(key))))
    }

    /// What AWS says of an action
    #[must_use]
    pub fn action(&self, action: &Action) -> Option<&ActionReference> {
        self.0.get(action)
    }

    /// The actions listed
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.0.keys()
    }
}

impl ActionReference {
    /// Whether a resource has one of the shapes
    #[must_use]
    pub fn admits(&self, resource: &str) -> bool {
        if self.resources.is_empty() {
            return resource == "*";
        }
        self.resources.iter().any(|shape| has_shape(resource, shape))
    }
}

fn has_shape(resource: &str, shape: &str) -> bool {
    let mut parts = resource.split_inclusive([':', '/']);
    for piece in shape.split_inclusive([':', '/']) {
        if piece == "**" {
            return parts.next().is_some();
        }
        let Some(part) = parts.next() else { return false };
        let agrees = match piece.strip_prefix('*') {
            Some(separator) => part.ends_with(separator) && (!separator.is_empty() || !part.ends_with([':', '/'])),
            None => part == piece,
        };
        if !agrees {
            return false;
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_tell_buckets_from_objects() {
        for (resource, shape, fits) in [
            ("arn:aws:s3:::b", "arn:*:s3:::*", true),
            ("arn:aws:s3:::b/k", "arn:*:s3:::*", false),
            ("arn:aws:s3:::b/k/l", "arn:*:s3:::*/**", true),
            ("arn:aws:s3:::b", "arn:*:s3:::*/**", false),
            ("arn:aws:s3:::b/", "arn:*:s3:::*", false),
            ("arn:aws:kms:r:1:key/k", "arn:*:kms:*:*:key/*", true),
            ("arn:aws:kms:r:1:alias/k", "arn:*:kms:*:*:key/*", false),
            ("arn:aws:x:r:1:model/p/1", "arn:*:x:*:*:model/*/*", true),
            ("arn:aws:x:r:1:model/p", "arn:*:x:*:*:model/*/*", false),
        ] {
            assert_eq!(has_shape(resource, shape), fits, "{resource} {shape}");
        }
    }
}
