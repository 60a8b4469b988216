//! Keys: the default key of a bucket, the key of a request

use super::*;

#[test]
fn an_unknown_default_encryption_keeps_its_row() {
    for case in [
        Case::of(MINIMAL).encrypted(unknown("the default encryption")),
        Case::of(MINIMAL).knowing(|f| f.buckets.clear()),
    ] {
        let need = case.need("out-default-key");
        assert_eq!(target(&need.target), "? default key of bucket results");
        assert!(need.missing[0].what.starts_with("the default encryption"), "{:?}", need.missing);
        assert_eq!(need.strength, Strength::Must);
    }
    let odd = Case::of(MINIMAL).encrypted(encryption(EncryptionAlgorithm::Other("aws:fsx".into()), None, false));
    assert!(line(&odd.need("out-default-key")).contains("! what the default encryption `aws:fsx`"));
}

#[test]
fn buckets_without_kms_need_no_key() {
    for with in [Fact::Absent, encryption(EncryptionAlgorithm::SseS3, None, false)] {
        let case = Case::of(MINIMAL).encrypted(with);
        assert!(!case.ids().iter().any(|id| id.starts_with("out-default")), "{:?}", case.ids());
        assert!(!case.derive().preconditions.iter().any(|result| result.id.starts_with("default-key")));
    }
    let dual = Case::of(MINIMAL).encrypted(encryption(EncryptionAlgorithm::KmsDsse, Some("key-2"), false));
    assert_eq!(target(&dual.need("out-default-key").target), DEFAULT_KEY);
}

#[test]
fn a_key_is_found_however_it_is_named() {
    let elsewhere = "arn:aws:kms:us-east-1:999988887777:key/key-9";
    for (written, expected) in [
        ("key-1", KEY),
        (KEY, KEY),
        ("alias/vision", KEY),
        ("arn:aws:kms:us-east-1:111122223333:alias/vision", KEY),
        ("mrk-7", "arn:aws:kms:us-east-1:111122223333:key/mrk-7"),
        (elsewhere, elsewhere),
        ("alias/none", "? key alias/none"),
        ("arn:aws:kms:us-east-1:999988887777:alias/vision", "? key arn:aws:kms:us-east-1:999988887777:alias/vision"),
        ("a/b", "? key a/b"),
    ] {
        let need = Case::of(&MAXIMAL.replace("alias/vision", written)).need("key-grant");
        assert_eq!(target(&need.target), expected, "{written}");
        assert_eq!(
            matches!(need.target, Target::Unnamed(_)),
            need.missing.iter().any(|m| m.what.starts_with("the key"))
        );
    }
}

#[test]
fn aws_managed_keys_are_told() {
    let by_default = |key| Case::of(MINIMAL).encrypted(encryption(EncryptionAlgorithm::Kms, key, false));
    let any = "alias/aws/s3 = arn:aws:kms:us-east-1:111122223333:key/*";
    for key in [None, Some("alias/aws/s3"), Some("arn:aws:kms:us-east-1:111122223333:alias/aws/s3")] {
        let need = by_default(key).need("out-default-key");
        assert_eq!(target(&need.target), any, "{key:?}");
        assert!(need.assumptions.contains("aws-managed-key-policy"));
        assert!(need.missing.is_empty(), "{:?}", need.missing);
    }
    let known = by_default(Some("arn:aws:kms:us-east-1:111122223333:key/key-3"))
        .knowing(|f| f.aliases = Fact::Known(BTreeMap::from([("alias/aws/s3".into(), "key-3".into())])));
    assert_eq!(
        target(&known.need("out-default-key").target),
        "alias/aws/s3 = arn:aws:kms:us-east-1:111122223333:key/key-3"
    );
    assert_eq!(known.outcome("default-key-enabled"), Outcome::Holds);
    let unread = by_default(None).assuming("aws-managed-key-policy", "unknown");
    assert!(line(&unread.need("out-default-key")).contains("! the key policy of `alias/aws/s3`"));
}

#[test]
fn the_encryption_context_is_known_with_a_bucket_key() {
    let context = |algorithm, bucket_key| {
        let case = Case::of(MINIMAL).encrypted(encryption(algorithm, Some(DEFAULT_KEY), bucket_key));
        values(&case.need("out-default-key"), "kms:EncryptionContext:aws:s3:arn")
    };
    assert_eq!(context(EncryptionAlgorithm::Kms, true), Some(known(&["arn:aws:s3:::results"])));
    assert_eq!(context(EncryptionAlgorithm::Kms, false), Some(ContextValue::Unknown));
    assert_eq!(context(EncryptionAlgorithm::KmsDsse, true), Some(ContextValue::Unknown));
}

#[test]
fn a_call_by_id_or_arn_carries_no_alias() {
    for (written, expected) in
        [(KEY, ContextValue::Absent), ("key-1", ContextValue::Absent), ("alias/vision", ContextValue::Unknown)]
    {
        let need = Case::of(&MAXIMAL.replace("alias/vision", written)).need("key-datakey");
        assert_eq!(values(&need, "kms:RequestAlias"), Some(expected), "{written}");
    }
}
