//! Who makes a request

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{AccountId, Arn, VocabularyError};

/// Web identity providers that are named without an ARN (rule E34)
const BARE_PROVIDERS: [&str; 4] =
    ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];

/// The authenticated identity behind a request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    text: Arc<str>,
    kind: PrincipalKind,
    account: Option<AccountId>,
}

/// What sort of identity it is
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// An IAM user
    User,
    /// A role, standing for any session of it
    Role,
    /// One session of a role
    RoleSession,
    /// A session from `GetFederationToken`
    FederatedUser,
    /// The root user of an account
    Root,
    /// An AWS service calling with its own identity
    Service,
    /// An unsigned call with a token of an OIDC or SAML provider
    WebIdentity,
    /// Nobody: an unsigned call
    Anonymous,
}

impl Principal {
    /// The text: an ARN, a service principal, a provider or `anonymous`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The kind
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The account, absent for services, bare providers and anonymous callers
    #[must_use]
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// Whether policies are attached to this identity through a role
    #[must_use]
    pub fn is_role_based(&self) -> bool {
        matches!(self.kind, PrincipalKind::Role | PrincipalKind::RoleSession)
    }

    /// The resource part of the ARN, such as `user/ana`; the whole text where there is no ARN
    #[must_use]
    pub fn resource(&self) -> &str {
        self.text.splitn(6, ':').nth(5).unwrap_or(&self.text)
    }

    /// The name: of the user, of the role (also for its sessions), of the federated user
    #[must_use]
    pub fn name(&self) -> &str {
        let resource = self.resource();
        match self.kind {
            PrincipalKind::RoleSession => resource.split('/').nth(1).unwrap_or_default(),
            _ => resource.rsplit('/').next().unwrap_or_default(),
        }
    }

    /// The session name of a role session
    #[must_use]
    pub fn session_name(&self) -> Option<&str> {
        let session = self.kind == PrincipalKind::RoleSession;
        session.then(|| self.resource().splitn(3, '/').nth(2)).flatten()
    }

    /// The partition of its ARN
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        let mut parts = self.text.splitn(6, ':');
        if parts.next() == Some("arn") { parts.next() } else { None }
    }

    /// Whether the identity calls without credentials of an AWS account
    #[must_use]
    pub fn has_no_identity_side(&self) -> bool {
        matches!(self.kind, PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Anonymous)
    }
}

impl PrincipalKind {
    /// The kind in words
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::RoleSession => "role session",
            Self::FederatedUser => "federated user",
            Self::Root => "root user",
            Self::Service => "service",
            Self::WebIdentity => "web identity",
            Self::Anonymous => "anonymous",
        }
    }
}

impl FromStr for Principal {
    type Err = VocabularyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || VocabularyError::Principal(text.to_owned());
        if text.eq_ignore_ascii_case("anonymous") {
            return Ok(Self { text: "anonymous".into(), kind: PrincipalKind::Anonymous, account: None });
        }
        if BARE_PROVIDERS.contains(&text) {
            return Ok(Self { text: text.into(), kind: PrincipalKind::WebIdentity, account: None });
        }
        if !text.starts_with("arn:") {
            let host = text.contains('.') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
            let service = host
                && (text.ends_with(".amazonaws.com")
                    || text.ends_with(".amazonaws.com.cn")
                    || text.ends_with(".internal"));
            let known = service.then(|| Self { text: text.into(), kind: PrincipalKind::Service, account: None });
            return known.ok_or_else(invalid);
        }
        let arn: Arn = text.parse().map_err(|_| invalid())?;
        let account = Some(arn.account().ok_or_else(invalid)?);
        let kind = kind_of(&arn).ok_or_else(invalid)?;
        Ok(Self { text: text.into(), kind, account })
    }
}

fn kind_of(arn: &Arn) -> Option<PrincipalKind> {
    let (word, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
    let session = || name.split_once('/').is_some_and(|(role, session)| !role.is_empty() && !session.is_empty());
    let clean = !name.contains(['*', '?']) && !name.ends_with('/');
    match (arn.service(), word) {
        ("iam", "root") if name.is_empty() => Some(PrincipalKind::Root),
        _ if name.is_empty() || !clean => None,
        ("iam", "user") => Some(PrincipalKind::User),
        ("iam", "role") => Some(PrincipalKind::Role),
        ("iam", "saml-provider" | "oidc-provider") => Some(PrincipalKind::WebIdentity),
        ("sts", "assumed-role") if session() => Some(PrincipalKind::RoleSession),
        ("sts", "federated-user") => Some(PrincipalKind::FederatedUser),
        _ => None,
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_recognized() {
        let cases = [
            ("arn:aws:iam::210000000011:user/team/ana", PrincipalKind::User, "ana"),
            ("arn:aws:iam::210000000011:role/ml/Trainer", PrincipalKind::Role, "Trainer"),
            ("arn:aws:sts::210000000011:assumed-role/Trainer/run-7", PrincipalKind::RoleSession, "Trainer"),
            ("arn:aws:sts::210000000011:federated-user/vera", PrincipalKind::FederatedUser, "vera"),
            ("arn:aws:iam::210000000011:root", PrincipalKind::Root, "root"),
            ("ec2.amazonaws.com", PrincipalKind::Service, "ec2.amazonaws.com"),
            ("anonymous", PrincipalKind::Anonymous, "anonymous"),
        ];
        for (text, kind, name) in cases {
            let principal: Principal = text.parse().unwrap();
            assert_eq!(principal.kind(), kind, "{text}");
            assert_eq!(principal.name(), name, "{text}");
        }
    }

    #[test]
    fn groups_wildcards_and_words_are_no_principals() {
        for text in [
            "arn:aws:iam::210000000011:group/g",
            "arn:aws:iam::210000000011:role/*",
            "ana",
            "arn:aws:sts::210000000011:assumed-role/R",
            "*",
        ] {
            assert!(text.parse::<Principal>().is_err(), "{text}");
        }
    }
}
