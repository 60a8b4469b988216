//! `Principal` and `NotPrincipal` elements (rules E28–E46)

use std::sync::Arc;

use crate::iam::PrincipalKind;
use crate::policy::{Listing, PrincipalElement, PrincipalMember, PrincipalType};

use super::caller::Caller;
use super::truth::Truth;

/// By which name a statement reaches the caller; it decides which ceilings apply (rules E41, E261)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds {
    /// By its own ARN, service name or provider
    pub(super) direct: Truth,
    /// By the ARN of its role (or the user behind a federated session)
    pub(super) role: Truth,
    /// By its account
    pub(super) account: Truth,
    /// By `*`
    pub(super) any: Truth,
}

/// What an account in a principal element stands for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// All its principals
    Full,
    /// Its root user alone, whom it names directly
    RootForAccount,
}

impl Naming {
    pub(super) fn limit(self, kinds: Kinds) -> Kinds {
        match self {
            Self::Full => kinds,
            Self::RootForAccount => Kinds { account: Truth::False, ..kinds },
        }
    }
}

impl Kinds {
    pub(super) const NONE: Self =
        Self { direct: Truth::False, role: Truth::False, account: Truth::False, any: Truth::False };

    pub(super) fn reached(self) -> Truth {
        self.direct | self.role | self.account | self.any
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct | other.direct,
            role: self.role | other.role,
            account: self.account | other.account,
            any: self.any | other.any,
        }
    }

    pub(super) fn and(self, limit: Truth) -> Self {
        Self {
            direct: self.direct & limit,
            role: self.role & limit,
            account: self.account & limit,
            any: self.any & limit,
        }
    }
}

/// A compiled principal element
#[derive(Debug, Clone)]
pub(super) struct PrincipalTest {
    listing: Listing,
    members: Box<[Member]>,
}

#[derive(Debug, Clone)]
enum Member {
    Everyone,
    /// An account, and the partition where it is named by its ARN
    Account(Arc<str>, Option<Arc<str>>),
    User(Arc<str>),
    Role(Arc<str>),
    Session(Arc<str>),
    FederatedUser(Arc<str>),
    UniqueId(Arc<str>),
    Service(Arc<str>),
    Provider(Arc<str>),
    /// An S3 canonical id: whose it is, nobody here knows (rule E36)
    Canonical,
    /// Wildcards, groups, nonsense: nobody (rules E38, E39)
    Nobody,
}

impl PrincipalTest {
    pub(super) fn compile(element: &PrincipalElement) -> Self {
        Self { listing: element.listing, members: element.members.iter().map(Member::compile).collect() }
    }

    /// Whether `*` is among its members
    pub(super) fn names_everyone(&self) -> bool {
        self.listing == Listing::Only && self.members.iter().any(|member| matches!(member, Member::Everyone))
    }

    /// How an allowing statement reaches the caller
    ///
    /// `NotPrincipal` with Allow is not supported any more and reaches nobody (rule E42).
    pub(super) fn allows(&self, caller: &Caller) -> Kinds {
        if self.listing == Listing::AllBut {
            return Kinds::NONE;
        }
        self.members.iter().fold(Kinds::NONE, |kinds, member| kinds.or(member.reaches(caller)))
    }

    /// Whether a denying statement reaches the caller
    pub(super) fn denies(&self, caller: &Caller, naming: Naming) -> Truth {
        match self.listing {
            Listing::Only => {
                Truth::any(self.members.iter().map(|member| naming.limit(member.reaches(caller)).reached()))
            }
            Listing::AllBut => !self.exempts(caller),
        }
    }

    /// `NotPrincipal` exempts a caller only if every level of its identity is listed (rule E43), and
    /// never a user or role with a permissions boundary (rule E44)
    fn exempts(&self, caller: &Caller) -> Truth {
        let kinds = self.members.iter().fold(Kinds::NONE, |kinds, member| kinds.or(member.reaches(caller)));
        let listed = match caller.principal.kind() {
            PrincipalKind::RoleSession | PrincipalKind::Role => kinds.direct & kinds.role & kinds.account,
            PrincipalKind::FederatedUser if caller.federated_by.is_some() => kinds.direct & kinds.role & kinds.account,
            PrincipalKind::User | PrincipalKind::FederatedUser => kinds.direct & kinds.account,
            PrincipalKind::Root | PrincipalKind::Service | PrincipalKind::WebIdentity => kinds.direct,
            PrincipalKind::Anonymous => Truth::False,
        };
        let bounded = matches!(
            caller.principal.kind(),
            PrincipalKind::User | PrincipalKind::FederatedUser | PrincipalKind::Role | PrincipalKind::RoleSession
        );
        let boundary = if bounded { caller.has_boundary } else { Truth::False };
        (listed & !boundary) | kinds.any
    }
}

impl Member {
    fn compile(member: &PrincipalMember) -> Self {
        let text = &member.text;
        match member.kind {
            PrincipalType::Service => Self::Service(Arc::clone(text)),
            PrincipalType::Federated => Self::Provider(Arc::clone(text)),
            PrincipalType::CanonicalUser => Self::Canonical,
            PrincipalType::Aws if &**text == "*" => Self::Everyone,
            PrincipalType::Aws => Self::compile_aws(text),
        }
    }

    fn compile_aws(text: &Arc<str>) -> Self {
        if text.contains(['*', '?']) {
            return Self::Nobody;
        }
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Account(Arc::clone(text), None);
        }
        if text.starts_with("AROA") || text.starts_with("AIDA") {
            return Self::UniqueId(Arc::clone(text));
        }
        let mut parts = text.splitn(6, ':').skip(1);
        let (partition, service, account) = (parts.next(), parts.next(), parts.nth(1));
        let resource = parts.next().unwrap_or_default();
        let own = Arc::clone(text);
        match (service, resource.split('/').next()) {
            (Some("iam"), Some("root")) => {
                account.map_or(Self::Nobody, |account| Self::Account(account.into(), partition.map(Into::into)))
            }
            (Some("iam"), Some("user")) => Self::User(own),
            (Some("iam"), Some("role")) => Self::Role(own),
            (Some("sts"), Some("assumed-role")) => Self::Session(own),
            (Some("sts"), Some("federated-user")) => Self::FederatedUser(own),
            _ => Self::Nobody,
        }
    }

    fn reaches(&self, caller: &Caller) -> Kinds {
        let kind = caller.principal.kind();
        let own = caller.principal.as_str();
        let direct = |truth: Truth| Kinds { direct: truth, ..Kinds::NONE };
        let role = |truth: Truth| Kinds { role: truth, ..Kinds::NONE };
        match self {
            Self::Everyone => Kinds { any: Truth::True, ..Kinds::NONE },
            Self::Account(account, partition) => {
                let named = caller.principal.account().is_some_and(|own| own.as_str() == &**account);
                let elsewhere =
                    partition.as_deref().is_some_and(|partition| caller.principal.partition() != Some(partition));
                let same = Truth::from(named && !elsewhere && kind != PrincipalKind::WebIdentity);
                if kind == PrincipalKind::Root { direct(same) } else { Kinds { account: same, ..Kinds::NONE } }
            }
            Self::User(arn) if kind == PrincipalKind::FederatedUser => {
                role((caller.federated_by.as_deref() == Some(&**arn)).into())
            }
            Self::User(arn) => direct((kind == PrincipalKind::User && own == &**arn).into()),
            Self::Role(arn) => role(caller.is_role(arn)),
            Self::Session(arn) => direct(caller.is_session(arn)),
            Self::FederatedUser(arn) => direct((kind == PrincipalKind::FederatedUser && own == &**arn).into()),
            Self::UniqueId(id) => {
                let same = Truth::from(caller.unique_id.as_deref() == Some(&**id));
                if caller.principal.is_role_based() { role(same) } else { direct(same) }
            }
            Self::Service(name) => direct((kind == PrincipalKind::Service && own == &**name).into()),
            Self::Provider(name) => direct((kind == PrincipalKind::WebIdentity && own == &**name).into()),
            Self::Canonical if caller.principal.has_no_identity_side() => Kinds::NONE,
            Self::Canonical => Kinds { account: Truth::Unknown, ..Kinds::NONE },
            Self::Nobody => Kinds::NONE,
        }
    }
}
