//! What a plan attaches to a user, role or group, and what it takes away
//!
//! What the plan takes away goes first, then what exclusive resources rule out, then what it attaches is added.
//! Where it cannot be told to whom or what, something unread is attached: it may allow and it may deny.

use std::sync::Arc;

use crate::facts::snapshot::Attached;
use crate::facts::{Fact, MissingFact};
use crate::policy::{Document, PolicyType};
use crate::source::Problems;

use super::Plan;
use super::exclusive::Closed;
use super::providers::Whose;
use super::references::{Link, Target};
use super::resource::{Action, Field, Resource};

/// Managed policies as targets of references
pub(super) const POLICY: Target = Target { kinds: &["aws_iam_policy"], attributes: &["arn", "id"] };
/// Groups as targets of references
pub(super) const GROUP: Target = Target { kinds: &["aws_iam_group"], attributes: &["name", "id"] };

/// What can have policies
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An IAM user
    User,
    /// A role
    Role,
    /// A group
    Group,
}

impl Kind {
    /// `role`, also the attribute by which an attachment names it
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
        }
    }

    /// `roles`, the attribute of attachments to many
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Role => "roles",
            Self::Group => "groups",
        }
    }

    /// `aws_iam_role`
    pub(super) fn resource_type(self) -> &'static str {
        match self {
            Self::User => "aws_iam_user",
            Self::Role => "aws_iam_role",
            Self::Group => "aws_iam_group",
        }
    }

    fn inline_type(self) -> &'static str {
        match self {
            Self::User => "aws_iam_user_policy",
            Self::Role => "aws_iam_role_policy",
            Self::Group => "aws_iam_group_policy",
        }
    }

    fn attachment_type(self) -> &'static str {
        match self {
            Self::User => "aws_iam_user_policy_attachment",
            Self::Role => "aws_iam_role_policy_attachment",
            Self::Group => "aws_iam_group_policy_attachment",
        }
    }

    pub(super) fn target(self) -> Target {
        match self {
            Self::User => Target { kinds: &["aws_iam_user"], attributes: &["name", "id"] },
            Self::Role => Target { kinds: &["aws_iam_role"], attributes: &["name", "id"] },
            Self::Group => GROUP,
        }
    }
}

/// A user, role or group whose policies are wanted
#[derive(Debug, Clone, Copy)]
pub(super) struct Bearer<'b> {
    pub(super) kind: Kind,
    /// Its name; where that is not known, the address of its resource
    pub(super) name: &'b str,
    /// Its resource, where the plan has one
    pub(super) resource: Option<&'b Resource>,
}

impl Bearer<'_> {
    fn is_replaced(self) -> bool {
        self.resource.is_some_and(|resource| matches!(resource.action, Action::Replace { .. }))
    }

    /// Whether a resource is this one
    fn is(self, resource: &Resource) -> bool {
        match self.resource {
            Some(own) => own.address == resource.address,
            None => resource.text("name").known() == Some(self.name),
        }
    }
}

/// Whether an attachment is to somebody
pub(super) enum Bears {
    Yes,
    No,
    Maybe(MissingFact),
}

/// A place for one policy: the name of an inline one, the ARN of a managed one
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot {
    Inline(String),
    Managed(String),
}

impl Plan {
    /// Whether a resource names somebody in an attribute
    pub(super) fn bears(&self, resource: &Resource, attribute: &str, bearer: Bearer<'_>) -> Bears {
        let whose = self.whose(resource);
        if whose == Whose::Foreign {
            return Bears::No;
        }
        let what = || format!("whether `{}` is about {} `{}`", resource.address, bearer.kind.word(), bearer.name);
        let maybe = |why: &str| Bears::Maybe(self.open(resource, what(), why));
        match resource.text(attribute) {
            Field::Known(name) if name != bearer.name => Bears::No,
            Field::Known(_) if whose == Whose::Unclear => maybe("the account of its provider is not known"),
            Field::Known(_) => Bears::Yes,
            Field::Absent => Bears::No,
            Field::Unknown(why) => match self.link(resource, attribute, bearer.kind.target()) {
                Link::One(target) if bearer.is(target) => Bears::Yes,
                Link::Among(targets) if !targets.iter().any(|target| bearer.is(target)) => Bears::No,
                Link::One(_) => Bears::No,
                Link::Among(_) | Link::Anything => maybe(&format!("`{attribute}`: {why}")),
            },
        }
    }

    /// Whether the plan says anything about the policies of somebody, by name
    pub(super) fn speaks_of(&self, bearer: Bearer<'_>) -> bool {
        let (kind, word) = (bearer.kind, bearer.kind.word());
        let named = |resource: &Resource| {
            let before = resource.before_text(word) == Some(bearer.name);
            before || matches!(self.bears(resource, word, bearer), Bears::Yes)
        };
        let listed = |resource: &Resource| {
            let lists = [resource.texts(kind.words()).known, resource.before_texts(kind.words())];
            lists.iter().flatten().any(|name| *name == bearer.name)
        };
        self.of_type(kind.inline_type()).chain(self.of_type(kind.attachment_type())).any(named)
            || self.of_type("aws_iam_policy_attachment").any(listed)
    }

    /// What is open when a resource of an unclear account takes something from somebody of this name
    pub(super) fn unclear_removal(&self, resource: &Resource, bearer: Bearer<'_>) -> Option<MissingFact> {
        let (word, name) = (bearer.kind.word(), bearer.name);
        let what = format!("whether `{}` takes something from {word} `{name}`", resource.address);
        (self.whose(resource) == Whose::Unclear)
            .then(|| self.open(resource, what, "the account of its provider is not known"))
    }

    /// Changes what is attached to somebody into what will be
    pub(super) fn amend(&self, bearer: Bearer<'_>, attached: &mut Attached) {
        let mut amendment = Amendment { plan: self, bearer, attached, removed: Vec::new(), closed: Closed::default() };
        amendment.take_away();
        amendment.close();
        amendment.add_inline();
        amendment.add_managed();
        amendment.attach_to_many();
        amendment.finish();
    }
}

/// The changes to what is attached to one user, role or group
struct Amendment<'a> {
    plan: &'a Plan,
    bearer: Bearer<'a>,
    attached: &'a mut Attached,
    /// What was taken away, and by which resource
    removed: Vec<(Slot, &'a str)>,
    /// What exclusive resources rule out
    closed: Closed,
}

impl Amendment<'_> {
    fn take_away(&mut self) {
        let (plan, bearer, word) = (self.plan, self.bearer, self.bearer.kind.word());
        let gone = |resource: &&Resource| resource.changes_what_was() && plan.whose(resource) != Whose::Foreign;
        let named = |resource: &&Resource| resource.before_text(word) == Some(bearer.name);
        let unclear = |resource: &Resource| plan.unclear_removal(resource, bearer);
        for resource in plan.of_type(bearer.kind.inline_type()).filter(gone).filter(named) {
            if let Some(name) = resource.before_text("name") {
                self.attached.inline.retain(|(own, _)| own != name);
                self.removed.push((Slot::Inline(name.to_owned()), &resource.address));
                self.attached.unread.extend(unclear(resource));
            }
        }
        let to_many = plan.of_type("aws_iam_policy_attachment");
        let to_many = to_many.filter(|resource| resource.before_texts(bearer.kind.words()).contains(&bearer.name));
        let to_one = plan.of_type(bearer.kind.attachment_type()).filter(named);
        for resource in to_one.chain(to_many).filter(gone) {
            if let Some(arn) = resource.before_text("policy_arn") {
                self.attached.managed.retain(|own| own != arn);
                self.removed.push((Slot::Managed(arn.to_owned()), &resource.address));
                self.attached.unread.extend(unclear(resource));
            }
        }
    }

    fn close(&mut self) {
        self.closed = self.plan.closed(self.bearer);
        self.attached.unread.append(&mut self.closed.unread);
        if let Some(names) = &self.closed.inline {
            self.attached.inline.retain(|(name, _)| names.contains(name));
        }
        if let Some(arns) = &self.closed.managed {
            self.attached.managed.clone_from(arns);
        }
        let blocks = std::mem::take(&mut self.closed.blocks);
        self.attached.inline.extend(blocks);
    }

    fn add_inline(&mut self) {
        let (plan, kind) = (self.plan, self.bearer.kind);
        for resource in plan.of_type(kind.inline_type()).filter(|resource| resource.stays()) {
            match plan.bears(resource, kind.word(), self.bearer) {
                Bears::No => {}
                Bears::Maybe(missing) => self.attached.unread.push(missing),
                Bears::Yes => {
                    let name = match resource.text("name") {
                        Field::Known(name) => name.to_owned(),
                        _ => resource.address.clone(),
                    };
                    let document = plan.document(resource, "policy", PolicyType::Identity);
                    let ruled_out = self.closed.inline.as_ref().is_some_and(|names| !names.contains(&name));
                    let slot = Slot::Inline(name.clone());
                    if let Some(missing) = self.unsettled(resource, &slot, ruled_out) {
                        self.closed.said.push(name.clone());
                        self.attached.inline.retain(|(own, _)| *own != name);
                        self.attached.unread.push(missing);
                    } else {
                        self.put_inline(name, document);
                    }
                }
            }
        }
    }

    fn put_inline(&mut self, name: String, document: Result<Fact<Arc<Document>>, Problems>) {
        self.attached.inline.retain(|(own, _)| *own != name);
        match document {
            Ok(Fact::Known(document)) => self.attached.inline.push((name, Ok(document))),
            Ok(Fact::Absent) => {}
            Ok(Fact::Unknown(missing)) => {
                self.closed.said.push(name);
                self.attached.unread.push(missing);
            }
            Err(problems) => self.attached.inline.push((name, Err(problems))),
        }
    }

    fn add_managed(&mut self) {
        let (plan, kind) = (self.plan, self.bearer.kind);
        for resource in plan.of_type(kind.attachment_type()).filter(|resource| resource.stays()) {
            match plan.bears(resource, kind.word(), self.bearer) {
                Bears::No => {}
                Bears::Maybe(missing) => self.attached.unread.push(missing),
                Bears::Yes => self.put_managed(resource),
            }
        }
    }

    fn put_managed(&mut self, resource: &Resource) {
        let arn = match self.plan.attached_policy(resource) {
            Ok(arn) => arn,
            Err(missing) => return self.attached.unread.push(missing),
        };
        let ruled_out = self.closed.managed.as_ref().is_some_and(|arns| !arns.contains(&arn));
        let unsettled = self.unsettled(resource, &Slot::Managed(arn.clone()), ruled_out);
        self.attached.managed.retain(|own| *own != arn);
        match unsettled {
            Some(missing) => self.attached.unread.push(missing),
            None => self.attached.managed.push(arn),
        }
    }

    /// Attachments to many, which also take the policy from all that they do not list
    fn attach_to_many(&mut self) {
        let (plan, bearer) = (self.plan, self.bearer);
        for resource in plan.of_type("aws_iam_policy_attachment").filter(|resource| resource.stays()) {
            let whose = plan.whose(resource);
            let texts = resource.texts(bearer.kind.words());
            let linked = match texts.open {
                Some(0) => Some(Vec::new()),
                Some(count) => plan.links(resource, bearer.kind.words(), bearer.kind.target(), count),
                None => None,
            };
            let listed = texts.known.contains(&bearer.name) || linked.iter().flatten().any(|target| bearer.is(target));
            match (whose, listed) {
                (Whose::Foreign, _) => {}
                (Whose::Own, true) => self.put_managed(resource),
                (Whose::Unclear, true) => {
                    let why = "the account of its provider is not known";
                    self.attached.unread.push(plan.open_attribute(resource, bearer.kind.words(), why));
                }
                (_, false) if linked.is_none() => {
                    self.attached.unread.push(plan.open_attribute(resource, bearer.kind.words(), texts.why));
                    self.may_lose(resource);
                }
                (_, false) => self.may_lose(resource),
            }
        }
    }

    /// An exclusive attachment that does not list somebody may take the policy away
    fn may_lose(&mut self, resource: &Resource) {
        let arn = self.plan.attached_policy(resource).ok();
        let before = self.attached.managed.len();
        self.attached.managed.retain(|own| arn.as_ref().is_some_and(|arn| arn != own));
        if self.attached.managed.len() < before {
            let what = format!(
                "whether {} `{}` keeps a policy that `{}` attaches to others",
                self.bearer.kind.word(),
                self.bearer.name,
                resource.address
            );
            let why = "it takes the policy from all that it does not list";
            self.attached.unread.push(self.plan.open(resource, what, why));
        }
    }

    /// Why it is not certain that a policy will be where a resource puts it
    fn unsettled(&self, resource: &Resource, slot: &Slot, ruled_out: bool) -> Option<MissingFact> {
        let what = || format!("whether the policy of `{}` stays attached", resource.address);
        let open = |why: &str| Some(self.plan.open(resource, what(), why));
        if ruled_out {
            return open("an exclusive resource of the plan does not list it");
        }
        let mut twins = self.removed.iter().filter(|(removed, _)| removed == slot).map(|(_, address)| *address);
        if let Some(other) = twins.clone().find(|address| *address != resource.address) {
            return open(&format!("`{other}` takes it away in the same apply, in no certain order"));
        }
        if twins.next().is_some() && resource.action == (Action::Replace { create_first: true }) {
            return open("the new one is made before the old one of the same name is destroyed");
        }
        let kept = matches!(resource.action, Action::Keep | Action::Update | Action::Forget);
        if kept && self.bearer.is_replaced() {
            return open(&format!("the plan replaces the {}, but not this", self.bearer.kind.word()));
        }
        None
    }

    /// Inline policies that an exclusive resource lists and nobody has
    fn finish(&mut self) {
        let names = self.closed.inline.iter().flatten().filter(|name| !self.closed.said.contains(name));
        let has = |name: &String| self.attached.inline.iter().any(|(own, _)| own == name);
        let missing: Vec<MissingFact> = names
            .filter(|name| !has(name))
            .map(|name| MissingFact {
                what: format!("the inline policy `{name}` of {} `{}`", self.bearer.kind.word(), self.bearer.name),
                source: "a snapshot with the export of IAM (--snapshot DIR)".to_owned(),
                why: "the plan lists it and does not hold it".to_owned(),
            })
            .collect();
        self.attached.unread.extend(missing);
    }
}

impl Plan {
    /// The managed policy of an attachment, as policies are looked up
    ///
    /// # Errors
    /// The missing fact, when it cannot be told which.
    pub(super) fn attached_policy(&self, resource: &Resource) -> Result<String, MissingFact> {
        match resource.text("policy_arn") {
            Field::Known(arn) => Ok(arn.to_owned()),
            Field::Absent => Err(self.open_attribute(resource, "policy_arn", "it is not set")),
            Field::Unknown(why) => match self.link(resource, "policy_arn", POLICY) {
                Link::One(policy) => Ok(self.policy_key(policy)),
                _ => Err(self.open_attribute(resource, "policy_arn", why)),
            },
        }
    }
}
