//! What a check is held to

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::finding;
use crate::gate::{AsOf, MaxAge};

use super::CheckArgs;

const GATE_EXAMPLES: &str = "\
Examples:
  Fail on what is denied, let pass what cannot be decided:
    iam-preflight check request.json --principal ROLE --snapshot account --fail-on denied

  Fail on everything that is left open, with facts of this week and gaps that somebody answers for:
    iam-preflight check request.json --principal ROLE --snapshot account \\
        --strict --max-age 7d --waivers waivers.toml

Every flag can stand in preflight.toml and in the environment (IAM_PREFLIGHT_FAIL_ON): docs/gate.md.

Exit codes: 0 ready, 1 blocked, 2 unusable input, 3 undetermined, 4 could not check, 5 nothing to check.";

/// Arguments of `check`
#[derive(Debug, Args)]
#[command(after_help = GATE_EXAMPLES)]
pub struct GatedArgs {
    #[command(flatten)]
    pub(crate) check: CheckArgs,
    #[command(flatten)]
    pub(crate) gate: GateArgs,
}

/// What a check is held to
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GateArgs {
    /// What fails the run, by default either; what does not is named all the same
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) fail_on: Option<FailOn>,
    /// Let warnings and permissions that should be there fail the run too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Waivers (TOML): gaps that somebody accepts, each with owner, reason and last day
    #[arg(long, value_name = "FILE")]
    pub(crate) waivers: Vec<PathBuf>,
    /// Known gaps, which do not fail the run
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the gaps of this run as a baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// How old the facts may be, such as 12h or 7d; beyond that no verdict is `ready`
    #[arg(long, value_name = "AGE")]
    pub(crate) max_age: Option<MaxAge>,
    /// The date or moment to count ages and last days from, by default now; for replays, and named in the report
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<AsOf>,
}

/// What fails the run
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// What is denied, and a request that the service would reject
    Denied,
    /// What cannot be decided
    Undetermined,
    /// Either
    Any,
    /// Nothing: exit 0, as with --exit-zero
    None,
}

impl From<FailOn> for finding::FailOn {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Denied => Self::Denied,
            FailOn::Undetermined => Self::Undetermined,
            FailOn::Any => Self::Any,
            FailOn::None => Self::None,
        }
    }
}
