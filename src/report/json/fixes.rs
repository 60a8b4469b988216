//! What documents and changes do in the principal's own account

use serde::Serialize;
use serde_json::Value;

use super::parts::Location;
use super::proof::Sufficient;
use crate::generate::{self, InAccount};

#[derive(Debug, Serialize)]
pub(super) struct Account<'r> {
    with_documents: Sufficient<'r>,
    fixes: Vec<Fix<'r>>,
}

#[derive(Debug, Serialize)]
struct Fix<'r> {
    need: &'r str,
    action: &'r str,
    resource: &'r str,
    decision: &'static str,
    after: &'static str,
    changes: Vec<Change<'r>>,
}

#[derive(Debug, Serialize)]
struct Change<'r> {
    layer: &'static str,
    owner: &'static str,
    what: &'r str,
    document: &'r str,
    location: Option<Location<'r>>,
    denies: Option<&'r Value>,
    statements: &'r [Value],
    opens: &'r str,
    command: Option<&'r str>,
}

impl<'r> From<&'r InAccount> for Account<'r> {
    fn from(account: &'r InAccount) -> Self {
        Self {
            with_documents: Sufficient::from(&account.with_documents),
            fixes: account.fixes.iter().map(Fix::from).collect(),
        }
    }
}

impl<'r> From<&'r generate::Fix> for Fix<'r> {
    fn from(fix: &'r generate::Fix) -> Self {
        Self {
            need: &fix.need,
            action: &fix.action,
            resource: &fix.resource,
            decision: fix.decision.word(),
            after: fix.after.word(),
            changes: fix.changes.iter().map(Change::from).collect(),
        }
    }
}

impl<'r> From<&'r generate::Change> for Change<'r> {
    fn from(change: &'r generate::Change) -> Self {
        Self {
            layer: change.layer.word(),
            owner: change.owner,
            what: &change.what,
            document: &change.document,
            location: change.location.as_ref().map(Location::from),
            denies: change.denies.as_ref(),
            statements: &change.statements,
            opens: &change.opens,
            command: change.command.as_deref(),
        }
    }
}
