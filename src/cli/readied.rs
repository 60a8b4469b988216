//! A check made ready: from AWS or from a snapshot

use crate::source::Location;

use super::args::{CheckArgs, Mode};
use super::preflight::{Keep, Planned, Prepared};
use super::{Failure, live, terminal};

/// A check's request, everything that its decisions rest on, and what live mode gathered for it
pub(super) struct Readied {
    pub(super) planned: Planned,
    pub(super) prepared: Prepared,
    gathered: Option<live::Gathered>,
}

impl Readied {
    /// From AWS or, offline and where one is given, from a snapshot; and what was to be kept of objects
    pub(super) fn for_check(args: &CheckArgs, keep: Keep) -> Result<Self, Failure> {
        if args.account.mode == Mode::Offline || args.account.snapshot.is_some() {
            let (planned, prepared) = Planned::for_check(args, keep)?;
            return Ok(Self { planned, prepared, gathered: None });
        }
        let (planned, prepared, gathered) = live::gathered(live::Wish::of(args), keep)?;
        Ok(Self { planned, prepared, gathered: Some(gathered) })
    }

    /// The text of a line of a file or of what AWS sent
    pub(super) fn source_line(&self, location: &Location) -> Option<String> {
        self.gathered_line(location).or_else(|| terminal::source_line(location))
    }

    /// The text of a line of what AWS sent
    pub(super) fn gathered_line(&self, location: &Location) -> Option<String> {
        self.gathered.as_ref().and_then(|gathered| gathered.line(location))
    }
}
