//! The requests of all AWS operations, from the API models; the layout is told at the head of `operations.txt`
//!
//! The text is part of the program and read on demand: the place of a service costs one pass over the heads, an
//! operation one over the lines of its service.

use std::sync::LazyLock;

use memchr::memmem;

/// Written by `policies/reference/update-operations.py`
const OPERATIONS: &str = include_str!("../../policies/reference/operations.txt");
/// Words in names of members, one a line; read by that script too
const RELEVANT: &str = include_str!("../../policies/reference/relevant-words.txt");

static APIS: LazyLock<Vec<Api>> = LazyLock::new(|| read(OPERATIONS));

/// The operations of one service as its API model has them
#[derive(Debug, Clone, Copy)]
pub struct Api {
    /// Its name in the API models: `bedrock-runtime`
    pub service: &'static str,
    /// The version of the model: `2023-09-30`
    pub model: &'static str,
    /// The prefix of its actions: `bedrock`; `None` where none is known
    pub prefix: Option<&'static str>,
    /// Its name as AWS writes it
    pub name: &'static str,
    lines: &'static str,
}

/// The request of one operation
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiOperation {
    /// Its name: `CreateFunction`
    pub name: &'static str,
    /// The members of its request
    pub members: Vec<Member>,
}

/// A member of a request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name
    pub name: &'static str,
    /// What it holds
    pub kind: MemberKind,
    /// Whether the service asks for it
    pub required: bool,
    /// Paths, from the request's top, of texts inside of it whose names look relevant for permissions
    pub relevant: Vec<String>,
}

/// What a member holds
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A text
    Text,
    /// One of some words
    Word,
    /// A number
    Number,
    /// `true` or `false`
    Boolean,
    /// A point in time
    Time,
    /// Bytes
    Bytes,
    /// A list
    List,
    /// A map
    Map,
    /// An object
    Object,
    /// Tags, as a list of keys and values or as a map
    Tags,
    /// Any JSON
    Anything,
}

/// All services of the API models, in order
#[must_use]
pub fn apis() -> &'static [Api] {
    &APIS
}

/// The services that a name can mean, best first: that of the name, then those whose actions have it as prefix
pub fn apis_named(name: &str) -> impl Iterator<Item = &'static Api> {
    let own = APIS.iter().filter(move |api| api.service.eq_ignore_ascii_case(name));
    let sharing = APIS.iter().filter(move |api| {
        !api.service.eq_ignore_ascii_case(name) && api.prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(name))
    });
    own.chain(sharing)
}

/// Whether the name of a request member says that it may need a permission: an ARN, a key, a bucket, a role
#[must_use]
pub fn is_relevant(name: &str) -> bool {
    static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let lines = RELEVANT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.flat_map(|word| [format!("-{word}-"), format!("-{word}s-")]).collect()
    });
    let text = format!("-{}-", words(name).join("-"));
    WORDS.iter().any(|word| text.contains(word))
}

/// The words of a name in lower case: `SSEKMSKeyIds` has `ssekms`, `key`, `ids`
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|place| letters.get(place)).copied();
        let after = letters.get(at + 1).copied();
        let upper = |letter: Option<char>| letter.is_some_and(char::is_uppercase);
        let lower = |letter: Option<char>| letter.is_some_and(char::is_lowercase);
        let plural = after == Some('s') && !lower(letters.get(at + 2).copied());
        let ends_capitals = upper(before) && lower(after) && !plural;
        if !letter.is_alphanumeric() || (letter.is_uppercase() && (!upper(before) || ends_capitals)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Api {
    /// The names of its operations, in order
    pub fn operations(&self) -> impl Iterator<Item = &'static str> {
        self.lines.lines().filter(|line| !line.is_empty()).filter_map(|line| line.split(' ').next())
    }

    /// The request of one of its operations, by its name in any case
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<ApiOperation> {
        let is_named = |line: &&str| line.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(name));
        // As it is written it is found at once; another case costs a look at every line.
        let line = format!("\n{name}");
        let starts = memmem::find_iter(self.lines.as_bytes(), line.as_bytes());
        let mut lines = starts.filter_map(|newline| self.lines.get(newline + 1..)?.lines().next());
        let written = lines.find(|line| is_named(line));
        written.or_else(|| self.lines.lines().find(is_named)).and_then(operation)
    }
}

impl ApiOperation {
    /// A member by its name
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl Member {
    /// Whether it is one text
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.kind == MemberKind::Text
    }
}

fn read(text: &'static str) -> Vec<Api> {
    let starts: Vec<usize> = memmem::find_iter(text.as_bytes(), "\n= ").map(|newline| newline + 1).collect();
    let ends = starts.clone().into_iter().skip(1).chain([text.len()]);
    starts.into_iter().zip(ends).filter_map(|(start, end)| api(text.get(start..end)?)).collect()
}

fn api(section: &'static str) -> Option<Api> {
    // The lines keep the newline before them, so that each begins with one.
    let (head, lines) = section.split_at_checked(section.find('\n')?)?;
    let mut words = head.splitn(5, ' ').skip(1);
    let [service, model, prefix, name] = [words.next()?, words.next()?, words.next()?, words.next()?];
    Some(Api { service, model, prefix: (prefix != "-").then_some(prefix), name, lines })
}

fn operation(line: &'static str) -> Option<ApiOperation> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let mut members: Vec<Member> = Vec::new();
    for word in words {
        match members.last_mut() {
            Some(holder) if word.starts_with(['.', '[']) => holder.relevant.push(format!("{}{word}", holder.name)),
            _ => members.push(member(word)),
        }
    }
    Some(ApiOperation { name, members })
}

fn member(word: &'static str) -> Member {
    let kinds = ['=', '#', '?', '@', '%', '[', ':', '{', '&', '~'];
    let (rest, kind) = match word.chars().last().filter(|last| kinds.contains(last)) {
        Some(mark) => (word.strip_suffix(mark).unwrap_or(word), kind(mark)),
        None => (word, MemberKind::Text),
    };
    let (name, required) = rest.strip_suffix('!').map_or((rest, false), |name| (name, true));
    Member { name, kind, required, relevant: Vec::new() }
}

fn kind(mark: char) -> MemberKind {
    match mark {
        '=' => MemberKind::Word,
        '#' => MemberKind::Number,
        '?' => MemberKind::Boolean,
        '@' => MemberKind::Time,
        '%' => MemberKind::Bytes,
        '[' => MemberKind::List,
        ':' => MemberKind::Map,
        '{' => MemberKind::Object,
        '&' => MemberKind::Tags,
        _ => MemberKind::Anything,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_and_operation_of_the_models_is_read() {
        let stamp = OPERATIONS.lines().find_map(|line| line.strip_prefix("! ")).unwrap();
        let counts: Vec<usize> = stamp.split(' ').filter_map(|word| word.parse().ok()).collect();
        let operations: usize = apis().iter().map(|api| api.operations().count()).sum();
        assert_eq!(counts, [apis().len(), operations]);
        assert!(counts[1] > 20_000, "{stamp}");
        for api in apis() {
            assert!(api.prefix.is_none_or(|prefix| crate::reference::service(prefix).is_some()), "{api:?}");
        }
    }

    #[test]
    fn a_request_has_its_members_and_what_looks_relevant_inside_of_them() {
        let api = apis_named("Lambda").next().unwrap();
        assert_eq!((api.service, api.prefix, api.name), ("lambda", Some("lambda"), "AWS Lambda"));
        let create = api.operation("createfunction").unwrap();
        assert_eq!(create.name, "CreateFunction");
        let code = create.member("Code").unwrap();
        assert_eq!((code.kind, code.required), (MemberKind::Object, true));
        assert!(code.relevant.contains(&"Code.S3Bucket".to_owned()), "{code:?}");
        assert_eq!(create.member("Tags").unwrap().kind, MemberKind::Tags);
        assert_eq!(create.member("PackageType").unwrap().kind, MemberKind::Word);
        assert!(create.member("Role").unwrap().is_text() && !create.member("Publish").unwrap().is_text());
        let runtime: Vec<&str> = apis_named("bedrock").map(|api| api.service).collect();
        assert!(runtime.first() == Some(&"bedrock") && runtime.contains(&"bedrock-runtime"), "{runtime:?}");
    }

    #[test]
    fn names_are_split_as_the_script_splits_them() {
        for (name, expected) in [
            ("SSEKMSKeyIds", "ssekms key ids"),
            ("roleARNs", "role arns"),
            ("VpcConfig", "vpc config"),
            ("S3OutputPath", "s3 output path"),
            ("EC2VpcId", "ec2 vpc id"),
            ("DBSubnetGroupName", "db subnet group name"),
            ("x-amz_acl", "x amz acl"),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
        assert!(is_relevant("SecurityGroupIds") && is_relevant("KMSMasterKeyID") && is_relevant("s3Uri"));
        assert!(!is_relevant("KeySchema") && !is_relevant("Timeout") && !is_relevant("GroupName"));
    }
}
