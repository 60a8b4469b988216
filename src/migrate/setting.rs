//! What the user says: a name, and a text of which the schema tells what value it is

use serde_json::Value;

use crate::catalog::ManifestPart;
use crate::request::S3Place;

/// The value that a text is for a part of a schema
///
/// # Errors
/// What was expected, in words.
pub(super) fn typed(text: &str, rules: &Value) -> Result<Value, String> {
    let json = |what: &str| serde_json::from_str(text).map_err(|error| format!("expected {what} as JSON: {error}"));
    match rules.get("type").and_then(Value::as_str) {
        Some("integer") => text.parse::<i64>().map(Value::from).map_err(|_| "expected a whole number".to_owned()),
        Some("number") => text.parse::<f64>().map(Value::from).map_err(|_| "expected a number".to_owned()),
        Some("boolean") => text.parse::<bool>().map(Value::from).map_err(|_| "expected true or false".to_owned()),
        Some("array") if !text.starts_with('[') && of_texts(rules) => Ok(text.split(',').map(Value::from).collect()),
        Some("array") => json("a list"),
        Some("object") => json("an object"),
        _ => Ok(Value::from(text)),
    }
}

fn of_texts(rules: &Value) -> bool {
    rules.get("items").and_then(|items| items.get("type")).and_then(Value::as_str) == Some("string")
}

/// A part of the place of a manifest
///
/// # Errors
/// Why the text names no object in S3.
pub(super) fn manifest_part(uri: &str, part: ManifestPart) -> Result<Value, String> {
    let place = S3Place::of_uri(uri).map_err(|why| format!("{why}; expected s3://BUCKET/KEY"))?;
    if place.prefix.is_empty() {
        return Err("it names a bucket but no object; expected s3://BUCKET/KEY".to_owned());
    }
    Ok(Value::from(match part {
        ManifestPart::Uri => uri.to_owned(),
        ManifestPart::Bucket => place.bucket,
        ManifestPart::Key => place.prefix,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_tells_what_a_text_is() {
        for (text, rules, expected) in [
            ("20", json!({"type": "integer"}), Ok(json!(20))),
            ("2x", json!({"type": "integer"}), Err("expected a whole number")),
            ("true", json!({"type": "boolean"}), Ok(json!(true))),
            ("yes", json!({"type": "boolean"}), Err("expected true or false")),
            ("20", json!({"type": "string"}), Ok(json!("20"))),
            ("a,b", json!({"type": "array", "items": {"type": "string"}}), Ok(json!(["a", "b"]))),
            ("[\"a,b\"]", json!({"type": "array", "items": {"type": "string"}}), Ok(json!(["a,b"]))),
            ("{\"a\": \"b\"}", json!({"type": "object"}), Ok(json!({"a": "b"}))),
            ("x", json!({}), Ok(json!("x"))),
        ] {
            assert_eq!(typed(text, &rules), expected.map_err(str::to_owned), "{text} as {rules}");
        }
        assert!(typed("{", &json!({"type": "object"})).unwrap_err().starts_with("expected an object as JSON"));
    }

    #[test]
    fn a_manifest_s_place_has_a_bucket_and_a_key() {
        assert_eq!(manifest_part("s3://b/a/c.manifest", ManifestPart::Bucket), Ok(json!("b")));
        assert_eq!(manifest_part("s3://b/a/c.manifest", ManifestPart::Key), Ok(json!("a/c.manifest")));
        assert_eq!(manifest_part("s3://b/a", ManifestPart::Uri), Ok(json!("s3://b/a")));
        for text in ["train.manifest", "s3://b", "s3://b/", "s3:///k", "https://b/k"] {
            assert!(
                manifest_part(text, ManifestPart::Uri).unwrap_err().ends_with("expected s3://BUCKET/KEY"),
                "{text}"
            );
        }
    }
}
