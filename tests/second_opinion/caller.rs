//! Who calls, and which principals of a policy mean this caller (E28–E46)

use std::collections::BTreeSet;

use serde_json::Value;

use super::deviation::Deviation;
use super::question::{Context, Question, members, texts};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerKind {
    User,
    Role,
    Session,
    Federated,
    Root,
    Service,
    Provider,
    Anonymous,
}

/// How a policy named the caller (E41)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    Direct,
    RoleLike,
    Account,
    Anybody,
}

#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) kind: CallerKind,
    pub(crate) name: String,
    pub(crate) partition: Option<String>,
    pub(crate) account: Option<String>,
    /// The role of a session, the user behind a federated session
    pub(crate) origin: Option<String>,
}

impl Caller {
    pub(crate) fn new(question: &Question) -> Self {
        let name = question.principal.clone();
        let parts: Vec<String> = name.splitn(6, ':').map(str::to_owned).collect();
        if parts.len() < 6 {
            let kind = if name == "anonymous" { CallerKind::Anonymous } else { CallerKind::Service };
            return Self { kind, name, partition: None, account: None, origin: None };
        }
        let kind = match (parts[2].as_str(), parts[5].split('/').next().unwrap()) {
            ("iam", "user") => CallerKind::User,
            ("iam", "role") => CallerKind::Role,
            ("iam", "root") => CallerKind::Root,
            ("sts", "assumed-role") => CallerKind::Session,
            ("sts", "federated-user") => CallerKind::Federated,
            ("iam", "oidc-provider" | "saml-provider") => CallerKind::Provider,
            other => panic!("principal {other:?}"),
        };
        let origin = match kind {
            CallerKind::Session => question.context.values("aws:PrincipalArn").map(|values| values[0].clone()),
            CallerKind::Role => Some(name.clone()),
            CallerKind::Federated => question.federated_by.clone(),
            _ => None,
        };
        Self { kind, partition: Some(parts[1].clone()), account: Some(parts[4].clone()), origin, name }
    }

    /// The keys that follow from the caller (E110–E115, E133, section 2.3)
    pub(crate) fn complete(&self, context: &mut Context) {
        let own_arn =
            matches!(self.kind, CallerKind::User | CallerKind::Role | CallerKind::Federated | CallerKind::Root);
        if own_arn {
            context.fill("aws:PrincipalArn", &self.name);
        }
        if let Some(account) = self.account.as_ref().filter(|_| self.kind != CallerKind::Provider) {
            context.fill("aws:PrincipalAccount", account);
            context.fill("kms:CallerAccount", account);
        }
        let kind = match self.kind {
            CallerKind::Root => Some("Account"),
            CallerKind::User => Some("User"),
            CallerKind::Federated => Some("FederatedUser"),
            CallerKind::Session | CallerKind::Role => Some("AssumedRole"),
            CallerKind::Anonymous => Some("Anonymous"),
            CallerKind::Service | CallerKind::Provider => None,
        };
        if let Some(kind) = kind {
            context.fill("aws:PrincipalType", kind);
        }
        match self.kind {
            CallerKind::User => context.fill("aws:username", self.name.rsplit('/').next().unwrap()),
            CallerKind::Root => context.fill("aws:userid", self.account.as_ref().unwrap()),
            CallerKind::Federated => {
                let name = self.name.rsplit('/').next().unwrap();
                context.fill("aws:userid", &format!("{}:{name}", self.account.as_ref().unwrap()));
            }
            CallerKind::Anonymous => {
                context.fill("aws:userid", "anonymous");
                context.fill("aws:PrincipalAccount", "anonymous");
            }
            CallerKind::Service => {
                context.fill("aws:PrincipalServiceName", &self.name);
                context.fill("aws:PrincipalServiceNamesList", &self.name);
            }
            _ => {}
        }
        let signed = match self.kind {
            CallerKind::Anonymous => false,
            CallerKind::Provider => context.deviates(Deviation::ProvidersAreSigned),
            _ => true,
        };
        if signed {
            context.fill("aws:PrincipalIsAWSService", if self.kind == CallerKind::Service { "true" } else { "false" });
        }
    }

    pub(crate) fn is_service_linked_role(&self) -> bool {
        let is_role = matches!(self.kind, CallerKind::Session | CallerKind::Role);
        is_role && self.origin.as_ref().is_some_and(|role| is_service_linked(role))
    }

    /// Whether the caller has an account whose policies count
    pub(crate) fn has_identity_side(&self) -> bool {
        !matches!(self.kind, CallerKind::Service | CallerKind::Provider | CallerKind::Anonymous)
    }

    /// All the ways in which a `Principal` or `NotPrincipal` element lists the caller
    pub(crate) fn namings(&self, element: &Value) -> BTreeSet<Naming> {
        if element == "*" {
            return BTreeSet::from([Naming::Anybody]);
        }
        let mut namings = BTreeSet::new();
        for (family, values) in members(element) {
            namings.extend(texts(values).iter().filter_map(|value| self.naming(family, value)));
        }
        namings
    }

    fn naming(&self, family: &str, value: &str) -> Option<Naming> {
        match family {
            "AWS" if value == "*" => Some(Naming::Anybody),
            "AWS" if self.has_identity_side() => self.aws_naming(value),
            "Service" => (self.kind == CallerKind::Service && value == self.name).then_some(Naming::Direct),
            "Federated" => (self.kind == CallerKind::Provider && value == self.name).then_some(Naming::Direct),
            _ => None,
        }
    }

    fn aws_naming(&self, value: &str) -> Option<Naming> {
        let account = self.account.as_ref()?;
        let root = format!("arn:{}:iam::{account}:root", self.partition.as_ref()?);
        if value == account || value == root {
            return Some(if self.kind == CallerKind::Root { Naming::Direct } else { Naming::Account });
        }
        if self.origin.as_deref() == Some(value) {
            return Some(Naming::RoleLike);
        }
        (value == self.name).then_some(Naming::Direct)
    }

    /// Every level of the caller's identity is listed (E43)
    pub(crate) fn is_exempt(&self, not_principal: &Value, context: &Context) -> bool {
        let namings = self.namings(not_principal);
        if namings.contains(&Naming::Anybody) {
            return true;
        }
        let levels: &[Naming] = match self.kind {
            CallerKind::User => &[Naming::Direct, Naming::Account],
            CallerKind::Federated if context.deviates(Deviation::FederatedWithoutUser) => {
                &[Naming::Direct, Naming::Account]
            }
            CallerKind::Session | CallerKind::Federated => &[Naming::Direct, Naming::RoleLike, Naming::Account],
            CallerKind::Role => &[Naming::RoleLike, Naming::Account],
            CallerKind::Root | CallerKind::Service | CallerKind::Provider => &[Naming::Direct],
            CallerKind::Anonymous => return false,
        };
        levels.iter().all(|level| namings.contains(level))
    }
}

pub(crate) fn is_service_linked(role: &str) -> bool {
    role.contains(":role/aws-service-role/")
}
