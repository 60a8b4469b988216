//! Open points that AWS does not document, each a named assumption with a default

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::source::{Problem, Problems, nearest};

/// The assumption by which AWS managed keys have the key policy that AWS publishes
pub const MANAGED_KEY_POLICY: &str = "aws-managed-key-policy";
/// The assumption by which the buckets of the snapshot belong to the account
pub const BUCKET_OWNER: &str = "bucket-owner";

/// The assumption by which a generated operation needs nothing beyond its rows
pub const SIDE_EFFECTS: &str = "side-effects";

/// One open point
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// The question, one sentence without a question mark
    pub about: String,
    /// The value in force when nobody chooses
    pub default: String,
    /// What each value means, one sentence
    pub values: BTreeMap<String, String>,
    /// Other values of a kind
    pub other: Option<OtherValues>,
    /// Why it is open, one sentence
    pub open_because: String,
    /// Pages
    #[serde(default)]
    pub urls: Vec<String>,
}

/// Values beside the listed ones
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherValues {
    /// Their kind
    pub kind: ValueKind,
    /// What such a value means; `{value}` stands for it
    pub meaning: String,
}

/// A kind of values
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// A whole number from 1, up to ten digits
    VersionNumber,
}

impl ValueKind {
    fn admits(self, text: &str) -> bool {
        match self {
            Self::VersionNumber => {
                (1..=10).contains(&text.len())
                    && !text.starts_with('0')
                    && text.bytes().all(|byte| byte.is_ascii_digit())
            }
        }
    }

    /// The kind in words
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::VersionNumber => "a version number",
        }
    }
}

impl Assumption {
    /// What a value means, `None` when the assumption has no such value
    #[must_use]
    pub fn meaning(&self, value: &str) -> Option<String> {
        let other = || {
            let other = self.other.as_ref().filter(|other| other.kind.admits(value))?;
            Some(other.meaning.replace("{value}", value))
        };
        self.values.get(value).cloned().or_else(other)
    }

    /// The values it has, in words
    #[must_use]
    pub fn choices(&self) -> String {
        let listed = self.values.keys().map(|value| format!("`{value}`"));
        listed.chain(self.other.as_ref().map(|other| other.kind.words().to_owned())).collect::<Vec<_>>().join(", ")
    }
}

/// All open points, by name
#[derive(Debug, Clone, Default)]
pub struct Registry(pub(super) BTreeMap<String, Assumption>);

impl Registry {
    /// The open point of a name
    #[must_use]
    pub fn assumption(&self, name: &str) -> Option<&Assumption> {
        self.0.get(name)
    }

    /// All of them, in the order of their names
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Assumption)> {
        self.0.iter().map(|(name, assumption)| (name.as_str(), assumption))
    }

    /// What is wrong with a name or a value of it, `None` when nothing is
    pub(super) fn objection(&self, name: &str, value: Option<&str>) -> Option<(String, String)> {
        let Some(assumption) = self.0.get(name) else {
            let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the assumptions are {}", names.join(", ")),
            };
            return Some((format!("there is no assumption `{name}`"), help));
        };
        let value = value.filter(|value| assumption.meaning(value).is_none())?;
        let near = nearest(value, assumption.values.keys().map(String::as_str));
        let hint = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let help = format!("{hint}its values are {}", assumption.choices());
        Some((format!("the assumption `{name}` has no value `{value}`"), help))
    }
}

/// The assumptions in force: one value for each open point
#[derive(Debug, Clone)]
pub struct Assumptions {
    chosen: BTreeMap<String, (String, String)>,
}

impl Assumptions {
    /// The defaults with the user's choices put over them; of a name given twice the last choice counts
    ///
    /// # Errors
    /// Every name that is no assumption and every value that an assumption does not have.
    pub fn resolve(registry: &Registry, overrides: &[(String, String)]) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut chosen = BTreeMap::new();
        for (name, assumption) in &registry.0 {
            let meaning = assumption.meaning(&assumption.default).unwrap_or_default();
            chosen.insert(name.clone(), (assumption.default.clone(), meaning));
        }
        for (name, value) in overrides {
            if let Some((message, help)) = registry.objection(name, Some(value)) {
                problems.push(Problem::general(message).with_help(help));
            } else if let Some(meaning) = registry.0.get(name).and_then(|assumption| assumption.meaning(value)) {
                chosen.insert(name.clone(), (value.clone(), meaning));
            }
        }
        if problems.is_empty() { Ok(Self { chosen }) } else { Err(Problems(problems)) }
    }

    /// The value in force
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.chosen.get(name).map(|(value, _)| value.as_str())
    }

    /// What the value in force means, one sentence
    #[must_use]
    pub fn meaning(&self, name: &str) -> Option<&str> {
        self.chosen.get(name).map(|(_, meaning)| meaning.as_str())
    }

    /// Whether an assumption has a value
    #[must_use]
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == Some(value)
    }
}
