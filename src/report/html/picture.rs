//! The way of a permission as a picture: a line through the layers, and where it ends

use crate::evaluate::{Decision, Layer};
use crate::finding::{Requirement, StepOutcome};

/// Layers from left to right, with their labels
const COLUMNS: [(Layer, &str); 8] = [
    (Layer::Scp, "SCP"),
    (Layer::Rcp, "RCP"),
    (Layer::Boundary, "boundary"),
    (Layer::Session, "session"),
    (Layer::Identity, "identity"),
    (Layer::Resource, "resource"),
    (Layer::Grant, "grant"),
    (Layer::Vpce, "endpoint"),
];
/// From one layer to the next
const PITCH: usize = 58;
const FIRST: usize = 34;

/// What is drawn
pub(super) struct Picture {
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
    /// Where the line ends, with the sign of the decision
    pub(super) end: usize,
    pub(super) sign: &'static str,
    pub(super) width: usize,
}

/// A layer
pub(super) struct Node {
    pub(super) x: usize,
    pub(super) symbol: &'static str,
    pub(super) label: &'static str,
}

/// A part of the line
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: &'static str,
}

/// The name of the symbol for what a layer does
pub(super) fn symbol(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Allows => "allows",
        StepOutcome::Delegates => "delegates",
        StepOutcome::Nothing => "nothing",
        StepOutcome::Silent => "silent",
        StepOutcome::Immaterial => "immaterial",
        StepOutcome::Open => "open",
        StepOutcome::Lacks => "lacks",
        StepOutcome::Denies => "denies",
    }
}

/// The sign of a decision; it tells as much as its colour
pub(super) fn sign(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allowed",
        Decision::ExplicitDeny | Decision::ImplicitDeny => "denied",
        Decision::Undetermined => "undetermined",
    }
}

/// Draws the way of a row
///
/// The line is whole only where the decision is `allowed`. It ends at the first layer that stops it; where the decision
/// stays open it is broken from the first open layer on, or from the start where no layer is what is open.
pub(super) fn of(row: &Requirement) -> Picture {
    let steps = row.way.as_ref().map(|way| way.steps.as_slice()).unwrap_or_default();
    let service = steps.iter().any(|step| step.layer == Layer::Service);
    let columns = COLUMNS.iter().copied().chain(service.then_some((Layer::Service, "service")));
    let mut nodes = Vec::new();
    let (mut stop, mut open) = (None, None);
    let mut x = FIRST;
    for (layer, label) in columns {
        if let Some(step) = steps.iter().find(|step| step.layer == layer) {
            nodes.push(Node { x, symbol: symbol(step.outcome), label });
            stop = stop.or(step.outcome.stops().then_some(x));
            open = open.or((step.outcome == StepOutcome::Open).then_some(x));
        }
        x += PITCH;
    }
    let parts: &[(usize, usize, &'static str)] = &match row.decision {
        Decision::Allowed => [(0, x, "go"), (x, x, "go")],
        Decision::Undetermined => [(0, open.unwrap_or(0), "go"), (open.unwrap_or(0), x, "maybe")],
        _ => [(0, stop.unwrap_or(0), "go"), (stop.unwrap_or(0), x, "cut")],
    };
    let lines = parts.iter().filter(|(from, to, _)| from < to);
    let lines = lines.map(|&(from, to, kind)| Line { from: from.max(8), to, kind }).collect();
    Picture { nodes, lines, end: x, sign: sign(row.decision), width: x + FIRST }
}
