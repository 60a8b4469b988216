//! What a gate makes of a report: who accepts which gap, what fails the run, and by whose word

use std::fmt;

use crate::source::Location;

use super::{Report, Verdict};

/// Who accepts a row although it is not allowed; its decision stays what it is
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived {
    /// A person's waiver, or the list of gaps known before
    pub by: WaivedBy,
    /// Where the waiver or the entry of the baseline stands
    pub location: Location,
}

/// The two ways to accept a gap
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaivedBy {
    /// A waiver
    Waiver {
        /// Who answers for it
        owner: String,
        /// Why
        reason: String,
        /// The last day on which it holds, `2026-12-31`
        expires: String,
    },
    /// The baseline: the gap was there before
    Baseline,
}

impl WaivedBy {
    /// `waiver` or `baseline`
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiver { .. } => "waiver",
            Self::Baseline => "baseline",
        }
    }
}

impl fmt::Display for Waived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.by {
            WaivedBy::Waiver { owner, reason, expires } => {
                write!(f, "waived by {owner} until {expires}: {reason} ({})", self.location)
            }
            WaivedBy::Baseline => write!(f, "known from the baseline ({})", self.location),
        }
    }
}

/// What decides the verdict besides the rows
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The service would reject the request whatever the permissions
    pub rejected: bool,
    /// Something that the request needs is not modelled, or a precondition could not be checked
    pub incomplete: bool,
    /// The facts are older than the gate allows, or nobody knows how old they are
    pub stale: bool,
}

/// What makes a run fail
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailOn {
    /// What is denied, and a request that the service would reject
    Denied,
    /// What cannot be decided
    Undetermined,
    /// Either of the two
    #[default]
    Any,
    /// Nothing
    None,
}

impl FailOn {
    /// The word of the command line
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Undetermined => "undetermined",
            Self::Any => "any",
            Self::None => "none",
        }
    }
}

/// How a gated run ends (the exit codes of contract section 2 follow from it)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing fails
    Passed,
    /// Something denied fails
    Denied,
    /// Nothing denied fails, but something that cannot be decided
    Undetermined,
    /// AWS could not be asked what had to be asked
    Unchecked,
    /// There was nothing to check
    Nothing,
}

impl Ending {
    /// `passed`, `denied`, `undetermined`, `unchecked` or `nothing`
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Denied => "denied",
            Self::Undetermined => "undetermined",
            Self::Unchecked => "unchecked",
            Self::Nothing => "nothing",
        }
    }
}

/// What a gate made of the report
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// How the run ends; `--exit-zero` comes after it
    pub ending: Ending,
    /// The verdict if nothing were waived and nothing were known before
    pub unwaived: Verdict,
    /// What was to fail the run
    pub fail_on: FailOn,
    /// Whether warnings and permissions that should be there were to fail it too
    pub strict: bool,
    /// Rows that the baseline accepts, among those that the summary counts as waived
    pub known: usize,
    /// What fails the run, one sentence each
    pub failures: Vec<String>,
    /// What does not fail it although it is not allowed, and why not, one sentence each
    pub let_pass: Vec<String>,
    /// The moment that ages and last days were counted from, where it was given by hand
    pub as_of: Option<String>,
    /// The configuration file that was read
    pub configuration: Option<String>,
    /// What was set by a file or the environment
    pub settings: Vec<Setting>,
}

impl Gate {
    /// What fails the run, what does not although it is not allowed, and the moment given by hand, one sentence each
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let fails = self.failures.iter().map(|failure| format!("fails: {failure}"));
        let passes = self.let_pass.iter().map(|passed| format!("let pass: {passed}"));
        let moment = self.as_of.iter().map(|moment| format!("as of {moment}, which --as-of has set"));
        fails.chain(passes).chain(moment).collect()
    }
}

impl Report {
    /// The verdict for a headline: `ready, 2 waived, but the gate fails`
    #[must_use]
    pub fn headline(&self) -> String {
        let waived = match self.summary.waived {
            0 => String::new(),
            waived => format!(", {waived} waived"),
        };
        let fails = self.gate.as_ref().is_some_and(|gate| gate.ending != Ending::Passed);
        let but = if fails && self.verdict == Verdict::Ready { ", but the gate fails" } else { "" };
        format!("{}{waived}{but}", self.verdict.word())
    }
}

/// A flag that was not set on the command line
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as after `--`
    pub flag: String,
    /// Its values
    pub values: Vec<String>,
    /// What set it
    pub by: SetBy,
}

/// What set a flag
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetBy {
    /// A configuration file, there
    File(Location),
    /// A variable of the environment
    Environment(String),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} (", self.flag, self.values.join(", "))?;
        match &self.by {
            SetBy::File(location) => write!(f, "{location})"),
            SetBy::Environment(name) => write!(f, "{name})"),
        }
    }
}
