//! Policy documents that a plan holds

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::facts::{Fact, MissingFact};
use crate::json::{self, Node};
use crate::policy::{Document, PolicyType, parse};
use crate::source::{Problem, Problems, SourceFile};

use super::Plan;
use super::read::start_of;
use super::resource::{Field, Resource};

/// A managed policy that a data source has read
#[derive(Debug)]
pub(super) struct ReadPolicy {
    /// The data source
    pub(super) address: String,
    /// The ARN of the policy
    pub(super) arn: String,
    /// Its text, with its place
    pub(super) policy: Node,
}

#[derive(Deserialize)]
struct State<'t> {
    #[serde(borrow)]
    values: Option<Values<'t>>,
}

#[derive(Deserialize)]
struct Values<'t> {
    #[serde(borrow)]
    root_module: Option<StateModule<'t>>,
}

#[derive(Deserialize)]
struct StateModule<'t> {
    #[serde(borrow, default)]
    resources: Vec<StateResource<'t>>,
    #[serde(borrow, default)]
    child_modules: Vec<StateModule<'t>>,
}

#[derive(Deserialize)]
struct StateResource<'t> {
    #[serde(default)]
    address: String,
    mode: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    values: Option<&'t RawValue>,
    #[serde(borrow)]
    sensitive_values: Option<&'t RawValue>,
}

/// The managed policies that data sources of a plan have read
///
/// # Errors
/// When the prior state has not the documented shape.
pub(super) fn read_policies(file: &SourceFile, raw: Option<&RawValue>) -> Result<Vec<ReadPolicy>, Problem> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    let state = serde_json::from_str::<State<'_>>(raw.get()).map_err(|error| {
        let offset = json::byte_offset(raw.get(), error.line(), error.column());
        let at = file.position(start_of(file, raw) + offset);
        Problem::at(&file.name, at, format!("not the prior state of a plan: {}", json::reason(&error)))
    })?;
    let mut policies = Vec::new();
    let mut modules: Vec<StateModule<'_>> = state.values.and_then(|values| values.root_module).into_iter().collect();
    while let Some(module) = modules.pop() {
        for resource in module.resources {
            policies.extend(read_policy(file, &resource)?);
        }
        modules.extend(module.child_modules);
    }
    Ok(policies)
}

fn read_policy(file: &SourceFile, resource: &StateResource<'_>) -> Result<Option<ReadPolicy>, Problem> {
    let is_policy = resource.mode.as_deref() == Some("data") && resource.kind.as_deref() == Some("aws_iam_policy");
    let sensitive = resource.sensitive_values.is_some_and(|marks| marks.get().contains("true"));
    let (Some(values), true, false) = (resource.values, is_policy, sensitive) else { return Ok(None) };
    let start = start_of(file, values);
    let node = json::parse_range(file, start, start + values.get().len())?;
    let arn = node.member("arn").and_then(Node::text);
    let policy = node.member("policy").filter(|policy| policy.text().is_some());
    let (Some(arn), Some(policy)) = (arn, policy) else { return Ok(None) };
    Ok(Some(ReadPolicy { address: resource.address.clone(), arn: arn.to_owned(), policy: policy.clone() }))
}

impl Plan {
    /// The document in an attribute of a resource, under the resource's address
    ///
    /// # Errors
    /// All problems of the document.
    pub(super) fn document(
        &self,
        resource: &Resource,
        attribute: &str,
        policy_type: PolicyType,
    ) -> Result<Fact<Arc<Document>>, Problems> {
        match resource.text(attribute) {
            Field::Absent => Ok(Fact::Absent),
            Field::Unknown(why) => Ok(Fact::Unknown(self.open_attribute(resource, attribute, why))),
            Field::Known(_) => {
                let node = resource.after(attribute).known();
                let document = node.map(|node| self.document_at(node, &resource.address, policy_type)).transpose()?;
                Ok(document.map_or(Fact::Absent, Fact::Known))
            }
        }
    }

    /// The document at a place of the plan
    ///
    /// # Errors
    /// All problems of the document, each naming the address.
    pub(super) fn document_at(
        &self,
        node: &Node,
        address: &str,
        policy_type: PolicyType,
    ) -> Result<Arc<Document>, Problems> {
        let document = parse::parse_node(&self.file, node, address, policy_type);
        document.map(Arc::new).map_err(|mut problems| {
            for problem in &mut problems.0 {
                problem.message = format!("`{address}`: {}", problem.message);
            }
            problems
        })
    }

    /// A managed policy by its ARN, or by its address where the ARN cannot be told; `None` when the plan does not have it
    ///
    /// # Errors
    /// All problems of the document.
    pub(super) fn managed_policy(
        &self,
        arn: &str,
        what: &str,
        policy_type: PolicyType,
    ) -> Result<Option<Fact<Arc<Document>>>, Problems> {
        let planned = self.of_type("aws_iam_policy").filter(|policy| self.policy_key(policy) == arn);
        let mut deleted = None;
        for policy in planned {
            if policy.stays() {
                let document = match self.document(policy, "policy", policy_type)? {
                    Fact::Absent => Fact::Unknown(self.open_attribute(policy, "policy", "the plan does not hold it")),
                    Fact::Unknown(missing) => Fact::Unknown(MissingFact { what: what.to_owned(), ..missing }),
                    known @ Fact::Known(_) => known,
                };
                return Ok(Some(document));
            }
            deleted = Some(policy);
        }
        if let Some(policy) = deleted {
            return Ok(Some(Fact::Unknown(self.open(policy, what.to_owned(), "the plan deletes the policy"))));
        }
        match self.read_policies.iter().find(|policy| policy.arn == arn) {
            Some(policy) => {
                self.document_at(&policy.policy, &policy.address, policy_type).map(|known| Some(Fact::Known(known)))
            }
            None => Ok(None),
        }
    }

    /// What a managed policy is attached by: its ARN, put together from account, path and name where it is not yet
    /// known; its address where one of these is not known either
    pub(super) fn policy_key(&self, policy: &Resource) -> String {
        let arn = match policy.text("arn") {
            Field::Known(arn) => Some(arn.to_owned()),
            _ => match policy.before_text("arn") {
                // A policy that changes in place keeps its ARN.
                Some(arn) if !matches!(policy.action, super::Action::Replace { .. }) => Some(arn.to_owned()),
                _ => self.future_arn(policy, "policy"),
            },
        };
        arn.unwrap_or_else(|| policy.address.clone())
    }

    /// The ARN that a new policy, role, user or group will have
    pub(super) fn future_arn(&self, resource: &Resource, kind: &str) -> Option<String> {
        let name = resource.text("name").known()?;
        let path = match resource.text("path") {
            Field::Known(path) => path,
            Field::Absent => "/",
            Field::Unknown(_) => return None,
        };
        let own = self.whose(resource) == super::providers::Whose::Own;
        let account = self.environment.account.as_ref().filter(|_| own)?;
        let partition = self.environment.partition.as_ref().map_or("aws", crate::iam::Partition::as_str);
        Some(format!("arn:{partition}:iam::{account}:{kind}{path}{name}"))
    }
}
