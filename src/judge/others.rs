//! Resources of services whose policies are no facts here: repositories, functions, other accounts' resources

use crate::evaluate::{ResourceSide, Source};
use crate::facts::MissingFact;
use crate::iam::{AccountId, Resource};
use crate::need::Need;
use crate::reference;

use super::account::Account;

/// The assumption on policies of resources that are not read
pub(super) const OTHER_POLICIES: &str = "other-resource-policies";

/// Services of the catalog's actions that let their resources have a policy, beside S3, KMS and IAM
const WITH_POLICIES: [&str; 5] = ["bedrock", "ecr", "greengrass", "lambda", "rekognition"];

/// The other services of the catalog's actions: their resources have no policy, or none that these actions ask
const WITHOUT_POLICIES: [&str; 8] =
    ["cloudwatch", "comprehend", "ec2", "emr-serverless", "logs", "lookoutvision", "sagemaker", "textract"];

/// Services where the policy of a catalog, registry, domain or bucket may let in who creates something in it
const OF_WHAT_IS_WITHIN: [&str; 12] = [
    "backup",
    "codeartifact",
    "ecr",
    "events",
    "glue",
    "logs",
    "s3-outposts",
    "s3express",
    "s3tables",
    "s3vectors",
    "schemas",
    "vpc-lattice",
];

/// Those of them whose policies can let in this account's own principals, by actions that the catalog has
const LETTING_IN: [&str; 2] = ["ecr", "lambda"];

/// What is assumed of the policies of such resources
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherPolicies {
    /// Those of this account deny nothing, and may allow; another account's are not known
    Silent,
    /// Those of this account neither deny nor allow anything; another account's are not known
    None,
    /// Those of this account deny nothing, another account's let this one in
    Open,
    /// Nothing is known of them
    Unknown,
}

impl Account {
    /// Whether the resource of a need can have a policy that is no fact here
    pub(super) fn has_unread_policy(need: &Need, resource: &Resource) -> bool {
        match need.action.service() {
            _ if *resource == Resource::Any => false,
            // Their policies are facts.
            "s3" | "kms" | "sts" | "iam" => false,
            service if is_looked_at(need) => WITH_POLICIES.contains(&service),
            // Nobody looked at the action, so any policy that the service knows of counts.
            service => reference::service(service).is_none_or(|listed| {
                let is_made = listed.makes(need.action.name(), resource.text());
                listed.can_have_policy(resource.text()) && (!is_made || OF_WHAT_IS_WITHIN.contains(&service))
            }),
        }
    }

    /// The policy that is not read, where it may let in a caller whom nothing else lets in
    pub(super) fn may_be_let_in(&self, need: &Need, resource: &Resource) -> Option<Source> {
        let can = !is_looked_at(need) || LETTING_IN.contains(&need.action.service());
        let silent = self.settings().other_policies == OtherPolicies::Silent;
        let own = owner(resource.text()).is_none_or(|owner| Some(owner) == self.environment.account);
        (can && silent && own && Self::has_unread_policy(need, resource)).then(|| unread(resource.text(), "own-none"))
    }

    /// The layers of a resource that is no bucket, key or role
    pub(super) fn other_side(&self, need: &Need, resource: &Resource) -> ResourceSide {
        let service = need.action.service();
        let unread_policy = Self::has_unread_policy(need, resource);
        let resource = resource.text();
        let owner = owner(resource);
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
            OtherPolicies::Silent | OtherPolicies::None => own || service == "iam",
            OtherPolicies::Unknown => own && !unread_policy,
        };
        if is_known { side } else { ResourceSide { policy: unread(resource, "open"), ..side } }
    }
}

/// Whether somebody read what policies the resources of the action's service have: those of the catalog's own actions
fn is_looked_at(need: &Need) -> bool {
    let service = need.action.service();
    !need.is_generated && (WITH_POLICIES.contains(&service) || WITHOUT_POLICIES.contains(&service))
}

/// The account in an ARN
fn owner(resource: &str) -> Option<AccountId> {
    resource.split(':').nth(4).and_then(|account| account.parse().ok())
}

fn unread(resource: &str, settled_by: &str) -> Source {
    Source::Unknown(MissingFact {
        what: format!("the resource policy of `{resource}`"),
        source: format!("--assume {OTHER_POLICIES}={settled_by}"),
        why: "policies of such resources are not read".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn every_service_of_the_catalog_was_looked_at() {
        let catalog = Catalog::embedded().unwrap();
        let rows = catalog.operations().flat_map(|operation| &operation.rows);
        for action in rows.flat_map(|row| &row.action) {
            let facts = matches!(action.service(), "s3" | "kms" | "sts" | "iam");
            let listed = WITH_POLICIES.contains(&action.service()) || WITHOUT_POLICIES.contains(&action.service());
            assert!(facts != listed, "{action}");
        }
    }

    #[test]
    fn a_missing_policy_is_named_with_the_way_out() {
        let Source::Unknown(missing) = unread("arn:aws:ecr:us-east-1:444455556666:repository/x", "open") else {
            panic!()
        };
        assert!(missing.to_string().contains("--assume other-resource-policies=open"), "{missing}");
    }
}
