//! A user with its groups and the policies of all of them

use serde_json::Value;

use crate::aws::gather::{object, said};
use crate::aws::{CallFailure, Calls};

use super::{Attached, Entry, boundary, tags};

/// The call that knows whether there is such a user
pub(super) const CALL: &str = "iam:GetUser";

/// The user and its groups
pub(super) async fn read(calls: &Calls, name: &str) -> Result<Entry, CallFailure> {
    let iam = calls.iam();
    let answer = calls.answer(CALL, iam.get_user().user_name(name).send()).await?;
    let user = said(CALL, answer.user.filter(|user| user.user_name == name && !user.arn.is_empty()))?;
    let own = policies(calls, name).await?;
    let groups = iam.list_groups_for_user().user_name(name).into_paginator().items().send().try_collect();
    let groups = calls.answer("iam:ListGroupsForUser", groups).await?;
    let mut entry = Entry { arn: user.arn.clone(), policies: own.arns.into_iter().collect(), ..Entry::default() };
    for group in &groups {
        let policies = policies_of_group(calls, &group.group_name).await?;
        entry.policies.extend(policies.arns);
        entry.groups.push(object([
            ("Path", Some(group.path.clone().into())),
            ("GroupName", Some(group.group_name.clone().into())),
            ("GroupId", Some(group.group_id.clone().into())),
            ("Arn", Some(group.arn.clone().into())),
            ("GroupPolicyList", Some(Value::Array(policies.inline))),
            ("AttachedManagedPolicies", Some(Value::Array(policies.managed))),
        ]));
    }
    let names = groups.into_iter().map(|group| Value::from(group.group_name));
    entry.users.push(object([
        ("Path", Some(user.path.into())),
        ("UserName", Some(user.user_name.into())),
        ("UserId", Some(user.user_id.into())),
        ("Arn", Some(user.arn.into())),
        ("UserPolicyList", Some(Value::Array(own.inline))),
        ("GroupList", Some(Value::Array(names.collect()))),
        ("AttachedManagedPolicies", Some(Value::Array(own.managed))),
        ("PermissionsBoundary", boundary(user.permissions_boundary, &mut entry.policies)),
        ("Tags", Some(tags(user.tags))),
    ]));
    Ok(entry)
}

async fn policies(calls: &Calls, name: &str) -> Result<Attached, CallFailure> {
    let iam = calls.iam();
    let names = iam.list_user_policies().user_name(name).into_paginator().items().send().try_collect();
    let attached = iam.list_attached_user_policies().user_name(name).into_paginator().items().send().try_collect();
    Attached::put_together(
        calls.answer("iam:ListUserPolicies", names),
        ("iam:GetUserPolicy", async |policy: &str| {
            let sent = iam.get_user_policy().user_name(name).policy_name(policy).send();
            calls.answer("iam:GetUserPolicy", sent).await.map(|answer| answer.policy_document)
        }),
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
        ("iam:GetGroupPolicy", async |policy: &str| {
            let sent = iam.get_group_policy().group_name(name).policy_name(policy).send();
            calls.answer("iam:GetGroupPolicy", sent).await.map(|answer| answer.policy_document)
        }),
        calls.answer("iam:ListAttachedGroupPolicies", attached),
    )
    .await
}
