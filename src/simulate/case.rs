//! One case as JSON

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
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
    pub context: Entries,
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
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the case writes them")]
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
    /// Access control lists are in force: Object Ownership is not "Bucket owner enforced"
    #[serde(default)]
    pub acls_enabled: bool,
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
    /// Who may retire the grant
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

/// The context as it stands: each entry's key and values, repeated keys included
#[derive(Debug, Default)]
pub struct Entries(pub Vec<(String, Values)>);

/// Context values as texts: a list, or one value alone; numbers and booleans in their JSON spelling
#[derive(Debug)]
pub struct Values(pub Vec<Arc<str>>);

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of context keys and their values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor { lists: true }).map(Self)
    }
}

/// One value of a list
struct Scalar(Arc<str>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = deserializer.deserialize_any(ValueVisitor { lists: false })?;
        texts.into_iter().next().map(Self).ok_or_else(|| de::Error::custom("a value is missing"))
    }
}

/// Reads values; lists do not nest
struct ValueVisitor {
    lists: bool,
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Vec<Arc<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.lists {
            "a string, a number, a boolean or a list of them"
        } else {
            "a string, a number or a boolean"
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![text.into()])
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(vec![if value { "true" } else { "false" }.into()])
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(vec![number.to_string().into()])
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(vec![number.to_string().into()])
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        let number = serde_json::Number::from_f64(number).ok_or_else(|| E::custom("the number is not finite"))?;
        Ok(vec![number.to_string().into()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        if !self.lists {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        }
        let mut texts = Vec::with_capacity(list.size_hint().unwrap_or(1));
        while let Some(Scalar(text)) = list.next_element()? {
            texts.push(text);
        }
        Ok(texts)
    }
}
