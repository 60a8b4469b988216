//! What must hold beyond permissions

use super::*;

#[test]
fn an_aws_managed_key_cannot_be_the_requests() {
    let case = Case::of(&MAXIMAL.replace("alias/vision", "alias/aws/s3"));
    assert!(target(&case.need("key-grant").target).starts_with("alias/aws/s3 = "));
    let Outcome::Fails { message, status, error } = case.outcome("key-grantable") else { panic!("held") };
    assert_eq!(message, "`alias/aws/s3` is an AWS managed key, for which no grant can be made");
    assert_eq!((status, error.as_str()), (400, "ValidationException"));
    let described = Case::of(MAXIMAL).knowing(|f| {
        f.keys.get_mut("key-1").unwrap().metadata =
            Fact::Known(KeyMetadata { manager: KeyManager::Aws, ..metadata(KEY) });
    });
    assert!(matches!(described.outcome("key-grantable"), Outcome::Fails { .. }));
}

#[test]
fn preconditions_fail_with_their_reason() {
    type Change = fn(&mut Facts);
    let cases: [(&str, Change, &str); 6] = [
        (
            "out-bucket-region",
            |f| f.buckets.get_mut("results").unwrap().location = Fact::Known("eu-west-1".parse().unwrap()),
            "bucket `results` is in eu-west-1, the request goes to us-east-1",
        ),
        (
            "key-enabled",
            |f| {
                let metadata = KeyMetadata { state: "Disabled".into(), ..metadata(KEY) };
                f.keys.get_mut("key-1").unwrap().metadata = Fact::Known(metadata);
            },
            "is in state Disabled",
        ),
        (
            "key-symmetric",
            |f| {
                let metadata = KeyMetadata { spec: "RSA_2048".into(), ..metadata(KEY) };
                f.keys.get_mut("key-1").unwrap().metadata = Fact::Known(metadata);
            },
            "has spec RSA_2048",
        ),
        (
            "key-symmetric",
            |f| {
                let metadata = KeyMetadata { usage: "SIGN_VERIFY".into(), ..metadata(KEY) };
                f.keys.get_mut("key-1").unwrap().metadata = Fact::Known(metadata);
            },
            "usage SIGN_VERIFY",
        ),
        (
            "key-region",
            |f| {
                let metadata = metadata("arn:aws:kms:eu-west-1:111122223333:key/key-1");
                f.keys.get_mut("key-1").unwrap().metadata = Fact::Known(metadata);
            },
            "is in eu-west-1, the request goes to us-east-1",
        ),
        ("key-enabled", |f| f.keys.get_mut("key-1").unwrap().metadata = Fact::Absent, "does not exist"),
    ];
    for (id, change, reason) in cases {
        let outcome = Case::of(MAXIMAL).knowing(change).outcome(id);
        let Outcome::Fails { message, .. } = &outcome else { panic!("{id}: {outcome:?}") };
        assert!(message.contains(reason), "{id}: {message}");
    }
}

#[test]
fn a_multi_region_key_is_that_of_the_requests_region() {
    let replica = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1";
    let case = Case::of(&MAXIMAL.replace("alias/vision", "mrk-1"))
        .knowing(|f| drop(f.keys.insert("mrk-1".into(), key(replica))));
    assert_eq!(target(&case.need("key-grant").target), "arn:aws:kms:us-east-1:111122223333:key/mrk-1");
    assert_eq!(case.outcome("key-region"), Outcome::Holds);
    // The description is the other Region's, so the state of this one is not known.
    let Outcome::Unknown(missing) = case.outcome("key-enabled") else { panic!("decided") };
    assert!(missing.why.contains(replica), "{missing}");
}

#[test]
fn the_datasets_buckets_and_keys_are_checked() {
    let case = Case::of(MINIMAL).knowing(|f| {
        let far = Bucket { location: Fact::Known("eu-west-1".parse().unwrap()), ..bucket(Fact::Absent) };
        f.buckets.insert("far".into(), far);
        let state = KeyMetadata { state: "PendingDeletion".into(), ..metadata(KEY) };
        f.keys.get_mut("key-1").unwrap().metadata = Fact::Known(state);
    });
    let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    let foreign = "arn:aws:kms:us-east-1:999988887777:key/x";
    let results = case.with(|input| check_dataset(input, &set(&["far", "results", "strange"]), &set(&[KEY, foreign])));
    let shown: Vec<String> = results
        .iter()
        .filter_map(|result| match &result.outcome {
            Outcome::Holds => None,
            Outcome::Fails { message, .. } => Some(format!("{} {}: {message}", result.id, result.row)),
            Outcome::Unknown(missing) => Some(format!("{} {}? {}", result.id, result.row, missing.what)),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "images-bucket-region read-object: bucket `far` is in eu-west-1, the request goes to us-east-1".to_owned(),
            "images-bucket-region read-object? the Region of bucket `strange`".to_owned(),
            "images-bucket-owner read-object? the owner of bucket `strange`".to_owned(),
            format!("image-key-enabled decrypt-object: key `{KEY}` is in state PendingDeletion"),
            format!("image-key-enabled decrypt-object? the state of key `{foreign}`"),
        ]
    );
    assert_eq!(results.len(), 8);
}

#[test]
fn what_is_not_known_of_the_dataset_stays_with_its_row() {
    let case = Case::of(MINIMAL);
    let mut derivation = case.derive();
    let checked = case.with(|input| check_dataset(input, &BTreeSet::from(["strange".to_owned()]), &BTreeSet::new()));
    derivation.add_preconditions(checked);
    let read = derivation.needs.iter().find(|need| need.id == "read-object").unwrap();
    let missing: Vec<&str> = read.missing.iter().map(|missing| missing.what.as_str()).collect();
    assert_eq!(missing, ["the Region of bucket `strange`", "the owner of bucket `strange`"]);
    assert!(derivation.assumptions_used.contains("bucket-owner"));
}

#[test]
fn whose_a_bucket_is_may_be_known() {
    let own = || "111122223333".parse().unwrap();
    let owned = |owner: BucketOwner| {
        Case::of(MINIMAL).knowing(|f| f.buckets.get_mut("results").unwrap().owner = Fact::Known(owner))
    };
    let case = owned(BucketOwner::Account(own()));
    assert_eq!(case.outcome("out-bucket-owner"), Outcome::Holds);
    assert!(!case.derive().assumptions_used.contains("bucket-owner"));
    for owner in [BucketOwner::NotAccount(own()), BucketOwner::Account("999988887777".parse().unwrap())] {
        let Outcome::Fails { message, .. } = owned(owner).outcome("out-bucket-owner") else { panic!("held") };
        assert_eq!(message, "bucket `results` does not belong to account 111122223333");
    }
    assert!(Case::of(MINIMAL).derive().assumptions_used.contains("bucket-owner"));
}
