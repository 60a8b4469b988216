//! The principal and the roles of the request with their policies, as `get-account-authorization-details` prints them

mod documents;
mod role;
mod user;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::AttachedPolicy;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};

use crate::aws::export::Export;
use crate::aws::{CallFailure, Calls, FailureKind, Wanted};
use crate::iam::{Arn, Principal, PrincipalKind};
use crate::policy::PolicyType;

use super::{Found, Questions, object};

pub(in crate::aws) use documents::unpacked;

/// Calls about the identities of one request that are made side by side
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

/// Who is read, by name: the principal may be one of the roles
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Entity {
    User(String),
    Role(String),
}

/// A user with its groups, or a role
#[derive(Default)]
struct Entry {
    arn: String,
    users: Vec<Value>,
    groups: Vec<Value>,
    roles: Vec<Value>,
    /// Managed policies and boundaries to be read
    policies: BTreeSet<String>,
}

/// Everybody who is wanted, each read once, and the managed policies that are not in the export yet, each read once
pub(super) async fn read(
    calls: &Calls,
    questions: &Questions<'_>,
    wanted: &BTreeSet<Wanted>,
    known: &Export,
) -> (Vec<Found>, Export) {
    let of_wanted = |wanted: &Wanted| entity(questions, wanted);
    let entities: BTreeSet<Entity> = wanted.iter().filter_map(of_wanted).collect();
    let read = stream::iter(entities).map(async |entity| {
        let entry = entity.read(calls).await;
        (entity, entry)
    });
    let read: BTreeMap<Entity, Result<Entry, CallFailure>> = read.buffered(AT_ONCE).collect().await;
    let answers = wanted.iter().filter_map(|wanted| {
        let read = read.get(&entity(questions, wanted)?)?;
        beside(questions, wanted, read)
    });
    let mut found: Vec<Found> = answers.collect();
    let mut export = Export::default();
    for entry in read.into_values().flatten() {
        export.users.extend(entry.users);
        export.groups.extend(entry.groups);
        export.roles.extend(entry.roles);
        export.asked.extend(entry.policies);
    }
    export.asked.retain(|arn| !known.asked.contains(arn));
    let policies = stream::iter(&export.asked).map(|arn| managed(calls, arn)).buffered(AT_ONCE);
    let policies: Vec<(String, Result<Value, CallFailure>)> = policies.collect().await;
    for (arn, policy) in policies {
        match policy {
            Ok(policy) => export.policies.push(policy),
            Err(failure) => found.push(Found::Unread(arn, failure.to_string())),
        }
    }
    (found, export)
}

/// Who has to be read for a question
fn entity(questions: &Questions<'_>, wanted: &Wanted) -> Option<Entity> {
    let principal = questions.principal;
    match wanted {
        Wanted::Identity => match principal.kind() {
            PrincipalKind::User => Some(Entity::User(principal.name().to_owned())),
            PrincipalKind::Role | PrincipalKind::RoleSession => Some(Entity::Role(principal.name().to_owned())),
            // They have no policies of their own, or none that their ARN tells.
            _ => None,
        },
        Wanted::Role(path) => questions.roles.get(path).map(|arn| Entity::Role(name_of(arn).to_owned())),
        _ => None,
    }
}

fn name_of(role: &Arn) -> &str {
    role.resource().rsplit('/').next().unwrap_or_default()
}

/// What an answer says beside what goes into the export
fn beside(questions: &Questions<'_>, wanted: &Wanted, read: &Result<Entry, CallFailure>) -> Option<Found> {
    match (wanted, read) {
        (Wanted::Role(path), Ok(entry)) => {
            let is_named = questions.roles.get(path).is_some_and(|arn| arn.as_str() == entry.arn);
            (!is_named).then(|| Found::nobody(path))
        }
        (Wanted::Role(path), Err(failure)) if failure.says_nobody() => Some(Found::nobody(path)),
        (_, Ok(entry)) => {
            let principal: &Principal = questions.principal;
            // A session's ARN drops the path of its role.
            let session = principal.kind() == PrincipalKind::RoleSession;
            (!session && entry.arn != principal.as_str()).then(|| Found::NoPrincipal(Some(entry.arn.clone())))
        }
        (Wanted::Identity, Err(failure)) if failure.says_nobody() => Some(Found::NoPrincipal(None)),
        (wanted, Err(failure)) => Some(Found::Unread(wanted.path(), failure.to_string())),
    }
}

impl Found {
    /// There is no such role
    fn nobody(path: &str) -> Self {
        Self::File(path.to_owned(), "null".to_owned())
    }
}

impl CallFailure {
    /// Whether IAM says that there is no such user or role; anything else that is not found is none of its words
    fn says_nobody(&self) -> bool {
        let asked = matches!(self.call, user::CALL | role::CALL);
        asked
            && self.kind == FailureKind::NotThere
            && self.code.as_deref().is_some_and(|code| code.starts_with("NoSuchEntity"))
    }
}

impl Entity {
    async fn read(&self, calls: &Calls) -> Result<Entry, CallFailure> {
        match self {
            Self::User(name) => user::read(calls, name).await,
            Self::Role(name) => role::read(calls, name).await,
        }
    }
}

/// A managed policy in the version that is in force
async fn managed(calls: &Calls, arn: &str) -> (String, Result<Value, CallFailure>) {
    (arn.to_owned(), read_managed(calls, arn).await)
}

async fn read_managed(calls: &Calls, arn: &str) -> Result<Value, CallFailure> {
    const CALL: &str = "iam:GetPolicyVersion";
    let garbled = |call| CallFailure::new(call, FailureKind::Garbled);
    let answer = calls.answer("iam:GetPolicy", calls.iam().get_policy().policy_arn(arn).send()).await?;
    let policy = answer.policy.ok_or_else(|| garbled("iam:GetPolicy"))?;
    let version = policy.default_version_id.ok_or_else(|| garbled("iam:GetPolicy"))?;
    let sent = calls.iam().get_policy_version().policy_arn(arn).version_id(&version).send();
    let answer = calls.answer(CALL, sent).await?;
    let document = answer.policy_version.and_then(|version| version.document);
    let document = document.ok_or_else(|| garbled(CALL))?;
    let version_list = json!([{
        "Document": documents::read(CALL, arn, &document, PolicyType::Identity)?,
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
    /// Reads each inline policy that is named, with this call, and puts the attached ones beside them
    async fn put_together(
        names: impl Future<Output = Result<Vec<String>, CallFailure>>,
        (call, document): (&'static str, impl AsyncFn(&str) -> Result<String, CallFailure>),
        attached: impl Future<Output = Result<Vec<AttachedPolicy>, CallFailure>>,
    ) -> Result<Self, CallFailure> {
        let names = names.await?;
        let inline = stream::iter(&names).map(async |name| {
            let document = document(name).await?;
            let document = documents::read(call, name, &document, PolicyType::Identity)?;
            Ok(json!({"PolicyName": name, "PolicyDocument": document}))
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
