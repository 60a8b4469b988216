//! Resources of services whose policies are no facts here: repositories, functions, other accounts' resources

use crate::evaluate::{ResourceSide, Source};
use crate::facts::MissingFact;
use crate::iam::AccountId;

use super::account::Account;

/// The assumption on policies of resources that are not read
pub(super) const OTHER_POLICIES: &str = "other-resource-policies";

/// Services of the catalog's actions that let their resources have a policy, beside S3, KMS and IAM
const WITH_POLICIES: [&str; 5] = ["bedrock", "ecr", "greengrass", "lambda", "rekognition"];

/// What is assumed of the policies of such resources
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherPolicies {
    /// Those of this account deny nothing; another account's are not known
    Silent,
    /// Those of this account deny nothing, another account's let this one in
    Open,
    /// Nothing is known of them
    Unknown,
}

impl Account {
    /// Whether resources of a service can have a policy that is no fact here
    pub(super) fn has_unread_policies(service: &str) -> bool {
        WITH_POLICIES.contains(&service)
    }

    /// The layers of a resource that is no bucket, key or role
    pub(super) fn other_side(&self, service: &str, resource: &str) -> ResourceSide {
        let owner: Option<AccountId> = resource.split(':').nth(4).and_then(|account| account.parse().ok());
        let own = owner.is_none() || owner == self.environment.account;
        let assumed = self.settings().other_policies;
        let side = match owner {
            // What a resource of another account allows counts as if it were this one's.
            Some(_) if !own && assumed == OtherPolicies::Open => self.plain_side(),
            Some(owner) => self.side_of(owner, &format!("`{resource}`")),
            None => self.plain_side(),
        };
        let is_known = match assumed {
            OtherPolicies::Open => true,
            OtherPolicies::Silent => own || service == "iam",
            OtherPolicies::Unknown => own && !Self::has_unread_policies(service),
        };
        if is_known { side } else { ResourceSide { policy: unread(resource), ..side } }
    }
}

fn unread(resource: &str) -> Source {
    Source::Unknown(MissingFact {
        what: format!("the resource policy of `{resource}`"),
        source: format!("--assume {OTHER_POLICIES}=open"),
        why: "policies of such resources are not read".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_policy_is_named_with_the_way_out() {
        let Source::Unknown(missing) = unread("arn:aws:ecr:us-east-1:444455556666:repository/x") else { panic!() };
        assert!(missing.to_string().contains("--assume other-resource-policies=open"), "{missing}");
    }
}
