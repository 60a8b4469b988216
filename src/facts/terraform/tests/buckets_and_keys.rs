//! Buckets, keys and aliases

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Plan, change, configured, create, delete, keep, planned, references};
use crate::facts::{
    Bucket, DefaultEncryption, EncryptionAlgorithm, Fact, Grant, Key, MissingFact, ObjectTable, PublicAccessBlock,
};

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn unknown<T>(what: &str) -> Fact<T> {
    Fact::Unknown(MissingFact { what: what.to_owned(), source: "a snapshot".to_owned(), why: "not given".to_owned() })
}

fn nothing() -> Bucket {
    Bucket {
        owner: unknown("owner"),
        location: unknown("location"),
        encryption: unknown("encryption"),
        policy: unknown("policy"),
        public_access_block: unknown("block"),
        ownership: unknown("ownership"),
        objects: Fact::Known(Arc::new(ObjectTable::default())),
    }
}

fn bucket(plan: &Plan) -> Bucket {
    plan.bucket("images", nothing()).unwrap()
}

fn policy() -> String {
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}"#
        .to_owned()
}

fn sse_s3() -> Fact<DefaultEncryption> {
    Fact::Known(DefaultEncryption { algorithm: EncryptionAlgorithm::SseS3, key: None, bucket_key: false })
}

#[test]
fn a_new_bucket_has_the_defaults_and_what_the_plan_adds() {
    let own =
        create("aws_s3_bucket.images", json!({"bucket": "images"}), json!({"id": true, "arn": true, "region": true}));
    let bare = bucket(&planned(std::slice::from_ref(&own), &configured(&[("aws_s3_bucket.images", json!({}))])));
    assert_eq!((bare.policy, bare.encryption), (Fact::Absent, sse_s3()));
    assert_eq!(bare.location.known().map(crate::iam::Region::as_str), Some("eu-west-1"));
    assert!(bare.public_access_block.known().is_some_and(|block| block.restrict_public_buckets));
    assert!(bare.objects.missing().unwrap().why.contains("nothing is in it yet"));

    let by_id = references(&["aws_s3_bucket.images.id", "aws_s3_bucket.images"]);
    let configuration = configured(&[
        ("aws_s3_bucket.images", json!({})),
        ("aws_s3_bucket_policy.p", json!({"bucket": by_id})),
        ("aws_s3_bucket_server_side_encryption_configuration.e", json!({"bucket": by_id})),
        ("aws_s3_bucket_public_access_block.b", json!({"bucket": by_id})),
    ]);
    let rule = json!([{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": KEY}],
        "bucket_key_enabled": true}]);
    let open = json!({"bucket": true});
    let changes = [
        own,
        create("aws_s3_bucket_policy.p", json!({"policy": policy()}), open.clone()),
        create("aws_s3_bucket_server_side_encryption_configuration.e", json!({"rule": rule}), open.clone()),
        create(
            "aws_s3_bucket_public_access_block.b",
            json!({"block_public_acls": true, "ignore_public_acls": false,
            "block_public_policy": false, "restrict_public_buckets": false}),
            open,
        ),
    ];
    let full = bucket(&planned(&changes, &configuration));
    assert_eq!(&*full.policy.known().unwrap().origin.name, "aws_s3_bucket_policy.p");
    let kms = DefaultEncryption { algorithm: EncryptionAlgorithm::Kms, key: Some(KEY.to_owned()), bucket_key: true };
    assert_eq!(full.encryption, Fact::Known(kms));
    let block = PublicAccessBlock {
        block_public_acls: true,
        ignore_public_acls: false,
        block_public_policy: false,
        restrict_public_buckets: false,
    };
    assert_eq!(full.public_access_block, Fact::Known(block));
}

type Shown = fn(&Bucket) -> String;

#[test]
fn each_part_of_a_bucket_that_was_there_changes_alone() {
    let before = json!({"bucket": "images", "policy": policy()});
    let cases: [(Value, Shown, &str); 4] = [
        (delete("aws_s3_bucket_policy.p", before.clone()), |bucket| format!("{:?}", bucket.policy), "Absent"),
        (
            change(
                "aws_s3_bucket_policy.p",
                &["update"],
                before.clone(),
                json!({"bucket": "images"}),
                json!({"policy": true}),
            ),
            |bucket| bucket.policy.missing().unwrap().to_string(),
            "`policy` of `aws_s3_bucket_policy.p`",
        ),
        (
            create("aws_s3_bucket_policy.p", json!({"policy": policy()}), json!({"bucket": true})),
            |bucket| bucket.policy.missing().unwrap().to_string(),
            "what `aws_s3_bucket_policy.p` says of `images`",
        ),
        (
            delete("aws_s3_bucket.images", json!({"bucket": "images"})),
            |bucket| bucket.policy.missing().unwrap().to_string(),
            "the plan deletes the bucket",
        ),
    ];
    for (change, shown, expected) in cases {
        let shown = shown(&bucket(&planned(&[change], &configured(&[]))));
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
    let other = create("aws_s3_bucket_policy.p", json!({"bucket": "other", "policy": policy()}), json!({}));
    assert_eq!(bucket(&planned(&[other], &configured(&[]))).policy, unknown("policy"));
}

fn no_key() -> Key {
    Key { metadata: unknown("state"), policy: unknown("key policy"), grants: Fact::Known(Vec::new()) }
}

fn arn() -> String {
    format!("arn:aws:kms:eu-west-1:210000000011:key/{KEY}")
}

fn key_values(policy: &str) -> Value {
    json!({"key_id": KEY, "arn": arn(), "id": KEY, "is_enabled": true, "key_usage": "ENCRYPT_DECRYPT",
        "customer_master_key_spec": "SYMMETRIC_DEFAULT", "multi_region": false, "policy": policy})
}

fn key_policy(sid: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Sid":"{sid}","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}}}"#
    )
}

#[test]
fn a_key_policy_of_its_own_resource_wins() {
    let own = keep("aws_kms_key.k", key_values(&key_policy("Own")));
    let plan = planned(std::slice::from_ref(&own), &configured(&[]));
    let key = plan.key(KEY, no_key()).unwrap();
    assert_eq!(key.policy.known().unwrap().statements[0].sid.as_deref(), Some("Own"));
    assert_eq!(key.metadata.known().map(|metadata| metadata.state.as_str()), Some("Enabled"));
    let separate =
        create("aws_kms_key_policy.p", json!({"key_id": arn(), "policy": key_policy("Separate")}), json!({}));
    let key = planned(&[own, separate], &configured(&[])).key(KEY, no_key()).unwrap();
    assert_eq!(key.policy.known().unwrap().statements[0].sid.as_deref(), Some("Separate"));
}

#[test]
fn a_deleted_key_is_pending_deletion_and_a_disabled_one_disabled() {
    let gone = planned(&[delete("aws_kms_key.k", key_values(&key_policy("Own")))], &configured(&[]));
    assert_eq!(gone.key(KEY, no_key()).unwrap().metadata.known().unwrap().state, "PendingDeletion");
    let mut after = key_values(&key_policy("Own"));
    after["is_enabled"] = false.into();
    let disabled = change("aws_kms_key.k", &["update"], key_values(&key_policy("Own")), after, json!({}));
    let key = planned(&[disabled], &configured(&[])).key(KEY, no_key()).unwrap();
    assert_eq!(key.metadata.known().unwrap().state, "Disabled");
}

#[test]
fn grants_come_go_and_stay_open() {
    let values =
        json!({"key_id": KEY, "grant_id": "g1", "grantee_principal": super::TRAINER, "operations": ["Decrypt"]});
    let old = Grant {
        id: "g1".to_owned(),
        grantee: super::TRAINER.to_owned(),
        retiring: None,
        operations: vec!["Decrypt".to_owned()],
        constraint: None,
        file: "plan.json".into(),
    };
    let base = || Key { grants: Fact::Known(vec![old.clone()]), ..no_key() };
    let grants = |change: Value| planned(&[change], &configured(&[])).key(KEY, base()).unwrap().grants;
    assert_eq!(grants(delete("aws_kms_grant.g", values.clone())), Fact::Known(vec![]));
    assert_eq!(grants(keep("aws_kms_grant.g", values.clone())), Fact::Known(vec![old.clone()]));
    let mut after = values;
    after.as_object_mut().unwrap().remove("grantee_principal");
    let open = grants(create("aws_kms_grant.g", after, json!({"grantee_principal": true, "grant_id": true})));
    assert!(open.missing().unwrap().what.contains("`grantee_principal` of `aws_kms_grant.g`"));
}

#[test]
fn an_alias_of_a_new_key_is_open_and_names_its_address() {
    let known = create("aws_kms_alias.known", json!({"name": "alias/known", "target_key_id": arn()}), json!({}));
    let open = create("aws_kms_alias.open", json!({"name": "alias/open"}), json!({"target_key_id": true}));
    let west = create("aws_kms_alias.west", json!({"name": "alias/west", "target_key_id": KEY}), json!({}));
    let mut configuration = configured(&[
        ("aws_kms_alias.known", json!({})),
        ("aws_kms_alias.open", json!({})),
        ("aws_kms_alias.west", json!({})),
    ]);
    configuration["provider_config"]["aws.west"] =
        json!({"name": "aws", "expressions": {"region": {"constant_value": "us-west-2"}}});
    configuration["root_module"]["resources"][2]["provider_config_key"] = "aws.west".into();
    let plan = planned(&[known, open, west], &configuration);
    let base = BTreeMap::from([("alias/open".to_owned(), "old".to_owned())]);
    assert_eq!(
        plan.aliases(Fact::Known(base)),
        Fact::Known(BTreeMap::from([("alias/known".to_owned(), KEY.to_owned())]))
    );
    let open: Vec<_> = plan.open_aliases().collect();
    assert_eq!(open.len(), 1);
    assert!(open[0].0 == "alias/open" && open[0].1.source.contains("`aws_kms_alias.open` at plan.json:1:"), "{open:?}");
}

#[test]
fn keys_of_other_regions_with_the_same_id_say_nothing() {
    const SHARED: &str = "mrk-0123456789abcdef0123456789abcdef";
    let arn_in = |region: &str| format!("arn:aws:kms:{region}:210000000011:key/{SHARED}");
    let base = || Key { policy: Fact::Absent, ..no_key() };
    let policy = |region: &str| {
        let values = json!({"key_id": SHARED, "arn": arn_in(region), "policy": key_policy("Own"), "enabled": true});
        let replica = keep("aws_kms_replica_key.k", values);
        planned(&[replica], &configured(&[])).key(SHARED, base()).unwrap().policy
    };
    assert!(policy("eu-west-1").known().is_some());
    assert_eq!(policy("us-west-2"), Fact::Absent);
    let values = json!({"key_id": arn_in("us-west-2"), "policy": key_policy("Own"), "region": "us-west-2"});
    let apart = planned(&[create("aws_kms_key_policy.p", values, json!({}))], &configured(&[]));
    assert_eq!(apart.key(SHARED, base()).unwrap().policy, Fact::Absent);
}
