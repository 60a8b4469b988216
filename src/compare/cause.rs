//! The statements behind a change: what denies now, the Allow that is gone, what allows now

use crate::evaluate::{Decision, Layer};
use crate::finding::{DecidedBy, LineText};

use super::change::Class;
use super::side::Row;

/// One of the two sides
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// The first
    Before,
    /// The second
    After,
}

impl When {
    /// The word
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// A statement or layer behind a change
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// On which side it is found; places are places of that side
    pub on: When,
    /// What it does or did, such as `denies now` or `allowed before`
    pub role: &'static str,
    /// The statement or layer, with the text of its line
    pub by: DecidedBy,
}

/// Whether both name the same statement, wherever it stands
pub(super) fn same_part(one: &DecidedBy, other: &DecidedBy) -> bool {
    one.layer == other.layer && one.policy == other.policy && one.sid == other.sid
}

/// The causes of a change, most telling first
pub(super) fn of(class: Class, before: Option<&Row>, after: Option<&Row>, lines: LineText<'_>) -> Vec<Cause> {
    let mut causes = match (class, before, after) {
        (Class::Worse, Some(before), Some(after)) => worse(before, after),
        (Class::Better, Some(before), Some(after)) => better(before, after),
        (Class::Reason, Some(before), Some(after)) => reason(before, after),
        (_, _, Some(after)) => told(After, after, &after.decided_by.iter().collect::<Vec<_>>()),
        (_, Some(before), None) => told(Before, before, &before.decided_by.iter().collect::<Vec<_>>()),
        (_, None, None) => Vec::new(),
    };
    for cause in &mut causes {
        cause.by.line_text = cause.by.location.as_ref().and_then(lines);
    }
    causes
}

use When::{After, Before};

fn cause(on: When, by: &DecidedBy) -> Cause {
    let role = match (on, by.effect) {
        (Before, "allows") => "allowed before",
        (Before, "denies") => "denied before",
        (Before, "may deny") => "might have denied before",
        (Before, "may allow") => "might have allowed before",
        (Before, "does not allow") => "did not allow before",
        (Before, _) => "was not known before",
        (After, "allows") => "allows now",
        (After, "denies") => "denies now",
        (After, "may deny") => "may deny now",
        (After, "may allow") => "may allow now",
        (After, "does not allow") => "does not allow now",
        (After, _) => "is not known now",
    };
    Cause { on, role, by: by.clone() }
}

fn told(on: When, _: &Row, parts: &[&DecidedBy]) -> Vec<Cause> {
    parts.iter().map(|part| cause(on, part)).collect()
}

fn doing<'r>(row: &'r Row, effects: &[&str]) -> Vec<&'r DecidedBy> {
    row.decided_by.iter().filter(|by| effects.contains(&by.effect)).collect()
}

/// What stands in the way now, and the Allows that are gone
fn worse(before: &Row, after: &Row) -> Vec<Cause> {
    if after.decision == Decision::ExplicitDeny {
        return told(After, after, &doing(after, &["denies"]));
    }
    let in_the_way = doing(after, &["does not allow", "may deny", "may allow", "is not known"]);
    let wanting = in_the_way.iter().filter(|by| matches!(by.effect, "does not allow" | "may allow"));
    let layers: Vec<Layer> = wanting.map(|by| by.layer).collect();
    let mut causes = told(Before, before, &lost(before, after, &layers));
    causes.extend(told(After, after, &in_the_way));
    causes
}

/// What allows now, and the Denies that are gone
fn better(before: &Row, after: &Row) -> Vec<Cause> {
    let gone = doing(before, &["denies", "may deny"]);
    let mut causes = told(Before, before, &gone);
    if after.decision == Decision::Allowed {
        let lacked: Vec<Layer> =
            doing(before, &["does not allow", "may allow", "is not known"]).iter().map(|by| by.layer).collect();
        causes.extend(told(After, after, &lost(after, before, &lacked)));
    } else {
        causes.extend(told(After, after, &doing(after, &["may deny", "may allow", "is not known"])));
    }
    causes
}

/// The Allows of a row in layers that lack one in the other row; where an identity policy could have been
/// outvoted by a resource policy or a grant, theirs too
fn lost<'r>(row: &'r Row, other: &Row, layers: &[Layer]) -> Vec<&'r DecidedBy> {
    let granting = [Layer::Identity, Layer::Resource, Layer::Grant];
    let allows = doing(row, &["allows", "may allow"]);
    let own: Vec<&DecidedBy> = allows.iter().copied().filter(|by| layers.contains(&by.layer)).collect();
    if !own.is_empty() || !layers.iter().any(|layer| granting.contains(layer)) {
        return own;
    }
    let kept = |by: &DecidedBy| other.decided_by.iter().any(|kept| same_part(kept, by) && kept.effect == by.effect);
    allows.into_iter().filter(|by| granting.contains(&by.layer) && !kept(by)).collect()
}

/// What one side names and the other does not
fn reason(before: &Row, after: &Row) -> Vec<Cause> {
    let missing_in = |own: &Row, other: &Row, on: When| -> Vec<Cause> {
        let known =
            |by: &DecidedBy| other.decided_by.iter().any(|kept| same_part(kept, by) && kept.effect == by.effect);
        own.decided_by.iter().filter(|by| !known(by)).map(|by| cause(on, by)).collect()
    };
    let mut causes = missing_in(before, after, Before);
    causes.extend(missing_in(after, before, After));
    causes
}
