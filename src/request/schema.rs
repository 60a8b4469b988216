//! What a service accepts: a JSON Schema per operation, checked all at once

use std::collections::HashMap;

use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value as Plain;

use super::Request;
use super::violation::{self, Violation, ViolationKind};
use super::words::shown;

/// More violations than this are not listed: nobody reads them
const MOST: usize = 1000;

/// A schema file cannot be used
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Not JSON
    #[error("the request schema is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but no JSON Schema
    #[error("the request schema is not a JSON Schema: {0}")]
    Schema(String),
}

/// The constraints of one operation's request (JSON Schema 2020-12, compiled)
///
/// Two annotations serve the messages: `description` (what a member is for) and `x-accepts` (what a
/// pattern accepts, in words; its pattern must accept every beginning of a text it accepts).
#[derive(Debug)]
pub struct RequestSchema {
    validator: Validator,
    schema: Plain,
}

impl RequestSchema {
    /// Compiles the text of a schema
    ///
    /// # Errors
    /// Text that is not JSON, or not a JSON Schema that stands alone: no other document is fetched.
    pub fn load(text: &str) -> Result<Self, SchemaError> {
        let schema: Plain = serde_json::from_str(text)?;
        let validator = compile(&schema).map_err(|error| SchemaError::Schema(error.to_string()))?;
        Ok(Self { validator, schema })
    }

    /// Everything that the service would refuse in a request, in the order of the file
    ///
    /// At most 1,000 violations are listed. A type that is wrong hides what else the schema says of
    /// that value; lengths count characters; tags of one resource have different keys.
    #[must_use]
    pub fn check(&self, request: &Request) -> Vec<Violation> {
        let plain = request.body().to_plain();
        let mut words = violation::Words::new(request, &self.schema);
        let mut violations: Vec<_> =
            self.validator.iter_errors(&plain).flat_map(|error| words.violations(&error)).take(MOST).collect();
        let room = MOST.saturating_sub(violations.len());
        violations.extend(repeated_tags(request).into_iter().take(room));
        violations.sort_by(|one, other| {
            (one.location.at, &one.pointer, one.kind).cmp(&(other.location.at, &other.pointer, other.kind))
        });
        violations
    }
}

/// Compiles a schema without looking anything up elsewhere
pub(super) fn compile(schema: &Plain) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(jsonschema::PatternOptions::regex())
        .offline()
        .build(schema)
}

/// Tag keys that stand twice in `Tags`: no JSON Schema keyword says this of one member of the entries
fn repeated_tags(request: &Request) -> Vec<Violation> {
    let mut first_at: HashMap<&str, usize> = HashMap::new();
    let mut repeated = Vec::new();
    let tags = request.lookup("Tags").into_iter().flat_map(crate::json::Node::elements);
    for (index, tag) in tags.enumerate() {
        let Some(key) = tag.member("Key") else { continue };
        let Some(text) = key.text() else { continue };
        let Some(first) = first_at.get(text) else {
            first_at.insert(text, index);
            continue;
        };
        repeated.push(Violation {
            location: request.locate(key.at),
            pointer: format!("/Tags/{index}/Key"),
            kind: ViolationKind::Constraint,
            message: format!(
                "`Tags[{index}].Key` is {} like `Tags[{first}].Key`, a tag key may stand once",
                shown(text)
            ),
            help: Some("keep one of the two tags".to_owned()),
        });
    }
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    const CREATE_MODEL: &str = include_str!("../../policies/catalog/lookoutvision.CreateModel.schema.json");

    fn violations(schema: &str, text: &str) -> Vec<Violation> {
        let request = Request::read(SourceFile::new("r", text)).unwrap();
        RequestSchema::load(schema).unwrap().check(&request)
    }

    /// A valid request with one member replaced or added, on one line
    fn with(member: &str, value: &str) -> String {
        let mut members = vec![
            ("ProjectName", "\"bottles\"".to_owned()),
            ("OutputConfig", "{\"S3Location\": {\"Bucket\": \"results\"}}".to_owned()),
        ];
        members.retain(|(name, _)| *name != member);
        members.push((member, value.to_owned()));
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", members.join(", "))
    }

    fn location(bucket: &str, prefix: &str) -> String {
        format!("{{\"S3Location\": {{\"Bucket\": \"{bucket}\", \"Prefix\": \"{prefix}\"}}}}")
    }

    fn tag(key: &str, value: &str) -> String {
        format!("[{{\"Key\": \"{key}\", \"Value\": \"{value}\"}}]")
    }

    fn quoted(length: usize) -> String {
        format!("\"{}\"", "a".repeat(length))
    }

    fn many_tags(count: usize) -> String {
        let tags: Vec<String> = (0..count).map(|n| format!("{{\"Key\": \"k{n}\", \"Value\": \"\"}}")).collect();
        format!("[{}]", tags.join(","))
    }

    #[test]
    fn what_the_model_accepts_is_accepted() {
        let accepted = [
            ("ProjectName", quoted(1)),
            ("ProjectName", quoted(255)),
            ("ProjectName", "\"0_-\"".to_owned()),
            ("Description", quoted(500)),
            ("Description", "\".-_\"".to_owned()),
            ("ClientToken", quoted(64)),
            ("ClientToken", "\"-\"".to_owned()),
            ("KmsKeyId", quoted(2048)),
            ("KmsKeyId", "\"alias/team=a,b+c@d.e_f-g\"".to_owned()),
            ("KmsKeyId", "\"arn:aws:kms:us-east-1:111122223333:key/0000\"".to_owned()),
            ("OutputConfig", location("aB_", "")),
            ("OutputConfig", location(&"b".repeat(63), &"p".repeat(1024))),
            ("OutputConfig", location("a.b-c", "!_.*'()-/a//b/")),
            ("Tags", "[]".to_owned()),
            ("Tags", tag("größe: 日本 _./=+-@", "")),
            ("Tags", tag(&"é".repeat(128), &"é".repeat(256))),
            ("Tags", many_tags(200)),
            ("Tags", r#"[{"Key": "a", "Value": "x"}, {"Key": "A", "Value": "x"}]"#.to_owned()),
        ];
        for (member, value) in accepted {
            assert_eq!(violations(CREATE_MODEL, &with(member, &value)), [], "{member}: {value}");
        }
    }

    fn assert_refused(refused: &[(&str, String, String)]) {
        for (member, value, expected) in refused {
            let found = violations(CREATE_MODEL, &with(member, value));
            let found: Vec<_> = found.iter().map(|violation| (violation.kind, violation.message.as_str())).collect();
            assert_eq!(found, [(ViolationKind::Constraint, expected.as_str())], "{member}: {value}");
        }
    }

    #[test]
    fn strings_that_the_model_refuses_are_constraints_in_words() {
        let name = "letters a–z and A–Z, digits, `_` and `-`, the first one a letter or digit";
        assert_refused(&[
            ("ProjectName", "\"\"".to_owned(), "`ProjectName` is empty, the service accepts 1 to 255 characters".to_owned()),
            ("ProjectName", quoted(256), "`ProjectName` has 256 characters, the service accepts 1 to 255".to_owned()),
            ("ProjectName", "\"-a\"".to_owned(), format!("`ProjectName` begins with `-`, the service accepts {name}")),
            (
                "ProjectName",
                "\"a b\"".to_owned(),
                format!("`ProjectName` is `a b` with ` ` as character 2, the service accepts {name}"),
            ),
            (
                "ProjectName",
                "\"ab\\n\"".to_owned(),
                format!("`ProjectName` is `ab\\n` with `\\n` as character 3, the service accepts {name}"),
            ),
            (
                "Description",
                "\"my model\"".to_owned(),
                "`Description` is `my model` with ` ` as character 3, the service accepts letters a–z and A–Z, digits, `.`, `-` and `_` (no spaces)".to_owned(),
            ),
            ("Description", quoted(501), "`Description` has 501 characters, the service accepts 1 to 500".to_owned()),
            ("Description", "\"\"".to_owned(), "`Description` is empty, the service accepts 1 to 500 characters".to_owned()),
            ("ClientToken", "\"\"".to_owned(), "`ClientToken` is empty, the service accepts 1 to 64 characters".to_owned()),
            ("ClientToken", quoted(65), "`ClientToken` has 65 characters, the service accepts 1 to 64".to_owned()),
            (
                "ClientToken",
                "\"a_b\"".to_owned(),
                "`ClientToken` is `a_b` with `_` as character 2, the service accepts letters a–z and A–Z, digits and `-`".to_owned(),
            ),
            ("KmsKeyId", "\"\"".to_owned(), "`KmsKeyId` is empty, the service accepts 1 to 2,048 characters".to_owned()),
            ("KmsKeyId", quoted(2049), "`KmsKeyId` has 2,049 characters, the service accepts 1 to 2,048".to_owned()),
            (
                "KmsKeyId",
                "\"/key\"".to_owned(),
                "`KmsKeyId` begins with `/`, the service accepts letters a–z and A–Z, digits, `:`, `_`, `/`, `+`, `=`, `,`, `@`, `.` and `-`, the first one a letter or digit".to_owned(),
            ),
        ]);
    }

    #[test]
    fn places_and_tags_that_the_model_refuses_are_constraints_in_words() {
        let prefix =
            "letters a–z and A–Z, digits, `!`, `_`, `.`, `*`, `'`, `(`, `)`, `-` and `/`, not starting with `/`";
        let tagged = "letters, digits and spaces of any script, `_`, `.`, `:`, `/`, `=`, `+`, `-` and `@`";
        assert_refused(&[
            (
                "OutputConfig",
                location("ab", ""),
                "`OutputConfig.S3Location.Bucket` has 2 characters, the service accepts 3 to 63".to_owned(),
            ),
            (
                "OutputConfig",
                location(&"b".repeat(64), ""),
                "`OutputConfig.S3Location.Bucket` has 64 characters, the service accepts 3 to 63".to_owned(),
            ),
            (
                "OutputConfig",
                location("a/b", ""),
                "`OutputConfig.S3Location.Bucket` is `a/b` with `/` as character 2, the service accepts letters a–z and A–Z, digits, `.`, `-` and `_`".to_owned(),
            ),
            (
                "OutputConfig",
                location("abc", "/out"),
                format!("`OutputConfig.S3Location.Prefix` begins with `/`, the service accepts {prefix}"),
            ),
            (
                "OutputConfig",
                location("abc", "a=b"),
                format!("`OutputConfig.S3Location.Prefix` is `a=b` with `=` as character 2, the service accepts {prefix}"),
            ),
            (
                "OutputConfig",
                location("abc", &"p".repeat(1025)),
                "`OutputConfig.S3Location.Prefix` has 1,025 characters, the service accepts at most 1,024".to_owned(),
            ),
            ("Tags", many_tags(201), "`Tags` has 201 entries, the service accepts at most 200".to_owned()),
            ("Tags", tag("", "v"), "`Tags[0].Key` is empty, the service accepts 1 to 128 characters".to_owned()),
            ("Tags", tag(&"é".repeat(129), ""), "`Tags[0].Key` has 129 characters, the service accepts 1 to 128".to_owned()),
            ("Tags", tag("a", &"é".repeat(257)), "`Tags[0].Value` has 257 characters, the service accepts at most 256".to_owned()),
            ("Tags", tag("a?", "v"), format!("`Tags[0].Key` is `a?` with `?` as character 2, the service accepts {tagged}")),
            ("Tags", tag("a", "#"), format!("`Tags[0].Value` begins with `#`, the service accepts {tagged}")),
            (
                "Tags",
                r#"[{"Key": "a", "Value": "x"}, {"Key": "a", "Value": "y"}]"#.to_owned(),
                "`Tags[1].Key` is `a` like `Tags[0].Key`, a tag key may stand once".to_owned(),
            ),
                ]);
    }

    #[test]
    fn wrong_types_are_told_apart_from_refusals() {
        for (member, value, expected) in [
            ("ProjectName", "null", "`ProjectName` is null, the service accepts a string"),
            ("ProjectName", "12.50", "`ProjectName` is a number (`12.50`), the service accepts a string"),
            ("ProjectName", "1e999", "`ProjectName` is a number (`1e999`), the service accepts a string"),
            ("KmsKeyId", "true", "`KmsKeyId` is a boolean (`true`), the service accepts a string"),
            ("KmsKeyId", "[\"a\"]", "`KmsKeyId` is an array, the service accepts a string"),
            ("Tags", "{\"team\": \"a\"}", "`Tags` is an object, the service accepts an array"),
            ("Tags", "[\"team\"]", "`Tags[0]` is a string, the service accepts an object"),
            ("OutputConfig", "\"s3://results\"", "`OutputConfig` is a string, the service accepts an object"),
        ] {
            let found = violations(CREATE_MODEL, &with(member, value));
            let found: Vec<_> = found.iter().map(|violation| (violation.kind, violation.message.as_str())).collect();
            assert_eq!(found, [(ViolationKind::WrongType, expected)], "{member}: {value}");
        }
        let null = &violations(CREATE_MODEL, &with("KmsKeyId", "null"))[0];
        assert_eq!(null.help.as_deref(), Some("write a string, or leave an optional member out"));
    }

    #[test]
    fn all_violations_come_at_once_in_the_order_of_the_file() {
        let text = r#"{
  "projectName": "bottles",
  "OutputConfig": {
    "S3Location": { "Prefix": "/out", "Bukket": "results" }
  },
  "Colour/~": 1,
  "Tags": [{ "Key": null, "Value": "x" }, { "Key": "a" }]
}"#;
        let found = violations(CREATE_MODEL, text);
        let lines: Vec<String> = found
            .iter()
            .map(|v| {
                format!(
                    "{} {} {:?} {}; {}",
                    v.location.at,
                    v.pointer,
                    v.kind,
                    v.message,
                    v.help.as_deref().unwrap_or("-")
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "1:1 /ProjectName Missing `ProjectName` is missing, the service requires it; give the project in which the model version is created",
                "2:3 /projectName UnknownMember `projectName` is not a member of the request; did you mean `ProjectName`? names of members are case-sensitive",
                "4:19 /OutputConfig/S3Location/Bucket Missing `OutputConfig.S3Location.Bucket` is missing, the service requires it; give the bucket of the training results",
                "4:31 /OutputConfig/S3Location/Prefix Constraint `OutputConfig.S3Location.Prefix` begins with `/`, the service accepts letters a–z and A–Z, digits, `!`, `_`, `.`, `*`, `'`, `(`, `)`, `-` and `/`, not starting with `/`; -",
                "4:39 /OutputConfig/S3Location/Bukket UnknownMember `Bukket` is not a member of `OutputConfig.S3Location`; did you mean `Bucket`?",
                "6:3 /Colour~1~0 UnknownMember `Colour/~` is not a member of the request; members of the request: ProjectName, Description, ClientToken, OutputConfig, KmsKeyId, Tags",
                "7:21 /Tags/0/Key WrongType `Tags[0].Key` is null, the service accepts a string; write a string, or leave an optional member out",
                "7:43 /Tags/1/Value Missing `Tags[1].Value` is missing, the service requires it; give the value of the tag, may be empty",
            ]
        );
    }

    #[test]
    fn an_empty_request_lacks_what_is_required() {
        let found = violations(CREATE_MODEL, "{}");
        let pointers: Vec<_> = found.iter().map(|v| (v.kind, v.pointer.as_str())).collect();
        assert_eq!(pointers, [(ViolationKind::Missing, "/OutputConfig"), (ViolationKind::Missing, "/ProjectName")]);
    }

    #[test]
    fn other_keywords_have_words_too() {
        for (schema, value, expected) in [
            (
                r#"{"enum": ["train", "test"]}"#,
                "\"tset\"",
                "`A` is `tset`, the service accepts `\"train\"`, `\"test\"`",
            ),
            (r#"{"pattern": "^a+$"}"#, "\"b\"", "`A` is `b`, the service accepts the pattern `^a+$`"),
            (r#"{"minItems": 2}"#, "[1]", "`A` has 1 entry, the service accepts at least 2"),
            (r#"{"minProperties": 1, "maxProperties": 3}"#, "{}", "`A` is empty, the service accepts 1 to 3 entries"),
            (r#"{"minLength": 2}"#, "\"x\"", "`A` has 1 character, the service accepts at least 2"),
            (r#"{"maximum": 3}"#, "4", "`A` is not accepted: 4 is greater than the maximum of 3"),
            (r#"{"type": ["integer", "null"]}"#, "\"x\"", "`A` is a string, the service accepts an integer or null"),
        ] {
            let schema = format!("{{\"properties\": {{\"A\": {schema}}}}}");
            let found = violations(&schema, &format!("{{\"A\": {value}}}"));
            let messages: Vec<_> = found.iter().map(|violation| violation.message.as_str()).collect();
            assert_eq!(messages, [expected], "{schema}");
        }
    }

    #[test]
    fn very_many_violations_are_cut_off() {
        let tags = format!("[{}0]", "0,".repeat(100_000));
        assert_eq!(violations(CREATE_MODEL, &with("Tags", &tags)).len(), MOST);
        let repeated =
            format!("[{0}{{\"Key\": \"a\", \"Value\": \"\"}}]", "{\"Key\": \"a\", \"Value\": \"\"},".repeat(2000));
        assert_eq!(violations(CREATE_MODEL, &with("Tags", &repeated)).len(), MOST);
    }

    #[test]
    fn a_broken_schema_is_an_error() {
        assert!(matches!(RequestSchema::load("{"), Err(SchemaError::Json(_))));
        assert!(matches!(RequestSchema::load(r#"{"type": 1}"#), Err(SchemaError::Schema(_))));
        assert!(matches!(RequestSchema::load(r#"{"pattern": "("}"#), Err(SchemaError::Schema(_))));
        assert!(matches!(RequestSchema::load(r#"{"$ref": "https://example.com/s"}"#), Err(SchemaError::Schema(_))));
    }
}
