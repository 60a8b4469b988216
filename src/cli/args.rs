//! The command line

mod compare;
mod derive;
mod documents;
mod gate;
mod lint;
mod live;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::iam::{AccountId, Partition, Region};
use crate::report::{Format, listed};

pub(crate) use compare::{DiffArgs, PolicyLayer, Replaced, TestArgs};
pub(crate) use derive::{DeriveArgs, MIGRATION};
pub(crate) use documents::{GenerateArgs, Granularity, Layer, Strength, Syntax, VerifyArgs};
pub(crate) use gate::{FailOn, GateArgs, GatedArgs};
pub(crate) use lint::LintArgs;
pub(crate) use live::{LiveArgs, SnapshotArgs};

const EXAMPLES: &str = "\
Examples:
  Check a planned request against a snapshot of the account:
    iam-preflight check request.json --principal arn:aws:iam::111122223333:role/ml/VisionTrainer \\
        --snapshot account --train train.manifest --test test.manifest

  What does the request need, whoever sends it?
    iam-preflight derive request.json --region us-east-1 --account 111122223333 --train train.manifest

  Why is one permission denied?
    iam-preflight explain request.json --principal ROLE --snapshot account --action s3:PutObject

  The smallest identity policy for it, proven:
    iam-preflight generate request.json --region us-east-1 --account 111122223333 --train train.manifest

Exit codes: 0 ready, 1 blocked, 2 unusable input, 3 undetermined, 4 could not check, 5 nothing to check.";

/// May this principal run exactly this planned AWS training request, and if not, what is the smallest fix?
#[derive(Debug, Parser)]
#[command(name = "iam-preflight", version, after_help = EXAMPLES, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Read this configuration file instead of the nearest preflight.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, global = true)]
    pub no_config: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colours; `auto` respects `NO_COLOR` and `CLICOLOR_FORCE`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Derive what the request needs, decide each need, report the gaps
    Check(GatedArgs),
    /// Show what the request needs: no principal, no decision
    Derive(DeriveArgs),
    /// Keep in a folder what a check reads from AWS, to replay it without AWS
    Snapshot(SnapshotArgs),
    /// Show how a decision comes about: every layer, policy, statement and condition
    Explain(ExplainArgs),
    /// Write least-privilege documents for the request, and prove them
    Generate(GenerateArgs),
    /// Say whether documents are enough for the request, which parts are needed, and what they grant beyond it
    Verify(VerifyArgs),
    /// Show what a change does to the permissions that a request needs: two snapshots, requests, policy folders or reports
    Diff(DiffArgs),
    /// Run expectation files: what should be allowed, denied or undetermined, and by which statement
    Test(TestArgs),
    /// Findings in policy documents: what they do that their writer hardly meant
    Lint(LintArgs),
    /// The operations known, their needs and their sources
    Catalog(CatalogArgs),
    /// Decide raw authorization cases: a JSON array or JSON Lines
    Simulate(SimulateArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the program, or that of a command
    Man(ManArgs),
}

/// Arguments of `man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command, such as `check` or `catalog show`
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Write the pages of the program and of all its commands into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of a check, gated or explained
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) principal: PrincipalArgs,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    /// With the principal's own credentials, let KMS say of each call whether it would make it (a dry run: nothing is done)
    #[arg(long, help_heading = "Live mode")]
    pub(crate) prove_kms: bool,
    #[command(flatten)]
    pub(crate) what_if: WhatIfArgs,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Exit with 0 also when the verdict is `blocked` or `undetermined`
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Arguments of `explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    #[command(flatten)]
    pub(crate) check: CheckArgs,
    /// Explain only this action
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<String>,
    /// Explain only rows about this resource (an ARN or a part of one)
    #[arg(long, value_name = "RESOURCE")]
    pub(crate) resource: Option<String>,
}

/// Arguments of `simulate`
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The cases; `-` or nothing reads standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
    /// Compare each decision with the case's `expected`: print only differences, exit 1 when there is one
    #[arg(long)]
    pub(crate) check: bool,
    /// Set a named assumption
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) assume: Vec<(String, String)>,
}

/// Arguments of `catalog`
#[derive(Debug, Args)]
pub struct CatalogArgs {
    /// Read further operations from this folder of catalog files
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) catalog: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<CatalogCommand>,
}

/// What to show of the catalog
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// The operations known
    List {
        /// Also those whose base is generated: every operation of AWS's API models
        #[arg(long)]
        all: bool,
    },
    /// Check the catalog's files beyond what reading them checks: actions, resources, keys, request members
    Lint,
    /// One operation: its needs, sources and assumptions
    Show {
        /// The operation, `service:Name`
        operation: String,
        /// Print its file, to write a better one
        #[arg(long)]
        file: bool,
    },
}

/// The planned request
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// The planned request: JSON in the shape of the AWS CLI's --cli-input-json; `-` is standard input
    #[arg(value_name = "REQUEST")]
    pub(crate) request: PathBuf,
    /// The operation, when the request does not tell
    #[arg(long, value_name = "SERVICE:NAME")]
    pub(crate) operation: Option<String>,
    /// Manifest of the training dataset (JSON Lines), a file or `s3://BUCKET/KEY`
    #[arg(long, value_name = "MANIFEST")]
    pub(crate) train: Vec<PathBuf>,
    /// Manifest of the test dataset (JSON Lines), a file or `s3://BUCKET/KEY`
    #[arg(long, value_name = "MANIFEST")]
    pub(crate) test: Vec<PathBuf>,
    /// Read further operations from this folder of catalog files
    #[arg(long, value_name = "DIR")]
    pub(crate) catalog: Option<PathBuf>,
}

/// Who sends the request
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Principal")]
pub(crate) struct PrincipalArgs {
    /// Who sends the request: the ARN of a user, role, role session, federated user or root user; live mode takes the
    /// owner of the credentials when nobody is named
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<String>,
}

/// The account
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Account")]
pub(crate) struct AccountArgs {
    /// Snapshot folder of the account: AWS CLI output, see docs/snapshot.md
    #[arg(long, value_name = "DIR")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Take the facts as a Terraform plan will leave them: the output of `terraform show -json PLAN`, over the snapshot
    /// where one is given; see docs/terraform.md
    #[arg(long, value_name = "FILE")]
    pub(crate) terraform_plan: Option<PathBuf>,
    /// Account of the request
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<AccountId>,
    /// Region of the request
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<Region>,
    /// Partition, by default that of the Region
    #[arg(long, value_name = "NAME")]
    pub(crate) partition: Option<Partition>,
    /// Set a named assumption; `catalog show` lists them
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) assume: Vec<(String, String)>,
    /// Tell something stored in AWS that neither request nor snapshot holds, `none` where there is none; may be repeated
    #[arg(long, value_name = "NAME=VALUE[,VALUE…]", value_parser = pair)]
    pub(crate) fact: Vec<(String, String)>,
    /// Where facts and decisions come from
    #[arg(long, value_enum, default_value_t = Mode::Offline)]
    pub(crate) mode: Mode,
    /// Never use the network, whatever else is asked for
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Where facts and decisions come from
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// From a snapshot and the own engine
    Offline,
    /// From AWS: no verdict on a row without the word of its policy simulator
    Live,
    /// From AWS and from the own engine: both judge every row, and the report shows where they part
    Both,
}

/// Documents to add to what the account has
#[derive(Debug, Clone, Args, Default)]
#[command(next_help_heading = "What if")]
pub(crate) struct WhatIfArgs {
    /// A further identity policy of the principal
    #[arg(long, value_name = "FILE")]
    pub(crate) identity_policy: Vec<PathBuf>,
    /// The permissions boundary, in place of the attached one
    #[arg(long, value_name = "FILE")]
    pub(crate) boundary: Option<PathBuf>,
    /// A session policy
    #[arg(long, value_name = "FILE")]
    pub(crate) session_policy: Vec<PathBuf>,
    /// A service control policy attached to the account
    #[arg(long, value_name = "FILE")]
    pub(crate) scp: Vec<PathBuf>,
    /// A resource control policy attached to the account
    #[arg(long, value_name = "FILE")]
    pub(crate) rcp: Vec<PathBuf>,
    /// The policy of a bucket; a file that holds `null` says that it has none
    #[arg(long, value_name = "BUCKET=FILE", value_parser = pair)]
    pub(crate) bucket_policy: Vec<(String, String)>,
    /// The policy of a key, named by id, ARN or alias
    #[arg(long, value_name = "KEY=FILE", value_parser = pair)]
    pub(crate) key_policy: Vec<(String, String)>,
    /// The policy of the VPC endpoint that the request goes through
    #[arg(long, value_name = "FILE")]
    pub(crate) vpce_policy: Option<PathBuf>,
    /// What these documents take the place of; only `diff` says so
    #[arg(skip)]
    pub(crate) replaced: Replaced,
}

impl WhatIfArgs {
    /// Whether anything is given that belongs to the principal itself
    pub(crate) fn names_identity(&self) -> bool {
        !self.identity_policy.is_empty() || self.boundary.is_some() || self.replaced.identity_is_given
    }
}

/// What is known of the request's context
#[derive(Debug, Clone, Args, Default)]
#[command(next_help_heading = "Context")]
pub(crate) struct ContextArgs {
    /// The value of a condition key, several for a multivalued key; `ROLE/KEY` means the calls of that role of the
    /// catalog, `exec/aws:SourceVpce`
    #[arg(long, value_name = "KEY=VALUE[,VALUE…]", value_parser = pair)]
    pub(crate) context: Vec<(String, String)>,
    /// A condition key whose value is not known
    #[arg(long, value_name = "KEY")]
    pub(crate) context_unknown: Vec<String>,
    /// A condition key that the request does not carry
    #[arg(long, value_name = "KEY")]
    pub(crate) context_absent: Vec<String>,
}

/// What to print and where
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Output format, with a path to write it there; may be repeated: human, json, sarif, junit, github, markdown, csv, html
    #[arg(short, long, value_name = "FORMAT[=PATH]", value_parser = output, default_value = "human")]
    pub(crate) output: Vec<Output>,
    /// One row for each resource instead of one for many with the same decision
    #[arg(long)]
    pub(crate) expand: bool,
}

/// One output: a format and where it goes
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) path: Option<PathBuf>,
}

fn output(text: &str) -> Result<Output, String> {
    let (word, path) = text.split_once('=').map_or((text, None), |(word, path)| (word, Some(path)));
    let Some(format) = Format::named(word) else {
        let known = listed(&Format::ALL);
        let near = crate::source::nearest(word, Format::ALL.map(Format::word))
            .map(|near| format!(", did you mean `{near}`?"))
            .unwrap_or_default();
        return Err(format!("`{word}` is no output format{near} (known: {known})"));
    };
    match path {
        Some("") => Err("the path after `=` is empty".to_owned()),
        Some("-") | None => Ok(Output { format, path: None }),
        Some(path) => Ok(Output { format, path: Some(PathBuf::from(path)) }),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
