//! Where names differ: `policies/reference/operations.toml`

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// Operations, types and services for which names alone would say the wrong thing
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exceptions {
    /// By operation: its actions
    pub(super) action: BTreeMap<String, Vec<Other>>,
    /// By `prefix:type`: templates of its ARN
    pub(super) form: BTreeMap<String, Vec<String>>,
    /// By `prefix:type`
    pub(super) qualified: BTreeMap<String, Qualified>,
    /// By prefix: members that may hold the ARN of the subject
    pub(super) subject: BTreeMap<String, Vec<String>>,
    /// By `prefix:type`: the member that names a KMS key
    pub(super) key: BTreeMap<String, String>,
    /// By prefix: the types that come in question
    pub(super) preferred: BTreeMap<String, Vec<String>>,
    pub(super) every_type: Operations,
    /// By operation: the service that it passes its roles to
    pub(super) pass: BTreeMap<String, String>,
    pub(super) no_pass: Prefixes,
}

/// An action of another name
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Other {
    pub(super) action: String,
    pub(super) when: Option<String>,
}

/// A type of which a member names a version or an alias
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Qualified {
    pub(super) member: String,
    pub(super) form: String,
}

/// Operations that need a resource of every required type
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operations {
    pub(super) operations: Vec<String>,
}

/// Services whose operations name roles without passing them
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prefixes {
    pub(super) prefixes: Vec<String>,
}

/// The table, read once; a test rules out that it cannot be read
pub(super) fn exceptions() -> &'static Exceptions {
    static TABLE: LazyLock<Exceptions> = LazyLock::new(|| toml::from_str(TEXT).unwrap_or_default());
    &TABLE
}

const TEXT: &str = include_str!("../../../policies/reference/operations.toml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference;

    #[test]
    fn every_exception_is_about_something_that_exists() {
        let table: Exceptions = toml::from_str(TEXT).unwrap();
        let operations = table.action.keys().chain(table.pass.keys()).chain(&table.every_type.operations);
        for operation in operations {
            let (service, name) = operation.split_once(':').unwrap();
            assert!(reference::apis_named(service).any(|api| api.operation(name).is_some()), "{operation}");
        }
        for other in table.action.values().flatten() {
            assert!(reference::action(&other.action.parse().unwrap()).is_some(), "{}", other.action);
        }
        let preferred =
            table.preferred.iter().flat_map(|(prefix, types)| types.iter().map(move |name| format!("{prefix}:{name}")));
        for typed in table.form.keys().chain(table.key.keys()).chain(table.qualified.keys()).cloned().chain(preferred) {
            let (prefix, name) = typed.split_once(':').unwrap();
            assert!(reference::service(prefix).unwrap().resource_type(name).is_some(), "{typed}");
        }
        for prefix in &table.no_pass.prefixes {
            assert!(reference::service(prefix).is_some(), "{prefix}");
        }
    }
}
