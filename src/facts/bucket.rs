//! Facts about one S3 bucket

use std::sync::Arc;

use crate::iam::{AccountId, Region};
use crate::policy::Document;

use super::{Fact, ObjectTable};

/// What is known of one bucket
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its Region (`null` from `get-bucket-location` is us-east-1, `EU` is eu-west-1)
    pub location: Fact<Region>,
    /// Whose it is
    pub owner: Fact<BucketOwner>,
    /// Its default encryption
    pub encryption: Fact<DefaultEncryption>,
    /// Its policy; `Absent` when it has none
    pub policy: Fact<Arc<Document>>,
    /// Its public access block; `Absent` when it has none
    pub public_access_block: Fact<PublicAccessBlock>,
    /// Who owns its objects; `Absent` is how buckets were before this setting: whoever writes an object owns it
    pub ownership: Fact<ObjectOwnership>,
    /// The encryption of its objects
    pub objects: Fact<Arc<ObjectTable>>,
}

/// Whose a bucket is, as far as S3 tells: it says whether an account is the owner, not who is
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BucketOwner {
    /// This account's
    Account(AccountId),
    /// Not this account's
    NotAccount(AccountId),
}

/// The default encryption of a bucket
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultEncryption {
    /// The algorithm
    pub algorithm: EncryptionAlgorithm,
    /// The key as configured: id, ARN, alias name or alias ARN; `None` with KMS means `aws/s3`
    pub key: Option<String>,
    /// Whether a Bucket Key is used
    pub bucket_key: bool,
}

/// How S3 encrypts
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EncryptionAlgorithm {
    /// `AES256`: no KMS key
    SseS3,
    /// `aws:kms`
    Kms,
    /// `aws:kms:dsse`: never with a Bucket Key
    KmsDsse,
    /// A value this tool does not know
    Other(String),
}

/// The Object Ownership of a bucket (rule E332)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectOwnership {
    /// `BucketOwnerEnforced`: the bucket's owner owns every object, and access control lists are off
    Bucket,
    /// `BucketOwnerPreferred` and `ObjectWriter`: access control lists are in force
    Writer,
}

/// The four switches of a public access block
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the four switches of the S3 API")]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`
    pub block_public_acls: bool,
    /// `IgnorePublicAcls`
    pub ignore_public_acls: bool,
    /// `BlockPublicPolicy`
    pub block_public_policy: bool,
    /// `RestrictPublicBuckets` (rule E333)
    pub restrict_public_buckets: bool,
}
