//! Conditions (E80–E85, E160–E189)

use std::cmp::Ordering;

use serde_json::Value;

use super::deviation::Deviation;
use super::glob::{Piece, covers};
use super::question::{Context, members, texts};
use super::template::{Reading, expand};
use super::value::{address, bytes, compare_numbers, flag, instant, network};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Plain,
    All,
    Any,
}

/// Whether a statement's condition block holds: all operators, all keys (E161)
pub(crate) fn holds(block: &Value, context: &Context, variables: bool) -> bool {
    members(block).all(|(operator, keys)| {
        members(keys).all(|(key, values)| {
            let values = texts(values);
            Test::new(operator, &values, context, variables).holds(key)
        })
    })
}

#[derive(Debug)]
struct Test<'a> {
    quantifier: Quantifier,
    /// The operator without set prefix and suffix
    operator: &'a str,
    if_exists: bool,
    listed: &'a [String],
    context: &'a Context,
    variables: bool,
}

impl<'a> Test<'a> {
    fn new(name: &'a str, listed: &'a [String], context: &'a Context, variables: bool) -> Self {
        let (quantifier, name) = match name.split_once(':') {
            Some(("ForAllValues", name)) => (Quantifier::All, name),
            Some(("ForAnyValue", name)) => (Quantifier::Any, name),
            _ => (Quantifier::Plain, name),
        };
        let (operator, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        Self { quantifier, operator, if_exists, listed, context, variables }
    }

    fn holds(&self, key: &str) -> bool {
        let values = self.context.values(key);
        if self.operator == "Null" {
            return self.null_holds(values);
        }
        match self.quantifier {
            Quantifier::Plain => self.plain_holds(key, values),
            Quantifier::All | Quantifier::Any => self.set_holds(values),
        }
    }

    /// E177, E186
    fn null_holds(&self, values: Option<&[String]>) -> bool {
        let absent = values.is_none_or(<[String]>::is_empty);
        match self.quantifier {
            Quantifier::All => true,
            Quantifier::Any => false,
            Quantifier::Plain => self.listed.iter().any(|wanted| flag(wanted) == Some(absent)),
        }
    }

    /// E160, E162, E178; a multivalued key never matches positively here (E104)
    fn plain_holds(&self, key: &str, values: Option<&[String]>) -> bool {
        let deviates = self.context.deviates(Deviation::EmptyIsAbsent) && self.if_exists;
        let values = values.filter(|values| !(deviates && values.is_empty()));
        let Some(values) = values else { return self.if_exists || self.is_negated() };
        let matches = match values {
            [value] if !Context::is_multivalued(key) => self.is_listed(value),
            _ => false,
        };
        if self.listed.is_empty() && self.if_exists {
            return false; // E84: true only if the key is absent
        }
        matches != self.is_negated()
    }

    /// E180–E185
    fn set_holds(&self, values: Option<&[String]>) -> bool {
        let values = values.unwrap_or_default();
        let passes = |value: &String| self.is_listed(value) != self.is_negated();
        if values.iter().all(String::is_empty) {
            return self.if_exists || self.quantifier == Quantifier::All;
        }
        if self.listed.is_empty() {
            return false; // E84
        }
        match self.quantifier {
            Quantifier::All => values.iter().all(passes),
            _ => values.iter().any(passes),
        }
    }

    fn is_negated(&self) -> bool {
        self.operator.contains("Not")
    }

    /// Whether the value matches one of the listed ones by the positive form of the operator
    fn is_listed(&self, value: &str) -> bool {
        self.listed.iter().any(|listed| self.matches(value, listed))
    }

    fn matches(&self, value: &str, listed: &str) -> bool {
        match self.operator {
            "StringEquals" | "StringNotEquals" => self.pattern(listed, false).is_some_and(|it| covers(&it, value)),
            "StringLike" | "StringNotLike" => self.pattern(listed, true).is_some_and(|it| covers(&it, value)),
            "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
                self.text(listed).is_some_and(|text| text.to_lowercase() == value.to_lowercase())
            }
            "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => {
                self.pattern(listed, true).is_some_and(|it| arn_like(&it, value))
            }
            "Bool" => {
                let listed = self.text(listed).and_then(|text| flag(&text));
                listed.is_some() && flag(value) == listed
            }
            "BinaryEquals" => bytes(listed).is_some() && bytes(value) == bytes(listed),
            "IpAddress" | "NotIpAddress" => match (network(listed), address(value)) {
                (Some(network), Some(address)) => network.contains(&address),
                _ => false,
            },
            other => Self::compares(other, value, listed),
        }
    }

    fn compares(operator: &str, value: &str, listed: &str) -> bool {
        let (order, comparison) = if let Some(comparison) = operator.strip_prefix("Numeric") {
            (compare_numbers(value, listed), comparison)
        } else {
            let comparison = operator.strip_prefix("Date").unwrap_or_else(|| panic!("operator {operator}"));
            (instant(value).zip(instant(listed)).map(|(value, listed)| value.cmp(&listed)), comparison)
        };
        let Some(order) = order else { return false };
        match comparison {
            "Equals" | "NotEquals" => order == Ordering::Equal,
            "LessThan" => order == Ordering::Less,
            "LessThanEquals" => order != Ordering::Greater,
            "GreaterThan" => order == Ordering::Greater,
            "GreaterThanEquals" => order != Ordering::Less,
            _ => panic!("operator {operator}"),
        }
    }

    fn pattern(&self, listed: &str, wildcards: bool) -> Option<Vec<Piece>> {
        expand(listed, Reading { variables: self.variables.then_some(self.context), wildcards })
    }

    fn text(&self, listed: &str) -> Option<String> {
        let pieces = self.pattern(listed, false)?;
        let chars = pieces.into_iter().map(|piece| match piece {
            Piece::Literal(char) => char,
            other => panic!("{other:?} in a literal"),
        });
        Some(chars.collect())
    }
}

/// Part by part, split at the first five colons after expansion (E175, E175a)
fn arn_like(pattern: &[Piece], value: &str) -> bool {
    let parts: Vec<&[Piece]> = pattern.splitn(6, |piece| *piece == Piece::Literal(':')).collect();
    let values: Vec<&str> = value.splitn(6, ':').collect();
    parts.len() == 6 && values.len() == 6 && parts.iter().zip(values).all(|(part, value)| covers(part, value))
}
