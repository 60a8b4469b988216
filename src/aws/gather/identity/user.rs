//! A user with its groups and the policies of all of them

use serde_json::Value;

use crate::aws::gather::{object, said};
use crate::aws::{CallFailure, Calls};

use super::{Attached, Export, boundary, tags};

/// The user's ARN, and an export that holds it and its groups
pub(super) async fn read(calls: &Calls, name: &str) -> Result<(String, Export), CallFailure> {
    const CALL: &str = "iam:GetUser";
    let iam = calls.iam();
    let answer = calls.answer(CALL, iam.get_user().user_name(name).send()).await?;
    let user = said(CALL, answer.user.filter(|user| user.user_name == name && !user.arn.is_empty()))?;
    let own = policies(calls, name).await?;
    let groups = iam.list_groups_for_user().user_name(name).into_paginator().items().send().try_collect();
    let groups = calls.answer("iam:ListGroupsForUser", groups).await?;
    let mut export = Export { policies: own.arns.into_iter().collect(), ..Export::default() };
    for group in &groups {
        let policies = policies_of_group(calls, &group.group_name).await?;
        export.policies.extend(policies.arns);
        export.groups.push(object([
            ("Path", Some(group.path.clone().into())),
            ("GroupName", Some(group.group_name.clone().into())),
            ("GroupId", Some(group.group_id.clone().into())),
            ("Arn", Some(group.arn.clone().into())),
            ("GroupPolicyList", Some(Value::Array(policies.inline))),
            ("AttachedManagedPolicies", Some(Value::Array(policies.managed))),
        ]));
    }
    let names = groups.into_iter().map(|group| Value::from(group.group_name));
    export.users.push(object([
        ("Path", Some(user.path.into())),
        ("UserName", Some(user.user_name.into())),
        ("UserId", Some(user.user_id.into())),
        ("Arn", Some(user.arn.clone().into())),
        ("UserPolicyList", Some(Value::Array(own.inline))),
        ("GroupList", Some(Value::Array(names.collect()))),
        ("AttachedManagedPolicies", Some(Value::Array(own.managed))),
        ("PermissionsBoundary", boundary(user.permissions_boundary, &mut export.policies)),
        ("Tags", Some(tags(user.tags))),
    ]));
    Ok((user.arn, export))
}

async fn policies(calls: &Calls, name: &str) -> Result<Attached, CallFailure> {
    let iam = calls.iam();
    let names = iam.list_user_policies().user_name(name).into_paginator().items().send().try_collect();
    let attached = iam.list_attached_user_policies().user_name(name).into_paginator().items().send().try_collect();
    Attached::put_together(
        calls.answer("iam:ListUserPolicies", names),
        async |policy: &str| {
            let sent = iam.get_user_policy().user_name(name).policy_name(policy).send();
            calls.answer("iam:GetUserPolicy", sent).await.map(|answer| answer.policy_document)
        },
        calls.answer("iam:ListAttachedUserPolicies", attached),
    )
    .await
}

async fn policies_of_group(calls: &Calls, name: &str) -> Result<Attached, CallFailure> {
    let iam = calls.iam();
    let names = iam.list_group_policies().group_name(name).into_paginator().items().send().try_collect();
    let attached = iam.list_attached_group_policies().group_name(name).into_paginator().items().send().try_collect();
    Attached::put_together(
        calls.answer("iam:ListGroupPolicies", names),
        async |policy: &str| {
            let sent = iam.get_group_policy().group_name(name).policy_name(policy).send();
            calls.answer("iam:GetGroupPolicy", sent).await.map(|answer| answer.policy_document)
        },
        calls.answer("iam:ListAttachedGroupPolicies", attached),
    )
    .await
}
