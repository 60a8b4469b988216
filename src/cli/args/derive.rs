//! The command line of `derive`

use std::path::PathBuf;

use clap::Args;

use super::{AccountArgs, OutputArgs, RequestArgs, pair};

const EXAMPLES: &str = "\
Examples:
  What does the request need, whoever sends it?
    iam-preflight derive request.json --region us-east-1 --account 111122223333 \\
        --train train.manifest

  Lookout for Vision has ended: what is the request for SageMaker, and which permissions change?
    iam-preflight derive request.json --as sagemaker:CreateTrainingJob --train train.manifest \\
        --test test.manifest --snapshot account

  Say what only you can say, write the new request, and check it:
    iam-preflight derive request.json --as sagemaker:CreateTrainingJob --train train.manifest \\
        --set TrainingJobName=casting-1 \\
        --set RoleArn=arn:aws:iam::111122223333:role/ml/TrainingExecution \\
        --set TrainManifest=s3://data/train.manifest --set InstanceType=ml.g4dn.2xlarge \\
        --set AlgorithmName=ARN --request-out training-job.json
    iam-preflight check training-job.json --operation sagemaker:CreateTrainingJob --principal ROLE \\
        --snapshot account --train train.manifest

Exit codes: 0 derived, 1 the request would be rejected, 2 unusable input, 5 nothing is needed.";

/// Arguments of `derive`
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DeriveArgs {
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    #[command(flatten)]
    pub(crate) migration: MigrationArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The heading of the flags that make a request one of another operation
pub(crate) const MIGRATION: &str = "Migration";

/// What the request would be for another operation
#[derive(Debug, Args)]
#[command(next_help_heading = MIGRATION)]
pub(crate) struct MigrationArgs {
    /// Make it a request of this operation: the skeleton, what becomes of what, and the permissions that change
    #[arg(long = "as", value_name = "SERVICE:NAME")]
    pub(crate) to: Option<String>,
    /// Say a value of the new request that only you can say; an empty one leaves it out; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "to")]
    pub(crate) set: Vec<(String, String)>,
    /// Write the new request into this file, JSON as `check` and the AWS CLI's --cli-input-json read it
    #[arg(long, value_name = "FILE", requires = "to")]
    pub(crate) request_out: Option<PathBuf>,
}
