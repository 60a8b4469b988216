//! The files of a key, and the aliases

use aws_sdk_kms::types::{GrantConstraints, GrantListEntry, KeyMetadata};
use serde_json::{Value, json};

use crate::aws::wanted::KeyFile;
use crate::aws::{CallFailure, Calls, FailureKind};
use crate::iam::{Arn, Region};

use super::{object, pretty, said};

/// Reads one file of a key, named by its ARN or, in the Region of the request, by its id
pub(super) async fn file(calls: &Calls, file: KeyFile, key: &str) -> Result<String, CallFailure> {
    let arn: Option<Arn> = key.parse().ok();
    let region: Option<Region> = arn.as_ref().and_then(|arn| arn.region().parse().ok());
    let kms = calls.kms(region.as_ref().unwrap_or(calls.region()));
    // Asking by the alias of an AWS managed key that nobody has used yet would make the key.
    let alias = key.starts_with("alias/") || arn.is_some_and(|arn| arn.resource().starts_with("alias/"));
    if alias {
        return Err(CallFailure::new("kms:DescribeKey", FailureKind::NotThere)
            .because("it was not made: the alias stands for no key yet, and asking for it could make one"));
    }
    match file {
        KeyFile::Key => describe(calls, &kms, key).await,
        KeyFile::Policy => policy(calls, &kms, key).await,
        KeyFile::Grants => grants(calls, &kms, key).await,
    }
}

async fn describe(calls: &Calls, kms: &aws_sdk_kms::Client, key: &str) -> Result<String, CallFailure> {
    const CALL: &str = "kms:DescribeKey";
    let answer = calls.answer(CALL, kms.describe_key().key_id(key).send()).await?;
    pretty(&json!({"KeyMetadata": metadata(said(CALL, answer.key_metadata)?)}))
}

fn metadata(key: KeyMetadata) -> Value {
    object([
        ("AWSAccountId", key.aws_account_id.map(Into::into)),
        ("KeyId", Some(key.key_id.into())),
        ("Arn", key.arn.map(Into::into)),
        ("Enabled", Some(key.enabled.into())),
        ("KeyUsage", key.key_usage.map(|usage| usage.as_str().into())),
        ("KeyState", key.key_state.map(|state| state.as_str().into())),
        ("Origin", key.origin.map(|origin| origin.as_str().into())),
        ("KeyManager", key.key_manager.map(|manager| manager.as_str().into())),
        ("KeySpec", key.key_spec.map(|spec| spec.as_str().into())),
        ("MultiRegion", key.multi_region.map(Into::into)),
    ])
}

async fn policy(calls: &Calls, kms: &aws_sdk_kms::Client, key: &str) -> Result<String, CallFailure> {
    const CALL: &str = "kms:GetKeyPolicy";
    // The policy is asked for by key id or key ARN; an alias would be refused.
    let answer = calls.answer(CALL, kms.get_key_policy().key_id(key).policy_name("default").send()).await?;
    pretty(&json!({"Policy": said(CALL, answer.policy)?, "PolicyName": "default"}))
}

async fn grants(calls: &Calls, kms: &aws_sdk_kms::Client, key: &str) -> Result<String, CallFailure> {
    const CALL: &str = "kms:ListGrants";
    let pages = kms.list_grants().key_id(key).limit(100).into_paginator().send().try_collect();
    let mut grants: Vec<Value> = Vec::new();
    for page in calls.answer(CALL, pages).await? {
        grants.extend(said(CALL, page.grants)?.into_iter().map(grant));
    }
    pretty(&json!({"Grants": grants, "Truncated": false}))
}

fn grant(grant: GrantListEntry) -> Value {
    let operations = grant.operations.map(|operations| {
        let names = operations.iter().map(|operation| Value::from(operation.as_str()));
        Value::Array(names.collect())
    });
    object([
        ("KeyId", grant.key_id.map(Into::into)),
        ("GrantId", grant.grant_id.map(Into::into)),
        ("GranteePrincipal", grant.grantee_principal.map(Into::into)),
        ("GranteeServicePrincipal", grant.grantee_service_principal.map(Into::into)),
        ("RetiringPrincipal", grant.retiring_principal.map(Into::into)),
        ("RetiringServicePrincipal", grant.retiring_service_principal.map(Into::into)),
        ("IssuingAccount", grant.issuing_account.map(Into::into)),
        ("Operations", operations),
        ("Constraints", grant.constraints.map(constraints)),
    ])
}

fn constraints(constraints: GrantConstraints) -> Value {
    object([
        ("EncryptionContextSubset", constraints.encryption_context_subset.map(|context| json!(context))),
        ("EncryptionContextEquals", constraints.encryption_context_equals.map(|context| json!(context))),
        ("SourceArn", constraints.source_arn.map(Into::into)),
    ])
}

pub(super) async fn aliases(calls: &Calls) -> Result<String, CallFailure> {
    const CALL: &str = "kms:ListAliases";
    let kms = calls.kms(calls.region());
    let aliases = kms.list_aliases().limit(100).into_paginator().items().send().try_collect();
    let aliases = calls.answer(CALL, aliases).await?.into_iter().map(|alias| {
        object([
            ("AliasName", alias.alias_name.map(Into::into)),
            ("AliasArn", alias.alias_arn.map(Into::into)),
            ("TargetKeyId", alias.target_key_id.map(Into::into)),
        ])
    });
    pretty(&json!({"Aliases": aliases.collect::<Vec<Value>>(), "Truncated": false}))
}
