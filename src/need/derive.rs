//! The derivation: one operation, one request and one account make the needed permissions

use std::collections::BTreeSet;

use crate::catalog::assumption::{BUCKET_OWNER, SIDE_EFFECTS};
use crate::catalog::{Assumptions, FactSource, Operation, Row, Strength, Via};
use crate::facts::{Fact, Facts, MissingFact};
use crate::request::Request;
use crate::source::Location;

use super::basis::{Basis, missing};
use super::condition::Answer;
use super::element::{Element, ElementValue, elements};
use super::place::asked_at;
use super::precondition::{Outcome, PreconditionResult};
use super::scope::Scope;
use super::{Actor, Need, Target, principal};

/// What a derivation is made from
#[derive(Debug, Clone, Copy)]
pub struct DeriveInput<'a> {
    /// The operation
    pub operation: &'a Operation,
    /// The planned request
    pub request: &'a Request,
    /// What is known of the account
    pub facts: &'a Facts,
    /// The assumptions in force
    pub assumptions: &'a Assumptions,
    /// What is not known of the dataset: no manifest given, lines that cannot be read
    pub dataset_missing: &'a [MissingFact],
}

/// What a request needs
#[derive(Debug, Clone, Default)]
pub struct Derivation {
    /// The permissions, in the order of the catalog
    pub needs: Vec<Need>,
    /// What must hold beyond them
    pub preconditions: Vec<PreconditionResult>,
    /// The assumptions that rows rest on, also those by which a row is not needed
    pub assumptions_used: BTreeSet<String>,
    /// Members of the request whose needs the catalog does not know, with their places
    pub unmodelled: Vec<(String, Location)>,
    /// What is not known of a generated operation
    pub beyond: Beyond,
}

/// What an operation may need beyond its rows
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Beyond {
    /// Nothing: somebody wrote all of it down
    #[default]
    Nothing,
    /// Nobody knows: its rows were generated
    Unknown,
    /// Nothing, as the user assumes of generated rows
    AssumedNothing,
}

/// Derives what a request needs
///
/// A fact that is not known never drops a row: the row stays and names the fact. Condition keys that follow from
/// [`Need::via`] alone (`aws:ViaAWSService`, `kms:ViaService`, …) are not in [`Need::context`]. Preconditions on
/// the dataset's buckets and keys are left to [`check_dataset`], for they are known only once the manifests are read.
#[must_use]
pub fn derive(input: &DeriveInput<'_>) -> Derivation {
    let scope = scope(input);
    let mut derivation = Derivation::default();
    for (name, principal) in &input.operation.header.principal {
        principal::rows(scope, name, principal, &mut derivation);
    }
    for row in &input.operation.rows {
        rows(scope, row, input.dataset_missing, &mut derivation);
    }
    for precondition in &input.operation.preconditions {
        for result in scope.precondition(precondition) {
            attach(&result, &mut derivation);
            derivation.preconditions.push(result);
        }
    }
    if input.operation.is_generated() {
        derivation.assumptions_used.insert(SIDE_EFFECTS.to_owned());
        let open = input.operation.has_open_side_effects(input.assumptions);
        derivation.beyond = if open { Beyond::Unknown } else { Beyond::AssumedNothing };
    }
    let unmodelled = input.operation.header.unmodelled.iter().filter(|path| input.request.is_present(path));
    derivation.unmodelled = unmodelled.map(|path| (path.clone(), input.request.location(path))).collect();
    derivation
}

/// Checks the preconditions on the dataset's buckets (by name) and keys (by ARN)
///
/// An unknown outcome makes the rows `undetermined` whose id is [`PreconditionResult::row`].
#[must_use]
pub fn check_dataset(
    input: &DeriveInput<'_>,
    buckets: &BTreeSet<String>,
    keys: &BTreeSet<String>,
) -> Vec<PreconditionResult> {
    let scope = scope(input);
    let preconditions = input.operation.preconditions.iter();
    preconditions.flat_map(|precondition| scope.dataset_precondition(precondition, (buckets, keys))).collect()
}

pub(super) fn scope<'a>(input: &DeriveInput<'a>) -> Scope<'a> {
    Scope {
        operation: input.operation,
        request: input.request,
        facts: input.facts,
        assumptions: input.assumptions,
        element: None,
    }
}

impl Derivation {
    /// Adds the outcomes of [`check_dataset`]
    pub fn add_preconditions(&mut self, results: Vec<PreconditionResult>) {
        for result in results {
            attach(&result, self);
            self.preconditions.push(result);
        }
    }
}

/// An unknown outcome and the assumptions of a precondition belong to its row
fn attach(result: &PreconditionResult, derivation: &mut Derivation) {
    derivation.assumptions_used.extend(result.assumptions.iter().cloned());
    let numbered = format!("{}.", result.row);
    for need in derivation.needs.iter_mut().filter(|need| need.id == result.row || need.id.starts_with(&numbered)) {
        need.assumptions.extend(result.assumptions.iter().cloned());
        if let Outcome::Unknown(missing) = &result.outcome
            && !need.missing.contains(missing)
        {
            need.missing.push(missing.clone());
        }
    }
}

/// The needs of one row: one for each element, action and resource
fn rows(scope: Scope<'_>, row: &Row, dataset_missing: &[MissingFact], derivation: &mut Derivation) {
    let first = derivation.needs.len();
    let mut of_actor = Basis::default();
    if !acts(scope, &row.actor, &mut of_actor) {
        return;
    }
    for element in &elements(scope, row) {
        let scope = Scope { element: element.as_ref(), ..scope };
        let mut basis = of_actor.clone();
        let answer = scope.holds(&row.when, &mut basis);
        if let Answer::Unknown(lacking) = &answer {
            basis.lack_all(lacking.iter().cloned());
        }
        derivation.assumptions_used.extend(basis.assumptions.iter().cloned());
        if answer == Answer::No {
            continue;
        }
        if let Some(Element { value: ElementValue::Dataset(source), .. }) = scope.element {
            rest_on_dataset(scope, source, dataset_missing, &mut basis);
        }
        for template in &row.resource {
            let mut own = basis.clone();
            if let Some(target) = scope.target(template, &mut own) {
                add(scope, row, (&target, asked_at(scope, row, template)), &own, derivation);
            }
        }
    }
    number(derivation.needs.get_mut(first..).unwrap_or_default());
}

/// Whether a row's actor takes part in the request at all; a role that is not known is a missing fact
fn acts(scope: Scope<'_>, actor: &str, basis: &mut Basis) -> bool {
    let Some(principal) = scope.operation.header.principal.get(actor) else { return true };
    match scope.holds(&principal.when, basis) {
        Answer::No => return false,
        Answer::Yes => {}
        Answer::Unknown(lacking) => basis.lack_all(lacking),
    }
    let _ = principal::role(scope, principal, basis);
    true
}

fn rest_on_dataset(scope: Scope<'_>, source: &FactSource, dataset_missing: &[MissingFact], basis: &mut Basis) {
    let objects = match source {
        FactSource::DatasetKeys { of } | FactSource::DatasetBuckets { of } => scope.operation.header.fact.get(of),
        other => Some(other),
    };
    if let Some(FactSource::DatasetObjects { complete: Some(assumption), .. }) = objects
        && basis.assume(scope.assumptions, assumption) == "partial"
    {
        basis.lack(missing(
            "the rest of the dataset's objects",
            "all manifests with --train and --test",
            format!("`{assumption}` is assumed to be partial"),
        ));
    }
    basis.lack_all(dataset_missing.iter().cloned());
}

/// Whether S3 said of each bucket whose it is; then nothing is assumed of it
fn owners_are_known(scope: Scope<'_>) -> bool {
    let buckets = &scope.facts.buckets;
    let assumed = scope.assumptions.value(BUCKET_OWNER) == Some("account");
    assumed && !buckets.is_empty() && buckets.values().all(|bucket| matches!(bucket.owner, Fact::Known(_)))
}

fn add(
    scope: Scope<'_>,
    row: &Row,
    (target, asked_at): (&Target, Location),
    basis: &Basis,
    derivation: &mut Derivation,
) {
    let mut basis = basis.clone();
    let told = owners_are_known(scope);
    basis.assumptions.extend(row.assumes.iter().filter(|name| !told || *name != BUCKET_OWNER).cloned());
    let strength = strength(scope, row, &mut basis);
    let via = via(scope, &row.via, &mut basis);
    let context = scope.context(row, &mut basis);
    derivation.assumptions_used.extend(basis.assumptions.iter().cloned());
    for action in &row.action {
        derivation.needs.push(Need {
            id: row.id.clone(),
            actor: Actor::named(&row.actor),
            action: action.clone(),
            target: target.clone(),
            via: via.clone(),
            via_assumption: row.via.assumption().map(str::to_owned),
            context: context.clone(),
            strength,
            any_of: row.any_of.clone(),
            phase: scope.operation.phase(row),
            because: row.because.clone(),
            sources: scope.operation.sources(&row.src),
            assumptions: basis.assumptions.clone(),
            missing: basis.missing.clone(),
            asked_at: asked_at.clone(),
            is_generated: scope.operation.is_generated(),
            creates: row.creates,
        });
    }
}

/// A row that may be a must counts as one
fn strength(scope: Scope<'_>, row: &Row, basis: &mut Basis) -> Strength {
    match &row.must_when {
        None => row.need,
        Some(condition) => match scope.holds(condition, basis) {
            Answer::No => row.need,
            Answer::Yes => Strength::Must,
            Answer::Unknown(lacking) => {
                basis.lack_all(lacking);
                Strength::Must
            }
        },
    }
}

fn via(scope: Scope<'_>, via: &Via, basis: &mut Basis) -> Vec<Vec<String>> {
    match via {
        Via::Chain(chain) => vec![chain.clone()],
        Via::OneOf(alternatives) => {
            let assumed = alternatives.assume.as_ref().map(|name| basis.assume(scope.assumptions, name));
            match assumed.and_then(|value| alternatives.one_of.get(value)) {
                Some(chain) => vec![chain.clone()],
                None => alternatives.one_of.values().cloned().collect(),
            }
        }
    }
}

/// Of several needs of one row the ids carry numbers from 1
fn number(needs: &mut [Need]) {
    if needs.len() > 1 {
        for (index, need) in needs.iter_mut().enumerate() {
            need.id = format!("{}.{}", need.id, index + 1);
        }
    }
}
