//! The Terraform plan of a check: read, laid over the facts, and told of in the report

use std::collections::BTreeMap;

use crate::catalog::Assumptions;
use crate::facts::snapshot::Snapshot;
use crate::facts::terraform::{Plan, Reading};
use crate::facts::{Environment, Fact, Identity, Level, MissingFact, Organization};
use crate::finding::{Finding, InputRole, Severity};
use crate::iam::{Arn, Principal};
use crate::policy::PolicyType;
use crate::source::{Problem, Problems};

use super::super::args::{AccountArgs, Mode};
use super::super::inputs::Inputs;
use super::super::{input, terminal};
use super::Gatherer;

const REFERENCES: &str = "terraform-references";
const MANAGES: &str = "terraform-manages";

/// Reads the plan, where one is given
pub(super) fn read(
    account: &AccountArgs,
    environment: &Environment,
    assumptions: &Assumptions,
    inputs: Option<&Inputs>,
) -> Result<Option<Plan>, Problems> {
    let Some(path) = account.terraform_plan.as_deref() else { return Ok(None) };
    if account.mode != Mode::Offline {
        let problem = Problem::general("`--terraform-plan` says what will be, and AWS only answers for what is");
        return Err(problem.with_help("leave out `--mode`, and lay the plan over a snapshot (--snapshot DIR)").into());
    }
    terminal::withhold(path);
    let reading = Reading {
        follows_references: assumptions.is(REFERENCES, "followed"),
        manages_everything: assumptions.is(MANAGES, "everything"),
    };
    let file = input::read_plan(path)?;
    if let Some(inputs) = inputs {
        inputs.document(InputRole::WhatIf, &file);
    }
    Ok(Some(Plan::read(file)?.applied_in(environment, reading)))
}

/// What is attached to a role that acts for a request; one that nobody knows is an unknown fact
pub(super) fn role(plan: &Plan, snapshot: Option<&Snapshot<'_>>, arn: &Arn) -> Fact<Identity> {
    let unknown = |why: String| {
        let source = format!("--snapshot DIR, or `{}`", plan.file());
        Fact::Unknown(MissingFact { what: format!("the policies of `{arn}`"), source, why })
    };
    match arn.as_str().parse::<Principal>() {
        Ok(principal) => plan.identity(snapshot, &principal).unwrap_or_else(|problems| unknown(problems.to_string())),
        Err(error) => unknown(error.to_string()),
    }
}

impl Gatherer<'_> {
    /// Names of the assumptions that the facts read so far rest on
    pub(in super::super) fn assumed(&self) -> impl Iterator<Item = &'static str> {
        let plan = self.plan.as_ref();
        let followed = plan.filter(|plan| plan.has_followed()).map(|_| REFERENCES);
        let completed = plan.filter(|plan| plan.has_completed()).map(|_| MANAGES);
        self.assumed.iter().copied().chain(followed).chain(completed)
    }

    pub(super) fn planned_levels(
        &self,
        levels: Fact<Vec<Level>>,
        organization: &Fact<Organization>,
        policy_type: PolicyType,
    ) -> Result<Fact<Vec<Level>>, Problems> {
        match &self.plan {
            Some(plan) => plan.levels(levels, organization, policy_type),
            None => Ok(levels),
        }
    }

    pub(super) fn planned_aliases(&self, aliases: Fact<BTreeMap<String, String>>) -> Fact<BTreeMap<String, String>> {
        match &self.plan {
            Some(plan) => plan.aliases(aliases),
            None => aliases,
        }
    }

    pub(super) fn open_aliases(&self) -> BTreeMap<String, MissingFact> {
        let open = self.plan.iter().flat_map(Plan::open_aliases);
        open.map(|(name, missing)| (name.to_owned(), missing)).collect()
    }

    /// What the report says of the plan itself
    pub(in super::super) fn plan_findings(&self) -> Vec<Finding> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let changes = plan.changes();
        let note = |message: String| Finding {
            severity: Severity::Note,
            ..Finding::warning("terraform-plan", Problem::general(message))
        };
        let counted = note(format!(
            "the facts are as `{}` will leave them: of the resources that are read, {} to add, {} to change, {} to destroy",
            plan.file(),
            changes.add,
            changes.change,
            changes.destroy
        ));
        let notices =
            plan.notices().iter().map(|notice| Finding::warning("terraform-plan", Problem::general(notice.clone())));
        let unread = plan.unread().into_iter().map(|problem| Finding::warning("terraform-unread", problem));
        std::iter::once(counted).chain(notices).chain(unread).collect()
    }
}
