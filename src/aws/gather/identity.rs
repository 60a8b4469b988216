//! The principal with its policies, put together as `get-account-authorization-details` prints it

mod documents;
mod role;
mod user;

use std::collections::BTreeSet;

use aws_sdk_iam::types::AttachedPolicy;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};

use crate::aws::{CallFailure, Calls, FailureKind};
use crate::iam::{Principal, PrincipalKind};

use super::{Found, object, pretty};

/// Calls about one principal that are made side by side
const AT_ONCE: usize = 8;

/// What belongs to one user, group or role
struct Attached {
    /// `PolicyName` and `PolicyDocument` of inline policies
    inline: Vec<Value>,
    /// `PolicyName` and `PolicyArn` of attached ones
    managed: Vec<Value>,
    /// The ARNs of attached ones
    arns: Vec<String>,
}

/// An export that holds one principal, its groups and the managed policies of all of them
#[derive(Default)]
struct Export {
    users: Vec<Value>,
    groups: Vec<Value>,
    roles: Vec<Value>,
    /// Managed policies and boundaries to be read
    policies: BTreeSet<String>,
}

pub(super) async fn export(calls: &Calls, principal: &Principal, path: &str) -> Vec<Found> {
    match gathered(calls, principal).await {
        Ok(found) => found,
        Err(failure) => vec![Found::Unread(path.to_owned(), failure.to_string())],
    }
    .into_iter()
    .map(|found| if let Found::File(_, text) = found { Found::File(path.to_owned(), text) } else { found })
    .collect()
}

async fn gathered(calls: &Calls, principal: &Principal) -> Result<Vec<Found>, CallFailure> {
    let entity = match principal.kind() {
        PrincipalKind::User => user::read(calls, principal.name()).await,
        PrincipalKind::Role | PrincipalKind::RoleSession => role::read(calls, principal.name()).await,
        // They have no policies of their own, or none that their ARN tells.
        _ => return Ok(Vec::new()),
    };
    let (arn, export) = match entity {
        Ok(entity) => entity,
        Err(failure) if failure.kind == FailureKind::NotThere => return Ok(vec![Found::NoPrincipal(None)]),
        Err(failure) => return Err(failure),
    };
    // A session's ARN drops the path of its role.
    if principal.kind() != PrincipalKind::RoleSession && arn != principal.as_str() {
        return Ok(vec![Found::NoPrincipal(Some(arn))]);
    }
    let read = stream::iter(&export.policies).map(|arn| managed(calls, arn)).buffered(AT_ONCE);
    let read: Vec<(String, Result<Value, CallFailure>)> = read.collect().await;
    let mut policies = Vec::new();
    let mut found = Vec::new();
    for (arn, policy) in read {
        match policy {
            Ok(policy) => policies.push(policy),
            Err(failure) => found.push(Found::Unread(arn, failure.to_string())),
        }
    }
    let text = pretty(&json!({
        "UserDetailList": export.users,
        "GroupDetailList": export.groups,
        "RoleDetailList": export.roles,
        "Policies": policies,
    }))?;
    found.push(Found::File(String::new(), documents::unpacked(&text)?));
    Ok(found)
}

/// A managed policy in the version that is in force
async fn managed(calls: &Calls, arn: &str) -> (String, Result<Value, CallFailure>) {
    (arn.to_owned(), read_managed(calls, arn).await)
}

async fn read_managed(calls: &Calls, arn: &str) -> Result<Value, CallFailure> {
    let garbled = |call| CallFailure::new(call, FailureKind::Garbled);
    let answer = calls.answer("iam:GetPolicy", calls.iam().get_policy().policy_arn(arn).send()).await?;
    let policy = answer.policy.ok_or_else(|| garbled("iam:GetPolicy"))?;
    let version = policy.default_version_id.ok_or_else(|| garbled("iam:GetPolicy"))?;
    let sent = calls.iam().get_policy_version().policy_arn(arn).version_id(&version).send();
    let answer = calls.answer("iam:GetPolicyVersion", sent).await?;
    let document = answer.policy_version.and_then(|version| version.document);
    let document = document.ok_or_else(|| garbled("iam:GetPolicyVersion"))?;
    let version_list = json!([{
        "Document": documents::packed(&document),
        "VersionId": version,
        "IsDefaultVersion": true,
    }]);
    Ok(object([
        ("PolicyName", policy.policy_name.map(Into::into)),
        ("PolicyId", policy.policy_id.map(Into::into)),
        ("Arn", Some(arn.into())),
        ("Path", policy.path.map(Into::into)),
        ("DefaultVersionId", Some(version.into())),
        ("PolicyVersionList", Some(version_list)),
    ]))
}

fn tags(tags: Option<Vec<aws_sdk_iam::types::Tag>>) -> Value {
    tags.unwrap_or_default().into_iter().map(|tag| json!({"Key": tag.key, "Value": tag.value})).collect()
}

/// The boundary as its owner names it, and its ARN among the policies to be read
fn boundary(
    boundary: Option<aws_sdk_iam::types::AttachedPermissionsBoundary>,
    policies: &mut BTreeSet<String>,
) -> Option<Value> {
    let boundary = boundary?;
    policies.extend(boundary.permissions_boundary_arn.clone());
    let kind = boundary.permissions_boundary_type.map(|kind| kind.as_str().into());
    let arn = boundary.permissions_boundary_arn.map(Into::into);
    Some(object([("PermissionsBoundaryType", kind), ("PermissionsBoundaryArn", arn)]))
}

impl Attached {
    /// Reads each inline policy that is named, and puts the attached ones beside them
    async fn put_together(
        names: impl Future<Output = Result<Vec<String>, CallFailure>>,
        document: impl AsyncFn(&str) -> Result<String, CallFailure>,
        attached: impl Future<Output = Result<Vec<AttachedPolicy>, CallFailure>>,
    ) -> Result<Self, CallFailure> {
        let names = names.await?;
        let inline = stream::iter(&names).map(async |name| {
            let document = document(name).await?;
            Ok(json!({"PolicyName": name, "PolicyDocument": documents::packed(&document)}))
        });
        let inline: Vec<Result<Value, CallFailure>> = inline.buffered(AT_ONCE).collect().await;
        let inline = inline.into_iter().collect::<Result<_, _>>()?;
        let arn = |policy: AttachedPolicy| {
            let arn = policy.policy_arn?;
            let name = policy.policy_name.map(Into::into);
            Some((object([("PolicyName", name), ("PolicyArn", Some(arn.clone().into()))]), arn))
        };
        let (managed, arns) = attached.await?.into_iter().filter_map(arn).unzip();
        Ok(Self { inline, managed, arns })
    }
}
