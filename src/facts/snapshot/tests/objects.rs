//! The table of objects

use std::sync::Arc;

use std::fmt::Write;

use super::{Memory, lines, unknown};
use crate::facts::{Fact, ObjectEncryption, ObjectTable};
use crate::source::Problems;

fn read(text: impl Into<Vec<u8>>) -> Result<Fact<ObjectTable>, Problems> {
    let memory = Memory::new().with("s3/b/objects.jsonl", text);
    memory.open().bucket("b").map(|bucket| bucket.objects.map(Arc::unwrap_or_clone))
}

fn one(members: &str) -> ObjectEncryption {
    let table = read(format!("{{{members}\"Key\":\"k\",\"ContentLength\":7}}\n")).unwrap();
    table.known().unwrap().encryption("k").unwrap().clone()
}

fn kms(bucket_key: bool) -> ObjectEncryption {
    ObjectEncryption::Kms { key: "arn:k".to_owned(), bucket_key }
}

#[test]
fn each_way_of_encrypting_is_told_apart() {
    use ObjectEncryption::{CustomerProvided, NoKms, Other};
    assert_eq!(one(""), NoKms);
    assert_eq!(one(r#""ServerSideEncryption":"AES256","#), NoKms);
    assert_eq!(one(r#""ServerSideEncryption":null,"SSEKMSKeyId":null,"BucketKeyEnabled":null,"#), NoKms);
    assert_eq!(one(r#""ServerSideEncryption":"aws:kms","SSEKMSKeyId":"arn:k","#), kms(false));
    assert_eq!(one(r#""ServerSideEncryption":"aws:kms","SSEKMSKeyId":"arn:k","BucketKeyEnabled":true,"#), kms(true));
    assert_eq!(
        one(r#""ServerSideEncryption":"aws:kms:dsse","SSEKMSKeyId":"arn:k","BucketKeyEnabled":true,"#),
        kms(false)
    );
    assert_eq!(one(r#""SSECustomerAlgorithm":"AES256","SSECustomerKeyMD5":"x","#), CustomerProvided);
    let keyless = "aws:kms without SSEKMSKeyId".to_owned();
    assert_eq!(one(r#""ServerSideEncryption":"aws:kms","BucketKeyEnabled":false,"#), Other(keyless));
    assert_eq!(one(r#""ServerSideEncryption":"aws:backup","#), Other("aws:backup".to_owned()));
    assert!(matches!(one(r#""SSEKMSKeyId":"arn:k","#), Other(_)));
}

#[test]
fn keys_are_unescaped_and_blank_lines_and_crlf_are_passed_over() {
    let table = read("{\"Key\":\"a \\u00e9/\\\"b\\\".png\"}\r\n\r\n\n{\"Key\":\"c\"}").unwrap();
    let table = table.known().unwrap();
    assert_eq!(table.len(), 2);
    assert_eq!(table.encryption("a é/\"b\".png"), Some(&ObjectEncryption::NoKms));
    assert_eq!(table.encryption("d"), None);
}

#[test]
fn null_is_absent_no_file_is_unknown_and_an_empty_one_is_a_problem() {
    for empty in ["", "\n \r\n"] {
        assert_eq!(lines(read(empty)), ["snap/s3/b/objects.jsonl:1:1: the file is empty, expected JSON"]);
    }
    assert_eq!(read("null\n").unwrap(), Fact::Absent);
    let memory = Memory::new();
    assert!(unknown(&memory.open().bucket("b").unwrap().objects).contains("aws s3api head-object"));
    assert_eq!(
        lines(read("{\"Key\":\"a\"}\nnull\n")),
        ["snap/s3/b/objects.jsonl:2:1: `null` stands for a bucket without objects and must be the only line"]
    );
    assert_eq!(lines(read("null\n{\"Key\":\"a\"}\n")).len(), 1);
}

#[test]
fn every_malformed_line_is_named() {
    let text = "{\"Key\":\"a\"}\n{\"Kez\":\"é\"}\n[\"a\",\"AES256\"]\n{\"Key\":\"b\",\"Key\":\"c\"}\n{\"Key\":\"é\",}\n{\"Key\":7}\n{\"Key\":\"x\"\n";
    assert_eq!(
        lines(read(text)),
        [
            "snap/s3/b/objects.jsonl:2:11: not a `head-object` output: missing field `Key`",
            "snap/s3/b/objects.jsonl:3:1: not a `head-object` output: expected a JSON object",
            "snap/s3/b/objects.jsonl:4:16: not a `head-object` output: duplicate field `Key`",
            "snap/s3/b/objects.jsonl:5:12: not a `head-object` output: trailing comma",
            "snap/s3/b/objects.jsonl:6:8: not a `head-object` output: invalid type: integer `7`, expected a string",
            "snap/s3/b/objects.jsonl:7:10: not a `head-object` output: EOF while parsing an object",
        ]
    );
    assert!(lines(read(b"{\"Key\":\"\xff\"}\n"))[0].starts_with("snap/s3/b/objects.jsonl:1:"));
}

#[test]
fn a_hundred_problems_are_enough_and_an_endless_line_is_one() {
    assert_eq!(lines(read("{}\n".repeat(1000))).len(), 100);
    assert_eq!(
        lines(read(format!("{{\"Key\":\"a\"}}\n{}", "[".repeat(3 << 20)))),
        ["snap/s3/b/objects.jsonl:2:1: the line is longer than 1 MiB, so it is no `head-object` output"]
    );
}

#[test]
fn a_hundred_thousand_objects_are_found_again() {
    let key = "arn:aws:kms:eu-west-1:210000000011:key/1b2c3d4e-0000-1111-2222-333344445555";
    let mut text = String::new();
    for number in 0..100_000 {
        let encryption = match number % 3 {
            0 => "\"ServerSideEncryption\":\"AES256\"".to_owned(),
            rest => format!(
                "\"ServerSideEncryption\":\"aws:kms\",\"SSEKMSKeyId\":\"{key}\",\"BucketKeyEnabled\":{}",
                rest == 1
            ),
        };
        writeln!(text, "{{\"Key\":\"train/img-{number}.png\",\"Metadata\":{{\"a\":\"b\"}},{encryption}}}").unwrap();
    }
    let table = read(text).unwrap();
    let table = table.known().unwrap();
    assert_eq!(table.len(), 100_000);
    for number in [0_u32, 1, 2, 50_000, 99_998, 99_999] {
        let expected = match number % 3 {
            0 => ObjectEncryption::NoKms,
            rest => ObjectEncryption::Kms { key: key.to_owned(), bucket_key: rest == 1 },
        };
        assert_eq!(table.encryption(&format!("train/img-{number}.png")), Some(&expected), "{number}");
    }
    assert_eq!(table.encryption("train/img-100000.png"), None);
}
