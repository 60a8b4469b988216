//! Whether a bucket policy is public (E334)

use std::net::IpAddr;

use serde_json::Value;

use super::deviation::Deviation;
use super::question::{Context, Policy, members, texts};

const NARROWING: [&str; 13] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

pub(crate) fn is_public(policy: &Policy, context: &Context) -> bool {
    let for_all_narrows = context.deviates(Deviation::ForAllValuesNarrows);
    policy.statements.iter().any(|statement| {
        let anybody = statement["Principal"] == "*" || texts(&statement["Principal"]["AWS"]).iter().any(|it| it == "*");
        statement["Effect"] == "Allow" && anybody && !is_narrowed(&statement["Condition"], for_all_narrows)
    })
}

/// `ForAllValues` and `IfExists` let requests without the key pass, so they narrow nothing (E178, E184)
fn is_narrowed(block: &Value, for_all_narrows: bool) -> bool {
    members(block).any(|(operator, keys)| {
        let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
        let operator = operator.strip_prefix("ForAllValues:").filter(|_| for_all_narrows).unwrap_or(operator);
        let positive = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress"]
            .contains(&operator);
        positive
            && members(keys).any(|(key, values)| {
                let values = texts(values);
                let key = key.to_lowercase();
                let fixed = |value: &String| is_fixed(value) && (key != "aws:sourceip" || is_narrow(value));
                NARROWING.contains(&key.as_str()) && !values.is_empty() && values.iter().all(fixed)
            })
    })
}

/// At most a /8 of IPv4 or a /32 of IPv6, and no private range
fn is_narrow(range: &str) -> bool {
    let (address, length) = range.split_once('/').unwrap_or((range, "128"));
    let length: u8 = length.parse().unwrap_or_default();
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => length >= 8 && !address.is_private(),
        Ok(IpAddr::V6(_)) => length >= 32,
        Err(_) => false,
    }
}

fn is_fixed(value: &str) -> bool {
    !value.contains(['*', '?', '$'])
}
