//! Needs of which one is enough: the caller's permission or a role's

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::Decision;
use crate::need::{Need, Strength};

use super::Requirement;

/// How a row of the catalog that is an alternative turned out
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Denied,
    Open,
    Allowed,
}

/// The rows of all needs; of alternatives only what stands in the way keeps its strength
///
/// The alternatives of one label are the rows of the catalog that carry it: one counts as allowed when all that it
/// needs is allowed, and when it needs anything. Once one is allowed the others only advise; while one is open, those
/// that are denied do.
pub(super) fn settled(judged: &[(&Need, Vec<Requirement>)]) -> Vec<Requirement> {
    let mut answers: BTreeMap<&str, BTreeMap<&str, Answer>> = BTreeMap::new();
    for (need, rows) in judged {
        let Some(label) = &need.any_of else { continue };
        for row in rows {
            let own = answer(row.decision);
            let known = answers.entry(label).or_default().entry(base(&need.id)).or_insert(own);
            *known = worse(*known, own);
        }
    }
    let mut lesser: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut together: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (label, rows) in &answers {
        let best = [Answer::Allowed, Answer::Open].into_iter().find(|best| rows.values().any(|own| own == best));
        match best {
            Some(best) => lesser.extend(rows.iter().filter(|(_, own)| **own != best).map(|(id, _)| (*label, *id))),
            None => {
                together.insert(label, rows.keys().copied().collect());
            }
        }
    }
    let mut all = Vec::new();
    for (need, rows) in judged {
        let label = need.any_of.as_deref().unwrap_or_default();
        for row in rows {
            let mut row = row.clone();
            if lesser.contains(&(label, base(&need.id))) {
                row.need = Strength::Advisory;
            }
            if let (Some(ids), Some(gap)) = (together.get(label).filter(|ids| ids.len() > 1), row.gap.as_mut()) {
                gap.help.push(format!("one of these rows is enough: {}", ids.join(", ")));
            }
            all.push(row);
        }
    }
    all
}

fn answer(decision: Decision) -> Answer {
    match decision {
        Decision::Allowed => Answer::Allowed,
        Decision::Undetermined => Answer::Open,
        Decision::ExplicitDeny | Decision::ImplicitDeny => Answer::Denied,
    }
}

fn worse(one: Answer, other: Answer) -> Answer {
    match (one, other) {
        (Answer::Denied, _) | (_, Answer::Denied) => Answer::Denied,
        (Answer::Open, _) | (_, Answer::Open) => Answer::Open,
        _ => Answer::Allowed,
    }
}

/// The id of the catalog's row behind a need: several needs of one row carry numbers
fn base(id: &str) -> &str {
    match id.rsplit_once('.') {
        Some((base, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => base,
        _ => id,
    }
}
