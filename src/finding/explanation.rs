//! How decisions come about: rows with their whole trace

use crate::evaluate::LayerTrace;
use crate::iam::wildcard::Glob;

use super::rows::{Shape, requirements};
use super::{Assessment, Requirement};

/// What `explain` shows
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The operation, `service:Name`
    pub operation: String,
    /// The principal
    pub principal: String,
    /// The rows that were asked for
    pub rows: Vec<ExplainedRow>,
    /// Sentences for every reader
    pub notices: Vec<String>,
}

/// A row and how it was decided
#[derive(Debug, Clone)]
pub struct ExplainedRow {
    /// The row
    pub requirement: Requirement,
    /// Each layer with its statements about the action
    pub trace: Vec<LayerTrace>,
}

/// Which rows to explain
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only this action, possibly with wildcards
    pub action: Option<String>,
    /// Only resources that hold this text
    pub resource: Option<String>,
}

impl Selection {
    fn takes_action(&self, action: &str) -> bool {
        self.action.as_ref().is_none_or(|wanted| Glob::parse(&wanted.to_lowercase()).matches(&action.to_lowercase()))
    }

    fn takes_resource(&self, resource: &str, examples: &[String]) -> bool {
        let Some(wanted) = &self.resource else { return true };
        let pattern = Glob::parse(resource);
        resource.contains(wanted.as_str())
            || pattern.matches(wanted)
            || examples.iter().any(|example| example.contains(wanted.as_str()))
    }
}

impl Assessment<'_> {
    /// The selected rows with their traces; the judge must trace
    #[must_use]
    pub fn explanation(&self, selection: &Selection) -> Explanation {
        let shape = Shape { expand: false, ways: false, lines: self.lines };
        let mut rows = Vec::new();
        for need in self.derivation.needs.iter().filter(|need| selection.takes_action(need.action.as_str())) {
            let judged = self.judge.judge(need);
            let traces: Vec<Vec<LayerTrace>> = judged.iter().map(|row| row.trace.clone()).collect();
            let explained = requirements(need, judged, shape).into_iter().zip(traces);
            let explained = explained.map(|(requirement, trace)| ExplainedRow { requirement, trace });
            rows.extend(
                explained.filter(|row| selection.takes_resource(&row.requirement.resource, &row.requirement.examples)),
            );
        }
        Explanation {
            operation: self.operation.name().to_owned(),
            principal: self.judge.account.caller.who.principal.as_str().to_owned(),
            rows,
            notices: self.operation.notices().collect(),
        }
    }
}
