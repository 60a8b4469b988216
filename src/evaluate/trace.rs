//! The whole way of a decision: each statement about the action, and which of its parts matched

use crate::iam::ContextValue;
use crate::policy::Effect;

use super::binding::denies;
use super::condition::Condition;
use super::decide::Authorization;
use super::principal_test::Naming;
use super::program::Program;
use super::reasons::Part;
use super::statement::Statement;
use super::truth::Truth;
use super::verdict::{Layer, StatementRef};

/// One statement whose action element matches, part by part
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTrace {
    /// The level of the organization, for SCPs and RCPs
    pub level: Option<String>,
    /// Which statement
    pub part: StatementRef,
    /// Its effect
    pub effect: Effect,
    /// Whether it reaches the caller; `None` where statements name no principals
    pub principal: Option<Truth>,
    /// Whether it is about the resource
    pub resource: Truth,
    /// Its conditions
    pub conditions: Vec<ConditionTrace>,
    /// All of it
    pub matched: Truth,
}

/// One condition and what it was compared with
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTrace {
    /// The operator
    pub operator: String,
    /// The key
    pub key: String,
    /// The policy's values
    pub wanted: Vec<String>,
    /// The request's value in words
    pub actual: String,
    /// Whether it holds
    pub holds: Truth,
}

/// A layer's trace
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerTrace {
    /// The layer
    pub layer: Layer,
    /// The level of the organization, for SCPs and RCPs
    pub level: Option<String>,
    /// Statements about the action
    pub statements: Vec<StatementTrace>,
    /// How many statements are about other actions
    pub others: usize,
}

impl Program {
    /// What every statement about the action says to one request, layer by layer
    #[must_use]
    pub fn trace(&self, request: &Authorization<'_>) -> Vec<LayerTrace> {
        Self::parts(request).iter().map(|part| self.layer_trace(request, part)).collect()
    }

    fn layer_trace(&self, request: &Authorization<'_>, part: &Part<'_>) -> LayerTrace {
        let statements: Vec<StatementTrace> = self
            .relevant(request.question, part.set)
            .map(|(_, statement)| self.statement_trace(request, part, statement))
            .collect();
        let others = self.statements_of(part.set).count().saturating_sub(statements.len());
        LayerTrace { layer: part.layer, level: part.level.map(str::to_owned), statements, others }
    }

    fn statement_trace(&self, request: &Authorization<'_>, part: &Part<'_>, statement: &Statement) -> StatementTrace {
        let context = &request.question.context;
        let principal = statement.principal.as_ref().map(|_| match statement.effect {
            Effect::Deny => denies(statement, request.caller, Naming::Full),
            Effect::Allow => self.allowing_kinds(statement, request.caller).reached(),
        });
        let action = &request.question.action;
        StatementTrace {
            level: part.level.map(str::to_owned),
            part: super::reasons::reference(part.layer, statement),
            effect: statement.effect,
            principal,
            resource: statement.covers(action, request.resource, context, &self.rules),
            conditions: statement.conditions.iter().map(|condition| self.condition_trace(condition, request)).collect(),
            matched: self.effective(request, part, statement),
        }
    }

    fn condition_trace(&self, condition: &Condition, request: &Authorization<'_>) -> ConditionTrace {
        let context = &request.question.context;
        let actual = match context.value(condition.key) {
            ContextValue::Known(values) => {
                values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
            }
            ContextValue::Absent => "absent".to_owned(),
            ContextValue::Unknown => "not known".to_owned(),
        };
        ConditionTrace {
            operator: condition.operator().to_string(),
            key: self.keys.key(condition.key).map(ToString::to_string).unwrap_or_default(),
            wanted: condition.constants().iter().map(ToString::to_string).collect(),
            actual,
            holds: condition.holds(context, &self.rules.conditions),
        }
    }
}

impl StatementTrace {
    /// Whether only its conditions, or only its resource element, keep it from matching
    #[must_use]
    pub fn nearly_matched(&self) -> bool {
        let failed = self.conditions.iter().filter(|condition| condition.holds == Truth::False).count();
        let reached = self.principal.is_none_or(Truth::is_possible);
        self.matched == Truth::False
            && reached
            && (self.resource.is_possible() && failed > 0 || self.resource == Truth::False && failed == 0)
    }
}
