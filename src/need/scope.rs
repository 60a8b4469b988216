//! What names stand for in one request and one account

use crate::catalog::{Assumptions, Environment, FactSource, Name, Operation};
use crate::facts::{Bucket, DefaultEncryption, EncryptionAlgorithm, Fact, Facts};
use crate::iam::Partition;
use crate::json::{Node, Value};
use crate::request::Request;

use super::basis::{Basis, missing};

/// The key that S3 uses for `aws:kms` without a key of its own
const S3_MANAGED_ALIAS: &str = "alias/aws/s3";

/// The operation, the request and the account, and one element of the row's list
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) operation: &'a Operation,
    pub(super) request: &'a Request,
    pub(super) facts: &'a Facts,
    pub(super) assumptions: &'a Assumptions,
    pub(super) element: Option<Element<'a>>,
}

/// The element of a list that a row is made for
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) variable: &'a str,
    pub(super) value: ElementValue<'a>,
}

/// What the element is
#[derive(Clone, Copy)]
pub(super) enum ElementValue<'a> {
    /// A value of the request
    Node(&'a Node),
    /// Stands for all elements of a dataset fact at once
    Dataset(&'a FactSource),
}

impl<'a> Scope<'a> {
    /// What a name stands for here
    pub(super) fn name(self, name: &'a str) -> Name<'a> {
        self.operation.name_of(name, self.element.map(|element| element.variable))
    }

    /// The text of a request member, fact field or loop element; absent when the request has none
    pub(super) fn text(self, name: &'a str, basis: &mut Basis) -> Fact<String> {
        match self.name(name) {
            Name::Request(path) => self.member(path),
            Name::Variable(rest) => self.element_text(rest),
            Name::Fact { source: FactSource::S3Location { bucket, prefix, layout }, field, .. } => match field {
                Some("bucket") => self.member(bucket),
                Some("prefix") => Fact::Known(self.prefix(prefix.as_deref())),
                _ => Fact::Known(self.key_beginning(&self.prefix(prefix.as_deref()), layout.as_deref(), basis)),
            },
            Name::Fact { source, .. } => self.key_reference(source),
        }
    }

    /// Whether a name has a value: known, absent or unknown
    pub(super) fn presence(self, name: &'a str) -> Fact<()> {
        match self.name(name) {
            Name::Request(path) if self.request.is_present(path) => Fact::Known(()),
            Name::Request(_) => Fact::Absent,
            Name::Variable(_) | Name::Fact { .. } => match self.text(name, &mut Basis::default()) {
                Fact::Known(text) if text.is_empty() => Fact::Absent,
                other => other.map(|_| ()),
            },
        }
    }

    /// The text of a request member
    pub(super) fn member(self, path: &str) -> Fact<String> {
        self.request.lookup(path).into_iter().find_map(scalar).map_or(Fact::Absent, Fact::Known)
    }

    fn element_text(self, rest: Option<&str>) -> Fact<String> {
        let Some(ElementValue::Node(node)) = self.element.map(|element| element.value) else { return Fact::Absent };
        let mut steps = rest.into_iter().flat_map(|rest| rest.split('.'));
        let found = steps.try_fold(node, Node::member);
        found.and_then(scalar).map_or(Fact::Absent, Fact::Known)
    }

    fn prefix(self, path: Option<&str>) -> String {
        path.and_then(|path| self.member(path).known().cloned()).unwrap_or_default()
    }

    /// What the keys begin with that the service writes below a prefix
    fn key_beginning(self, prefix: &str, layout: Option<&str>, basis: &mut Basis) -> String {
        let joined = match layout {
            // Both readings agree without a prefix and on one that ends in a slash.
            Some(layout) if !prefix.is_empty() && !prefix.ends_with('/') => {
                basis.assume(self.assumptions, layout) != "prefix"
            }
            _ => false,
        };
        if joined { format!("{prefix}/") } else { prefix.to_owned() }
    }

    /// How the request or a bucket's default encryption names a key; absent when there is no KMS key
    pub(super) fn key_reference(self, source: &FactSource) -> Fact<String> {
        match source {
            FactSource::KmsKey { reference } => match self.member(reference) {
                Fact::Known(text) if text.is_empty() => Fact::Absent,
                other => other,
            },
            FactSource::BucketDefaultKey { bucket } => match self.member(bucket) {
                Fact::Known(bucket) => self.default_key_reference(&bucket),
                _ => Fact::Unknown(missing(
                    "the output bucket",
                    format!("`{bucket}` in the request"),
                    "the request does not name it",
                )),
            },
            _ => Fact::Absent,
        }
    }

    fn default_key_reference(self, bucket: &str) -> Fact<String> {
        match self.default_encryption(bucket) {
            Fact::Known(encryption) => match &encryption.algorithm {
                EncryptionAlgorithm::Kms | EncryptionAlgorithm::KmsDsse => {
                    Fact::Known(encryption.key.clone().unwrap_or_else(|| S3_MANAGED_ALIAS.to_owned()))
                }
                EncryptionAlgorithm::SseS3 => Fact::Absent,
                EncryptionAlgorithm::Other(name) => Fact::Unknown(missing(
                    format!("what the default encryption `{name}` of bucket `{bucket}` needs"),
                    format!("s3/{bucket}/encryption.json in the snapshot (aws s3api get-bucket-encryption)"),
                    "this program does not know the algorithm",
                )),
            },
            // A bucket without a configuration uses SSE-S3 since January 2023.
            Fact::Absent => Fact::Absent,
            Fact::Unknown(missing) => Fact::Unknown(missing),
        }
    }

    /// The default encryption of a bucket
    pub(super) fn default_encryption(self, bucket: &str) -> Fact<&'a DefaultEncryption> {
        match self.bucket(bucket).map(|bucket| &bucket.encryption) {
            Some(Fact::Known(encryption)) => Fact::Known(encryption),
            Some(Fact::Absent) => Fact::Absent,
            Some(Fact::Unknown(missing)) => Fact::Unknown(missing.clone()),
            None => Fact::Unknown(missing(
                format!("the default encryption of bucket `{bucket}`"),
                format!("s3/{bucket}/encryption.json in the snapshot (aws s3api get-bucket-encryption)"),
                "nothing is known of the bucket",
            )),
        }
    }

    /// What is known of a bucket
    pub(super) fn bucket(self, name: &str) -> Option<&'a Bucket> {
        self.facts.buckets.get(name)
    }

    /// A value of the environment
    pub(super) fn environment(self, part: Environment) -> Fact<String> {
        let known = &self.facts.environment;
        let unknown = |what: &str, flag: &str| {
            Fact::Unknown(missing(what, format!("{flag}, or snapshot.toml"), "nobody has said"))
        };
        match part {
            Environment::Account => known.account.as_ref().map_or_else(
                || unknown("the account of the request", "--account"),
                |account| Fact::Known(account.to_string()),
            ),
            Environment::Region => known.region.as_ref().map_or_else(
                || unknown("the Region of the request", "--region"),
                |region| Fact::Known(region.to_string()),
            ),
            Environment::Partition => {
                let partition = known.partition.clone().or_else(|| known.region.as_ref().map(Partition::of_region));
                partition.map_or_else(
                    || unknown("the partition of the request", "--partition or --region"),
                    |partition| Fact::Known(partition.to_string()),
                )
            }
        }
    }
}

/// The text of a string, boolean or number
fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.to_string()),
        Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
