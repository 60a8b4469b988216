//! The simulator's answers: read in both shapes, each attributed to the question that it answers
//!
//! Until July 2026 there was one result for each action and resource. Since then there is one for each action: its
//! top level is the most restrictive of all, and what holds for a resource stands in the resource's own result only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ask::Ask;
use super::outcome::Failure;
use super::plan::PlannedCall;

/// A decision as the API words it
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// `allowed`
    Allowed,
    /// `explicitDeny`
    ExplicitDeny,
    /// `implicitDeny`
    ImplicitDeny,
    /// A word that is not known here
    Other(String),
}

impl From<&str> for Decision {
    fn from(word: &str) -> Self {
        match word {
            "allowed" => Self::Allowed,
            "explicitDeny" => Self::ExplicitDeny,
            "implicitDeny" => Self::ImplicitDeny,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A statement that the simulator names
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchedStatement {
    /// The policy, in the API's own terms: a managed policy's name, `role_NAME_POLICY`
    pub policy: Option<String>,
    /// What the policy is attached to; the words on the wire are others than those of the API's model
    pub kind: Option<String>,
    /// Line and column in the stored document, from 1
    pub at: Option<(u32, u32)>,
}

/// One result as it was sent
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationResult {
    /// The action
    pub action: String,
    /// The top level, of which the resource may be a template
    pub top: ResourceResult,
    /// Whether the organization's policies allow, where the API says so
    pub organizations: Option<bool>,
    /// What holds for each resource
    pub specific: Vec<ResourceResult>,
}

/// What one resource, or the top level, says
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceResult {
    /// The resource; a template on top
    pub resource: Option<String>,
    /// The decision
    pub decision: Decision,
    /// Whether the permissions boundary allows, where the API says so
    pub boundary: Option<bool>,
    /// The statements that decided
    pub matched: Vec<MatchedStatement>,
    /// Keys that policies test and the call did not carry
    pub missing: Vec<String>,
}

/// The answer to one question
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// What holds for the resource
    pub result: ResourceResult,
    /// Whether the organization's policies allow
    pub organizations: Organizations,
    /// Whether the bucket's policy was part of the simulation
    pub resource_policy: ResourcePolicy,
}

/// Whether a simulation had the resource's policy
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourcePolicy {
    /// It had
    Simulated,
    /// It had not
    LeftOut,
}

/// What the simulator said of the organization's policies
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Organizations {
    /// Nothing
    Unsaid,
    /// They allow
    Allow,
    /// They do not allow
    Deny,
    /// They do not allow on at least one of several resources, and it did not say on which
    DenySome,
}

/// The answer to each question of a call; a question without one has failed
#[must_use]
pub fn attribute(
    call: &PlannedCall,
    results: &[SimulationResult],
    resource_policy: ResourcePolicy,
) -> BTreeMap<Ask, Result<Simulated, Failure>> {
    let mut answers: BTreeMap<Ask, Result<Simulated, Failure>> = BTreeMap::new();
    for result in results {
        let Some(action) = call.actions.iter().find(|action| action.eq_ignore_ascii_case(&result.action)) else {
            continue;
        };
        for (resource, result, organizations) in of_resources(call, result) {
            let simulated = Simulated { result, organizations, resource_policy };
            let ask = call.ask(action, resource);
            let answer = match &simulated.result.decision {
                Decision::Other(word) => Err(Failure::Garbled(format!("`{word}` is no decision known here"))),
                _ => Ok(simulated),
            };
            match answers.get(&ask) {
                Some(before) if *before != answer => {
                    let two = Failure::Garbled("two answers to one question contradict each other".to_owned());
                    answers.insert(ask, Err(two));
                }
                _ => {
                    answers.insert(ask, answer);
                }
            }
        }
    }
    for ask in call.asks() {
        answers.entry(ask).or_insert(Err(Failure::Unanswered));
    }
    answers
}

/// The resources of the call that a result speaks of
fn of_resources<'c>(
    call: &'c PlannedCall,
    result: &SimulationResult,
) -> Vec<(&'c Arc<str>, ResourceResult, Organizations)> {
    let named = |name: Option<&str>| call.resources.iter().find(|resource| Some(&***resource) == name);
    let several = call.resources.len() > 1;
    if !result.specific.is_empty() {
        let organizations = Organizations::of(result.organizations, several);
        let specific = result.specific.iter().filter_map(|specific| {
            let resource = named(specific.resource.as_deref())?;
            Some((resource, specific.clone(), organizations))
        });
        return specific.collect();
    }
    let only = if several { None } else { call.resources.first() };
    let resource = named(result.top.resource.as_deref()).or(only);
    let organizations = Organizations::of(result.organizations, false);
    resource.map(|resource| (resource, result.top.clone(), organizations)).into_iter().collect()
}

impl Organizations {
    fn of(allowed: Option<bool>, several: bool) -> Self {
        match (allowed, several) {
            (None, _) => Self::Unsaid,
            (Some(true), _) => Self::Allow,
            (Some(false), false) => Self::Deny,
            (Some(false), true) => Self::DenySome,
        }
    }
}

impl Simulated {
    /// Whether it is one of the denials
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.result.decision != Decision::Allowed
    }
}
