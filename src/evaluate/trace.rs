//! The whole way of a decision: each statement about the action, and which of its parts matched

use std::sync::Arc;

use crate::iam::ContextValue;
use crate::policy::{self, Document, Effect};

use super::condition::Condition;
use super::decide::Authorization;
use super::program::Program;
use super::reasons::Part;
use super::statement::Statement;
use super::truth::Truth;
use super::verdict::{Layer, StatementRef};

/// One statement whose action element matches, part by part
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTrace {
    /// The layer
    pub layer: Layer,
    /// The level of the organization, for SCPs and RCPs
    pub level: Option<Arc<str>>,
    /// The policy that it stands in
    pub document: Arc<Document>,
    /// Its index there, from 0
    pub index: usize,
    /// Its effect
    pub effect: Effect,
    /// Whether it reaches the caller; `None` where statements name no principals
    pub principal: Option<Truth>,
    /// Whether it is about the resource
    pub resource: Truth,
    /// What came of its conditions, in their order; [`conditions`](Self::conditions) puts both together
    pub results: Vec<ConditionTrace>,
    /// All of it
    pub matched: Truth,
}

/// What one condition was compared with, and what came of it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTrace {
    /// What is known of the key in the request
    pub actual: ContextValue,
    /// Whether it holds
    pub holds: Truth,
}

/// A layer's trace
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerTrace {
    /// The layer
    pub layer: Layer,
    /// The level of the organization, for SCPs and RCPs
    pub level: Option<Arc<str>>,
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
        let relevant = self.relevant(request.question, part.set);
        let statements: Vec<StatementTrace> =
            relevant.map(|(_, statement)| self.statement_trace(request, part, statement)).collect();
        let others = self.count(part.set).saturating_sub(statements.len());
        LayerTrace { layer: part.layer, level: part.level.cloned(), statements, others }
    }

    fn statement_trace(&self, request: &Authorization<'_>, part: &Part<'_>, statement: &Statement) -> StatementTrace {
        let resource =
            statement.covers(&request.question.action, request.resource, &request.question.context, &self.rules);
        let results: Vec<ConditionTrace> =
            statement.conditions.iter().map(|condition| self.condition_trace(condition, request)).collect();
        let reaches = self.reaches(request, part, statement);
        StatementTrace {
            layer: part.layer,
            level: part.level.cloned(),
            document: Arc::clone(&statement.document),
            index: statement.index,
            effect: statement.effect,
            principal: statement.principal.as_ref().map(|_| reaches),
            resource,
            matched: reaches
                & part.binds(statement.effect)
                & resource
                & Truth::all(results.iter().map(|condition| condition.holds)),
            results,
        }
    }

    fn condition_trace(&self, condition: &Condition, request: &Authorization<'_>) -> ConditionTrace {
        let context = &request.question.context;
        ConditionTrace {
            actual: context.value(condition.key).clone(),
            holds: condition.holds(context, &self.rules.conditions),
        }
    }
}

impl ConditionTrace {
    /// What the request has, in words
    #[must_use]
    pub fn actual_words(&self) -> String {
        match &self.actual {
            ContextValue::Known(values) => {
                values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
            }
            ContextValue::Absent => "absent".to_owned(),
            ContextValue::Unknown => "not known".to_owned(),
        }
    }
}

impl StatementTrace {
    /// Which statement
    #[must_use]
    pub fn part(&self) -> StatementRef {
        StatementRef::of(self.layer, &self.document, self.index)
    }

    /// The statement as it is written
    #[must_use]
    pub fn source(&self) -> Option<&policy::Statement> {
        self.document.statements.get(self.index)
    }

    /// Its conditions, each with what came of it
    pub fn conditions(&self) -> impl Iterator<Item = (&policy::Condition, &ConditionTrace)> {
        self.source().into_iter().flat_map(|source| &source.conditions).zip(&self.results)
    }

    /// Whether only its conditions, or only its resource element, keep it from matching
    #[must_use]
    pub fn nearly_matched(&self) -> bool {
        let failed = self.results.iter().filter(|condition| condition.holds == Truth::False).count();
        let reached = self.principal.is_none_or(Truth::is_possible);
        self.matched == Truth::False
            && reached
            && (self.resource.is_possible() && failed > 0 || self.resource == Truth::False && failed == 0)
    }
}
