//! Rows that share one answer: where each resource has a row of its own, the page shows them as one with their names
//!
//! Twenty thousand rows of a few kilobytes each would be a page that nobody can open. They share their decision, their
//! reasons and their way, so nothing is lost but repetition; names are listed as long as there is room, and what is
//! left out is counted.

use std::sync::Arc;

use super::text::{Text, common_folder};
use crate::finding::Requirement;

/// Bytes that the names of all rows may take
const ALL_NAMES: usize = 600_000;

/// Rows with one answer
pub(super) struct Group<'r> {
    pub(super) rows: &'r [Requirement],
}

/// The resources of a group
pub(super) struct Members {
    /// What all the names begin with
    pub(super) folder: Text,
    pub(super) names: Vec<Text>,
    /// How many more there are
    pub(super) left_out: usize,
    /// The anchor of an earlier row with the same resources, which has the names
    pub(super) same_as: Option<String>,
    pub(super) count: usize,
}

/// Puts neighbours together that share their way and all that is said of them
pub(super) fn groups(rows: &[Requirement]) -> Vec<Group<'_>> {
    rows.chunk_by(share_answer).map(|rows| Group { rows }).collect()
}

fn share_answer(one: &Requirement, other: &Requirement) -> bool {
    let shared = matches!((&one.way, &other.way), (Some(one), Some(other)) if Arc::ptr_eq(one, other));
    shared && one.decision == other.decision && one.need == other.need && one.waived == other.waived
}

/// Lists names while there is room
#[derive(Default)]
pub(super) struct Names<'r> {
    used: usize,
    /// The lists so far, each with the anchor of its row
    listed: Vec<(Vec<&'r str>, String)>,
}

impl<'r> Names<'r> {
    /// The members of a group of several rows
    pub(super) fn of(&mut self, group: &Group<'r>, anchor: &str) -> Option<Members> {
        if group.rows.len() < 2 {
            return None;
        }
        let all: Vec<&'r str> = group.rows.iter().map(|row| row.resource.as_str()).collect();
        let folder = common_folder(&all);
        let same_as = self.listed.iter().find(|(names, _)| *names == all).map(|(_, anchor)| anchor.clone());
        let mut names = Vec::new();
        if same_as.is_none() {
            for name in &all {
                let name = name.get(folder.len()..).unwrap_or(name);
                if self.used + name.len() > ALL_NAMES {
                    break;
                }
                self.used += name.len() + 1;
                names.push(Text::of(name));
            }
        }
        let left_out = if same_as.is_some() { 0 } else { all.len() - names.len() };
        let members = Members { folder: Text::of(folder), names, left_out, same_as, count: all.len() };
        self.listed.push((all, anchor.to_owned()));
        Some(members)
    }
}
