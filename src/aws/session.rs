//! The connection to AWS: Region, credentials, endpoints, time limits, and the runtime that waits

use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::iam::Region;

use super::{CallFailure, Calls, FailureKind};

/// Attempts of one call, the first one included
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(5);
/// One attempt, answer included
const ATTEMPT: Duration = Duration::from_secs(10);
/// One call with all its attempts
const CALL: Duration = Duration::from_secs(30);

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
    calls: Arc<Calls>,
}

impl Deref for Session {
    type Target = Calls;

    fn deref(&self) -> &Calls {
        &self.calls
    }
}

impl Session {
    /// Reads the user's AWS configuration; makes no call yet
    ///
    /// # Errors
    /// When there is no Region, or no runtime can be started.
    pub fn open(connection: &Connection) -> Result<Self, CallFailure> {
        const SETTING_UP: &str = "the AWS configuration";
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CallFailure::new(SETTING_UP, FailureKind::Rejected).because(error.to_string()))?;
        let deadline = Instant::now() + connection.deadline;
        let config = runtime.block_on(config(connection));
        let region = config.region().and_then(|region| region.as_ref().parse().ok());
        let region: Region = region.ok_or_else(|| {
            CallFailure::new(SETTING_UP, FailureKind::Rejected)
                .because("no Region is set: give --region, AWS_REGION, or a profile with one")
        })?;
        Ok(Self { runtime, calls: Arc::new(Calls::new(config, region, deadline)) })
    }

    /// What the calls share, for tasks that run side by side
    #[must_use]
    pub fn calls(&self) -> &Arc<Calls> {
        &self.calls
    }

    /// Waits until this is done; calls inside end at the deadline by themselves
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

async fn config(connection: &Connection) -> SdkConfig {
    let retries = RetryConfig::adaptive()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE);
    let times = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(CALL)
        .build();
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
