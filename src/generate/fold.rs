//! Many objects written as few patterns: the folding that grants the fewest others within a size
//!
//! The keys form a tree. Each subtree is either one prefix pattern or the patterns of its branches, so
//! the best choice for every size follows from the best choices of the branches (a knapsack on a tree).

mod front;
mod tree;

use std::collections::BTreeSet;

use super::spelling;
use crate::iam::wildcard::Glob;
use front::{Arena, Front};
use tree::{Entry, Tree};

/// How objects are named
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    /// Each by its key, folded only as far as the size forces
    Object,
    /// By the folder they lie in
    Prefix,
    /// All of the bucket
    Bucket,
}

/// The objects of one bucket
#[derive(Debug, Clone)]
pub struct BucketObjects {
    /// What stands before the key in the ARN: `arn:aws:s3:::bucket/`
    pub arn_prefix: String,
    /// The keys needed
    pub needed: BTreeSet<String>,
    /// The keys of other objects in the bucket, where they are known
    pub others: Option<BTreeSet<String>>,
    /// In how many statements each pattern stands
    pub uses: usize,
}

/// One pattern of a folding
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPattern {
    /// One object
    Key(String),
    /// Every object whose key begins so
    Prefix(String),
}

impl KeyPattern {
    /// The pattern as a policy writes it, without the bucket
    #[must_use]
    pub fn spelled(&self) -> String {
        match self {
            Self::Key(key) => spelling::pattern(key),
            Self::Prefix(prefix) => spelling::pattern(prefix) + "*",
        }
    }

    fn size(&self, objects: &BucketObjects) -> usize {
        let spelled = format!("{}{}", objects.arn_prefix, self.spelled());
        // A comma follows each but the last.
        (super::document::characters(&serde_json::Value::String(spelled)) + 1) * objects.uses
    }
}

/// The patterns chosen for one bucket
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folding {
    /// The patterns, sorted
    pub patterns: Vec<KeyPattern>,
    /// How many known objects they grant beyond those needed; `None` where the others are not known
    pub beyond: Option<u64>,
}

impl Folding {
    /// Whether every pattern names one object
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.patterns.iter().all(|pattern| matches!(pattern, KeyPattern::Key(key) if spelling::is_exact(key)))
    }
}

/// Folds the objects of all buckets into this many characters; `None` when not even whole buckets fit
#[must_use]
pub fn fold(buckets: &[BucketObjects], granularity: Granularity, size: usize) -> Option<Vec<Folding>> {
    let prepared: Vec<Vec<Entry>> = buckets.iter().map(|objects| entries(objects, granularity)).collect();
    let mut arena = Arena::default();
    let mut sum = Front::nothing(&mut arena);
    for (place, (objects, entries)) in buckets.iter().zip(&prepared).enumerate() {
        let front = Tree { entries, objects, size, bucket: place }.front(&mut arena);
        sum = sum.join(&front, size, &mut arena);
    }
    let chosen = arena.patterns(sum.best()?);
    let folding = |place: usize, objects: &BucketObjects| {
        let own = chosen.iter().filter(|(bucket, _)| *bucket == place).map(|(_, pattern)| pattern.clone());
        let patterns = without_needless(own.collect(), objects);
        let beyond = objects.others.as_ref().map(|others| beyond(&patterns, objects, others));
        Folding { patterns: patterns.into_iter().collect(), beyond }
    };
    Some(buckets.iter().enumerate().map(|(place, objects)| folding(place, objects)).collect())
}

/// What a folding is made of: the needed keys, or their folders, among the others
fn entries(objects: &BucketObjects, granularity: Granularity) -> Vec<Entry> {
    let mut entries: Vec<Entry> = match granularity {
        Granularity::Object => {
            objects.needed.iter().map(|key| Entry::needed(KeyPattern::Key(key.clone()), 0)).collect()
        }
        Granularity::Prefix => {
            folders(&objects.needed).into_iter().map(|folder| Entry::folder(folder, objects)).collect()
        }
        Granularity::Bucket => vec![Entry::folder(String::new(), objects)],
    };
    let covered = |key: &str| entries.iter().any(|entry| entry.is_folder() && key.starts_with(entry.text()));
    let others: Vec<Entry> = objects
        .others
        .iter()
        .flatten()
        .filter(|key| !objects.needed.contains(*key) && (granularity == Granularity::Object || !covered(key)))
        .map(|key| Entry::other(key.clone()))
        .collect();
    entries.extend(others);
    entries.sort_by(|one, other| one.text().cmp(other.text()));
    entries
}

/// The folders that hold the keys, none inside another
fn folders(keys: &BTreeSet<String>) -> Vec<String> {
    let folder = |key: &String| key.rfind('/').and_then(|at| key.get(..=at)).unwrap_or_default().to_owned();
    let all: BTreeSet<String> = keys.iter().map(folder).collect();
    let mut kept: Vec<String> = Vec::new();
    for folder in all {
        if !kept.last().is_some_and(|last| folder.starts_with(last.as_str())) {
            kept.push(folder);
        }
    }
    kept
}

/// Leaves out patterns whose objects others grant as well: `?` in place of a character that IAM cannot write
/// may take in a neighbour
fn without_needless(patterns: BTreeSet<KeyPattern>, objects: &BucketObjects) -> BTreeSet<KeyPattern> {
    let exact = |pattern: &KeyPattern| {
        let (KeyPattern::Key(text) | KeyPattern::Prefix(text)) = pattern;
        spelling::is_exact(text)
    };
    if patterns.iter().all(exact) {
        return patterns;
    }
    let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::parse(&pattern.spelled())).collect();
    let mut granted: Vec<Vec<usize>> = Vec::new();
    for key in &objects.needed {
        let by = globs.iter().enumerate().filter(|(_, glob)| glob.matches(key)).map(|(place, _)| place);
        granted.push(by.collect());
    }
    let mut kept: BTreeSet<usize> = (0..globs.len()).collect();
    for place in 0..globs.len() {
        let alone = |by: &Vec<usize>| by.contains(&place) && by.iter().filter(|own| kept.contains(own)).count() == 1;
        if !granted.iter().any(alone) {
            kept.remove(&place);
        }
    }
    patterns.into_iter().enumerate().filter(|(place, _)| kept.contains(place)).map(|(_, pattern)| pattern).collect()
}

/// How many of the others the patterns grant
fn beyond(patterns: &BTreeSet<KeyPattern>, objects: &BucketObjects, others: &BTreeSet<String>) -> u64 {
    let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::parse(&pattern.spelled())).collect();
    let granted = |key: &&String| !objects.needed.contains(*key) && globs.iter().any(|glob| glob.matches(key));
    others.iter().filter(granted).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bucket(needed: &[&str], others: Option<&[&str]>) -> BucketObjects {
        let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        BucketObjects {
            arn_prefix: "arn:aws:s3:::b/".to_owned(),
            needed: set(needed),
            others: others.map(set),
            uses: 1,
        }
    }

    fn folded(objects: &BucketObjects, granularity: Granularity, size: usize) -> Option<(Vec<String>, Option<u64>)> {
        let folding = fold(std::slice::from_ref(objects), granularity, size)?.into_iter().next()?;
        Some((folding.patterns.iter().map(KeyPattern::spelled).collect(), folding.beyond))
    }

    #[test]
    fn objects_stay_single_as_long_as_they_fit() {
        let objects = bucket(&["t/1", "t/2"], Some(&["t/1", "t/2", "t/3"]));
        assert_eq!(folded(&objects, Granularity::Object, 100), Some((vec!["t/1".into(), "t/2".into()], Some(0))));
        assert_eq!(folded(&objects, Granularity::Object, 30), Some((vec!["t/*".into()], Some(1))));
        assert_eq!(folded(&objects, Granularity::Object, 10), None);
    }

    #[test]
    fn folders_that_hold_others_are_folded_last() {
        let objects = bucket(
            &["clean/1", "clean/2", "mixed/1", "mixed/2"],
            Some(&["clean/1", "clean/2", "mixed/1", "mixed/2", "mixed/3"]),
        );
        let (patterns, beyond) = folded(&objects, Granularity::Object, 80).unwrap();
        assert_eq!(patterns, ["mixed/1", "mixed/2", "clean/*"]);
        assert_eq!(beyond, Some(0));
    }

    #[test]
    fn a_number_in_a_name_is_no_folder() {
        let objects = bucket(&["img-100", "img-101", "img-200", "img-300"], None);
        assert_eq!(folded(&objects, Granularity::Object, 60), Some((vec!["img-*".into()], None)));
    }

    #[test]
    fn folders_and_buckets_on_request() {
        let objects = bucket(&["a/1", "a/b/2", "c/3"], Some(&["a/1", "a/9", "d/1"]));
        assert_eq!(folded(&objects, Granularity::Prefix, 500), Some((vec!["a/*".into(), "c/*".into()], Some(1))));
        assert_eq!(folded(&objects, Granularity::Bucket, 500), Some((vec!["*".into()], Some(2))));
    }

    #[test]
    fn characters_that_iam_cannot_write_are_counted_with_what_they_grant() {
        let objects = bucket(&["画/1"], Some(&["画/1", "像/1", "x/1", "xx/1"]));
        assert_eq!(folded(&objects, Granularity::Object, 100), Some((vec!["?/1".into()], Some(2))));
    }

    /// The fewest known others that any choice of prefixes and keys grants within the size
    fn brute_force(objects: &BucketObjects, size: usize) -> Option<u64> {
        let mut choices: Vec<BTreeSet<KeyPattern>> = vec![BTreeSet::new()];
        for key in &objects.needed {
            let prefixes = (0..=key.len()).map(|end| KeyPattern::Prefix(key.get(..end).unwrap().to_owned()));
            let own: Vec<KeyPattern> = prefixes.chain([KeyPattern::Key(key.clone())]).collect();
            choices = choices
                .into_iter()
                .flat_map(|choice| {
                    own.iter().map(move |pattern| choice.iter().chain([pattern]).cloned().collect()).collect::<Vec<_>>()
                })
                .collect();
        }
        let fitting =
            choices.iter().filter(|choice| choice.iter().map(|pattern| pattern.size(objects)).sum::<usize>() <= size);
        let others = objects.others.clone().unwrap_or_default();
        fitting.map(|choice| beyond(choice, objects, &others)).min()
    }

    proptest! {
        #[test]
        fn no_other_choice_grants_fewer_objects_within_the_size(
            needed in proptest::collection::btree_set("[ab/]{1,4}", 1..5),
            others in proptest::collection::btree_set("[ab/]{1,4}", 0..7),
            size in 15_usize..110,
        ) {
            let objects = BucketObjects {
                arn_prefix: "arn:aws:s3:::b/".to_owned(), needed, others: Some(others), uses: 1,
            };
            let found = fold(std::slice::from_ref(&objects), Granularity::Object, size);
            prop_assert_eq!(found.as_ref().and_then(|found| found[0].beyond), brute_force(&objects, size));
            if let Some(found) = found {
                let spelled: usize = found[0].patterns.iter().map(|pattern| pattern.size(&objects)).sum();
                prop_assert!(spelled <= size);
                for key in &objects.needed {
                    let granted = |pattern: &KeyPattern| Glob::parse(&pattern.spelled()).matches(key);
                    prop_assert_eq!(found[0].patterns.iter().filter(|pattern| granted(pattern)).count(), 1, "{:?}", found);
                }
            }
        }
    }
}
