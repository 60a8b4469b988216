//! Waivers: who accepts which gap, why, and until when

mod read;

use jiff::civil::Date;

use crate::finding::{Report, Requirement, Waived, WaivedBy};
use crate::iam::wildcard::{Glob, covers, tokenize};
use crate::source::{Location, Problem};

use super::Lack;

pub use read::syntax_errors;

/// All waivers of a run
#[derive(Debug, Default)]
pub struct Waivers {
    /// Those that can be used
    pub(super) sound: Vec<Waiver>,
    /// What is wrong with the others; they waive nothing
    pub(super) malformed: Vec<Problem>,
}

impl Waivers {
    /// Adds those of another file
    pub fn extend(&mut self, others: Self) {
        self.sound.extend(others.sound);
        self.malformed.extend(others.malformed);
    }

    /// Whether there are none, not even malformed ones
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sound.is_empty() && self.malformed.is_empty()
    }
}

/// One waiver: the rows it is about, and who answers for it
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    pub(super) about: About,
    pub(super) owner: String,
    pub(super) reason: String,
    /// The last day on which it holds
    pub(super) expires: Date,
    pub(super) location: Location,
}

/// The rows that a waiver is about: all that is named has to fit
#[derive(Debug, Clone, PartialEq)]
pub(super) struct About {
    pub(super) id: Option<String>,
    pub(super) action: Option<Glob>,
    pub(super) resource: Option<Glob>,
    pub(super) actor: Option<Glob>,
    pub(super) principal: Option<Glob>,
    pub(super) operation: Option<String>,
    pub(super) lack: Lack,
}

impl About {
    /// Whether it is about this operation and this principal at all
    pub(super) fn concerns(&self, report: &Report) -> bool {
        let fits = |pattern: &Option<Glob>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.matches(text));
        self.operation.as_ref().is_none_or(|operation| *operation == report.operation)
            && fits(&self.principal, &report.principal.arn)
    }

    /// Whether it names this row, whatever its decision
    ///
    /// A row that stands for several resources is named only by a pattern that covers them all.
    pub(super) fn names(&self, row: &Requirement) -> bool {
        let id = row.id.split('#').next().unwrap_or_default();
        self.id.as_ref().is_none_or(|own| own == id)
            && self.action.as_ref().is_none_or(|action| action.matches(&row.action.to_ascii_lowercase()))
            && self.actor.as_ref().is_none_or(|actor| actor.matches(&row.actor))
            && self.resource.as_ref().is_none_or(|resource| covers(resource.tokens(), &tokenize(&row.resource, false)))
    }
}

impl Waiver {
    pub(super) fn waived(&self) -> Waived {
        let by = WaivedBy::Waiver {
            owner: self.owner.clone(),
            reason: self.reason.clone(),
            expires: self.expires.to_string(),
        };
        Waived { by, location: self.location.clone() }
    }
}
