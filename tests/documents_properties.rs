//! Generated documents for generated requests, accounts and datasets: enough, minimal, within their size,
//! and the same whatever the order of the input

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helpers fail loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use iam_preflight::catalog::{Assumptions, Catalog, Strength};
use iam_preflight::evaluate::Readings;
use iam_preflight::facts::{
    Bucket, DefaultEncryption, EncryptionAlgorithm, Environment, Fact, Facts, Key, KeyManager, KeyMetadata,
    ObjectEncryption, ObjectOwnership, ObjectTable,
};
use iam_preflight::generate::{Carrier, Generated, Granularity, Order, Production, World};
use iam_preflight::iam::wildcard::Glob;
use iam_preflight::iam::{Context, Openness, Principal};
use iam_preflight::judge::{Account, CalledVia, DatasetObjects, ObjectOwner, OtherPolicies, Settings, UserContext};
use iam_preflight::lint::{Expect, Kind, LintReport};
use iam_preflight::need::{Derivation, DeriveInput, derive};
use iam_preflight::policy::{Document, PolicyType, parse};
use iam_preflight::request::Request;
use iam_preflight::source::SourceFile;
use proptest::prelude::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/Trainer";
const REGION: &str = "arn:aws:kms:us-east-1:111122223333:key";

/// How an object is encrypted
#[derive(Debug, Clone, Copy)]
enum Cipher {
    None,
    Key(usize, bool),
}

/// A request, an account and a dataset
#[derive(Debug, Clone)]
struct Case {
    prefix: String,
    own_key: bool,
    tags: BTreeMap<String, String>,
    default_key: Option<bool>,
    /// Whether each of the two keys leaves its use to IAM
    open_keys: [bool; 2],
    objects: BTreeMap<String, Cipher>,
    others: BTreeSet<String>,
    size: usize,
    granularity: Granularity,
    weakest: Strength,
    carrier: Carrier,
}

fn cases() -> impl Strategy<Value = Case> {
    let key = "(train/|test/|a/b/)?[a-c*?$é画 ]{1,6}";
    let cipher =
        prop_oneof![Just(Cipher::None), (0..2_usize, any::<bool>()).prop_map(|(key, own)| Cipher::Key(key, own))];
    let request = (
        "(runs/[a-z*']{1,4})?",
        any::<bool>(),
        proptest::collection::btree_map("[a-cA-C]{1,2}", "[a-z é画]{0,3}", 0..3),
        proptest::option::of(any::<bool>()),
    );
    let dataset = (
        proptest::collection::btree_map(key, cipher, 1..12),
        proptest::collection::btree_set(key, 0..8),
        any::<[bool; 2]>(),
    );
    let options = (
        1800_usize..7000,
        prop_oneof![Just(Granularity::Object), Just(Granularity::Prefix), Just(Granularity::Bucket)],
        prop_oneof![Just(Strength::Must), Just(Strength::Should), Just(Strength::Advisory)],
        prop_oneof![Just(Carrier::Identity), Just(Carrier::Key), Just(Carrier::Bucket)],
    );
    (request, dataset, options).prop_map(
        |(
            (prefix, own_key, tags, default_key),
            (objects, others, open_keys),
            (size, granularity, weakest, carrier),
        )| {
            Case { prefix, own_key, tags, default_key, open_keys, objects, others, size, granularity, weakest, carrier }
        },
    )
}

fn key_policy(open: bool) -> Arc<Document> {
    let principal = if open { "arn:aws:iam::111122223333:root" } else { "arn:aws:iam::111122223333:role/Admin" };
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "kms:*", "Resource": "*"}}}}"#
    );
    Arc::new(parse::parse(&SourceFile::new("key", text), "key", PolicyType::Key).unwrap())
}

fn key_arn(number: usize) -> String {
    format!("{REGION}/key-{number}")
}

fn bucket(encryption: DefaultEncryption, objects: Fact<Arc<ObjectTable>>) -> Bucket {
    Bucket {
        location: Fact::Known("us-east-1".parse().unwrap()),
        owner: Fact::Absent,
        encryption: Fact::Known(encryption),
        policy: Fact::Absent,
        public_access_block: Fact::Absent,
        ownership: Fact::Known(ObjectOwnership::Bucket),
        objects,
    }
}

impl Case {
    fn request(&self) -> Request {
        let tags: Vec<_> =
            self.tags.iter().map(|(key, value)| serde_json::json!({ "Key": key, "Value": value })).collect();
        let mut request = serde_json::json!({
            "ProjectName": "bottles", "Tags": tags,
            "OutputConfig": { "S3Location": { "Bucket": "results", "Prefix": self.prefix } }
        });
        if self.own_key {
            request["KmsKeyId"] = key_arn(0).into();
        }
        Request::read(SourceFile::new("request.json", request.to_string())).unwrap()
    }

    fn facts(&self) -> Facts {
        let plain = DefaultEncryption { algorithm: EncryptionAlgorithm::SseS3, key: None, bucket_key: false };
        let out = self.default_key.map_or(plain.clone(), |bucket_key| DefaultEncryption {
            algorithm: EncryptionAlgorithm::Kms,
            key: Some(key_arn(1)),
            bucket_key,
        });
        let table = ObjectTable::build(self.objects.iter().map(|(key, cipher)| {
            let encryption = match cipher {
                Cipher::None => ObjectEncryption::NoKms,
                Cipher::Key(number, bucket_key) => {
                    ObjectEncryption::Kms { key: key_arn(*number), bucket_key: *bucket_key }
                }
            };
            (key, encryption)
        }));
        let keys = self.open_keys.iter().enumerate().map(|(number, open)| {
            let metadata = KeyMetadata {
                arn: key_arn(number).parse().unwrap(),
                state: "Enabled".into(),
                spec: "SYMMETRIC_DEFAULT".into(),
                usage: "ENCRYPT_DECRYPT".into(),
                manager: KeyManager::Customer,
                multi_region: false,
            };
            let key = Key {
                metadata: Fact::Known(metadata),
                policy: Fact::Known(key_policy(*open)),
                grants: Fact::Known(Vec::new()),
            };
            (format!("key-{number}"), key)
        });
        Facts {
            environment: Environment {
                account: "111122223333".parse().ok(),
                region: "us-east-1".parse().ok(),
                partition: "aws".parse().ok(),
                captured_at: None,
            },
            organization: Fact::Absent,
            scps: Fact::Absent,
            rcps: Fact::Absent,
            identity: Fact::Absent,
            session: Fact::Absent,
            vpc_endpoint: Fact::Absent,
            buckets: BTreeMap::from([
                ("results".to_owned(), bucket(out, Fact::Absent)),
                ("images".to_owned(), bucket(plain, Fact::Known(Arc::new(table)))),
            ]),
            keys: keys.collect(),
            aliases: Fact::Known(BTreeMap::new()),
            roles: BTreeMap::new(),
            told: BTreeMap::new(),
            open_aliases: BTreeMap::new(),
        }
    }

    /// Writes the documents, the objects read in this order
    fn produce(&self, keys: &[&String]) -> Result<Production, String> {
        let catalog = Catalog::embedded().unwrap();
        let assumptions = Assumptions::resolve(&catalog.assumptions, &[]).unwrap();
        let (request, facts) = (self.request(), self.facts());
        let principal: Principal = ROLE.parse().unwrap();
        let mut account = Account::compile(&facts, &principal, &settings());
        facts.buckets.iter().for_each(|(name, bucket)| account.add_bucket(name, bucket));
        facts.keys.iter().for_each(|(id, key)| account.add_key(&format!("{REGION}/{id}"), key, None));
        let Derivation { needs, .. } = derive(&DeriveInput {
            operation: catalog.operation("lookoutvision:CreateModel").unwrap(),
            request: &request,
            facts: &facts,
            assumptions: &assumptions,
            dataset_missing: &[],
        });
        let mut objects = DatasetObjects::new(true);
        let context = Context::open(Openness::default());
        objects.open("images", &account, facts.buckets["images"].objects.clone(), (&[], &context));
        for key in keys {
            objects.add("images", key, 1);
        }
        objects.finish();
        let reference = catalog.reference.clone();
        let listed = BTreeMap::from([(
            "images".to_owned(),
            self.objects.keys().chain(&self.others).cloned().collect::<BTreeSet<String>>(),
        )]);
        let order = Order {
            world: World {
                account: &account,
                principal: &principal,
                facts: &facts,
                user: &UserContext::new(),
                service_keys: &move |action| reference.folded_keys(action),
                dataset_missing: &[],
                objects: &objects,
            },
            needs: &needs,
            weakest: self.weakest,
            carrier: self.carrier,
            granularity: self.granularity,
            size: self.size,
            policies: 1,
            listed: &listed,
            in_account: false,
        };
        order.produce().map_err(|fault| fault.to_string())
    }
}

fn settings() -> Settings {
    Settings {
        readings: Readings::default(),
        buckets_are_own: true,
        object_owner: ObjectOwner::AsKnown,
        no_session_tags: true,
        called_via: CalledVia::Unknown,
        source_ip_kept: true,
        managed_key_policy_published: true,
        unseen_like_seen: false,
        endpoint_policy_full: true,
        other_policies: OtherPolicies::Silent,
    }
}

fn documents(production: &Production) -> String {
    production.composed.documents.iter().map(|own| format!("{:#}\n", own.json())).collect::<Vec<_>>().concat()
}

/// What the linter has to say of a document
fn lint(document: &Generated) -> LintReport {
    let kind = match document.place.policy_type() {
        PolicyType::Key => Kind::Key,
        PolicyType::Resource => Kind::Bucket,
        _ => Kind::Identity,
    };
    let mut report = LintReport::default();
    report.add(&SourceFile::new("policy.json", format!("{:#}", document.json())), Some(kind), Expect::Policy).unwrap();
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("IAM_PREFLIGHT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40_000_u32) / 400
    ))]

    #[test]
    fn documents_are_enough_minimal_within_their_size_and_stable(case in cases()) {
        let keys: Vec<&String> = case.objects.keys().collect();
        let production = match case.produce(&keys) {
            Ok(production) => production,
            Err(error) => {
                prop_assert!(error.contains("does not fit") && case.size < 5000, "{}", error);
                return Ok(());
            }
        };
        let text = documents(&production);
        prop_assert!(production.sufficient.holds(), "not enough: {:#?}\n{text}", production.sufficient);
        let needless: Vec<_> = production.minimal.needless().collect();
        prop_assert!(needless.is_empty(), "not minimal: {needless:#?}\n{text}");
        for document in &production.composed.documents {
            prop_assert!(document.size() <= case.size, "{} characters", document.size());
            prop_assert!(document.json().to_string().chars().all(|character| character <= '\u{ff}'), "{text}");
            let found = lint(document);
            // Names that differ by case alone are one condition key, so only the list of names is tested.
            let names: BTreeSet<String> = case.tags.keys().map(|name| name.to_lowercase()).collect();
            prop_assert!(found.is_clean() || names.len() < case.tags.len(), "{:#?}\n{text}", found.findings);
        }
        for beyond in &production.beyond {
            let expected = beyond.what.contains("it covers") || beyond.what.contains("every object of the bucket")
                || beyond.what.contains("nothing there is needed");
            prop_assert!(expected, "{beyond:?}\n{text}");
        }
        let folding = &production.composed.foldings["images"];
        for key in &case.objects {
            let named = |pattern: &iam_preflight::generate::KeyPattern| Glob::parse(&pattern.spelled()).matches(key.0);
            prop_assert!(folding.patterns.iter().any(named), "{key:?} in {folding:?}");
        }
        let reversed: Vec<&String> = keys.iter().rev().copied().collect();
        prop_assert_eq!(documents(&case.produce(&reversed).unwrap()), text);
    }
}

/// 20,000 needed objects under 40 prefixes; under 10 of these lie 1,500 others each, and 40,000 beside them
#[test]
fn twenty_thousand_objects_fit_and_grant_nothing_where_nothing_else_lies() {
    let folder = |place: usize| format!("plant-{}/line-{:02}/run-{:02}", place % 5, place / 5, place % 12);
    let objects = (0..40).flat_map(|place| {
        (0..500).map(move |own| format!("{}/images/img-{:07}.jpg", folder(place), own * 7919 % 9_999_991))
    });
    let mixed = (0..10).flat_map(|place| {
        (0..1500).map(move |own| format!("{}/images/cam-{:07}.jpg", folder(place * 4), own * 6007 % 9_999_991))
    });
    let beside = (0..40).flat_map(|place| (0..1000).map(move |own| format!("{}/raw/{own:05}.png", folder(place))));
    let case = Case {
        prefix: String::new(),
        own_key: true,
        tags: BTreeMap::new(),
        default_key: None,
        open_keys: [true, true],
        objects: objects.map(|key| (key, Cipher::Key(1, true))).collect(),
        others: mixed.chain(beside).collect(),
        size: 6144,
        granularity: Granularity::Object,
        weakest: Strength::Must,
        carrier: Carrier::Identity,
    };
    assert_eq!((case.objects.len(), case.others.len()), (20_000, 55_000));
    let keys: Vec<&String> = case.objects.keys().collect();
    let production = case.produce(&keys).unwrap();
    assert!(production.composed.documents[0].size() <= 6144);
    assert!(production.sufficient.holds() && production.minimal.holds(), "{}", documents(&production));
    let folding = &production.composed.foldings["images"];
    // `img-` tells the needed ones from all others, so 40 prefixes are enough to grant none of them.
    assert_eq!((folding.patterns.len(), folding.beyond), (40, Some(0)), "{folding:?}");
}
