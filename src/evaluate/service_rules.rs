//! Rules of single services that stand beside the policies

use crate::iam::{Action, PrincipalKind};

use super::decide::{Authorization, same_account};
use super::truth::Truth;

/// Services that evaluate resource control policies (rule E297); AWS adds to the list, so it is data
const RCP_SERVICES: &str = include_str!("../../policies/reference/rcp-services.txt");

/// KMS operations that work on a key of another account (rule E323)
const KMS_CROSS_ACCOUNT: [&str; 20] = [
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
    "getkeyrotationstatus",
    "getpublickey",
    "listgrants",
    "reencryptfrom",
    "reencryptto",
    "retiregrant",
    "revokegrant",
    "sign",
    "verify",
    "verifymac",
];

/// Whether a service evaluates resource control policies
pub(super) fn has_rcps(service: &str) -> bool {
    RCP_SERVICES.lines().filter(|line| !line.starts_with('#')).any(|line| line.trim() == service)
}

/// Calls that need no permission and that no policy can deny (rule E315)
pub(super) fn always_allowed(action: &Action) -> bool {
    action.folded() == "sts:getcalleridentity"
}

/// Whether the service's own rules let the call pass
pub(super) fn permits(request: &Authorization<'_>) -> Truth {
    let action = &request.question.action;
    let root = request.caller.principal.kind() == PrincipalKind::Root;
    match (action.service(), action.folded()) {
        // The root user cannot assume roles (rule E248).
        ("sts", "sts:assumerole") if root => Truth::False,
        ("kms", folded) => {
            let crosses =
                folded.strip_prefix("kms:").is_some_and(|name| KMS_CROSS_ACCOUNT.binary_search(&name).is_ok());
            Truth::from(crosses) | same_account(request) | Truth::from(request.resource.text() == "*")
        }
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
        assert!(KMS_CROSS_ACCOUNT.is_sorted());
        assert!(has_rcps("s3") && has_rcps("kms") && has_rcps("sts"));
        assert!(!has_rcps("lookoutvision") && !has_rcps("") && !has_rcps("sagemaker"));
    }
}
