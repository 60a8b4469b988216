//! What became of one need's resources

use crate::evaluate::Decision;
use crate::finding::{DecidedBy, LineText};
use crate::need::Strength;

use super::cause::{self, Cause};
use super::cells::Cell;
use super::sentence;
use super::side::Row;

/// A difference between the two sides
#[derive(Debug, Clone)]
pub struct Change {
    /// What kind
    pub class: Class,
    /// Whether it is for the worse or the better; `None` for neither
    pub direction: Option<Direction>,
    /// Whether it is certain; rows of reports may hide which resources they stand for
    pub sure: bool,
    /// Whether it counts: only what must be allowed on one side at least does
    pub counts: bool,
    /// The need's id
    pub need: String,
    /// Who needs it
    pub actor: String,
    /// The action
    pub action: String,
    /// On what
    pub resource: String,
    /// How many resources; of a key the objects whose key it is
    pub count: u64,
    /// Some of them, when there are several
    pub examples: Vec<String>,
    /// Why it is needed
    pub because: String,
    /// How it was decided
    pub before: Option<State>,
    /// How it is decided
    pub after: Option<State>,
    /// The statements behind the change
    pub causes: Vec<Cause>,
    /// The change in one sentence
    pub sentence: String,
}

/// The kinds of changes, the gravest first
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Decided worse than before
    Worse,
    /// Needed now, and not before
    Added,
    /// Decided better than before
    Better,
    /// No longer needed
    Removed,
    /// Decided as before, for another reason
    Reason,
}

impl Class {
    /// One word
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Added => "added",
            Self::Better => "better",
            Self::Removed => "removed",
            Self::Reason => "reason",
        }
    }
}

/// Which way a change goes
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To something worse
    Worse,
    /// To something better
    Better,
}

/// How a row is decided on one side
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The resource as that side names it
    pub resource: String,
    /// How strongly it is needed there
    pub strength: Strength,
    /// The decision
    pub decision: Decision,
    /// What decided
    pub decided_by: Vec<DecidedBy>,
    /// What would settle it
    pub missing: Vec<String>,
}

/// How bad rows of one need are, from 0
pub(super) type Scale = fn(&Row) -> u8;

/// The scale of a need: where some rows must be allowed, one that need not is as good as one that is; where none
/// must, they are compared among their like
pub(super) fn scale(rows: (&[&Row], &[&Row])) -> Scale {
    let must = |row: &&Row| row.strength == Strength::Must;
    if rows.0.iter().chain(rows.1).any(must) {
        |row| if row.strength == Strength::Must { decided(row.decision) } else { 0 }
    } else {
        |row| decided(row.decision)
    }
}

fn decided(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 0,
        Decision::Undetermined => 1,
        Decision::ExplicitDeny | Decision::ImplicitDeny => 2,
    }
}

impl Change {
    /// What a cell's resources went through, `None` when nothing changed for them
    pub(super) fn of(cell: &Cell, rows: (&[&Row], &[&Row]), lines: LineText<'_>) -> Option<Self> {
        let before = cell.before.and_then(|number| rows.0.get(number)).copied();
        let after = cell.after.and_then(|number| rows.1.get(number)).copied();
        let named = after.or(before)?;
        let must = [before, after].into_iter().flatten().any(|row| row.strength == Strength::Must);
        let scale = scale(rows);
        let level = |row: Option<&Row>| row.map_or(0, scale);
        let direction = match level(before).cmp(&level(after)) {
            std::cmp::Ordering::Less => Some(Direction::Worse),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Direction::Better),
        };
        let class = match (before, after, direction) {
            (None, _, _) => Class::Added,
            (_, None, _) => Class::Removed,
            (_, _, Some(Direction::Worse)) => Class::Worse,
            (_, _, Some(Direction::Better)) => Class::Better,
            (Some(before), Some(after), None) if before.decision == after.decision && before.alike(after) => {
                return None;
            }
            _ => Class::Reason,
        };
        let sure = match direction {
            Some(Direction::Worse) => cell.surely_worse,
            Some(Direction::Better) => cell.surely_better,
            None => true,
        };
        let causes = cause::of(class, before, after, lines);
        let sentence = sentence::of(class, before, after, &causes);
        Some(Self {
            class,
            direction,
            sure,
            counts: must,
            need: named.need.clone(),
            actor: named.actor.clone(),
            action: named.action.clone(),
            resource: cell.resource.clone(),
            count: cell.count,
            examples: cell.examples.clone(),
            because: named.because.clone(),
            before: before.map(State::from),
            after: after.map(State::from),
            causes,
            sentence,
        })
    }

    /// The order of changes: what got worse and counts first
    pub(super) fn rank(&self) -> (bool, u8, Class) {
        let way = match self.direction {
            Some(Direction::Worse) => 0,
            Some(Direction::Better) => 1,
            None => 2,
        };
        (!self.counts, way, self.class)
    }
}

impl From<&Row> for State {
    fn from(row: &Row) -> Self {
        Self {
            resource: row.resource.clone(),
            strength: row.strength,
            decision: row.decision,
            decided_by: row.decided_by.clone(),
            missing: row.missing.clone(),
        }
    }
}

impl Row {
    /// Whether strength, key, deciding parts and what is missing are the same; statements may stand elsewhere
    pub(super) fn alike(&self, other: &Self) -> bool {
        let same = |(one, other): (&DecidedBy, &DecidedBy)| cause::same_part(one, other) && one.effect == other.effect;
        let is_object = |row: &Self| row.resource.contains(":s3:::");
        self.strength == other.strength
            && (self.resource == other.resource || (is_object(self) && is_object(other)))
            && self.missing == other.missing
            && self.decided_by.len() == other.decided_by.len()
            && self.decided_by.iter().zip(&other.decided_by).all(same)
    }
}
