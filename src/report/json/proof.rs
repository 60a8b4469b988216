//! The proof of documents: enough, minimal, and what they allow beyond the needs

use serde::Serialize;

use super::parts::Location;
use crate::generate::{self, Effect, Minimality, PartUse, Settled, Sufficiency};

#[derive(Debug, Serialize)]
pub(super) struct Proof<'r> {
    sufficient: Sufficient<'r>,
    minimal: Minimal<'r>,
    tight: Tight<'r>,
}

#[derive(Debug, Serialize)]
pub(super) struct Sufficient<'r> {
    holds: bool,
    decision: &'static str,
    rows: Vec<Row<'r>>,
}

#[derive(Debug, Serialize)]
struct Row<'r> {
    need: &'r str,
    action: &'r str,
    resource: &'r str,
    resource_count: u64,
    decision: &'static str,
    missing: &'r [String],
}

#[derive(Debug, Serialize)]
struct Minimal<'r> {
    holds: bool,
    parts: Vec<Taken<'r>>,
}

#[derive(Debug, Serialize)]
struct Taken<'r> {
    document: &'r str,
    statement: &'r str,
    location: Location<'r>,
    kind: &'static str,
    text: String,
    effect: &'static str,
    breaks: Vec<&'r str>,
    widens: Option<&'r str>,
}

#[derive(Debug, Serialize)]
struct Tight<'r> {
    holds: bool,
    beyond: Vec<Beyond<'r>>,
}

#[derive(Debug, Serialize)]
struct Beyond<'r> {
    document: &'r str,
    statement: &'r str,
    location: Location<'r>,
    actions: &'r [String],
    resource: &'r str,
    what: &'r str,
}

impl<'r> Proof<'r> {
    pub(super) fn of(sufficient: &'r Sufficiency, minimal: &'r Minimality, beyond: &'r [generate::Beyond]) -> Self {
        Self {
            sufficient: Sufficient::from(sufficient),
            minimal: Minimal { holds: minimal.holds(), parts: minimal.parts.iter().map(Taken::from).collect() },
            tight: Tight { holds: beyond.is_empty(), beyond: beyond.iter().map(Beyond::from).collect() },
        }
    }
}

impl<'r> From<&'r Sufficiency> for Sufficient<'r> {
    fn from(sufficient: &'r Sufficiency) -> Self {
        Self {
            holds: sufficient.holds(),
            decision: sufficient.decision.word(),
            rows: sufficient.rows.iter().map(Row::from).collect(),
        }
    }
}

impl<'r> From<&'r Settled> for Row<'r> {
    fn from(row: &'r Settled) -> Self {
        Self {
            need: &row.need,
            action: &row.action,
            resource: &row.resource,
            resource_count: row.count,
            decision: row.decision.word(),
            missing: &row.missing,
        }
    }
}

impl<'r> From<&'r PartUse> for Taken<'r> {
    fn from(part: &'r PartUse) -> Self {
        let (effect, breaks, widens) = match &part.effect {
            Effect::Breaks(needs) => ("breaks", needs.iter().map(String::as_str).collect(), None),
            Effect::Widens(words) => ("widens", Vec::new(), Some(words.as_str())),
            Effect::Nothing => ("nothing", Vec::new(), None),
        };
        Self {
            document: &part.document,
            statement: &part.statement,
            location: Location::from(&part.location),
            kind: part.part.kind(),
            text: part.part.to_string(),
            effect,
            breaks,
            widens,
        }
    }
}

impl<'r> From<&'r generate::Beyond> for Beyond<'r> {
    fn from(beyond: &'r generate::Beyond) -> Self {
        Self {
            document: &beyond.document,
            statement: &beyond.statement,
            location: Location::from(&beyond.location),
            actions: &beyond.actions,
            resource: &beyond.resource,
            what: &beyond.what,
        }
    }
}
