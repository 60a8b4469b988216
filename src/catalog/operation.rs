//! One operation: what it needs, from whom, and how AWS documents it

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::iam::Action;
use crate::source::{Location, SourceFile};

use super::assumption::{Assumptions, SIDE_EFFECTS};
use super::grade::{Phase, Source};
use super::manifest::{self, ManifestFormat};
use super::predicate::When;
use super::row::{Precondition, Row};
use super::template::Template;
use super::text;

/// An operation of the catalog
#[derive(Debug, Clone)]
pub struct Operation {
    /// Everything but rows and preconditions
    pub header: Header,
    /// What it needs, in the order of the file
    pub rows: Vec<Row>,
    /// What must hold beyond permissions
    pub preconditions: Vec<Precondition>,
    /// The file it was read from
    pub file: SourceFile,
    /// The operations that the catalog has a way to, by `derive --as`
    pub successors: Vec<String>,
    /// Where the named entries of the head stand, as `fact.images`
    pub(super) places: BTreeMap<String, Location>,
}

/// The head of an operation's file
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the catalog format
    pub format: u32,
    /// `service:Name`
    #[serde(deserialize_with = "text::parsed")]
    pub operation: Action,
    /// The API model that it describes
    pub model: String,
    /// The JSON Schema of its request, a file of the catalog
    pub schema: String,
    /// Who says what it needs
    #[serde(default)]
    pub origin: Provenance,
    /// What every reader must know besides the service's life, one sentence without a full stop
    pub notice: Option<String>,
    /// The service
    pub service: Service,
    /// Where the service is in its life
    pub status: Status,
    /// The HTTP statuses of its answers
    #[serde(default)]
    pub answer: AnswerStatus,
    /// Request members that need no permission
    #[serde(default)]
    pub inert: Vec<String>,
    /// Request members whose needs are not in the catalog: with one of them the answer is incomplete
    #[serde(default)]
    pub unmodelled: Vec<String>,
    /// Quotas, for `request::quota`
    #[serde(default)]
    pub quota: toml::Table,
    /// The pages behind the rows, by short name
    #[serde(default)]
    pub source: BTreeMap<String, Source>,
    /// Principals beside the caller
    #[serde(default)]
    pub principal: BTreeMap<String, Principal>,
    /// What is not in the request
    #[serde(default)]
    pub fact: BTreeMap<String, FactSource>,
}

/// Who says what an operation needs
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// Somebody who read the pages
    #[default]
    Written,
    /// Names alone, in AWS's API model and reference: what the service does beyond its own action is not known
    Generated,
}

/// A service
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name as AWS writes it
    pub name: String,
    /// Its service principal
    pub principal: String,
    /// Its name in `via` chains
    pub via: String,
}

/// The HTTP statuses that a service answers with
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerStatus {
    /// When it takes the request
    pub accepted: u16,
    /// When a permission is lacking
    pub denied: u16,
}

impl Default for AnswerStatus {
    fn default() -> Self {
        Self { accepted: 202, denied: 403 }
    }
}

/// Where a service is in its life
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The state
    pub state: State,
    /// Since when
    pub on: Option<toml::value::Datetime>,
    /// What AWS names in its place
    #[serde(default)]
    pub replaced_by: Vec<String>,
    /// The `[source]` entries that say so
    #[serde(default)]
    pub src: Vec<String>,
}

/// The states of a service
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In service
    Active,
    /// Closed to new customers
    Closing,
    /// No longer there
    Ended,
}

/// A role that the request hands over
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    /// The request member with the role's ARN (one role for each, where it goes through a list), or a `told` fact
    pub role: String,
    /// When there is one
    #[serde(default)]
    pub when: When,
    /// `iam:PassRole`: who passes it to which service
    pub pass: Option<Pass>,
    /// What its trust policy must allow
    pub trust: Option<Trust>,
    /// What its trust policy must allow as well
    #[serde(default)]
    pub trust_also: Vec<TrustAlso>,
    /// The phase of rows that it needs
    #[serde(default)]
    pub phase: Phase,
    /// The `[source]` entries that back it
    #[serde(default)]
    pub src: Vec<String>,
    /// Why it is needed, one sentence
    #[serde(default)]
    pub because: String,
}

/// Who passes a role, and to which service
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// `caller` or a principal
    pub by: String,
    /// The service principal, the value of `iam:PassedToService`
    pub to: String,
}

/// What a trust policy must allow
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The service principal
    pub service: String,
    /// The actions
    #[serde(deserialize_with = "text::one_or_many")]
    pub actions: Vec<Action>,
    /// What the service sends as `aws:SourceArn`
    #[serde(default, deserialize_with = "text::parsed_option")]
    pub source_arn: Option<Template>,
}

/// What a trust policy must allow on a condition
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustAlso {
    /// The condition
    pub when: When,
    /// The actions
    #[serde(deserialize_with = "text::one_or_many")]
    pub actions: Vec<Action>,
    /// The `[source]` entries that back it
    #[serde(default)]
    pub src: Vec<String>,
}

/// Where something comes from that a row is about
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FactSource {
    /// A place in S3 with the fields `bucket`, `prefix` and `key` (the prefix as keys begin with it)
    S3Location {
        /// The request member with the bucket
        bucket: String,
        /// The request member with the prefix
        prefix: Option<String>,
        /// The assumption that says how the service joins prefix and name: `folder` or `prefix`
        layout: Option<String>,
    },
    /// A KMS key of the request: key id, key ARN, alias or alias ARN
    KmsKey {
        /// The request member
        reference: String,
    },
    /// A place in S3 that the request names by its URI, with the fields of [`Place`](Self::S3Location)
    S3Uri {
        /// The request member with the URI
        uri: String,
        /// As of [`S3Location`](Self::S3Location)
        layout: Option<String>,
    },
    /// Places in S3, for `for_each`: each with the fields of a place and the members of its list's element
    S3Uris {
        /// The request members: URIs, or objects that hold one
        of: Vec<String>,
        /// The member of such an object that holds the URI
        uri: Option<String>,
    },
    /// Images in ECR, for `for_each`: each with the fields `registry`, `region` and `repository`; images of other
    /// registries are none
    EcrImages {
        /// The request members with the images' URIs
        of: Vec<String>,
    },
    /// Something with an ARN that the request names by it or by an id
    ArnOrId {
        /// The request member
        of: String,
        /// What the ARN of an id is: the first form whose beginnings fit it
        forms: Vec<IdForm>,
    },
    /// A resource whose ARN the request holds, or of which it names parts; what it does not say stays open
    RequestArn {
        /// The request members that may hold the whole ARN
        whole: Vec<String>,
        /// The ARN: a member without a value, or with one that is no plain name, is an open part
        #[serde(deserialize_with = "text::parsed")]
        form: Template,
    },
    /// Something stored in AWS that no request names and no snapshot holds: the user tells it with `--fact`
    Told {
        /// What it is, in words
        what: String,
        /// How to find it out
        how: String,
        /// Whether the values name KMS keys
        #[serde(default)]
        keys: bool,
    },
    /// The KMS key of a bucket's default encryption; none when that is SSE-S3
    BucketDefaultKey {
        /// The request member with the bucket
        bucket: String,
    },
    /// Every object that the dataset manifests name
    DatasetObjects {
        /// The assumption that says whether the manifests given are all
        complete: Option<String>,
        /// What the manifests may be
        #[serde(default = "manifest::json_lines")]
        manifests: Vec<ManifestFormat>,
    },
    /// Every bucket that holds one of those objects
    DatasetBuckets {
        /// The fact with the objects
        of: String,
    },
    /// Every KMS key that encrypts one of those objects
    DatasetKeys {
        /// The fact with the objects
        of: String,
    },
}

/// The ARN that an id stands for
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdForm {
    /// What such ids begin with; any id without it
    #[serde(default)]
    pub begins: Vec<String>,
    /// The ARN, with the id as `{id}`
    #[serde(deserialize_with = "text::parsed")]
    pub arn: Template,
}

impl Operation {
    /// When a lack of a row would show: as the row says, else as its principal does
    #[must_use]
    pub fn phase(&self, row: &Row) -> Phase {
        let of_principal = || self.header.principal.get(&row.actor).map(|principal| principal.phase);
        row.phase.or_else(of_principal).unwrap_or_default()
    }

    /// `service:Name`
    #[must_use]
    pub fn name(&self) -> &str {
        self.header.operation.as_str()
    }

    /// The first row about the dataset's objects
    #[must_use]
    pub fn dataset_row(&self) -> Option<&Row> {
        self.rows.iter().find(|row| {
            let list = row.for_each.as_ref().and_then(|each| self.header.fact.get(&each.list));
            list.is_some_and(|source| matches!(source, FactSource::DatasetObjects { .. }))
        })
    }

    /// Whether it was generated
    #[must_use]
    pub fn is_generated(&self) -> bool {
        self.header.origin == Provenance::Generated
    }

    /// Whether it may need what none of its rows says: it was generated, and nobody assumes that this is all
    #[must_use]
    pub fn has_open_side_effects(&self, assumptions: &Assumptions) -> bool {
        self.is_generated() && !assumptions.is(SIDE_EFFECTS, "none")
    }

    /// Everything that every reader must know
    pub fn notices(&self) -> impl Iterator<Item = String> {
        let said = self.header.notice.as_ref().map(|notice| format!("{notice}."));
        self.notice().into_iter().chain(said)
    }

    /// What the dataset's manifests may be
    #[must_use]
    pub fn manifest_formats(&self) -> &[ManifestFormat] {
        let formats = self.header.fact.values().find_map(|source| match source {
            FactSource::DatasetObjects { manifests, .. } => Some(manifests.as_slice()),
            _ => None,
        });
        formats.unwrap_or(&[ManifestFormat::Lines])
    }

    /// The pages behind a list of short names
    #[must_use]
    pub fn sources(&self, names: &[String]) -> Vec<Source> {
        names.iter().filter_map(|name| self.header.source.get(name)).cloned().collect()
    }

    /// What every reader must know of the service's life, and the way on; `None` for a service that is in service
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let life = self.life()?;
        if self.successors.is_empty() {
            return Some(life);
        }
        let names = self.successors.join(", ");
        Some(format!("{life} `derive REQUEST --as OPERATION` makes the request one of its successors: {names}."))
    }

    /// The same without the way on
    #[must_use]
    pub fn life(&self) -> Option<String> {
        let status = &self.header.status;
        let name = &self.header.service.name;
        let on = status.on.map(|on| format!(" on {on}")).unwrap_or_default();
        let said = match status.state {
            State::Active => return None,
            State::Closing => format!("{name} takes no new customers{}", on.replace(" on ", " since ")),
            State::Ended => format!("{name} ended{on}: AWS no longer answers this request"),
        };
        let successors = match status.replaced_by.as_slice() {
            [] => String::new(),
            names => format!("; AWS names in its place: {}", names.join(", ")),
        };
        Some(format!("{said}{successors}."))
    }
}
