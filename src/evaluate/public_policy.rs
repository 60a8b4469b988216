//! Whether a bucket policy is public in the sense of Block Public Access (rule E334)

use std::net::IpAddr;

use ipnet::IpNet;

use crate::policy::{Effect, OperatorKind, Quantifier};

use super::program::{PolicySetId, Program};
use super::statement::Statement;

/// Keys whose fixed values narrow a statement so that it no longer counts as public
const NARROWING: [&str; 13] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Whether any statement of the policy lets the public in; a property of the policy, not of a request
pub(super) fn is_public(program: &Program, set: PolicySetId) -> bool {
    program.statements_of(set).any(|statement| {
        statement.effect == Effect::Allow && names_everyone(statement) && !is_narrowed(program, statement)
    })
}

fn names_everyone(statement: &Statement) -> bool {
    let members = statement.source().and_then(|source| source.principal.as_ref());
    members.is_some_and(|element| element.members.iter().any(|member| &*member.text == "*"))
}

fn is_narrowed(program: &Program, statement: &Statement) -> bool {
    statement.conditions.iter().any(|condition| {
        let Some(key) = program.keys.key(condition.key).map(|key| key.folded().to_owned()) else { return false };
        let operator = condition.operator();
        let positive = matches!(
            operator.kind,
            OperatorKind::StringEquals
                | OperatorKind::StringEqualsIgnoreCase
                | OperatorKind::StringLike
                | OperatorKind::ArnEquals
                | OperatorKind::ArnLike
                | OperatorKind::IpAddress
        );
        let fixed = condition.texts().iter().all(|value| is_fixed(&key, value));
        positive
            && operator.quantifier != Some(Quantifier::All)
            && !operator.if_exists
            && NARROWING.binary_search(&key.as_str()).is_ok()
            && fixed
            && !condition.texts().is_empty()
    })
}

/// A value without wildcard or variable; for addresses a range that is not broader than /8 or /32, nor private
fn is_fixed(key: &str, value: &str) -> bool {
    if key != "aws:sourceip" {
        return !value.contains(['*', '?']) && !value.contains("${");
    }
    let range = value.parse::<IpNet>().or_else(|_| value.parse::<IpAddr>().map(IpNet::from));
    match range {
        Ok(IpNet::V4(range)) => range.prefix_len() >= 8 && !range.addr().is_private(),
        Ok(IpNet::V6(range)) => range.prefix_len() >= 32,
        Err(_) => false,
    }
}
