//! Resources that matter to permissions, and those among them that are not read

use crate::source::{Location, Problem};

use super::Plan;
use super::resource::{Action, Resource};

/// The types that are read
const READ: [&str; 33] = [
    "aws_iam_group",
    "aws_iam_group_membership",
    "aws_iam_group_policies_exclusive",
    "aws_iam_group_policy",
    "aws_iam_group_policy_attachment",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_iam_policy",
    "aws_iam_policy_attachment",
    "aws_iam_role",
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user",
    "aws_iam_user_group_membership",
    "aws_iam_user_policies_exclusive",
    "aws_iam_user_policy",
    "aws_iam_user_policy_attachment",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_kms_alias",
    "aws_kms_external_key",
    "aws_kms_grant",
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_kms_replica_external_key",
    "aws_kms_replica_key",
    "aws_organizations_policy",
    "aws_organizations_policy_attachment",
    "aws_s3_bucket",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
];

/// Beginnings of types that can carry policies for users, roles, buckets and keys, and are not read
const NOT_READ: [&str; 8] = [
    "awscc_iam_",
    "awscc_kms_",
    "awscc_s3_bucket",
    "awscc_organizations_policy",
    "aws_s3_account_public_access_block",
    "aws_s3_access_point",
    "aws_s3control_access_point_policy",
    "aws_vpc_endpoint",
];

/// Whether resources of a type are kept at all
pub(super) fn matters(kind: &str) -> bool {
    READ.contains(&kind) || NOT_READ.iter().any(|beginning| kind.starts_with(beginning))
}

fn is_unread(kind: &str) -> bool {
    NOT_READ.iter().any(|beginning| kind.starts_with(beginning))
}

impl Plan {
    /// Changes of the plan that may change permissions and are not read, as warnings
    #[must_use]
    pub fn unread(&self) -> Vec<Problem> {
        let unread = self.resources.iter().filter(|resource| is_unread(&resource.kind) && changes(resource));
        let unread = unread.map(|resource| {
            let message = format!("the plan changes `{}`, which is not read", resource.address);
            self.warning(resource, message)
        });
        let unknown = self.resources.iter().filter(|resource| resource.action == Action::Other);
        let unknown = unknown.map(|resource| {
            let message = format!("what the plan does with `{}` is not known to this version", resource.address);
            self.warning(resource, message)
        });
        unread.chain(unknown).collect()
    }

    /// A resource of the plan that may attach policies to anybody, and is not read
    pub(super) fn unread_identity(&self) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.kind.starts_with("awscc_iam_") && changes(resource))
    }

    fn warning(&self, resource: &Resource, message: String) -> Problem {
        let location = Location { file: self.file.name.clone(), at: resource.at };
        Problem { location: Some(location), message, help: Some("docs/terraform.md lists what is read".to_owned()) }
    }
}

fn changes(resource: &Resource) -> bool {
    !matches!(resource.action, Action::Keep | Action::Forget)
}
