//! All rules on one document, and the sheet that their findings go on

use std::sync::Arc;

use crate::finding::{Finding, Severity};
use crate::json::Node;
use crate::policy::parse;
use crate::source::{Location, Position, SourceFile};

use super::parts::Parts;
use super::{Kind, LintFinding, Rule};
use super::{absence, actions, document, elements, keys, principals, resources, values};

/// Everything found in one document, in the order of the places
pub(super) fn lint(file: &SourceFile, node: &Node, kind: Kind) -> Vec<LintFinding> {
    let mut sheet = Sheet { file: Arc::clone(&file.name), findings: Vec::new() };
    grammar(file, node, kind, &mut sheet);
    let parts = Parts::read(node);
    document::check(&parts, kind, &mut sheet);
    for statement in &parts.statements {
        elements::check(statement, kind, &mut sheet);
        principals::check(statement, kind, &mut sheet);
        actions::check(statement, &mut sheet);
        resources::check(statement, kind, &mut sheet);
        keys::check(statement, &mut sheet);
        values::check(statement, &mut sheet);
        absence::check(statement, kind, &mut sheet);
    }
    let mut findings = sheet.findings;
    findings.sort_by_key(|found| (found.finding.location.as_ref().map(|location| location.at), found.rule));
    findings.dedup();
    findings
}

/// What the policy parser refuses
fn grammar(file: &SourceFile, node: &Node, kind: Kind, sheet: &mut Sheet) {
    let Err(problems) = parse::parse_object(&file.name, node, "", kind.policy_type()) else { return };
    for problem in problems.0 {
        let at = problem.location.map_or(node.at, |location| location.at);
        let mut raised = Raised::new(Rule::Grammar, at, problem.message);
        raised.help = problem.help;
        sheet.add(raised);
    }
}

/// Where findings are collected
pub(super) struct Sheet {
    file: Arc<str>,
    findings: Vec<LintFinding>,
}

/// A finding in the making
pub(super) struct Raised {
    rule: Rule,
    severity: Severity,
    at: Position,
    message: String,
    help: Option<String>,
    fix: Option<String>,
}

impl Raised {
    pub(super) fn new(rule: Rule, at: Position, message: impl Into<String>) -> Self {
        Self { rule, severity: rule.severity(), at, message: message.into(), help: None, fix: None }
    }

    /// The way out
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The text to put there, with "did you mean" as the way out
    pub(super) fn near(mut self, near: Option<String>) -> Self {
        if let Some(near) = near {
            self.help = Some(format!("did you mean `{near}`?"));
            self.fix = Some(near);
        }
        self
    }

    /// The text to put there
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Another gravity than its rule's
    pub(super) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

impl Sheet {
    pub(super) fn add(&mut self, raised: Raised) {
        let Raised { rule, severity, at, message, help, fix } = raised;
        let location = Some(Location { file: Arc::clone(&self.file), at });
        let url = Some(rule.url().to_owned());
        let finding = Finding { id: rule.id(), severity, message, help, url, location };
        self.findings.push(LintFinding { rule, finding, fix });
    }
}
