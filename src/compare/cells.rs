//! Which resources of one need went from which row to which: the cells of a table with a row of each side

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::iam::wildcard::Glob;

use super::overlap::overlaps;
use super::side::Row;

/// How many members of a cell are named
const EXAMPLES: usize = 5;

/// Resources that share one row before and one row after
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The row before, `None` where the need is new
    pub(super) before: Option<usize>,
    /// The row after, `None` where it is gone
    pub(super) after: Option<usize>,
    /// What they are, as one name
    pub(super) resource: String,
    /// How many
    pub(super) count: u64,
    /// Some of them
    pub(super) examples: Vec<String>,
    /// Whether a step to a worse row is certain; where it is not, no resource may have taken it
    pub(super) surely_worse: bool,
    /// The same for a step to a better row
    pub(super) surely_better: bool,
}

/// All cells of one need
pub(super) struct Cells {
    pub(super) all: Vec<Cell>,
    /// Whether rows that stand for several unnamed resources were taken to be the same
    pub(super) grouped: bool,
    /// Whether something got worse for certain, though it may not be certain which of the steps
    pub(super) grown: bool,
}

/// The cells of the rows of one need
pub(super) fn cells(before: &[&Row], after: &[&Row]) -> Cells {
    match (named(before), named(after)) {
        (Some(named_before), Some(named_after)) => {
            let cells = exact(&named_before, &named_after);
            let cells = cells.into_iter().map(|(rows, members)| cell(rows, &members, (before, after)));
            Cells { all: cells.collect(), grouped: false, grown: false }
        }
        _ => overlaps(before, after),
    }
}

/// Each resource with the number of its row; `None` where some are not named, or two rows name the same
fn named<'r>(rows: &[&'r Row]) -> Option<Vec<(&'r str, usize)>> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for (number, row) in rows.iter().enumerate() {
        if row.members.is_empty() && row.count != 1 {
            return None;
        }
        let own = std::slice::from_ref(&row.resource);
        let members = if row.members.is_empty() { own } else { row.members.as_slice() };
        for member in members {
            if !seen.insert(member.as_str()) {
                return None;
            }
            all.push((member.as_str(), number));
        }
    }
    Some(all)
}

/// A row of each side, `None` where there is none
pub(super) type Pair = (Option<usize>, Option<usize>);

/// The resources of each pair of rows
fn exact<'r>(before: &[(&'r str, usize)], after: &[(&'r str, usize)]) -> BTreeMap<Pair, Vec<&'r str>> {
    let later: HashMap<&str, usize> = after.iter().copied().collect();
    let earlier: HashSet<&str> = before.iter().map(|(member, _)| *member).collect();
    let mut cells: BTreeMap<Pair, Vec<&str>> = BTreeMap::new();
    for (member, row) in before {
        cells.entry((Some(*row), later.get(member).copied())).or_default().push(member);
    }
    for (member, row) in after.iter().filter(|(member, _)| !earlier.contains(member)) {
        cells.entry((None, Some(*row))).or_default().push(member);
    }
    cells
}

fn cell((row_before, row_after): Pair, members: &[&str], (before, after): (&[&Row], &[&Row])) -> Cell {
    let old = row_before.and_then(|row| before.get(row));
    let row = row_after.and_then(|row| after.get(row)).or(old);
    let resource = row.map(|row| resource(row, members)).unwrap_or_default();
    let many = members.len() > 1;
    Cell {
        before: row_before,
        after: row_after,
        resource,
        count: members.len() as u64,
        examples: members.iter().take(if many { EXAMPLES } else { 0 }).map(|member| (*member).to_owned()).collect(),
        surely_worse: true,
        surely_better: true,
    }
}

/// The members' name: the row's own where it stands for all of them, for an object its ARN, else a pattern
fn resource(row: &Row, members: &[&str]) -> String {
    let whole = members.len() as u64 == row.count && row.members.len() == members.len();
    let is_key = row.members.first().is_some_and(|member| !Glob::parse(&row.resource).matches(member));
    match members {
        _ if whole || is_key || row.members.is_empty() => row.resource.clone(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => {
            let prefix = rest.iter().fold(*first, |prefix, other| common(prefix, other));
            format!("{}*", escaped(prefix))
        }
        [] => row.resource.clone(),
    }
}

/// What both texts begin with
fn common<'t>(one: &'t str, other: &str) -> &'t str {
    let differs = one.char_indices().zip(other.chars()).find(|((_, own), other)| own != other);
    let end = differs.map_or(one.len().min(other.len()), |((at, _), _)| at);
    one.get(..end).unwrap_or_default()
}

/// A text in which wildcard characters stand for themselves
fn escaped(text: &str) -> String {
    text.replace('$', "${$}").replace('*', "${*}").replace('?', "${?}")
}
