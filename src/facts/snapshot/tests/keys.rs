//! Keys, grants and aliases

use std::collections::BTreeMap;

use super::{Memory, lines, place, unknown};
use crate::facts::{Fact, GrantConstraint, KeyManager};
use crate::source::Position;

const ID: &str = "1b2c3d4e-0000-1111-2222-333344445555";

const DESCRIBED: &str = r#"{
    "KeyMetadata": {
        "AWSAccountId": "210000000011",
        "KeyId": "1b2c3d4e-0000-1111-2222-333344445555",
        "Arn": "arn:aws:kms:eu-west-1:210000000011:key/1b2c3d4e-0000-1111-2222-333344445555",
        "CreationDate": "2024-02-01T10:00:00+00:00",
        "Enabled": true,
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": false
    }
}"#;

const POLICY: &str = r#"{
    "Policy": "{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n    \"Sid\" : \"Root\",\n    \"Effect\" : \"Allow\",\n    \"Principal\" : { \"AWS\" : \"arn:aws:iam::210000000011:root\" },\n    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  } ]\n}",
    "PolicyName": "default"
}"#;

const GRANTS: &str = r#"{
    "Grants": [
        {
            "KeyId": "arn:aws:kms:eu-west-1:210000000011:key/1b2c3d4e-0000-1111-2222-333344445555",
            "GrantId": "g-1",
            "Name": "",
            "GranteePrincipal": "arn:aws:iam::210000000011:role/ml/Trainer",
            "RetiringPrincipal": "arn:aws:iam::210000000011:role/Admin",
            "IssuingAccount": "arn:aws:iam::210000000011:root",
            "Operations": ["Decrypt", "GenerateDataKey"],
            "Constraints": { "EncryptionContextSubset": { "aws:s3:arn": "arn:aws:s3:::parts" } }
        },
        {
            "GrantId": "g-2",
            "GranteeServicePrincipal": "lookoutvision.amazonaws.com",
            "Operations": ["Decrypt"],
            "Constraints": { "SourceArn": "arn:aws:s3:::parts" }
        },
        { "GrantId": "g-3", "GranteePrincipal": "x", "Operations": [], "Constraints": {} }
    ],
    "Truncated": false
}"#;

fn with(file: &str, text: &str) -> Memory {
    Memory::new().with(&format!("kms/{ID}/{file}"), text)
}

#[test]
fn every_file_of_a_key_is_read() {
    let memory = with("key.json", DESCRIBED)
        .with(&format!("kms/{ID}/policy.json"), POLICY)
        .with(&format!("kms/{ID}/grants.json"), GRANTS)
        .with("kms/aliases.json", "null");
    let snapshot = memory.open();
    let key = snapshot.key(ID).unwrap();
    let metadata = key.metadata.known().unwrap();
    assert_eq!(metadata.arn.resource(), format!("key/{ID}"));
    assert_eq!((&*metadata.state, &*metadata.spec), ("Enabled", "SYMMETRIC_DEFAULT"));
    assert_eq!((&*metadata.usage, metadata.manager), ("ENCRYPT_DECRYPT", KeyManager::Customer));
    assert!(!metadata.multi_region);
    let policy = key.policy.known().unwrap();
    let column = POLICY.lines().nth(1).unwrap().find("{\\n    \\\"Sid").unwrap() + 1;
    assert_eq!(policy.statements[0].at, Position { line: 2, column: u32::try_from(column).unwrap() });
    let grants = key.grants.known().unwrap();
    assert_eq!(grants[0].operations, ["Decrypt", "GenerateDataKey"]);
    assert_eq!(grants[0].retiring.as_deref(), Some("arn:aws:iam::210000000011:role/Admin"));
    let context = BTreeMap::from([("aws:s3:arn".to_owned(), "arn:aws:s3:::parts".to_owned())]);
    assert_eq!(grants[0].constraint, Some(GrantConstraint::Subset(context)));
    assert_eq!(grants[1].grantee, "lookoutvision.amazonaws.com");
    assert_eq!(grants[1].constraint, Some(GrantConstraint::Other("SourceArn".to_owned())));
    assert_eq!(grants[2].constraint, None);
    assert_eq!(snapshot.key_folders(), [ID]);
}

#[test]
fn a_key_without_files_is_unknown_and_null_is_absent() {
    let memory = Memory::new();
    let key = memory.open().key(ID).unwrap();
    assert!(unknown(&key.metadata).contains("aws kms describe-key"));
    assert!(unknown(&key.policy).contains("aws kms get-key-policy"));
    assert!(unknown(&key.grants).contains("aws kms list-grants"));
    let memory = with("grants.json", "null");
    assert_eq!(memory.open().key(ID).unwrap().grants, Fact::Absent);
}

#[test]
fn a_file_of_another_key_is_a_problem() {
    let memory = Memory::new().with("kms/other/key.json", DESCRIBED).with("kms/other/grants.json", GRANTS);
    assert_eq!(
        lines(memory.open().key("other")),
        [
            format!(
                "snap/kms/other/key.json:2:20: the file describes `arn:aws:kms:eu-west-1:210000000011:key/{ID}`, its folder is that of key `other`"
            ),
            format!(
                "snap/kms/other/grants.json:3:9: the grant is on key `arn:aws:kms:eu-west-1:210000000011:key/{ID}`, its folder is that of key `other`"
            ),
        ]
    );
}

#[test]
fn old_metadata_is_read_and_incomplete_metadata_is_not() {
    let old = DESCRIBED
        .replace("        \"KeySpec\": \"SYMMETRIC_DEFAULT\",\n", "")
        .replace(",\n        \"MultiRegion\": false", "");
    let metadata = with("key.json", &old).open().key(ID).unwrap().metadata;
    assert_eq!(metadata.known().unwrap().spec, "SYMMETRIC_DEFAULT");
    assert!(!metadata.known().unwrap().multi_region);
    let broken = DESCRIBED.replace("KeyState", "Keystate").replace("\"CUSTOMER\"", "\"ME\"");
    assert_eq!(
        lines(with("key.json", &broken).open().key(ID)),
        [
            format!("snap/kms/{ID}/key.json:2:20: the object has no `KeyState`"),
            format!("snap/kms/{ID}/key.json:2:20: `KeyManager` is `ME`, expected `AWS` or `CUSTOMER`"),
        ]
    );
}

#[test]
fn the_sharing_policy_is_not_the_key_policy() {
    let memory = with("policy.json", &POLICY.replace("\"default\"", "\"AWS_RAM\""));
    assert_eq!(
        lines(memory.open().key(ID)),
        [format!("snap/kms/{ID}/policy.json:3:19: this is not the key policy, whose name is `default`")]
    );
}

#[test]
fn a_list_that_is_cut_short_is_unknown() {
    let memory = with("grants.json", "{\"Grants\": [], \"Truncated\": true}")
        .with("kms/aliases.json", "{\"Aliases\": [], \"NextToken\": \"t\"}");
    assert!(unknown(&memory.open().key(ID).unwrap().grants).contains("cut short"));
    assert!(unknown(&memory.open().aliases().unwrap()).contains("cut short"));
}

#[test]
fn grants_of_another_shape_are_problems() {
    let text = r#"{"Grants": [
{"GrantId": 1, "Operations": "Decrypt", "Constraints": []},
{"GrantId": "g", "GranteePrincipal": "p", "Operations": [7], "Constraints": {"EncryptionContextEquals": {"a": 8}}}]}"#;
    let expected = [
        ("1, ", "`GrantId` must be a string, this is a number"),
        ("{\"GrantId\": 1", "the object has no `GranteePrincipal`"),
        ("\"Decrypt\"", "`Operations` must be an array, this is a string"),
        ("[]", "`Constraints` must be an object, this is an array"),
        ("7]", "`Operations` must be strings, this is a number"),
        ("8}", "`a` must be a string, this is a number"),
    ];
    assert_eq!(
        lines(with("grants.json", text).open().key(ID)),
        expected.map(|(at, message)| format!("snap/kms/{ID}/grants.json:{}: {message}", place(text, at)))
    );
}

#[test]
fn aliases_name_keys_and_those_without_a_key_are_left_out() {
    let text = r#"{
    "Aliases": [
        { "AliasName": "alias/aws/s3", "AliasArn": "arn:aws:kms:eu-west-1:210000000011:alias/aws/s3" },
        { "AliasName": "alias/train", "TargetKeyId": "1b2c" }
    ]
}"#;
    let memory = Memory::new().with("kms/aliases.json", text);
    let aliases = memory.open().aliases().unwrap();
    assert_eq!(aliases, Fact::Known(BTreeMap::from([("alias/train".to_owned(), "1b2c".to_owned())])));
    let twice = Memory::new().with(
        "kms/aliases.json",
        text.replace("\"AliasName\": \"alias/aws/s3\"", "\"TargetKeyId\": \"other\", \"AliasName\": \"alias/train\""),
    );
    assert_eq!(
        lines(twice.open().aliases()),
        ["snap/kms/aliases.json:4:9: `alias/train` stands twice, with different keys"]
    );
    assert!(unknown(&Memory::new().open().aliases().unwrap()).contains("aws kms list-aliases"));
}
