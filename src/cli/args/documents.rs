//! The command lines of `generate` and `verify`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AccountArgs, ContextArgs, LiveArgs, OutputArgs, RequestArgs};

const GENERATE_EXAMPLES: &str = "\
Examples:
  The identity policy alone on standard output, its proof on standard error:
    iam-preflight generate request.json --region us-east-1 --account 111122223333 --train train.manifest

  Every document that a role needs, one file each, against a snapshot of the account:
    iam-preflight generate request.json --snapshot account --train train.manifest \\
        --principal arn:aws:iam::111122223333:role/ml/VisionTrainer --layer all --out policies

  As an inline policy of a role, objects by folder, with the proof as JSON:
    iam-preflight generate request.json --snapshot account --train train.manifest \\
        --limit role --granularity prefix -o json

  From the account itself, proven by AWS's policy simulator too:
    iam-preflight generate request.json --mode both --principal ROLE --train s3://acme-images/train.manifest

Exit codes: 0 the documents are enough, 1 something stays denied, 3 something needed is not known.";

/// Arguments of `generate`
#[derive(Debug, Args)]
#[command(after_help = GENERATE_EXAMPLES)]
pub struct GenerateArgs {
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
    #[command(flatten)]
    pub(crate) documents: DocumentArgs,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  Is this policy enough, and what does it grant beyond the request?
    iam-preflight verify policy.json --request request.json --region us-east-1 --account 111122223333 --train train.manifest

  Two identity policies and a key policy together:
    iam-preflight verify training.json data.json --key-policy 3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4=key.json \\
        --request request.json --snapshot account --train train.manifest --principal ROLE

Exit codes: 0 enough, 1 something needed is denied, 3 something needed is not known.
What the documents grant beyond the request, or could do without, changes no exit code.";

/// Arguments of `verify`
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub struct VerifyArgs {
    /// The identity policies to verify
    #[arg(value_name = "POLICY", required_unless_present_any = ["bucket_policy", "key_policy"])]
    pub(crate) policies: Vec<PathBuf>,
    /// The planned request: JSON in the shape of the AWS CLI's --cli-input-json; `-` is standard input
    #[arg(long, value_name = "REQUEST", help_heading = "Request")]
    pub(crate) request: PathBuf,
    /// The operation, when the request does not tell
    #[arg(long, value_name = "SERVICE:NAME", help_heading = "Request")]
    pub(crate) operation: Option<String>,
    /// Manifest of the training dataset (JSON Lines)
    #[arg(long, value_name = "MANIFEST", help_heading = "Request")]
    pub(crate) train: Vec<PathBuf>,
    /// Manifest of the test dataset (JSON Lines)
    #[arg(long, value_name = "MANIFEST", help_heading = "Request")]
    pub(crate) test: Vec<PathBuf>,
    /// Read further operations from this folder of catalog files
    #[arg(long, value_name = "DIR", help_heading = "Request")]
    pub(crate) catalog: Option<PathBuf>,
    /// The policy of a bucket, to be verified with the others
    #[arg(long, value_name = "BUCKET=FILE", value_parser = super::pair)]
    pub(crate) bucket_policy: Vec<(String, String)>,
    /// The policy of a key, named by id or ARN, to be verified with the others
    #[arg(long, value_name = "KEY=FILE", value_parser = super::pair)]
    pub(crate) key_policy: Vec<(String, String)>,
    /// Who sends the request; bucket and key policies name it
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<String>,
    /// The weakest needs to meet
    #[arg(long, value_enum, default_value_t = Strength::Must)]
    pub(crate) strength: Strength,
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

impl VerifyArgs {
    /// The arguments about the request
    pub(crate) fn request(&self) -> RequestArgs {
        RequestArgs {
            request: self.request.clone(),
            operation: self.operation.clone(),
            train: self.train.clone(),
            test: self.test.clone(),
            catalog: self.catalog.clone(),
        }
    }
}

/// What documents to write
#[derive(Debug, Args)]
#[command(next_help_heading = "Documents")]
pub(crate) struct DocumentArgs {
    /// Who sends the request; bucket and key policies name it
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<String>,
    /// Which documents: those of one layer, which then carries what it can, or all that are needed
    #[arg(long, value_enum, default_value_t = Layer::Identity)]
    pub(crate) layer: Layer,
    /// The syntax of the documents
    #[arg(long, value_enum, default_value_t = Syntax::Json)]
    pub(crate) format: Syntax,
    /// An existing document: print it with everything in it and the statements added that it lacks
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Write the documents to files in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How to name the dataset's objects; beyond the size they are folded further
    #[arg(long, value_enum, default_value_t = Granularity::Object)]
    pub(crate) granularity: Granularity,
    /// What an identity policy will be, which says how large it may be
    #[arg(long, value_name = "KIND", default_value = "managed", value_parser = ["managed", "role", "user", "group", "session"])]
    pub(crate) limit: String,
    /// How many characters a document may have, in place of the limit of its kind
    #[arg(long, value_name = "N")]
    pub(crate) max_size: Option<usize>,
    /// How many identity policies the objects may be spread over
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) policies: u8,
    /// The weakest needs to meet
    #[arg(long, value_enum, default_value_t = Strength::Must)]
    pub(crate) strength: Strength,
}

/// A layer of policies
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layer {
    /// Of the principal
    Identity,
    /// Of buckets
    Bucket,
    /// Of KMS keys
    Key,
    /// Identity policies, and statements for keys that do not listen to them
    All,
}

/// The syntax of documents
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Syntax {
    /// Policy documents, one alone as it is, several by name
    Json,
    /// Terraform: a data source `aws_iam_policy_document` for each
    Terraform,
    /// Terraform: each with `jsonencode`
    TerraformPlain,
    /// A CloudFormation template
    #[value(name = "cloudformation")]
    CloudFormation,
}

/// How objects are named
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Granularity {
    /// Each by its key
    Object,
    /// By folder
    Prefix,
    /// All of the bucket
    Bucket,
}

/// How strongly a permission is needed
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strength {
    /// Without it the request fails
    Must,
    /// And what only some AWS pages ask for
    Should,
    /// And what may turn out to be needed
    Advisory,
}
