//! The decision (section 4, mainly 4.11)

use std::fmt;

use super::caller::{Caller, CallerKind, Naming, is_service_linked};
use super::deviation::Deviation;
use super::public_policy;
use super::question::{Context, Grant, Question};
use super::statement::{Asked, Role, Said, consult};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Decision {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        })
    }
}

/// Services whose resources RCPs protect (E297), by action prefix
const RCP_SERVICES: [&str; 27] = [
    "s3",
    "sts",
    "kms",
    "sqs",
    "secretsmanager",
    "cognito-idp",
    "cognito-identity",
    "cognito-sync",
    "logs",
    "dynamodb",
    "appconfig",
    "appstream",
    "autoscaling",
    "codebuild",
    "codecommit",
    "comprehend",
    "comprehendmedical",
    "dax",
    "ecr",
    "health",
    "kinesisvideo",
    "aoss",
    "signin",
    "support",
    "textract",
    "transcribe",
    "translate",
];

/// What works on keys of other accounts (E323)
const KMS_ACROSS_ACCOUNTS: [&str; 22] = [
    "decrypt",
    "encrypt",
    "generatedatakey",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext",
    "generatemac",
    "generaterandom",
    "reencrypt",
    "reencryptfrom",
    "reencryptto",
    "sign",
    "verify",
    "verifymac",
    "derivesharedsecret",
    "creategrant",
    "describekey",
    "getkeyrotationstatus",
    "getpublickey",
    "listgrants",
    "retiregrant",
    "revokegrant",
];

/// Decides for a complete context
pub(crate) fn decide(question: &Question, context: &Context, open_not_resource: bool) -> Decision {
    let caller = Caller::new(question);
    let mut context = context.clone();
    caller.complete(&mut context);
    let asked = Asked { question, caller: &caller, context: &context, open_not_resource };
    if question.action.eq_ignore_ascii_case("sts:GetCallerIdentity") {
        return Decision::Allowed; // E315
    }
    let said = Layers::consult(asked);
    if said.any_denies() {
        Decision::ExplicitDeny
    } else if said.allow(asked) {
        Decision::Allowed
    } else {
        Decision::ImplicitDeny
    }
}

/// What every layer that applies says
#[derive(Debug)]
struct Layers {
    identity: Said,
    boundary: Option<Said>,
    session: Option<Said>,
    scps: Vec<Said>,
    rcps: Vec<Said>,
    endpoint: Option<Said>,
    resource: Said,
}

impl Layers {
    fn consult(asked: Asked<'_>) -> Self {
        let question = asked.question;
        let own_policies = asked.caller.has_identity_side() && asked.caller.kind != CallerKind::Root;
        let one = |policy: Option<_>, role| policy.map(|policy| consult(asked, [policy], role));
        let levels = |levels: Option<&Vec<Vec<_>>>, applies: bool, role| {
            let levels = levels.filter(|_| applies).into_iter().flatten();
            levels.map(|level| consult(asked, level, role)).collect()
        };
        Self {
            identity: consult(asked, question.identity.iter().filter(|_| own_policies), Role::Identity),
            boundary: one(question.boundary.as_ref().filter(|_| own_policies), Role::Boundary),
            session: one(question.session.as_ref().filter(|_| own_policies), Role::Session),
            scps: levels(question.scps.as_ref(), scps_apply(asked), Role::ServiceControl),
            rcps: levels(question.rcps.as_ref(), rcps_apply(asked), Role::ResourceControl),
            endpoint: one(question.endpoint.as_ref(), Role::Endpoint),
            resource: consult(asked, &question.resource_policy, resource_role(question)),
        }
    }

    fn any_denies(&self) -> bool {
        let single = [&self.boundary, &self.session, &self.endpoint].into_iter().flatten();
        let mut all = single.chain(&self.scps).chain(&self.rcps).chain([&self.identity, &self.resource]);
        all.any(|said| said.denies)
    }

    /// Steps 5 to 11 of 4.11; `RCPFullAWSAccess` is on every level (E298)
    fn allow(&self, asked: Asked<'_>) -> bool {
        let passes = |said: &Option<Said>| said.as_ref().is_none_or(Said::allows);
        if !self.scps.iter().all(Said::allows) || !passes(&self.endpoint) {
            return false;
        }
        if !gates_open(asked) {
            return false;
        }
        if is_key(asked.question) && asked.question.grants.iter().any(|grant| grants(grant, asked)) {
            return true; // E324
        }
        if is_key(asked.question) && asked.question.action.eq_ignore_ascii_case("kms:RetireGrant") {
            return self.lets_retire(asked);
        }
        if !asked.caller.has_identity_side() {
            return self.resource.allows(); // E284, E285, E310
        }
        // GetFederationToken needs a session policy (E270)
        let session = match (&self.session, asked.caller.kind) {
            (None, CallerKind::Federated) => false,
            (session, _) => passes(session),
        };
        let limits = session && passes(&self.boundary);
        let own = self.identity.allows() && limits;
        let root = asked.caller.kind == CallerKind::Root;
        if is_cross_account(asked) {
            return self.resource.allows() && (own || root); // E276–E280
        }
        self.allow_within_account(asked, own, limits)
    }

    /// E326: the key policy's Allow counts for nothing; the account of the key, or one that the grant names, decides
    fn lets_retire(&self, asked: Asked<'_>) -> bool {
        let mut retiring = asked.question.grants.iter().filter_map(|grant| grant.retiring.as_ref());
        if retiring.clone().any(|name| is_caller(name, asked)) {
            return true;
        }
        let caller = asked.caller;
        let root = caller.account.as_ref().map(|account| format!(":iam::{account}:root"));
        let delegated = root.is_some_and(|root| retiring.any(|name| name.ends_with(&root)));
        let passes = |said: &Option<Said>| said.as_ref().is_none_or(Said::allows);
        let session = passes(&self.session) && (self.session.is_some() || caller.kind != CallerKind::Federated);
        let own = self.identity.allows() && session && passes(&self.boundary);
        caller.has_identity_side()
            && (delegated || !is_cross_account(asked))
            && (own || caller.kind == CallerKind::Root)
    }

    /// E260–E272, E306–E320
    fn allow_within_account(&self, asked: Asked<'_>, own: bool, limits: bool) -> bool {
        let named = |naming| self.resource.allows.contains(&naming);
        let mandatory = resource_role(asked.question) != Role::Resource;
        if asked.caller.kind == CallerKind::Root {
            return !mandatory || self.resource.allows();
        }
        named(Naming::Direct)
            || named(Naming::Anybody)
            || named(Naming::RoleLike) && limits
            || own && (!mandatory || named(Naming::Account))
    }
}

/// Management account, service-linked roles and callers without an account are free of SCPs (E289, E290, E285, E310)
fn scps_apply(asked: Asked<'_>) -> bool {
    asked.caller.has_identity_side()
        && !asked.question.caller_in_management_account
        && !asked.caller.is_service_linked_role()
}

/// E297, E299–E301
fn rcps_apply(asked: Asked<'_>) -> bool {
    let question = asked.question;
    let assumes_linked_role = asked.caller.kind == CallerKind::Service
        && is_service_linked(&question.resource)
        && !asked.context.deviates(Deviation::LinkedRolesAreBound);
    RCP_SERVICES.contains(&question.service().as_str())
        && !question.resource_in_management_account
        && !question.aws_managed_key
        && !asked.caller.is_service_linked_role()
        && !assumes_linked_role
        && !question.action.eq_ignore_ascii_case("kms:RetireGrant")
}

fn is_key(question: &Question) -> bool {
    question.service() == "kms" && resource_text(question).starts_with("key/")
}

fn resource_text(question: &Question) -> &str {
    question.resource.splitn(6, ':').nth(5).unwrap_or_default()
}

/// Key and trust policies are mandatory (E269)
fn resource_role(question: &Question) -> Role {
    if is_key(question) {
        Role::Key
    } else if question.service() == "sts" && resource_text(question).starts_with("role/") {
        Role::Trust
    } else {
        Role::Resource
    }
}

/// The owner's account: as said, as in the ARN, or the caller's (E283)
fn is_cross_account(asked: Asked<'_>) -> bool {
    let question = asked.question;
    let in_arn = question.resource.split(':').nth(4).filter(|account| !account.is_empty());
    let owner = question.owner.as_deref().or(in_arn);
    owner.is_some_and(|owner| asked.caller.account.as_deref() != Some(owner))
}

/// What no policy can open: E282, E284, E323, E248 (root and `sts:AssumeRole`), E333
fn gates_open(asked: Asked<'_>) -> bool {
    let (question, caller) = (asked.question, asked.caller);
    let operation = question.action.split(':').nth(1).unwrap_or_default().to_lowercase();
    let partition = question.resource.split(':').nth(1);
    let other_partition = caller.partition.as_deref().zip(partition).is_some_and(|(own, other)| own != other);
    let foreign = caller.has_identity_side() && is_cross_account(asked);
    let service_abroad = caller.kind == CallerKind::Service && asked.context.deviates(Deviation::ServicesAreForeign);
    let foreign_key_operation =
        is_key(question) && (foreign || service_abroad) && !KMS_ACROSS_ACCOUNTS.contains(&operation.as_str());
    let unsigned_elsewhere =
        caller.kind == CallerKind::Anonymous && !["s3", "sqs", "sns"].contains(&&*question.service());
    let root_assumes = caller.kind == CallerKind::Root && question.action.eq_ignore_ascii_case("sts:AssumeRole");
    let stranger = foreign || caller.kind == CallerKind::Anonymous;
    let shut_out = question.service() == "s3"
        && question.restrict_public_buckets
        && stranger
        && question.resource_policy.as_ref().is_some_and(|policy| public_policy::is_public(policy, asked.context));
    !(other_partition || foreign_key_operation || unsigned_elsewhere || root_assumes || shut_out)
}

/// What a grant can permit (E324; the list is that of the KMS API)
const GRANT_OPERATIONS: [&str; 17] = [
    "CreateGrant",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// E324, E325
fn grants(grant: &Grant, asked: Asked<'_>) -> bool {
    let operation = asked.question.action.split(':').nth(1).unwrap_or_default();
    let grantee = is_caller(&grant.grantee, asked);
    let unconstrained = ["DescribeKey", "RetireGrant"].contains(&operation);
    let pairs = &asked.context.encryption;
    let constraints = grant.equals.as_ref().is_none_or(|equals| equals == pairs)
        && grant.subset.as_ref().is_none_or(|subset| subset.iter().all(|(key, value)| pairs.get(key) == Some(value)));
    let permitted = GRANT_OPERATIONS.contains(&operation) && grant.operations.iter().any(|it| it == operation);
    grantee && permitted && (unconstrained || constraints)
}

/// Whether a grant's principal is the caller, or the role of a session
fn is_caller(name: &str, asked: Asked<'_>) -> bool {
    let caller = asked.caller;
    let role = caller.origin.as_ref().filter(|_| caller.kind == CallerKind::Session);
    name == caller.name || role.is_some_and(|role| role == name)
}
