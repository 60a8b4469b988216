//! Who calls, in the terms that policies name principals in

use std::sync::Arc;

use crate::iam::{Principal, PrincipalKind};

use super::truth::Truth;

/// The caller of one authorization
#[derive(Debug, Clone)]
pub struct Caller {
    /// The principal
    pub principal: Principal,
    /// For role sessions the ARN of the role with its path, where it is known (rule E30)
    pub role_arn: Option<Arc<str>>,
    /// `AIDA…` or `AROA…`, where it is known (rule E40)
    pub unique_id: Option<Arc<str>>,
    /// The IAM user behind a federated user session (rule E33)
    pub federated_by: Option<Arc<str>>,
    /// Whether a permissions boundary is set, for `NotPrincipal` (rule E44)
    pub has_boundary: Truth,
}

impl Caller {
    /// A caller of which nothing but the principal is known
    #[must_use]
    pub fn new(principal: Principal) -> Self {
        let role_arn = (principal.kind() == PrincipalKind::Role).then(|| principal.as_str().into());
        Self { principal, role_arn, unique_id: None, federated_by: None, has_boundary: Truth::False }
    }

    /// Whether the session's role is a service-linked one, recognized by its path (rule E290)
    #[must_use]
    pub fn is_service_linked(&self) -> Truth {
        const PATH: &str = ":role/aws-service-role/";
        match (&self.role_arn, self.principal.is_role_based()) {
            (_, false) => Truth::False,
            (Some(arn), true) => arn.contains(PATH).into(),
            (None, true) => Truth::Unknown,
        }
    }

    /// Whether this caller is, or is a session of, the role with this ARN
    pub(super) fn is_role(&self, arn: &str) -> Truth {
        if !self.principal.is_role_based() {
            return Truth::False;
        }
        if let Some(own) = &self.role_arn {
            return (**own == *arn).into();
        }
        // Only the session's ARN is known, and that leaves the path open.
        let account = self.principal.account().map(crate::iam::AccountId::as_str);
        let same_account = arn.split(':').nth(4) == account;
        let same_name = arn.rsplit('/').next() == Some(self.principal.name());
        if same_account && same_name { Truth::Unknown } else { Truth::False }
    }

    /// Whether this caller is the session with this ARN
    pub(super) fn is_session(&self, arn: &str) -> Truth {
        match self.principal.kind() {
            PrincipalKind::RoleSession => (self.principal.as_str() == arn).into(),
            PrincipalKind::Role => {
                let mut parts = arn.splitn(6, ':');
                let account = parts.nth(4);
                let role = parts.next().and_then(|resource| resource.split('/').nth(1));
                let same = account == self.principal.account().map(crate::iam::AccountId::as_str)
                    && role == Some(self.principal.name());
                if same { Truth::Unknown } else { Truth::False }
            }
            _ => Truth::False,
        }
    }
}
