//! Service and resource control policies as the plan will leave them
//!
//! Where a policy is attached is told by its target: the root, a unit or the account. Which level of the way to the
//! account that is, only the paths of the organization say; without them, a unit is any unit.

use std::sync::Arc;

use crate::facts::{Fact, Level, MissingFact, Organization};
use crate::policy::{Document, PolicyType};
use crate::source::Problems;

use super::Plan;
use super::references::{Link, Target};
use super::resource::{Field, Resource};

const POLICY: Target = Target { kinds: &["aws_organizations_policy"], attributes: &["id"] };
const ATTACHMENT: &str = "aws_organizations_policy_attachment";

/// Where an attachment puts a policy
enum Place {
    /// On this level, counted from the root
    Level(usize),
    /// On none that lies above the account
    Elsewhere,
    /// It cannot be told
    Open(MissingFact),
}

impl Plan {
    /// Levels of one type of policy after apply
    ///
    /// # Errors
    /// All problems of the policies.
    pub fn levels(
        &self,
        base: Fact<Vec<Level>>,
        organization: &Fact<Organization>,
        policy_type: PolicyType,
    ) -> Result<Fact<Vec<Level>>, Problems> {
        let touched: Vec<&Resource> =
            self.organization_policies(policy_type).filter(|policy| touches(policy)).collect();
        let attachments: Vec<&Resource> = self.of_type(ATTACHMENT).filter(|attachment| touches(attachment)).collect();
        // Without a snapshot or an organization there is nothing to lay the plan over.
        let Fact::Known(mut levels) = base else { return Ok(base) };
        for policy in touched {
            self.change(policy, &mut levels, policy_type)?;
        }
        for attachment in attachments {
            self.attach(attachment, &mut levels, organization, policy_type)?;
        }
        Ok(Fact::Known(levels))
    }

    /// Policies of one type; one whose type is not known is of either
    fn organization_policies(&self, policy_type: PolicyType) -> impl Iterator<Item = &Resource> {
        let is = move |policy: &&Resource| {
            let said = policy.text("type").known().or_else(|| policy.before_text("type"));
            match said.unwrap_or("SERVICE_CONTROL_POLICY") {
                "SERVICE_CONTROL_POLICY" => policy_type == PolicyType::ServiceControl,
                "RESOURCE_CONTROL_POLICY" => policy_type == PolicyType::ResourceControl,
                _ => false,
            }
        };
        self.of_type("aws_organizations_policy").filter(is)
    }

    /// A policy whose text changes changes wherever it is attached
    fn change(&self, policy: &Resource, levels: &mut [Level], policy_type: PolicyType) -> Result<(), Problems> {
        let Some(name) = policy.before_text("name") else { return Ok(()) };
        let mut found = false;
        for level in levels.iter_mut() {
            let before = level.policies.len();
            level.policies.retain(|document| &*document.origin.name != name);
            if level.policies.len() == before {
                continue;
            }
            found = true;
            match self.document(policy, "content", policy_type)? {
                Fact::Known(document) => level.policies.push(document),
                Fact::Absent => {}
                Fact::Unknown(missing) => level.unread = Some(missing),
            }
        }
        // The files of a snapshot need not be called after their policies: any of them may be this one.
        if !found {
            let what = format!("where `{}` is attached now", policy.address);
            let missing = self.open(policy, what, "no policy of the snapshot has its name");
            for level in levels.iter_mut() {
                lose_any(level, &missing);
            }
        }
        Ok(())
    }

    fn attach(
        &self,
        attachment: &Resource,
        levels: &mut [Level],
        organization: &Fact<Organization>,
        policy_type: PolicyType,
    ) -> Result<(), Problems> {
        let policy = match attachment.text("policy_id") {
            Field::Known(id) => self.by_id(id).map(Ok),
            Field::Absent => self.by_id(attachment.before_text("policy_id").unwrap_or_default()).map(Ok),
            Field::Unknown(why) => match self.link(attachment, "policy_id", POLICY) {
                Link::One(policy) => Some(Ok(policy)),
                _ => Some(Err(why)),
            },
        };
        let of_type =
            |policy: &Resource| self.organization_policies(policy_type).any(|own| own.address == policy.address);
        let policy = match policy {
            Some(Ok(policy)) if !of_type(policy) => return Ok(()),
            Some(Ok(policy)) => Ok(policy),
            Some(Err(why)) => Err(self.open_attribute(attachment, "policy_id", why)),
            // AWS attaches and keeps this one; all others are of the organization's own making.
            None => Err(self.open(
                attachment,
                format!("the policy that `{}` attaches", attachment.address),
                "the plan does not have it",
            )),
        };
        for (attribute_is_after, place) in self.places(attachment, organization, levels.len()) {
            match place {
                Place::Elsewhere => {}
                Place::Open(missing) => {
                    if let Some(level) = levels.last_mut() {
                        level.unread = Some(missing);
                    }
                }
                Place::Level(index) => {
                    let Some(level) = levels.get_mut(index) else { continue };
                    match &policy {
                        Err(missing) if attribute_is_after => level.unread = Some(missing.clone()),
                        Err(missing) => lose_any(level, missing),
                        Ok(policy) if attribute_is_after => self.put(policy, level, policy_type)?,
                        Ok(policy) => self.detach((attachment, policy), level),
                    }
                }
            }
        }
        Ok(())
    }

    fn detach(&self, (attachment, policy): (&Resource, &Resource), level: &mut Level) {
        let before = level.policies.len();
        take(policy, level);
        if level.policies.len() == before {
            let what = format!("which policy `{}` takes away", attachment.address);
            lose_any(level, &self.open(attachment, what, "no policy of the snapshot has its name there"));
        }
    }

    fn put(&self, policy: &Resource, level: &mut Level, policy_type: PolicyType) -> Result<(), Problems> {
        take(policy, level);
        match self.document(policy, "content", policy_type)? {
            Fact::Known(document) => level.policies.push(document),
            Fact::Absent => {}
            Fact::Unknown(missing) => level.unread = Some(missing),
        }
        Ok(())
    }

    fn by_id(&self, id: &str) -> Option<&Resource> {
        let has_id = |policy: &&Resource| policy.text("id").known() == Some(id) || policy.before_text("id") == Some(id);
        self.of_type("aws_organizations_policy").find(has_id)
    }

    /// Where an attachment was, when it goes, and where it will be
    fn places(&self, attachment: &Resource, organization: &Fact<Organization>, depth: usize) -> Vec<(bool, Place)> {
        let mut places = Vec::new();
        if attachment.changes_what_was()
            && let Some(target) = attachment.before_text("target_id")
        {
            places.push((false, self.place(attachment, target, organization, depth)));
        }
        if attachment.stays() {
            let place = match attachment.text("target_id") {
                Field::Known(target) => self.place(attachment, target, organization, depth),
                Field::Absent => Place::Elsewhere,
                Field::Unknown(why) => Place::Open(self.open_attribute(attachment, "target_id", why)),
            };
            places.push((true, place));
        }
        places
    }

    fn place(&self, attachment: &Resource, target: &str, organization: &Fact<Organization>, depth: usize) -> Place {
        let open = |why: &str| Place::Open(self.open_attribute(attachment, "target_id", why));
        let paths = organization.known().map(|organization| organization.paths.as_slice()).unwrap_or_default();
        let complete = organization.known().and_then(Organization::depth).is_some_and(|full| full == depth);
        if target.bytes().all(|byte| byte.is_ascii_digit()) {
            let own = self.environment.account.as_ref().map(crate::iam::AccountId::as_str);
            return match own {
                Some(own) if own != target => Place::Elsewhere,
                Some(_) if complete => Place::Level(depth.saturating_sub(1)),
                _ => open("which level of the snapshot is the account is not known"),
            };
        }
        let (Some(path), true) = (paths.first(), complete) else {
            return open("`paths` in snapshot.toml do not say which level that is");
        };
        let segments = path.split('/').filter(|segment| !segment.is_empty()).skip(1);
        segments
            .zip(0..)
            .find(|(segment, _)| *segment == target)
            .map_or(Place::Elsewhere, |(_, level)| Place::Level(level))
    }
}

/// Whether something of a resource may be other than it was
fn touches(resource: &Resource) -> bool {
    !matches!(resource.action, super::Action::Keep | super::Action::Forget)
}

/// A level loses a policy, and it cannot be told which
fn lose_any(level: &mut Level, missing: &MissingFact) {
    level.policies.clear();
    level.unread = Some(missing.clone());
}

fn take(policy: &Resource, level: &mut Level) {
    let names = [policy.before_text("name"), policy.text("name").known()];
    let is = |document: &Arc<Document>| {
        let own = &*document.origin.name;
        own == policy.address || names.iter().flatten().any(|name| *name == own)
    };
    level.policies.retain(|document| !is(document));
}
