//! Condition blocks over the keys of the case

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::requests::Request;
use super::vocabulary::{DERIVED, Key, Shape};
use crate::second_opinion::condition::holds;
use crate::second_opinion::question::{Context, texts};

/// A block that preferably holds, or preferably does not
pub(crate) fn condition(dice: &mut Dice<'_>, request: &Request, wanted: bool) -> Value {
    let mut context = Context::default();
    for (name, values) in &request.context {
        context.set(name, texts(values));
    }
    let mut block = random_block(dice, request);
    for _ in 0..2 {
        if holds(&block, &context, true) == wanted {
            break;
        }
        block = random_block(dice, request);
    }
    block
}

fn random_block(dice: &mut Dice<'_>, request: &Request) -> Value {
    let mut block = Map::new();
    for _ in 0..dice.weighted(&[2, 68, 24, 6]) {
        let key = if dice.chance(12) { dice.pick(DERIVED) } else { *dice.pick(&request.keys) };
        let operator = operator(dice, key);
        let values = values(dice, request, key, &operator);
        let entry = block.entry(operator).or_insert_with(|| json!({}));
        let name = if dice.chance(8) { key.name.to_lowercase() } else { key.name.to_owned() };
        let keys = entry.as_object_mut().unwrap();
        if !keys.keys().any(|it| it.eq_ignore_ascii_case(&name)) {
            keys.insert(name, values);
        }
    }
    Value::Object(block)
}

const TEXT: &[&str] = &[
    "StringEquals",
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringLike",
    "StringNotLike",
];
const ARN: &[&str] = &["ArnEquals", "ArnLike", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"];
const NUMBER: &[&str] = &[
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE: &[&str] =
    &["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"];

fn operator(dice: &mut Dice<'_>, key: &Key) -> String {
    let shape = if dice.chance(2) {
        *dice.pick(&[Shape::Text, Shape::Number, Shape::Date, Shape::Flag, Shape::Address, Shape::Arn])
    } else {
        key.shape
    };
    let base = match shape {
        _ if dice.chance(8) => "Null".to_owned(),
        Shape::Text => dice.text(TEXT),
        Shape::Arn => dice.text(ARN),
        Shape::Number => dice.text(NUMBER),
        Shape::Date => dice.text(DATE),
        Shape::Flag => "Bool".to_owned(),
        Shape::Address => dice.text(&["IpAddress", "NotIpAddress"]),
        Shape::Bytes => "BinaryEquals".to_owned(),
    };
    let suffix = if base != "Null" && dice.chance(25) { "IfExists" } else { "" };
    let prefix = match dice.below(100) {
        0..=43 if key.many => "ForAllValues:",
        44..=87 if key.many => "ForAnyValue:",
        0..=2 => "ForAllValues:",
        3..=5 => "ForAnyValue:",
        _ => "",
    };
    format!("{prefix}{base}{suffix}")
}

fn values(dice: &mut Dice<'_>, request: &Request, key: &Key, operator: &str) -> Value {
    if operator.ends_with("Null") {
        return if dice.chance(30) { json!(dice.chance(50)) } else { json!(dice.text(&["true", "false"])) };
    }
    let mut values: Vec<String> = Vec::new();
    for _ in 0..dice.weighted(&[2, 60, 28, 10]) {
        let value = constant(dice, request, key);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    match values.as_slice() {
        [one] if one.parse::<u32>().is_ok_and(|it| it.to_string() == *one) && dice.chance(20) => {
            json!(one.parse::<u32>().unwrap())
        }
        [one] if dice.chance(60) => json!(one),
        _ => json!(values),
    }
}

/// What the request says, a value of the pool, or a constant made for policies
fn constant(dice: &mut Dice<'_>, request: &Request, key: &Key) -> String {
    let said = request.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key.name));
    let said: Vec<String> = said.map(|(_, values)| texts(values)).unwrap_or_default();
    match dice.weighted(&[35, 25, 40]) {
        0 if !said.is_empty() => dice.pick(&said).clone(),
        2 if !key.constants.is_empty() => dice.text(key.constants),
        _ => dice.text(key.values),
    }
}
