//! The command line of `snapshot`, and how AWS is reached

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::iam::Region;

/// How AWS is reached and read
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "Live mode")]
pub(crate) struct LiveArgs {
    /// The profile of the AWS configuration to use
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Send every call to this endpoint instead of AWS
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// How long all calls together may take, such as 90s or 10m
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "5m")]
    pub(crate) deadline: Option<Duration>,
    /// Look at N dataset objects of each bucket only; the others stay unknown
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample: Option<u32>,
}

/// Arguments of `snapshot`
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// The planned request whose facts are wanted
    #[arg(long, value_name = "REQUEST")]
    pub(crate) request: PathBuf,
    /// The operation, when the request does not tell
    #[arg(long, value_name = "SERVICE:NAME")]
    pub(crate) operation: Option<String>,
    /// Manifest of the training dataset, a file or `s3://BUCKET/KEY`
    #[arg(long, value_name = "MANIFEST")]
    pub(crate) train: Vec<PathBuf>,
    /// Manifest of the test dataset, a file or `s3://BUCKET/KEY`
    #[arg(long, value_name = "MANIFEST")]
    pub(crate) test: Vec<PathBuf>,
    /// Read further operations from this folder of catalog files
    #[arg(long, value_name = "DIR")]
    pub(crate) catalog: Option<PathBuf>,
    /// Who would send the request; by default the owner of the credentials
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<String>,
    /// Region of the request
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<Region>,
    /// Tell something stored in AWS that the request does not hold, such as a role; may be repeated
    #[arg(long, value_name = "NAME=VALUE[,VALUE…]", value_parser = super::pair)]
    pub(crate) fact: Vec<(String, String)>,
    /// The folder to write; it must not be there yet, or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace account numbers by made-up ones
    #[arg(long)]
    pub(crate) mask_accounts: bool,
    /// Never use the network: refuses this command
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

fn time(text: &str) -> Result<Duration, String> {
    let time = text.parse::<jiff::SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| "expected a time such as 90s or 10m".to_owned())
}
