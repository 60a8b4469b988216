//! The context keys that follow from who calls (rules E110–E115, table 2.3)

use std::sync::Arc;

use crate::iam::{Context, ContextKey, ContextValue, PrincipalKind};

use super::caller::Caller;

/// Sets what follows from the caller for every key that the context does not list
pub fn complete(context: &mut Context, caller: &Caller) {
    let principal = &caller.principal;
    let kind = principal.kind();
    let text = |value: &str| ContextValue::Known(vec![Arc::from(value)]);
    let account = principal.account().map(|account| account.as_str().to_owned());
    let arn = match kind {
        PrincipalKind::Anonymous | PrincipalKind::Service | PrincipalKind::WebIdentity => ContextValue::Absent,
        PrincipalKind::RoleSession | PrincipalKind::Role => {
            caller.role_arn.as_ref().map_or(ContextValue::Unknown, |arn| text(arn))
        }
        PrincipalKind::User | PrincipalKind::FederatedUser | PrincipalKind::Root => text(principal.as_str()),
    };
    set(context, "aws:PrincipalArn", arn);
    let account_value = match (kind, &account) {
        (PrincipalKind::Anonymous, _) => text("anonymous"),
        (PrincipalKind::Service | PrincipalKind::WebIdentity, _) | (_, None) => ContextValue::Absent,
        (_, Some(account)) => text(account),
    };
    set(context, "aws:PrincipalAccount", account_value);
    let principal_type = match kind {
        PrincipalKind::User => text("User"),
        PrincipalKind::Role | PrincipalKind::RoleSession => text("AssumedRole"),
        PrincipalKind::FederatedUser => text("FederatedUser"),
        PrincipalKind::Root => text("Account"),
        PrincipalKind::Anonymous => text("Anonymous"),
        PrincipalKind::Service | PrincipalKind::WebIdentity => ContextValue::Absent,
    };
    set(context, "aws:PrincipalType", principal_type);
    // A complete context says all there is; only an open one leaves an id open that is not known.
    let id = user_id(caller, account.as_deref());
    let absent = id == ContextValue::Unknown && !context.is_open();
    set(context, "aws:userid", if absent { ContextValue::Absent } else { id });
    let name = if kind == PrincipalKind::User { text(principal.name()) } else { ContextValue::Absent };
    set(context, "aws:username", name);
    services(context, caller);
}

fn user_id(caller: &Caller, account: Option<&str>) -> ContextValue {
    let principal = &caller.principal;
    let known = |value: String| ContextValue::Known(vec![value.into()]);
    let id = caller.unique_id.as_deref();
    match principal.kind() {
        PrincipalKind::User => id.map_or(ContextValue::Unknown, |id| known(id.to_owned())),
        PrincipalKind::RoleSession => match (id, principal.session_name()) {
            (Some(id), Some(session)) => known(format!("{id}:{session}")),
            _ => ContextValue::Unknown,
        },
        PrincipalKind::Role => ContextValue::Unknown,
        PrincipalKind::FederatedUser => {
            account.map_or(ContextValue::Unknown, |account| known(format!("{account}:{}", principal.name())))
        }
        PrincipalKind::Root => account.map_or(ContextValue::Unknown, |account| known(account.to_owned())),
        PrincipalKind::Anonymous => known("anonymous".to_owned()),
        PrincipalKind::Service | PrincipalKind::WebIdentity => ContextValue::Absent,
    }
}

/// Keys of service principals; all other callers lack them (rule E115)
fn services(context: &mut Context, caller: &Caller) {
    let service = caller.principal.kind() == PrincipalKind::Service;
    let signed = !matches!(caller.principal.kind(), PrincipalKind::Anonymous | PrincipalKind::WebIdentity);
    let flag = ContextValue::Known(vec![if service { "true" } else { "false" }.into()]);
    set(context, "aws:PrincipalIsAWSService", if signed { flag } else { ContextValue::Absent });
    if service {
        set(context, "aws:PrincipalServiceName", ContextValue::Known(vec![caller.principal.as_str().into()]));
    } else {
        set(context, "aws:PrincipalServiceName", ContextValue::Absent);
        set(context, "aws:PrincipalServiceNamesList", ContextValue::Absent);
    }
}

fn set(context: &mut Context, name: &str, value: ContextValue) {
    if let Ok(key) = name.parse::<ContextKey>()
        && context.listed(key.folded()).is_none()
    {
        context.set(key, value);
    }
}
