//! What a manifest came to

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::line::{Class, ReadLine};
use crate::source::{Location, Position};

/// How many problems of one manifest are kept; all are counted
pub const PROBLEMS_KEPT: usize = 100;

/// How many different buckets are counted by name; a valid manifest has one
const BUCKETS_NAMED: usize = 1000;

/// How many different attributes are counted by name; a manifest of Lookout for Vision has one label and one mask
const ATTRIBUTES_NAMED: usize = 20;

/// Which dataset of the project a manifest makes up
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DatasetRole {
    /// The training dataset, or the only dataset, which the service then splits
    Train,
    /// The test dataset
    Test,
}

impl fmt::Display for DatasetRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "training",
            Self::Test => "test",
        })
    }
}

/// Why a line could not be read
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// The line, from 1
    pub line: u32,
    /// The column in characters, from 1, where one can be told
    pub column: Option<u32>,
    /// What is wrong, in one sentence without a final full stop
    pub reason: String,
}

impl LineProblem {
    /// Its place in a manifest, at the start of the line where no column is known
    #[must_use]
    pub fn location(&self, manifest: &Arc<str>) -> Location {
        let at = Position { line: self.line, column: self.column.unwrap_or(1) };
        Location { file: Arc::clone(manifest), at }
    }
}

/// The counts of one manifest; only lines that could be read count
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestSummary {
    /// The manifest as the user named it
    pub name: Arc<str>,
    /// The dataset it belongs to
    pub role: DatasetRole,
    /// Lines that could be read
    pub lines: u64,
    /// References to images, one a line
    pub images: u64,
    /// References to segmentation masks and other objects under a `-ref` key
    pub masks: u64,
    /// Images labelled `normal`
    pub normal: u64,
    /// Images labelled `anomaly`
    pub anomaly: u64,
    /// Images with neither label
    pub unlabeled: u64,
    /// Size of the whole manifest in bytes, bad lines included
    pub bytes: u64,
    /// References (images and masks) by bucket, for the first 1,000 different buckets
    pub buckets: BTreeMap<String, u64>,
    /// References in buckets beyond those
    pub unnamed_buckets: u64,
    /// Images by the attribute that holds their label, for the first 20 different ones
    pub labels: BTreeMap<String, u64>,
    /// References to masks by the attribute that holds them, for the first 20 different ones
    pub mask_attributes: BTreeMap<String, u64>,
    /// Images with a mask
    pub masked: u64,
    /// Whether any line carries a segmentation mask
    pub segmentation: bool,
    /// The first [`PROBLEMS_KEPT`] problems, in the order of the lines
    pub problems: Vec<LineProblem>,
    /// How many lines could not be read, each of them one problem
    pub problem_count: u64,
}

impl ManifestSummary {
    pub(super) fn new(name: &Arc<str>, role: DatasetRole) -> Self {
        Self {
            name: Arc::clone(name),
            role,
            lines: 0,
            images: 0,
            masks: 0,
            normal: 0,
            anomaly: 0,
            unlabeled: 0,
            bytes: 0,
            buckets: BTreeMap::new(),
            unnamed_buckets: 0,
            labels: BTreeMap::new(),
            mask_attributes: BTreeMap::new(),
            masked: 0,
            segmentation: false,
            problems: Vec::new(),
            problem_count: 0,
        }
    }

    pub(super) fn count(&mut self, line: &ReadLine<'_>) {
        self.lines += 1;
        self.images += 1;
        self.masks += u64::try_from(line.masks.len()).unwrap_or(u64::MAX);
        self.segmentation |= line.segmentation;
        self.masked += u64::from(!line.masks.is_empty());
        if let Some(label) = line.label {
            count_attribute(&mut self.labels, label);
        }
        for (attribute, _) in &line.masks {
            count_attribute(&mut self.mask_attributes, attribute);
        }
        *match line.class {
            Some(Class::Normal) => &mut self.normal,
            Some(Class::Anomaly) => &mut self.anomaly,
            Some(Class::Other) | None => &mut self.unlabeled,
        } += 1;
    }

    /// Counts an object of a list, which has no label
    pub(super) fn count_listed(&mut self) {
        self.lines += 1;
        self.images += 1;
        self.unlabeled += 1;
    }

    pub(super) fn count_bucket(&mut self, bucket: &str) {
        if let Some(count) = self.buckets.get_mut(bucket) {
            *count += 1;
        } else if self.buckets.len() < BUCKETS_NAMED {
            self.buckets.insert(bucket.to_owned(), 1);
        } else {
            self.unnamed_buckets += 1;
        }
    }

    pub(super) fn problem(&mut self, problem: impl FnOnce() -> LineProblem) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_KEPT {
            self.problems.push(problem());
        }
    }
}

fn count_attribute(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else if counts.len() < ATTRIBUTES_NAMED {
        counts.insert(name.to_owned(), 1);
    }
}
