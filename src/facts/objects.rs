//! The encryption of a bucket's objects, in a form that holds a million of them

use std::collections::HashMap;

use siphasher::sip128::{Hasher128, SipHasher13};

/// How one object is encrypted
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectEncryption {
    /// SSE-S3 or nothing: reading needs no KMS permission
    NoKms,
    /// A KMS key, as `HeadObject` names it (an ARN)
    Kms {
        /// The key
        key: String,
        /// Whether the object was written with a Bucket Key: then the encryption context names the bucket (rule E350)
        bucket_key: bool,
    },
    /// SSE-C: the service cannot read it
    CustomerProvided,
    /// A value this tool does not know
    Other(String),
    /// Nobody knows, for this reason
    Unread(String),
}

/// The encryption of each object of one bucket, found by a 112-bit fingerprint of the key
///
/// 16 bytes an object. Two keys with one fingerprint among a million have odds below 10⁻²¹.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectTable {
    entries: Vec<u128>,
    kinds: Vec<ObjectEncryption>,
    /// Where each kind stands, while the table is built
    places: HashMap<ObjectEncryption, u16>,
    /// Why objects that it does not know are not in it, where that is known
    why_missing: Option<String>,
}

/// A fingerprint of a text in the upper 112 bits, the lower 16 free
#[must_use]
pub(crate) fn fingerprint(text: &str) -> u128 {
    let mut hasher = SipHasher13::new_with_keys(0x6961_6d2d_7072_6566, 0x6c69_6768_745f_6f62);
    std::hash::Hasher::write(&mut hasher, text.as_bytes());
    hasher.finish128().as_u128() & !0xffff
}

impl ObjectTable {
    /// Builds a table; of an object given twice the last one counts
    ///
    /// Kinds beyond the 65,535th are kept as unknown objects, which makes rows `undetermined`.
    pub fn build<K: AsRef<str>>(objects: impl IntoIterator<Item = (K, ObjectEncryption)>) -> Self {
        let mut table = Self::default();
        for (key, encryption) in objects {
            table.push(key.as_ref(), encryption);
        }
        table.finish();
        table
    }

    /// An empty table that says why objects are not in it
    #[must_use]
    pub fn without(why_missing: Option<&str>) -> Self {
        Self { why_missing: why_missing.map(str::to_owned), ..Self::default() }
    }

    /// Why objects that it does not know are not in it
    #[must_use]
    pub fn why_missing(&self) -> Option<&str> {
        self.why_missing.as_deref()
    }

    /// Adds an object; [`finish`](Self::finish) must follow the last one
    pub fn push(&mut self, key: &str, encryption: ObjectEncryption) {
        if let Some(place) = self.place(encryption) {
            self.entries.push(fingerprint(key) | u128::from(place));
        }
    }

    /// Where a kind stands, `None` when there are too many
    fn place(&mut self, encryption: ObjectEncryption) -> Option<u16> {
        if let Some(place) = self.places.get(&encryption) {
            return Some(*place);
        }
        let place = u16::try_from(self.kinds.len()).ok()?;
        self.kinds.push(encryption.clone());
        self.places.insert(encryption, place);
        Some(place)
    }

    /// Sorts the table for look-ups
    pub fn finish(&mut self) {
        self.entries.sort_by_key(|entry| entry >> 16);
        self.entries.shrink_to_fit();
        self.places = HashMap::new();
    }

    /// The encryption of an object, `None` when the table does not know the object
    #[must_use]
    pub fn encryption(&self, key: &str) -> Option<&ObjectEncryption> {
        self.kind_at(self.kind(key)?)
    }

    /// The encryption with this number
    #[must_use]
    pub fn kind_at(&self, kind: u16) -> Option<&ObjectEncryption> {
        self.kinds.get(usize::from(kind))
    }

    /// The KMS keys that encrypt objects of the table
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let mut keys: Vec<&str> = self
            .kinds
            .iter()
            .filter_map(|kind| if let ObjectEncryption::Kms { key, .. } = kind { Some(key.as_str()) } else { None })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter()
    }

    /// The number of an object's encryption, `None` when the table does not know the object
    #[must_use]
    pub fn kind(&self, key: &str) -> Option<u16> {
        self.find(key).map(|(_, kind)| kind)
    }

    /// The place of an object in the table and the number of its encryption
    #[must_use]
    pub fn find(&self, key: &str) -> Option<(usize, u16)> {
        let wanted = fingerprint(key) >> 16;
        let after = self.entries.partition_point(|entry| entry >> 16 <= wanted);
        let index = after.checked_sub(1)?;
        let entry = self.entries.get(index)?;
        if entry >> 16 != wanted {
            return None;
        }
        Some((index, u16::try_from(entry & 0xffff).ok()?))
    }

    /// How many objects it knows
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows none
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_and_the_last_of_two_counts() {
        let kms = ObjectEncryption::Kms { key: "arn:aws:kms:us-east-1:111122223333:key/k".into(), bucket_key: true };
        let table = ObjectTable::build([("a", ObjectEncryption::NoKms), ("b", kms.clone()), ("a", kms.clone())]);
        assert_eq!(table.encryption("a"), Some(&kms));
        assert_eq!(table.encryption("b"), Some(&kms));
        assert_eq!(table.encryption("c"), None);
    }

    #[test]
    fn more_kinds_than_the_table_holds_are_unknown_objects() {
        let objects = (0..70_000).map(|number| (number.to_string(), ObjectEncryption::Other(number.to_string())));
        let table = ObjectTable::build(objects);
        assert_eq!(table.encryption("65535"), Some(&ObjectEncryption::Other("65535".into())));
        assert_eq!(table.encryption("65536"), None);
    }
}
