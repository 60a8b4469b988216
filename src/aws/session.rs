//! The connection to AWS: Region, credentials, endpoints, time limits, and the runtime that waits

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::iam::Region;

use super::{CallFailure, FailureKind};

/// Attempts of one call, the first one included
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(5);
/// One attempt, answer included
const ATTEMPT: Duration = Duration::from_secs(10);

/// How the user wants AWS to be reached
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The Region of the request, else that of the profile or the environment
    pub region: Option<Region>,
    /// A profile of the user's AWS configuration
    pub profile: Option<String>,
    /// One endpoint for all services
    pub endpoint: Option<String>,
    /// How long all calls together may take
    pub deadline: Duration,
}

/// A connection to AWS with the user's credentials
#[derive(Debug)]
pub struct Session {
    runtime: Runtime,
    config: SdkConfig,
    region: Region,
    deadline: Instant,
    s3: Mutex<HashMap<Region, aws_sdk_s3::Client>>,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    organizations: aws_sdk_organizations::Client,
    sts: aws_sdk_sts::Client,
}

impl Session {
    /// Reads the user's AWS configuration; makes no call yet
    ///
    /// # Errors
    /// When there is no Region, or no runtime can be started.
    pub fn open(connection: &Connection) -> Result<Self, CallFailure> {
        let unusable = |detail: String| CallFailure::new("aws", FailureKind::Unreachable).because(detail);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let deadline = Instant::now() + connection.deadline;
        let config = runtime.block_on(config(connection));
        let region = config.region().and_then(|region| region.as_ref().parse().ok());
        let region: Region = region.ok_or_else(|| {
            CallFailure::new("aws", FailureKind::Rejected)
                .because("no Region is set: give --region, AWS_REGION, or a profile with one")
        })?;
        Ok(Self {
            runtime,
            deadline,
            s3: Mutex::default(),
            iam: aws_sdk_iam::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            organizations: aws_sdk_organizations::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            region,
            config,
        })
    }

    /// The Region of the request
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Waits until this is done; calls inside end at the deadline by themselves
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Whether the time is up
    #[must_use]
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// The answer to one call, or why there is none: at the latest at the deadline of all calls
    ///
    /// # Errors
    /// When the call fails, or the time is up.
    pub async fn answer<T, E>(
        &self,
        call: &'static str,
        sent: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, CallFailure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match tokio::time::timeout_at(self.deadline, sent).await {
            Ok(result) => result.map_err(|error| CallFailure::of(call, &error)),
            Err(_) => Err(CallFailure::new(call, FailureKind::TooSlow).because("the --deadline is over")),
        }
    }

    /// IAM, which has one endpoint for all Regions of a partition
    pub fn iam(&self) -> &aws_sdk_iam::Client {
        &self.iam
    }

    /// KMS in the Region of the request
    pub fn kms(&self) -> &aws_sdk_kms::Client {
        &self.kms
    }

    /// Organizations
    pub fn organizations(&self) -> &aws_sdk_organizations::Client {
        &self.organizations
    }

    /// STS
    pub fn sts(&self) -> &aws_sdk_sts::Client {
        &self.sts
    }

    /// S3 in a Region
    pub fn s3(&self, region: &Region) -> aws_sdk_s3::Client {
        let mut clients = self.s3.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.clone()).or_insert_with(|| {
            // Bucket names are no host names of such an endpoint.
            let overridden = self.config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
            let config = aws_sdk_s3::config::Builder::from(&self.config)
                .region(aws_sdk_s3::config::Region::new(region.as_str().to_owned()))
                .force_path_style(overridden)
                .build();
            aws_sdk_s3::Client::from_conf(config)
        });
        client.clone()
    }
}

async fn config(connection: &Connection) -> SdkConfig {
    let retries = RetryConfig::adaptive()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE);
    let times = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).retry_config(retries).timeout_config(times);
    if let Some(region) = &connection.region {
        loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
    }
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &connection.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}
