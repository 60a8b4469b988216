//! What names stand for in one request and one account

use crate::catalog::{Assumptions, DEFAULT_KEY, Environment, FactSource, IdForm, Name, Operation, Part, Template};
use crate::facts::{Bucket, DefaultEncryption, EncryptionAlgorithm, Fact, Facts};
use crate::iam::Partition;
use crate::json::{Node, Value};
use crate::request::{Request, S3Place};

use super::basis::{Basis, missing};
use super::element::{Element, ElementValue};

/// The key that S3 uses for `aws:kms` without a key of its own
const S3_MANAGED_ALIAS: &str = "alias/aws/s3";

/// The operation, the request and the account, and one element of the row's list
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) operation: &'a Operation,
    pub(super) request: &'a Request,
    pub(super) facts: &'a Facts,
    pub(super) assumptions: &'a Assumptions,
    pub(super) element: Option<&'a Element<'a>>,
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
            Name::Fact { source, field, .. } if source.is_place() => self.place_text(name, (source, field), basis),
            Name::Fact { source: FactSource::ArnOrId { of, forms }, .. } => self.arn_or_id(of, forms),
            Name::Fact { source: FactSource::RequestArn { whole, .. }, .. } => self.whole_arn(whole),
            Name::Fact { name, source: source @ FactSource::Told { .. }, .. } => self.told(name, source),
            Name::Fact { source, .. } => self.key_reference(source),
        }
    }

    fn place_text(
        self,
        name: &'a str,
        (source, field): (&'a FactSource, Option<&str>),
        basis: &mut Basis,
    ) -> Fact<String> {
        let layout = match source {
            FactSource::S3Location { bucket, .. } if field == Some("bucket") => return self.member(bucket),
            FactSource::S3Location { layout, .. } | FactSource::S3Uri { layout, .. } => layout.as_deref(),
            _ => None,
        };
        // A bucket that is not known leaves the prefix of a location as it is.
        let place = match (self.place(name), source) {
            (Fact::Absent, FactSource::S3Location { prefix, .. }) => {
                Fact::Known(S3Place { bucket: String::new(), prefix: self.prefix(prefix.as_deref()) })
            }
            (place, _) => place,
        };
        match (place, field) {
            (Fact::Known(place), Some("bucket")) => Fact::Known(place.bucket),
            (Fact::Known(place), Some("prefix")) => Fact::Known(place.prefix),
            (Fact::Known(place), Some("folder")) => Fact::Known(place.folder()),
            (Fact::Known(place), Some(DEFAULT_KEY)) => self.default_key_reference(&place.bucket),
            (Fact::Known(place), _) => Fact::Known(self.key_beginning(&place.prefix, layout, basis)),
            (Fact::Absent, _) => Fact::Absent,
            (Fact::Unknown(missing), _) => Fact::Unknown(missing),
        }
    }

    fn arn_or_id(self, path: &str, forms: &[IdForm]) -> Fact<String> {
        let id = match self.member(path) {
            Fact::Known(text) if !text.starts_with("arn:") => text,
            other => return other,
        };
        let fits =
            |form: &&IdForm| form.begins.is_empty() || form.begins.iter().any(|beginning| id.starts_with(beginning));
        match forms.iter().find(fits) {
            Some(form) => self.with_id(&form.arn, &id),
            None => Fact::Known(id),
        }
    }

    fn with_id(self, template: &Template, id: &str) -> Fact<String> {
        let mut text = String::new();
        for part in template.parts() {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Environment(which) => match self.environment(*which) {
                    Fact::Known(value) => text.push_str(&value),
                    other => return other,
                },
                Part::Named { .. } | Part::Open(_) => text.push_str(id),
            }
        }
        Fact::Known(text)
    }

    /// Whether a name has a value: known, absent or unknown
    pub(super) fn presence(self, name: &'a str) -> Fact<()> {
        match self.name(name) {
            Name::Request(path) if self.request.is_present(path) => Fact::Known(()),
            Name::Request(_) => Fact::Absent,
            Name::Fact { source: FactSource::S3Uri { uri, .. }, field: None, .. } => self.presence(uri),
            Name::Variable(_) | Name::Fact { .. } => match self.text(name, &mut Basis::default()) {
                Fact::Known(text) if text.is_empty() => Fact::Absent,
                other => other.map(|_| ()),
            },
        }
    }

    /// How a name stands for a key: the reference and words for the key; `None` for what is no key
    pub(super) fn key_named(self, name: &'a str) -> Option<(Fact<String>, String)> {
        let default_of = |bucket: &str| format!("default key of bucket {bucket}");
        match self.name(name) {
            Name::Fact { source: FactSource::BucketDefaultKey { bucket }, field: None, name } => {
                let bucket = self.member(bucket).known().cloned().unwrap_or_default();
                Some((self.text(name, &mut Basis::default()), default_of(&bucket)))
            }
            Name::Fact { field: Some(DEFAULT_KEY), name: fact, .. } => {
                let bucket = self.place(fact).known().map(|place| place.bucket.clone()).unwrap_or_default();
                Some((self.text(name, &mut Basis::default()), default_of(&bucket)))
            }
            Name::Variable(Some(DEFAULT_KEY)) => {
                let bucket = self.place(name).known().map(|place| place.bucket.clone()).unwrap_or_default();
                Some((self.element_text(Some(DEFAULT_KEY)), default_of(&bucket)))
            }
            Name::Variable(None) => match self.element.map(|element| &element.value) {
                Some(ElementValue::Told { value, is_key: true }) => Some((value.clone(), words(value))),
                _ => None,
            },
            Name::Fact { source, field: None, name }
                if source.is_key() || matches!(source, FactSource::Told { keys: true, .. }) =>
            {
                let reference = self.text(name, &mut Basis::default());
                let words = words(&reference);
                Some((reference, words))
            }
            _ => None,
        }
    }

    /// The text of a request member
    pub(super) fn member(self, path: &str) -> Fact<String> {
        self.request.lookup(path).into_iter().find_map(scalar).map_or(Fact::Absent, Fact::Known)
    }

    pub(super) fn prefix(self, path: Option<&str>) -> String {
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

    pub(super) fn default_key_reference(self, bucket: &str) -> Fact<String> {
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

fn words(reference: &Fact<String>) -> String {
    match reference {
        Fact::Known(reference) => format!("key {reference}"),
        Fact::Unknown(missing) => missing.what.clone(),
        Fact::Absent => "key of the request".to_owned(),
    }
}

/// The text of a string, boolean or number
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.to_string()),
        Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}
