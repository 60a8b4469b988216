//! Policy documents as IAM sends them: percent-encoded JSON, kept byte for byte
//!
//! A document goes through the export as a JSON string and is unpacked into it as JSON in the end, the way
//! the AWS CLI prints it. Going through a JSON value would drop the first of two equal keys without a word.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::aws::{CallFailure, FailureKind};
use crate::policy::{PolicyType, parse};
use crate::source::SourceFile;

/// Goes before documents that are to be unpacked
const MARK: char = '\u{1}';

/// The document that a call has answered with, on its way through the export
///
/// One that is no policy is found here, so that it costs nobody but its owner.
pub(super) fn read(
    call: &'static str,
    name: &str,
    document: &str,
    policy_type: PolicyType,
) -> Result<Value, CallFailure> {
    let file = SourceFile::new(name, decoded(document).into_owned());
    match parse::parse(&file, name, policy_type) {
        Ok(_) => Ok(packed(document)),
        Err(problems) => {
            let message = problems.0.first().map(|problem| problem.message.as_str()).unwrap_or_default();
            let words = format!("the policy `{name}` cannot be understood: {message}");
            Err(CallFailure::new(call, FailureKind::Garbled).because(words))
        }
    }
}

/// The text of a document; `+` is no space in it
fn decoded(document: &str) -> Cow<'_, str> {
    // Some servers send it plain.
    let plain = document.trim_start().starts_with('{');
    if plain { document.into() } else { percent_decode_str(document).decode_utf8_lossy() }
}

fn packed(document: &str) -> Value {
    let text = decoded(document);
    // What is no JSON stays a string, which the reader of the snapshot then cannot understand.
    if RawValue::from_string(text.clone().into_owned()).is_ok() {
        Value::String(format!("{MARK}{text}"))
    } else {
        Value::String(text.into_owned())
    }
}

/// The text of an export with its documents as JSON
pub(in crate::aws) fn unpacked(text: &str) -> Result<String, CallFailure> {
    const PACKED: &str = "\"\\u0001";
    let mut unpacked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(PACKED) {
        unpacked.push_str(before);
        let quoted = format!("\"{from}");
        let mut documents = serde_json::Deserializer::from_str(&quoted).into_iter::<String>();
        let document = documents.next().and_then(Result::ok);
        let end = documents.byte_offset().saturating_sub(1);
        let (Some(document), Some(after)) = (document, from.get(end..)) else {
            return Err(CallFailure::new("iam:GetPolicy", FailureKind::Garbled));
        };
        unpacked.push_str(document.trim());
        rest = after;
    }
    unpacked.push_str(rest);
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn through(document: &str) -> String {
        let text = serde_json::to_string(&json!({"before": "x", "Document": packed(document), "after": 1})).unwrap();
        unpacked(&text).unwrap()
    }

    #[test]
    fn documents_come_through_byte_for_byte() {
        let document = "{\"Sid\": \"a \\\" + %\",\n  \"Sid\": \"é\\u0001\"}";
        let expected = format!("{{\"before\":\"x\",\"Document\":{document},\"after\":1}}");
        assert_eq!(through(document), expected);
        let encoded = percent_encoding::utf8_percent_encode(document, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(through(&encoded), expected);
    }

    #[test]
    fn a_document_that_is_no_json_stays_a_string() {
        assert_eq!(through("%7Bhello"), r#"{"before":"x","Document":"{hello","after":1}"#);
    }
}
