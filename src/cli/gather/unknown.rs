//! Facts that nobody has given, with the way to give them

use crate::facts::{Bucket, Fact, Key, MissingFact};

pub(super) fn nothing_given(what: &str, source: &str) -> MissingFact {
    MissingFact { what: what.to_owned(), source: source.to_owned(), why: "not given".to_owned() }
}

pub(super) fn bucket(name: &str) -> Bucket {
    let unknown = |what: &str, source: &str| nothing_given(&format!("{what} of bucket `{name}`"), source);
    Bucket {
        location: Fact::Unknown(unknown("the Region", "a snapshot")),
        owner: Fact::Unknown(unknown("the owner", "a snapshot")),
        encryption: Fact::Unknown(unknown("the default encryption", "a snapshot")),
        policy: Fact::Unknown(unknown("the policy", &format!("--bucket-policy {name}=FILE, or a snapshot"))),
        public_access_block: Fact::Unknown(unknown("the public access block", "a snapshot")),
        ownership: Fact::Unknown(unknown("the object ownership", "a snapshot")),
        objects: Fact::Unknown(unknown("the encryption of the objects", "a snapshot")),
    }
}

pub(super) fn key(id: &str) -> Key {
    let unknown = |what: &str, source: &str| nothing_given(&format!("{what} of key `{id}`"), source);
    Key {
        metadata: Fact::Unknown(unknown("the state", "a snapshot")),
        policy: Fact::Unknown(unknown("the key policy", &format!("--key-policy {id}=FILE, or a snapshot"))),
        grants: Fact::Unknown(unknown("the grants", "a snapshot")),
    }
}
