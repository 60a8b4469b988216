//! The smallest change for each gap of a real account: in which layer, who owns it, what else it would open
//!
//! Every change is tried out: the row is judged again with all its changes made. Nothing is ever applied.

use std::sync::Arc;

use serde_json::Value;

use crate::evaluate::{Decision, Layer, Reason, Role};
use crate::facts::{Fact, Facts};
use crate::iam::Resource;
use crate::judge::JudgedRow;
use crate::need::{Need, Target};
use crate::policy::{Document, PolicyType};
use crate::source::Location;

use super::exception::Exception;
use super::grant::{Grant, Plan, Planned};
use super::rewrite;
use super::statement::{Statement, merge};
use super::world::{World, worst};

/// A row of a real account that is denied, and what would close it
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// The need's id
    pub need: String,
    /// The action
    pub action: String,
    /// The resource, a pattern for several
    pub resource: String,
    /// The decision as it is
    pub decision: Decision,
    /// The changes, all of them needed; what opens least first
    pub changes: Vec<Change>,
    /// The decision with all changes made
    pub after: Decision,
}

/// One change
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The layer
    pub layer: Layer,
    /// Who can change it
    pub owner: &'static str,
    /// What to do, in words
    pub what: String,
    /// The document it belongs to, empty for a new one
    pub document: String,
    /// Where: the statement that denies, or the last one of the document
    pub location: Option<Location>,
    /// The statement that denies, as it is
    pub denies: Option<Value>,
    /// The statements to add, or to put in place of the one that denies
    pub statements: Vec<Value>,
    /// What else it would open, in words; empty for nothing
    pub opens: String,
    /// A command that makes the change, for whoever wants to run it
    pub command: Option<String>,
}

/// Who can change a layer
#[must_use]
pub fn owner(layer: Layer) -> &'static str {
    match layer {
        Layer::Scp | Layer::Rcp => "the organization's administrator",
        Layer::Boundary | Layer::Identity => "the account's IAM administrator",
        Layer::Session => "whoever starts the session",
        Layer::Resource | Layer::Grant => "the owner of the resource",
        Layer::Vpce => "the owner of the VPC endpoint",
        Layer::Service => "nobody",
    }
}

impl World<'_> {
    /// The denied rows of these needs in the account as it is, each with its changes
    #[must_use]
    pub fn fixes(&self, needs: &[&Need], plan: &Plan, patterns: &dyn Fn(&str) -> Vec<String>) -> Vec<Fix> {
        let answers = self.judge(self.facts, needs.iter().copied());
        let objects = self.one_of_each(self.facts, needs);
        let world = World { objects: &objects, ..*self };
        let mut fixes = Vec::new();
        for answer in &answers {
            for row in answer.rows.iter().filter(|row| row.decision.is_denied()) {
                fixes.push(Attempt { world: &world, need: answer.need, row, plan, patterns }.fix());
            }
        }
        fixes
    }
}

struct Attempt<'a> {
    world: &'a World<'a>,
    need: &'a Need,
    row: &'a JudgedRow,
    plan: &'a Plan,
    patterns: &'a dyn Fn(&str) -> Vec<String>,
}

impl Attempt<'_> {
    fn fix(&self) -> Fix {
        let mut facts = self.world.facts.clone();
        let mut changes: Vec<Change> = Vec::new();
        let mut after = self.row.decision;
        // A Deny hides what lacks an Allow, so each round may show further layers.
        for _ in 0..4 {
            let rows = self.again(&facts);
            after = worst(&rows);
            let open: Vec<Reason> =
                rows.iter().filter(|row| row.decision.is_denied()).flat_map(|row| row.decided_by.clone()).collect();
            let before = changes.len();
            for reason in open {
                if let Some((change, changed)) = self.change(&reason, &facts)
                    && !changes.iter().any(|own| own.layer == change.layer && own.statements == change.statements)
                {
                    facts = changed;
                    changes.push(change);
                }
            }
            if changes.len() == before {
                break;
            }
        }
        changes.sort_by_key(|change| (!change.opens.is_empty(), change.denies.is_some()));
        Fix {
            need: self.need.id.clone(),
            action: self.need.action.to_string(),
            resource: self.row.resource.clone(),
            decision: self.row.decision,
            changes,
            after,
        }
    }

    /// This row judged with other facts
    fn again(&self, facts: &Facts) -> Vec<JudgedRow> {
        let rows = self.world.judge(facts, [self.need]).into_iter().flat_map(|answer| answer.rows);
        let one_of_several = matches!(self.need.target, Target::DatasetKeys | Target::DatasetBuckets);
        rows.filter(|row| !one_of_several || row.resource == self.row.resource).collect()
    }

    fn change(&self, reason: &Reason, facts: &Facts) -> Option<(Change, Facts)> {
        match reason.role {
            Role::LacksAllow => self.addition(reason.part.layer, facts),
            Role::Denies => {
                let exception =
                    Exception { facts, part: &reason.part, principal: &self.world.named(), action: &self.need.action };
                exception.change()
            }
            _ => None,
        }
    }

    /// The statements that this row's need asks for
    fn statements(&self, key: bool) -> Vec<Statement> {
        let own = self.plan.grants.iter().flat_map(|planned| match planned {
            Planned::Fixed(grant) if grant.need == self.need.id => vec![grant.clone()],
            Planned::Objects(grant) if grant.need == self.need.id => {
                let grants = (self.patterns)(&grant.bucket).into_iter().map(|resource| Grant {
                    need: grant.need.clone(),
                    action: grant.action.clone(),
                    resource,
                    restrictions: grant.restrictions.clone(),
                });
                grants.collect()
            }
            _ => Vec::new(),
        });
        let of_key = |grant: &Grant| {
            !matches!(self.need.target, Target::DatasetKeys | Target::DatasetBuckets)
                || Resource::parse(&grant.resource).is_ok_and(|own| own.text() == self.row.resource)
        };
        let mut grants: Vec<Grant> = own.filter(of_key).collect();
        if key {
            for grant in &mut grants {
                "*".clone_into(&mut grant.resource);
            }
        }
        let mut statements = merge(&grants);
        if key {
            for own in &mut statements {
                own.principal = Some(self.world.named());
            }
        }
        statements
    }

    /// A statement for a layer that has none
    fn addition(&self, layer: Layer, facts: &Facts) -> Option<(Change, Facts)> {
        let key = layer == Layer::Resource && self.need.action.service() == "kms";
        let statements: Vec<Value> = self.statements(key).iter().map(Statement::json).collect();
        if statements.is_empty() {
            return None;
        }
        let mut changed = facts.clone();
        let kind = match layer {
            Layer::Identity => PolicyType::Identity,
            Layer::Boundary => PolicyType::Boundary,
            Layer::Session => PolicyType::Session,
            Layer::Resource if key => PolicyType::Key,
            _ => return Some((said(layer, statements), changed)),
        };
        let old = self.existing(layer, facts);
        let written = rewrite::extended(old.as_deref().filter(|_| layer != Layer::Identity), &statements);
        let new = rewrite::parsed(&written, &format!("the {} with what is lacking", kind.words()), kind)?;
        match layer {
            Layer::Identity => {
                if let Fact::Known(identity) = &mut changed.identity {
                    identity.policies.push(new);
                }
            }
            Layer::Boundary => {
                if let Fact::Known(identity) = &mut changed.identity {
                    identity.boundary = Fact::Known(new);
                }
            }
            Layer::Session => {
                if let Fact::Known(documents) = &mut changed.session {
                    documents.push(new);
                }
            }
            _ => {
                let id = self.row.resource.rsplit('/').next().unwrap_or_default();
                changed.keys.get_mut(id)?.policy = Fact::Known(new);
            }
        }
        let last = old.as_ref().and_then(|document| Some(document.location(document.statements.last()?)));
        let change = Change {
            document: old.map(|document| document.origin.name.to_string()).unwrap_or_default(),
            location: last,
            command: super::command::of(layer, &self.world.named(), &self.row.resource, &written),
            ..said(layer, statements)
        };
        Some((change, changed))
    }

    /// The document of a layer that a statement would be added to
    fn existing(&self, layer: Layer, facts: &Facts) -> Option<Arc<Document>> {
        let identity = facts.identity.known();
        match layer {
            Layer::Identity => {
                let policies = &identity?.policies;
                // An inline policy is the principal's alone; others may share a managed one.
                let inline = policies.iter().rfind(|policy| policy.origin.name.starts_with("inline "));
                inline.or_else(|| policies.last()).cloned()
            }
            Layer::Boundary => identity?.boundary.known().cloned(),
            Layer::Resource => {
                let id = self.row.resource.rsplit('/').next().unwrap_or_default();
                facts.keys.get(id)?.policy.known().cloned()
            }
            _ => None,
        }
    }
}

/// The change as far as words go
fn said(layer: Layer, statements: Vec<Value>) -> Change {
    Change {
        layer,
        owner: owner(layer),
        what: format!("add to {}", place(layer)),
        document: String::new(),
        location: None,
        denies: None,
        statements,
        opens: String::new(),
        command: None,
    }
}

/// A layer's document, as a phrase
fn place(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "an identity policy of the principal",
        Layer::Boundary => "the permissions boundary",
        Layer::Session => "the session policy",
        Layer::Resource => "the resource's policy",
        Layer::Scp => "a service control policy of that level",
        Layer::Vpce => "the VPC endpoint's policy",
        Layer::Rcp | Layer::Grant | Layer::Service => "that layer",
    }
}
