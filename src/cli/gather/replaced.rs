//! Room for documents that take the place of the account's own

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::{Fact, Facts, Identity, KeyReference};
use crate::policy::Document;

use super::super::args::{PolicyLayer, Replaced};
use super::Gatherer;
use super::what_if::placeholder;

impl Gatherer<'_> {
    /// Buckets and keys that have no policy, whatever the account says
    pub(super) fn take_away(&mut self, replaced: &Replaced) {
        for layer in &replaced.absent {
            match layer {
                PolicyLayer::Bucket(name) => {
                    self.bucket_policies.insert(name.clone(), Fact::Absent);
                }
                PolicyLayer::Key(name) => self.key_policies.push((KeyReference::of(name), Fact::Absent)),
                _ => {}
            }
        }
    }
}

/// Takes away the policies that documents take the place of, and layers that have none
pub(super) fn make_room(facts: &mut Facts, replaced: &Replaced, complete: bool) {
    if complete
        && replaced.identity_is_given
        && let Some(arn) = placeholder()
    {
        facts.identity = Fact::Known(Identity::bare(arn));
    }
    if let Fact::Known(identity) = &mut facts.identity {
        without(&mut identity.policies, &replaced.identity);
    }
    for layer in &replaced.absent {
        match (layer, &mut facts.identity) {
            (PolicyLayer::Boundary, Fact::Known(identity)) => identity.boundary = Fact::Absent,
            (PolicyLayer::Session, _) => facts.session = Fact::Absent,
            (PolicyLayer::Vpce, _) => facts.vpc_endpoint = Fact::Absent,
            _ => {}
        }
    }
    for (levels, names) in [(&mut facts.scps, &replaced.scps), (&mut facts.rcps, &replaced.rcps)] {
        if let Fact::Known(levels) = levels {
            for level in levels {
                without(&mut level.policies, names);
            }
        }
    }
}

/// Drops the policies of these names; an inline policy's name follows the word `inline`
fn without(policies: &mut Vec<Arc<Document>>, names: &BTreeSet<String>) {
    policies.retain(|policy| {
        let name = &*policy.origin.name;
        !names.contains(name) && !name.strip_prefix("inline ").is_some_and(|name| names.contains(name))
    });
}
