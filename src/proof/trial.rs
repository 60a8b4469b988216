//! The calls that are tried, and what the engine says of each

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evaluate::{Decision, ENCRYPTION_CONTEXT_ARN};
use crate::iam::{Action, Arn, ContextKey, ContextValue, Principal, PrincipalKind};
use crate::judge::{Judge, JudgedRow};
use crate::need::{Actor, Need, Target};

/// The operations of the grant that a dry run of `kms:CreateGrant` asks for
pub const GRANT_OPERATIONS: [&str; 2] = ["Decrypt", "GenerateDataKey"];

/// An action that KMS tries without doing anything
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tried {
    /// `kms:CreateGrant`
    CreateGrant,
    /// `kms:Decrypt`
    Decrypt,
    /// `kms:GenerateDataKey`
    GenerateDataKey,
}

impl Tried {
    /// The action, if a request needs one that KMS can try
    #[must_use]
    pub fn of(action: &Action) -> Option<Self> {
        let all = [Self::CreateGrant, Self::Decrypt, Self::GenerateDataKey];
        all.into_iter().find(|tried| action.as_str().eq_ignore_ascii_case(tried.words()))
    }

    /// The action's name
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::CreateGrant => "kms:CreateGrant",
            Self::Decrypt => "kms:Decrypt",
            Self::GenerateDataKey => "kms:GenerateDataKey",
        }
    }
}

/// One call to try
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trial {
    /// The action
    pub action: Tried,
    /// The key's ARN
    pub key: Arc<str>,
    /// `aws:s3:arn` in the encryption context, where the call carries one
    pub bound: Option<Arc<str>>,
}

/// A call to try, for whom, and what the engine expects
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The call
    pub trial: Trial,
    /// The ids of the needs that it is about
    pub needs: BTreeSet<String>,
    /// What the engine says of it
    pub decision: Decision,
}

/// Whether credentials of this identity are those of the principal; a role is known by its sessions
#[must_use]
pub fn is_caller(principal: &Principal, caller: &Principal) -> bool {
    let role = principal.is_role_based() && caller.kind() == PrincipalKind::RoleSession;
    principal == caller || role && principal.account() == caller.account() && principal.name() == caller.name()
}

/// Every call that can be tried for these needs; grants would go to `grantee`
///
/// The judge must know nothing of the user's context: it describes the planned call, not one from this machine.
#[must_use]
pub fn expectations(judge: &Judge<'_>, needs: &[Need], grantee: &str) -> Vec<Expected> {
    let mut trials: BTreeMap<Trial, Expected> = BTreeMap::new();
    for need in needs.iter().filter(|need| need.actor == Actor::Caller) {
        let Some(tried) = Tried::of(&need.action) else { continue };
        for direct in direct(need, tried, grantee) {
            for row in judge.judge(&direct) {
                let Some(trial) = trial(tried, &row) else { continue };
                let fresh = Expected { trial: trial.clone(), needs: BTreeSet::new(), decision: row.decision };
                let expected = trials.entry(trial).or_insert(fresh);
                expected.needs.insert(need.id.clone());
                if expected.decision.is_denied() != row.decision.is_denied() || row.decision == Decision::Undetermined {
                    expected.decision = Decision::Undetermined;
                }
            }
        }
    }
    trials.into_values().collect()
}

/// The call for a row, when its key is named
fn trial(action: Tried, row: &JudgedRow) -> Option<Trial> {
    let arn: Arn = row.resource.parse().ok()?;
    let one = arn.service() == "kms" && arn.resource().starts_with("key/") && !row.resource.contains(['*', '?']);
    let bound = row.context.iter().find(|(key, _)| key.eq_ignore_ascii_case(ENCRYPTION_CONTEXT_ARN));
    one.then(|| Trial { action, key: row.resource.as_str().into(), bound: bound.map(|(_, arn)| arn.as_str().into()) })
}

/// The need as if its caller made the call itself, in each of the contexts that a dry run may have
fn direct(need: &Need, tried: Tried, grantee: &str) -> Vec<Need> {
    let known = |values: &[&str]| ContextValue::Known(values.iter().map(|value| (*value).into()).collect());
    let variants = match tried {
        // Whether a call without a service carries the key with `false` or not at all is not documented.
        Tried::CreateGrant => [ContextValue::Absent, known(&["false"])]
            .map(|for_service| {
                vec![
                    ("kms:GrantIsForAWSResource", for_service),
                    ("kms:GrantOperations", known(&GRANT_OPERATIONS)),
                    ("kms:GranteePrincipal", known(&[grantee])),
                    ("kms:GranteeServicePrincipal", ContextValue::Absent),
                    ("kms:GrantConstraintType", ContextValue::Absent),
                    ("kms:RetiringPrincipal", ContextValue::Absent),
                    ("kms:RetiringServicePrincipal", ContextValue::Absent),
                    (ENCRYPTION_CONTEXT_ARN, ContextValue::Absent),
                ]
            })
            .to_vec(),
        Tried::Decrypt | Tried::GenerateDataKey => {
            let mut context = vec![
                ("kms:EncryptionAlgorithm", known(&["SYMMETRIC_DEFAULT"])),
                ("kms:RequestAlias", ContextValue::Absent),
            ];
            // Of the keys of objects the judge knows the encryption context itself.
            if need.target != Target::DatasetKeys {
                context.push((ENCRYPTION_CONTEXT_ARN, bound(need)));
            }
            vec![context]
        }
    };
    let variant = |context: Vec<(&str, ContextValue)>| {
        let context = context.into_iter().filter_map(|(key, value)| Some((key.parse::<ContextKey>().ok()?, value)));
        Need { via: vec![Vec::new()], context: context.collect(), missing: Vec::new(), ..need.clone() }
    };
    variants.into_iter().map(variant).collect()
}

/// The encryption context of the need's call, if it is known; a dry run without it carries none
fn bound(need: &Need) -> ContextValue {
    let given = need.context.iter().find(|(key, _)| key.as_str().eq_ignore_ascii_case(ENCRYPTION_CONTEXT_ARN));
    match given {
        Some((_, ContextValue::Known(values))) => ContextValue::Known(values.clone()),
        _ => ContextValue::Absent,
    }
}
