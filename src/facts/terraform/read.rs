//! Reading the file: its version, its resource changes, what it says of itself

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::facts::Environment;
use crate::json;
use crate::source::{Position, Problem, Problems, SourceFile};

use super::configuration::Configuration;
use super::documents::{self, ReadPolicy};
use super::modules::module_path;
use super::providers::Providers;
use super::resource::{Action, Resource};
use super::unread;
use super::{Plan, Reading};

const HOW: &str = "terraform plan -out PLAN, then terraform show -json PLAN > plan.json";

/// The members of a plan that are read
#[derive(Deserialize)]
struct PlanText<'t> {
    format_version: Option<String>,
    #[serde(borrow)]
    planned_values: Option<&'t RawValue>,
    #[serde(borrow)]
    resource_changes: Option<Vec<&'t RawValue>>,
    #[serde(borrow)]
    deferred_changes: Option<Vec<Deferred<'t>>>,
    #[serde(borrow)]
    configuration: Option<&'t RawValue>,
    #[serde(borrow)]
    prior_state: Option<&'t RawValue>,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    /// The root of a state
    values: Option<serde::de::IgnoredAny>,
    errored: Option<bool>,
    complete: Option<bool>,
}

#[derive(Deserialize)]
struct Deferred<'t> {
    #[serde(borrow)]
    resource_change: Option<&'t RawValue>,
}

#[derive(Deserialize)]
struct Variable {
    value: Option<serde_json::Value>,
}

/// The head of a resource change
#[derive(Deserialize)]
struct Head<'t> {
    address: String,
    #[serde(default)]
    module_address: Option<String>,
    mode: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(borrow)]
    index: Option<&'t RawValue>,
    change: ChangeHead,
}

#[derive(Deserialize)]
struct ChangeHead {
    actions: Vec<String>,
}

impl Plan {
    /// Reads the output of `terraform show -json PLAN`
    ///
    /// # Errors
    /// When it is not JSON, is a state or a log, has a format version that is not understood, or comes from a plan
    /// that failed; and all resource changes that have not the documented shape.
    pub fn read(file: SourceFile) -> Result<Self, Problems> {
        let text = plan_text(&file)?;
        let mut problems: Vec<Problem> = whole(&file, &text).into_iter().collect();
        let mut resources = Vec::new();
        let mut changes = Changes { file: &file, resources: &mut resources, problems: &mut problems };
        text.resource_changes.iter().flatten().for_each(|raw| changes.add(raw, None));
        let deferred = text.deferred_changes.iter().flatten().filter_map(|deferred| deferred.resource_change);
        deferred.for_each(|raw| changes.add(raw, Some(Action::Deferred)));
        let configuration = keep(Configuration::read(&file, text.configuration), &mut problems).unwrap_or_default();
        let read_policies: Vec<ReadPolicy> =
            keep(documents::read_policies(&file, text.prior_state), &mut problems).unwrap_or_default();
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let variables = text
            .variables
            .into_iter()
            .filter_map(|(name, variable)| Some((name, variable.value?.as_str()?.to_owned())));
        let providers = Providers::of(&configuration, &variables.collect());
        let mut notices = Vec::new();
        if text.complete == Some(false) {
            notices.push(format!(
                "`{}` is not complete: further plans will be needed after it, and their changes are not seen",
                file.name
            ));
        }
        Ok(Self {
            file,
            resources,
            read_policies,
            configuration,
            providers,
            environment: Environment::default(),
            reading: Reading { follows_references: false, manages_everything: false },
            notices,
            followed: Cell::new(false),
            completed: Cell::new(false),
        })
    }
}

fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// What is wrong with the file as a whole
fn whole(file: &SourceFile, text: &PlanText<'_>) -> Option<Problem> {
    let problem = |message: String| Problem::at(&file.name, Position::START, message);
    let Some(version) = text.format_version.as_deref() else {
        return Some(
            problem("the file has no `format_version`, so it is no plan of Terraform".to_owned()).with_help(HOW),
        );
    };
    if !matches!(version.split('.').next(), Some("0" | "1")) {
        return Some(
            problem(format!("the plan has format version {version}; this version reads 0.x and 1.x"))
                .with_help("update iam-preflight, or write the plan with an earlier Terraform"),
        );
    }
    if text.values.is_some() && text.planned_values.is_none() {
        return Some(problem("the file is a state, not a plan".to_owned()).with_help(HOW));
    }
    if text.errored == Some(true) {
        return Some(
            problem("the plan failed, so it does not say what will be".to_owned())
                .with_help("run terraform plan again, until it ends without an error"),
        );
    }
    if text.planned_values.is_none() && text.resource_changes.is_none() {
        return Some(problem("the file has neither `planned_values` nor `resource_changes`".to_owned()).with_help(HOW));
    }
    // A plan without any resource leaves the list out.
    let has_resources = text.planned_values.is_some_and(|values| values.get().contains("\"address\""));
    (text.resource_changes.is_none() && has_resources).then(|| {
        problem("the plan has resources but no `resource_changes`: something was cut out of it".to_owned())
            .with_help(HOW)
    })
}

/// The members of the file; one that is not JSON has its first syntax error
fn plan_text(file: &SourceFile) -> Result<PlanText<'_>, Problem> {
    let start = file.text.trim_start();
    if !start.starts_with('{') {
        let problem = Problem::at(&file.name, Position::START, "a plan of Terraform is a JSON object");
        return Err(problem.with_help(HOW));
    }
    let plan = serde_json::from_str::<PlanText<'_>>(&file.text);
    plan.map_err(|error| {
        let at = file.position(json::byte_offset(&file.text, error.line(), error.column()));
        let log = start.lines().next().is_some_and(|line| line.contains("\"@level\""));
        let message = match (log, error.is_data()) {
            (true, _) => "the file is the log that `terraform plan -json` prints, not a plan".to_owned(),
            (_, true) => format!("not a plan of Terraform: {}", json::reason(&error)),
            (_, false) => format!("not valid JSON: {}", json::reason(&error)),
        };
        Problem::at(&file.name, at, message).with_help(HOW)
    })
}

/// Where a raw value begins in the text of its file
pub(super) fn start_of(file: &SourceFile, raw: &RawValue) -> usize {
    // INVARIANT: a raw value borrows from the file's text, so the distance of the two is its place.
    raw.get().as_ptr().addr() - file.text.as_ptr().addr()
}

/// Resource changes as they are read
struct Changes<'r> {
    file: &'r SourceFile,
    resources: &'r mut Vec<Resource>,
    problems: &'r mut Vec<Problem>,
}

impl Changes<'_> {
    fn add(&mut self, raw: &RawValue, action: Option<Action>) {
        match self.resource(raw, action) {
            Ok(resource) => self.resources.extend(resource),
            Err(problems) => self.problems.extend(problems.0),
        }
    }

    fn resource(&self, raw: &RawValue, action: Option<Action>) -> Result<Option<Resource>, Problems> {
        let start = start_of(self.file, raw);
        let problem =
            |message: String| Problems::from(Problem::at(&self.file.name, self.file.position(start), message));
        if !raw.get().starts_with('{') {
            return Err(problem("a resource change is a JSON object".to_owned()));
        }
        let head: Head<'_> = serde_json::from_str(raw.get())
            .map_err(|error| problem(format!("not a resource change: {}", json::reason(&error))))?;
        let managed = head.mode.as_deref().is_none_or(|mode| mode == "managed");
        if !managed || !unread::matters(&head.kind) {
            return Ok(None);
        }
        let module = head.module_address.as_deref().unwrap_or_default();
        let module = module_path(module).ok_or_else(|| problem(format!("`{module}` is no address of a module")))?;
        let node = json::parse_range(self.file, start, start + raw.get().len())?;
        let duplicates = json::duplicate_keys(&self.file.name, &node);
        if !duplicates.is_empty() {
            return Err(Problems(duplicates));
        }
        let Some(change) = node.member("change") else { return Err(problem("it has no `change`".to_owned())) };
        Ok(Some(Resource {
            address: head.address,
            module,
            kind: head.kind,
            name: head.name,
            index: head.index.map(|index| index.get().to_owned()).filter(|index| index != "null"),
            action: action.unwrap_or_else(|| Action::of(&head.change.actions)),
            at: node.member("address").unwrap_or(&node).at,
            change: change.clone(),
        }))
    }
}
