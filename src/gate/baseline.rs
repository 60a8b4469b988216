//! The baseline: gaps that were known before, by what they are and not by where they stand

use std::collections::BTreeMap;
use std::fmt::Write;

use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, Report, Requirement, Waived, WaivedBy};
use crate::source::tables::{self, Value};
use crate::source::{Location, Problem, Problems, SourceFile, nearest};

use super::Lack;

/// The version of the format that this program reads and writes
const FORMAT: i64 = 1;
const TOP: [&str; 2] = ["format", "gap"];
const KEYS: [&str; 7] = ["operation", "principal", "actor", "action", "resource", "decision", "count"];

/// What a gap is: the same in every run, wherever policies and manifests have their lines
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Gap {
    operation: String,
    principal: String,
    actor: String,
    action: String,
    resource: String,
    lack: Lack,
}

/// Gaps that were known before
#[derive(Debug, Default)]
pub struct Baseline {
    /// For how many resources each gap was known, and where the entry stands
    gaps: BTreeMap<Gap, (u64, Location)>,
}

impl Baseline {
    /// Reads a baseline
    ///
    /// # Errors
    /// All problems: what is no TOML, keys that nobody reads, entries that lack something or are there twice.
    pub fn read(file: &SourceFile) -> Result<Self, Problems> {
        let table = tables::table(file)?;
        let mut reader = Reader { file, problems: Vec::new() };
        reader.refuse_unknown(&table, &TOP);
        match table.get("format").map(Value::get_ref) {
            Some(DeValue::Integer(number)) if number.as_str().parse() == Ok(FORMAT) => {}
            _ => {
                let at = table.get("format").map_or(0, |value| value.span().start);
                reader.report(at, "this is no baseline of format 1", "--write-baseline FILE writes one");
            }
        }
        let mut baseline = Self::default();
        for element in reader.list(&table) {
            reader.entry(element, &mut baseline);
        }
        if reader.problems.is_empty() { Ok(baseline) } else { Err(Problems(reader.problems)) }
    }

    /// Accepts the rows of gaps that were known for as many resources at least
    ///
    /// Returns the findings: `baseline-stale` for what is gone, `baseline-grown` for what stands for more than then.
    pub(super) fn accept(&self, report: &mut Report) -> Vec<Finding> {
        let present = gaps(report, |_| true);
        let about = |gap: &Gap| gap.operation == report.operation && gap.principal == report.principal.arn;
        let mut findings = Vec::new();
        for (gap, (known, location)) in self.gaps.iter().filter(|(gap, _)| about(gap)) {
            let now = present.get(gap).copied().unwrap_or(0);
            let problem = |message: String| Problem { location: Some(location.clone()), message, help: None };
            let words = format!("{} of {} on {}", gap.lack.noun(), gap.action, gap.resource);
            if now == 0 {
                let message = format!("the {words} is gone");
                findings.push(Finding::warning("baseline-stale", problem(message).with_help(RENEW)));
            } else if now < *known {
                let message = format!("the {words} stood for {known} resources and stands for {now} now");
                findings.push(Finding::warning("baseline-stale", problem(message).with_help(RENEW)));
            } else if now > *known {
                let message =
                    format!("the {words} was known for {known} resource(s) and stands for {now} now: it counts as new");
                findings.push(Finding::warning("baseline-grown", problem(message)));
            }
        }
        let (operation, principal) = (report.operation.clone(), report.principal.arn.clone());
        for row in report.requirements.iter_mut().filter(|row| row.waived.is_none()) {
            let Some(gap) = Gap::of(&operation, &principal, row) else { continue };
            if let Some((known, location)) = self.gaps.get(&gap)
                && present.get(&gap).is_some_and(|now| now <= known)
            {
                row.waived = Some(Waived { by: WaivedBy::Baseline, location: location.clone() });
            }
        }
        findings
    }

    /// The text of a baseline of all gaps that no waiver accepts
    #[must_use]
    pub fn of(report: &Report) -> String {
        let by_waiver = |row: &Requirement| matches!(row.waived, Some(Waived { by: WaivedBy::Waiver { .. }, .. }));
        let mut text = format!(
            "# Gaps that are known and do not fail a check with --baseline. Written by --write-baseline.\n\
             format = {FORMAT}\n"
        );
        for (gap, count) in gaps(report, |row| !by_waiver(row)) {
            let Gap { operation, principal, actor, action, resource, lack } = &gap;
            let texts = [
                ("operation", operation.as_str()),
                ("principal", principal),
                ("actor", actor),
                ("action", action),
                ("resource", resource),
                ("decision", lack.word()),
            ];
            text.push_str("\n[[gap]]\n");
            for (key, value) in texts {
                let _ = writeln!(text, "{key} = {}", quoted(value));
            }
            let _ = writeln!(text, "count = {count}");
        }
        text
    }
}

const RENEW: &str = "write the baseline anew with --write-baseline, so that the gap cannot come back unseen";

impl Gap {
    /// The gap that a row is, if it is one
    fn of(operation: &str, principal: &str, row: &Requirement) -> Option<Self> {
        let lack = Lack::of(row)?;
        let Requirement { actor, action, resource, .. } = row;
        let [operation, principal] = [operation, principal].map(str::to_owned);
        let [actor, action, resource] = [actor, action, resource].map(Clone::clone);
        Some(Self { operation, principal, actor, action, resource, lack })
    }
}

/// The gaps of a report and for how many resources each stands; several rows can be one gap
fn gaps(report: &Report, wanted: impl Fn(&Requirement) -> bool) -> BTreeMap<Gap, u64> {
    let mut gaps = BTreeMap::new();
    for row in report.requirements.iter().filter(|row| wanted(row)) {
        if let Some(gap) = Gap::of(&report.operation, &report.principal.arn, row) {
            let count = gaps.entry(gap).or_insert(0u64);
            *count = count.saturating_add(row.resource_count);
        }
    }
    gaps
}

/// A TOML string: JSON's escapes are among TOML's, but for DEL, which TOML wants escaped
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

struct Reader<'a> {
    file: &'a SourceFile,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn report(&mut self, offset: usize, message: impl Into<String>, help: &str) {
        let problem = Problem::at(&self.file.name, self.file.position(offset), message);
        self.problems.push(problem.with_help(help));
    }

    fn refuse_unknown(&mut self, table: &DeTable<'_>, known: &[&str]) {
        let unknown = table.keys().filter(|key| !known.contains(&&**key.get_ref()));
        self.problems.extend(unknown.map(|key| tables::unknown_key(self.file, key.span().start, key.get_ref(), known)));
    }

    fn list<'t>(&mut self, table: &'t DeTable<'a>) -> Vec<&'t Value<'a>> {
        let Some(value) = table.get("gap") else { return Vec::new() };
        if let Some(list) = value.get_ref().as_array() {
            return list.iter().collect();
        }
        self.report(value.span().start, "gaps are a list of tables", "write `[[gap]]` above each");
        Vec::new()
    }

    fn entry(&mut self, element: &Value<'_>, baseline: &mut Baseline) {
        let at = element.span().start;
        let Some(table) = element.get_ref().as_table() else {
            self.report(at, "gaps are a list of tables", "write `[[gap]]` above each");
            return;
        };
        self.refuse_unknown(table, &KEYS);
        let [operation, principal, actor, action, resource, lack] =
            ["operation", "principal", "actor", "action", "resource", "decision"]
                .map(|key| self.text((at, table), key));
        let lack = lack.and_then(|word| self.lack(table, &word));
        let count = self.count(at, table);
        if let (Some(operation), Some(principal), Some(actor), Some(action), Some(resource), Some(lack), Some(count)) =
            (operation, principal, actor, action, resource, lack, count)
        {
            let location = Location { file: self.file.name.clone(), at: self.file.position(at) };
            let gap = Gap { operation, principal, actor, action, resource, lack };
            if baseline.gaps.insert(gap, (count, location)).is_some() {
                self.report(at, "the same gap stands here twice", "remove one of the two");
            }
        }
    }

    fn text(&mut self, (at, table): (usize, &DeTable<'_>), key: &str) -> Option<String> {
        let text = table.get(key).and_then(|value| value.get_ref().as_str());
        if text.is_none() {
            let at = table.get(key).map_or(at, |value| value.span().start);
            self.report(at, format!("the gap has no `{key}` that is a string"), "--write-baseline FILE writes all");
        }
        text.map(str::to_owned)
    }

    fn lack(&mut self, table: &DeTable<'_>, word: &str) -> Option<Lack> {
        let lack = Lack::parse(word);
        if lack.is_none() {
            let at = table.get("decision").map_or(0, |value| value.span().start);
            let near = nearest(word, Lack::WORDS).unwrap_or("denied");
            self.report(at, format!("`{word}` is no decision of a gap"), &format!("did you mean `{near}`?"));
        }
        lack
    }

    fn count(&mut self, at: usize, table: &DeTable<'_>) -> Option<u64> {
        let value = table.get("count");
        let count = match value.map(Value::get_ref) {
            Some(DeValue::Integer(number)) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        };
        if count.is_none() {
            let at = value.map_or(at, |value| value.span().start);
            self.report(at, "the gap has no `count` that is a number", "for how many resources it is known");
        }
        count
    }
}
