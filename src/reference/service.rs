//! Services, their actions and types of resources

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::iam::wildcard::{matches, tokenize};

use super::{ArnTemplate, Key};

/// What an action does, in AWS's classes
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessLevel {
    /// Lists resources
    List,
    /// Reads
    Read,
    /// Creates, changes or deletes
    Write,
    /// Changes tags
    Tagging,
    /// Changes who may do what
    PermissionsManagement,
}

/// One service
#[derive(Debug, Default)]
pub struct Service {
    /// The prefix of its actions: `s3`
    pub prefix: &'static str,
    /// Its name: `Amazon S3`
    pub name: &'static str,
    /// Its condition keys, those of the form `aws:…` that it takes among them
    pub keys: Vec<Arc<Key>>,
    /// Its types of resources
    pub types: Vec<Arc<ResourceType>>,
    /// By name in lower case
    pub(super) actions: BTreeMap<String, ListedAction>,
}

/// A type of resources
#[derive(Debug)]
pub struct ResourceType {
    /// Its name: `bucket`
    pub name: &'static str,
    /// The forms of its ARNs, mostly one
    pub arns: Vec<ArnTemplate>,
    /// The keys that calls on such a resource can carry
    pub keys: Vec<Arc<Key>>,
}

/// A type of resources that an action takes
#[derive(Debug, Clone)]
pub struct ResourceUse {
    /// The type
    pub resource: Arc<ResourceType>,
    /// Whether every call has such a resource
    pub required: bool,
    /// The keys that this action can carry on such a resource, besides its own
    pub keys: Vec<Arc<Key>>,
}

/// An action
#[derive(Debug)]
pub struct ListedAction {
    /// Its name without the prefix: `GetObject`
    pub name: &'static str,
    pub(super) traits: Arc<Traits>,
}

/// What several actions have in common
#[derive(Debug)]
pub(super) struct Traits {
    pub(super) level: AccessLevel,
    pub(super) resources: Vec<ResourceUse>,
    pub(super) keys: Vec<Arc<Key>>,
}

impl Service {
    /// An action by its name without the prefix, in any case
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&ListedAction> {
        self.actions.get(&name.to_ascii_lowercase())
    }

    /// All its actions, in order
    pub fn actions(&self) -> impl Iterator<Item = &ListedAction> {
        self.actions.values()
    }

    /// The actions whose name matches a pattern with `*` and `?`, in any case
    pub fn matching(&self, pattern: &str) -> impl Iterator<Item = &ListedAction> {
        let tokens = tokenize(&pattern.to_ascii_lowercase(), false);
        self.actions.iter().filter(move |(folded, _)| matches(&tokens, folded)).map(|(_, listed)| listed)
    }

    /// Whether a resource can have a policy of its own, or be meant by that of another one: the service has actions that
    /// set such policies, by their names
    ///
    /// Rather too often than too rarely: the policy of a catalog or registry may speak of all that is in it.
    #[must_use]
    pub fn can_have_policy(&self, resource: &str) -> bool {
        let mut setting = self.actions.values().filter(|action| sets_policies(action.name));
        if MOSTLY_WITHOUT.contains(&self.prefix) {
            return setting.any(|action| action.resources().is_empty() || action.takes(resource));
        }
        setting.next().is_some()
    }

    /// Whether an action makes the resource, by the names of action and type: `CreateFunction` and `function`
    #[must_use]
    pub fn makes(&self, action: &str, resource: &str) -> bool {
        let folded = |name: &str| name.replace('-', "").to_ascii_lowercase();
        let Some(made) = action.strip_prefix("Create").map(folded) else { return false };
        let mut types = self.types.iter().filter(|known| folded(known.name) == made);
        types.any(|known| known.arns.iter().any(|arn| arn.meets(resource)))
    }

    /// One of its condition keys by its name in any case
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.is(name)).map(AsRef::as_ref)
    }

    /// A type of resources by its name
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.types.iter().find(|known| known.name == name).map(AsRef::as_ref)
    }
}

/// Services of which few types of resources have policies, and those of no other resource
const MOSTLY_WITHOUT: [&str; 2] = ["ec2", "sagemaker"];

/// Words of policies that say nothing of who may do what
const OF_OTHER_KINDS: [&str; 9] = [
    "Scaling",
    "Lifecycle",
    "Retention",
    "Stickiness",
    "Scheduling",
    "Termination",
    "Traffic",
    "Cache",
    "LoadBalancer",
];

/// Whether an action of this name changes who may use a resource
fn sets_policies(name: &str) -> bool {
    let changes = ["Put", "Set", "Add", "Create", "Update", "Modify"].iter().any(|verb| name.starts_with(verb));
    let policy = ["Policy", "Policies", "PolicyStatement", "Permission"].iter().any(|end| name.ends_with(end));
    changes && policy && !OF_OTHER_KINDS.iter().any(|word| name.contains(word))
}

impl ListedAction {
    /// What it does
    #[must_use]
    pub fn level(&self) -> AccessLevel {
        self.traits.level
    }

    /// The types of resources that it takes; with none it is authorized against `*`
    #[must_use]
    pub fn resources(&self) -> &[ResourceUse] {
        &self.traits.resources
    }

    /// The keys that calls with it can carry, whatever the resource; global keys beside those listed come on top
    #[must_use]
    pub fn keys(&self) -> &[Arc<Key>] {
        &self.traits.keys
    }

    /// Whether a call with it can carry a key of those listed for it or for one of its resources
    #[must_use]
    pub fn carries(&self, key: &str) -> bool {
        let of_resources = self.resources().iter().flat_map(|used| used.keys.iter().chain(&used.resource.keys));
        self.keys().iter().chain(of_resources).any(|listed| listed.is(key))
    }

    /// Whether a pattern of a policy can name one of its resources; `*` alone where it has no type
    #[must_use]
    pub fn takes(&self, pattern: &str) -> bool {
        pattern == "*" || self.resources().iter().flat_map(|used| &used.resource.arns).any(|arn| arn.meets(pattern))
    }
}

impl AccessLevel {
    pub(super) fn read(letter: &str) -> Option<Self> {
        match letter {
            "L" => Some(Self::List),
            "R" => Some(Self::Read),
            "W" => Some(Self::Write),
            "T" => Some(Self::Tagging),
            "P" => Some(Self::PermissionsManagement),
            _ => None,
        }
    }

    /// AWS's words for it
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}
