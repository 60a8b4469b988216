//! Facts about one KMS key

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::iam::Arn;
use crate::policy::Document;

use super::Fact;

/// What is known of one key
#[derive(Debug, Clone)]
pub struct Key {
    /// What `describe-key` says
    pub metadata: Fact<KeyMetadata>,
    /// The key policy
    pub policy: Fact<Arc<Document>>,
    /// The grants, possibly none
    pub grants: Fact<Vec<Grant>>,
}

/// What `describe-key` says of a key
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMetadata {
    /// The key ARN
    pub arn: Arn,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    pub state: String,
    /// `SYMMETRIC_DEFAULT`, `RSA_2048`, …
    pub spec: String,
    /// `ENCRYPT_DECRYPT`, …
    pub usage: String,
    /// Who manages it
    pub manager: KeyManager,
    /// Whether it is a multi-Region key
    pub multi_region: bool,
}

/// Who manages a key
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyManager {
    /// An AWS managed key such as `aws/s3`
    Aws,
    /// A customer managed key
    Customer,
}

/// One grant (rule E324)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id
    pub id: String,
    /// Who may use the key
    pub grantee: String,
    /// Who may retire the grant
    pub retiring: Option<String>,
    /// Grant operations such as `Decrypt`
    pub operations: Vec<String>,
    /// A limit on its use
    pub constraint: Option<GrantConstraint>,
    /// The file it comes from
    pub file: Arc<str>,
}

/// A limit on the use of a grant, mostly on the encryption context (rule E325)
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantConstraint {
    /// Exactly this context
    Equals(BTreeMap<String, String>),
    /// At least this context
    Subset(BTreeMap<String, String>),
    /// A constraint of another kind, by its names: whether it holds is not known
    Other(String),
}
