//! The files of one bucket

use super::{Memory, helps, lines, unknown};
use crate::facts::{BucketOwner, DefaultEncryption, EncryptionAlgorithm, Fact, PublicAccessBlock};
use crate::source::Position;

const WRAPPED: &str = r#"{
    "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Tls\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::parts-train/*\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}]}"
}
"#;

const ENCRYPTION: &str = r#"{
    "ServerSideEncryptionConfiguration": {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {
                    "SSEAlgorithm": "aws:kms",
                    "KMSMasterKeyID": "arn:aws:kms:eu-west-1:210000000011:key/1b2c"
                },
                "BucketKeyEnabled": true,
                "BlockedEncryptionTypes": { "EncryptionType": ["SSE-C"] }
            }
        ]
    }
}"#;

const PUBLIC: &str = r#"{
    "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": true,
        "IgnorePublicAcls": true,
        "BlockPublicPolicy": false,
        "RestrictPublicBuckets": false
    }
}"#;

#[test]
fn every_file_of_a_bucket_is_read() {
    let memory = Memory::new()
        .with("s3/parts-train/location.json", "{\n    \"LocationConstraint\": \"eu-west-1\"\n}\n")
        .with("s3/parts-train/encryption.json", ENCRYPTION)
        .with("s3/parts-train/policy.json", WRAPPED)
        .with("s3/parts-train/public-access-block.json", PUBLIC)
        .with("s3/parts-train/objects.jsonl", "{\"Key\":\"a.png\",\"ServerSideEncryption\":\"AES256\"}\n");
    let snapshot = memory.open();
    let bucket = snapshot.bucket("parts-train").unwrap();
    assert_eq!(bucket.location.known().unwrap().as_str(), "eu-west-1");
    let key = Some("arn:aws:kms:eu-west-1:210000000011:key/1b2c".to_owned());
    let default = DefaultEncryption { algorithm: EncryptionAlgorithm::Kms, key, bucket_key: true };
    assert_eq!(bucket.encryption, Fact::Known(default));
    assert_eq!(
        bucket.public_access_block,
        Fact::Known(PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: false,
            restrict_public_buckets: false,
        })
    );
    assert_eq!(bucket.objects.known().unwrap().len(), 1);
    let policy = bucket.policy.known().unwrap();
    assert_eq!(&*policy.origin.file, "snap/s3/parts-train/policy.json");
    let column = WRAPPED.lines().nth(1).unwrap().find("{\\\"Sid").unwrap() + 1;
    assert_eq!(policy.statements[0].at, Position { line: 2, column: u32::try_from(column).unwrap() });
    assert_eq!(snapshot.bucket_folders(), ["parts-train"]);
}

#[test]
fn a_bucket_without_files_is_wholly_unknown() {
    let memory = Memory::new();
    let bucket = memory.open().bucket("b").unwrap();
    assert_eq!(
        unknown(&bucket.policy),
        "the policy of bucket `b` (s3/b/policy.json in the snapshot (aws s3api get-bucket-policy); \
         there is no such file in the snapshot)"
    );
    assert!(unknown(&bucket.location).contains("s3/b/location.json in the snapshot (aws s3api get-bucket-location)"));
    assert!(unknown(&bucket.encryption).contains("s3/b/encryption.json"));
    assert!(unknown(&bucket.public_access_block).contains("s3/b/public-access-block.json"));
    assert!(unknown(&bucket.objects).contains("s3/b/objects.jsonl"));
}

#[test]
fn null_is_absent_and_empty_is_a_problem() {
    let memory = Memory::new()
        .with("s3/b/policy.json", "null\n")
        .with("s3/b/encryption.json", "null")
        .with("s3/b/public-access-block.json", " null ")
        .with("s3/b/location.json", "null")
        .with("s3/b/objects.jsonl", "null\n");
    let bucket = memory.open().bucket("b").unwrap();
    assert_eq!(bucket.policy, Fact::Absent);
    assert_eq!(bucket.encryption, Fact::Absent);
    assert_eq!(bucket.public_access_block, Fact::Absent);
    assert_eq!(bucket.location, Fact::Absent);
    assert_eq!(bucket.objects, Fact::Absent);

    let memory =
        Memory::new().with("s3/b/policy.json", "").with("s3/b/location.json", "{\n  \"LocationConstraint\" \"x\"\n}");
    let result = memory.open().bucket("b");
    assert_eq!(
        lines(result.clone()),
        [
            "snap/s3/b/location.json:2:24: not valid JSON: expected `:`",
            "snap/s3/b/policy.json:1:1: the file is empty, expected JSON",
        ]
    );
    assert!(helps(result)[1].contains("write `null` when it is known that there is none"));
}

#[test]
fn locations_have_two_old_names() {
    for (written, region) in [("null", "us-east-1"), ("\"EU\"", "eu-west-1"), ("\"us-west-2\"", "us-west-2")] {
        let memory = Memory::new().with("s3/b/location.json", format!("{{\"LocationConstraint\": {written}}}"));
        assert_eq!(memory.open().bucket("b").unwrap().location.known().unwrap().as_str(), region);
    }
    for (written, problem) in [
        ("{}", "1:1: the object has no `LocationConstraint`"),
        ("{\"LocationConstraint\": \"\"}", "1:1: `` is not a Region name: expected a form like `us-east-1`"),
        ("{\"LocationConstraint\": 3}", "1:24: `LocationConstraint` must be a string, this is a number"),
        ("\"eu-west-1\"", "1:1: expected an object with `LocationConstraint`, this is a string"),
    ] {
        let memory = Memory::new().with("s3/b/location.json", written);
        assert_eq!(lines(memory.open().bucket("b")), [format!("snap/s3/b/location.json:{problem}")]);
    }
}

#[test]
fn encryption_keeps_what_it_does_not_know_and_refuses_other_shapes() {
    let with = |rule: &str| {
        let rules = format!("{{\"ServerSideEncryptionConfiguration\":{{\"Rules\":[{rule}]}}}}");
        Memory::new().with("s3/b/encryption.json", rules)
    };
    let memory = with(r#"{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:fsx"}}"#);
    let encryption = memory.open().bucket("b").unwrap().encryption;
    let algorithm = EncryptionAlgorithm::Other("aws:fsx".to_owned());
    assert_eq!(encryption, Fact::Known(DefaultEncryption { algorithm, key: None, bucket_key: false }));

    let cases = [
        (r#"{"BucketKeyEnabled":true}"#, "the object has no `ApplyServerSideEncryptionByDefault`"),
        ("", "`Rules` must be an array of exactly one rule, which is all that S3 keeps"),
        (r#"{"ApplyServerSideEncryptionByDefault":{}}"#, "the object has no `SSEAlgorithm`"),
        (
            r#"{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":"no"}"#,
            "`BucketKeyEnabled` must be true or false, this is a string",
        ),
    ];
    for (rule, message) in cases {
        let found = lines(with(rule).open().bucket("b"));
        assert!(found.len() == 1 && found[0].ends_with(message), "{found:?}");
    }
}

#[test]
fn each_of_the_four_switches_must_be_there() {
    let memory = Memory::new().with(
        "s3/b/public-access-block.json",
        r#"{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":"true"}}"#,
    );
    assert_eq!(
        lines(memory.open().bucket("b")),
        [
            "snap/s3/b/public-access-block.json:1:78: `IgnorePublicAcls` must be true or false, this is a string",
            "snap/s3/b/public-access-block.json:1:35: the object has no `BlockPublicPolicy`",
            "snap/s3/b/public-access-block.json:1:35: the object has no `RestrictPublicBuckets`",
        ]
    );
}

#[test]
fn problems_inside_a_wrapped_policy_point_into_the_string() {
    let memory = Memory::new().with(
        "s3/b/policy.json",
        "{\n  \"Policy\": \"{\\\"Statement\\\":[{\\\"Efect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"s3:*\\\"}]}\"\n}",
    );
    let found = lines(memory.open().bucket("b"));
    assert_eq!(
        found,
        [
            "snap/s3/b/policy.json:2:31: unknown key `Efect` in a statement",
            "snap/s3/b/policy.json:2:30: the statement has no `Effect`",
        ]
    );
}

#[test]
fn a_key_that_stands_twice_in_a_policy_is_refused() {
    let memory = Memory::new().with("s3/b/policy.json", "{\"Policy\":\"{}\",\n\"Policy\":\"{}\"}");
    assert_eq!(
        lines(memory.open().bucket("b")),
        ["snap/s3/b/policy.json:2:1: the key `Policy` stands twice in one object, first at 1:2"]
    );
}

#[test]
fn names_that_lead_out_of_the_snapshot_are_never_read() {
    let memory = Memory::new().with("s3/../outside/policy.json", "null").with("s3/a/b/policy.json", "null");
    for name in ["../outside", "a/b", "..", "", ".", "a\\b", "C:"] {
        let bucket = memory.open().bucket(name).unwrap();
        assert!(unknown(&bucket.policy).contains("no folder of a snapshot may have"), "{name}");
        assert!(unknown(&bucket.objects).contains("no folder of a snapshot may have"), "{name}");
        assert!(unknown(&memory.open().key(name).unwrap().policy).contains("no folder of a snapshot may have"));
    }
}

#[test]
fn a_folder_or_binary_content_where_a_file_is_meant_is_a_problem() {
    let memory = Memory::new().with("s3/b/policy.json/x", "").with("s3/b/location.json", [0xff, 0xfe]);
    let found = lines(memory.open().bucket("b"));
    assert_eq!(found[0], "`snap/s3/b/location.json` cannot be read: not UTF-8");
    assert!(found[1].starts_with("`snap/s3/b/policy.json` cannot be read: "), "{found:?}");
}

#[test]
fn s3_says_of_an_account_whether_it_is_the_owner() {
    let owner = |text: &str| Memory::new().with("s3/b/owner.json", text).open().bucket("b").map(|bucket| bucket.owner);
    let account = "210000000011".parse().unwrap();
    assert_eq!(
        owner(r#"{"ExpectedBucketOwner": "210000000011", "Matches": true}"#).unwrap(),
        Fact::Known(BucketOwner::Account(account))
    );
    let account = "210000000011".parse().unwrap();
    assert_eq!(
        owner(r#"{"ExpectedBucketOwner": "210000000011", "Matches": false}"#).unwrap(),
        Fact::Known(BucketOwner::NotAccount(account))
    );
    for wrong in [
        r#"{"Matches": true}"#,
        r#"{"ExpectedBucketOwner": "acme"}"#,
        r#"{"ExpectedBucketOwner": "210000000011", "Matches": "no"}"#,
    ] {
        assert!(owner(wrong).is_err(), "{wrong}");
    }
}
