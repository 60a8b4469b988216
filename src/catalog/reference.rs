//! What AWS says of the actions used here: resource shapes and condition keys

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::iam::Action;
use crate::reference::{self, ListedAction};
use crate::source::nearest;

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
    /// The condition keys of the service that calls with this action can carry; `None` for an action that AWS does not
    /// list
    ///
    /// A key of the service that is not among them is absent from the call. `kms:EncryptionContext:` stands for
    /// every key with that beginning, as do keys that end in `/`. What the catalog's own table says of an action goes
    /// before what AWS lists.
    #[must_use]
    pub fn service_keys(&self, action: &Action) -> Option<Vec<String>> {
        match self.0.get(action) {
            Some(entry) => Some(entry.keys.clone()),
            None => reference::action(action).map(listed_keys),
        }
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

    /// Whether AWS lists an action
    #[must_use]
    pub fn knows(&self, action: &Action) -> bool {
        self.0.contains_key(action) || reference::action(action).is_some()
    }

    /// The shapes of an action's resources where this one has none of them; no shapes for an action without resources
    #[must_use]
    pub fn objection(&self, action: &Action, resource: &str) -> Option<Vec<String>> {
        if let Some(entry) = self.0.get(action) {
            return (!entry.admits(resource)).then(|| entry.resources.clone());
        }
        let listed = reference::action(action)?;
        let arns = || listed.resources().iter().flat_map(|used| &used.resource.arns);
        // Where every call may do without a resource, the action is also authorized against `*`.
        let admits = arns().any(|arn| arn.admits(resource))
            || (resource == "*" && listed.resources().iter().all(|used| !used.required));
        (!admits).then(|| arns().map(|arn| arn.text().to_owned()).collect())
    }

    /// Whether a pattern can name a resource of a listed action
    #[must_use]
    pub fn meets(&self, action: &Action, pattern: &str) -> bool {
        reference::action(action).is_some_and(|listed| listed.takes(pattern))
    }

    /// The action whose name is nearest among those of its service
    #[must_use]
    pub fn nearest(&self, action: &Action) -> Option<String> {
        let own = self.0.keys().map(Action::as_str);
        if let Some(near) = nearest(action.as_str(), own) {
            return Some(near.to_owned());
        }
        nearest_listed(action)
    }
}

/// The listed action whose name is nearest to one that is not, among those of its service
#[must_use]
pub fn nearest_listed(action: &Action) -> Option<String> {
    let service = reference::service(action.service())?;
    let near = nearest(action.name(), service.actions().map(|listed| listed.name))?;
    Some(format!("{}:{near}", service.prefix))
}

/// The keys of an action and of its resources, a variable part as an open end
fn listed_keys(listed: &ListedAction) -> Vec<String> {
    let of_resources = listed.resources().iter().flat_map(|used| used.keys.iter().chain(&used.resource.keys));
    let names = listed.keys().iter().chain(of_resources).map(|key| key.name);
    let mut keys: Vec<String> = names.map(|name| name.split("${").next().unwrap_or_default().to_owned()).collect();
    keys.sort();
    keys.dedup();
    keys
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
