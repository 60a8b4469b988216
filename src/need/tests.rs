//! An account and requests to derive from

mod documented;
mod keys;
mod operations;
mod preconditions;
mod rows;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::catalog::{Assumptions, Catalog};
use crate::facts::{
    Bucket, BucketOwner, DefaultEncryption, EncryptionAlgorithm, Environment, Fact, Facts, Key, KeyManager,
    KeyMetadata, ObjectOwnership,
};
use crate::request::Request;
use crate::source::SourceFile;

const MINIMAL: &str = r#"{"ProjectName": "bottles", "OutputConfig": {"S3Location": {"Bucket": "results"}}}"#;
const MAXIMAL: &str = r#"{
  "ProjectName": "bottles", "Description": "d", "ClientToken": "t",
  "OutputConfig": {"S3Location": {"Bucket": "results", "Prefix": "runs/1"}},
  "KmsKeyId": "alias/vision",
  "Tags": [{"Key": "team", "Value": "inspection"}, {"Key": "line", "Value": "3"}]
}"#;
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/key-1";
const DEFAULT_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/key-2";

fn unknown<T>(what: &str) -> Fact<T> {
    Fact::Unknown(basis::missing(what, "a file", "not there"))
}

fn bucket(encryption: Fact<DefaultEncryption>) -> Bucket {
    Bucket {
        location: Fact::Known("us-east-1".parse().unwrap()),
        owner: unknown("the owner"),
        encryption,
        policy: Fact::Absent,
        public_access_block: Fact::Absent,
        ownership: Fact::Known(ObjectOwnership::Bucket),
        objects: Fact::Absent,
    }
}

fn encryption(algorithm: EncryptionAlgorithm, key: Option<&str>, bucket_key: bool) -> Fact<DefaultEncryption> {
    Fact::Known(DefaultEncryption { algorithm, key: key.map(Into::into), bucket_key })
}

fn metadata(arn: &str) -> KeyMetadata {
    KeyMetadata {
        arn: arn.parse().unwrap(),
        state: "Enabled".into(),
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        manager: KeyManager::Customer,
        multi_region: false,
    }
}

fn key(arn: &str) -> Key {
    Key { metadata: Fact::Known(metadata(arn)), policy: Fact::Absent, grants: Fact::Absent }
}

/// An account with one bucket under `key-2` and one key `key-1`, `alias/vision`
fn account() -> Facts {
    Facts {
        environment: Environment {
            account: Some("111122223333".parse().unwrap()),
            region: Some("us-east-1".parse().unwrap()),
            partition: Some("aws".parse().unwrap()),
            captured_at: None,
        },
        organization: Fact::Absent,
        scps: Fact::Absent,
        rcps: Fact::Absent,
        identity: Fact::Absent,
        session: Fact::Absent,
        vpc_endpoint: Fact::Absent,
        buckets: BTreeMap::from([(
            "results".into(),
            bucket(encryption(EncryptionAlgorithm::Kms, Some(DEFAULT_KEY), true)),
        )]),
        keys: BTreeMap::from([("key-1".into(), key(KEY)), ("key-2".into(), key(DEFAULT_KEY))]),
        aliases: Fact::Known(BTreeMap::from([("alias/vision".into(), "key-1".into())])),
        roles: BTreeMap::new(),
        told: BTreeMap::new(),
        open_aliases: BTreeMap::new(),
    }
}

struct Case {
    catalog: Catalog,
    operation: &'static str,
    request: Request,
    facts: Facts,
    assumptions: Vec<(String, String)>,
    dataset_missing: Vec<MissingFact>,
}

impl Case {
    fn of(request: &str) -> Self {
        Self {
            catalog: Catalog::embedded().unwrap(),
            operation: "lookoutvision:CreateModel",
            request: Request::read(SourceFile::new("request.json", request)).unwrap(),
            facts: account(),
            assumptions: Vec::new(),
            dataset_missing: Vec::new(),
        }
    }

    fn knowing(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.facts);
        self
    }

    fn encrypted(self, with: Fact<DefaultEncryption>) -> Self {
        self.knowing(|facts| facts.buckets.get_mut("results").unwrap().encryption = with)
    }

    fn assuming(mut self, name: &str, value: &str) -> Self {
        self.assumptions.push((name.into(), value.into()));
        self
    }

    fn with<T>(&self, look: impl FnOnce(&DeriveInput<'_>) -> T) -> T {
        let assumptions = Assumptions::resolve(&self.catalog.assumptions, &self.assumptions).unwrap();
        look(&DeriveInput {
            operation: self.catalog.operation(self.operation).unwrap(),
            request: &self.request,
            facts: &self.facts,
            assumptions: &assumptions,
            dataset_missing: &self.dataset_missing,
        })
    }

    fn derive(&self) -> Derivation {
        self.with(derive)
    }

    fn need(&self, id: &str) -> Need {
        let derivation = self.derive();
        let ids: Vec<_> = derivation.needs.iter().map(|need| need.id.clone()).collect();
        derivation.needs.into_iter().find(|need| need.id == id).unwrap_or_else(|| panic!("no `{id}` in {ids:?}"))
    }

    fn ids(&self) -> Vec<String> {
        self.derive().needs.into_iter().map(|need| need.id).collect()
    }

    fn outcome(&self, id: &str) -> Outcome {
        let found = self.derive().preconditions.into_iter().find(|result| result.id == id);
        found.unwrap_or_else(|| panic!("no precondition `{id}`")).outcome
    }
}

fn target(target: &Target) -> String {
    match target {
        Target::Resource(resource) => resource.to_string(),
        Target::DatasetObjects => "dataset objects".into(),
        Target::DatasetBuckets => "dataset buckets".into(),
        Target::DatasetKeys => "dataset keys".into(),
        Target::AwsManagedKey { alias, key } => format!("{alias} = {key}"),
        Target::Unnamed(text) => format!("? {text}"),
    }
}

/// `id action resource via strength assumptions`, unknown facts after a `!`
fn line(need: &Need) -> String {
    let via: Vec<String> = need.via.iter().map(|chain| chain.join(">")).collect();
    let assumptions: Vec<&str> = need.assumptions.iter().map(String::as_str).collect();
    let mut line = format!(
        "{} | {} | {} | {} | {} | {}",
        need.id,
        need.action,
        target(&need.target),
        via.join(" or "),
        need.strength.word(),
        assumptions.join(" ")
    );
    for missing in &need.missing {
        line.push_str(" ! ");
        line.push_str(&missing.what);
    }
    line
}

fn lines(derivation: &Derivation) -> Vec<String> {
    derivation.needs.iter().map(line).collect()
}

fn values(need: &Need, key: &str) -> Option<ContextValue> {
    need.context.iter().find(|(name, _)| name.as_str() == key).map(|(_, value)| value.clone())
}

fn known(texts: &[&str]) -> ContextValue {
    ContextValue::Known(texts.iter().map(|text| (*text).into()).collect())
}
