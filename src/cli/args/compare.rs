//! The command lines of `diff` and `test`

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::live::LiveArgs;
use super::{AccountArgs, CheckArgs, ContextArgs, OutputArgs, PrincipalArgs, RequestArgs, WhatIfArgs};

const DIFF_EXAMPLES: &str = "\
Examples:
  What would this branch's policies take away from a training job? (git worktree add ../base main)
    iam-preflight diff ../base/policies policies --request request.json \\
        --principal arn:aws:iam::111122223333:role/ml/VisionTrainer --train train.manifest

  What changed in the account since yesterday?
    iam-preflight diff snapshot-monday snapshot-tuesday --request request.json --principal ROLE --train train.manifest

  May the job still run when the request changes?
    iam-preflight diff old-request.json request.json --principal ROLE --snapshot account --train train.manifest

  Two reports of `check --expand -o json`:
    iam-preflight diff before.json after.json -o json=diff.json

Exit codes: 0 nothing got worse, 1 something got worse, 2 unusable input, 3 reports do not tell whether something
got worse, 5 nothing to compare.";

/// Arguments of `diff`
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct DiffArgs {
    /// What was: a snapshot, a request, a policy document or folder of them, or a JSON report
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// What is: another of the same kind
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    /// The planned request, of which the permissions are compared
    #[arg(long, value_name = "REQUEST", help_heading = "Request")]
    pub(crate) request: Option<PathBuf>,
    /// The operation, when the request does not tell
    #[arg(long, value_name = "SERVICE:NAME", help_heading = "Request")]
    pub(crate) operation: Option<String>,
    /// Manifest of the training dataset (JSON Lines), for both sides
    #[arg(long, value_name = "MANIFEST", help_heading = "Request")]
    pub(crate) train: Vec<PathBuf>,
    /// Manifest of the test dataset (JSON Lines), for both sides
    #[arg(long, value_name = "MANIFEST", help_heading = "Request")]
    pub(crate) test: Vec<PathBuf>,
    /// Read further operations from this folder of catalog files
    #[arg(long, value_name = "DIR", help_heading = "Request")]
    pub(crate) catalog: Option<PathBuf>,
    /// Who sends the request, on both sides
    #[arg(long, value_name = "ARN", help_heading = "Principal")]
    pub(crate) principal: Option<String>,
    /// What policy documents are whose folder does not tell: identity, boundary, session, scp, rcp, vpce,
    /// bucket=NAME or key=KEY
    #[arg(long = "as", value_name = "LAYER[=NAME]", value_parser = layer, default_value = "identity")]
    pub(crate) layer: PolicyLayer,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    #[command(flatten)]
    pub(crate) what_if: WhatIfArgs,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Exit with 0 also when something got worse
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

impl DiffArgs {
    /// The check of one side: of this request, with these documents in place
    pub(crate) fn check(&self, request: PathBuf, snapshot: Option<PathBuf>, what_if: WhatIfArgs) -> CheckArgs {
        CheckArgs {
            request: RequestArgs {
                request,
                operation: self.operation.clone(),
                train: self.train.clone(),
                test: self.test.clone(),
                catalog: self.catalog.clone(),
            },
            principal: PrincipalArgs { principal: self.principal.clone() },
            account: AccountArgs { snapshot, ..self.account.clone() },
            live: LiveArgs::default(),
            prove_kms: false,
            what_if,
            context: self.context.clone(),
            output: self.output.clone(),
            exit_zero: false,
        }
    }
}

/// What a policy document is
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PolicyLayer {
    /// An identity policy of the principal
    Identity,
    /// Its permissions boundary
    Boundary,
    /// A session policy
    Session,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
    /// The policy of the VPC endpoint
    Vpce,
    /// The policy of a bucket
    Bucket(String),
    /// The policy of a key
    Key(String),
}

/// The layers that need no name
const LAYERS: [(&str, PolicyLayer); 6] = [
    ("identity", PolicyLayer::Identity),
    ("boundary", PolicyLayer::Boundary),
    ("session", PolicyLayer::Session),
    ("scp", PolicyLayer::Scp),
    ("rcp", PolicyLayer::Rcp),
    ("vpce", PolicyLayer::Vpce),
];

fn layer(text: &str) -> Result<PolicyLayer, String> {
    match text.split_once('=') {
        Some(("bucket", name)) if !name.is_empty() => return Ok(PolicyLayer::Bucket(name.to_owned())),
        Some(("key", name)) if !name.is_empty() => return Ok(PolicyLayer::Key(name.to_owned())),
        _ => {}
    }
    let known = LAYERS.into_iter().find(|(word, _)| *word == text).map(|(_, layer)| layer);
    known.ok_or_else(|| {
        let near = crate::source::nearest(text, LAYERS.map(|(word, _)| word));
        let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        format!("`{text}` is no layer{near} (known: identity, boundary, session, scp, rcp, vpce, bucket=NAME, key=KEY)")
    })
}

/// What the policy documents of a comparison take the place of
#[derive(Debug, Clone, Default)]
pub(crate) struct Replaced {
    /// Names of identity policies
    pub(crate) identity: BTreeSet<String>,
    /// Whether all of the principal's identity policies are given where no snapshot tells of others
    pub(crate) identity_is_given: bool,
    /// Names of service control policies
    pub(crate) scps: BTreeSet<String>,
    /// Names of resource control policies
    pub(crate) rcps: BTreeSet<String>,
    /// Layers that are known to have no document
    pub(crate) absent: Vec<PolicyLayer>,
}

const TEST_EXAMPLES: &str = "\
Examples:
  Is everything as these files expect?
    iam-preflight test expectations/*.toml

  A report for the CI server, and words for the log:
    iam-preflight test expectations.toml -o junit=report.xml -o human

  Only the cases whose name holds a text:
    iam-preflight test expectations.toml --filter \"production bucket\"

Exit codes: 0 all as expected, 1 some differ, 2 unusable input, 5 no cases. docs/expectations.md describes the files.";

/// Arguments of `test`
#[derive(Debug, Args)]
#[command(after_help = TEST_EXAMPLES)]
pub struct TestArgs {
    /// Expectation files (TOML)
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Only cases whose name holds this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
