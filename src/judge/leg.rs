//! The context of one call: directly by the caller, or forwarded by services (rules E110–E130, E346–E350)

use std::collections::BTreeMap;

use crate::evaluate::complete_principal_context;
use crate::facts::{Fact, Organization};
use crate::iam::{AccountId, Action, Context, ContextKey, ContextValue, Openness, PrincipalKind};
use crate::need::Need;

use super::account::Account;
use super::party::Party;
use super::{CalledVia, ServiceKeys};

/// What the user says of the context: `--context`, `--context-unknown`, `--context-absent`
pub type UserContext = BTreeMap<ContextKey, ContextValue>;

/// Keys that this tool derives and that a user may not contradict (rule E133)
const DERIVED: [&str; 18] = [
    "aws:calledvia",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:username",
    "aws:viaawsservice",
    "kms:calleraccount",
    "kms:viaservice",
];

/// Keys that only a call through a VPC endpoint carries; services do not forward them (rules E121, E348)
const ENDPOINT_KEYS: [&str; 7] = [
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpcSourceIp",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:SourceVpcArn",
];

/// One call in the making
#[derive(Clone, Copy)]
pub struct Leg<'a> {
    /// The account
    pub account: &'a Account,
    /// Who calls
    pub party: &'a Party,
    /// The services that forward the call, empty for a direct one
    pub via: &'a [String],
    /// What the user said of this party's calls
    pub user: &'a UserContext,
    /// The condition keys of each action
    pub service_keys: ServiceKeys<'a>,
}

impl std::fmt::Debug for Leg<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leg").field("via", &self.via).finish_non_exhaustive()
    }
}

impl Leg<'_> {
    /// The context in which variables of object patterns are read, for the action that reads the objects
    ///
    /// It knows what the judged calls know: a variable left open here would put objects into one class
    /// that a policy tells apart.
    #[must_use]
    pub fn reading(&self, action: &Action) -> Context {
        self.of_action((action, false), &self.account.bucket_owner())
    }

    /// Whether a user may set this key by hand
    #[must_use]
    pub fn is_derived(key: &ContextKey) -> bool {
        DERIVED.binary_search(&key.folded()).is_ok() || key.folded().starts_with("aws:requesttag/")
    }

    /// The context of a need's call
    #[must_use]
    pub fn context(&self, need: &Need, owner: &Fact<AccountId>) -> Context {
        let mut context = self.of_action((&need.action, need.creates), owner);
        for (key, value) in &need.context {
            // A beginning stands for all keys that have it.
            if key.folded().ends_with('/') && *value == ContextValue::Unknown {
                context.reopen(key.folded());
                continue;
            }
            // What the catalog leaves open, the user may know.
            if *value != ContextValue::Unknown || !self.user.contains_key(key) {
                context.set(key.clone(), value.clone());
            }
        }
        context
    }

    /// The context of every call of an action, which may create its resource, on a resource of this owner
    #[must_use]
    pub fn of_action(&self, (action, creates): (&Action, bool), owner: &Fact<AccountId>) -> Context {
        let mut context = Context::open(self.openness(action, creates));
        self.caller_keys(&mut context);
        self.user_keys(&mut context);
        self.transport_keys(&mut context);
        self.service_keys(action, &mut context);
        self.resource_keys(action, owner, &mut context);
        complete_principal_context(&mut context, &self.party.who);
        context
    }

    fn openness(&self, action: &Action, creates: bool) -> Openness {
        let mut complete = Vec::new();
        // A session can be given tags that no request names (rule E118).
        if action.service() != "sts" {
            complete.push("aws:requesttag/".to_owned());
        }
        // A create call has no resource yet whose tags could be tested (rule E123).
        if creates {
            complete.push("aws:resourcetag/".to_owned());
        }
        let session = self.party.who.principal.is_role_based();
        let own_known = !self.party.tags_open;
        if own_known && (!session || self.account.settings().no_session_tags) {
            complete.push("aws:principaltag/".to_owned());
        }
        Openness { service: Some(action.service().into()), service_keys: (self.service_keys)(action), complete }
    }

    /// Tags and organization of the one who calls
    fn caller_keys(&self, context: &mut Context) {
        let (account, party) = (self.account, self.party);
        for (name, value) in &party.tags {
            if let Ok(key) = format!("aws:PrincipalTag/{name}").parse() {
                context.set_text(key, value.as_str());
            }
        }
        let principal = &party.who.principal;
        if self.is_service() {
            absent(context, &["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]);
            organization_keys(&account.organization, context, ["aws:SourceOrgID", "aws:SourceOrgPaths"]);
        } else if principal.account().is_none_or(|own| account.environment.account.as_ref().is_none_or(|of| of == own))
        {
            organization_keys(&account.organization, context, ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]);
        }
        if !principal.is_role_based() {
            absent(
                context,
                &[
                    "aws:FederatedProvider",
                    "aws:AssumedRoot",
                    "aws:ChatbotSourceArn",
                    "aws:Ec2InstanceSourceVpc",
                    "aws:Ec2InstanceSourcePrivateIPv4",
                ],
            );
        }
        if principal.kind() == PrincipalKind::Root {
            absent(context, &["aws:SourceIdentity"]);
        }
    }

    fn is_service(&self) -> bool {
        self.party.who.principal.kind() == PrincipalKind::Service
    }

    fn user_keys(&self, context: &mut Context) {
        for (key, value) in self.user {
            context.set(key.clone(), value.clone());
        }
        // A call through an endpoint shows the endpoint, not a public address (rule E120).
        let through_endpoint = ["aws:sourcevpce", "aws:sourcevpc"]
            .iter()
            .any(|key| matches!(context.listed(key), Some(ContextValue::Known(_))));
        if through_endpoint && self.via.is_empty() && context.listed("aws:sourceip").is_none() {
            absent(context, &["aws:SourceIp"]);
        }
    }

    fn transport_keys(&self, context: &mut Context) {
        text(context, "aws:SecureTransport", "true");
        if let Some(region) = &self.account.environment.region {
            text(context, "aws:RequestedRegion", region.as_str());
        }
        // These belong to calls that a service makes with its own identity (rule E129).
        if !self.is_service() {
            absent(context, &["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"]);
        }
        let forwarded = !self.via.is_empty();
        text(context, "aws:ViaAWSService", if forwarded { "true" } else { "false" });
        let chain = ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"];
        match (forwarded, self.account.settings().called_via) {
            (false, _) | (true, CalledVia::Absent) => absent(context, &chain),
            (true, CalledVia::Unknown) => {}
            (true, CalledVia::Service) => self.called_via(context),
        }
        if forwarded {
            absent(context, &ENDPOINT_KEYS);
            if !self.account.settings().source_ip_kept {
                set(context, "aws:SourceIp", ContextValue::Unknown);
            }
        }
    }

    fn called_via(&self, context: &mut Context) {
        let names: Vec<_> = self.via.iter().map(|service| format!("{service}.amazonaws.com").into()).collect();
        for (key, value) in [("aws:CalledViaFirst", names.first()), ("aws:CalledViaLast", names.last())] {
            set(context, key, ContextValue::Known(value.cloned().into_iter().collect()));
        }
        set(context, "aws:CalledVia", ContextValue::Known(names));
    }

    /// What KMS calls carry (rules E327, E349)
    fn service_keys(&self, action: &Action, context: &mut Context) {
        if action.service() != "kms" {
            return;
        }
        if let Some(account) = self.party.who.principal.account() {
            text(context, "kms:CallerAccount", account.as_str());
        }
        match (self.via.last(), &self.account.environment.region) {
            (Some(service), Some(region)) => {
                text(context, "kms:ViaService", &format!("{service}.{region}.amazonaws.com"));
            }
            (Some(_), None) => {}
            (None, _) => absent(context, &["kms:ViaService"]),
        }
    }

    /// Who owns the resource (rule E122)
    fn resource_keys(&self, action: &Action, owner: &Fact<AccountId>, context: &mut Context) {
        let account = self.account;
        let Fact::Known(owner) = owner else { return };
        text(context, "aws:ResourceAccount", owner.as_str());
        if action.service() == "s3" {
            text(context, "s3:ResourceAccount", owner.as_str());
        }
        if Some(owner) != account.environment.account.as_ref() {
            return;
        }
        organization_keys(&account.organization, context, ["aws:ResourceOrgID", "aws:ResourceOrgPaths"]);
    }
}

/// The id and the paths of an organization under these two keys, as far as they are known
fn organization_keys(organization: &Fact<Organization>, context: &mut Context, [id_key, paths_key]: [&str; 2]) {
    match organization {
        Fact::Absent => absent(context, &[id_key, paths_key]),
        Fact::Known(organization) => {
            if let Some(id) = &organization.id {
                text(context, id_key, id);
            }
            if !organization.paths.is_empty() {
                let paths = organization.paths.iter().map(|path| path.as_str().into()).collect();
                set(context, paths_key, ContextValue::Known(paths));
            }
        }
        Fact::Unknown(_) => {}
    }
}

fn set(context: &mut Context, name: &str, value: ContextValue) {
    if let Ok(key) = name.parse() {
        context.set(key, value);
    }
}

fn text(context: &mut Context, name: &str, value: &str) {
    set(context, name, ContextValue::Known(vec![value.into()]));
}

fn absent(context: &mut Context, names: &[&str]) {
    for name in names {
        set(context, name, ContextValue::Absent);
    }
}
