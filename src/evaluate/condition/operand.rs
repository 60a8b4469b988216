//! The values of a condition, read once for their operator

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::evaluate::arn_pattern::ArnPattern;
use crate::evaluate::context::{BoundContext, KeyId, KeyTable};
use crate::evaluate::template::{Reading, Template};
use crate::evaluate::truth::Truth;
use crate::iam::wildcard::Token;
use crate::policy::{OperatorKind, Version};

use super::date::Instant;
use super::ip::AddressRange;
use super::number::Decimal;

/// The operands of one condition; what cannot be read for the operator is `None` and matches nothing (rule E187)
#[derive(Debug, Clone)]
pub(super) struct Operands {
    texts: Box<[Arc<str>]>,
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

/// What a value of a request is compared with, variables filled in
pub(in crate::evaluate) enum Constant<'a> {
    /// A text, perhaps with wildcards
    Pattern(Vec<Token<Cow<'a, str>>>),
    /// A text whose letter case does not count
    AnyCase(Vec<Token<Cow<'a, str>>>),
    /// A number
    Number(&'a Decimal),
    /// A date
    Date(&'a Instant),
    /// A range of addresses
    Range(&'a AddressRange),
    /// It matches no value at all (rules E187, E224)
    Nothing,
    /// It has a variable whose value is not known
    Open,
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
    #[must_use]
    pub fn is_negated(self) -> bool {
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

/// Whether a value can be read for an operator; an ARN may begin with a wildcard or a variable
pub(super) fn can_be_read(kind: OperatorKind, value: &str) -> bool {
    use OperatorKind as Kind;
    let is_boolean = || value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
    match kind {
        Kind::NumericEquals
        | Kind::NumericNotEquals
        | Kind::NumericLessThan
        | Kind::NumericLessThanEquals
        | Kind::NumericGreaterThan
        | Kind::NumericGreaterThanEquals => Decimal::parse(value).is_some(),
        Kind::DateEquals
        | Kind::DateNotEquals
        | Kind::DateLessThan
        | Kind::DateLessThanEquals
        | Kind::DateGreaterThan
        | Kind::DateGreaterThanEquals => Instant::parse(value).is_some(),
        Kind::BinaryEquals => BASE64.decode(value).is_ok(),
        Kind::IpAddress | Kind::NotIpAddress => AddressRange::parse(value).is_some(),
        Kind::ArnEquals | Kind::ArnLike | Kind::ArnNotEquals | Kind::ArnNotLike => {
            ["arn:", "*", "?", "${"].iter().any(|start| value.starts_with(start))
        }
        Kind::Bool => value.contains("${") || is_boolean(),
        Kind::Null => is_boolean(),
        Kind::StringEquals
        | Kind::StringNotEquals
        | Kind::StringEqualsIgnoreCase
        | Kind::StringNotEqualsIgnoreCase
        | Kind::StringLike
        | Kind::StringNotLike => true,
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

    pub(super) fn texts(&self) -> &[Arc<str>] {
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

    /// What request values are compared with
    pub(super) fn constants<'a>(&'a self, context: &'a BoundContext) -> Vec<Constant<'a>> {
        fn all<'a, T>(read: &'a [Option<T>], constant: fn(&'a T) -> Constant<'a>) -> Vec<Constant<'a>> {
            read.iter().map(|value| value.as_ref().map_or(Constant::Nothing, constant)).collect()
        }
        let filled = |template: &'a Template, constant: fn(_) -> Constant<'a>| match template.filled(context) {
            Some((tokens, true)) => constant(tokens),
            Some((_, false)) => Constant::Open,
            None => Constant::Nothing,
        };
        match &self.typed {
            Typed::Text(templates) => templates.iter().map(|template| filled(template, Constant::Pattern)).collect(),
            Typed::IgnoringCase(templates) | Typed::Boolean(templates) => {
                templates.iter().map(|template| filled(template, Constant::AnyCase)).collect()
            }
            Typed::Number(_, operands) => all(operands, Constant::Number),
            Typed::Date(_, operands) => all(operands, Constant::Date),
            Typed::Address(operands) => all(operands, Constant::Range),
            Typed::Binary(operands) => {
                let written = |(text, value): (&'a Arc<str>, &Option<Vec<u8>>)| {
                    let tokens = || vec![Token::Literal(Cow::Borrowed(&**text))];
                    value.as_ref().map_or(Constant::Nothing, |_| Constant::Pattern(tokens()))
                };
                self.texts.iter().zip(operands).map(written).collect()
            }
            Typed::Arn(patterns) => patterns
                .iter()
                .map(|pattern| match pattern.filled(context) {
                    Some((tokens, true)) => Constant::Pattern(tokens),
                    Some((_, false)) => Constant::Open,
                    None => Constant::Nothing,
                })
                .collect(),
            Typed::Presence => Vec::new(),
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
    template.satisfies(context, |text| {
        text.chars().flat_map(char::to_lowercase).eq(value.chars().flat_map(char::to_lowercase))
    })
}

/// `true` and `false` in any letter case; anything else matches nothing (rule E170)
fn equals_boolean(template: &Template, value: &str, context: &BoundContext) -> Truth {
    let read = |text: &str| ["true", "false"].into_iter().position(|word| text.eq_ignore_ascii_case(word));
    let value = read(value);
    template.satisfies(context, |text| value.is_some() && read(text) == value)
}
