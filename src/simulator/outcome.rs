//! What came of asking: answers, and why there is none

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answer::Simulated;
use super::ask::Ask;

/// Why a question has no answer
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Failure {
    /// The checker may not simulate
    #[error("the checker may not call `iam:SimulatePrincipalPolicy` on this principal")]
    NotPermitted,
    /// AWS does not know the principal
    #[error("AWS does not know this principal")]
    NoSuchPrincipal,
    /// AWS refused the call
    #[error("AWS refused the simulation as invalid: {0}")]
    InvalidInput(String),
    /// AWS could not evaluate a policy
    #[error("AWS could not evaluate a policy of the principal: {0}")]
    PolicyEvaluation(String),
    /// Throttled until the budget was used up
    #[error("AWS throttled the simulation until the retries were used up")]
    Throttled,
    /// The answer makes no sense
    #[error("AWS's answer could not be read: {0}")]
    Garbled(String),
    /// The answer says nothing of this action and resource
    #[error("AWS's answer says nothing of this action on this resource")]
    Unanswered,
    /// AWS could not be reached
    #[error("AWS could not be reached: {0}")]
    Unreachable(String),
    /// The deadline of the run had passed
    #[error("the deadline had passed before AWS answered")]
    Deadline,
    /// The question was not asked
    #[error("{0}")]
    NotAsked(String),
}

impl Failure {
    /// The id of the finding that reports it
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::NotPermitted => "simulator-not-permitted",
            Self::NoSuchPrincipal => "simulator-no-such-principal",
            Self::InvalidInput(_) => "simulator-invalid-input",
            Self::PolicyEvaluation(_) => "simulator-policy-evaluation",
            Self::Throttled => "simulator-throttled",
            Self::Garbled(_) => "simulator-garbled",
            Self::Unanswered => "simulator-unanswered",
            Self::Unreachable(_) => "simulator-unreachable",
            Self::Deadline => "simulator-deadline",
            Self::NotAsked(_) => "simulator-not-asked",
        }
    }

    /// Whether every further call would fail in the same way
    #[must_use]
    pub fn meets_all(&self) -> bool {
        matches!(self, Self::NotPermitted | Self::NoSuchPrincipal | Self::Throttled | Self::Deadline)
    }

    /// What to do about it
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotPermitted => "allow the checker `iam:SimulatePrincipalPolicy` on the principal's ARN",
            Self::NoSuchPrincipal => "check the ARN and its path, and whether the credentials are of its account",
            Self::InvalidInput(_) | Self::Garbled(_) | Self::Unanswered => "please report it with the message",
            Self::PolicyEvaluation(_) => "look for a policy of the principal that AWS cannot read",
            Self::Throttled | Self::Deadline => "try again later, or with a longer `--deadline`",
            Self::Unreachable(_) => "check the network and the endpoint; IAM is reached in its partition's home Region",
            Self::NotAsked(_) => "use `--mode offline`, or a principal that the simulator takes",
        }
    }
}

/// All answers of one run
#[derive(Debug, Clone, Default)]
pub struct Answers {
    first: BTreeMap<Ask, Result<Simulated, Failure>>,
    /// Answers to the questions that were asked again with policies left out
    without: BTreeMap<Ask, Simulated>,
    /// Why nothing was asked about the caller at all
    none: Option<Failure>,
}

impl Answers {
    /// No answers about the caller, for one reason
    #[must_use]
    pub fn none(why: Failure) -> Self {
        Self { none: Some(why), ..Self::default() }
    }

    /// These questions without an answer, for one reason
    #[must_use]
    pub fn unasked(asks: impl IntoIterator<Item = Ask>, why: &Failure) -> Self {
        Self { first: asks.into_iter().map(|ask| (ask, Err(why.clone()))).collect(), ..Self::default() }
    }

    /// Adds the answers about somebody else
    pub fn join(&mut self, other: Self) {
        self.first.extend(other.first);
        self.without.extend(other.without);
        self.none = self.none.take().or(other.none);
    }

    /// Adds the answers of a call
    pub fn add(&mut self, answers: BTreeMap<Ask, Result<Simulated, Failure>>) {
        self.first.extend(answers);
    }

    /// Adds the answers of a call that left policies out; one that failed tells nothing more
    pub fn add_without(&mut self, answers: BTreeMap<Ask, Result<Simulated, Failure>>) {
        self.without.extend(answers.into_iter().filter_map(|(ask, answer)| Some((ask, answer.ok()?))));
    }

    /// The answer to a question
    ///
    /// # Errors
    /// When there is none.
    pub fn of(&self, ask: &Ask) -> Result<&Simulated, Failure> {
        match (self.first.get(ask), &self.none) {
            (Some(Ok(simulated)), _) => Ok(simulated),
            (Some(Err(failure)), _) => Err(failure.clone()),
            (None, Some(failure)) if ask.role.is_none() => Err(failure.clone()),
            (None, _) => Err(Failure::Unanswered),
        }
    }

    /// The answer to a question asked again
    #[must_use]
    pub fn without(&self, ask: &Ask) -> Option<&Simulated> {
        self.without.get(ask)
    }

    /// Every question with its answer
    pub fn iter(&self) -> impl Iterator<Item = (&Ask, &Result<Simulated, Failure>)> {
        self.first.iter()
    }

    /// Whether any question was answered
    #[must_use]
    pub fn any(&self) -> bool {
        self.first.values().any(Result::is_ok)
    }

    /// The failures, each with the role that it is about where that is not the caller, and with the number of questions
    /// that it left open; 0 when nothing was asked
    #[must_use]
    pub fn failures(&self) -> BTreeMap<(Failure, Option<Arc<str>>), usize> {
        let none = self.none.iter().map(|failure| ((failure.clone(), None), 0));
        let mut failures: BTreeMap<_, usize> = none.collect();
        for (ask, answer) in &self.first {
            if let Err(failure) = answer {
                *failures.entry((failure.clone(), ask.role.clone())).or_default() += 1;
            }
        }
        failures
    }
}
