//! The tree of a bucket's keys, and the front of each of its branches

use super::front::{Arena, Cost, Front};
use super::{BucketObjects, KeyPattern};
use crate::generate::spelling;

/// A key of the bucket, or a folder that is named as a whole
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pattern: KeyPattern,
    needed: bool,
    /// Known objects that a folder holds beyond the needed ones
    beyond: u64,
}

impl Entry {
    pub(super) fn needed(pattern: KeyPattern, beyond: u64) -> Self {
        Self { pattern, needed: true, beyond }
    }

    pub(super) fn folder(folder: String, objects: &BucketObjects) -> Self {
        let others = objects.others.iter().flatten();
        let inside = others.filter(|key| key.starts_with(&folder) && !objects.needed.contains(*key)).count();
        Self::needed(KeyPattern::Prefix(folder), inside as u64)
    }

    pub(super) fn other(key: String) -> Self {
        Self { pattern: KeyPattern::Key(key), needed: false, beyond: 1 }
    }

    pub(super) fn text(&self) -> &str {
        match &self.pattern {
            KeyPattern::Key(text) | KeyPattern::Prefix(text) => text,
        }
    }

    pub(super) fn is_folder(&self) -> bool {
        matches!(self.pattern, KeyPattern::Prefix(_))
    }
}

/// One bucket's entries, sorted, on the way to a front
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) objects: &'a BucketObjects,
    /// The size that all has to fit in
    pub(super) size: usize,
    pub(super) bucket: usize,
}

impl Tree<'_> {
    /// The best foldings of all needed entries
    pub(super) fn front(self, arena: &mut Arena) -> Front {
        if self.entries.iter().any(|entry| entry.needed) {
            self.branch(self.entries, None, arena)
        } else {
            Front::nothing(arena)
        }
    }

    /// The best foldings of a branch; `above` is the length of what all its entries share with their sisters
    fn branch(self, entries: &[Entry], above: Option<usize>, arena: &mut Arena) -> Front {
        if let [entry] = entries {
            return self.leaf(entry, above, arena);
        }
        let prefix = shared(entries);
        let beyond = entries.iter().map(|entry| entry.beyond).sum();
        let folded = self.prefixes(prefix, above, beyond, arena);
        // Where nothing else lies, only whole folders are worth a prefix; elsewhere every character may tell apart.
        let clean = entries.iter().all(|entry| entry.needed);
        let parts = if clean { by_folder(entries, prefix) } else { by_character(entries, prefix) };
        let mut sum = Front::nothing(arena);
        for part in parts.into_iter().filter(|part| part.iter().any(|entry| entry.needed)) {
            let front = match part {
                [entry] if clean => self.alone(entry, arena),
                _ if clean => self.branch(part, Some(folder_end(part, prefix)), arena),
                _ => self.branch(part, Some(prefix.len()), arena),
            };
            sum = sum.join(&front, self.size, arena);
            if sum.is_empty() {
                break;
            }
        }
        folded.or(sum, self.size)
    }

    /// One entry among others: itself, or a prefix that only it has
    fn leaf(self, entry: &Entry, above: Option<usize>, arena: &mut Arena) -> Front {
        let own = self.alone(entry, arena);
        if above == Some(entry.text().len()) {
            // Its sisters begin with it.
            return own;
        }
        own.or(self.prefixes(entry.text(), above, entry.beyond, arena), self.size)
    }

    /// One entry as itself
    fn alone(self, entry: &Entry, arena: &mut Arena) -> Front {
        let mut own = Front::default();
        let open = entry.is_folder() || !spelling::is_exact(entry.text());
        let cost = if open { Cost::open(entry.text(), entry.beyond) } else { Cost::default() };
        own.add((self.bucket, entry.pattern.clone()), entry.pattern.size(self.objects), cost, arena);
        own.or(Front::default(), self.size)
    }

    /// Prefixes that all of a branch shares and its sisters do not: the longest, those of its folders, the shortest
    fn prefixes(self, longest: &str, above: Option<usize>, beyond: u64, arena: &mut Arena) -> Front {
        let shortest = above.map_or(0, |above| next(longest, above));
        let folders = longest.match_indices('/').map(|(at, _)| at + 1).filter(|end| *end > shortest);
        let mut ends: Vec<usize> = std::iter::once(shortest).chain(folders).chain([longest.len()]).collect();
        ends.dedup();
        let mut front = Front::default();
        for prefix in ends.into_iter().filter_map(|end| longest.get(..end)) {
            let pattern = KeyPattern::Prefix(prefix.to_owned());
            let size = pattern.size(self.objects);
            front.add((self.bucket, pattern), size, Cost::open(prefix, beyond), arena);
        }
        front.or(Front::default(), self.size)
    }
}

/// The place after the next character
fn next(text: &str, at: usize) -> usize {
    let following = text.get(at..).and_then(|rest| rest.chars().next());
    at + following.map_or(0, char::len_utf8)
}

/// What all of the sorted entries begin with
fn shared(entries: &[Entry]) -> &str {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return "" };
    let (first, last) = (first.text(), last.text());
    let same = first.char_indices().zip(last.chars()).find(|((_, one), other)| one != other);
    let end = same.map_or(first.len().min(last.len()), |((at, _), _)| at);
    first.get(..end).unwrap_or_default()
}

/// Parts with the same next character; an entry that is the prefix itself is a part of its own
fn by_character<'e>(entries: &'e [Entry], prefix: &str) -> Vec<&'e [Entry]> {
    let following = |entry: &Entry| entry.text().get(prefix.len()..).and_then(|rest| rest.chars().next());
    entries.chunk_by(|one, other| following(one) == following(other)).collect()
}

/// Where the folder ends that all of a part lie in, without its slash
fn folder_end(part: &[Entry], prefix: &str) -> usize {
    let base = prefix.rfind('/').map_or(0, |at| at + 1);
    let rest = part.first().and_then(|entry| entry.text().get(base..)).unwrap_or_default();
    base + rest.find('/').unwrap_or_default()
}

/// Entries directly in the folder one by one, those of each folder in it together
fn by_folder<'e>(entries: &'e [Entry], prefix: &str) -> Vec<&'e [Entry]> {
    let base = prefix.rfind('/').map_or(0, |at| at + 1);
    let folder = |entry: &'e Entry| {
        let rest = entry.text().get(base..).unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(..at))
    };
    let together = |one: &'e Entry, other: &'e Entry| folder(one).is_some() && folder(one) == folder(other);
    let mut parts: Vec<&[Entry]> = Vec::new();
    let mut start = 0;
    for (place, pair) in entries.windows(2).enumerate() {
        if let [one, other] = pair
            && !together(one, other)
        {
            parts.extend(entries.get(start..=place));
            start = place + 1;
        }
    }
    parts.extend(entries.get(start..));
    parts
}
