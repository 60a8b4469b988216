//! A report in JSON (`iam-preflight/report/v1`), read back

use std::sync::Arc;

use crate::evaluate::{Decision, Layer};
use crate::finding::{DecidedBy, Severity, Verdict};
use crate::json::{self, Node, Value};
use crate::need::Strength;
use crate::source::{Location, Position, Problem, Problems, SourceFile, nearest};

use super::side::{Row, Said, Side, need_of};

/// The schema that is read
const SCHEMA: &str = "iam-preflight/report/v1";

/// Words of the contract with what they mean
type Words<T> = [(&'static str, T)];

const VERDICTS: &Words<Verdict> =
    &[("ready", Verdict::Ready), ("blocked", Verdict::Blocked), ("undetermined", Verdict::Undetermined)];
const DECISIONS: &Words<Decision> = &[
    ("allowed", Decision::Allowed),
    ("explicitDeny", Decision::ExplicitDeny),
    ("implicitDeny", Decision::ImplicitDeny),
    ("undetermined", Decision::Undetermined),
];
const STRENGTHS: &Words<Strength> =
    &[("must", Strength::Must), ("should", Strength::Should), ("advisory", Strength::Advisory)];
const SEVERITIES: &Words<Severity> =
    &[("error", Severity::Error), ("warning", Severity::Warning), ("note", Severity::Note)];
const LAYERS: &Words<Layer> = &[
    ("identity", Layer::Identity),
    ("boundary", Layer::Boundary),
    ("session", Layer::Session),
    ("scp", Layer::Scp),
    ("rcp", Layer::Rcp),
    ("resource", Layer::Resource),
    ("vpce", Layer::Vpce),
    ("grant", Layer::Grant),
    ("service", Layer::Service),
];
const EFFECTS: &Words<&str> = &[
    ("allows", "allows"),
    ("denies", "denies"),
    ("does not allow", "does not allow"),
    ("may deny", "may deny"),
    ("may allow", "may allow"),
    ("is not known", "is not known"),
];

/// Whether a JSON value says that it is a report that can be compared
#[must_use]
pub fn is_report(node: &Node) -> bool {
    node.member("schema").and_then(Node::text) == Some(SCHEMA)
}

/// Reads a report as one side of a comparison; members that are not compared are not looked at
///
/// # Errors
/// All members that are missing or not of their type, each with its place.
pub fn report(file: &SourceFile) -> Result<Side, Problems> {
    let root = json::parse(file)?;
    let duplicates = json::duplicate_keys(&file.name, &root);
    if !duplicates.is_empty() {
        return Err(Problems(duplicates));
    }
    let mut reader = Reader { file: &file.name, problems: Vec::new() };
    let side = Side {
        operation: reader.text(&root, "operation"),
        principal: reader.member(&root, "principal").map(|node| reader.text(node, "arn")).unwrap_or_default(),
        verdict: reader.word(&root, "verdict", VERDICTS).unwrap_or(Verdict::Undetermined),
        rows: reader.list(&root, "requirements").iter().filter_map(|node| reader.row(node)).collect(),
        findings: reader.list(&root, "findings").iter().filter_map(|node| reader.finding(node)).collect(),
    };
    if reader.problems.is_empty() { Ok(side) } else { Err(Problems(reader.problems)) }
}

/// Notes everything that is not as it should be
struct Reader<'f> {
    file: &'f Arc<str>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn report(&mut self, at: Position, message: impl Into<String>) {
        self.problems.push(Problem::at(self.file, at, message));
    }

    fn member<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = node.member(key);
        if found.is_none() {
            self.report(node.at, format!("the report has no `{key}` here"));
        }
        found
    }

    fn text(&mut self, node: &Node, key: &str) -> String {
        let member = self.member(node, key);
        match member.map(|member| (member.text(), member)) {
            Some((Some(text), _)) => text.to_owned(),
            Some((None, member)) => {
                self.report(member.at, format!("`{key}` must be a string, this is {}", member.kind()));
                String::new()
            }
            None => String::new(),
        }
    }

    fn word<T: Copy>(&mut self, node: &Node, key: &str, words: &Words<T>) -> Option<T> {
        let member = self.member(node, key)?;
        let text = member.text().unwrap_or_default();
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known = words.iter().map(|(word, _)| *word);
            let help = match nearest(text, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("expected one of {}", known.collect::<Vec<_>>().join(", ")),
            };
            let shown = member.text().map_or_else(|| member.kind().to_owned(), |text| format!("`{text}`"));
            let problem = Problem::at(self.file, member.at, format!("`{key}` cannot be {shown}"));
            self.problems.push(problem.with_help(help));
        }
        found
    }

    fn list<'n>(&mut self, node: &'n Node, key: &str) -> &'n [Node] {
        match self.member(node, key) {
            Some(member) if !matches!(member.value, Value::Array(_)) => {
                self.report(member.at, format!("`{key}` must be an array, this is {}", member.kind()));
                &[]
            }
            Some(member) => member.elements(),
            None => &[],
        }
    }

    fn texts(&mut self, node: &Node, key: &str) -> Vec<String> {
        let elements = self.list(node, key);
        elements.iter().filter_map(Node::text).map(str::to_owned).collect()
    }

    fn number(&mut self, node: &Node, key: &str) -> Option<u64> {
        let member = self.member(node, key)?;
        let number = if let Value::Number(text) = &member.value { text.parse().ok() } else { None };
        if number.is_none() {
            self.report(member.at, format!("`{key}` must be a whole number"));
        }
        number
    }

    fn row(&mut self, node: &Node) -> Option<Row> {
        let id = self.text(node, "id");
        let keys = self.texts(node, "missing_context").into_iter().map(|key| format!("the value of `{key}`"));
        let mut missing: Vec<String> = keys.collect();
        missing.extend(self.texts(node, "missing_facts"));
        let count = self.number(node, "resource_count")?;
        // Not a promise of the contract, so a report may lack it.
        let examples = node.member("examples").map(|_| self.texts(node, "examples")).unwrap_or_default();
        let decision = self.word(node, "decision", DECISIONS)?;
        Some(Row {
            need: need_of(&id).to_owned(),
            actor: self.text(node, "actor"),
            action: self.text(node, "action"),
            resource: self.text(node, "resource"),
            count,
            // A row of a few resources names all of them.
            members: if examples.len() as u64 == count { examples.clone() } else { Vec::new() },
            examples,
            strength: self.word(node, "need", STRENGTHS)?,
            decision,
            because: self.text(node, "because"),
            decided_by: self.list(node, "decided_by").iter().filter_map(|node| self.part(node, decision)).collect(),
            missing,
        })
    }

    fn part(&mut self, node: &Node, decision: Decision) -> Option<DecidedBy> {
        let optional = |key: &str| node.member(key).and_then(Node::text).unwrap_or_default().to_owned();
        let effect = match node.member("effect") {
            Some(_) => self.word(node, "effect", EFFECTS)?,
            // Not a promise of the contract either; then the decision says what its parts did.
            None => match decision {
                Decision::Allowed => "allows",
                Decision::ExplicitDeny => "denies",
                Decision::ImplicitDeny => "does not allow",
                Decision::Undetermined => "is not known",
            },
        };
        Some(DecidedBy {
            layer: self.word(node, "layer", LAYERS)?,
            policy: optional("policy"),
            sid: optional("sid"),
            effect,
            location: node.member("location").filter(|node| !node.is_null()).and_then(|node| self.place(node)),
            line_text: None,
        })
    }

    fn place(&mut self, node: &Node) -> Option<Location> {
        let file = self.text(node, "file");
        let line = self.number(node, "line").and_then(|line| u32::try_from(line).ok())?;
        let column = self.number(node, "column").and_then(|column| u32::try_from(column).ok())?;
        Some(Location { file: file.into(), at: Position { line, column } })
    }

    fn finding(&mut self, node: &Node) -> Option<Said> {
        Some(Said {
            id: self.text(node, "id"),
            severity: self.word(node, "severity", SEVERITIES)?,
            message: self.text(node, "message"),
        })
    }
}
