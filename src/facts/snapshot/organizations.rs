//! Service and resource control policies: one folder per level of the organization

use std::sync::Arc;

use crate::facts::{Fact, Level, MissingFact, Organization};
use crate::policy::{Document, PolicyType};
use crate::source::{Position, Problem, Problems};

use super::files::{self, Gathered, JsonFile, NOT_THERE, Wanted};
use super::shape::Shape;
use super::{SnapshotFiles, documents};

/// Reads the levels of one type of policy, in the order of their folder names
///
/// # Errors
/// All problems of all its files. A policy that would be passed over because of its place or its
/// name is a problem too: a lost policy could be a lost denial.
pub(super) fn levels(
    files: &dyn SnapshotFiles,
    organization: &Fact<Organization>,
    policy_type: PolicyType,
) -> Result<Fact<Vec<Level>>, Problems> {
    match organization {
        Fact::Absent => return Ok(Fact::Absent),
        Fact::Unknown(missing) => return Ok(Fact::Unknown(missing.clone())),
        Fact::Known(_) => {}
    }
    let folder = folder(policy_type);
    let names = files::entries(files, folder)?;
    let noted = files.why_missing(folder);
    if names.is_empty() || noted.is_some() {
        let what = format!("the {} of the account", policy_type.words().replace("policy", "policies"));
        let path = format!("{folder}/NN-LEVEL/*.json");
        return Ok(Wanted::new(&path, what, "aws organizations describe-policy").missing(noted.unwrap_or(NOT_THERE)));
    }
    let mut gathered = Gathered::default();
    let levels = names.iter().filter_map(|name| gathered.keep(level(files, folder, name, policy_type))).collect();
    gathered.finish(Fact::Known(levels))
}

fn folder(policy_type: PolicyType) -> &'static str {
    if policy_type == PolicyType::ResourceControl { "organizations/rcps" } else { "organizations/scps" }
}

fn level(files: &dyn SnapshotFiles, folder: &str, name: &str, policy_type: PolicyType) -> Result<Level, Problems> {
    let path = format!("{folder}/{name}");
    let numbered = name.split_once('-').is_some_and(|(number, level)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !level.is_empty()
    });
    if !numbered || stem(name).is_some() {
        let message = format!("`{name}` is not the folder of a level");
        let help = "expected folders such as `01-root` and `02-workloads`, root first, with the policies in them";
        return Err(Problem::at(&files.label(&path), Position::START, message).with_help(help).into());
    }
    let mut gathered = Gathered::default();
    let entries = files::entries(files, &path)?;
    let policies = entries
        .iter()
        .filter_map(|entry| gathered.keep(policy(files, &format!("{path}/{entry}"), entry, policy_type)))
        .collect();
    let unread = files.why_missing(&path).map(|why| {
        let what = format!("a policy of level `{name}`");
        MissingFact { what, source: format!("{path} in the snapshot"), why: why.to_owned() }
    });
    gathered.finish(Level { name: name.to_owned(), policies, unread })
}

fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(".json").filter(|stem| !stem.is_empty())
}

fn policy(
    files: &dyn SnapshotFiles,
    path: &str,
    entry: &str,
    policy_type: PolicyType,
) -> Result<Arc<Document>, Problems> {
    let refuse = |message: &str, help: &str| Problem::at(&files.label(path), Position::START, message).with_help(help);
    let Some(stem) = stem(entry) else {
        return Err(refuse("only policies may stand in a level's folder", "name it *.json or move it away").into());
    };
    let Some(json) = files::json(files, path)? else {
        return Err(refuse("the file vanished while the snapshot was read", "try again").into());
    };
    if json.node.is_null() {
        return Err(refuse("a policy is expected, this is null", "delete the file when there is no such policy").into());
    }
    let name = name(&json, stem, policy_type)?;
    documents::wrapped(&json.file, &json.node, &name, policy_type)
}

/// The policy's own name from `describe-policy`, else the file's; the policy must be of the folder's type
fn name(json: &JsonFile, stem: &str, policy_type: PolicyType) -> Result<String, Problems> {
    let summary = json.node.member("Policy").and_then(|policy| policy.member("PolicySummary"));
    let Some(summary) = summary else { return Ok(stem.to_owned()) };
    let mut shape = Shape::new(&json.file.name);
    let expected = match policy_type {
        PolicyType::ResourceControl => "RESOURCE_CONTROL_POLICY",
        _ => "SERVICE_CONTROL_POLICY",
    };
    if let Some(kind) = shape.optional_text(summary, "Type")
        && kind != expected
    {
        shape.report(summary.at, format!("the policy is of type `{kind}`, in this folder they are `{expected}`"));
    }
    let name = shape.optional_text(summary, "Name").unwrap_or(stem);
    shape.finish(Some(name.to_owned()))
}
