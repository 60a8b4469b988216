//! What a document is for: told by the user, or by its place and its elements

use crate::json::Node;
use crate::policy::PolicyType;

/// The kinds of documents that the rules tell apart
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Of a user, group or role
    Identity,
    /// A permissions boundary
    Boundary,
    /// Given with a session
    Session,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
    /// Of a bucket
    Bucket,
    /// Of a KMS key
    Key,
    /// Of another resource
    Resource,
    /// Of a role: who may assume it
    Trust,
    /// Of a VPC endpoint
    Vpce,
}

impl Kind {
    /// Every kind, in the order of the command line's help
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Bucket,
        Self::Key,
        Self::Scp,
        Self::Rcp,
        Self::Trust,
        Self::Boundary,
        Self::Session,
        Self::Vpce,
        Self::Resource,
    ];

    /// Its word on the command line
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Bucket => "bucket",
            Self::Key => "key",
            Self::Resource => "resource",
            Self::Trust => "trust",
            Self::Vpce => "vpce",
        }
    }

    /// The kind of the policy model
    #[must_use]
    pub fn policy_type(self) -> PolicyType {
        match self {
            Self::Identity => PolicyType::Identity,
            Self::Boundary => PolicyType::Boundary,
            Self::Session => PolicyType::Session,
            Self::Scp => PolicyType::ServiceControl,
            Self::Rcp => PolicyType::ResourceControl,
            Self::Bucket | Self::Resource => PolicyType::Resource,
            Self::Key => PolicyType::Key,
            Self::Trust => PolicyType::Trust,
            Self::Vpce => PolicyType::VpcEndpoint,
        }
    }

    /// The kind in words
    #[must_use]
    pub fn words(self) -> &'static str {
        if self == Self::Bucket { "bucket policy" } else { self.policy_type().words() }
    }

    /// Whether IAM itself keeps it, with IAM's rules for its form
    pub(super) fn is_kept_by_iam(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary | Self::Session | Self::Trust)
    }
}

/// What a document looks like; the folders of a snapshot tell what its elements cannot
pub(super) fn guess(document: &Node, file: &str) -> Kind {
    let folders: Vec<&str> = file.split(['/', '\\']).collect();
    let lies_in = |name: &str| folders.contains(&name);
    let statements = statements(document);
    let names_principals = statements
        .iter()
        .any(|statement| ["Principal", "NotPrincipal"].iter().any(|key| statement.member(key).is_some()));
    if !names_principals {
        return if lies_in("scps") { Kind::Scp } else { Kind::Identity };
    }
    if lies_in("rcps") {
        return Kind::Rcp;
    }
    let services = services(statements);
    match services.as_slice() {
        [one] if one == "sts" && !statements.iter().any(|statement| statement.member("Resource").is_some()) => {
            Kind::Trust
        }
        [one] if one == "kms" => Kind::Key,
        [one] if one == "s3" => Kind::Bucket,
        _ => Kind::Resource,
    }
}

fn statements(document: &Node) -> &[Node] {
    let Some(statement) = document.member("Statement") else { return &[] };
    if statement.elements().is_empty() { std::slice::from_ref(statement) } else { statement.elements() }
}

/// The prefixes of all actions, each once
fn services(statements: &[Node]) -> Vec<String> {
    let elements =
        statements.iter().filter_map(|statement| statement.member("Action").or(statement.member("NotAction")));
    let texts = elements.flat_map(|element| match element.elements() {
        [] => std::slice::from_ref(element),
        elements => elements,
    });
    let prefix = |text: &str| text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let mut prefixes: Vec<String> = texts.filter_map(|node| node.text().map(prefix)).collect();
    prefixes.sort();
    prefixes.dedup();
    prefixes
}
