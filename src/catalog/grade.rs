//! How strongly, when, and by which page a permission is needed

use serde::Deserialize;

/// How strongly a permission is needed; only `Must` decides the verdict
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Without it the request fails
    #[default]
    Must,
    /// One AWS page asks for it, another does not
    Should,
    /// Worth knowing
    Advisory,
}

/// When a lack would show
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// At the call itself
    #[default]
    Submit,
    /// While the job runs
    Run,
    /// When the result is used
    Use,
}

/// How well a row is backed by AWS documents
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Documented for this operation
    #[default]
    High,
    /// Documented for the service, or pages disagree
    Medium,
    /// Inferred
    Low,
}

/// A page that backs a row
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What sort of page: `api-reference`, `guide`, `sar`
    pub kind: String,
    /// Its address
    pub url: String,
}

impl Strength {
    /// The word used in reports
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Advisory => "advisory",
        }
    }
}

impl Phase {
    /// The word used in reports
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Run => "run",
            Self::Use => "use",
        }
    }
}

impl Confidence {
    /// The word used in reports
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}
