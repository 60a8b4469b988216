//! The files of a bucket, and manifests

use std::future::Future;

use aws_sdk_s3::types::ServerSideEncryptionRule;
use serde_json::{Value, json};

use crate::aws::wanted::BucketFile;
use crate::aws::{CallFailure, Calls, FailureKind};
use crate::iam::AccountId;

use super::{object, pretty, said};

/// A manifest longer than this is no manifest: the services take some hundred thousand lines
const LONGEST_MANIFEST: usize = 1 << 30;

pub(super) async fn file(calls: &Calls, file: BucketFile, bucket: &str) -> Result<String, CallFailure> {
    match file {
        BucketFile::Location | BucketFile::Owner => location(calls, bucket, None).await,
        BucketFile::Encryption => {
            let none = "ServerSideEncryptionConfigurationNotFoundError";
            or_null(encryption(calls, bucket), none).await
        }
        BucketFile::Policy => or_null(policy(calls, bucket), "NoSuchBucketPolicy").await,
        BucketFile::PublicAccessBlock => {
            or_null(public_access_block(calls, bucket), "NoSuchPublicAccessBlockConfiguration").await
        }
        BucketFile::Ownership => or_null(ownership(calls, bucket), "OwnershipControlsNotFoundError").await,
    }
}

/// `null` for the one error that says that there is none
async fn or_null(answer: impl Future<Output = Result<Value, CallFailure>>, none: &str) -> Result<String, CallFailure> {
    match answer.await {
        Ok(value) => pretty(&value),
        Err(failure) if failure.code.as_deref() == Some(none) => Ok("null".to_owned()),
        Err(failure) => Err(failure),
    }
}

/// Whether the bucket belongs to an account: S3 refuses what expects another owner, and does not say whose it is
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
pub(super) async fn owner(calls: &Calls, bucket: &str, account: &AccountId) -> Result<String, CallFailure> {
    let matches = match location(calls, bucket, Some(account)).await {
        Ok(_) => true,
        // It may also be that nothing may be asked about this bucket.
        Err(failure) if failure.kind == FailureKind::Refused => match location(calls, bucket, None).await {
            Ok(_) => false,
            Err(_) => return Err(failure),
        },
        Err(failure) => return Err(failure),
    };
    pretty(&json!({"ExpectedBucketOwner": account.as_str(), "Matches": matches}))
}

async fn location(calls: &Calls, bucket: &str, owner: Option<&AccountId>) -> Result<String, CallFailure> {
    let owner = owner.map(ToString::to_string);
    let send = |s3: aws_sdk_s3::Client| {
        s3.get_bucket_location().bucket(bucket).set_expected_bucket_owner(owner.clone()).send()
    };
    let answer = calls.of_bucket(bucket, "s3:GetBucketLocation", send).await?;
    let constraint = answer.location_constraint.filter(|constraint| !constraint.as_str().is_empty());
    pretty(&json!({"LocationConstraint": constraint.map(|constraint| constraint.as_str().to_owned())}))
}

async fn encryption(calls: &Calls, bucket: &str) -> Result<Value, CallFailure> {
    const CALL: &str = "s3:GetEncryptionConfiguration";
    let send = |s3: aws_sdk_s3::Client| s3.get_bucket_encryption().bucket(bucket).send();
    let answer = calls.of_bucket(bucket, CALL, send).await?;
    let configuration = said(CALL, answer.server_side_encryption_configuration)?;
    let rules: Vec<Value> = configuration.rules.into_iter().map(rule).collect();
    Ok(json!({"ServerSideEncryptionConfiguration": {"Rules": rules}}))
}

fn rule(rule: ServerSideEncryptionRule) -> Value {
    let default = rule.apply_server_side_encryption_by_default.map(|default| {
        object([
            ("SSEAlgorithm", Some(default.sse_algorithm.as_str().into())),
            ("KMSMasterKeyID", default.kms_master_key_id.map(Into::into)),
        ])
    });
    object([
        ("ApplyServerSideEncryptionByDefault", default),
        ("BucketKeyEnabled", rule.bucket_key_enabled.map(Into::into)),
    ])
}

async fn policy(calls: &Calls, bucket: &str) -> Result<Value, CallFailure> {
    const CALL: &str = "s3:GetBucketPolicy";
    let send = |s3: aws_sdk_s3::Client| s3.get_bucket_policy().bucket(bucket).send();
    let answer = calls.of_bucket(bucket, CALL, send).await?;
    Ok(json!({"Policy": said(CALL, answer.policy)?}))
}

async fn public_access_block(calls: &Calls, bucket: &str) -> Result<Value, CallFailure> {
    const CALL: &str = "s3:GetBucketPublicAccessBlock";
    let send = |s3: aws_sdk_s3::Client| s3.get_public_access_block().bucket(bucket).send();
    let answer = calls.of_bucket(bucket, CALL, send).await?;
    let block = said(CALL, answer.public_access_block_configuration)?;
    let switches = object([
        ("BlockPublicAcls", block.block_public_acls.map(Into::into)),
        ("IgnorePublicAcls", block.ignore_public_acls.map(Into::into)),
        ("BlockPublicPolicy", block.block_public_policy.map(Into::into)),
        ("RestrictPublicBuckets", block.restrict_public_buckets.map(Into::into)),
    ]);
    Ok(json!({"PublicAccessBlockConfiguration": switches}))
}

async fn ownership(calls: &Calls, bucket: &str) -> Result<Value, CallFailure> {
    const CALL: &str = "s3:GetBucketOwnershipControls";
    let send = |s3: aws_sdk_s3::Client| s3.get_bucket_ownership_controls().bucket(bucket).send();
    let answer = calls.of_bucket(bucket, CALL, send).await?;
    let rules = said(CALL, answer.ownership_controls)?.rules;
    let rules: Vec<Value> =
        rules.iter().map(|rule| json!({"ObjectOwnership": rule.object_ownership.as_str()})).collect();
    Ok(json!({"OwnershipControls": {"Rules": rules}}))
}

/// The text of a manifest, streamed
pub(super) async fn manifest(calls: &Calls, bucket: &str, key: &str) -> Result<String, CallFailure> {
    const CALL: &str = "s3:GetObject";
    let broken = |detail: String| CallFailure::new(CALL, FailureKind::Garbled).because(detail);
    let send = |s3: aws_sdk_s3::Client| s3.get_object().bucket(bucket).key(key).send();
    let mut body = calls.of_bucket(bucket, CALL, send).await?.body;
    let mut bytes = Vec::new();
    while let Some(chunk) = calls.in_time(CALL, body.next()).await? {
        bytes.extend_from_slice(&chunk.map_err(|_| broken("the transfer broke off".to_owned()))?);
        if bytes.len() > LONGEST_MANIFEST {
            return Err(broken("it is longer than 1 GiB, which no manifest is".to_owned()));
        }
    }
    String::from_utf8(bytes).map_err(|_| broken("it is not UTF-8 text".to_owned()))
}
