//! A role with its policies

use serde_json::Value;

use crate::aws::gather::{object, said};
use crate::aws::{CallFailure, Calls};
use crate::policy::PolicyType;

use super::{Attached, Entry, boundary, documents, tags};

/// The call that knows whether there is such a role
pub(super) const CALL: &str = "iam:GetRole";

pub(super) async fn read(calls: &Calls, name: &str) -> Result<Entry, CallFailure> {
    let answer = calls.answer(CALL, calls.iam().get_role().role_name(name).send()).await?;
    let role = said(CALL, answer.role.filter(|role| role.role_name == name && !role.arn.is_empty()))?;
    let policies = policies(calls, name).await?;
    let mut entry = Entry { arn: role.arn.clone(), policies: policies.arns.into_iter().collect(), ..Entry::default() };
    let trust = role.assume_role_policy_document;
    let trust =
        trust.map(|document| documents::read(CALL, "trust policy", &document, PolicyType::Trust)).transpose()?;
    entry.roles.push(object([
        ("Path", Some(role.path.into())),
        ("RoleName", Some(role.role_name.into())),
        ("RoleId", Some(role.role_id.into())),
        ("Arn", Some(role.arn.into())),
        ("AssumeRolePolicyDocument", trust),
        ("RolePolicyList", Some(Value::Array(policies.inline))),
        ("AttachedManagedPolicies", Some(Value::Array(policies.managed))),
        ("PermissionsBoundary", boundary(role.permissions_boundary, &mut entry.policies)),
        ("Tags", Some(tags(role.tags))),
    ]));
    Ok(entry)
}

async fn policies(calls: &Calls, name: &str) -> Result<Attached, CallFailure> {
    let iam = calls.iam();
    let names = iam.list_role_policies().role_name(name).into_paginator().items().send().try_collect();
    let attached = iam.list_attached_role_policies().role_name(name).into_paginator().items().send().try_collect();
    Attached::put_together(
        calls.answer("iam:ListRolePolicies", names),
        ("iam:GetRolePolicy", async |policy: &str| {
            let sent = iam.get_role_policy().role_name(name).policy_name(policy).send();
            calls.answer("iam:GetRolePolicy", sent).await.map(|answer| answer.policy_document)
        }),
        calls.answer("iam:ListAttachedRolePolicies", attached),
    )
    .await
}
