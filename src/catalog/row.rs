//! One needed permission as the catalog writes it, and conditions beyond permissions

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

use crate::iam::{Action, ContextKey};
use crate::source::Location;

use super::context::ContextEntry;
use super::grade::{Confidence, Phase, Strength};
use super::predicate::When;
use super::template::{Template, is_path};
use super::text;
use super::via::Via;

/// A `[[require]]` row: a permission that somebody needs for the operation
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its id, stable and unique in the operation
    pub id: String,
    /// Who needs it: `caller` or the name of a `[principal.NAME]`
    #[serde(rename = "as", default = "caller")]
    pub actor: String,
    /// The action, or several that are needed alike
    #[serde(deserialize_with = "text::one_or_many")]
    pub action: Vec<Action>,
    /// The resource, or several, each of which must be allowed
    #[serde(deserialize_with = "text::one_or_many")]
    pub resource: Vec<Template>,
    /// One row for each element of a list
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub for_each: Option<ForEach>,
    /// When it is needed
    #[serde(default)]
    pub when: When,
    /// How the call reaches the service
    #[serde(default)]
    pub via: Via,
    /// The tags in the request, for `aws:RequestTag/*` and `aws:TagKeys`
    pub tags: Option<String>,
    /// What the service sets for the call, beyond what `via` implies
    #[serde(default, deserialize_with = "text::keyed")]
    pub context: BTreeMap<ContextKey, ContextEntry>,
    /// How strongly it is needed
    #[serde(default)]
    pub need: Strength,
    /// When it is a must although `need` says less
    pub must_when: Option<When>,
    /// Rows with the same label are alternatives: one of them suffices
    pub any_of: Option<String>,
    /// Assumptions that it rests on though no test names them
    #[serde(default)]
    pub assumes: Vec<String>,
    /// When a lack would show; without it that of the principal, or `submit`
    pub phase: Option<Phase>,
    /// Whether the call creates its resource, which so has no tags yet
    #[serde(default)]
    pub creates: bool,
    /// How well AWS documents it
    #[serde(default)]
    pub confidence: Confidence,
    /// The `[source]` entries that back it
    #[serde(default)]
    pub src: Vec<String>,
    /// Why it is needed, one sentence
    #[serde(default)]
    pub because: String,
    /// What else a reader of the catalog should know
    pub note: Option<String>,
    /// Where it stands
    #[serde(skip)]
    pub location: Option<Location>,
}

fn caller() -> String {
    "caller".to_owned()
}

/// `VARIABLE in LIST`: a list of the request (`VpcConfig.Subnets[]`) or a dataset fact
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForEach {
    /// The name of the element in templates
    pub variable: String,
    /// The request path or fact
    pub list: String,
}

/// Why a text is no loop
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a loop: expected `element in List[]`")]
pub struct ForEachError(String);

impl FromStr for ForEach {
    type Err = ForEachError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(" in ") {
            Some((variable, list)) if is_path(variable) && !variable.contains(['.', '[']) && is_path(list) => {
                Ok(Self { variable: variable.to_owned(), list: list.to_owned() })
            }
            _ => Err(ForEachError(text.to_owned())),
        }
    }
}

/// A `[[precondition]]`: something beyond permissions that must hold
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precondition {
    /// Its id, unique in the operation
    pub id: String,
    /// What must hold
    pub check: Check,
    /// The fact that it must hold for
    pub of: String,
    /// The row that becomes undetermined when it is not known whether it holds
    pub row: String,
    /// When it applies
    #[serde(default)]
    pub when: When,
    /// What the service answers when it does not hold
    pub error: PredictedError,
    /// Why it must hold, one sentence
    #[serde(default)]
    pub because: String,
    /// The `[source]` entries that back it
    #[serde(default)]
    pub src: Vec<String>,
    /// Where it stands
    #[serde(skip)]
    pub location: Option<Location>,
}

/// What a precondition asks
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The bucket is in the Region of the request
    BucketRegionEquals,
    /// The bucket belongs to the account of the request
    BucketOwnerEquals,
    /// The key is enabled
    KeyEnabled,
    /// The key is a symmetric key for encryption
    KeySymmetricEncrypt,
    /// The key is in the Region of the request
    KeyInRegion,
    /// The key is no AWS managed key, for which nobody can create grants
    KeyGrantable,
}

/// An answer of the service
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictedError {
    /// The HTTP status
    pub status: u16,
    /// The error code
    pub code: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_read() {
        let each: ForEach = "subnet in VpcConfig.Subnets[]".parse().unwrap();
        assert_eq!((each.variable.as_str(), each.list.as_str()), ("subnet", "VpcConfig.Subnets[]"));
        for text in ["subnet", "a.b in C", "a[] in C", "a in ", " in C", "a in B C"] {
            assert!(text.parse::<ForEach>().is_err(), "{text}");
        }
    }
}
