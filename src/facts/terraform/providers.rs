//! Where the resources of a plan are: the account and Region of their provider, as far as the plan says

use std::collections::BTreeMap;

use serde_json::Value;

use crate::iam::{AccountId, Arn, Region};

use super::Plan;
use super::configuration::{Configuration, ProviderConfig, references};
use super::resource::{Field, Resource};

/// The account that a provider works in
#[derive(Debug, Clone, PartialEq, Eq)]
enum Home {
    /// That of the plan
    Plan,
    /// This one
    Account(AccountId),
    /// It is not said
    Unclear,
}

#[derive(Debug, Clone)]
struct Provider {
    home: Home,
    region: Option<Region>,
}

/// The providers of a plan by their key, such as `aws.west`
#[derive(Debug, Default)]
pub(super) struct Providers(BTreeMap<String, Provider>);

/// Whose a resource is
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of the account that is asked about
    Own,
    /// Of another account
    Foreign,
    /// It cannot be told
    Unclear,
}

/// What makes a provider work with other credentials
const CREDENTIALS: [&str; 9] = [
    "assume_role",
    "assume_role_with_web_identity",
    "profile",
    "access_key",
    "secret_key",
    "token",
    "shared_credentials_file",
    "shared_credentials_files",
    "shared_config_files",
];

impl Providers {
    /// Reads the providers of AWS; variables of the root module have their values in the plan
    pub(super) fn of(configuration: &Configuration, variables: &BTreeMap<String, String>) -> Self {
        let own = configuration.provider_config.get("aws");
        let providers = configuration.provider_config.iter().map(|(key, config)| {
            let region = config.expressions.get("region").and_then(|region| text(region, variables));
            let home = home(config, own, variables);
            (key.clone(), Provider { home, region: region.and_then(|region| region.parse().ok()) })
        });
        Self(providers.collect())
    }

    /// Where a resource is whose provider is not told: a plan without providers of AWS has one account
    fn common_home(&self) -> Home {
        let of_aws = |key: &str| key.rsplit(':').next().and_then(|key| key.split('.').next()) == Some("aws");
        let mut homes = self.0.iter().filter(|(key, _)| of_aws(key)).map(|(_, provider)| &provider.home);
        let first = homes.next().unwrap_or(&Home::Plan);
        if homes.all(|home| home == first) { first.clone() } else { Home::Unclear }
    }
}

fn home(config: &ProviderConfig, own: Option<&ProviderConfig>, variables: &BTreeMap<String, String>) -> Home {
    let assumed = config.expressions.get("assume_role");
    let role = assumed.and_then(|blocks| blocks.as_array()).and_then(|blocks| blocks.first());
    let account = role
        .and_then(|block| text(block.get("role_arn")?, variables))
        .and_then(|role| role.parse::<Arn>().ok())
        .and_then(|role| role.account());
    if let Some(account) = account {
        return Home::Account(account);
    }
    if config.name != "aws" {
        return Home::Unclear;
    }
    let credentials = |config: &ProviderConfig| CREDENTIALS.map(|key| config.expressions.get(key).cloned());
    let same = own.is_none_or(|own| credentials(own) == credentials(config));
    if same { Home::Plan } else { Home::Unclear }
}

/// A constant, or a variable of the root module
fn text<'v>(expression: &'v Value, variables: &'v BTreeMap<String, String>) -> Option<&'v str> {
    if let Some(constant) = expression.get("constant_value") {
        return constant.as_str();
    }
    match references(expression)?.as_slice() {
        [only] => variables.get(only.strip_prefix("var.")?).map(String::as_str),
        _ => None,
    }
}

impl Plan {
    fn provider(&self, resource: &Resource) -> Option<&Provider> {
        let module = self.configuration.module(&resource.module)?;
        let key = module.resource(&resource.kind, &resource.name)?.provider_config_key.as_deref()?;
        self.providers.0.get(key)
    }

    /// Whether a resource is in the account that is asked about
    pub(super) fn whose(&self, resource: &Resource) -> Whose {
        let own = self.environment.account.as_ref();
        let whose = |account: &AccountId| match own {
            Some(own) if own == account => Whose::Own,
            Some(_) => Whose::Foreign,
            None => Whose::Unclear,
        };
        let arn = match resource.text("arn") {
            Field::Known(arn) => Some(arn),
            _ => resource.before_text("arn"),
        };
        if let Some(account) = arn.and_then(|arn| arn.parse::<Arn>().ok()).and_then(|arn| arn.account()) {
            return whose(&account);
        }
        // What has been deleted may have left the configuration: it is where all are, if that is one place.
        match self.provider(resource).map_or_else(|| self.providers.common_home(), |provider| provider.home.clone()) {
            Home::Account(account) => whose(&account),
            Home::Unclear => Whose::Unclear,
            Home::Plan => Whose::Own,
        }
    }

    /// The Region of a resource: its own, that of its ARN, that of its provider
    pub(super) fn region(&self, resource: &Resource) -> Option<Region> {
        let said = |attribute: &str| resource.text(attribute).known();
        let of_arn = || said("arn")?.parse::<Arn>().ok()?.region().parse().ok();
        let own = said("region").and_then(|region| region.parse().ok());
        own.or_else(of_arn).or_else(|| self.provider(resource)?.region.clone())
    }
}
