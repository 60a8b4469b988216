//! One case as JSON

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A case as written; policies stay raw until they are parsed with positions
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Case<'a> {
    /// A name for the output
    #[serde(default)]
    pub id: Option<String>,
    /// Who calls
    pub principal: String,
    /// The action
    pub action: String,
    /// The resource, `*` for actions without resource type
    pub resource: String,
    /// The account that owns the resource; by default the one in its ARN, else the principal's
    #[serde(default)]
    pub resource_account: Option<String>,
    /// Context values by key
    #[serde(default)]
    pub context: BTreeMap<String, Values>,
    /// Keys whose value is not known
    #[serde(default)]
    pub unknown_context: Vec<String>,
    /// Whether every key that is not listed is unknown
    #[serde(default)]
    pub open_context: bool,
    /// Identity policies
    #[serde(default, borrow)]
    pub identity_policies: Option<Vec<&'a RawValue>>,
    /// The permissions boundary
    #[serde(default, borrow)]
    pub boundary: Option<&'a RawValue>,
    /// The session policy
    #[serde(default, borrow)]
    pub session_policy: Option<&'a RawValue>,
    /// Service control policies: levels, root first
    #[serde(default, borrow)]
    pub scps: Option<Vec<Vec<&'a RawValue>>>,
    /// Resource control policies: levels, root first
    #[serde(default, borrow)]
    pub rcps: Option<Vec<Vec<&'a RawValue>>>,
    /// The resource's policy
    #[serde(default, borrow)]
    pub resource_policy: Option<&'a RawValue>,
    /// Further facts
    #[serde(default, borrow)]
    pub extra: Option<Extra<'a>>,
    /// The expected decision, for `--check`
    #[serde(default)]
    pub expected: Option<String>,
    /// Ignored: which rules the case is about
    #[serde(default)]
    pub rules: serde::de::IgnoredAny,
    /// Ignored: the page the expectation comes from
    #[serde(default)]
    pub source: serde::de::IgnoredAny,
    /// Ignored: how sure the expectation is
    #[serde(default)]
    pub confidence: serde::de::IgnoredAny,
    /// Advisory: what is expected to decide
    #[serde(default)]
    pub decided_by: Option<String>,
    /// Ignored: a remark
    #[serde(default)]
    pub note: serde::de::IgnoredAny,
}

/// Facts that only some cases need
#[derive(Debug, Deserialize, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of the case format")]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Extra<'a> {
    /// The policy of the VPC endpoint in use
    #[serde(default, borrow)]
    pub vpc_endpoint_policy: Option<&'a RawValue>,
    /// Grants on the key
    #[serde(default)]
    pub kms_grants: Option<Vec<CaseGrant>>,
    /// The caller's account is the management account
    #[serde(default)]
    pub principal_account_is_management: bool,
    /// The owner's account is the management account
    #[serde(default)]
    pub resource_account_is_management: bool,
    /// Accepted and ignored: SCPs bind principals, not resources (rule E292)
    #[serde(default)]
    pub resource_account_scps: serde::de::IgnoredAny,
    /// The key is an AWS managed one
    #[serde(default)]
    pub kms_aws_managed_key: bool,
    /// `RestrictPublicBuckets` is on
    #[serde(default)]
    pub s3_restrict_public_buckets: bool,
    /// The IAM user behind a federated session
    #[serde(default)]
    pub federated_by: Option<String>,
}

/// A grant in a case
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseGrant {
    /// Who may use the key
    pub grantee_principal: String,
    /// For what
    pub operations: Vec<String>,
    /// With which encryption context
    #[serde(default)]
    pub constraints: Option<CaseConstraints>,
    /// Accepted, without effect on the decision
    #[serde(default)]
    pub retiring_principal: Option<String>,
}

/// A grant's constraint
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseConstraints {
    /// Exactly this context
    #[serde(rename = "EncryptionContextEquals", default)]
    pub equals: Option<BTreeMap<String, String>>,
    /// At least this context
    #[serde(rename = "EncryptionContextSubset", default)]
    pub subset: Option<BTreeMap<String, String>>,
}

/// Context values: a list, or one value alone
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// Several
    Many(Vec<Scalar>),
    /// One
    One(Scalar),
}

/// A context value
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Text
    Text(String),
    /// `true` or `false`
    Flag(bool),
    /// A number as written
    Number(serde_json::Number),
}

impl Values {
    /// The values as texts
    #[must_use]
    pub fn texts(&self) -> Vec<Arc<str>> {
        match self {
            Self::Many(values) => values.iter().map(Scalar::text).collect(),
            Self::One(value) => vec![value.text()],
        }
    }
}

impl Scalar {
    fn text(&self) -> Arc<str> {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Flag(value) => if *value { "true" } else { "false" }.into(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}
