//! A role with its policies

use serde_json::Value;

use crate::aws::gather::{object, said};
use crate::aws::{CallFailure, Calls};

use super::{Attached, Export, boundary, documents, tags};

/// The role's ARN, and an export that holds it
pub(super) async fn read(calls: &Calls, name: &str) -> Result<(String, Export), CallFailure> {
    const CALL: &str = "iam:GetRole";
    let answer = calls.answer(CALL, calls.iam().get_role().role_name(name).send()).await?;
    let role = said(CALL, answer.role.filter(|role| role.role_name == name && !role.arn.is_empty()))?;
    let policies = policies(calls, name).await?;
    let mut export = Export { policies: policies.arns.into_iter().collect(), ..Export::default() };
    let trust = role.assume_role_policy_document.map(|document| documents::packed(&document));
    export.roles.push(object([
        ("Path", Some(role.path.into())),
        ("RoleName", Some(role.role_name.into())),
        ("RoleId", Some(role.role_id.into())),
        ("Arn", Some(role.arn.clone().into())),
        ("AssumeRolePolicyDocument", trust),
        ("RolePolicyList", Some(Value::Array(policies.inline))),
        ("AttachedManagedPolicies", Some(Value::Array(policies.managed))),
        ("PermissionsBoundary", boundary(role.permissions_boundary, &mut export.policies)),
        ("Tags", Some(tags(role.tags))),
    ]));
    Ok((role.arn, export))
}

async fn policies(calls: &Calls, name: &str) -> Result<Attached, CallFailure> {
    let iam = calls.iam();
    let names = iam.list_role_policies().role_name(name).into_paginator().items().send().try_collect();
    let attached = iam.list_attached_role_policies().role_name(name).into_paginator().items().send().try_collect();
    Attached::put_together(
        calls.answer("iam:ListRolePolicies", names),
        async |policy: &str| {
            let sent = iam.get_role_policy().role_name(name).policy_name(policy).send();
            calls.answer("iam:GetRolePolicy", sent).await.map(|answer| answer.policy_document)
        },
        calls.answer("iam:ListAttachedRolePolicies", attached),
    )
    .await
}
