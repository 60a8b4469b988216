//! Which layers and facts were seen, and which were not

use std::collections::BTreeMap;

use crate::facts::{Fact, Facts, Identity};
use crate::iam::Arn;
use crate::judge::DatasetObjects;
use crate::need::Derivation;

use super::Coverage;

/// What a check of these facts has seen
pub(super) fn of(facts: &Facts, derivation: &Derivation, objects: &DatasetObjects) -> Vec<Coverage> {
    let mut coverage = attached("", &facts.identity, "this kind of caller has none");
    coverage.push(row("session policies", &facts.session, "none given"));
    coverage.push(row("service control policies", &facts.scps, "the account is in no organization"));
    coverage.push(row("resource control policies", &facts.rcps, "the account is in no organization"));
    coverage.push(row("VPC endpoint policy", &facts.vpc_endpoint, "none in use"));
    let roles: BTreeMap<&Arn, &Fact<Identity>> = facts.roles.values().map(|role| (&role.arn, &role.identity)).collect();
    for (arn, identity) in roles {
        coverage.extend(attached(&format!(" of role {arn}"), identity, "there is no such role"));
        if let Fact::Known(identity) = identity {
            coverage.push(row(&format!("trust policy of role {arn}"), &identity.trust, "none"));
        }
    }
    for (name, bucket) in &facts.buckets {
        if matches!(bucket.owner, Fact::Known(_)) {
            coverage.push(row(&format!("owner of bucket {name}"), &bucket.owner, "none"));
        }
        coverage.push(row(&format!("bucket policy of {name}"), &bucket.policy, "the bucket has none"));
        if objects.knows(name) {
            coverage.push(row(&format!("encryption of the objects in {name}"), &bucket.objects, "the bucket is empty"));
        }
    }
    for (id, key) in &facts.keys {
        coverage.push(row(&format!("key policy of {id}"), &key.policy, "none"));
        coverage.push(row(&format!("grants on {id}"), &key.grants, "none"));
    }
    if derivation.needs.iter().any(|need| need.action.service() == "kms") {
        coverage.push(row("key aliases", &facts.aliases, "none"));
    }
    coverage
}

/// The identity policies and the boundary of somebody, `whose` in words
fn attached(whose: &str, identity: &Fact<Identity>, none: &str) -> Vec<Coverage> {
    let what = format!("identity policies{whose}");
    let Fact::Known(identity) = identity else { return vec![row(&what, identity, none)] };
    let unread = identity.unread.first();
    let count = identity.policies.len();
    let why = unread.map_or_else(|| format!("{count} read"), ToString::to_string);
    let boundary = row(&format!("permissions boundary{whose}"), &identity.boundary, "no boundary is set");
    vec![Coverage { what, seen: unread.is_none(), why }, boundary]
}

fn row<T>(what: &str, fact: &Fact<T>, absent: &str) -> Coverage {
    let (seen, why) = match fact {
        Fact::Known(_) => (true, "read".to_owned()),
        Fact::Absent => (true, absent.to_owned()),
        Fact::Unknown(missing) => (false, format!("{}; {}", missing.why, missing.source)),
    };
    Coverage { what: what.to_owned(), seen, why }
}
