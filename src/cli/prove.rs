//! `--prove-kms`: what KMS itself says of the direct calls, beside what the facts say

use crate::finding::{Coverage, Finding, Severity};
use crate::judge::Decider;
use crate::proof::{Expected, Proof, Proven, Said, Standing};
use crate::source::Problem;

use super::Failure;
use super::args::{CheckArgs, Mode, WhatIfArgs};
use super::preflight::{Planned, Prepared};

/// What was tried at KMS, or why nothing was
pub(super) struct Tries {
    proof: Proof,
    /// Whose credentials they are, when not the principal's
    other: Option<String>,
}

impl Tries {
    /// Refuses a proof that could prove nothing
    pub(super) fn refuse_vain(args: &CheckArgs) -> Result<(), Problem> {
        if !args.prove_kms {
            return Ok(());
        }
        if args.account.offline || args.account.mode == Mode::Offline {
            return Err(Problem::general("`--prove-kms` asks KMS, and this check is offline")
                .with_help("take `--mode both` or `--mode live`"));
        }
        if is_given(&args.what_if) {
            return Err(Problem::general(
                "`--prove-kms` asks KMS about the account as it is, not about what-if documents",
            )
            .with_help("leave one of the two out"));
        }
        Ok(())
    }

    /// Tries what the request needs of KMS; `None` when that was not asked for
    pub(super) fn make(args: &CheckArgs, planned: &Planned, prepared: &Prepared) -> Result<Option<Self>, Failure> {
        args.prove_kms.then(|| edge::tries(args, planned, prepared)).transpose()
    }

    /// Calls this with a decider that counts what KMS said
    pub(super) fn with<T>(tries: Option<&Self>, by: &dyn Decider, call: impl FnOnce(&dyn Decider) -> T) -> T {
        match tries {
            None => call(by),
            Some(tries) => call(&Proven { by, proof: &tries.proof }),
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let Some(other) = &self.other else {
            return self.proof.results.iter().map(|(expected, said)| of_try(expected, said)).collect();
        };
        let message = format!("nothing was tried at KMS: the credentials are those of `{other}`, not of the principal");
        let help = "KMS answers for the owner of the credentials alone: check with those of the principal";
        vec![finding("kms-proof-not-made", Severity::Warning, message, help)]
    }

    /// For the list of what was seen
    pub(super) fn coverage(&self) -> Coverage {
        let all = self.proof.results.len();
        let stand = |wanted| {
            let like = self.proof.results.iter().filter(|(expected, said)| said.standing(expected) == wanted);
            like.count()
        };
        let silent = stand(Standing::Silent);
        let why = match (&self.other, all) {
            (Some(_), _) => "not tried: the credentials are not those of the principal".to_owned(),
            (None, 0) => "nothing to try: the request needs no named key".to_owned(),
            _ => format!(
                "{} of {all} direct call(s) answered: {} as the facts say, {} against them, {} on which they are open",
                all - silent,
                stand(Standing::Confirms),
                stand(Standing::Contradicts),
                stand(Standing::Alone)
            ),
        };
        Coverage { what: "KMS (dry runs)".to_owned(), seen: self.other.is_none() && silent == 0 && all > 0, why }
    }
}

fn finding(id: &'static str, severity: Severity, message: String, help: &str) -> Finding {
    let url = "https://docs.aws.amazon.com/kms/latest/developerguide/testing-permissions.html";
    Finding { id, severity, message, help: Some(help.to_owned()), url: Some(url.to_owned()), location: None }
}

/// What one answer says beside the facts
fn of_try(expected: &Expected, said: &Said) -> Finding {
    let call = format!("{} on {}", expected.trial.action.words(), expected.trial.key);
    let verb = said.words();
    let words = match said {
        Said::Denied(Some(words)) => format!(" ({words})"),
        Said::Nothing(why) => format!(": {why}"),
        Said::Permitted | Said::Denied(None) => String::new(),
    };
    match said.standing(expected) {
        Standing::Contradicts => {
            let by_facts = if expected.decision.is_denied() { "denied" } else { "allowed" };
            let rows = expected.needs.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let message = format!(
                "{call}: the direct call is {by_facts} by the facts, and KMS {verb} it{words}; rows {rows} are open"
            );
            let help = "read the facts again; then look for what they do not show, docs/live.md, Proof by KMS";
            finding("kms-contradicts", Severity::Warning, message, help)
        }
        Standing::Silent => {
            let message = format!("{call}: KMS did not say whether it would make the direct call{words}");
            finding("kms-proof-unanswered", Severity::Warning, message, "the row rests on the facts alone")
        }
        Standing::Alone => {
            let message = format!("{call}: KMS {verb} the direct call (dry run){words}; the facts leave it open");
            let help = "a forwarded call has another context, so rows are not decided by it";
            finding("kms-proof", Severity::Note, message, help)
        }
        Standing::Confirms => {
            let message = format!("{call}: KMS {verb} the direct call (dry run){words}, as the facts say");
            let help = "a forwarded call has another context; what is proven is that the facts are those of KMS";
            finding("kms-proof", Severity::Note, message, help)
        }
    }
}

fn is_given(what_if: &WhatIfArgs) -> bool {
    let WhatIfArgs {
        identity_policy, boundary, session_policy, scp, rcp, bucket_policy, key_policy, vpce_policy, ..
    } = what_if;
    let lists = [identity_policy, session_policy, scp, rcp].into_iter().any(|list| !list.is_empty());
    lists || boundary.is_some() || vpce_policy.is_some() || !bucket_policy.is_empty() || !key_policy.is_empty()
}

#[cfg(feature = "aws")]
mod edge {
    use super::{CheckArgs, Failure, Planned, Prepared, Proof, Tries};
    use crate::cli::{live, preflight};
    use crate::iam::Principal;
    use crate::judge::{OwnEngine, UserContext};
    use crate::proof::{expectations, is_caller};

    pub(super) fn tries(args: &CheckArgs, planned: &Planned, prepared: &Prepared) -> Result<Tries, Failure> {
        let region = prepared.facts.environment.region.as_ref();
        let session = live::session(live::Wish::of(args), region)?;
        let caller = session.wait(session.caller()).map_err(|failure| live::not_checked(&failure))?;
        let own: Option<Principal> = caller.arn.parse().ok();
        if !own.is_some_and(|own| is_caller(&prepared.account.caller.who.principal, &own)) {
            return Ok(Tries { proof: Proof::default(), other: Some(caller.arn) });
        }
        // The user's context tells of the planned call; a dry run is made from here.
        let nothing_said = UserContext::new();
        let service_keys = preflight::service_keys(&planned.catalog);
        let judge = prepared.judge(&nothing_said, &service_keys, &OwnEngine, false);
        let expected = expectations(&judge, &prepared.derivation.needs, &caller.arn);
        Ok(Tries { proof: Proof { results: session.dry_runs(expected, &caller.arn) }, other: None })
    }
}

#[cfg(not(feature = "aws"))]
mod edge {
    use super::{CheckArgs, Failure, Planned, Prepared, Problem, Tries};

    pub(super) fn tries(_: &CheckArgs, _: &Planned, _: &Prepared) -> Result<Tries, Failure> {
        Err(Problem::general("this binary was built without live mode")
            .with_help("build it with the feature `aws`")
            .into())
    }
}
