//! When a statement matches: principal, action, resource and condition (E2, E41–E70)

use std::collections::BTreeSet;

use serde_json::Value;

use super::caller::{Caller, CallerKind, Naming};
use super::condition;
use super::deviation::Deviation;
use super::glob::{Piece, covers, pieces};
use super::question::{Context, Policy, Question, texts};
use super::template::{Reading, expand};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Identity,
    Boundary,
    Session,
    ServiceControl,
    ResourceControl,
    Endpoint,
    Resource,
    Key,
    Trust,
}

/// What is asked, for one completion of the context
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) question: &'a Question,
    pub(crate) caller: &'a Caller,
    pub(crate) context: &'a Context,
    /// Whether an Allow with `NotResource` whose variables have no value opens everything (E231)
    pub(crate) open_not_resource: bool,
}

/// What a set of policies says
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) denies: bool,
    /// How the matching Allows name the caller; identity-type policies say `Direct`
    pub(crate) allows: BTreeSet<Naming>,
}

impl Said {
    pub(crate) fn allows(&self) -> bool {
        !self.allows.is_empty()
    }
}

/// Any Deny denies, else any Allow allows (E3)
pub(crate) fn consult<'p>(asked: Asked<'_>, policies: impl IntoIterator<Item = &'p Policy>, role: Role) -> Said {
    let mut said = Said::default();
    for policy in policies {
        for statement in &policy.statements {
            let it = Rule { asked, statement, role, variables: policy.variables };
            if !it.matches() {
                continue;
            }
            match statement["Effect"].as_str() {
                Some("Deny") => said.denies = true,
                _ => said.allows.extend(it.namings()),
            }
        }
    }
    said
}

#[derive(Debug, Clone, Copy)]
struct Rule<'a> {
    asked: Asked<'a>,
    statement: &'a Value,
    role: Role,
    variables: bool,
}

impl Rule<'_> {
    fn matches(&self) -> bool {
        self.principal_matches()
            && self.action_matches()
            && self.resource_matches()
            && condition::holds(&self.statement["Condition"], self.asked.context, self.variables)
    }

    fn has(&self, element: &str) -> bool {
        !self.statement[element].is_null()
    }

    fn is_allow(&self) -> bool {
        self.statement["Effect"] == "Allow"
    }

    fn namings(&self) -> BTreeSet<Naming> {
        if self.has("Principal") {
            let mut namings = self.asked.caller.namings(&self.statement["Principal"]);
            let gateway = ["s3:", "dynamodb:"]
                .iter()
                .any(|service| self.asked.question.action.to_lowercase().starts_with(service));
            if self.role == Role::Endpoint && gateway {
                namings.remove(&Naming::Account); // E98: the root user alone, whom an account names directly
            }
            namings
        } else {
            BTreeSet::from([Naming::Direct])
        }
    }

    fn principal_matches(&self) -> bool {
        if self.has("NotPrincipal") {
            let can_have_boundary = match self.asked.caller.kind {
                CallerKind::User | CallerKind::Role | CallerKind::Session => true,
                CallerKind::Federated => !self.asked.context.deviates(Deviation::FederatedWithoutBoundary),
                _ => false,
            };
            let bounded = can_have_boundary && self.asked.question.boundary.is_some(); // E44
            return bounded || !self.asked.caller.is_exempt(&self.statement["NotPrincipal"], self.asked.context);
        }
        !self.has("Principal") || !self.namings().is_empty()
    }

    fn action_matches(&self) -> bool {
        let lists = |element: &str| {
            texts(&self.statement[element]).iter().any(|pattern| action_covers(pattern, &self.asked.question.action))
        };
        if self.has("NotAction") { !lists("NotAction") } else { lists("Action") }
    }

    fn resource_matches(&self) -> bool {
        if self.has("NotResource") {
            return self.not_resource_matches();
        }
        if !self.has("Resource") {
            return self.role == Role::Trust; // E70
        }
        self.entries("Resource").contains(&Entry::Covers)
    }

    /// The complement (E69); an Allow that rests on a variable without value is doubtful (E231)
    fn not_resource_matches(&self) -> bool {
        let entries = self.entries("NotResource");
        let doubtful = self.is_allow() && entries.contains(&Entry::Unresolved);
        !entries.contains(&Entry::Covers) && (!doubtful || self.asked.open_not_resource)
    }

    fn entries(&self, element: &str) -> Vec<Entry> {
        texts(&self.statement[element]).iter().map(|pattern| self.entry(pattern)).collect()
    }

    fn entry(&self, pattern: &str) -> Entry {
        let question = self.asked.question;
        if pattern == "*" {
            return Entry::Covers;
        }
        if question.resource == "*" {
            // E67; its contested case is about `Resource` alone
            let lists_buckets = question.action.eq_ignore_ascii_case("s3:ListAllMyBuckets") && self.has("Resource");
            return if lists_buckets && pattern == "arn:aws:s3:::*" { Entry::Covers } else { Entry::Misses };
        }
        let mut fields: Vec<Vec<Piece>> = Vec::new();
        for (index, field) in pattern.splitn(6, ':').enumerate() {
            let variables = (index == 5 && self.variables).then_some(self.asked.context);
            let Some(field) = expand(field, Reading { variables, wildcards: true }) else { return Entry::Unresolved };
            fields.push(field);
        }
        if matches!(self.role, Role::Identity | Role::Boundary) {
            fields.resize(fields.len().max(6), pieces("*")); // E66
        }
        let covers = fields.len() == 6
            && (covers_by_fields(&fields, &question.resource) || covers_across_colons(&fields, &question.resource));
        if covers { Entry::Covers } else { Entry::Misses }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Covers,
    Misses,
    /// A variable without value (E224)
    Unresolved,
}

/// E50–E53
fn action_covers(pattern: &str, action: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (Some((prefix, name)), Some((service, operation))) = (pattern.split_once(':'), action.split_once(':')) else {
        return false;
    };
    (prefix == "*" || prefix.eq_ignore_ascii_case(service))
        && covers(&pieces(&name.to_ascii_lowercase()), &operation.to_ascii_lowercase())
}

/// E61, E62
fn covers_by_fields(fields: &[Vec<Piece>], resource: &str) -> bool {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    parts.len() == 6 && fields.iter().zip(parts).all(|(field, part)| covers(field, part))
}

/// A `*` at the end of a segment may run past colons; other wildcards before the resource part may not (E63)
fn covers_across_colons(fields: &[Vec<Piece>], resource: &str) -> bool {
    let mut pattern = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        for (at, piece) in field.iter().enumerate() {
            let free = index == 5 || at + 1 == field.len();
            pattern.push(match piece {
                Piece::Run(_) => Piece::Run(free),
                Piece::One(_) => Piece::One(index == 5),
                Piece::Literal(char) => Piece::Literal(*char),
            });
        }
        if index < 5 {
            pattern.push(Piece::Literal(':'));
        }
    }
    covers(&pattern, resource)
}
