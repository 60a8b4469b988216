//! One expectation

use std::collections::BTreeMap;

use crate::evaluate::{Decision, Layer};
use crate::finding::Verdict;
use crate::source::Location;

/// One case of an expectation file
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name
    pub name: String,
    /// Where it stands
    pub location: Location,
    /// In which account, by whom, with which policies; shared by many cases
    pub setting: Setting,
    /// What is asked
    pub subject: Subject,
}

/// Account, principal, policies and assumptions; paths are as written in the file
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Setting {
    /// Who sends the request or makes the call
    pub principal: Option<String>,
    /// A snapshot folder
    pub snapshot: Option<String>,
    /// The account, Region and partition, where the snapshot does not tell
    pub account: Option<String>,
    /// The Region
    pub region: Option<String>,
    /// The partition
    pub partition: Option<String>,
    /// Named assumptions
    pub assume: BTreeMap<String, String>,
    /// Further identity policies
    pub identity: Vec<String>,
    /// The permissions boundary
    pub boundary: Option<String>,
    /// Session policies
    pub session: Vec<String>,
    /// Service control policies on the account's level
    pub scp: Vec<String>,
    /// Resource control policies on the account's level
    pub rcp: Vec<String>,
    /// The policy of the VPC endpoint in use
    pub vpce: Option<String>,
    /// Bucket policies by bucket
    pub bucket_policy: BTreeMap<String, String>,
    /// Key policies by key
    pub key_policy: BTreeMap<String, String>,
}

/// What a case asks
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// What becomes of a planned request
    Request(RequestCase),
    /// What becomes of one call
    Raw(RawCase),
}

/// A planned request and what is expected of it
#[derive(Debug, Clone, PartialEq)]
pub struct RequestCase {
    /// The request's file
    pub request: String,
    /// The operation, when the request does not tell
    pub operation: Option<String>,
    /// A folder of further operations
    pub catalog: Option<String>,
    /// What is told of the account that no file holds: names with values, none where it is known that there is none
    pub fact: BTreeMap<String, Vec<String>>,
    /// Manifests of the training dataset
    pub train: Vec<String>,
    /// Manifests of the test dataset
    pub test: Vec<String>,
    /// Condition keys with their values
    pub context: BTreeMap<String, Vec<String>>,
    /// Condition keys whose value is not known
    pub unknown: Vec<String>,
    /// Condition keys that the request does not carry
    pub absent: Vec<String>,
    /// The expected verdict
    pub verdict: Option<Verdict>,
    /// The expected rows
    pub rows: Vec<ExpectedRow>,
}

/// Rows of a report and what is expected of each
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRow {
    /// Rows of this need
    pub id: Option<String>,
    /// Rows of this action, possibly with wildcards
    pub action: Option<String>,
    /// Rows about this resource
    pub resource: Option<String>,
    /// What is expected
    pub expected: Expected,
}

/// A call and what is expected of it
#[derive(Debug, Clone, PartialEq)]
pub struct RawCase {
    /// The action
    pub action: String,
    /// The resource, `*` for actions without one
    pub resource: String,
    /// Condition keys with their values
    pub context: BTreeMap<String, Vec<String>>,
    /// Condition keys whose value is not known
    pub unknown: Vec<String>,
    /// Condition keys that the call does not carry
    pub absent: Vec<String>,
    /// Whether every key that is not listed is unknown; else it is absent
    pub open_context: bool,
    /// The policy of a resource that is neither a bucket nor a key
    pub resource_policy: Option<String>,
    /// What is expected
    pub expected: Expected,
}

/// A decision, and perhaps what makes it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The decision
    pub decision: Decision,
    /// The deciding statement
    pub decided_by: Option<Decider>,
}

/// A deciding statement, by as many of its names as are given
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// Its layer
    pub layer: Option<Layer>,
    /// The policy's name
    pub policy: Option<String>,
    /// The statement's Sid
    pub sid: Option<String>,
}
