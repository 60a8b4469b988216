//! The permissions of two derivations: needed before, after, or both times

use crate::finding::{DerivedReport, DerivedRow};
use crate::need::{Phase, Source, Strength};

/// A permission: somebody may do something on something
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// `caller`, `role:NAME`, `service:NAME`
    pub actor: String,
    /// The action
    pub action: String,
    /// An ARN, a pattern, or words
    pub resource: String,
    /// How many resources the pattern stands for
    pub resource_count: u64,
    /// How strongly it is needed
    pub need: Strength,
    /// When a lack would show
    pub phase: Phase,
    /// Why it is needed
    pub because: Vec<String>,
    /// The context of the call: key and value in words
    pub context: Vec<(String, String)>,
    /// Facts that would say whether, or on what, it is needed
    pub missing_facts: Vec<String>,
    /// The pages that say so
    pub sources: Vec<Source>,
}

/// Which of the two requests needs a permission
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeededBy {
    /// The old one only
    Before,
    /// The new one only
    After,
    /// Both
    Both,
}

/// A permission that is needed on one side at least
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionChange {
    /// As the old request needs it
    pub before: Option<Permission>,
    /// As the new request needs it
    pub after: Option<Permission>,
    /// Who needed the same before, where it is new for this one
    pub moved_from: Option<String>,
    /// What differs in the context of a call that both make
    pub context: Vec<ContextChange>,
}

/// A condition key whose value is another one
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextChange {
    /// The key
    pub key: String,
    /// Its value before, in words; empty where the call did not carry it, or nobody knows its value
    pub before: String,
    /// Its value after, alike
    pub after: String,
}

impl PermissionChange {
    /// The permission, as the new request needs it where it does
    #[must_use]
    pub fn permission(&self) -> Option<&Permission> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// Which of the two requests needs it
    #[must_use]
    pub fn needed_by(&self) -> NeededBy {
        match (&self.before, &self.after) {
            (Some(_), Some(_)) => NeededBy::Both,
            (None, _) => NeededBy::After,
            (_, None) => NeededBy::Before,
        }
    }
}

/// The permissions of two derivations: those no longer needed, the new ones, those that stay
///
/// Two are the same when actor, action and resource are. Alternatives count one by one.
#[must_use]
pub fn changed_permissions(before: &DerivedReport, after: &DerivedReport) -> Vec<PermissionChange> {
    let (old, new) = (permissions(&before.rows), permissions(&after.rows));
    let gone = old.iter().filter(|permission| !new.iter().any(|other| other.is_same(permission)));
    let gone = gone.map(|permission| PermissionChange {
        before: Some(permission.clone()),
        after: None,
        moved_from: None,
        context: Vec::new(),
    });
    let added = new.iter().filter(|permission| !old.iter().any(|other| other.is_same(permission)));
    let added = added.map(|permission| {
        let elsewhere =
            |other: &&Permission| other.action == permission.action && other.resource == permission.resource;
        PermissionChange {
            before: None,
            after: Some(permission.clone()),
            moved_from: old.iter().find(elsewhere).map(|other| other.actor.clone()),
            context: Vec::new(),
        }
    });
    let both = new.iter().filter_map(|permission| {
        let other = old.iter().find(|other| other.is_same(permission))?;
        Some(PermissionChange {
            before: Some(other.clone()),
            after: Some(permission.clone()),
            moved_from: None,
            context: context_changes(other, permission),
        })
    });
    gone.chain(added).chain(both).collect()
}

impl Permission {
    fn is_same(&self, other: &Self) -> bool {
        (&self.actor, &self.action, &self.resource) == (&other.actor, &other.action, &other.resource)
    }

    fn add(&mut self, row: &DerivedRow) {
        // `must` is the first of the order.
        self.need = self.need.min(row.need);
        self.phase = self.phase.min(row.phase);
        extend(&mut self.because, std::slice::from_ref(&row.because));
        extend(&mut self.context, &row.context);
        extend(&mut self.missing_facts, &row.missing_facts);
        extend(&mut self.sources, &row.sources);
    }
}

/// The permissions of rows, each once
fn permissions(rows: &[DerivedRow]) -> Vec<Permission> {
    let mut all: Vec<Permission> = Vec::new();
    for row in rows {
        let one = Permission {
            actor: row.actor.clone(),
            action: row.action.clone(),
            resource: row.resource.clone(),
            resource_count: row.resource_count,
            need: row.need,
            phase: row.phase,
            because: vec![row.because.clone()],
            context: row.context.clone(),
            missing_facts: row.missing_facts.clone(),
            sources: row.sources.clone(),
        };
        match all.iter_mut().find(|known| known.is_same(&one)) {
            Some(known) => known.add(row),
            None => all.push(one),
        }
    }
    all
}

fn extend<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

fn context_changes(before: &Permission, after: &Permission) -> Vec<ContextChange> {
    let mut keys: Vec<&String> = Vec::new();
    for (key, _) in before.context.iter().chain(&after.context) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let words = |permission: &Permission, key: &String| {
        let values = permission.context.iter().filter(|(known, _)| known == key).map(|(_, value)| value.as_str());
        values.collect::<Vec<_>>().join(" or ")
    };
    let changes = keys.into_iter().map(|key| ContextChange {
        key: key.clone(),
        before: words(before, key),
        after: words(after, key),
    });
    changes.filter(|change| change.before != change.after).collect()
}
