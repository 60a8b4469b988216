//! Placeholders: what a request skeleton holds where only the user can say the value

use std::fmt;

use crate::json::{Node, Value};
use crate::source::{Problem, Problems};

use super::Request;

const OPENS: &str = "<<";
const CLOSES: &str = ">>";

/// A value still to be said, written `<<NAME>>` in place of it
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placeholder(String);

impl Placeholder {
    /// The placeholder of a name; `None` when the name is empty or holds an angle bracket
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        (!name.is_empty() && !name.contains(['<', '>'])).then(|| Self(name.to_owned()))
    }

    /// The placeholder that a text is, as a whole
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        Self::named(text.strip_prefix(OPENS)?.strip_suffix(CLOSES)?)
    }

    /// Its name
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPENS}{}{CLOSES}", self.0)
    }
}

impl Request {
    /// The placeholders among the values, each with the JSON Pointer (RFC 6901) of its place, in the order of the file
    #[must_use]
    pub fn placeholders(&self) -> Vec<(String, Placeholder)> {
        let mut found = Vec::new();
        walk(self.body(), "", &mut |pointer, _, placeholder| found.push((pointer.to_owned(), placeholder)));
        found
    }

    /// Refuses a request that is not finished
    ///
    /// # Errors
    /// Every placeholder, with its place.
    pub fn finished(&self) -> Result<(), Problems> {
        let mut problems = Vec::new();
        walk(self.body(), "", &mut |_, node, placeholder| {
            let message = format!("`{placeholder}` is a placeholder: the request is not finished");
            let problem = Problem::at(&self.file().name, node.at, message);
            problems.push(problem.with_help("put the value in its place; `derive --as` says what each is about"));
        });
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }
}

fn walk(node: &Node, pointer: &str, found: &mut dyn FnMut(&str, &Node, Placeholder)) {
    match &node.value {
        Value::String(text) => {
            if let Some(placeholder) = Placeholder::of_text(text) {
                found(pointer, node, placeholder);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk(element, &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for member in members {
                let step = member.key.replace('~', "~0").replace('/', "~1");
                walk(&member.value, &format!("{pointer}/{step}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn a_placeholder_is_a_whole_value_with_a_name() {
        assert_eq!(
            Placeholder::of_text("<<RoleArn>>").map(|found| found.name().to_owned()).as_deref(),
            Some("RoleArn")
        );
        for other in ["<<>>", "<RoleArn>", "a <<RoleArn>>", "<<a>> <<b>>", "<<<a>>>", "RoleArn", ""] {
            assert_eq!(Placeholder::of_text(other), None, "{other}");
        }
    }

    #[test]
    fn every_placeholder_of_a_request_is_found_with_its_place() {
        let text = "{\n  \"RoleArn\": \"<<RoleArn>>\",\n  \"a/b\": [{ \"c~d\": \"<<Other>>\" }, \"<<not\"]\n}";
        let request = Request::read(SourceFile::new("new.json", text)).unwrap();
        let found = request.placeholders();
        let found: Vec<(&str, &str)> = found.iter().map(|(at, what)| (at.as_str(), what.name())).collect();
        assert_eq!(found, [("/RoleArn", "RoleArn"), ("/a~1b/0/c~0d", "Other")]);
        let problems = request.finished().unwrap_err().0;
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "new.json:2:14: `<<RoleArn>>` is a placeholder: the request is not finished",
                "new.json:3:20: `<<Other>>` is a placeholder: the request is not finished",
            ]
        );
        let finished = Request::read(SourceFile::new("r", "{\"RoleArn\": \"<RoleArn>\"}")).unwrap();
        assert!(finished.finished().is_ok());
    }
}
