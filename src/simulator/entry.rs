//! A context key as the simulator wants it: named, typed, its values as text

use std::fmt;
use std::sync::Arc;

use crate::iam::ContextKey;

/// One context entry of a simulation
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContextEntry {
    /// The key's name
    pub name: Arc<str>,
    /// Its type
    pub kind: EntryType,
    /// Its values, at least one
    pub values: Vec<Arc<str>>,
}

/// The type of an entry: of one value, or of a list
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryType {
    scalar: Scalar,
    list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scalar {
    Text,
    Number,
    Flag,
    Address,
    Date,
}

/// How long a key's name may be (constraints of `SimulatePrincipalPolicy`)
const NAME: std::ops::RangeInclusive<usize> = 5..=256;

/// Keys by their type, in lower case; all others are text
const FLAGS: [&str; 8] = [
    "aws:assumedroot",
    "aws:multifactorauthpresent",
    "aws:principalisawsservice",
    "aws:securetransport",
    "aws:viaawsservice",
    "kms:bypasspolicylockoutsafetycheck",
    "kms:grantisforawsresource",
    "kms:multiregion",
];
const NUMBERS: [&str; 4] = ["aws:multifactorauthage", "s3:max-keys", "s3:signatureage", "s3:tlsversion"];
const ADDRESSES: [&str; 3] = ["aws:sourceip", "aws:vpcsourceip", "aws:ec2instancesourceprivateipv4"];
const DATES: [&str; 3] = ["aws:currenttime", "aws:epochtime", "aws:tokenissuetime"];

impl ContextEntry {
    /// The entry of a known key; `None` when the API takes no such entry
    #[must_use]
    pub fn of(key: &ContextKey, values: &[Arc<str>]) -> Option<Self> {
        let folded = key.folded();
        let list = key.is_multivalued() || values.len() > 1;
        let of_type = |names: &[&str]| names.contains(&folded);
        let scalar = match () {
            () if of_type(&FLAGS) => Scalar::Flag,
            () if of_type(&NUMBERS) => Scalar::Number,
            () if of_type(&ADDRESSES) => Scalar::Address,
            () if of_type(&DATES) => Scalar::Date,
            () => Scalar::Text,
        };
        // An empty list cannot be told from an absent key on the wire.
        let sendable = !values.is_empty() && NAME.contains(&key.as_str().len());
        sendable.then(|| Self { name: key.as_str().into(), kind: EntryType { scalar, list }, values: values.to_vec() })
    }
}

impl EntryType {
    /// The word of the API
    #[must_use]
    pub fn word(self) -> &'static str {
        match (self.scalar, self.list) {
            (Scalar::Text, false) => "string",
            (Scalar::Text, true) => "stringList",
            (Scalar::Number, false) => "numeric",
            (Scalar::Number, true) => "numericList",
            (Scalar::Flag, false) => "boolean",
            (Scalar::Flag, true) => "booleanList",
            (Scalar::Address, false) => "ip",
            (Scalar::Address, true) => "ipList",
            (Scalar::Date, false) => "date",
            (Scalar::Date, true) => "dateList",
        }
    }
}

impl fmt::Display for EntryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_typed_and_lists_stay_lists() {
        for (key, values, expected) in [
            ("aws:RequestedRegion", &["us-east-1"][..], Some("string")),
            ("aws:ViaAWSService", &["true"], Some("boolean")),
            ("aws:SourceIp", &["203.0.113.7"], Some("ip")),
            ("aws:TagKeys", &["team"], Some("stringList")),
            ("aws:CurrentTime", &["2026-01-01T00:00:00Z"], Some("date")),
            ("s3:TlsVersion", &["1.2"], Some("numeric")),
            ("aws:SourceIp", &["203.0.113.7", "203.0.113.8"], Some("ipList")),
            ("aws:TagKeys", &[], None),
            ("a:b", &["too short a name"], None),
        ] {
            let values: Vec<Arc<str>> = values.iter().map(|value| Arc::from(*value)).collect();
            let entry = ContextEntry::of(&key.parse().unwrap(), &values);
            assert_eq!(entry.map(|entry| entry.kind.word()), expected, "{key}");
        }
    }
}
