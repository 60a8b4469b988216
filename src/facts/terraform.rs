//! A Terraform plan read into facts: what will be after apply, over what is known without it
//!
//! The plan is the output of `terraform show -json PLAN`. Each resource change says what a role, policy,
//! attachment, bucket or key will be; where the plan leaves a value open ("known after apply"), the fact is
//! unknown and names the resource's address. `docs/terraform.md` lists the resources that are read.

mod attachments;
mod buckets;
mod configuration;
mod documents;
mod exclusive;
mod identity;
mod keys;
mod memberships;
mod modules;
mod organization;
mod providers;
mod read;
mod references;
mod resource;
#[cfg(test)]
mod tests;
mod unread;

use std::cell::Cell;

use crate::source::{Location, Position, SourceFile};

use super::{Environment, MissingFact};

use configuration::Configuration;
use providers::Providers;
use resource::{Action, Resource};

/// How a plan is read where it does not say all
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// A value that is known after apply and refers to one attribute of one resource is that attribute
    pub follows_references: bool,
    /// What a user, group or role that was there before has beside the plan: nothing
    pub manages_everything: bool,
}

/// A plan, and the account in which it will be applied
#[derive(Debug)]
pub struct Plan {
    file: SourceFile,
    resources: Vec<Resource>,
    /// Policies that data sources have read: AWS managed ones, or others outside the plan
    read_policies: Vec<documents::ReadPolicy>,
    configuration: Configuration,
    providers: Providers,
    environment: Environment,
    reading: Reading,
    /// Sentences about the plan as a whole
    notices: Vec<String>,
    followed: Cell<bool>,
    completed: Cell<bool>,
}

/// How many resources a plan adds, changes and destroys; a replaced one counts as added and destroyed
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Resources that come
    pub add: usize,
    /// Resources that change in place
    pub change: usize,
    /// Resources that go
    pub destroy: usize,
}

impl Plan {
    /// The plan for an account and Region, read in a certain way
    #[must_use]
    pub fn applied_in(mut self, environment: &Environment, reading: Reading) -> Self {
        self.environment = environment.clone();
        self.reading = reading;
        self
    }

    /// The name of the file
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file.name
    }

    /// What the plan changes among the resources that are read
    #[must_use]
    pub fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        for resource in &self.resources {
            match resource.action {
                Action::Create => changes.add += 1,
                Action::Update => changes.change += 1,
                Action::Delete => changes.destroy += 1,
                Action::Replace { .. } => {
                    changes.add += 1;
                    changes.destroy += 1;
                }
                Action::Keep | Action::Forget | Action::Deferred | Action::Other => {}
            }
        }
        changes
    }

    /// Sentences about the plan as a whole: it is not complete, it belongs to another account
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Whether a reference was followed, so that the assumption `terraform-references` was used
    #[must_use]
    pub fn has_followed(&self) -> bool {
        self.followed.get()
    }

    /// Whether the assumption `terraform-manages` was used
    #[must_use]
    pub fn has_completed(&self) -> bool {
        self.completed.get()
    }

    /// Resources of one type
    fn of_type<'p>(&'p self, kind: &'p str) -> impl Iterator<Item = &'p Resource> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    fn location(&self, at: Position) -> Location {
        Location { file: self.file.name.clone(), at }
    }

    /// A fact that a resource leaves open
    fn open(&self, resource: &Resource, what: String, why: &str) -> MissingFact {
        let source = format!("`{}` at {}", resource.address, self.location(resource.at));
        MissingFact { what, source, why: why.to_owned() }
    }

    /// A fact that an attribute of a resource leaves open
    fn open_attribute(&self, resource: &Resource, attribute: &str, why: &str) -> MissingFact {
        self.open(resource, format!("`{attribute}` of `{}`", resource.address), why)
    }
}
