//! A principal's own policies: inline, attached, of its groups, its boundary and trust policy

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::{Fact, Identity, MissingFact};
use crate::iam::Arn;
use crate::json::Node;
use crate::policy::{Document, PolicyType, parse};
use crate::source::{Problems, SourceFile};

use super::export::{Detail, Export, List, missing};
use super::shape::Shape;

/// Puts together what is attached to one user or role
///
/// # Errors
/// All problems of its entry and of the policies that it refers to.
pub(super) fn attached_to(known: (&Export, Noted<'_>), list: List, detail: &Detail<'_>) -> Result<Identity, Problems> {
    let (export, noted) = known;
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
    let mut assembly =
        Assembly { export, noted, shape, policies: Vec::new(), unread: Vec::new(), attached: BTreeSet::new() };
    let inline = if list == List::Users { "UserPolicyList" } else { "RolePolicyList" };
    assembly.inline(detail, inline);
    assembly.attached(&detail.node, &owner);
    for group in &groups {
        assembly.group(group, &owner);
    }
    let boundary = assembly.boundary(&detail.node, &owner);
    let Assembly { shape, policies, unread, .. } = assembly;
    shape.finish(arn.map(|arn| Identity { arn, unique_id, tags, policies, unread, boundary, trust, groups }))
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

/// Why a managed policy could not be read, where that was noted
type Noted<'n> = &'n dyn Fn(&str) -> Option<String>;

/// The policies of one principal, as they are found
struct Assembly<'e> {
    export: &'e Export,
    noted: Noted<'e>,
    shape: Shape<'e>,
    policies: Vec<Arc<Document>>,
    unread: Vec<MissingFact>,
    /// ARNs already there: a user and its groups may share one
    attached: BTreeSet<String>,
}

/// A managed policy that is known, is missing for this reason, or has problems (noted)
type Managed = Option<Result<Arc<Document>, String>>;

impl Assembly<'_> {
    fn document(
        &mut self,
        file: &SourceFile,
        node: &Node,
        name: &str,
        policy_type: PolicyType,
    ) -> Option<Arc<Document>> {
        let document = parse::parse_node(file, node, name, policy_type);
        document.map(Arc::new).map_err(|problems| self.shape.extend(problems)).ok()
    }

    fn inline(&mut self, detail: &Detail<'_>, key: &str) {
        // IAM leaves the list out for a principal without inline policies.
        for policy in self.shape.optional_list(&detail.node, key) {
            let name = self.shape.text(policy, "PolicyName");
            let node = self.shape.member(policy, "PolicyDocument");
            let (Some(name), Some(node)) = (name, node) else { continue };
            let document = self.document(detail.file, node, &format!("inline {name}"), PolicyType::Identity);
            self.policies.extend(document);
        }
    }

    fn attached(&mut self, node: &Node, owner: &str) {
        for policy in self.shape.optional_list(node, "AttachedManagedPolicies") {
            let Some(arn) = self.shape.text(policy, "PolicyArn") else { continue };
            if !self.attached.insert(arn.to_owned()) {
                continue;
            }
            match self.managed(arn, PolicyType::Identity) {
                Some(Ok(document)) => self.policies.push(document),
                Some(Err(why)) => self.unread.push(missing(format!("the policy `{arn}` attached to {owner}"), why)),
                None => {}
            }
        }
    }

    fn group(&mut self, name: &str, owner: &str) {
        match self.export.find(List::Groups, |entry| entry.name == name) {
            Ok(Some(detail)) => {
                self.inline(&detail, "GroupPolicyList");
                self.attached(&detail.node, &format!("group `{name}` of {owner}"));
            }
            Ok(None) => {
                let what = format!("the policies of group `{name}` of {owner}");
                self.unread.push(missing(what, "the export does not have the group".to_owned()));
            }
            Err(problems) => self.shape.extend(problems),
        }
    }

    fn boundary(&mut self, node: &Node, owner: &str) -> Fact<Arc<Document>> {
        let Some(boundary) = self.shape.optional(node, "PermissionsBoundary") else { return Fact::Absent };
        let Some(arn) = self.shape.text(boundary, "PermissionsBoundaryArn") else { return Fact::Absent };
        match self.managed(arn, PolicyType::Boundary) {
            Some(Ok(document)) => Fact::Known(document),
            Some(Err(why)) => Fact::Unknown(missing(format!("the permissions boundary `{arn}` of {owner}"), why)),
            None => Fact::Absent,
        }
    }

    fn managed(&mut self, arn: &str, policy_type: PolicyType) -> Managed {
        let detail = match self.export.find(List::Policies, |entry| entry.arn == arn) {
            Ok(Some(detail)) => detail,
            Ok(None) => return Some(Err(self.not_listed(arn))),
            Err(problems) => {
                self.shape.extend(problems);
                return None;
            }
        };
        match default_version(&mut self.shape, &detail.node) {
            Some(node) => self.document(detail.file, node, &detail.entry.name, policy_type).map(Ok),
            None => Some(Err("its default version is not in the export".to_owned())),
        }
    }

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
