//! `iam-preflight/verified/v1`, what `verify` prints

use serde::Serialize;
use serde_json::Value;

use super::generated::Left;
use super::parts::Tool;
use super::proof::Proof;
use crate::generate::Statement;
use crate::report::verified;

/// What was found of documents
#[derive(Debug, Serialize)]
pub(crate) struct Verified<'r> {
    schema: &'static str,
    tool: Tool,
    operation: &'r str,
    verdict: &'static str,
    proof: Proof<'r>,
    lacking: Vec<Value>,
    left: Vec<Left<'r>>,
    closed_keys: Vec<&'r str>,
    notices: &'r [String],
}

impl<'r> From<&'r verified::Verified<'r>> for Verified<'r> {
    fn from(verified: &'r verified::Verified<'r>) -> Self {
        let verification = verified.verification;
        Self {
            schema: "iam-preflight/verified/v1",
            tool: Tool::THIS,
            operation: verified.operation,
            verdict: verified.verdict.word(),
            proof: Proof::of(&verification.sufficient, &verification.minimal, &verification.beyond),
            lacking: verification.lacking.iter().map(Statement::json).collect(),
            left: verification.left.iter().map(Left::from).collect(),
            closed_keys: verification.closed_keys.iter().map(String::as_str).collect(),
            notices: &verified.notices,
        }
    }
}
