//! The assumptions that the account's policies bring into play

use crate::evaluate::Source;

use super::Account;

impl Account {
    /// The assumptions on which the judging of these policies rests, whatever the rows
    #[must_use]
    pub fn assumptions_used(&self) -> Vec<&'static str> {
        let mut used = vec!["session-policy", "vpc-endpoint-policy"];
        // What S3 said of every bucket is no assumption.
        if self.buckets.is_empty() || self.owners_read.len() < self.buckets.len() || !self.settings.buckets_are_own {
            used.push("bucket-owner");
        }
        let by_key = [
            ("session-tags", "aws:principaltag/"),
            ("called-via", "aws:calledvia"),
            ("source-ip-via-service", "aws:sourceip"),
        ];
        used.extend(by_key.into_iter().filter(|(_, key)| self.program.mentions(key)).map(|(name, _)| name));
        if self.ownership_assumed {
            used.push("object-owner");
        }
        if self.keys.values().any(|key| key.aws_managed_key) {
            used.push("aws-managed-key-policy");
        }
        if self.program.tests_lists_without_set_operator() {
            used.push("multivalued-without-set");
        }
        let side = &self.caller.direct;
        let limited = side.boundary != Source::Absent || side.session != Source::Absent;
        if limited && self.keys.values().any(|key| key.grants.known().is_some_and(|grants| !grants.is_empty())) {
            used.push("grant-limits");
        }
        let policies = self.buckets.values().chain(self.keys.values()).map(|side| &side.policy);
        let sets = policies.filter_map(|source| if let Source::Set(set) = source { Some(*set) } else { None });
        if limited && sets.into_iter().any(|set| self.program.allows_everyone(set)) {
            used.push("any-principal-limits");
        }
        used
    }
}
