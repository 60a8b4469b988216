//! The dataset's objects, sorted into classes while the manifests are read
//!
//! No object's key is kept: one that the table of encryptions knows costs 4 bytes, another 16. With
//! [`keep_members`](DatasetObjects::keep_members) (for `--expand`) the keys are kept.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::evaluate::{ClassId, Classes};
use crate::facts::{Fact, ObjectEncryption, ObjectTable, fingerprint};
use crate::iam::wildcard::Glob;
use crate::iam::{Action, Context, Resource};

use super::account::{Account, KeyArn};

/// How many keys of a class are kept as examples
pub(super) const EXAMPLES: usize = 5;

/// Objects that nothing tells apart
#[derive(Debug, Clone)]
pub struct ObjectClass {
    /// The key of the first one
    pub representative: String,
    /// What all their keys begin with
    pub prefix: String,
    /// How many different objects
    pub count: u64,
    /// Some of their keys
    pub examples: Vec<String>,
    /// How they are encrypted; `None` when that is not known
    pub encryption: Option<ObjectEncryption>,
    /// All their keys, if they are kept
    pub members: Vec<String>,
}

/// One bucket's objects
#[derive(Debug, Clone)]
pub(super) struct SortedObjects {
    classes: Classes,
    list: Vec<ObjectClass>,
    table: Fact<Arc<ObjectTable>>,
    arn_prefix: String,
    scratch: String,
    /// Where each object of the table was named first, 0 where it was not
    places: Vec<u32>,
    /// Objects that the table does not know: fingerprint of the key (72 bits), class (24), place (32)
    entries: Vec<u128>,
}

/// A reference that names an object a second time
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// Where the object was named first, as the caller numbers places
    pub first: u32,
    /// Where it was named again
    pub again: u32,
}

/// The objects of all manifests, by bucket
#[derive(Debug, Clone, Default)]
pub struct DatasetObjects {
    buckets: BTreeMap<String, SortedObjects>,
    keep_members: bool,
    /// References to objects that were already named
    pub duplicate_count: u64,
    /// The first of them
    pub duplicates: Vec<Duplicate>,
}

impl DatasetObjects {
    /// No objects yet; with `keep_members` every key is kept
    #[must_use]
    pub fn new(keep_members: bool) -> Self {
        Self { keep_members, ..Self::default() }
    }

    /// Whether a bucket was opened
    #[must_use]
    pub fn knows(&self, bucket: &str) -> bool {
        self.buckets.contains_key(bucket)
    }

    /// Prepares a bucket for its objects; its policy and the policies of its objects' keys must be compiled
    pub fn open(
        &mut self,
        bucket: &str,
        account: &Account,
        table: Fact<Arc<ObjectTable>>,
        reading: (&[Action], &Context),
    ) {
        let partition = account.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
        let arn_prefix = format!("arn:{partition}:s3:::{bucket}/");
        let all = Resource::Set(Glob::parse(&format!("{arn_prefix}*")));
        let keys: Vec<KeyArn> =
            table.known().map(|table| table.keys().map(str::to_owned).collect()).unwrap_or_default();
        let sets = account.telling_sets(bucket, &keys);
        let classes = account.program.classes(&all, &sets, reading.0, reading.1);
        let places = vec![0; table.known().map_or(0, |table| table.len())];
        let objects = SortedObjects {
            classes,
            list: Vec::new(),
            table,
            arn_prefix,
            scratch: String::new(),
            places,
            entries: Vec::new(),
        };
        self.buckets.insert(bucket.to_owned(), objects);
    }

    /// Adds a reference to an object of an opened bucket; `place` is the caller's number of the reference, from 1
    pub fn add(&mut self, bucket: &str, key: &str, place: u32) {
        let keep = self.keep_members;
        let Some(objects) = self.buckets.get_mut(bucket) else { return };
        if let Some(first) = objects.add(key, place, keep) {
            self.duplicate_count += 1;
            if self.duplicates.len() < EXAMPLES {
                self.duplicates.push(Duplicate { first, again: place });
            }
        }
    }

    /// The same objects, whose keys must have been kept, sorted by the policies of another account
    #[must_use]
    pub fn sorted_again(&self, account: &Account, reading: (&[Action], &Context)) -> Self {
        let mut again = Self::new(self.keep_members);
        for (bucket, objects) in &self.buckets {
            again.open(bucket, account, objects.table.clone(), reading);
            let members = objects.list.iter().flat_map(|class| &class.members);
            members.for_each(|key| again.add(bucket, key, 1));
        }
        again.finish();
        again
    }

    /// Only the first object of each class
    #[must_use]
    pub fn one_of_each(&self) -> Self {
        let mut few = self.clone();
        for class in few.buckets.values_mut().flat_map(|objects| &mut objects.list) {
            class.members.retain(|key| *key == class.representative);
            class.examples.clone_from(&class.members);
            class.count = class.count.min(1);
        }
        few
    }

    /// Counts the different objects and notes which were named twice
    pub fn finish(&mut self) {
        for objects in self.buckets.values_mut() {
            objects.finish(&mut self.duplicates, &mut self.duplicate_count);
        }
        self.duplicates.sort_unstable();
        self.duplicates.truncate(EXAMPLES);
    }

    /// Each bucket with its classes
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[ObjectClass])> {
        self.buckets.iter().map(|(name, objects)| (name.as_str(), objects.list.as_slice()))
    }

    /// The buckets that objects are in
    #[must_use]
    pub fn bucket_names(&self) -> BTreeSet<String> {
        self.buckets.iter().filter(|(_, objects)| !objects.list.is_empty()).map(|(name, _)| name.clone()).collect()
    }

    /// The keys that encrypt objects
    #[must_use]
    pub fn key_arns(&self) -> BTreeSet<KeyArn> {
        let classes = self.iter().flat_map(|(_, classes)| classes);
        let key = |class: &ObjectClass| match &class.encryption {
            Some(ObjectEncryption::Kms { key, .. }) => Some(key.clone()),
            _ => None,
        };
        classes.filter_map(key).collect()
    }
}

impl SortedObjects {
    /// Sorts an object into its class; the place where it was named before, if that is known already
    fn add(&mut self, key: &str, place: u32, keep: bool) -> Option<u32> {
        let found = self.table.known().and_then(|table| table.find(key));
        let slot = found.and_then(|(index, _)| self.places.get_mut(index));
        let counted = slot.is_some();
        if let Some(slot) = slot {
            if *slot != 0 {
                return Some(*slot);
            }
            *slot = place;
        }
        let number = self.class_of(key, found.map(|(_, kind)| kind));
        if let Some(class) = self.list.get_mut(number as usize) {
            class.note(key, keep);
            class.count += u64::from(counted);
        }
        if !counted {
            let class_bits = u128::from(number & 0x00ff_ffff) << 32;
            self.entries.push((fingerprint(key) & FINGERPRINT) | class_bits | u128::from(place));
        }
        None
    }

    fn class_of(&mut self, key: &str, kind: Option<u16>) -> u32 {
        self.scratch.clear();
        self.scratch.push_str(&self.arn_prefix);
        self.scratch.push_str(key);
        let label = kind.map_or(0, |kind| u32::from(kind) + 1);
        let (ClassId(number), new) = self.classes.sort(&self.scratch, label);
        if new {
            let encryption = kind.and_then(|kind| self.table.known()?.kind_at(kind)).cloned();
            let encryption = encryption.or_else(|| self.why_missing().map(ObjectEncryption::Unread));
            self.list.push(ObjectClass {
                representative: key.to_owned(),
                prefix: key.to_owned(),
                count: 0,
                examples: Vec::new(),
                encryption,
                members: Vec::new(),
            });
        }
        number
    }

    /// Why the table does not know an object
    fn why_missing(&self) -> Option<String> {
        match &self.table {
            Fact::Known(table) => table.why_missing().map(str::to_owned),
            Fact::Unknown(missing) => Some(missing.why.clone()),
            Fact::Absent => None,
        }
    }

    fn finish(&mut self, duplicates: &mut Vec<Duplicate>, total: &mut u64) {
        self.entries.sort_unstable();
        let mut previous: Option<u128> = None;
        for entry in &self.entries {
            match previous {
                Some(first) if first & FINGERPRINT == entry & FINGERPRINT => {
                    *total += 1;
                    if duplicates.len() < 4 * EXAMPLES {
                        duplicates.push(Duplicate { first: place(first), again: place(*entry) });
                    }
                }
                _ => {
                    previous = Some(*entry);
                    let class = usize::try_from((entry >> 32) & 0x00ff_ffff).ok();
                    if let Some(class) = class.and_then(|class| self.list.get_mut(class)) {
                        class.count += 1;
                    }
                }
            }
        }
        self.entries = Vec::new();
        self.places = Vec::new();
        for class in &mut self.list {
            let mut seen = HashSet::new();
            class.members.retain(|key| seen.insert(fingerprint(key)));
        }
    }
}

const FINGERPRINT: u128 = !0 << 56;

fn place(entry: u128) -> u32 {
    u32::try_from(entry & 0xffff_ffff).unwrap_or(u32::MAX)
}

/// Shortens a prefix to what the other text begins with too
pub(super) fn keep_common_prefix(prefix: &mut String, other: &str) {
    let differs = prefix.char_indices().zip(other.chars()).find(|((_, own), other)| own != other);
    let end = differs.map_or(prefix.len().min(other.len()), |((at, _), _)| at);
    prefix.truncate(end);
}

impl ObjectClass {
    fn note(&mut self, key: &str, keep: bool) {
        keep_common_prefix(&mut self.prefix, key);
        if self.examples.len() < EXAMPLES && !self.examples.iter().any(|known| known == key) {
            self.examples.push(key.to_owned());
        }
        if keep {
            self.members.push(key.to_owned());
        }
    }
}
