//! Condition operators, typed when the policy is compiled (rules E160–E189)

mod date;
mod ip;
mod number;
mod operand;

use std::sync::Arc;

use crate::iam::ContextValue;
use crate::policy::{self, Operator, OperatorKind, Quantifier, Version};

use super::context::{BoundContext, KeyId, KeyTable};
use super::truth::Truth;
pub(super) use operand::Constant;
use operand::Operands;

/// Whether an operator can read a value of a policy; one that it cannot read never matches (rules E167, E169, E187)
#[must_use]
pub fn is_operand(kind: OperatorKind, value: &str) -> bool {
    operand::can_be_read(kind, value)
}

/// What compiling and judging conditions depends on beside the policies
#[derive(Debug, Clone)]
pub(super) struct ConditionRules {
    /// Whether a multivalued key without a set operator matches like `ForAnyValue` (contested, rule E104)
    pub(super) multivalued_as_any: bool,
}

/// One compiled condition
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) key: KeyId,
    operator: Operator,
    operands: Operands,
    /// The key may carry several values by its nature (rule E103)
    multivalued: bool,
}

impl Condition {
    pub(super) fn compile(source: &policy::Condition, version: Version, keys: &mut KeyTable) -> Self {
        Self {
            key: keys.intern(&source.key),
            operator: source.operator,
            operands: Operands::compile(source.operator.kind, &source.values, version, keys),
            multivalued: source.key.is_multivalued(),
        }
    }

    /// The keys that its operands take variables from
    pub(super) fn variables(&self) -> Vec<KeyId> {
        self.operands.keys()
    }

    /// The policy's values as written
    pub(super) fn texts(&self) -> &[Arc<str>] {
        self.operands.texts()
    }

    /// What the key's values are compared with, for choosing representative ones
    pub(super) fn constants<'a>(&'a self, context: &'a BoundContext) -> Vec<Constant<'a>> {
        self.operands.constants(context)
    }

    /// Whether it tests a multivalued key as if it had one value
    pub(super) fn is_list_without_set_operator(&self) -> bool {
        self.multivalued && self.operator.quantifier.is_none() && self.operator.kind != OperatorKind::Null
    }

    /// Whether it looks at lists of values
    pub(super) fn is_over_sets(&self) -> bool {
        self.multivalued || self.operator.quantifier.is_some()
    }

    pub(super) fn operator(&self) -> Operator {
        self.operator
    }

    /// Whether the operands accept a value, leaving aside whether the key is there
    pub(super) fn accepts(&self, value: &str, context: &BoundContext) -> Truth {
        self.operands.matches(value, context)
    }

    /// Whether the condition holds
    pub(super) fn holds(&self, context: &BoundContext, rules: &ConditionRules) -> Truth {
        let value = context.value(self.key);
        if self.operator.kind == OperatorKind::Null {
            return self.null(value);
        }
        match self.operator.quantifier {
            None => self.single(value, context, rules),
            Some(Quantifier::All) => self.for_all(value, context),
            Some(Quantifier::Any) => self.for_any(value, context),
        }
    }

    /// `Null`: "true" means absent; with `ForAllValues` always true, with `ForAnyValue` always false (rules E177, E186)
    fn null(&self, value: &ContextValue) -> Truth {
        match self.operator.quantifier {
            Some(Quantifier::All) => return Truth::True,
            Some(Quantifier::Any) => return Truth::False,
            None => {}
        }
        let wants = |wanted: &str| self.operands.texts().iter().any(|text| text.eq_ignore_ascii_case(wanted));
        let absent = match value {
            ContextValue::Absent => Truth::True,
            ContextValue::Known(values) => values.is_empty().into(),
            ContextValue::Unknown => Truth::Unknown,
        };
        (Truth::from(wants("true")) & absent) | (Truth::from(wants("false")) & !absent)
    }

    /// No set operator: one value (rules E160–E162, E178; empty value lists E84)
    fn single(&self, value: &ContextValue, context: &BoundContext, rules: &ConditionRules) -> Truth {
        let negated = self.operator.kind.is_negated();
        let if_absent = Truth::from(self.operator.if_exists || negated);
        let empty = self.operands.texts().is_empty();
        let when_present = |matched: Truth| if negated { !matched } else { matched };
        match value {
            ContextValue::Absent => if_absent,
            // Present, if only as an empty list: `IfExists` does not excuse it (rule E105).
            ContextValue::Known(values) if values.is_empty() => negated.into(),
            ContextValue::Known(_) if empty && self.operator.if_exists => Truth::False,
            ContextValue::Known(values) => match values.as_slice() {
                [only] if !self.multivalued => when_present(self.operands.matches(only, context)),
                several if rules.multivalued_as_any => {
                    when_present(Truth::any(several.iter().map(|value| self.operands.matches(value, context))))
                }
                _ => negated.into(),
            },
            // Any value at all fails on an empty list, none at all passes: it hangs on the key's presence.
            ContextValue::Unknown if empty && self.operator.if_exists => Truth::Unknown,
            ContextValue::Unknown if self.multivalued && !rules.multivalued_as_any => {
                if self.operator.if_exists && !negated { Truth::Unknown } else { negated.into() }
            }
            ContextValue::Unknown if empty => negated.into(),
            ContextValue::Unknown => Truth::Unknown,
        }
    }

    /// `ForAllValues`: every value, vacuously true without values (rules E180, E182, E184, E185)
    fn for_all(&self, value: &ContextValue, context: &BoundContext) -> Truth {
        match value {
            ContextValue::Absent => Truth::True,
            ContextValue::Unknown => Truth::Unknown,
            ContextValue::Known(values) if is_empty_set(values) => Truth::True,
            ContextValue::Known(_) if self.operands.texts().is_empty() => Truth::False,
            ContextValue::Known(values) => Truth::all(values.iter().map(|value| self.each(value, context))),
        }
    }

    /// `ForAnyValue`: at least one value (rules E181–E185)
    fn for_any(&self, value: &ContextValue, context: &BoundContext) -> Truth {
        match value {
            ContextValue::Absent => self.operator.if_exists.into(),
            ContextValue::Unknown => {
                let never = self.operands.texts().is_empty() && !self.operator.if_exists;
                if never { Truth::False } else { Truth::Unknown }
            }
            ContextValue::Known(values) if is_empty_set(values) => self.operator.if_exists.into(),
            ContextValue::Known(_) if self.operands.texts().is_empty() => Truth::False,
            ContextValue::Known(values) => Truth::any(values.iter().map(|value| self.each(value, context))),
        }
    }

    fn each(&self, value: &str, context: &BoundContext) -> Truth {
        let matched = self.operands.matches(value, context);
        if self.operator.kind.is_negated() { !matched } else { matched }
    }
}

/// No values, or only empty strings, count as an empty set (rule E185)
fn is_empty_set(values: &[Arc<str>]) -> bool {
    values.iter().all(|value| value.is_empty())
}
