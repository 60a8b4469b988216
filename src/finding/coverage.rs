//! Which layers and facts were seen, and which were not

use crate::facts::{Fact, Facts};
use crate::judge::DatasetObjects;
use crate::need::Derivation;

use super::Coverage;

/// What a check of these facts has seen
pub(super) fn of(facts: &Facts, derivation: &Derivation, objects: &DatasetObjects) -> Vec<Coverage> {
    let mut coverage = Vec::new();
    match &facts.identity {
        Fact::Known(identity) => {
            let unread = identity.unread.first();
            let count = identity.policies.len();
            coverage.push(Coverage {
                what: "identity policies".to_owned(),
                seen: unread.is_none(),
                why: unread.map_or_else(|| format!("{count} read"), ToString::to_string),
            });
            coverage.push(row("permissions boundary", &identity.boundary, "no boundary is set"));
        }
        other => coverage.push(row("identity policies", other, "this kind of caller has none")),
    }
    coverage.push(row("session policies", &facts.session, "none given"));
    coverage.push(row("service control policies", &facts.scps, "the account is in no organization"));
    coverage.push(row("resource control policies", &facts.rcps, "the account is in no organization"));
    coverage.push(row("VPC endpoint policy", &facts.vpc_endpoint, "none in use"));
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

fn row<T>(what: &str, fact: &Fact<T>, absent: &str) -> Coverage {
    let (seen, why) = match fact {
        Fact::Known(_) => (true, "read".to_owned()),
        Fact::Absent => (true, absent.to_owned()),
        Fact::Unknown(missing) => (false, format!("{}; {}", missing.why, missing.source)),
    };
    Coverage { what: what.to_owned(), seen, why }
}
