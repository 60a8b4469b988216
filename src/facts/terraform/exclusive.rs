//! Resources that say what is attached to somebody and nothing else

use std::sync::Arc;

use crate::facts::MissingFact;
use crate::json::{Node, Value};
use crate::policy::{Document, PolicyType};
use crate::source::Problems;

use super::Plan;
use super::attachments::{Bearer, Bears, Kind, POLICY};
use super::resource::{Field, Resource, Texts};

/// What exclusive resources leave of the policies of somebody
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// The names of inline policies that may stay; `None` where nothing says
    pub(super) inline: Option<Vec<String>>,
    /// The managed policies that are attached; `None` where nothing says
    pub(super) managed: Option<Vec<String>>,
    /// Inline policies written in the role itself
    pub(super) blocks: Vec<(String, Result<Arc<Document>, Problems>)>,
    /// Names whose documents are accounted for, known or not
    pub(super) said: Vec<String>,
    /// What is not known of all this
    pub(super) unread: Vec<MissingFact>,
}

impl Kind {
    fn exclusive_types(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::User => ("aws_iam_user_policies_exclusive", "aws_iam_user_policy_attachments_exclusive", "user_name"),
            Self::Role => ("aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachments_exclusive", "role_name"),
            Self::Group => {
                ("aws_iam_group_policies_exclusive", "aws_iam_group_policy_attachments_exclusive", "group_name")
            }
        }
    }
}

impl Plan {
    /// What exclusive resources say about somebody
    pub(super) fn closed(&self, bearer: Bearer<'_>) -> Closed {
        let mut closed = Closed::default();
        // Terraform sets these two attributes from what it finds; they are exclusive where the configuration has them.
        if let Some(role) = bearer.resource.filter(|_| bearer.kind == Kind::Role) {
            if self.expression(role, "inline_policy").is_some() {
                self.blocks(role, &mut closed);
            }
            if self.expression(role, "managed_policy_arns").is_some() {
                self.managed_only(role, "managed_policy_arns", &mut closed);
            }
        }
        let (inline, managed, name) = bearer.kind.exclusive_types();
        for resource in self.of_type(inline).filter(|resource| resource.stays()) {
            match self.bears(resource, name, bearer) {
                Bears::No => {}
                Bears::Maybe(missing) => {
                    closed.unread.push(missing);
                    closed.inline = Some(Vec::new());
                }
                Bears::Yes => self.inline_only(resource, &mut closed),
            }
        }
        for resource in self.of_type(managed).filter(|resource| resource.stays()) {
            match self.bears(resource, name, bearer) {
                Bears::No => {}
                Bears::Maybe(missing) => {
                    closed.unread.push(missing);
                    closed.managed = Some(Vec::new());
                }
                Bears::Yes => self.managed_only(resource, "policy_arns", &mut closed),
            }
        }
        closed
    }

    fn inline_only(&self, resource: &Resource, closed: &mut Closed) {
        let Texts { known, open, why } = resource.texts("policy_names");
        if open != Some(0) {
            closed.unread.push(self.open_attribute(resource, "policy_names", why));
        }
        closed.allow_inline(known.into_iter().map(str::to_owned).collect());
    }

    fn managed_only(&self, resource: &Resource, attribute: &str, closed: &mut Closed) {
        let Texts { known, open, why } = resource.texts(attribute);
        let mut arns: Vec<String> = known.into_iter().map(str::to_owned).collect();
        let linked = open.and_then(|count| match count {
            0 => Some(Vec::new()),
            count => self.links(resource, attribute, POLICY, count),
        });
        match linked {
            Some(policies) => arns.extend(policies.into_iter().map(|policy| self.policy_key(policy))),
            None => closed.unread.push(self.open_attribute(resource, attribute, why)),
        }
        if let Some(before) = closed.managed.take() {
            // Two exclusive resources that differ take turns; only what both list is certain.
            if before.iter().any(|arn| !arns.contains(arn)) || arns.iter().any(|arn| !before.contains(arn)) {
                closed.unread.push(self.open_attribute(resource, attribute, "another exclusive resource differs"));
            }
            arns.retain(|arn| before.contains(arn));
        }
        closed.managed = Some(arns);
    }

    /// The blocks `inline_policy` of a role
    fn blocks(&self, role: &Resource, closed: &mut Closed) {
        let node = match role.after("inline_policy") {
            Field::Known(node) => node,
            Field::Absent => return closed.allow_inline(Vec::new()),
            Field::Unknown(why) => {
                closed.unread.push(self.open_attribute(role, "inline_policy", why));
                return closed.allow_inline(Vec::new());
            }
        };
        if !matches!(node.value, Value::Array(_)) {
            closed.unread.push(self.open_attribute(role, "inline_policy", "it is not a list of blocks"));
        }
        let mut names = Vec::new();
        for block in node.elements() {
            let text = |key: &str| block.member(key).and_then(Node::text).filter(|text| !text.is_empty());
            // An empty block says that there are none.
            let (Some(_), Some(policy)) = (text("policy"), block.member("policy")) else { continue };
            let name = text("name").map_or_else(|| format!("{} ({})", role.address, names.len()), str::to_owned);
            let document = self.document_at(policy, &role.address, PolicyType::Identity);
            closed.blocks.push((name.clone(), document));
            names.push(name);
        }
        closed.allow_inline(names);
    }
}

impl Closed {
    fn allow_inline(&mut self, names: Vec<String>) {
        self.inline = Some(match self.inline.take() {
            Some(before) => before.into_iter().filter(|name| names.contains(name)).collect(),
            None => names,
        });
    }
}
