//! Where a value of the new request stands

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use super::super::template::is_path;

/// A path into a request: members, and elements of lists by the dataset that they are about
///
/// `OutputDataConfig.S3OutputPath`; `InputDataConfig[train].ChannelName` is of the one element for the training dataset,
/// `TrainingData.Assets[train*].…` of an element for each of its manifests. An element for the test dataset is there
/// only where one is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberPath(Vec<Step>);

/// A step of a path
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The member
    pub name: String,
    /// The elements of it, where it is a list that the path goes through
    pub elements: Option<Elements>,
}

/// Elements of a list
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Elements {
    /// The dataset that they are about
    pub dataset: Dataset,
    /// Whether there is one for each manifest
    pub each_manifest: bool,
}

/// A dataset of the old request
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dataset {
    /// What is trained with
    Train,
    /// What is tested with
    Test,
}

impl Dataset {
    /// The word in paths
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }

    /// What names of its settings begin with
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Train => "Train",
            Self::Test => "Test",
        }
    }
}

/// A text that is no path
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no path of a request: members with dots between them, lists as `NAME[train]` or `NAME[test*]`")]
pub struct PathError(String);

impl MemberPath {
    /// The steps, at least one
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The name of the last member
    #[must_use]
    pub fn last(&self) -> &str {
        self.0.last().map(|step| step.name.as_str()).unwrap_or_default()
    }

    /// The dataset whose elements it goes through
    #[must_use]
    pub fn dataset(&self) -> Option<Dataset> {
        self.0.iter().find_map(|step| Some(step.elements?.dataset))
    }

    /// The part of a request's JSON Schema that speaks of this place
    #[must_use]
    pub fn in_schema<'s>(&self, schema: &'s Value) -> Option<&'s Value> {
        self.0.iter().try_fold(schema, |rules, step| {
            let member = in_object(rules, &step.name)?;
            match step.elements {
                Some(_) => member.get("items"),
                None => Some(member),
            }
        })
    }
}

/// The rules of an object's member; in a map those of every value
pub(super) fn in_object<'s>(rules: &'s Value, name: &str) -> Option<&'s Value> {
    let named = rules.get("properties").and_then(|properties| properties.get(name));
    named.or_else(|| rules.get("additionalProperties").filter(|rules| rules.is_object()))
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{}", step.name)?;
            if let Some(Elements { dataset, each_manifest }) = step.elements {
                write!(f, "[{}{}]", dataset.word(), if each_manifest { "*" } else { "" })?;
            }
        }
        Ok(())
    }
}

impl FromStr for MemberPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let error = || PathError(text.to_owned());
        let steps = text.split('.').map(|step| {
            let (name, elements) = match step.split_once('[') {
                None => (step, None),
                Some((name, label)) => {
                    let label = label.strip_suffix(']').ok_or_else(error)?;
                    let (word, each_manifest) =
                        label.strip_suffix('*').map_or((label, false), |dataset| (dataset, true));
                    let dataset = [Dataset::Train, Dataset::Test].into_iter().find(|dataset| dataset.word() == word);
                    (name, Some(Elements { dataset: dataset.ok_or_else(error)?, each_manifest }))
                }
            };
            if is_path(name) { Ok(Step { name: name.to_owned(), elements }) } else { Err(error()) }
        });
        steps.collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_they_are_read() {
        for text in ["RoleArn", "A.B.C", "InputDataConfig[train].ChannelName", "T.Assets[test*].S3.Name"] {
            assert_eq!(text.parse::<MemberPath>().map(|path| path.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "A.", "A[]", "A[train", "A[other].B", "A[train**]", "A B", "[train].B"] {
            assert!(text.parse::<MemberPath>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_schema_has_the_rules_of_members_elements_and_map_values() {
        let schema = serde_json::json!({"properties": {
            "A": {"items": {"properties": {"B": {"type": "integer"}}}},
            "M": {"additionalProperties": {"type": "string"}},
            "O": {"properties": {}, "additionalProperties": false},
        }});
        let kind = |path: &str| {
            let path: MemberPath = path.parse().unwrap();
            path.in_schema(&schema).map(|rules| rules["type"].clone())
        };
        assert_eq!(kind("A[train].B"), Some("integer".into()));
        assert_eq!(kind("M.anything"), Some("string".into()));
        for path in ["A.B", "O.X", "X", "M.a.b"] {
            assert_eq!(kind(path), None, "{path}");
        }
    }
}
