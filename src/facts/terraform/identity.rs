//! A user or role as the plan will leave it

use std::sync::Arc;

use crate::facts::snapshot::{Attached, Holder, Policies, Snapshot, Standing, assemble, root};
use crate::facts::{Fact, Identity, MissingFact};
use crate::iam::{Arn, Principal, PrincipalKind};
use crate::policy::{Document, PolicyType};
use crate::source::{Problem, Problems, nearest};

use super::Plan;
use super::attachments::{Bearer, Kind, POLICY};
use super::memberships::group_key;
use super::providers::Whose;
use super::references::Link;
use super::resource::{Action, Field, Resource};

const NO_SNAPSHOT: &str = "a snapshot with the export of IAM (--snapshot DIR)";

/// What the plan has of a principal
enum Found<'p> {
    /// Its user or role
    Planned(&'p Resource),
    /// A user or role that may be it
    Perhaps(MissingFact),
    /// The plan deletes it
    Deleted(&'p Resource),
    /// Nothing
    Nothing,
}

impl Plan {
    /// What will be attached to a principal
    ///
    /// # Errors
    /// When neither the plan nor the snapshot knows it, when the plan deletes it, and all problems of its policies.
    pub fn identity(&self, snapshot: Option<&Snapshot<'_>>, principal: &Principal) -> Result<Fact<Identity>, Problems> {
        let standing = match snapshot {
            Some(snapshot) => snapshot.standing(principal)?,
            None => self.without_snapshot(principal)?,
        };
        let kind = match (&standing, principal.kind()) {
            (Standing::Bare, _) => return Ok(Fact::Absent),
            (_, PrincipalKind::User) => Kind::User,
            (_, PrincipalKind::Role | PrincipalKind::RoleSession) => Kind::Role,
            _ => {
                return Ok(match standing {
                    Standing::Root(identity) => Fact::Known(identity),
                    Standing::Unknown(missing) => Fact::Unknown(missing),
                    _ => Fact::Absent,
                });
            }
        };
        let Some(mut holder) = self.holder((standing, kind), principal)? else {
            let missing = self.untold(principal);
            return Ok(Fact::Unknown(missing));
        };
        let resource = match self.find(kind, principal) {
            Found::Planned(resource) => Some(resource),
            _ => None,
        };
        let bearer = Bearer { kind, name: principal.name(), resource };
        self.amend(bearer, &mut holder.attached);
        if let Some(resource) = self.unread_identity() {
            let what = format!("what `{}` attaches to `{principal}`", resource.address);
            holder.attached.unread.push(self.open(resource, what, "this type of resource is not read"));
        }
        if kind == Kind::User {
            self.join_groups(bearer, &mut holder);
        }
        let assembled = |base: Option<&dyn Policies>| assemble(holder, &Planned { plan: self, base });
        match snapshot {
            Some(snapshot) => snapshot.with_policies(assembled),
            None => assembled(None),
        }
        .map(Fact::Known)
    }

    fn without_snapshot(&self, principal: &Principal) -> Result<Standing, Problems> {
        if principal.has_no_identity_side() {
            return Ok(Standing::Bare);
        }
        if principal.kind() == PrincipalKind::Root {
            return root(principal).map(Standing::Root);
        }
        Ok(Standing::Unknown(self.untold(principal)))
    }

    fn untold(&self, principal: &Principal) -> MissingFact {
        let kind = if principal.kind() == PrincipalKind::User { Kind::User } else { Kind::Role };
        let names = self.of_type(kind.resource_type()).filter_map(|resource| resource.text("name").known());
        let near = nearest(principal.name(), names.filter(|name| *name != principal.name()));
        let hint = near.map(|near| format!(", but of `{near}`")).unwrap_or_default();
        MissingFact {
            what: format!("what else is attached to `{principal}`"),
            source: NO_SNAPSHOT.to_owned(),
            why: format!("not given, and `{}` does not tell{hint}", self.file()),
        }
    }

    /// Who the principal will be, with what is attached to it now; `None` when nobody says anything of it
    fn holder(&self, (standing, kind): (Standing, Kind), principal: &Principal) -> Result<Option<Holder>, Problems> {
        let found = self.find(kind, principal);
        if let Found::Deleted(resource) = found {
            let message = format!("the plan deletes `{}`, which is `{principal}`", resource.address);
            let problem = Problem { location: Some(self.location(resource.at)), message, help: None };
            return Err(problem.with_help("name another principal").into());
        }
        let fresh = |resource: &Resource| matches!(resource.action, Action::Create | Action::Replace { .. });
        let mut holder = match (standing, &found) {
            (Standing::Known(holder), Found::Planned(resource))
                if !matches!(resource.action, Action::Replace { .. }) =>
            {
                holder
            }
            (_, Found::Planned(resource)) if fresh(resource) => self.planned(resource, principal, None)?,
            (Standing::Unknown(missing), Found::Planned(resource)) => {
                self.planned(resource, principal, Some(missing))?
            }
            (Standing::Nobody(_), Found::Planned(resource)) => {
                let what = format!("what else is attached to `{}`", resource.address);
                let missing = self.open(resource, what, "the plan has it, the snapshot does not");
                self.planned(resource, principal, Some(missing))?
            }
            (Standing::Known(holder), _) => holder,
            (Standing::Nobody(problem), _) => return Err(self.with_near(problem, kind, principal).into()),
            (Standing::Unknown(missing), Found::Nothing) => {
                let bearer = Bearer { kind, name: principal.name(), resource: None };
                let speaks = self.speaks_of(bearer) || self.member_of_any(bearer);
                return if speaks { elsewhere(principal, kind, missing).map(Some) } else { Ok(None) };
            }
            _ => return Ok(None),
        };
        match found {
            Found::Planned(resource) => self.attributes(resource, &mut holder),
            Found::Perhaps(missing) => holder.attached.unread.push(missing),
            _ => {}
        }
        Ok(Some(holder))
    }

    /// Looks for the principal among the users or roles of the plan
    fn find(&self, kind: Kind, principal: &Principal) -> Found<'_> {
        let session = principal.kind() == PrincipalKind::RoleSession;
        let mut deleted = Found::Nothing;
        for resource in self.of_type(kind.resource_type()) {
            let whose = self.whose(resource);
            if whose == Whose::Foreign {
                continue;
            }
            let known_arn = resource.text("arn").known().map(str::to_owned);
            let arn = known_arn.or_else(|| self.future_arn(resource, kind.word()));
            let named = resource.text("name").known() == Some(principal.name());
            let same = named && (session || arn.as_deref().is_none_or(|arn| arn == principal.as_str()));
            let was = resource.before_text("name") == Some(principal.name())
                && (session || resource.before_text("arn").is_none_or(|arn| arn == principal.as_str()));
            if same && whose == Whose::Own {
                return Found::Planned(resource);
            }
            if same {
                let what = format!("whether `{}` is `{principal}`", resource.address);
                return Found::Perhaps(self.open(resource, what, "the account of its provider is not known"));
            }
            if was && resource.changes_what_was() && whose == Whose::Own {
                deleted = Found::Deleted(resource);
            }
        }
        deleted
    }

    /// A user or role of the plan; `missing` where more may be attached to it than the plan says
    fn planned(
        &self,
        resource: &Resource,
        principal: &Principal,
        missing: Option<MissingFact>,
    ) -> Result<Holder, Problems> {
        let missing = missing.filter(|_| {
            self.completed.set(self.completed.get() || self.reading.manages_everything);
            !self.reading.manages_everything
        });
        let arn = match (principal.kind(), resource.text("arn").known()) {
            (PrincipalKind::RoleSession, Some(arn)) => Some(arn.to_owned()),
            (PrincipalKind::RoleSession, None) => self.future_arn(resource, "role"),
            _ => Some(principal.as_str().to_owned()),
        };
        Ok(Holder {
            owner: format!("`{}`", resource.address),
            arn: arn.map_or_else(nobody, |arn| parsed(&arn))?,
            unique_id: resource.text("unique_id").known().map(str::to_owned),
            tags: Vec::new(),
            tags_open: false,
            attached: Attached { unread: missing.into_iter().collect(), ..Attached::default() },
            boundary: Fact::Absent,
            trust: Fact::Absent,
            groups: Vec::new(),
            problems: Vec::new(),
        })
    }

    /// What the resource of a user or role itself says
    fn attributes(&self, resource: &Resource, holder: &mut Holder) {
        holder.boundary = match resource.text("permissions_boundary") {
            Field::Known(arn) => Fact::Known(arn.to_owned()),
            Field::Absent => Fact::Absent,
            Field::Unknown(why) => match self.link(resource, "permissions_boundary", POLICY) {
                Link::One(policy) => Fact::Known(self.policy_key(policy)),
                _ => Fact::Unknown(self.open_attribute(resource, "permissions_boundary", why)),
            },
        };
        match self.document(resource, "assume_role_policy", PolicyType::Trust) {
            Ok(trust) => holder.trust = trust,
            Err(problems) => holder.problems.extend(problems.0),
        }
        (holder.tags, holder.tags_open) = tags(resource);
    }

    /// Adds the users or roles of the plan with a like name to a problem that has no way out
    fn with_near(&self, problem: Problem, kind: Kind, principal: &Principal) -> Problem {
        let resources = self.of_type(kind.resource_type()).filter(|resource| resource.stays());
        let names: Vec<&str> = resources.filter_map(|resource| resource.text("name").known()).collect();
        match nearest(principal.name(), names.iter().copied()) {
            Some(near) => problem.with_help(format!("the plan has a {} `{near}`: is its path another?", kind.word())),
            None => problem,
        }
    }
}

/// A principal to which the plan attaches something, and which is not in it
fn elsewhere(principal: &Principal, kind: Kind, missing: MissingFact) -> Result<Holder, Problems> {
    let arn = if principal.kind() == PrincipalKind::RoleSession { nobody() } else { parsed(principal.as_str()) };
    let unknown = |what: &str| MissingFact { what: format!("{what} of `{principal}`"), ..missing.clone() };
    Ok(Holder {
        owner: format!("{} `{}`", kind.word(), principal.name()),
        arn: arn?,
        unique_id: None,
        tags: Vec::new(),
        tags_open: true,
        boundary: Fact::Unknown(unknown("the permissions boundary")),
        trust: Fact::Unknown(unknown("the trust policy")),
        attached: Attached { unread: vec![missing], ..Attached::default() },
        groups: Vec::new(),
        problems: Vec::new(),
    })
}

fn parsed(arn: &str) -> Result<Arn, Problems> {
    arn.parse().map_err(|error: crate::iam::VocabularyError| Problem::general(error.to_string()).into())
}

/// The ARN of a role whose path nobody knows: it stands for no role
fn nobody() -> Result<Arn, Problems> {
    parsed("arn:aws:iam::000000000000:role/unknown")
}

/// The tags of a resource, those of the provider among them, and whether there may be others
fn tags(resource: &Resource) -> (Vec<(String, String)>, bool) {
    let node = match (resource.after("tags_all"), resource.after("tags")) {
        (Field::Known(node), _) | (Field::Absent, Field::Known(node)) => node,
        (Field::Absent, Field::Absent) => return (Vec::new(), false),
        _ => return (Vec::new(), true),
    };
    let pairs = node.members().iter().filter_map(|tag| Some((tag.key.clone(), tag.value.text()?.to_owned())));
    let pairs: Vec<(String, String)> = pairs.collect();
    let open = pairs.len() < node.members().len() || node.members().is_empty() && !node.elements().is_empty();
    (pairs, open)
}

/// The managed policies and groups of the plan over those of a snapshot
struct Planned<'p> {
    plan: &'p Plan,
    base: Option<&'p dyn Policies>,
}

impl Policies for Planned<'_> {
    fn managed(&self, arn: &str, what: String, policy_type: PolicyType) -> Result<Fact<Arc<Document>>, Problems> {
        if let Some(document) = self.plan.managed_policy(arn, &what, policy_type)? {
            return Ok(document);
        }
        match self.base {
            Some(base) => base.managed(arn, what, policy_type),
            None => Ok(Fact::Unknown(MissingFact {
                what,
                source: NO_SNAPSHOT.to_owned(),
                why: format!("not given, and `{}` does not hold its document", self.plan.file()),
            })),
        }
    }

    fn group(&self, name: &str, what: String) -> Result<Fact<Attached>, Problems> {
        let mut resources = self.plan.of_type("aws_iam_group");
        let resource =
            resources.find(|group| group.stays() && self.plan.whose(group) == Whose::Own && group_key(group) == name);
        let fresh = resource.is_some_and(|group| matches!(group.action, Action::Create | Action::Replace { .. }));
        let missing = || MissingFact {
            what: what.clone(),
            source: NO_SNAPSHOT.to_owned(),
            why: format!("not given, and `{}` does not tell", self.plan.file()),
        };
        let base = match self.base {
            _ if fresh => Fact::Known(Attached::default()),
            Some(base) => base.group(name, what.clone())?,
            None => Fact::Unknown(missing()),
        };
        let mut attached = match base {
            Fact::Known(attached) => attached,
            Fact::Absent => Attached::default(),
            Fact::Unknown(missing) => Attached { unread: vec![missing], ..Attached::default() },
        };
        self.plan.amend(Bearer { kind: Kind::Group, name, resource }, &mut attached);
        Ok(Fact::Known(attached))
    }
}
