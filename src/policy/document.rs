//! Documents, statements and their parts

use std::sync::Arc;

use crate::iam::ContextKey;
use crate::source::{Location, Position};

/// What a policy is attached to; it decides which elements it may have (rule E90)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyType {
    /// Of a user, group or role
    Identity,
    /// A permissions boundary
    Boundary,
    /// Given with a session
    Session,
    /// A service control policy
    ServiceControl,
    /// A resource control policy
    ResourceControl,
    /// Of a bucket, queue or another resource
    Resource,
    /// Of a KMS key
    Key,
    /// Of a role: who may assume it
    Trust,
    /// Of a VPC endpoint
    VpcEndpoint,
}

/// Where a document comes from
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The file that holds it
    pub file: Arc<str>,
    /// Its name: that of the managed or inline policy, or the file's
    pub name: Arc<str>,
}

/// The language version (rules E20, E21)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `2012-10-17`: variables are expanded
    V2012,
    /// `2008-10-17` or none: `${…}` is literal text
    V2008,
}

/// A policy document
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it comes from
    pub origin: Origin,
    /// Its language version
    pub version: Version,
    /// Its optional id
    pub id: Option<String>,
    /// Its statements, at least one
    pub statements: Vec<Statement>,
    /// Its text without blanks; kept of bucket policies and the like alone, which can be sent to the policy simulator
    pub text: Option<Arc<str>>,
}

/// `Allow` or `Deny`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Grants
    Allow,
    /// Forbids
    Deny,
}

/// Whether an element lists what it means or what it excludes (`NotAction`, `NotResource`, `NotPrincipal`)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listing {
    /// The listed ones
    Only,
    /// All but the listed ones
    AllBut,
}

/// A text of a document and its place
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text as written
    pub text: Arc<str>,
    /// Its place
    pub at: Position,
}

/// One statement
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Position in the document, from 0
    pub index: usize,
    /// The optional statement id
    pub sid: Option<Arc<str>>,
    /// Allow or deny
    pub effect: Effect,
    /// Who, in resource-type policies
    pub principal: Option<PrincipalElement>,
    /// Which actions
    pub action: ActionElement,
    /// Which resources; `None` where the element is missing
    pub resource: Option<ResourceElement>,
    /// All of these must hold
    pub conditions: Vec<Condition>,
    /// Its opening brace
    pub at: Position,
    /// The place just after its closing brace
    pub end: Position,
}

/// `Action` or `NotAction`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionElement {
    /// Listed or excluded
    pub listing: Listing,
    /// The patterns
    pub patterns: Vec<Text>,
}

/// `Resource` or `NotResource`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceElement {
    /// Listed or excluded
    pub listing: Listing,
    /// The patterns
    pub patterns: Vec<Text>,
}

/// `Principal` or `NotPrincipal`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalElement {
    /// Listed or excluded
    pub listing: Listing,
    /// The members; the bare `"*"` is one member of type `AWS`
    pub members: Vec<PrincipalMember>,
}

/// One member of a principal element
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalMember {
    /// Under which key it stands
    pub kind: PrincipalType,
    /// The text as written
    pub text: Arc<str>,
    /// Its place
    pub at: Position,
}

/// The keys of a principal element (rule E28)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalType {
    /// Accounts, users, roles, sessions, `*`
    Aws,
    /// Service principals
    Service,
    /// Identity providers
    Federated,
    /// S3 canonical ids
    CanonicalUser,
}

/// One operator, one key, its values
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator
    pub operator: Operator,
    /// The key
    pub key: ContextKey,
    /// The values as text; numbers and booleans in their JSON spelling (rule E82)
    pub values: Vec<Arc<str>>,
    /// The place of the key
    pub at: Position,
}

/// An operator with its set prefix and `IfExists` (rule E81)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`
    pub quantifier: Option<Quantifier>,
    /// The comparison
    pub kind: OperatorKind,
    /// Whether it ends in `IfExists`
    pub if_exists: bool,
}

/// The set prefixes
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// The comparisons of the policy language
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the policy language")]
pub enum OperatorKind {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnLike,
    ArnNotEquals,
    ArnNotLike,
    Null,
}

const OPERATORS: [(&str, OperatorKind); 27] = [
    ("StringEquals", OperatorKind::StringEquals),
    ("StringNotEquals", OperatorKind::StringNotEquals),
    ("StringEqualsIgnoreCase", OperatorKind::StringEqualsIgnoreCase),
    ("StringNotEqualsIgnoreCase", OperatorKind::StringNotEqualsIgnoreCase),
    ("StringLike", OperatorKind::StringLike),
    ("StringNotLike", OperatorKind::StringNotLike),
    ("NumericEquals", OperatorKind::NumericEquals),
    ("NumericNotEquals", OperatorKind::NumericNotEquals),
    ("NumericLessThan", OperatorKind::NumericLessThan),
    ("NumericLessThanEquals", OperatorKind::NumericLessThanEquals),
    ("NumericGreaterThan", OperatorKind::NumericGreaterThan),
    ("NumericGreaterThanEquals", OperatorKind::NumericGreaterThanEquals),
    ("DateEquals", OperatorKind::DateEquals),
    ("DateNotEquals", OperatorKind::DateNotEquals),
    ("DateLessThan", OperatorKind::DateLessThan),
    ("DateLessThanEquals", OperatorKind::DateLessThanEquals),
    ("DateGreaterThan", OperatorKind::DateGreaterThan),
    ("DateGreaterThanEquals", OperatorKind::DateGreaterThanEquals),
    ("Bool", OperatorKind::Bool),
    ("BinaryEquals", OperatorKind::BinaryEquals),
    ("IpAddress", OperatorKind::IpAddress),
    ("NotIpAddress", OperatorKind::NotIpAddress),
    ("ArnEquals", OperatorKind::ArnEquals),
    ("ArnLike", OperatorKind::ArnLike),
    ("ArnNotEquals", OperatorKind::ArnNotEquals),
    ("ArnNotLike", OperatorKind::ArnNotLike),
    ("Null", OperatorKind::Null),
];

impl Operator {
    /// Reads an operator's name, `None` when there is no such operator
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match (name.strip_prefix("ForAllValues:"), name.strip_prefix("ForAnyValue:")) {
            (Some(rest), _) => (Some(Quantifier::All), rest),
            (_, Some(rest)) => (Some(Quantifier::Any), rest),
            _ => (None, name),
        };
        let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let kind = OPERATORS.iter().find(|(known, _)| *known == base)?.1;
        let null_if_exists = kind == OperatorKind::Null && if_exists;
        (!null_if_exists).then_some(Self { quantifier, kind, if_exists })
    }

    /// All base names, for suggestions
    pub fn names() -> impl Iterator<Item = &'static str> {
        OPERATORS.iter().map(|(name, _)| *name)
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.quantifier {
            Some(Quantifier::All) => f.write_str("ForAllValues:")?,
            Some(Quantifier::Any) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        let name = OPERATORS.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name);
        f.write_str(name)?;
        if self.if_exists { f.write_str("IfExists") } else { Ok(()) }
    }
}

impl Document {
    /// The place of a statement in its file
    #[must_use]
    pub fn location(&self, statement: &Statement) -> Location {
        Location { file: Arc::clone(&self.origin.file), at: statement.at }
    }
}

impl PolicyType {
    /// The type in words
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Identity => "identity policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Resource => "resource policy",
            Self::Key => "key policy",
            Self::Trust => "trust policy",
            Self::VpcEndpoint => "VPC endpoint policy",
        }
    }

    /// The type with its article: `an identity policy`
    #[must_use]
    pub fn with_article(self) -> String {
        let article = if self == Self::Identity { "an" } else { "a" };
        format!("{article} {}", self.words())
    }

    /// Whether its statements name principals
    #[must_use]
    pub fn names_principals(self) -> bool {
        matches!(self, Self::ResourceControl | Self::Resource | Self::Key | Self::Trust | Self::VpcEndpoint)
    }
}
