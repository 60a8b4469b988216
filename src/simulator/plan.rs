//! From questions to the fewest calls

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::evaluate::{Authorization, Program};
use crate::judge::{Call, Decided, Decider};

use super::ask::Ask;
use super::entry::ContextEntry;

/// How many resources one call names: others met trouble with larger calls (`PMapper`, pull request 6)
const RESOURCES: usize = 20;

/// One call of `SimulatePrincipalPolicy`: every action on every resource, in one context
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedCall {
    /// The role whose policies are simulated, where it is not the caller
    pub role: Option<Arc<str>>,
    /// The context
    pub context: Arc<[ContextEntry]>,
    /// Who owns the resources
    pub owner: Option<Arc<str>>,
    /// The policy of the bucket that all resources belong to
    pub resource_policy: Option<Arc<str>>,
    /// The actions
    pub actions: Vec<Arc<str>>,
    /// The resources; each is asked about with each action
    pub resources: Vec<Arc<str>>,
    /// Policies to leave out
    pub exclusions: Vec<Exclusion>,
}

/// A type of policies that a call leaves out
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exclusion {
    /// Service control policies
    Scp,
    /// The permissions boundary
    Boundary,
}

impl Exclusion {
    /// The word of the API
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Scp => "scp",
            Self::Boundary => "permission-boundary",
        }
    }
}

/// Notes every question that the judging of needs raises, and answers none
#[derive(Debug, Default)]
pub struct Recorder {
    asks: RefCell<BTreeSet<Ask>>,
}

impl Recorder {
    /// The questions, each once
    #[must_use]
    pub fn into_asks(self) -> BTreeSet<Ask> {
        self.asks.into_inner()
    }
}

impl Decider for Recorder {
    fn decide(&self, program: &Program, request: &Authorization<'_>, call: &Call<'_>) -> Decided {
        if let Ok(ask) = Ask::of(call, request, program) {
            self.asks.borrow_mut().insert(ask);
        }
        Decided::alone(program.reasons(request), request)
    }
}

/// The fewest calls that ask everything, and nothing that was not asked
///
/// Questions about one identity in one context, with one bucket policy, are put together: first the resources of each action, then the actions that share their
/// resources. So every pair inside a call is a question; an object never meets an action on buckets.
#[must_use]
pub fn plan(asks: &BTreeSet<Ask>, exclusions: &[Exclusion]) -> Vec<PlannedCall> {
    let mut by_context: BTreeMap<_, BTreeMap<Arc<str>, Vec<Arc<str>>>> = BTreeMap::new();
    for ask in asks {
        let context = (ask.role.clone(), Arc::clone(&ask.context), ask.owner.clone(), ask.resource_policy.clone());
        let resources = by_context.entry(context).or_default().entry(Arc::clone(&ask.action)).or_default();
        resources.push(Arc::clone(&ask.resource));
    }
    let mut calls = Vec::new();
    for ((role, context, owner, resource_policy), by_action) in by_context {
        let mut by_resources: BTreeMap<Vec<Arc<str>>, Vec<Arc<str>>> = BTreeMap::new();
        for (action, resources) in by_action {
            by_resources.entry(resources).or_default().push(action);
        }
        for (resources, actions) in by_resources {
            calls.extend(resources.chunks(RESOURCES).map(|resources| PlannedCall {
                role: role.clone(),
                context: Arc::clone(&context),
                owner: owner.clone(),
                resource_policy: resource_policy.clone(),
                actions: actions.clone(),
                resources: resources.to_vec(),
                exclusions: exclusions.to_vec(),
            }));
        }
    }
    calls
}

impl PlannedCall {
    /// The questions that it asks
    pub fn asks(&self) -> impl Iterator<Item = Ask> {
        let pairs =
            self.actions.iter().flat_map(|action| self.resources.iter().map(move |resource| (action, resource)));
        pairs.map(|(action, resource)| self.ask(action, resource))
    }

    pub(super) fn ask(&self, action: &Arc<str>, resource: &Arc<str>) -> Ask {
        Ask {
            role: self.role.clone(),
            context: Arc::clone(&self.context),
            owner: self.owner.clone(),
            resource_policy: self.resource_policy.clone(),
            action: Arc::clone(action),
            resource: Arc::clone(resource),
        }
    }
}
