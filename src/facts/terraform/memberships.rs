//! The groups that a plan puts a user into and takes it out of

use crate::facts::snapshot::Holder;

use super::Plan;
use super::attachments::{Bearer, Bears, GROUP, Kind};
use super::providers::Whose;
use super::references::Link;
use super::resource::{AFTER_APPLY, Field, Resource};

impl Plan {
    /// The memberships that the plan gives a user and takes away
    pub(super) fn join_groups(&self, bearer: Bearer<'_>, holder: &mut Holder) {
        for resource in self.of_type("aws_iam_user_group_membership") {
            if resource.changes_what_was()
                && resource.before_text("user") == Some(bearer.name)
                && self.whose(resource) != Whose::Foreign
            {
                let left = resource.before_texts("groups");
                holder.groups.retain(|group| !left.contains(&group.as_str()));
                holder.attached.unread.extend(self.unclear_removal(resource, bearer));
            }
        }
        for resource in self.of_type("aws_iam_user_group_membership").filter(|resource| resource.stays()) {
            match self.bears(resource, "user", bearer) {
                Bears::No => {}
                Bears::Maybe(missing) => holder.attached.unread.push(missing),
                Bears::Yes => {
                    let texts = resource.texts("groups");
                    holder.groups.extend(texts.known.iter().map(|group| (*group).to_owned()));
                    let count = texts.open.unwrap_or(usize::MAX);
                    let linked =
                        if count == 0 { Some(Vec::new()) } else { self.links(resource, "groups", GROUP, count) };
                    match linked {
                        Some(groups) => holder.groups.extend(groups.into_iter().map(group_key)),
                        None => holder.attached.unread.push(self.open_attribute(resource, "groups", texts.why)),
                    }
                }
            }
        }
        self.members(bearer, holder);
        holder.groups.sort();
        holder.groups.dedup();
    }

    /// `aws_iam_group_membership` lists all members of a group
    fn members(&self, bearer: Bearer<'_>, holder: &mut Holder) {
        for resource in self.of_type("aws_iam_group_membership") {
            if self.whose(resource) == Whose::Foreign {
                continue;
            }
            if resource.changes_what_was()
                && resource.before_texts("users").contains(&bearer.name)
                && let Some(group) = resource.before_text("group")
            {
                holder.groups.retain(|own| own != group);
                holder.attached.unread.extend(self.unclear_removal(resource, bearer));
            }
            if !resource.stays() {
                continue;
            }
            let group = match resource.text("group") {
                Field::Known(group) => Some(group.to_owned()),
                _ => match self.link(resource, "group", GROUP) {
                    Link::One(group) => Some(group_key(group)),
                    _ => None,
                },
            };
            let texts = resource.texts("users");
            let linked = texts.open.and_then(|count| match count {
                0 => Some(Vec::new()),
                count => self.links(resource, "users", Kind::User.target(), count),
            });
            let is_user = |user: &&Resource| bearer.resource.is_some_and(|own| own.address == user.address);
            let listed = texts.known.contains(&bearer.name) || linked.iter().flatten().any(is_user);
            match (group, listed) {
                (Some(group), true) => holder.groups.push(group),
                (Some(group), false) if linked.is_some() => holder.groups.retain(|own| *own != group),
                (None, false) if linked.is_some() => {}
                _ => {
                    let why = if texts.why.is_empty() { AFTER_APPLY } else { texts.why };
                    holder.attached.unread.push(self.open_attribute(resource, "users", why));
                }
            }
        }
    }

    pub(super) fn member_of_any(&self, bearer: Bearer<'_>) -> bool {
        let alone = self.of_type("aws_iam_user_group_membership");
        let lists = self.of_type("aws_iam_group_membership");
        bearer.kind == Kind::User
            && (alone.into_iter().any(|resource| matches!(self.bears(resource, "user", bearer), Bears::Yes))
                || lists.into_iter().any(|resource| resource.texts("users").known.contains(&bearer.name)))
    }
}

/// What a group is looked up by: its name, or its address where the name is not known
pub(super) fn group_key(group: &Resource) -> String {
    group.text("name").known().unwrap_or(&group.address).to_owned()
}
