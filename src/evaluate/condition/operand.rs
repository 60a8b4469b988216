//! The values of a condition, read once for their operator

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::evaluate::arn_pattern::ArnPattern;
use crate::evaluate::context::{BoundContext, KeyId, KeyTable};
use crate::evaluate::template::{Reading, Template};
use crate::evaluate::truth::Truth;
use crate::policy::{OperatorKind, Version};

use super::date::Instant;
use super::ip::AddressRange;
use super::number::Decimal;

/// The operands of one condition; what cannot be read for the operator is `None` and matches nothing (rule E187)
#[derive(Debug, Clone)]
pub(super) struct Operands {
    texts: Arc<[Arc<str>]>,
    typed: Typed,
}

#[derive(Debug, Clone)]
enum Typed {
    Text(Box<[Template]>),
    IgnoringCase(Box<[Template]>),
    Number(Order, Box<[Option<Decimal>]>),
    Date(Order, Box<[Option<Instant>]>),
    Boolean(Box<[Template]>),
    Binary(Box<[Option<Vec<u8>>]>),
    Address(Box<[Option<AddressRange>]>),
    Arn(Box<[ArnPattern]>),
    Presence,
}

/// How the request's value compares with the policy's
#[derive(Debug, Clone, Copy)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn fits<T: Ord>(self, value: &T, operand: &T) -> bool {
        match self {
            Self::Equal => value == operand,
            Self::Less => value < operand,
            Self::LessOrEqual => value <= operand,
            Self::Greater => value > operand,
            Self::GreaterOrEqual => value >= operand,
        }
    }
}

impl OperatorKind {
    /// Whether it is the negation of another operator: true on an absent key (rule E160)
    pub(super) fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }
}

impl Operands {
    pub(super) fn compile(kind: OperatorKind, texts: &[Arc<str>], version: Version, keys: &mut KeyTable) -> Self {
        use OperatorKind as Kind;
        let mut templates = |wildcards| -> Box<[Template]> {
            let reading = Reading::new(wildcards, version);
            texts.iter().map(|text| Template::compile(text, reading, keys)).collect()
        };
        let typed = match kind {
            Kind::StringEquals | Kind::StringNotEquals => Typed::Text(templates(false)),
            Kind::StringLike | Kind::StringNotLike => Typed::Text(templates(true)),
            Kind::StringEqualsIgnoreCase | Kind::StringNotEqualsIgnoreCase => Typed::IgnoringCase(templates(false)),
            Kind::Bool => Typed::Boolean(templates(false)),
            Kind::NumericEquals | Kind::NumericNotEquals => numbers(Order::Equal, texts),
            Kind::NumericLessThan => numbers(Order::Less, texts),
            Kind::NumericLessThanEquals => numbers(Order::LessOrEqual, texts),
            Kind::NumericGreaterThan => numbers(Order::Greater, texts),
            Kind::NumericGreaterThanEquals => numbers(Order::GreaterOrEqual, texts),
            Kind::DateEquals | Kind::DateNotEquals => dates(Order::Equal, texts),
            Kind::DateLessThan => dates(Order::Less, texts),
            Kind::DateLessThanEquals => dates(Order::LessOrEqual, texts),
            Kind::DateGreaterThan => dates(Order::Greater, texts),
            Kind::DateGreaterThanEquals => dates(Order::GreaterOrEqual, texts),
            Kind::BinaryEquals => Typed::Binary(texts.iter().map(|text| BASE64.decode(&**text).ok()).collect()),
            Kind::IpAddress | Kind::NotIpAddress => {
                Typed::Address(texts.iter().map(|text| AddressRange::parse(text)).collect())
            }
            Kind::ArnEquals | Kind::ArnLike | Kind::ArnNotEquals | Kind::ArnNotLike => {
                let reading = Reading::new(true, version);
                Typed::Arn(texts.iter().map(|text| ArnPattern::of_condition(text, reading, keys)).collect())
            }
            Kind::Null => Typed::Presence,
        };
        Self { texts: texts.into(), typed }
    }

    pub(super) fn texts(&self) -> &Arc<[Arc<str>]> {
        &self.texts
    }

    pub(super) fn keys(&self) -> Vec<KeyId> {
        match &self.typed {
            Typed::Text(templates) | Typed::IgnoringCase(templates) | Typed::Boolean(templates) => {
                templates.iter().flat_map(Template::keys).collect()
            }
            Typed::Arn(patterns) => patterns.iter().flat_map(ArnPattern::keys).collect(),
            Typed::Number(..) | Typed::Date(..) | Typed::Binary(_) | Typed::Address(_) | Typed::Presence => Vec::new(),
        }
    }

    /// Whether a request's value matches at least one operand, in the positive sense of the operator
    pub(super) fn matches(&self, value: &str, context: &BoundContext) -> Truth {
        match &self.typed {
            Typed::Text(templates) => Truth::any(templates.iter().map(|template| template.matches(value, context))),
            Typed::IgnoringCase(templates) => {
                Truth::any(templates.iter().map(|template| equals_ignoring_case(template, value, context)))
            }
            Typed::Boolean(templates) => {
                Truth::any(templates.iter().map(|template| equals_boolean(template, value, context)))
            }
            Typed::Number(order, operands) => compare(Decimal::parse(value).as_ref(), *order, operands),
            Typed::Date(order, operands) => compare(Instant::parse(value).as_ref(), *order, operands),
            Typed::Binary(operands) => {
                let value = BASE64.decode(value).ok();
                value.is_some_and(|value| operands.iter().flatten().any(|operand| *operand == value)).into()
            }
            Typed::Address(operands) => {
                let value = AddressRange::parse_address(value);
                value.is_some_and(|value| operands.iter().flatten().any(|range| range.contains(value))).into()
            }
            Typed::Arn(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches_value(value, context))),
            Typed::Presence => Truth::False,
        }
    }
}

/// Whether a constant can be read by its operator; what cannot matches nothing (rule E187)
pub(in crate::evaluate) fn is_readable(kind: OperatorKind, constant: &str) -> bool {
    use OperatorKind as Kind;
    match kind {
        Kind::NumericEquals
        | Kind::NumericNotEquals
        | Kind::NumericLessThan
        | Kind::NumericLessThanEquals
        | Kind::NumericGreaterThan
        | Kind::NumericGreaterThanEquals => Decimal::parse(constant).is_some(),
        Kind::DateEquals
        | Kind::DateNotEquals
        | Kind::DateLessThan
        | Kind::DateLessThanEquals
        | Kind::DateGreaterThan
        | Kind::DateGreaterThanEquals => Instant::parse(constant).is_some(),
        Kind::BinaryEquals => BASE64.decode(constant).is_ok(),
        Kind::IpAddress | Kind::NotIpAddress => AddressRange::parse(constant).is_some(),
        _ => true,
    }
}

fn numbers(order: Order, texts: &[Arc<str>]) -> Typed {
    Typed::Number(order, texts.iter().map(|text| Decimal::parse(text)).collect())
}

fn dates(order: Order, texts: &[Arc<str>]) -> Typed {
    Typed::Date(order, texts.iter().map(|text| Instant::parse(text)).collect())
}

fn compare<T: Ord>(value: Option<&T>, order: Order, operands: &[Option<T>]) -> Truth {
    value.is_some_and(|value| operands.iter().flatten().any(|operand| order.fits(value, operand))).into()
}

fn equals_ignoring_case(template: &Template, value: &str, context: &BoundContext) -> Truth {
    template
        .test(context, |text| text.chars().flat_map(char::to_lowercase).eq(value.chars().flat_map(char::to_lowercase)))
}

/// `true` and `false` in any letter case; anything else matches nothing (rule E170)
fn equals_boolean(template: &Template, value: &str, context: &BoundContext) -> Truth {
    let read = |text: &str| ["true", "false"].into_iter().position(|word| text.eq_ignore_ascii_case(word));
    let value = read(value);
    template.test(context, |text| value.is_some() && read(text) == value)
}
