//! Conditions of generated statements, and which of them a need justifies

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::evaluate::ENCRYPTION_CONTEXT_ARN;
use crate::iam::{AccountId, ContextKey, ContextValue, Region};
use crate::need::Need;

use super::spelling;

/// A condition operator that generated statements use
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// `Bool`
    Bool,
    /// `ForAllValues:StringEquals`
    AllEqual,
    /// `ForAllValues:StringLike`
    AllLike,
    /// `StringEquals`
    Equals,
    /// `StringLike`
    Like,
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "Bool",
            Self::AllEqual => "ForAllValues:StringEquals",
            Self::AllLike => "ForAllValues:StringLike",
            Self::Equals => "StringEquals",
            Self::Like => "StringLike",
        })
    }
}

/// What must hold for a grant: operator and key with the values of which one suffices
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Restrictions(BTreeMap<(Test, String), BTreeSet<String>>);

impl Restrictions {
    /// Each operator and key with its values, in order
    pub fn iter(&self) -> impl Iterator<Item = (Test, &str, &BTreeSet<String>)> {
        self.0.iter().map(|((test, key), values)| (*test, key.as_str(), values))
    }

    /// Whether whatever passes the other passes this too: each test of this stands in the other, not looser
    #[must_use]
    pub fn admit_all_of(&self, other: &Self) -> bool {
        self.0.iter().all(|(test, values)| other.0.get(test).is_some_and(|own| own.is_subset(values)))
    }

    pub(super) fn add(&mut self, test: Test, key: &str, values: impl IntoIterator<Item = String>) {
        self.0.entry((test, key.to_owned())).or_default().extend(values);
    }

    /// One of these texts, which may hold what IAM cannot write
    pub(super) fn add_texts<'t>(&mut self, key: &str, texts: impl IntoIterator<Item = &'t str>, all: bool) {
        let texts: Vec<&str> = texts.into_iter().collect();
        let exact = texts.iter().all(|text| spelling::is_exact(text));
        let test = match (all, exact) {
            (true, true) => Test::AllEqual,
            (true, false) => Test::AllLike,
            (false, true) => Test::Equals,
            (false, false) => Test::Like,
        };
        self.add(test, key, texts.into_iter().map(spelling::pattern));
    }

    /// The same without any test of a key
    pub(super) fn but(mut self, key: &str) -> Self {
        self.0.retain(|(_, own), _| own != key);
        self
    }
}

/// What the conditions of an account rest on
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) region: Option<&'a Region>,
    pub(super) bucket_owner: Option<&'a AccountId>,
}

/// The tightest conditions that the derivation of a need justifies
pub(super) fn of(need: &Need, surroundings: Surroundings<'_>) -> Restrictions {
    let mut restrictions = Restrictions::default();
    forwarded(need, surroundings, &mut restrictions);
    if let (Some(owner), "s3") = (surroundings.bucket_owner, need.action.service()) {
        // A bucket's ARN does not say whose it is: without this a bucket of the same name elsewhere is meant too.
        restrictions.add(Test::Equals, "aws:ResourceAccount", [owner.to_string()]);
    }
    for (key, value) in &need.context {
        if let ContextValue::Known(values) = value {
            sent(key, values.iter().map(|value| &**value).collect(), &mut restrictions);
        }
    }
    restrictions
}

/// A call that services forward in every reading of the need is allowed only through them
fn forwarded(need: &Need, surroundings: Surroundings<'_>, restrictions: &mut Restrictions) {
    let last: Option<Vec<&String>> = need.via.iter().map(|chain| chain.last()).collect();
    let Some(last) = last.filter(|last| !last.is_empty()) else { return };
    match (need.action.service(), surroundings.region) {
        ("kms", Some(region)) => {
            // The suffix is the same in every partition.
            let services = last.into_iter().map(|service| format!("{service}.{region}.amazonaws.com"));
            restrictions.add(Test::Equals, "kms:ViaService", services);
        }
        _ => restrictions.add(Test::Bool, "aws:ViaAWSService", ["true".to_owned()]),
    }
}

/// Keys whose value the request, or the service in its name, always sends
fn sent(key: &ContextKey, values: Vec<&str>, restrictions: &mut Restrictions) {
    match key.folded() {
        "kms:grantisforawsresource" => {
            restrictions.add(Test::Bool, key.as_str(), values.into_iter().map(str::to_owned));
        }
        // Safe here: each listed tag must also be there with its value, so the set is never empty.
        "aws:tagkeys" => restrictions.add_texts(key.as_str(), values, true),
        "iam:passedtoservice" => restrictions.add_texts(key.as_str(), values, false),
        folded if folded == ENCRYPTION_CONTEXT_ARN.to_lowercase() => {
            restrictions.add_texts(key.as_str(), values, false);
        }
        // A key with characters that no document may hold cannot be named.
        folded if folded.starts_with("aws:requesttag/") && spelling::is_exact(folded) => {
            restrictions.add_texts(key.as_str(), values, false);
        }
        _ => {}
    }
}
