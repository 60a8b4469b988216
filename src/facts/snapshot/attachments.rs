//! A principal's own policies: inline, attached, of its groups, its boundary and trust policy
//!
//! First what is attached, by name ([`Holder`]); then the policies behind the names ([`assemble`]). A plan
//! changes what stands between the two.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::{Fact, Identity, MissingFact};
use crate::iam::Arn;
use crate::json::Node;
use crate::policy::{Document, PolicyType, parse};
use crate::source::{Problem, Problems};

use super::export::{Detail, Export, List, missing};
use super::shape::Shape;

/// What is attached to a user, role or group
#[derive(Debug, Default)]
pub(in crate::facts) struct Attached {
    /// Inline policies by name; one that cannot be read keeps its problems
    pub(in crate::facts) inline: Vec<(String, Result<Arc<Document>, Problems>)>,
    /// The ARNs of managed policies
    pub(in crate::facts) managed: Vec<String>,
    /// What may be attached beside these
    pub(in crate::facts) unread: Vec<MissingFact>,
}

/// A user or role and what is attached to it, before managed policies and groups are looked up
#[derive(Debug)]
pub(in crate::facts) struct Holder {
    /// Who it is: "role `x`"
    pub(in crate::facts) owner: String,
    /// Its ARN
    pub(in crate::facts) arn: Arn,
    /// `AIDA…` or `AROA…`
    pub(in crate::facts) unique_id: Option<String>,
    /// Its tags
    pub(in crate::facts) tags: Vec<(String, String)>,
    /// Whether it may have further tags
    pub(in crate::facts) tags_open: bool,
    /// Its own policies
    pub(in crate::facts) attached: Attached,
    /// The ARN of its permissions boundary
    pub(in crate::facts) boundary: Fact<String>,
    /// The trust policy of a role
    pub(in crate::facts) trust: Fact<Arc<Document>>,
    /// The groups of a user
    pub(in crate::facts) groups: Vec<String>,
    /// What is wrong with its entry
    pub(in crate::facts) problems: Vec<Problem>,
}

/// Where managed policies and groups are looked up; neither is ever `Absent`
pub(in crate::facts) trait Policies {
    /// The document of a managed policy; `what` names it in words, should it be missing
    ///
    /// # Errors
    /// All problems of its entry and of its document.
    fn managed(&self, arn: &str, what: String, policy_type: PolicyType) -> Result<Fact<Arc<Document>>, Problems>;

    /// What is attached to a group; `what` names its policies in words, should they be missing
    ///
    /// # Errors
    /// All problems of its entry.
    fn group(&self, name: &str, what: String) -> Result<Fact<Attached>, Problems>;
}

impl Holder {
    /// Reads one entry of the export
    ///
    /// # Errors
    /// When it has no well-formed ARN.
    pub(super) fn read(list: List, detail: &Detail<'_>) -> Result<Self, Problems> {
        let owner = format!("{} `{}`", list.word(), detail.entry.name);
        let mut shape = Shape::new(&detail.file.name);
        let arn: Option<Arn> =
            detail.entry.arn.parse().map_err(|error| shape.report(detail.node.at, format!("`Arn`: {error}"))).ok();
        let id_key = if list == List::Users { "UserId" } else { "RoleId" };
        let unique_id = shape.optional_text(&detail.node, id_key).map(str::to_owned);
        let tags = tags(&mut shape, &detail.node);
        let groups = shape.optional_texts(&detail.node, "GroupList");
        let trust = match list {
            List::Roles => trust(&mut shape, detail, &owner),
            _ => Fact::Absent,
        };
        let attached = Attached::read(&mut shape, list, detail);
        let boundary = match shape.optional(&detail.node, "PermissionsBoundary") {
            Some(boundary) => shape.text(boundary, "PermissionsBoundaryArn").map(str::to_owned),
            None => None,
        };
        let boundary = boundary.map_or(Fact::Absent, Fact::Known);
        let problems = shape.into_problems();
        match arn {
            Some(arn) => {
                Ok(Self { owner, arn, unique_id, tags, tags_open: false, attached, boundary, trust, groups, problems })
            }
            None => Err(Problems(problems)),
        }
    }
}

impl Attached {
    fn read(shape: &mut Shape<'_>, list: List, detail: &Detail<'_>) -> Self {
        let mut attached = Self::default();
        for policy in shape.optional_list(&detail.node, list.inline_key()) {
            let name = shape.text(policy, "PolicyName");
            let node = shape.member(policy, "PolicyDocument");
            let (Some(name), Some(node)) = (name, node) else { continue };
            let document = parse::parse_node(detail.file, node, &format!("inline {name}"), PolicyType::Identity);
            attached.inline.push((name.to_owned(), document.map(Arc::new)));
        }
        for policy in shape.optional_list(&detail.node, "AttachedManagedPolicies") {
            attached.managed.extend(shape.text(policy, "PolicyArn").map(str::to_owned));
        }
        attached
    }
}

fn tags(shape: &mut Shape<'_>, node: &Node) -> Vec<(String, String)> {
    let tags = shape.optional_list(node, "Tags").iter();
    let pairs = tags.filter_map(|tag| {
        let (key, value) = (shape.text(tag, "Key"), shape.text(tag, "Value"));
        Some((key?.to_owned(), value?.to_owned()))
    });
    pairs.collect()
}

fn trust(shape: &mut Shape<'_>, detail: &Detail<'_>, owner: &str) -> Fact<Arc<Document>> {
    const KEY: &str = "AssumeRolePolicyDocument";
    let Some(node) = shape.optional(&detail.node, KEY) else {
        return Fact::Unknown(missing(format!("the trust policy of {owner}"), format!("its entry has no `{KEY}`")));
    };
    match parse::parse_node(detail.file, node, "trust policy", PolicyType::Trust) {
        Ok(document) => Fact::Known(Arc::new(document)),
        Err(problems) => {
            shape.extend(problems);
            Fact::Absent
        }
    }
}

/// Looks up the managed policies and groups of a user or role
///
/// # Errors
/// All problems of its entry and of the policies that it refers to.
pub(in crate::facts) fn assemble(holder: Holder, policies: &dyn Policies) -> Result<Identity, Problems> {
    let Holder { owner, arn, unique_id, tags, tags_open, attached, boundary, trust, groups, problems } = holder;
    let mut assembly =
        Assembly { policies, problems, documents: Vec::new(), unread: Vec::new(), attached: BTreeSet::new() };
    assembly.add(attached, &owner);
    for name in &groups {
        match policies.group(name, format!("the policies of group `{name}` of {owner}")) {
            Ok(Fact::Known(attached)) => assembly.add(attached, &format!("group `{name}` of {owner}")),
            Ok(Fact::Unknown(missing)) => assembly.unread.push(missing),
            Ok(Fact::Absent) => {}
            Err(problems) => assembly.problems.extend(problems.0),
        }
    }
    let boundary = match boundary {
        Fact::Known(arn) => {
            let what = format!("the permissions boundary `{arn}` of {owner}");
            assembly.keep(policies.managed(&arn, what, PolicyType::Boundary)).unwrap_or(Fact::Absent)
        }
        Fact::Absent => Fact::Absent,
        Fact::Unknown(missing) => Fact::Unknown(missing),
    };
    let Assembly { problems, documents, unread, .. } = assembly;
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    Ok(Identity { arn, unique_id, tags, tags_open, policies: documents, unread, boundary, trust, groups })
}

/// The policies of one principal, as they are found
struct Assembly<'p> {
    policies: &'p dyn Policies,
    problems: Vec<Problem>,
    documents: Vec<Arc<Document>>,
    unread: Vec<MissingFact>,
    /// ARNs already there: a user and its groups may share one
    attached: BTreeSet<String>,
}

impl Assembly<'_> {
    fn keep<T>(&mut self, result: Result<T, Problems>) -> Option<T> {
        result.map_err(|problems| self.problems.extend(problems.0)).ok()
    }

    fn add(&mut self, attached: Attached, owner: &str) {
        for (_, document) in attached.inline {
            let document = self.keep(document);
            self.documents.extend(document);
        }
        self.unread.extend(attached.unread);
        for arn in attached.managed {
            if !self.attached.insert(arn.clone()) {
                continue;
            }
            let what = format!("the policy `{arn}` attached to {owner}");
            match self.policies.managed(&arn, what, PolicyType::Identity) {
                Ok(Fact::Known(document)) => self.documents.push(document),
                Ok(Fact::Unknown(missing)) => self.unread.push(missing),
                Ok(Fact::Absent) => {}
                Err(problems) => self.problems.extend(problems.0),
            }
        }
    }
}

/// Why a managed policy could not be read, where that was noted
type Noted<'n> = &'n dyn Fn(&str) -> Option<String>;

/// Managed policies and groups of an export
pub(in crate::facts) struct Exported<'e> {
    pub(super) export: &'e Export,
    pub(super) noted: Noted<'e>,
}

impl Policies for Exported<'_> {
    fn managed(&self, arn: &str, what: String, policy_type: PolicyType) -> Result<Fact<Arc<Document>>, Problems> {
        let Some(detail) = self.export.find(List::Policies, |entry| entry.arn == arn)? else {
            return Ok(Fact::Unknown(missing(what, self.not_listed(arn))));
        };
        let mut shape = Shape::new(&detail.file.name);
        let document = match default_version(&mut shape, &detail.node) {
            Some(node) => match parse::parse_node(detail.file, node, &detail.entry.name, policy_type) {
                Ok(document) => Fact::Known(Arc::new(document)),
                Err(problems) => {
                    shape.extend(problems);
                    Fact::Absent
                }
            },
            None => Fact::Unknown(missing(what, "its default version is not in the export".to_owned())),
        };
        shape.finish(Some(document))
    }

    fn group(&self, name: &str, what: String) -> Result<Fact<Attached>, Problems> {
        let Some(detail) = self.export.find(List::Groups, |entry| entry.name == name)? else {
            return Ok(Fact::Unknown(missing(what, "the export does not have the group".to_owned())));
        };
        let mut shape = Shape::new(&detail.file.name);
        let attached = Attached::read(&mut shape, List::Groups, &detail);
        shape.finish(Some(Fact::Known(attached)))
    }
}

impl Exported<'_> {
    fn not_listed(&self, arn: &str) -> String {
        if let Some(noted) = (self.noted)(arn) {
            return noted;
        }
        if self.export.is_cut_short() {
            return "the export ends before its last page".to_owned();
        }
        let aws = arn.split(':').nth(4) == Some("aws");
        let filter = if aws { "AWSManagedPolicy" } else { "LocalManagedPolicy" };
        format!("the export does not have it; it does when taken without --filter, or with {filter} in it")
    }
}

/// The document of the version that is in force
fn default_version<'n>(shape: &mut Shape<'_>, policy: &'n Node) -> Option<&'n Node> {
    let id = shape.optional_text(policy, "DefaultVersionId");
    let versions = shape.optional_list(policy, "PolicyVersionList");
    let default = versions.iter().find(|version| match (id, shape.optional_text(version, "VersionId")) {
        (Some(id), Some(version)) => id == version,
        _ => shape.optional_flag(version, "IsDefaultVersion") == Some(true),
    })?;
    shape.optional(default, "Document")
}
