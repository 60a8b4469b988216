//! What a file of a snapshot is asked of AWS with

/// One fact that the check asks for, told by the path that it would stand at
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// One file of a bucket
    Bucket(BucketFile, String),
    /// The encryption of the dataset objects of a bucket
    Objects(String),
    /// One file of a key, by key id
    Key(KeyFile, String),
    /// All aliases
    Aliases,
    /// The principal with its policies
    Identity,
    /// A role that acts for the request, by path
    Role(String),
    /// The policies of an organization, by folder
    Levels(PolicyKind),
    /// A manifest in S3, by path
    Manifest(String),
}

/// The files of a bucket
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BucketFile {
    /// `location.json`
    Location,
    /// `owner.json`
    Owner,
    /// `encryption.json`
    Encryption,
    /// `policy.json`
    Policy,
    /// `public-access-block.json`
    PublicAccessBlock,
    /// `ownership-controls.json`
    Ownership,
}

/// The files of a key
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyFile {
    /// `key.json`
    Key,
    /// `policy.json`
    Policy,
    /// `grants.json`
    Grants,
}

/// The two kinds of policies of an organization that limit permissions
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKind {
    /// Service control policies
    Service,
    /// Resource control policies
    Resource,
}

/// Where the export of IAM stands
pub(super) const IDENTITY: &str = "iam/account-authorization-details.json";

impl Wanted {
    /// The fact behind a path, `None` where nothing in AWS belongs to it
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        Some(match *parts.as_slice() {
            ["iam"] | ["iam", "account-authorization-details.json"] => Self::Identity,
            ["iam", "roles", _] => Self::Role(path.to_owned()),
            ["organizations", "scps"] => Self::Levels(PolicyKind::Service),
            ["organizations", "rcps"] => Self::Levels(PolicyKind::Resource),
            ["kms", "aliases.json"] => Self::Aliases,
            ["kms", id, "key.json"] => Self::Key(KeyFile::Key, id.to_owned()),
            ["kms", id, "policy.json"] => Self::Key(KeyFile::Policy, id.to_owned()),
            ["kms", id, "grants.json"] => Self::Key(KeyFile::Grants, id.to_owned()),
            ["s3", bucket, "location.json"] => Self::Bucket(BucketFile::Location, bucket.to_owned()),
            ["s3", bucket, "owner.json"] => Self::Bucket(BucketFile::Owner, bucket.to_owned()),
            ["s3", bucket, "encryption.json"] => Self::Bucket(BucketFile::Encryption, bucket.to_owned()),
            ["s3", bucket, "policy.json"] => Self::Bucket(BucketFile::Policy, bucket.to_owned()),
            ["s3", bucket, "public-access-block.json"] => {
                Self::Bucket(BucketFile::PublicAccessBlock, bucket.to_owned())
            }
            ["s3", bucket, "ownership-controls.json"] => Self::Bucket(BucketFile::Ownership, bucket.to_owned()),
            ["s3", bucket, "objects.jsonl"] => Self::Objects(bucket.to_owned()),
            ["s3", _, "manifests", _] => Self::Manifest(path.to_owned()),
            _ => return None,
        })
    }

    /// The path that the fact stands at
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Identity => IDENTITY.to_owned(),
            Self::Levels(kind) => kind.folder().to_owned(),
            Self::Aliases => "kms/aliases.json".to_owned(),
            Self::Key(file, id) => format!("kms/{id}/{}", file.name()),
            Self::Bucket(file, bucket) => format!("s3/{bucket}/{}", file.name()),
            Self::Objects(bucket) => format!("s3/{bucket}/objects.jsonl"),
            Self::Role(path) | Self::Manifest(path) => path.clone(),
        }
    }
}

impl PolicyKind {
    /// The folder of their levels
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Service => "organizations/scps",
            Self::Resource => "organizations/rcps",
        }
    }
}

impl BucketFile {
    fn name(self) -> &'static str {
        match self {
            Self::Location => "location.json",
            Self::Owner => "owner.json",
            Self::Encryption => "encryption.json",
            Self::Policy => "policy.json",
            Self::PublicAccessBlock => "public-access-block.json",
            Self::Ownership => "ownership-controls.json",
        }
    }
}

impl KeyFile {
    fn name(self) -> &'static str {
        match self {
            Self::Key => "key.json",
            Self::Policy => "policy.json",
            Self::Grants => "grants.json",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_a_snapshot_is_one_question() {
        for path in [
            IDENTITY,
            "iam/roles/ml%2FExec.json",
            "organizations/scps",
            "organizations/rcps",
            "kms/aliases.json",
            "kms/1234/key.json",
            "kms/1234/policy.json",
            "kms/1234/grants.json",
            "s3/b/location.json",
            "s3/b/owner.json",
            "s3/b/encryption.json",
            "s3/b/policy.json",
            "s3/b/public-access-block.json",
            "s3/b/ownership-controls.json",
            "s3/b/objects.jsonl",
            "s3/b/manifests/a%2Fb",
        ] {
            assert_eq!(Wanted::of(path).map(|wanted| wanted.path()).as_deref(), Some(path));
        }
        for path in ["", "s3", "s3/b", "s3/b/tags.json", "snapshot.toml", "organizations", "kms"] {
            assert_eq!(Wanted::of(path), None, "{path}");
        }
    }
}
