//! The questions to the simulator, asked about the caller and about each role by itself

use std::collections::BTreeSet;

use crate::cli::Failure;
use crate::cli::live::Wish;
use crate::cli::preflight::Prepared;
use crate::simulator::{Answers, Ask, Simulation, Unsuited};

/// Asks about the caller, then about each role; what-if documents are the caller's alone
#[cfg(feature = "aws")]
pub(super) fn asked(
    (wish, prepared): (Wish<'_>, &Prepared),
    simulation: Result<Simulation, Unsuited>,
    asks: BTreeSet<Ask>,
) -> Result<Answers, Failure> {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use crate::simulator::{Failure as Unanswered, role_subject};

    let mut by_role: BTreeMap<Option<Arc<str>>, BTreeSet<Ask>> = BTreeMap::new();
    for ask in asks {
        by_role.entry(ask.role.clone()).or_default().insert(ask);
    }
    let not_asked = |unsuited: Unsuited| Unanswered::NotAsked(unsuited.to_string());
    let of_caller = by_role.remove(&None).unwrap_or_default();
    let simulation = match simulation {
        Err(unsuited) if by_role.is_empty() => return Ok(Answers::none(not_asked(unsuited))),
        simulation => simulation,
    };
    let session = crate::cli::live::session(wish, prepared.facts.environment.region.as_ref())?;
    let mut answers = match simulation {
        Ok(simulation) => session.simulate(&simulation, &of_caller),
        Err(unsuited) => Answers::none(not_asked(unsuited)),
    };
    for (role, asks) in by_role {
        let subject = role_subject(role.as_deref().unwrap_or_default(), &prepared.facts);
        answers.join(match subject.and_then(|subject| Simulation::new(subject, Vec::new(), None)) {
            Ok(simulation) => session.simulate(&simulation, &asks),
            Err(unsuited) => Answers::unasked(asks, &not_asked(unsuited)),
        });
    }
    Ok(answers)
}

#[cfg(not(feature = "aws"))]
pub(super) fn asked(
    _: (Wish<'_>, &Prepared),
    _: Result<Simulation, Unsuited>,
    _: BTreeSet<Ask>,
) -> Result<Answers, Failure> {
    let problem = crate::source::Problem::general("this build cannot ask AWS: it was made without the feature `aws`")
        .with_help("use `--mode offline`");
    Err(Failure::Input(problem.into()))
}
