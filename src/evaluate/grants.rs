//! KMS grants: they only ever allow (rules E324, E325)

use crate::facts::{Fact, Grant, GrantConstraint};
use crate::iam::{ContextValue, PrincipalKind};

use super::decide::Authorization;
use super::program::EncryptionContext;
use super::service_rules;
use super::truth::Truth;

/// Whether a grant on the key allows
pub(super) fn allow(request: &Authorization<'_>) -> Truth {
    match &request.resource_side.grants {
        Fact::Absent => Truth::False,
        Fact::Unknown(_) => Truth::Unknown,
        Fact::Known(grants) => Truth::any(grants.iter().map(|grant| grant_allows(grant, request))),
    }
}

/// Whether one grant allows the call (rule E324)
pub(super) fn grant_allows(grant: &Grant, request: &Authorization<'_>) -> Truth {
    let action = &request.question.action;
    let operation = service_rules::is_grant_operation(action)
        && grant.operations.iter().any(|operation| operation.eq_ignore_ascii_case(action.name()));
    if !operation {
        return Truth::False;
    }
    let caller = request.caller;
    let own = Truth::from(grant.grantee == caller.principal.as_str());
    let account_root =
        caller.principal.account().is_some_and(|account| grant.grantee.ends_with(&format!("::{account}:root")));
    let grantee = own
        | caller.is_role(&grant.grantee)
        | Truth::from(account_root && caller.principal.kind() == PrincipalKind::Root);
    let limits_apply = !matches!(action.folded(), "kms:describekey" | "kms:retiregrant");
    match &grant.constraint {
        Some(constraint) if limits_apply => grantee & constraint_holds(constraint, &request.question.encryption),
        _ => grantee,
    }
}

/// Whether the encryption context satisfies a grant's constraint (rule E325)
fn constraint_holds(constraint: &GrantConstraint, given: &EncryptionContext) -> Truth {
    let (GrantConstraint::Equals(wanted) | GrantConstraint::Subset(wanted)) = constraint else { return Truth::Unknown };
    let has = |(name, wanted): (&String, &String)| match given.pairs.iter().find(|(given, _)| given == name) {
        Some((_, ContextValue::Known(values))) => values.iter().any(|value| **value == **wanted).into(),
        Some((_, ContextValue::Unknown)) => Truth::Unknown,
        None if given.open => Truth::Unknown,
        Some((_, ContextValue::Absent)) | None => Truth::False,
    };
    let included = Truth::all(wanted.iter().map(has));
    if matches!(constraint, GrantConstraint::Subset(_)) {
        return included;
    }
    let extra = given.pairs.iter().filter(|(name, value)| !wanted.contains_key(name) && *value != ContextValue::Absent);
    let no_extra =
        Truth::all(extra.map(|(_, value)| if *value == ContextValue::Unknown { Truth::Unknown } else { Truth::False }));
    included & no_extra & if given.open { Truth::Unknown } else { Truth::True }
}
