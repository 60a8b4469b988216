//! The table of all needed permissions

use crate::evaluate::Decision;
use crate::finding::{DecidedBy, Requirement, Waived, WaivedBy};
use crate::need::Strength;
use crate::report::Style;
use crate::report::lack::resources;
use crate::report::paint::Ink;
use crate::report::table::{Layout, PADDING, border_width};
use crate::report::text::shorten;

/// From here on what decided has a column of its own
const WIDE: usize = 80;
/// `? undetermined`, the longest mark
const MARK: usize = 14;
/// The table: the mark with the decision, the permission, what decided
pub(super) fn overview(rows: &[Requirement], style: Style) -> String {
    let wide = style.columns() >= WIDE;
    let columns = if wide { 3 } else { 2 };
    let room = style.columns() - border_width(columns) - columns * PADDING - MARK;
    let by = if wide { longest_decider(rows, style).clamp("decided by".len(), room * 2 / 5) } else { 0 };
    let mut titles = vec![("decision", MARK), ("permission", room - by)];
    if wide {
        titles.push(("decided by", by));
    }
    let mut layout = Layout::new(style, &titles);
    for row in rows {
        let (mark, ink) = mark(row.decision);
        let mut permission = permission_lines(&Permission::from(row), room - by, style);
        let mut deciders = deciders(row, style);
        if wide && !style.expand {
            deciders = deciders.iter().map(|line| shorten(line, by).into_owned()).collect();
        }
        let mut decision = vec![mark.to_owned()];
        decision.extend(row.waived.as_ref().map(|waived| format!("  {}", accepted(waived))));
        let mut cells = vec![decision];
        if wide {
            cells.extend([permission, deciders]);
        } else {
            permission.extend(deciders.into_iter().map(|decider| format!("by {decider}")));
            cells.push(permission);
        }
        layout.row(ink, &cells);
    }
    layout.render(style)
}

fn mark(decision: Decision) -> (&'static str, Ink) {
    match decision {
        Decision::Allowed => ("✓ allowed", Ink::Good),
        Decision::ExplicitDeny => ("✗ explicitDeny", Ink::Bad),
        Decision::ImplicitDeny => ("✗ implicitDeny", Ink::Bad),
        Decision::Undetermined => ("? undetermined", Ink::Open),
    }
}

/// How a row that is not allowed came to be accepted
fn accepted(waived: &Waived) -> &'static str {
    match waived.by {
        WaivedBy::Waiver { .. } => "waived",
        WaivedBy::Baseline => "known",
    }
}

/// The parts of a row that say what is needed
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permission<'r> {
    pub(crate) actor: &'r str,
    pub(crate) action: &'r str,
    pub(crate) resource: &'r str,
    pub(crate) count: u64,
    pub(crate) need: Strength,
    /// `generated` where names alone say that it is needed
    pub(crate) origin: Option<&'static str>,
}

impl<'r> From<&'r Requirement> for Permission<'r> {
    fn from(row: &'r Requirement) -> Self {
        let Requirement { actor, action, resource, resource_count: count, need, .. } = row;
        Self { actor, action, resource, count: *count, need: *need, origin: row.origin() }
    }
}

/// The action, and under it the resource, cut to the room there is
pub(crate) fn permission_lines(permission: &Permission<'_>, room: usize, style: Style) -> Vec<String> {
    let qualified = [
        (permission.need != Strength::Must).then(|| permission.need.word()),
        permission.origin,
        (permission.actor != "caller").then_some(permission.actor),
    ];
    let qualified: Vec<&str> = qualified.into_iter().flatten().collect();
    let action = match qualified.as_slice() {
        [] => permission.action.to_owned(),
        words => format!("{} ({})", permission.action, words.join(", ")),
    };
    let count = resources(permission.resource, permission.count).map(|count| format!(" ({count})")).unwrap_or_default();
    let room = if style.expand { usize::MAX } else { room.saturating_sub(count.len()) };
    vec![action, format!("{}{count}", shorten(permission.resource, room))]
}

/// The first that decided, in at most two lines, and how many more there are; with `expand` all of them
fn deciders(row: &Requirement, style: Style) -> Vec<String> {
    if style.expand {
        return row.decided_by.iter().flat_map(decider).collect();
    }
    let mut lines: Vec<String> = row.decided_by.first().map(decider).unwrap_or_default();
    let more = row.decided_by.len().saturating_sub(1);
    if more > 0 {
        match lines.as_mut_slice() {
            [_, sid] => *sid = format!("{sid}, {more} more"),
            _ => lines.push(format!("{more} more")),
        }
    }
    lines
}

/// `layer: policy`, then the statement's Sid
fn decider(by: &DecidedBy) -> Vec<String> {
    let layer = by.layer.word();
    let mut lines = vec![if by.policy.is_empty() { layer.to_owned() } else { format!("{layer}: {}", by.policy) }];
    if !by.sid.is_empty() {
        lines.push(by.sid.clone());
    }
    lines
}

fn longest_decider(rows: &[Requirement], style: Style) -> usize {
    let lines = rows.iter().flat_map(|row| deciders(row, style));
    lines.map(|line| line.chars().count()).max().unwrap_or(0)
}
