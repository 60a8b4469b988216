//! Calls that KMS tries and does not make (`DryRun`)

use std::collections::HashMap;

use aws_sdk_kms::types::{DataKeySpec, DryRunModifierType, GrantOperation};
use futures_util::StreamExt;
use futures_util::stream;

use crate::iam::{Arn, Region};
use crate::proof::{Expected, GRANT_OPERATIONS, Said, Trial, Tried};

use super::{CallFailure, Calls, FailureKind, Session};

/// Tried side by side
const AT_ONCE: usize = 4;
/// The answer to a call that would have been made
const WOULD_SUCCEED: &str = "DryRunOperationException";

impl Session {
    /// Tries every call; grants would go to `grantee`
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html>
    pub fn dry_runs(&self, expected: Vec<Expected>, grantee: &str) -> Vec<(Expected, Said)> {
        self.wait(async {
            let calls = self.calls();
            let answers = stream::iter(expected).map(|expected| async move {
                let said = said(tried(calls, &expected.trial, grantee).await);
                (expected, said)
            });
            let mut results: Vec<(Expected, Said)> = answers.buffer_unordered(AT_ONCE).collect().await;
            results.sort_by(|(one, _), (other, _)| one.trial.cmp(&other.trial));
            results
        })
    }
}

async fn tried(calls: &Calls, trial: &Trial, grantee: &str) -> Result<(), CallFailure> {
    let arn: Option<Arn> = trial.key.parse().ok();
    let region: Option<Region> = arn.and_then(|arn| arn.region().parse().ok());
    let kms = calls.kms(region.as_ref().unwrap_or(calls.region()));
    let name = match trial.action {
        Tried::CreateGrant => "kms:CreateGrant (DryRun)",
        Tried::Decrypt => "kms:Decrypt (DryRun)",
        Tried::GenerateDataKey => "kms:GenerateDataKey (DryRun)",
    };
    let context = trial.bound.as_ref().map(|arn| HashMap::from([("aws:s3:arn".to_owned(), arn.to_string())]));
    match trial.action {
        Tried::CreateGrant => {
            let operations = GRANT_OPERATIONS.iter().map(|operation| GrantOperation::from(*operation)).collect();
            let grant = kms.create_grant().key_id(&*trial.key).grantee_principal(grantee);
            calls.answer(name, grant.set_operations(Some(operations)).dry_run(true).send()).await.map(drop)
        }
        Tried::Decrypt => {
            let decrypt = kms.decrypt().key_id(&*trial.key).set_encryption_context(context);
            let without_text = decrypt.dry_run_modifiers(DryRunModifierType::IgnoreCiphertext);
            calls.answer(name, without_text.dry_run(true).send()).await.map(drop)
        }
        Tried::GenerateDataKey => {
            let data_key = kms.generate_data_key().key_id(&*trial.key).key_spec(DataKeySpec::Aes256);
            let sent = data_key.set_encryption_context(context).dry_run(true).send();
            calls.answer(name, sent).await.map(drop)
        }
    }
}

fn said(answer: Result<(), CallFailure>) -> Said {
    match answer {
        Err(failure) if failure.code.as_deref() == Some(WOULD_SUCCEED) => Said::Permitted,
        Err(failure) if failure.kind == FailureKind::Refused => Said::Denied(failure.detail),
        Err(failure) => Said::Nothing(failure.to_string()),
        Ok(()) => Said::Nothing("the endpoint does not know `DryRun`".to_owned()),
    }
}
