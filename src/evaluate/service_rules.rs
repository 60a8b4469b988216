//! Rules of single services that stand beside the policies

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::iam::{Action, PrincipalKind};

use super::binding::same_account;
use super::decide::Authorization;
use super::s3_rules;
use super::truth::Truth;

/// Services that evaluate resource control policies (rule E297); AWS adds to the list, so it is data
const RCP_SERVICES: &str = include_str!("../../policies/reference/rcp-services.txt");

/// Operations that a grant can permit (rule E324)
const GRANT_OPERATIONS: [&str; 17] = [
    "creategrant",
    "decrypt",
    "derivesharedsecret",
    "describekey",
    "encrypt",
    "generatedatakey",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext",
    "generatemac",
    "getpublickey",
    "reencryptfrom",
    "reencryptto",
    "retiregrant",
    "sign",
    "verify",
    "verifymac",
];

/// What works on a key of another account beside the operations that a grant can permit (rule E323)
const FURTHER_CROSS_ACCOUNT: [&str; 3] = ["getkeyrotationstatus", "listgrants", "revokegrant"];

/// Whether a grant can permit this action
pub(super) fn is_grant_operation(action: &Action) -> bool {
    let name = action.folded().strip_prefix("kms:");
    name.is_some_and(|name| GRANT_OPERATIONS.binary_search(&name).is_ok())
}

/// Whether the call retires a grant, which no Allow of a key policy helps with (rule E326)
pub(super) fn retires_grant(action: &Action) -> bool {
    action.folded() == "kms:retiregrant"
}

/// Whether a KMS action works on a key of another account (rule E323)
fn works_across_accounts(action: &Action) -> bool {
    let name = action.folded().strip_prefix("kms:");
    is_grant_operation(action) || name.is_some_and(|name| FURTHER_CROSS_ACCOUNT.binary_search(&name).is_ok())
}

/// Whether a service assumes its service-linked role, which resource control policies do not bind (rule E300)
pub(super) fn assumes_service_linked_role(request: &Authorization<'_>) -> bool {
    let service = request.caller.principal.kind() == PrincipalKind::Service;
    service && request.question.action.service() == "sts" && request.resource.text().contains(":role/aws-service-role/")
}

/// Whether caller and resource lie in different partitions, between which there is no access (rule E282)
fn crosses_partitions(request: &Authorization<'_>) -> bool {
    let resource = request.resource.text().strip_prefix("arn:").and_then(|rest| rest.split(':').next());
    matches!((request.caller.principal.partition(), resource), (Some(own), Some(other)) if own != other && !other.contains(['*', '?']))
}

/// Whether a service evaluates resource control policies
pub(super) fn has_rcps(service: &str) -> bool {
    static SERVICES: LazyLock<BTreeSet<&str>> =
        LazyLock::new(|| RCP_SERVICES.lines().filter(|line| !line.starts_with('#')).map(str::trim).collect());
    !service.is_empty() && SERVICES.contains(service)
}

/// Calls that need no permission and that no policy can deny (rule E315)
pub(super) fn always_allowed(action: &Action) -> bool {
    action.folded() == "sts:getcalleridentity"
}

/// Whether the service's own rules let the call pass
pub(super) fn permits(request: &Authorization<'_>) -> Truth {
    let action = &request.question.action;
    let kind = request.caller.principal.kind();
    let root = kind == PrincipalKind::Root;
    if crosses_partitions(request) {
        return Truth::False;
    }
    match (action.service(), action.folded()) {
        // The root user cannot assume roles (rule E248).
        ("sts", "sts:assumerole") if root => Truth::False,
        // The list is about other accounts; for a service the key policy alone decides (rule E285).
        ("kms", _) if kind == PrincipalKind::Service => Truth::True,
        ("kms", _) => {
            Truth::from(works_across_accounts(action))
                | same_account(request)
                | Truth::from(request.resource.text() == "*")
        }
        ("s3", _) if s3_rules::through_access_point(request) => Truth::Unknown,
        ("s3", _) => !s3_rules::other_owner(request),
        _ => Truth::True,
    }
}

/// Services that are reached through gateway endpoints (rule E98)
pub(super) fn has_gateway_endpoint(service: &str) -> bool {
    matches!(service, "s3" | "dynamodb")
}

/// The root user of the owner's account can always read, replace and delete a bucket policy that locks
/// everybody out (rule E248)
pub(super) fn root_may_rescue(request: &Authorization<'_>) -> Truth {
    let rescue = matches!(
        request.question.action.folded(),
        "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy"
    );
    let root = request.caller.principal.kind() == PrincipalKind::Root;
    Truth::from(rescue && root) & same_account(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_usable() {
        assert!(FURTHER_CROSS_ACCOUNT.is_sorted() && GRANT_OPERATIONS.is_sorted());
        assert!(has_rcps("s3") && has_rcps("kms") && has_rcps("sts"));
        assert!(!has_rcps("lookoutvision") && !has_rcps("") && !has_rcps("sagemaker"));
    }
}
