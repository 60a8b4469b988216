//! Whose credentials these are

use super::{CallFailure, Calls, FailureKind};

/// Whose credentials the calls are made with
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The ARN; for a role session that of the session
    pub arn: String,
    /// The account
    pub account: String,
}

impl Calls {
    /// Asks AWS whose credentials these are; nothing else can be asked when this fails
    ///
    /// # Errors
    /// When the call fails or its answer says too little.
    pub async fn caller(&self) -> Result<Caller, CallFailure> {
        const CALL: &str = "sts:GetCallerIdentity";
        let answer = self.answer(CALL, self.sts().get_caller_identity().send()).await?;
        match (answer.arn, answer.account) {
            (Some(arn), Some(account)) => Ok(Caller { arn, account }),
            _ => Err(CallFailure::new(CALL, FailureKind::Garbled)),
        }
    }
}
