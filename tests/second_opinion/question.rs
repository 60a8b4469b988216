//! A case, read from its JSON

use std::collections::BTreeMap;

use serde_json::Value;

use super::deviation::Deviation;

/// Keys that carry many values (E103): the keys marked M in section 2.2 and 4.7
const MULTIVALUED: [&str; 12] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
    "logs:loggeneratingresourcearns",
    "sts:transitivetagkeys",
];

const ENCRYPTION_CONTEXT: &str = "kms:EncryptionContext:";

/// The request context; key names are lower case (E100)
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    values: BTreeMap<String, Vec<String>>,
    /// The pairs of the encryption context, as written (E325)
    pub(crate) encryption: BTreeMap<String, String>,
    pub(crate) deviations: Vec<Deviation>,
}

impl Context {
    pub(crate) fn values(&self, key: &str) -> Option<&[String]> {
        self.values.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    pub(crate) fn set(&mut self, key: &str, values: Vec<String>) {
        if let Some((prefix, name)) = key.split_at_checked(ENCRYPTION_CONTEXT.len())
            && prefix.eq_ignore_ascii_case(ENCRYPTION_CONTEXT)
            && let [value] = values.as_slice()
        {
            self.encryption.insert(name.to_owned(), value.clone());
        }
        self.values.insert(key.to_lowercase(), values);
    }

    pub(crate) fn fill(&mut self, key: &str, value: &str) {
        self.values.entry(key.to_lowercase()).or_insert_with(|| vec![value.to_owned()]);
    }

    pub(crate) fn all_values(&self) -> impl Iterator<Item = &String> {
        self.values.values().flatten()
    }

    pub(crate) fn deviates(&self, deviation: Deviation) -> bool {
        self.deviations.contains(&deviation)
    }

    pub(crate) fn is_multivalued(key: &str) -> bool {
        MULTIVALUED.contains(&key.to_lowercase().as_str())
    }
}

/// A policy document
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Whether `${…}` has a meaning (E21)
    pub(crate) variables: bool,
    pub(crate) statements: Vec<Value>,
}

#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) grantee: String,
    pub(crate) retiring: Option<String>,
    pub(crate) operations: Vec<String>,
    pub(crate) equals: Option<BTreeMap<String, String>>,
    pub(crate) subset: Option<BTreeMap<String, String>>,
}

/// Everything a case says
#[expect(clippy::struct_excessive_bools, reason = "the flags are those of the case format")]
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) principal: String,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) owner: Option<String>,
    pub(crate) context: Context,
    pub(crate) unknown: Vec<String>,
    /// Whether `NotResource` occurs, which E231 makes doubtful
    pub(crate) can_be_doubtful: bool,
    pub(crate) identity: Vec<Policy>,
    pub(crate) boundary: Option<Policy>,
    pub(crate) session: Option<Policy>,
    pub(crate) scps: Option<Vec<Vec<Policy>>>,
    pub(crate) rcps: Option<Vec<Vec<Policy>>>,
    pub(crate) resource_policy: Option<Policy>,
    pub(crate) endpoint: Option<Policy>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) caller_in_management_account: bool,
    pub(crate) resource_in_management_account: bool,
    pub(crate) aws_managed_key: bool,
    pub(crate) restrict_public_buckets: bool,
    pub(crate) federated_by: Option<String>,
}

impl Question {
    pub(crate) fn read(case: &Value) -> Self {
        let text = |name: &str| case[name].as_str().map(str::to_owned);
        let extra = &case["extra"];
        let flag = |name: &str| extra[name].as_bool() == Some(true);
        let mut context = Context::default();
        for (name, values) in members(&case["context"]) {
            context.set(name, texts(values));
        }
        let mut question = Self {
            principal: text("principal").unwrap(),
            action: text("action").unwrap(),
            resource: text("resource").unwrap(),
            owner: text("resourceAccount"),
            context,
            can_be_doubtful: false,
            unknown: texts(&case["unknownContext"]),
            identity: policies(&case["identityPolicies"]),
            boundary: policy(&case["boundary"]),
            session: policy(&case["sessionPolicy"]),
            scps: levels(&case["scps"]),
            rcps: levels(&case["rcps"]),
            resource_policy: policy(&case["resourcePolicy"]),
            endpoint: policy(&extra["vpcEndpointPolicy"]),
            grants: extra["kmsGrants"].as_array().into_iter().flatten().map(grant).collect(),
            caller_in_management_account: flag("principalAccountIsManagement"),
            resource_in_management_account: flag("resourceAccountIsManagement"),
            aws_managed_key: flag("kmsAwsManagedKey"),
            restrict_public_buckets: flag("s3RestrictPublicBuckets"),
            federated_by: extra["federatedBy"].as_str().map(str::to_owned),
        };
        let doubtful = |statement: &Value| !statement["NotResource"].is_null();
        let can_be_doubtful = question.policies().any(|policy| policy.statements.iter().any(doubtful));
        question.can_be_doubtful = can_be_doubtful;
        question
    }

    pub(crate) fn service(&self) -> String {
        self.action.split(':').next().unwrap().to_lowercase()
    }

    pub(crate) fn policies(&self) -> impl Iterator<Item = &Policy> {
        let levels = self.scps.iter().chain(&self.rcps).flatten().flatten();
        let single = [&self.boundary, &self.session, &self.resource_policy, &self.endpoint];
        self.identity.iter().chain(levels).chain(single.into_iter().flatten())
    }
}

/// The members of an object; nothing of anything else
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A scalar or an array as texts (E17, E82)
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

fn policy(value: &Value) -> Option<Policy> {
    value.is_object().then(|| Policy {
        variables: value["Version"] == "2012-10-17",
        statements: match &value["Statement"] {
            Value::Array(statements) => statements.clone(),
            one => vec![one.clone()],
        },
    })
}

fn policies(value: &Value) -> Vec<Policy> {
    value.as_array().into_iter().flatten().filter_map(policy).collect()
}

fn levels(value: &Value) -> Option<Vec<Vec<Policy>>> {
    Some(value.as_array()?.iter().map(policies).collect())
}

fn grant(value: &Value) -> Grant {
    let map = |name: &str| {
        let pairs = value["constraints"][name].as_object()?;
        Some(pairs.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect())
    };
    Grant {
        grantee: value["granteePrincipal"].as_str().unwrap().to_owned(),
        retiring: value["retiringPrincipal"].as_str().map(str::to_owned),
        operations: texts(&value["operations"]),
        equals: map("EncryptionContextEquals"),
        subset: map("EncryptionContextSubset"),
    }
}
