//! Cells of rows whose resources are not named: patterns that may share resources, and counts
//!
//! What got worse for certain is told by counting: of the resources of a row, at most as many can come from rows
//! that were as bad as those rows stand for. Where counting does not tell, a step is marked as not certain.

use crate::need::Strength;

use super::cells::{Cell, Cells};
use super::change::{Scale, scale};
use super::side::Row;

/// Every pair of rows that may share a resource
pub(super) fn overlaps(before: &[&Row], after: &[&Row]) -> Cells {
    let (pairs, open_before, open_after) = same(before, after);
    let mut cells = Cells { all: Vec::new(), grouped: !pairs.is_empty(), grown: false };
    for (old, new) in pairs {
        cells.add((Some(old), Some(new)), after.get(new), None, SURE);
    }
    let open =
        Open { before: rows(&open_before, before), after: rows(&open_after, after), level: scale((before, after)) };
    cells.grown = open.grew();
    for (new, row) in &open.after {
        let sources = mates(row, &open.before);
        let worse = open.outgrows(row, &sources);
        for (old, source) in &sources {
            let better = open.outgrows(source, &mates(source, &open.after));
            cells.add((Some(*old), Some(*new)), Some(row), None, (worse, better));
        }
        cells.alone((None, Some(*new)), row, &sources, open.level);
    }
    for (old, row) in &open.before {
        cells.alone((Some(*old), None), row, &mates(row, &open.after), open.level);
    }
    cells
}

/// Whether a step to a worse row, and one to a better row, is certain
type Certain = (bool, bool);

const SURE: Certain = (true, true);

type Numbered<'r> = (usize, &'r Row);

/// The rows that have no twin
struct Open<'r> {
    before: Vec<Numbered<'r>>,
    after: Vec<Numbered<'r>>,
    level: Scale,
}

impl Open<'_> {
    /// Whether a row stands for more resources than all rows together that are as bad and may share them
    fn outgrows(&self, row: &Row, mates: &[Numbered<'_>]) -> bool {
        let as_bad = mates.iter().filter(|(_, mate)| (self.level)(mate) >= (self.level)(row));
        row.count > as_bad.map(|(_, mate)| mate.count).sum()
    }
}

impl Open<'_> {
    /// Whether all rows together stand for more resources that are this bad, or worse, than before
    fn grew(&self) -> bool {
        let as_bad = |rows: &[Numbered<'_>], least: u8| -> u64 {
            let counted = rows.iter().filter(|(_, row)| row.strength == Strength::Must && (self.level)(row) >= least);
            counted.map(|(_, row)| row.count).sum()
        };
        [1, 2].iter().any(|least| as_bad(&self.after, *least) > as_bad(&self.before, *least))
    }
}

impl Cells {
    fn add(&mut self, (before, after): super::cells::Pair, row: Option<&&Row>, count: Option<u64>, certain: Certain) {
        self.all.extend(row.map(|row| Cell {
            before,
            after,
            resource: row.resource.clone(),
            count: count.unwrap_or(row.count),
            examples: row.examples.clone(),
            surely_worse: certain.0,
            surely_better: certain.1,
        }));
    }

    /// Resources of a row that no row of the other side has: those for which there is no room there are certain;
    /// others may be such, which is worth a word where no better row of the other side says as much already
    fn alone(&mut self, rows: super::cells::Pair, row: &Row, mates: &[Numbered<'_>], level: Scale) {
        let room: u64 = mates.iter().map(|(_, mate)| mate.count).sum();
        let rest = row.count.saturating_sub(room);
        if rest > 0 {
            self.add(rows, Some(&row), Some(rest), SURE);
        } else if mates.iter().all(|(_, mate)| level(mate) >= level(row)) && level(row) > 0 {
            self.add(rows, Some(&row), None, (false, false));
        }
    }
}

fn rows<'r>(numbers: &[usize], rows: &[&'r Row]) -> Vec<Numbered<'r>> {
    numbers.iter().filter_map(|number| Some((*number, *rows.get(*number)?))).collect()
}

fn mates<'r>(row: &Row, others: &[Numbered<'r>]) -> Vec<Numbered<'r>> {
    others.iter().filter(|(_, other)| may_share(&row.resource, &other.resource)).copied().collect()
}

type Numbers = Vec<usize>;

/// Rows that are taken to be about the same resources, and the numbers of the others
fn same(before: &[&Row], after: &[&Row]) -> (Vec<(usize, usize)>, Numbers, Numbers) {
    let mut pairs = Vec::new();
    let mut open_after: Numbers = (0..after.len()).collect();
    let mut open_before: Numbers = Vec::new();
    for (number, row) in before.iter().enumerate() {
        let alike = |other: &Row| same_name(row, other) && row.decision == other.decision && row.alike(other);
        match open_after.iter().position(|other| after.get(*other).is_some_and(|other| alike(other))) {
            Some(index) => pairs.push((number, open_after.remove(index))),
            None => open_before.push(number),
        }
    }
    // Rows with one name that only one row of each side has; where several have it, nobody knows which is which.
    let named = |row: &Row, numbers: &Numbers, rows: &[&Row]| -> Numbers {
        numbers.iter().copied().filter(|number| rows.get(*number).is_some_and(|other| same_name(row, other))).collect()
    };
    let mut rest = Vec::new();
    for number in &open_before {
        let Some(row) = before.get(*number) else { continue };
        match (named(row, &open_before, before).as_slice(), named(row, &open_after, after).as_slice()) {
            ([_], [twin]) => {
                pairs.push((*number, *twin));
                open_after.retain(|other| other != twin);
            }
            _ => rest.push(*number),
        }
    }
    (pairs, rest, open_after)
}

fn same_name(one: &Row, other: &Row) -> bool {
    one.resource == other.resource && one.count == other.count && one.examples == other.examples
}

/// Whether two names, each an ARN, words or a pattern that ends with `*`, may mean the same resource
fn may_share(one: &str, other: &str) -> bool {
    let (one, one_open) = stem(one);
    let (other, other_open) = stem(other);
    match (one_open, other_open) {
        (false, false) => one == other,
        (true, false) => other.starts_with(one),
        (false, true) => one.starts_with(other),
        (true, true) => one.starts_with(other) || other.starts_with(one),
    }
}

/// The text before the first wildcard, and whether there is one
fn stem(name: &str) -> (&str, bool) {
    match name.find(['*', '?', '$']) {
        Some(at) => (name.get(..at).unwrap_or_default(), true),
        None => (name, false),
    }
}
