//! Who is bound by which layer

use crate::facts::Fact;

use super::caller::Caller;
use super::decide::Authorization;
use super::principal_test::Naming;
use super::service_rules;
use super::statement::Statement;
use super::truth::Truth;

/// Whether a denying statement with a principal element reaches the caller
pub(super) fn denies(statement: &Statement, caller: &Caller, naming: Naming) -> Truth {
    statement.principal.as_ref().map_or(Truth::False, |principal| principal.denies(caller, naming))
}

/// How the principals of an endpoint policy are read: for a gateway endpoint an account is its root user (rule E98)
pub(super) fn endpoint_naming(request: &Authorization<'_>) -> Naming {
    let gateway = service_rules::has_gateway_endpoint(request.question.action.service());
    if gateway { Naming::RootForAccount } else { Naming::Full }
}

/// Whether caller and resource owner are one account (rule E283)
pub(super) fn same_account(request: &Authorization<'_>) -> Truth {
    match (&request.resource_side.owner, request.caller.principal.account()) {
        (_, None) => Truth::False,
        (Fact::Known(owner), Some(account)) => (owner == account).into(),
        (Fact::Absent, Some(_)) => Truth::True,
        (Fact::Unknown(_), Some(_)) => Truth::Unknown,
    }
}

/// Callers that service control policies do not bind (rules E285, E289, E290, E310)
pub(super) fn scp_exemption(request: &Authorization<'_>) -> Truth {
    Truth::from(request.caller.principal.has_no_identity_side())
        | request.caller_side.in_management_account
        | request.caller.is_service_linked()
}

/// Resources and calls that resource control policies do not bind (rules E297–E301)
pub(super) fn rcp_exemption(request: &Authorization<'_>) -> Truth {
    let action = &request.question.action;
    let unbound = request.resource_side.aws_managed_key
        || service_rules::retires_grant(action)
        || !service_rules::has_rcps(action.service());
    Truth::from(unbound || service_rules::assumes_service_linked_role(request))
        | request.resource_side.in_management_account
        | request.caller.is_service_linked()
}
