//! What no set of flags, waivers and baselines can do

use proptest::prelude::*;

use crate::finding::WaivedBy;

use super::*;

const ACTIONS: [&str; 4] = ["kms:CreateGrant", "kms:Decrypt", "s3:GetObject", "s3:PutObject"];
const RESOURCES: [&str; 4] = ["arn:aws:s3:::b/*", "arn:aws:s3:::b/x", "arn:aws:s3:::b/a*c", "*"];

fn decision() -> impl Strategy<Value = Decision> {
    use Decision::{Allowed, ExplicitDeny, ImplicitDeny, Undetermined};
    prop::sample::select(vec![Allowed, Allowed, ExplicitDeny, ImplicitDeny, Undetermined])
}

fn rows() -> impl Strategy<Value = Vec<Requirement>> {
    let need = prop::sample::select(vec![Strength::Must, Strength::Must, Strength::Should, Strength::Advisory]);
    let one = (0..ACTIONS.len(), 0..RESOURCES.len(), decision(), need, 1..4u64);
    let one = one.prop_map(|(action, resource, decision, need, resource_count)| Requirement {
        resource_count,
        need,
        ..row(&format!("row-{action}"), ACTIONS[action], RESOURCES[resource], decision)
    });
    prop::collection::vec(one, 0..6)
}

fn waiver_text() -> impl Strategy<Value = String> {
    let about = prop::sample::select(vec![
        "id = \"row-0\"",
        "id = \"row-1\"",
        "action = \"kms:*\"",
        "action = \"s3:*\"",
        "action = \"?*:*t\"",
        "action = \"*\"",
        "action = \"s3:*\"\nprincipal = \"*user*\"",
    ]);
    let resource = prop::sample::select(vec![
        "",
        "resource = \"*\"",
        "resource = \"arn:aws:s3:::b/*\"",
        "resource = \"arn:aws:s3:::b/?\"",
    ]);
    let decision = prop::sample::select(vec!["", "decision = \"denied\"", "decision = \"undetermined\""]);
    let last = prop::sample::select(vec![
        "expires = 2026-03-30",
        "expires = 2026-03-31",
        "expires = 2027-01-01",
        "expires = 2026-02-30",
        "expires = \"\"",
        "",
    ]);
    (about, resource, decision, last, any::<bool>()).prop_map(|(about, resource, decision, last, owned)| {
        let owner = if owned { "owner = \"o\"" } else { "" };
        format!("[[waiver]]\n{about}\n{resource}\n{decision}\n{owner}\nreason = \"r\"\n{last}\n")
    })
}

fn standing() -> impl Strategy<Value = Standing> {
    let rarely = || prop::bool::weighted(0.15);
    (rarely(), rarely()).prop_map(|(rejected, incomplete)| Standing { rejected, incomplete, stale: false })
}

#[derive(Debug)]
struct Held {
    fail_on: FailOn,
    strict: bool,
    unanswered: bool,
    max_age: Option<&'static str>,
}

fn held() -> impl Strategy<Value = Held> {
    let fail_on =
        prop::sample::select(vec![FailOn::Any, FailOn::Any, FailOn::Denied, FailOn::Undetermined, FailOn::None]);
    let age = prop::sample::select(vec![None, Some("12h"), Some("7d")]);
    (fail_on, any::<bool>(), prop::bool::weighted(0.2), age).prop_map(|(fail_on, strict, unanswered, max_age)| Held {
        fail_on,
        strict,
        unanswered,
        max_age,
    })
}

fn is_open(row: &Requirement) -> bool {
    row.need == Strength::Must && row.decision != Decision::Allowed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_passes_without_being_named(
        rows in rows(),
        standing in standing(),
        texts in prop::collection::vec(waiver_text(), 0..4),
        known in prop::option::of(rows()),
        held in held(),
    ) {
        let all = waivers(&texts.concat());
        let known = known.map(|rows| baseline(&Baseline::of(&report(rows))));
        let mut before = report(rows);
        before.standing = standing;
        before.settle();
        let gate = Gate {
            fail_on: held.fail_on,
            strict: held.strict,
            baseline: known.as_ref(),
            max_age: held.max_age.map(|age| age.parse().unwrap()),
            unanswered: held.unanswered,
            ..gate(&all)
        };
        let (ending, after) = gated(&gate, before.clone());
        let outcome = after.gate.clone().unwrap();

        // No decision, no prediction and no finding of the check is changed.
        prop_assert_eq!(&after.predicted_response, &before.predicted_response);
        for (old, new) in before.requirements.iter().zip(&after.requirements) {
            prop_assert_eq!(old.decision, new.decision);
            if let Some(waived) = &new.waived {
                prop_assert!(new.decision != Decision::Allowed, "an allowed row is waived");
                if let WaivedBy::Waiver { owner, reason, expires } = &waived.by {
                    prop_assert!(!owner.is_empty() && !reason.is_empty() && expires.as_str() >= "2026-03-31");
                }
            }
        }

        // Ready means that every gap has somebody's name on it, and that nothing else is open.
        let bare = after.requirements.iter().filter(|row| is_open(row) && row.waived.is_none()).count();
        if after.verdict == Verdict::Ready {
            prop_assert_eq!(bare, 0);
            prop_assert_eq!(after.standing, Standing::default());
            prop_assert!(after.summary.needed > 0);
        }
        // Waivers and baselines change nothing of a verdict but by the rows that they name.
        if after.verdict != outcome.unwaived {
            prop_assert!(after.summary.waived > 0);
        }

        // What passes without being ready is named, with the flag that lets it pass.
        if ending == Ending::Passed {
            if after.verdict != Verdict::Ready {
                prop_assert!(held.fail_on != FailOn::Any);
                prop_assert!(outcome.let_pass.iter().any(|words| words.contains("--fail-on")));
            }
            if after.summary.waived > 0 {
                prop_assert!(outcome.let_pass.iter().any(|words| words.contains("waived") || words.contains("baseline")));
            }
            let open = |row: &Requirement| row.need == Strength::Must && row.decision == Decision::Undetermined;
            prop_assert!(!held.unanswered || after.verdict == Verdict::Blocked || !after.requirements.iter().any(open));
            if held.strict && held.fail_on == FailOn::Any {
                let lacking = |row: &Requirement| {
                    row.need != Strength::Advisory && row.decision != Decision::Allowed && row.waived.is_none()
                };
                prop_assert!(!after.requirements.iter().any(lacking));
                prop_assert!(after.findings.iter().all(|finding| finding.severity == Severity::Note));
            }
        }

        // By default the ending is the verdict's.
        if held.fail_on == FailOn::Any && !held.strict && !matches!(ending, Ending::Nothing | Ending::Unchecked) {
            let expected = match after.verdict {
                Verdict::Ready => Ending::Passed,
                Verdict::Blocked => Ending::Denied,
                Verdict::Undetermined => Ending::Undetermined,
            };
            prop_assert_eq!(ending, expected);
        }
    }
}
