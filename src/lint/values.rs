//! Rules about operators and their values: of the key's type, readable, with wildcards where they count

use crate::evaluate::is_operand;
use crate::policy::OperatorKind as Kind;
use crate::reference::KeyType;

use super::Rule;
use super::keys::{Known, known};
use super::linter::{Raised, Sheet};
use super::parts::{Statement, Test};

pub(super) fn check(statement: &Statement<'_>, sheet: &mut Sheet) {
    for test in &statement.tests {
        let known = known(&test.key.text);
        let is_fitting = known.is_none_or(|known| fits(test, known, sheet));
        if is_fitting {
            readable(test, sheet);
        }
        wildcards(test, sheet);
        if known.is_some_and(|known| known.multivalued) {
            set_operator(test, sheet);
        }
    }
}

/// Whether the operator is one for the key's type; texts can stand for most types, so text operators pass but for ranges
fn fits(test: &Test<'_>, known: Known, sheet: &mut Sheet) -> bool {
    let wanted: &[KeyType] = match test.kind() {
        Kind::NumericEquals
        | Kind::NumericNotEquals
        | Kind::NumericLessThan
        | Kind::NumericLessThanEquals
        | Kind::NumericGreaterThan
        | Kind::NumericGreaterThanEquals => &[KeyType::Numeric, KeyType::Date],
        Kind::DateEquals
        | Kind::DateNotEquals
        | Kind::DateLessThan
        | Kind::DateLessThanEquals
        | Kind::DateGreaterThan
        | Kind::DateGreaterThanEquals => &[KeyType::Date, KeyType::Numeric],
        Kind::Bool => &[KeyType::Bool, KeyType::String],
        Kind::IpAddress | Kind::NotIpAddress => &[KeyType::IpAddress],
        // Keys listed as text hold ARNs too: `kms:EncryptionContext:aws:s3:arn`.
        Kind::ArnEquals | Kind::ArnLike | Kind::ArnNotEquals | Kind::ArnNotLike => &[KeyType::Arn, KeyType::String],
        Kind::StringEquals
        | Kind::StringNotEquals
        | Kind::StringEqualsIgnoreCase
        | Kind::StringNotEqualsIgnoreCase
        | Kind::StringLike
        | Kind::StringNotLike => return ranges(test, known, sheet),
        Kind::BinaryEquals | Kind::Null => return true,
    };
    if wanted.contains(&known.kind) {
        return true;
    }
    let message =
        format!("`{}` holds {}, which `{}` does not compare", test.key.text, known.kind.words(), test.name.text);
    let help = format!("for {} use {}", known.kind.words(), operators(known.kind));
    sheet.add(Raised::new(Rule::OperatorTypeMismatch, test.name.at, message).help(help));
    false
}

/// A range of addresses is no address: compared as text it never equals one
fn ranges(test: &Test<'_>, known: Known, sheet: &mut Sheet) -> bool {
    let is_range = known.kind == KeyType::IpAddress && test.values.words.iter().any(|value| value.text.contains('/'));
    if is_range {
        let message = format!("`{}` compares addresses as text, so a range never matches", test.name.text);
        let help = format!("for {} use {}", known.kind.words(), operators(known.kind));
        sheet.add(Raised::new(Rule::OperatorTypeMismatch, test.name.at, message).help(help));
    }
    true
}

fn operators(kind: KeyType) -> &'static str {
    match kind {
        KeyType::String => "`StringEquals` or `StringLike`",
        KeyType::Numeric => "`NumericEquals`, `NumericLessThan` and their like",
        KeyType::Date => "`DateEquals`, `DateLessThan` and their like",
        KeyType::Bool => "`Bool`",
        KeyType::Arn => "`ArnEquals` or `ArnLike`",
        KeyType::IpAddress => "`IpAddress` or `NotIpAddress`",
    }
}

fn readable(test: &Test<'_>, sheet: &mut Sheet) {
    for value in test.values.words.iter().filter(|value| !is_operand(test.kind(), &value.text)) {
        let message = format!("`{}` cannot read `{}`, so it matches nothing", test.name.text, value.text);
        let help = match test.kind() {
            Kind::Bool | Kind::Null => "write \"true\" or \"false\"",
            Kind::IpAddress | Kind::NotIpAddress => "write an address or a range such as \"203.0.113.0/24\"",
            Kind::ArnEquals | Kind::ArnLike | Kind::ArnNotEquals | Kind::ArnNotLike => {
                "write a whole ARN, parts of it with wildcards"
            }
            Kind::BinaryEquals => "write the bytes in base64",
            Kind::DateEquals
            | Kind::DateNotEquals
            | Kind::DateLessThan
            | Kind::DateLessThanEquals
            | Kind::DateGreaterThan
            | Kind::DateGreaterThanEquals => "write a time such as \"2026-01-31T08:00:00Z\"",
            _ => "write a number such as \"10\"",
        };
        sheet.add(Raised::new(Rule::ConditionValue, value.at, message).help(help));
    }
}

fn wildcards(test: &Test<'_>, sheet: &mut Sheet) {
    let like = match test.kind() {
        Kind::StringEquals => "StringLike",
        Kind::StringNotEquals => "StringNotLike",
        _ => return,
    };
    let escapes = |text: &str| text.replace("${*}", "");
    for value in test.values.words.iter().filter(|value| escapes(&value.text).contains('*')) {
        let message = format!("`*` is a plain character to `{}`", test.name.text);
        let help = format!("use `{like}`, or write `${{*}}` where the character is meant");
        sheet.add(Raised::new(Rule::WildcardWithoutLike, value.at, message).help(help));
    }
}

/// Rule E104
fn set_operator(test: &Test<'_>, sheet: &mut Sheet) {
    if test.operator.quantifier.is_some() || test.kind() == Kind::Null {
        return;
    }
    let message = format!("`{}` holds several values, which `{}` does not compare", test.key.text, test.name.text);
    let help = format!("use `ForAnyValue:{}`, or `ForAllValues:{0}` with a test by `Null`", test.name.text);
    let fix = format!("ForAnyValue:{}", test.name.text);
    sheet.add(Raised::new(Rule::MultivaluedWithoutSetOperator, test.name.at, message).help(help).fix(fix));
}
