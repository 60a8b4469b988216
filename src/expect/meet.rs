//! Whether what is expected is so

use crate::evaluate::Decision;
use crate::finding::{DecidedBy, Report, Requirement};
use crate::iam::wildcard::Glob;
use crate::source::nearest;

use super::case::{Case, Decider, Expected, ExpectedRow, RequestCase};

/// What became of a case
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The case
    pub case: Case,
    /// How it differs from what is expected; nothing when it passed
    pub differences: Vec<Difference>,
}

impl Outcome {
    /// Whether all is as expected
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// One thing that is not as expected
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// About what: the verdict, a row, the call
    pub what: String,
    /// What is expected, in words
    pub expected: String,
    /// What is so
    pub got: String,
    /// What decided it
    pub decided_by: Vec<DecidedBy>,
    /// Where to look, or a way out
    pub help: Option<String>,
}

/// How a report differs from what is expected of its request
#[must_use]
pub fn request(case: &RequestCase, report: &Report) -> Vec<Difference> {
    let mut differences = Vec::new();
    if let Some(expected) = case.verdict.filter(|expected| *expected != report.verdict) {
        let open =
            report.requirements.iter().filter(|row| row.decision != Decision::Allowed && crate::finding::decides(row));
        let open: Vec<&Requirement> = open.collect();
        let names = open.iter().map(|row| format!("{} {}", row.action, row.decision)).collect::<Vec<_>>().join(", ");
        let refused = report.findings.iter().filter(|finding| finding.severity == crate::finding::Severity::Error);
        let refused = refused.map(|finding| finding.message.clone()).collect::<Vec<_>>().join("; ");
        let why: Vec<String> = [names, refused].into_iter().filter(|text| !text.is_empty()).collect();
        let got = report.verdict.word().to_owned();
        differences.push(Difference {
            what: "verdict".to_owned(),
            expected: expected.word().to_owned(),
            got: if why.is_empty() { got } else { format!("{got} ({})", why.join("; ")) },
            decided_by: open.first().map(|row| row.decided_by.clone()).unwrap_or_default(),
            help: open.first().and_then(|row| row.gap.as_ref()).map(|gap| gap.message.clone()),
        });
    }
    for expected in &case.rows {
        let rows: Vec<&Requirement> = report.requirements.iter().filter(|row| expected.takes(row)).collect();
        if rows.is_empty() {
            differences.push(no_row(expected, report));
        }
        differences.extend(rows.into_iter().filter_map(|row| {
            let what = format!("{} {} on {}", row.id, row.action, row.resource);
            expected.expected.difference(
                what,
                row.decision,
                &row.decided_by,
                row.gap.as_ref().map(|gap| gap.message.as_str()),
            )
        }));
    }
    differences
}

/// How a decided call differs from what is expected of it
#[must_use]
pub fn raw(
    expected: &Expected,
    what: String,
    decision: Decision,
    decided_by: &[DecidedBy],
    missing: &[String],
) -> Option<Difference> {
    let help = (!missing.is_empty()).then(|| format!("it hangs on {}", missing.join(" and ")));
    expected.difference(what, decision, decided_by, help.as_deref())
}

fn no_row(expected: &ExpectedRow, report: &Report) -> Difference {
    let elsewhere = ExpectedRow { resource: None, ..expected.clone() };
    let others = report.requirements.iter().filter(|row| expected.resource.is_some() && elsewhere.takes(row));
    let others: Vec<&str> = others.map(|row| row.resource.as_str()).collect();
    let ids = report.requirements.iter().map(|row| row.id.as_str());
    let near = expected.id.as_deref().and_then(|id| nearest(id, ids.clone()));
    let help = match (others.as_slice(), near) {
        ([], Some(near)) => format!("did you mean the row `{near}`?"),
        ([], None) => format!("the rows are {}", ids.collect::<Vec<_>>().join(", ")),
        (others, _) => format!("it is about {}", others.join(", ")),
    };
    Difference {
        what: expected.words(),
        expected: format!("a row that is {}", expected.expected.words()),
        got: "no such row".to_owned(),
        decided_by: Vec::new(),
        help: Some(help),
    }
}

impl ExpectedRow {
    fn takes(&self, row: &Requirement) -> bool {
        let need = row.id.split('#').next().unwrap_or_default();
        let id = self.id.as_ref().is_none_or(|id| *id == row.id || id == need);
        let action = self.action.as_ref();
        let action =
            action.is_none_or(|action| Glob::parse(&action.to_lowercase()).matches(&row.action.to_lowercase()));
        id && action && self.resource.as_ref().is_none_or(|resource| about(row, resource))
    }

    fn words(&self) -> String {
        let parts = [("row", &self.id), ("action", &self.action), ("resource", &self.resource)];
        let parts = parts.iter().filter_map(|(word, value)| value.as_ref().map(|value| format!("{word} `{value}`")));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Whether a row is about a resource: one of those it stands for, or one that a pattern takes
fn about(row: &Requirement, resource: &str) -> bool {
    let pattern = Glob::parse(resource);
    if row.resource == resource || pattern.matches(&row.resource) {
        return true;
    }
    if row.members.is_empty() {
        return Glob::parse(&row.resource).matches(resource);
    }
    row.members.iter().any(|member| pattern.matches(member))
}

impl Expected {
    fn difference(&self, what: String, decision: Decision, by: &[DecidedBy], help: Option<&str>) -> Option<Difference> {
        let decided = self.decided_by.as_ref().is_none_or(|decider| by.iter().any(|part| decider.is(part)));
        (decision != self.decision || !decided).then(|| Difference {
            what,
            expected: self.words(),
            got: decision.word().to_owned(),
            decided_by: by.to_vec(),
            help: help.map(str::to_owned),
        })
    }

    fn words(&self) -> String {
        match &self.decided_by {
            Some(decider) => format!("{} by {}", self.decision, decider.words()),
            None => self.decision.word().to_owned(),
        }
    }
}

impl Decider {
    fn is(&self, part: &DecidedBy) -> bool {
        self.layer.is_none_or(|layer| layer == part.layer)
            && self.policy.as_ref().is_none_or(|policy| *policy == part.policy)
            && self.sid.as_ref().is_none_or(|sid| *sid == part.sid)
    }

    fn words(&self) -> String {
        let layer = self.layer.map(|layer| layer.word().to_owned());
        let policy = self.policy.as_ref().map(|policy| format!("policy `{policy}`"));
        let sid = self.sid.as_ref().map(|sid| format!("statement `{sid}`"));
        [layer, policy, sid].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
