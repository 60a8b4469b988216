//! Resource templates: text with `{placeholders}`
//!
//! | placeholder | stands for |
//! |---|---|
//! | `{partition}` `{region}` `{account}` | the environment of the request |
//! | `{ProjectName}`, `{OutputConfig.S3Location.Bucket}` | a member of the request |
//! | `{out.bucket}`, `{key}` | a fact of the operation, or the variable of `for_each` |
//! | `{Name?}` | the same; without a value the resource is left out |
//! | `{?}` | a part that the service picks and nobody knows before the call |
//! | `{?model-version}` | the same, unless the assumption of that name fixes it |

use std::fmt;
use std::str::FromStr;

/// A resource template
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

/// One part of a template
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Fixed text
    Text(String),
    /// A value of the environment
    Environment(Environment),
    /// A request member, a fact or a variable
    Named {
        /// Its name or path
        name: String,
        /// Whether the resource is left out when there is no value
        optional: bool,
    },
    /// A part that nobody knows before the call, unless this assumption fixes it
    Open(Option<String>),
}

/// What the environment of a request gives to templates
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// `{partition}`
    Partition,
    /// `{region}`
    Region,
    /// `{account}`
    Account,
}

/// Why a text is not a template
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// An opening or closing brace without its partner
    #[error("`{0}` has a brace without its partner")]
    Brace(String),
    /// A placeholder that is not a name
    #[error("`{{{0}}}` is not a placeholder: expected a name such as `{{ProjectName}}`, `{{out.bucket}}` or `{{?}}`")]
    Placeholder(String),
    /// Nothing at all
    #[error("a resource template is empty")]
    Empty,
}

impl Template {
    /// Its parts, in order
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A pattern of what it stands for: `*` for whatever is not fixed
    #[must_use]
    pub fn pattern(&self) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            _ => "*".to_owned(),
        };
        self.parts.iter().map(text).collect()
    }

    /// The name, when the template is nothing but one named placeholder
    #[must_use]
    pub fn whole(&self) -> Option<&str> {
        if let [Part::Named { name, .. }] = self.parts.as_slice() { Some(name) } else { None }
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            push_text(&mut parts, before, text)?;
            let (inside, remaining) = after.split_once('}').ok_or_else(|| TemplateError::Brace(text.to_owned()))?;
            parts.push(placeholder(inside)?);
            rest = remaining;
        }
        push_text(&mut parts, rest, text)?;
        if parts.is_empty() { Err(TemplateError::Empty) } else { Ok(Self { text: text.to_owned(), parts }) }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn push_text(parts: &mut Vec<Part>, fixed: &str, whole: &str) -> Result<(), TemplateError> {
    if fixed.contains('}') {
        return Err(TemplateError::Brace(whole.to_owned()));
    }
    if !fixed.is_empty() {
        parts.push(Part::Text(fixed.to_owned()));
    }
    Ok(())
}

fn placeholder(inside: &str) -> Result<Part, TemplateError> {
    let invalid = || TemplateError::Placeholder(inside.to_owned());
    if let Some(assumption) = inside.strip_prefix('?') {
        let named = !assumption.is_empty();
        if named && !is_path(assumption) {
            return Err(invalid());
        }
        return Ok(Part::Open(named.then(|| assumption.to_owned())));
    }
    let (name, optional) = inside.strip_suffix('?').map_or((inside, false), |name| (name, true));
    if !is_path(name) {
        return Err(invalid());
    }
    Ok(match name {
        "partition" => Part::Environment(Environment::Partition),
        "region" => Part::Environment(Environment::Region),
        "account" => Part::Environment(Environment::Account),
        _ => Part::Named { name: name.to_owned(), optional },
    })
}

/// Whether a text is a dotted path of names, each possibly with `[]`
pub(super) fn is_path(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || "_-".contains(character))
    };
    text.split('.').all(|step| is_name(step.trim_end_matches("[]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_apart() {
        let template: Template = "arn:{partition}:s3:::{out.bucket}/{Plan?}{?}{?model-version}".parse().unwrap();
        let named = |name: &str, optional| Part::Named { name: name.into(), optional };
        assert_eq!(
            template.parts(),
            [
                Part::Text("arn:".into()),
                Part::Environment(Environment::Partition),
                Part::Text(":s3:::".into()),
                named("out.bucket", false),
                Part::Text("/".into()),
                named("Plan", true),
                Part::Open(None),
                Part::Open(Some("model-version".into())),
            ]
        );
        assert_eq!(template.whole(), None);
        assert_eq!("{key}".parse::<Template>().unwrap().whole(), Some("key"));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["", "a{b", "a}b", "{}", "{a b}", "{a..b}", "{?a b}", "{a}}"] {
            assert!(text.parse::<Template>().is_err(), "{text}");
        }
    }
}
