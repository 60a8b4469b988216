//! Users, groups, roles and managed policies as `get-account-authorization-details` prints them

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::CallFailure;
use super::gather::{pretty, unpacked};

/// What was read of IAM so far, each entity and each policy once
#[derive(Debug, Default)]
pub(super) struct Export {
    pub(super) users: Vec<Value>,
    pub(super) groups: Vec<Value>,
    pub(super) roles: Vec<Value>,
    pub(super) policies: Vec<Value>,
    /// The managed policies that were asked for, by ARN
    pub(super) asked: BTreeSet<String>,
}

impl Export {
    /// Adds what was read later
    pub(super) fn add(&mut self, later: Self) {
        let Self { users, groups, roles, policies, asked } = later;
        self.users.extend(users);
        self.groups.extend(groups);
        self.roles.extend(roles);
        self.policies.extend(policies);
        self.asked.extend(asked);
    }

    /// Whether nobody is in it
    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.roles.is_empty()
    }

    /// The text of the file, its documents byte for byte as AWS sent them
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(super) fn text(&self) -> Result<String, CallFailure> {
        let text = pretty(&json!({
            "UserDetailList": self.users,
            "GroupDetailList": self.groups,
            "RoleDetailList": self.roles,
            "Policies": self.policies,
        }))?;
        unpacked(&text)
    }
}
