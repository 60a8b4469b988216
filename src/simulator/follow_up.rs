//! Denials asked about again, without the policies that may be in the way
//!
//! An organization's denial ends the simulation and names no statement, and neither does a boundary's. Left out, the
//! other layers show: what is then allowed was denied by the layer left out, and what is not has a further gap.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Organizations, Simulated};
use super::ask::Ask;
use super::outcome::Answers;
use super::plan::{Exclusion, PlannedCall, plan};

/// At most this many calls are made to name layers
const LIMIT: usize = 8;

/// The calls that name the denying layers
#[must_use]
pub fn follow_ups(answers: &Answers) -> Vec<PlannedCall> {
    let mut by_exclusion: BTreeMap<Vec<Exclusion>, BTreeSet<Ask>> = BTreeMap::new();
    for (ask, answer) in answers.iter() {
        let Ok(simulated) = answer else { continue };
        let exclusions = in_the_way(simulated);
        if simulated.is_denied() && !exclusions.is_empty() {
            by_exclusion.entry(exclusions).or_default().insert(ask.clone());
        }
    }
    let calls = by_exclusion.iter().flat_map(|(exclusions, asks)| plan(asks, exclusions));
    calls.take(LIMIT).collect()
}

/// The layers that an answer says are in the way
fn in_the_way(simulated: &Simulated) -> Vec<Exclusion> {
    let scp = matches!(simulated.organizations, Organizations::Deny | Organizations::DenySome);
    let boundary = simulated.result.boundary == Some(false);
    let candidates = [(scp, Exclusion::Scp), (boundary, Exclusion::Boundary)];
    candidates.into_iter().filter_map(|(is, exclusion)| is.then_some(exclusion)).collect()
}
