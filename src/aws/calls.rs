//! Clients and time limits: what the calls of one run share

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use tokio::time::Instant;

use crate::iam::Region;

use super::{CallFailure, FailureKind};

/// Clients of the services, and the moment by which all calls must be done
#[derive(Debug)]
pub struct Calls {
    config: SdkConfig,
    region: Region,
    deadline: Instant,
    iam: aws_sdk_iam::Client,
    organizations: aws_sdk_organizations::Client,
    sts: aws_sdk_sts::Client,
    kms: Mutex<HashMap<Region, aws_sdk_kms::Client>>,
    s3: Mutex<HashMap<Region, aws_sdk_s3::Client>>,
    /// Buckets that turned out to be in another Region
    elsewhere: Mutex<HashMap<String, Region>>,
}

impl Calls {
    pub(super) fn new(config: SdkConfig, region: Region, deadline: Instant) -> Self {
        Self {
            region,
            deadline,
            iam: aws_sdk_iam::Client::new(&config),
            organizations: aws_sdk_organizations::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            kms: Mutex::default(),
            s3: Mutex::default(),
            elsewhere: Mutex::default(),
            config,
        }
    }

    /// The Region of the request
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
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
    pub fn answer<T, E>(
        &self,
        call: &'static str,
        sent: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> impl Future<Output = Result<T, CallFailure>>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let answer = self.in_time(call, sent);
        async move { answer.await?.map_err(|error| CallFailure::of(call, &error)) }
    }

    /// What comes of a part of a call, at the latest at the deadline of all calls
    ///
    /// # Errors
    /// When the time is up.
    pub fn in_time<F: Future>(
        &self,
        call: &'static str,
        part: F,
    ) -> impl Future<Output = Result<F::Output, CallFailure>> {
        let over = move |_| CallFailure::new(call, FailureKind::TooSlow).because("the --deadline is over");
        // The SDK's futures are ten thousand bytes each: on the heap they do not add up to a stack.
        let (deadline, part) = (self.deadline, Box::pin(part));
        async move { tokio::time::timeout_at(deadline, part).await.map_err(over) }
    }

    /// The answer of S3 about a bucket, asked for in the Region that the bucket is in
    ///
    /// # Errors
    /// When the call fails there too.
    pub async fn of_bucket<T, E, F>(
        &self,
        bucket: &str,
        call: &'static str,
        send: impl Fn(aws_sdk_s3::Client) -> F,
    ) -> Result<T, CallFailure>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        let region = self.region_of(bucket);
        let failure = match self.answer(call, send(self.s3(&region))).await {
            Err(failure) => failure,
            answer => return answer,
        };
        match &failure.kind {
            FailureKind::Elsewhere(Some(other)) if *other != region => {
                self.found_elsewhere(bucket, &failure);
                self.answer(call, send(self.s3(other))).await
            }
            _ => Err(failure),
        }
    }

    /// Notes the Region that a redirect named
    pub(super) fn found_elsewhere(&self, bucket: &str, failure: &CallFailure) {
        if let FailureKind::Elsewhere(Some(region)) = &failure.kind {
            locked(&self.elsewhere).insert(bucket.to_owned(), region.clone());
        }
    }

    /// The Region to ask about a bucket in
    fn region_of(&self, bucket: &str) -> Region {
        locked(&self.elsewhere).get(bucket).unwrap_or(&self.region).clone()
    }

    /// IAM, which has one endpoint for all Regions of a partition
    pub fn iam(&self) -> &aws_sdk_iam::Client {
        &self.iam
    }

    /// Organizations
    pub fn organizations(&self) -> &aws_sdk_organizations::Client {
        &self.organizations
    }

    /// STS
    pub fn sts(&self) -> &aws_sdk_sts::Client {
        &self.sts
    }

    /// KMS in a Region
    pub fn kms(&self, region: &Region) -> aws_sdk_kms::Client {
        let client = || {
            let config = aws_sdk_kms::config::Builder::from(&self.config);
            aws_sdk_kms::Client::from_conf(config.region(aws_config::Region::new(region.as_str().to_owned())).build())
        };
        locked(&self.kms).entry(region.clone()).or_insert_with(client).clone()
    }

    /// S3 in a Region
    pub fn s3(&self, region: &Region) -> aws_sdk_s3::Client {
        let client = || aws_sdk_s3::Client::from_conf(self.s3_config(region).build());
        locked(&self.s3).entry(region.clone()).or_insert_with(client).clone()
    }

    /// S3 for calls whose retries somebody else decides about, in the Region of a bucket
    pub(super) fn s3_once(&self, bucket: &str) -> aws_sdk_s3::Client {
        let config = self.s3_config(&self.region_of(bucket)).retry_config(RetryConfig::disabled());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    fn s3_config(&self, region: &Region) -> aws_sdk_s3::config::Builder {
        // Bucket names are no host names of an endpoint that stands in for AWS.
        let overridden = self.config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        aws_sdk_s3::config::Builder::from(&self.config)
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .force_path_style(overridden)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
