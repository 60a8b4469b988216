//! Why a call to AWS has no answer

use std::error::Error;
use std::fmt;

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

use crate::iam::Region;

/// What became of a call that has no answer
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// The caller may not make it
    Refused,
    /// What it asks for does not exist
    NotThere,
    /// The resource is in another Region, which the answer may name
    Elsewhere(Option<Region>),
    /// Too many calls, also after all retries
    Throttled,
    /// The credentials are missing, expired or not valid
    Credentials,
    /// No connection, or one that was cut
    Unreachable,
    /// No answer in time
    TooSlow,
    /// The answer cannot be read
    Garbled,
    /// The service failed
    Broken,
    /// The service takes the call for wrong
    Rejected,
}

/// A call without an answer
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    /// The call as its permission is named: `iam:GetRole`
    pub call: &'static str,
    /// What became of it
    pub kind: FailureKind,
    /// The service's error code
    pub code: Option<String>,
    /// More in words, never text that could hold a secret
    pub detail: Option<String>,
}

impl Error for CallFailure {}

impl fmt::Display for CallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.call, self.kind)?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "was refused",
            Self::NotThere => "found nothing",
            Self::Elsewhere(Some(region)) => return write!(f, "was sent to the wrong Region, {region} is right"),
            Self::Elsewhere(None) => "was sent to the wrong Region",
            Self::Throttled => "was throttled until the retries ran out",
            Self::Credentials => "was not made with valid credentials",
            Self::Unreachable => "did not reach AWS",
            Self::TooSlow => "was not answered in time",
            Self::Garbled => "got an answer that cannot be read",
            Self::Broken => "failed at AWS",
            Self::Rejected => "was rejected",
        })
    }
}

impl FailureKind {
    /// Whether the same call may succeed a moment later
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Throttled | Self::Broken | Self::Unreachable | Self::TooSlow)
    }
}

impl CallFailure {
    /// A failure without an error code
    #[must_use]
    pub fn new(call: &'static str, kind: FailureKind) -> Self {
        Self { call, kind, code: None, detail: None }
    }

    /// With more in words
    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// What an SDK error means
    #[must_use]
    pub fn of<E>(call: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code).map(str::to_owned);
        let kind = match error {
            SdkError::TimeoutError(_) => FailureKind::TooSlow,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => FailureKind::TooSlow,
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if names_credentials(error) => {
                FailureKind::Credentials
            }
            SdkError::DispatchFailure(_) => FailureKind::Unreachable,
            SdkError::ConstructionFailure(_) => FailureKind::Rejected,
            _ => of_answer(code.as_deref(), error.raw_response()),
        };
        // Other messages may quote what was signed, session token included.
        let message = error.as_service_error().and_then(ProvideErrorMetadata::message);
        let detail = message.filter(|_| matches!(kind, FailureKind::Refused | FailureKind::Rejected)).map(one_line);
        Self { call, kind, code, detail }
    }
}

/// What an answer that is an error means: by its code, else by its status
fn of_answer(code: Option<&str>, response: Option<&HttpResponse>) -> FailureKind {
    let status = response.map_or(0, |response| response.status().as_u16());
    if status == 301 || matches!(code, Some("PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed"))
    {
        let region = response.and_then(|response| response.headers().get("x-amz-bucket-region"));
        return FailureKind::Elsewhere(region.and_then(|region| region.parse().ok()));
    }
    match code {
        Some(code) if is_throttling(code) => FailureKind::Throttled,
        Some(
            "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "InvalidToken"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "UnrecognizedClientException"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "RequestExpired"
            | "TokenRefreshRequired"
            | "RequestTimeTooSkewed",
        ) => FailureKind::Credentials,
        Some(code) if code.starts_with("AccessDenied") || code == "Forbidden" || code == "AllAccessDisabled" => {
            FailureKind::Refused
        }
        Some(code) if code.starts_with("NoSuch") || code.ends_with("NotFound") || code.contains("NotFoundE") => {
            FailureKind::NotThere
        }
        _ => of_status(status, code.is_some()),
    }
}

fn of_status(status: u16, coded: bool) -> FailureKind {
    match status {
        401 | 403 => FailureKind::Refused,
        404 => FailureKind::NotThere,
        // A HEAD has no body to say `SlowDown` in; S3 sends it as 503.
        429 => FailureKind::Throttled,
        503 if !coded => FailureKind::Throttled,
        500.. => FailureKind::Broken,
        400.. if coded => FailureKind::Rejected,
        _ => FailureKind::Garbled,
    }
}

fn is_throttling(code: &str) -> bool {
    code.contains("Throttl")
        || matches!(
            code,
            "SlowDown"
                | "TooManyRequestsException"
                | "RequestLimitExceeded"
                | "BandwidthLimitExceeded"
                | "PriorRequestNotComplete"
        )
}

/// Whether an error is about finding credentials: the SDK tells it apart from the network in words alone
fn names_credentials(error: &dyn Error) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.to_string().to_lowercase().contains("credential") {
            return true;
        }
        next = error.source();
    }
    false
}

fn one_line(message: &str) -> String {
    const LONGEST: usize = 300;
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // A long encoded reason can only be read by `sts:DecodeAuthorizationMessage`.
    let line = line.split(" Encoded authorization failure message").next().unwrap_or_default();
    line.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_statuses_are_told_apart() {
        for (status, code, expected) in [
            (403, Some("AccessDenied"), FailureKind::Refused),
            (400, Some("AccessDeniedException"), FailureKind::Refused),
            (403, None, FailureKind::Refused),
            (403, Some("InvalidClientTokenId"), FailureKind::Credentials),
            (403, Some("SignatureDoesNotMatch"), FailureKind::Credentials),
            (404, Some("NoSuchEntity"), FailureKind::NotThere),
            (400, Some("NotFoundException"), FailureKind::NotThere),
            (404, Some("ServerSideEncryptionConfigurationNotFoundError"), FailureKind::NotThere),
            (400, Some("PolicyNotFoundException"), FailureKind::NotThere),
            (404, None, FailureKind::NotThere),
            (400, Some("Throttling"), FailureKind::Throttled),
            (400, Some("ThrottlingException"), FailureKind::Throttled),
            (503, Some("SlowDown"), FailureKind::Throttled),
            (503, None, FailureKind::Throttled),
            (503, Some("ServiceUnavailable"), FailureKind::Broken),
            (500, None, FailureKind::Broken),
            (400, Some("ValidationError"), FailureKind::Rejected),
            (400, None, FailureKind::Garbled),
            (200, None, FailureKind::Garbled),
        ] {
            let response = HttpResponse::new(status.try_into().unwrap(), "".into());
            assert_eq!(of_answer(code, Some(&response)), expected, "{status} {code:?}");
        }
    }

    #[test]
    fn a_redirect_names_the_right_region() {
        let mut response = HttpResponse::new(301.try_into().unwrap(), "".into());
        assert_eq!(of_answer(None, Some(&response)), FailureKind::Elsewhere(None));
        response.headers_mut().insert("x-amz-bucket-region", "eu-west-1");
        let region = "eu-west-1".parse().unwrap();
        assert_eq!(of_answer(Some("PermanentRedirect"), Some(&response)), FailureKind::Elsewhere(Some(region)));
    }

    #[test]
    fn a_refusal_is_one_short_line() {
        assert_eq!(one_line("not\n  allowed Encoded authorization failure message: 4Gx"), "not allowed");
        assert_eq!(one_line(&"x".repeat(1000)).len(), 300);
    }
}
