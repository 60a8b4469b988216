//! The account in its organization: whether it is in one, the way up to the root, and the policies on that way

use std::collections::BTreeMap;

use aws_sdk_organizations::types::{ParentType, PolicyType, PolicyTypeStatus};
use serde_json::json;

use crate::aws::wanted::PolicyKind;
use crate::aws::{CallFailure, Caller, Calls, FailureKind, Membership};

use super::{Found, object, pretty, said};

/// AWS allows five levels of units below the root
const DEEPEST: usize = 10;

/// The ids from the root over the units to the account, or why they are not known
pub type Lineage = Result<Vec<String>, String>;

/// Whose credentials these are, and where their account stands
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The owner of the credentials
    pub caller: Caller,
    /// The organization of the account
    pub membership: Membership,
    /// The way down to the account
    pub lineage: Lineage,
}

impl Calls {
    /// Asks who calls and where the account stands
    ///
    /// # Errors
    /// When AWS does not say who calls; then nothing else can be asked. What Organizations does not tell is noted.
    pub async fn account(&self) -> Result<Account, CallFailure> {
        let caller = self.caller().await?;
        let organization = match self.organization().await {
            Ok(Some(organization)) => organization,
            Ok(None) => {
                return Ok(Account { caller, membership: Membership::Alone, lineage: Ok(Vec::new()) });
            }
            Err(failure) => {
                let cause = failure.to_string();
                return Ok(Account { caller, membership: Membership::Unread(cause.clone()), lineage: Err(cause) });
            }
        };
        let (id, management_account) = organization;
        let lineage = self.lineage(&caller.account).await.map_err(|failure| failure.to_string());
        let path = lineage.as_ref().ok().map(|ids| {
            let above = ids.iter().take(ids.len().saturating_sub(1)).map(|id| format!("{id}/"));
            format!("{id}/{}", above.collect::<String>())
        });
        Ok(Account { caller, membership: Membership::In { id, management_account, path }, lineage })
    }

    /// The organization's id and management account
    async fn organization(&self) -> Result<Option<(String, Option<String>)>, CallFailure> {
        const CALL: &str = "organizations:DescribeOrganization";
        match self.answer(CALL, self.organizations().describe_organization().send()).await {
            Ok(answer) => {
                let organization = said(CALL, answer.organization)?;
                Ok(Some((said(CALL, organization.id)?, organization.master_account_id)))
            }
            Err(failure) if failure.code.as_deref() == Some("AWSOrganizationsNotInUseException") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn lineage(&self, account: &str) -> Result<Vec<String>, CallFailure> {
        const CALL: &str = "organizations:ListParents";
        let mut ids = vec![account.to_owned()];
        let mut child = account.to_owned();
        while ids.len() < DEEPEST {
            let answer = self.answer(CALL, self.organizations().list_parents().child_id(&child).send()).await?;
            let parent = said(CALL, answer.parents.and_then(|parents| parents.into_iter().next()))?;
            child = said(CALL, parent.id)?;
            ids.push(child.clone());
            if parent.r#type == Some(ParentType::Root) {
                ids.reverse();
                return Ok(ids);
            }
        }
        Err(CallFailure::new(CALL, FailureKind::Garbled).because("it does not lead to the root"))
    }
}

/// A document that limits nothing, for a type of policy that is not in force in the organization
fn no_limit(kind: PolicyKind) -> String {
    let who = if kind == PolicyKind::Resource { r#""Principal": "*", "# } else { "" };
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", {who}"Action": "*", "Resource": "*"}}]}}"#)
}

pub(super) async fn levels(calls: &Calls, kind: PolicyKind, lineage: &Lineage) -> Vec<Found> {
    let folder = kind.folder();
    let ids = match lineage {
        Ok(ids) => ids,
        Err(cause) => return vec![Found::Unread(folder.to_owned(), cause.clone())],
    };
    let filter = match kind {
        PolicyKind::Service => PolicyType::ServiceControlPolicy,
        PolicyKind::Resource => PolicyType::ResourceControlPolicy,
    };
    let in_force = match in_force(calls, &filter).await {
        Ok(in_force) => in_force,
        Err(failure) => return vec![Found::Unread(folder.to_owned(), failure.to_string())],
    };
    let mut found = Vec::new();
    let mut known = BTreeMap::new();
    for (index, id) in ids.iter().enumerate() {
        let name = if index + 1 == ids.len() {
            "account"
        } else if index == 0 {
            "root"
        } else {
            id
        };
        let level = format!("{folder}/{:02}-{name}", index + 1);
        found.push(Found::Folder(level.clone()));
        if !in_force {
            found.push(Found::File(format!("{level}/not-in-force.json"), no_limit(kind)));
            continue;
        }
        match policies(calls, id, &filter, &mut known).await {
            Ok(policies) => {
                let files = policies.into_iter().map(|(id, text)| Found::File(format!("{level}/{id}.json"), text));
                found.extend(files);
            }
            Err(failure) => found.push(Found::Unread(level, failure.to_string())),
        }
    }
    found
}

/// Whether the organization has the type of policy turned on: only then the lists of its targets mean anything
async fn in_force(calls: &Calls, filter: &PolicyType) -> Result<bool, CallFailure> {
    const CALL: &str = "organizations:ListRoots";
    let answer = calls.answer(CALL, calls.organizations().list_roots().send()).await?;
    let root = said(CALL, answer.roots.and_then(|roots| roots.into_iter().next()))?;
    let types = root.policy_types.unwrap_or_default();
    Ok(types
        .iter()
        .any(|summary| summary.r#type.as_ref() == Some(filter) && summary.status == Some(PolicyTypeStatus::Enabled)))
}

/// The policies attached to one target, by id
async fn policies(
    calls: &Calls,
    target: &str,
    filter: &PolicyType,
    known: &mut BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, CallFailure> {
    const LIST: &str = "organizations:ListPoliciesForTarget";
    let organizations = calls.organizations();
    let listed = organizations.list_policies_for_target().target_id(target).filter(filter.clone());
    let pages = calls.answer(LIST, listed.into_paginator().send().try_collect()).await?;
    let mut policies = Vec::new();
    let mut attached = Vec::new();
    for page in pages {
        // An answer without the list is none: a level without a policy would deny everything.
        attached.extend(said(LIST, page.policies)?);
    }
    for summary in attached {
        let id = said(LIST, summary.id)?;
        if !known.contains_key(&id) {
            known.insert(id.clone(), describe(calls, &id).await?);
        }
        policies.extend(known.get(&id).map(|text| (id.clone(), text.clone())));
    }
    Ok(policies)
}

async fn describe(calls: &Calls, id: &str) -> Result<String, CallFailure> {
    const CALL: &str = "organizations:DescribePolicy";
    let answer = calls.answer(CALL, calls.organizations().describe_policy().policy_id(id).send()).await?;
    let policy = said(CALL, answer.policy)?;
    let summary = said(CALL, policy.policy_summary)?;
    let summary = object([
        ("Id", summary.id.map(Into::into)),
        ("Arn", summary.arn.map(Into::into)),
        ("Name", summary.name.map(Into::into)),
        ("Type", summary.r#type.map(|kind| kind.as_str().into())),
        ("AwsManaged", Some(summary.aws_managed.into())),
    ]);
    pretty(&json!({"Policy": {"PolicySummary": summary, "Content": said(CALL, policy.content)?}}))
}
