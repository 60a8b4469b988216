//! The permissions that this tool needs itself: each call it makes, by what it is made for

/// What is read, and the actions that read it; `policies/self/reader.json` is made of this list
pub const PERMISSIONS: [(&str, &[&str]); 7] = [
    (
        "Principals",
        &[
            "iam:GetGroupPolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:GetUser",
            "iam:GetUserPolicy",
            "iam:ListAttachedGroupPolicies",
            "iam:ListAttachedRolePolicies",
            "iam:ListAttachedUserPolicies",
            "iam:ListGroupPolicies",
            "iam:ListGroupsForUser",
            "iam:ListRolePolicies",
            "iam:ListUserPolicies",
        ],
    ),
    ("ManagedPolicies", &["iam:GetPolicy", "iam:GetPolicyVersion"]),
    ("Simulator", &["iam:SimulatePrincipalPolicy"]),
    (
        "Buckets",
        &[
            "s3:GetBucketLocation",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetEncryptionConfiguration",
            // Without it S3 refuses a missing object instead of saying that it is missing.
            "s3:ListBucket",
        ],
    ),
    ("Objects", &["s3:GetObject"]),
    ("Keys", &["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListAliases", "kms:ListGrants"]),
    (
        "Organization",
        &[
            "organizations:DescribeOrganization",
            "organizations:DescribePolicy",
            "organizations:ListParents",
            "organizations:ListPoliciesForTarget",
            "organizations:ListRoots",
        ],
    ),
];

/// What is tried at KMS, never done, and only when a proof is asked for; `policies/self/prove-kms.json` is made of it
///
/// The calls try the principal's own permissions: who lacks one learns just that.
pub const DRY_RUNS: (&str, &[&str]) = ("OnlyForProveKms", &["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"]);
