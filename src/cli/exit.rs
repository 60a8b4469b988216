//! Exit codes (contract section 2), the same for every output format

use std::process::ExitCode;

use crate::finding::{Ending, Verdict};

/// How a run ended
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything needed is allowed
    Ready,
    /// Something needed is denied, or the service would reject the request, or a check found a difference
    Blocked,
    /// Usage error or unreadable input: nothing was decided
    Unusable,
    /// Nothing denied, something undetermined
    Undetermined,
    /// AWS could not be asked what had to be asked
    Unchecked,
    /// There was nothing to check
    Nothing,
}

impl Exit {
    /// The exit for a verdict; `--exit-zero` turns the two bad verdicts into success
    #[must_use]
    pub fn of(verdict: Verdict, exit_zero: bool) -> Self {
        match verdict {
            _ if exit_zero => Self::Ready,
            Verdict::Ready => Self::Ready,
            Verdict::Blocked => Self::Blocked,
            Verdict::Undetermined => Self::Undetermined,
        }
    }

    /// The exit of a gated run; `--exit-zero` turns the two bad endings into success
    #[must_use]
    pub fn of_gate(ending: Ending, exit_zero: bool) -> Self {
        match ending {
            Ending::Passed => Self::Ready,
            Ending::Denied | Ending::Undetermined if exit_zero => Self::Ready,
            Ending::Denied => Self::Blocked,
            Ending::Undetermined => Self::Undetermined,
            Ending::Unchecked => Self::Unchecked,
            Ending::Nothing => Self::Nothing,
        }
    }

    /// The number
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::Blocked => 1,
            Self::Unusable => 2,
            Self::Undetermined => 3,
            Self::Unchecked => 4,
            Self::Nothing => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
