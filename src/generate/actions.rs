//! Every action of the services that training jobs touch

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::iam::Action;

/// Written by `policies/reference/update-actions.mjs`
const ACTIONS: &str = include_str!("../../policies/reference/actions.json");

/// The actions of each service, as AWS lists them
#[derive(Debug, Default, Deserialize)]
pub struct ActionList {
    /// The data package that they come from
    pub source: String,
    /// Its version
    pub version: String,
    /// When it was made, `YYYY-MM-DD`
    pub captured: String,
    services: BTreeMap<String, Vec<String>>,
}

impl ActionList {
    /// The list that belongs to this program
    #[must_use]
    pub fn embedded() -> &'static Self {
        static LIST: OnceLock<ActionList> = OnceLock::new();
        LIST.get_or_init(|| serde_json::from_str(ACTIONS).unwrap_or_default())
    }

    /// The services listed
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// The actions of a service, none for one that is not listed
    #[must_use]
    pub fn of(&self, service: &str) -> Vec<Action> {
        let names = self.services.get(service).into_iter().flatten();
        names.filter_map(|name| format!("{service}:{name}").parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_list_can_be_read() {
        let list = ActionList::embedded();
        assert!(list.of("lookoutvision").contains(&"lookoutvision:CreateModel".parse().unwrap()));
        assert!(list.of("s3").len() > 100 && list.of("kms").len() > 40, "{}", list.version);
        assert_eq!(list.of("nothing"), []);
    }
}
