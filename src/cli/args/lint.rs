//! The command line of `lint`

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::OutputArgs;
use crate::lint::Kind;

const EXAMPLES: &str = "\
Examples:
  What is doubtful in two policies?
    iam-preflight lint training.json data.json

  Every policy in a folder, also those in the output of AWS CLI commands, such as a snapshot:
    iam-preflight lint account

  A service control policy, which looks like an identity policy, from standard input:
    iam-preflight lint --type scp -

Exit codes: 0 nothing or notes alone, 1 errors or warnings, 2 unreadable input, 5 nothing to lint.
Each rule has a section in docs/lint.md.";

/// Arguments of `lint`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LintArgs {
    /// The policies: files, folders (every *.json below them that holds a policy), `-` for standard input
    #[arg(value_name = "POLICY", required = true)]
    pub(crate) policies: Vec<PathBuf>,
    /// What the policies are, when their elements and folders do not tell
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    pub(crate) kind: Option<Kind>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Exit with 0 also when there are errors or warnings
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()))
    }
}
