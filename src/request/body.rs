//! The planned request as the user wrote it

use std::sync::Arc;

use crate::json::{self, Node, Value};
use crate::source::{Location, Position, Problem, Problems, SourceFile};

/// The largest request file that is read; the services themselves stop far below
const LARGEST: usize = 4 * 1024 * 1024;

/// A planned request: one JSON object in the shape of the AWS CLI's `--cli-input-json`, no key twice
#[derive(Debug, Clone)]
pub struct Request {
    file: SourceFile,
    body: Node,
}

impl Request {
    /// Reads a request file; what the service thinks of the members is for [`RequestSchema`](super::RequestSchema)
    ///
    /// # Errors
    /// A file over 4 MiB, text that is not JSON, JSON that is not an object, and every key that
    /// stands twice in one object.
    pub fn read(file: SourceFile) -> Result<Self, Problems> {
        if let Some(problem) = unreadable(&file) {
            return Err(problem.into());
        }
        let body = json::parse(&file)?;
        if !matches!(body.value, Value::Object(_)) {
            let message = format!("a request is one JSON object, this is {}", body.kind());
            let problem = Problem::at(&file.name, body.at, message)
                .with_help("give the object that `aws … --cli-input-json` takes");
            return Err(problem.into());
        }
        let duplicates = json::duplicate_keys(&file.name, &body);
        if duplicates.is_empty() { Ok(Self { file, body }) } else { Err(Problems(duplicates)) }
    }

    /// The whole object
    #[must_use]
    pub fn body(&self) -> &Node {
        &self.body
    }

    /// The file it was read from
    #[must_use]
    pub fn file(&self) -> &SourceFile {
        &self.file
    }

    /// The values at a dotted path, in the order of the file, none where a step is missing
    ///
    /// A step names a member of an object (or an entry of a map); `[]` after it goes on with every
    /// element of a list: `OutputConfig.S3Location.Bucket`, `Tags[].Key`, `VpcConfig.Subnets[]`.
    #[must_use]
    pub fn lookup(&self, path: &str) -> Vec<&Node> {
        path.split('.').fold(vec![&self.body], |nodes, step| {
            let name = step.trim_end_matches("[]");
            let projections = (step.len() - name.len()) / 2;
            let named = nodes.into_iter().filter_map(|node| node.member(name)).collect();
            (0..projections).fold(named, |lists: Vec<&Node>, _| lists.into_iter().flat_map(Node::elements).collect())
        })
    }

    /// The first string at a path
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.lookup(path).into_iter().find_map(Node::text)
    }

    /// Whether a path holds something: not `null`, `""`, `[]` or `{}`
    #[must_use]
    pub fn is_present(&self, path: &str) -> bool {
        self.lookup(path).into_iter().any(holds_something)
    }

    /// Where the value of a path stands, else where the request's opening brace stands
    #[must_use]
    pub fn location(&self, path: &str) -> Location {
        self.lookup(path).first().map_or_else(|| self.locate(self.body.at), |node| self.locate(node.at))
    }

    /// The tags at a path: a list of `{Key, Value}` (or `{key, value}`) or a map; a tag without value has `""`
    #[must_use]
    pub fn tags(&self, path: &str) -> Vec<(String, String)> {
        let mut tags = Vec::new();
        for node in self.lookup(path) {
            tags.extend(node.elements().iter().filter_map(listed_tag));
            let entries = node.members().iter();
            tags.extend(entries.filter_map(|entry| Some((entry.key.clone(), entry.value.text()?.to_owned()))));
        }
        tags
    }

    /// A place in the request's file
    pub(crate) fn locate(&self, at: Position) -> Location {
        Location { file: Arc::clone(&self.file.name), at }
    }
}

fn unreadable(file: &SourceFile) -> Option<Problem> {
    let size = file.text.len();
    if size > LARGEST {
        let message = format!("the file has {size} bytes, a request may have at most {LARGEST} (4 MiB)");
        return Some(
            Problem::at(&file.name, Position::START, message)
                .with_help("dataset manifests are given with `--train` and `--test`, not as the request"),
        );
    }
    let nul = memchr::memchr(0, file.text.as_bytes())?;
    let message = "the file contains a NUL byte, which JSON does not allow";
    Some(Problem::at(&file.name, file.position(nul), message).with_help("save the file as UTF-8 text"))
}

fn holds_something(node: &Node) -> bool {
    match &node.value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn listed_tag(tag: &Node) -> Option<(String, String)> {
    let part = |upper, lower| tag.member(upper).or_else(|| tag.member(lower)).and_then(Node::text);
    Some((part("Key", "key")?.to_owned(), part("Value", "value").unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Request {
        Request::read(SourceFile::new("request.json", text)).unwrap()
    }

    fn problems(text: &str) -> Vec<String> {
        Request::read(SourceFile::new("r", text)).unwrap_err().0.iter().map(ToString::to_string).collect()
    }

    const PLANNED: &str = r#"{
  "ProjectName": "bottles",
  "OutputConfig": { "S3Location": { "Bucket": "results", "Prefix": "" } },
  "KmsKeyId": null,
  "Tags": [{ "Key": "team", "Value": "vision" }, { "key": "stage", "value": "" }, { "Key": "bare" }],
  "Limits": { "a": [[1, 2], [3]], "none": [], "empty": {}, "zero": 0, "no": false },
  "Labels": { "team": "maps", "odd": 3 }
}"#;

    #[test]
    fn paths_find_members_lists_and_maps() {
        let request = request(PLANNED);
        let count = |path: &str| request.lookup(path).len();
        assert_eq!(request.text("OutputConfig.S3Location.Bucket"), Some("results"));
        let keys: Vec<_> = request.lookup("Tags[].Key").into_iter().filter_map(Node::text).collect();
        assert_eq!(keys, ["team", "bare"]);
        assert_eq!(request.text("Labels.team"), Some("maps"));
        for (path, expected) in [
            ("Tags", 1),
            ("Tags[]", 3),
            ("Tags.Key", 0),
            ("Limits.a[]", 2),
            ("Limits.a[][]", 3),
            ("ProjectName[]", 0),
            ("projectName", 0),
            ("", 0),
            ("OutputConfig..Bucket", 0),
        ] {
            assert_eq!(count(path), expected, "{path}");
        }
    }

    #[test]
    fn present_means_present_and_not_empty() {
        let request = request(PLANNED);
        for (path, present) in [
            ("ProjectName", true),
            ("OutputConfig.S3Location.Prefix", false),
            ("KmsKeyId", false),
            ("Tags", true),
            ("Tags[].Value", true),
            ("Limits.none", false),
            ("Limits.none[]", false),
            ("Limits.empty", false),
            ("Limits.zero", true),
            ("Limits.no", true),
            ("Absent", false),
        ] {
            assert_eq!(request.is_present(path), present, "{path}");
        }
    }

    #[test]
    fn places_are_those_of_the_value_or_of_the_opening_brace() {
        let request = request(&format!("\n  {PLANNED}"));
        assert_eq!(request.location("OutputConfig.S3Location.Bucket").to_string(), "request.json:4:47");
        assert_eq!(request.location("Nothing").to_string(), "request.json:2:3");
    }

    #[test]
    fn tags_are_read_as_a_list_and_as_a_map() {
        let request = request(PLANNED);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(request.tags("Tags"), [pair("team", "vision"), pair("stage", ""), pair("bare", "")]);
        assert_eq!(request.tags("Labels"), [pair("team", "maps")]);
        assert_eq!(request.tags("ProjectName"), []);
    }

    #[test]
    fn what_is_no_request_is_a_problem_with_a_place() {
        for (text, expected) in [
            ("[]", "r:1:1: a request is one JSON object, this is an array"),
            (" null", "r:1:2: a request is one JSON object, this is null"),
            ("{\"a\":\u{0}}", "r:1:6: the file contains a NUL byte, which JSON does not allow"),
            ("", "r:1:1: not valid JSON: EOF while parsing a value"),
            ("{\"a\": 1", "r:1:7: not valid JSON: EOF while parsing an object"),
            ("\u{feff}{}", "r:1:1: the file begins with a byte order mark (BOM), which JSON does not allow"),
        ] {
            assert_eq!(problems(text), [expected], "{text}");
        }
    }

    #[test]
    fn every_duplicate_key_is_named() {
        let found = problems(r#"{"A": 1, "B": {"c": 1, "c": 2}, "A": 2}"#);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|problem| problem.starts_with("r:1:24: the key `c` stands twice")), "{found:?}");
        assert!(found.iter().any(|problem| problem.starts_with("r:1:33: the key `A` stands twice")), "{found:?}");
    }

    #[test]
    fn size_is_limited_before_parsing() {
        let fits = format!("{{}}{}", " ".repeat(LARGEST - 2));
        assert!(Request::read(SourceFile::new("r", fits.as_str())).is_ok());
        let found = problems(&"[".repeat(LARGEST + 1));
        assert_eq!(found, ["r:1:1: the file has 4194305 bytes, a request may have at most 4194304 (4 MiB)"]);
        assert_eq!(problems(&"[".repeat(LARGEST)), ["r:1:4194304: not valid JSON: EOF while parsing a list"]);
        let deep = format!("{}{}", "[".repeat(LARGEST / 2), "]".repeat(LARGEST / 2));
        assert!(problems(&deep)[0].ends_with(": not valid JSON: Maximum nesting depth exceeded"));
    }
}
