//! Condition keys and the context of a request

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::VocabularyError;

/// A condition key; names are compared without case as a whole (rules E100, E101)
#[derive(Debug, Clone)]
pub struct ContextKey {
    text: Arc<str>,
    folded: Arc<str>,
}

impl ContextKey {
    /// The key as written
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key in lower case, the form that comparisons use
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether the key carries lists by its nature (rule E103)
    #[must_use]
    pub fn is_multivalued(&self) -> bool {
        let folded = self.folded();
        MULTIVALUED.binary_search(&folded).is_ok()
            || folded.ends_with(":amr")
            || folded == "sagemaker:vpcsecuritygroupids"
    }

    /// The part before the first colon, in lower case
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.folded.split(':').next().unwrap_or_default()
    }
}

/// Keys that carry lists (rule E103), in lower case: the user guide's "Multivalued", the reference's `ArrayOf…`
const MULTIVALUED: [&str; 16] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
    "logs:loggeneratingresourcearns",
    "sagemaker:instancetypes",
    "sagemaker:vpcsubnets",
    "sts:transitivetagkeys",
];

impl FromStr for ContextKey {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shaped = text.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
        if shaped {
            Ok(Self { text: text.into(), folded: text.to_lowercase().into() })
        } else {
            Err(VocabularyError::ContextKey(text.to_owned()))
        }
    }
}

impl fmt::Display for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for ContextKey {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for ContextKey {}

impl PartialOrd for ContextKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ContextKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl std::borrow::Borrow<str> for ContextKey {
    fn borrow(&self) -> &str {
        &self.folded
    }
}

/// What is known of one key in one request
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// The request carries these values; several for a multivalued key, none for a present but empty one
    Known(Vec<Arc<str>>),
    /// The request does not carry the key
    Absent,
    /// Nobody has said, or nobody can say
    Unknown,
}

/// The context of one request: what is known of each key, and what of all the others
#[derive(Debug, Clone, Default)]
pub struct Context {
    values: BTreeMap<ContextKey, ContextValue>,
    open: Option<Openness>,
}

/// Which of the keys that nobody listed could still be there (rules E132, E133)
#[derive(Debug, Clone, Default)]
pub struct Openness {
    /// The service of the action: keys of other services do not exist for it. `None`: any key may exist
    pub service: Option<Arc<str>>,
    /// The service's own keys that exist for the action, in lower case, a trailing `/` or `:` standing for any tail;
    /// `None` where there is no data
    pub service_keys: Option<Vec<String>>,
    /// Beginnings of keys, in lower case, of which only the listed ones exist: `aws:requesttag/`
    pub complete: Vec<String>,
}

/// Key prefixes that credentials carry into calls of other services (rules E118, E119, E131)
const CARRIED: [&str; 8] =
    ["ec2", "glue", "lambda", "ssm", "saml", "identitystore", "cognito-identity.amazonaws.com", "sts"];

impl Openness {
    fn may_exist(&self, folded: &str) -> bool {
        if self.complete.iter().any(|beginning| folded.starts_with(beginning.as_str())) {
            return false;
        }
        let Some(service) = self.service.as_deref() else { return true };
        let prefix = folded.split(':').next().unwrap_or_default();
        if prefix == service {
            let listed =
                |key: &String| folded == key || (key.ends_with(['/', ':']) && folded.starts_with(key.as_str()));
            return self.service_keys.as_ref().is_none_or(|keys| keys.iter().any(listed));
        }
        prefix == "aws" || CARRIED.contains(&prefix) || prefix.contains('.')
    }
}

impl Context {
    /// A complete context: a key that is not set is absent
    #[must_use]
    pub fn closed() -> Self {
        Self::default()
    }

    /// An open context: a key that is not set is unknown, if it could exist at all
    #[must_use]
    pub fn open(openness: Openness) -> Self {
        Self { values: BTreeMap::new(), open: Some(openness) }
    }

    /// Whether unlisted keys may exist
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Sets what is known of a key, replacing what was said before
    pub fn set(&mut self, key: ContextKey, value: ContextValue) {
        self.values.insert(key, value);
    }

    /// Sets a key to one value
    pub fn set_text(&mut self, key: ContextKey, value: impl Into<Arc<str>>) {
        self.set(key, ContextValue::Known(vec![value.into()]));
    }

    /// Takes back that of the keys with this beginning, in lower case, only the listed ones exist
    pub fn reopen(&mut self, beginning: &str) {
        if let Some(open) = &mut self.open {
            open.complete.retain(|complete| complete != beginning);
        }
    }

    /// What was said of a key, by its lower-case name
    #[must_use]
    pub fn listed(&self, folded: &str) -> Option<&ContextValue> {
        self.values.get(folded)
    }

    /// What is known of a key, by its lower-case name
    #[must_use]
    pub fn value(&self, folded: &str) -> &ContextValue {
        static ABSENT: ContextValue = ContextValue::Absent;
        static UNKNOWN: ContextValue = ContextValue::Unknown;
        match (self.values.get(folded), &self.open) {
            (Some(value), _) => value,
            (None, Some(openness)) if openness.may_exist(folded) => &UNKNOWN,
            (None, _) => &ABSENT,
        }
    }

    /// All keys that were set, in order
    pub fn iter(&self) -> impl Iterator<Item = (&ContextKey, &ContextValue)> {
        self.values.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_carry_lists_are_known() {
        assert!(MULTIVALUED.is_sorted());
        let is_multivalued = |key: &str| key.parse::<ContextKey>().unwrap().is_multivalued();
        assert!(is_multivalued("aws:TagKeys"));
        assert!(!is_multivalued("aws:SourceIp"));
    }

    #[test]
    fn an_open_context_leaves_open_only_what_could_exist() {
        let openness = Openness {
            service: Some("kms".into()),
            service_keys: Some(vec!["kms:viaservice".into(), "kms:encryptioncontext:".into()]),
            complete: vec!["aws:requesttag/".into()],
        };
        let context = Context::open(openness);
        assert_eq!(context.value("aws:sourceip"), &ContextValue::Unknown);
        assert_eq!(context.value("kms:encryptioncontext:aws:s3:arn"), &ContextValue::Unknown);
        assert_eq!(context.value("kms:grantispresent"), &ContextValue::Absent);
        assert_eq!(context.value("s3:prefix"), &ContextValue::Absent);
        assert_eq!(context.value("ec2:sourceinstancearn"), &ContextValue::Unknown);
        assert_eq!(context.value("aws:requesttag/team"), &ContextValue::Absent);
    }
}
