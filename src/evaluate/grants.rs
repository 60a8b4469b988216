//! KMS grants: they only ever allow (rules E324–E326)

use crate::facts::{Fact, Grant, GrantConstraint};
use crate::iam::{ContextValue, PrincipalKind};

use super::binding::same_account;
use super::decide::Authorization;
use super::principal_test::Kinds;
use super::program::EncryptionContext;
use super::service_rules;
use super::truth::Truth;

/// Whether a grant on the key allows
pub(super) fn allow(request: &Authorization<'_>) -> Truth {
    let retires = service_rules::retires_grant(&request.question.action);
    match &request.resource_side.grants {
        Fact::Absent => Truth::False,
        Fact::Unknown(_) => Truth::Unknown,
        Fact::Known(grants) if retires => whichever(grants, |grant| grant_allows(grant, request)),
        Fact::Known(grants) => Truth::any(grants.iter().map(|grant| grant_allows(grant, request))),
    }
}

/// What stands for the key policy's Allow where a grant is retired: the account that made the grant, taken to be the
/// key's, and an account that the grant lets retire it can pass the right on by identity policies (rule E326)
pub(super) fn retiring_accounts(request: &Authorization<'_>) -> Kinds {
    let account = request.caller.principal.account();
    let root = |grant: &Grant| {
        let named = grant.retiring.as_deref().zip(account);
        Truth::from(named.is_some_and(|(retiring, account)| retiring.ends_with(&format!("::{account}:root"))))
    };
    let named = match &request.resource_side.grants {
        Fact::Absent => Truth::False,
        Fact::Unknown(_) => Truth::Unknown,
        Fact::Known(grants) => whichever(grants, root),
    };
    Kinds { account: same_account(request) | named, ..Kinds::NONE }
}

/// A call that retires a grant does not tell the engine which: it must hold for all of them, or it hangs on the grant
fn whichever(grants: &[Grant], holds: impl Fn(&Grant) -> Truth) -> Truth {
    let mut each = grants.iter().map(holds);
    let Some(first) = each.next() else { return Truth::False };
    if each.all(|other| other == first) { first } else { Truth::Unknown }
}

/// Whether one grant allows the call (rules E324, E326)
pub(super) fn grant_allows(grant: &Grant, request: &Authorization<'_>) -> Truth {
    let action = &request.question.action;
    if service_rules::retires_grant(action)
        && let Some(retiring) = &grant.retiring
        && is_caller(retiring, request).is_true()
    {
        return Truth::True;
    }
    let operation = service_rules::is_grant_operation(action)
        && grant.operations.iter().any(|operation| operation.eq_ignore_ascii_case(action.name()));
    if !operation {
        return Truth::False;
    }
    let grantee = is_caller(&grant.grantee, request);
    let limits_apply = !matches!(action.folded(), "kms:describekey" | "kms:retiregrant");
    match &grant.constraint {
        Some(constraint) if limits_apply => grantee & constraint_holds(constraint, &request.question.encryption),
        _ => grantee,
    }
}

/// Whether a grant means the caller by this name
fn is_caller(name: &str, request: &Authorization<'_>) -> Truth {
    let caller = request.caller;
    let own = Truth::from(name == caller.principal.as_str());
    let account_root = caller.principal.account().is_some_and(|account| name.ends_with(&format!("::{account}:root")));
    own | caller.is_role(name) | Truth::from(account_root && caller.principal.kind() == PrincipalKind::Root)
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
