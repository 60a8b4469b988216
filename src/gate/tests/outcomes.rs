//! Flags × outcomes

use Decision::{Allowed, ExplicitDeny, ImplicitDeny, Undetermined};
use Ending as E;
use FailOn::{Any, Denied, None as Nothing, Undetermined as Open};

use super::*;

/// What a run finds, and how it ends by default, with `--fail-on denied`, `undetermined`, `none`, and with `--strict`
type Case = (&'static str, fn() -> Report, [Ending; 5]);

fn standing(change: impl FnOnce(&mut Standing)) -> Report {
    let mut report = report(vec![create()]);
    change(&mut report.standing);
    report.settle();
    report
}

fn with(severity: Severity) -> Report {
    Report { findings: vec![finding("manifest-line", severity)], ..report(vec![create()]) }
}

const CASES: [Case; 15] = [
    ("all allowed", || report(vec![create()]), [E::Passed; 5]),
    ("denied", || report(vec![create(), grant(ImplicitDeny)]), [E::Denied, E::Denied, E::Passed, E::Passed, E::Denied]),
    (
        "denied explicitly",
        || report(vec![grant(ExplicitDeny)]),
        [E::Denied, E::Denied, E::Passed, E::Passed, E::Denied],
    ),
    (
        "undetermined",
        || report(vec![create(), grant(Undetermined)]),
        [E::Undetermined, E::Passed, E::Undetermined, E::Passed, E::Undetermined],
    ),
    // Something is denied, so no run that fails may end with 3, which says that nothing is.
    (
        "denied and undetermined",
        || report(vec![grant(ImplicitDeny), images(Undetermined)]),
        [E::Denied, E::Denied, E::Denied, E::Passed, E::Denied],
    ),
    (
        "rejected",
        || standing(|standing| standing.rejected = true),
        [E::Denied, E::Denied, E::Passed, E::Passed, E::Denied],
    ),
    (
        "not all modelled",
        || standing(|standing| standing.incomplete = true),
        [E::Undetermined, E::Passed, E::Undetermined, E::Passed, E::Undetermined],
    ),
    ("recommended and allowed", || report(vec![create(), should(Allowed)]), [E::Passed; 5]),
    (
        "recommended and denied",
        || report(vec![create(), should(ImplicitDeny)]),
        [E::Passed, E::Passed, E::Passed, E::Passed, E::Denied],
    ),
    (
        "recommended and undetermined",
        || report(vec![create(), should(Undetermined)]),
        [E::Passed, E::Passed, E::Passed, E::Passed, E::Undetermined],
    ),
    ("an error found", || with(Severity::Error), [E::Passed, E::Passed, E::Passed, E::Passed, E::Denied]),
    ("a warning found", || with(Severity::Warning), [E::Passed, E::Passed, E::Passed, E::Passed, E::Undetermined]),
    ("a note found", || with(Severity::Note), [E::Passed; 5]),
    (
        "only advice",
        || report(vec![Requirement { need: Strength::Advisory, ..grant(ImplicitDeny) }]),
        [E::Undetermined, E::Passed, E::Undetermined, E::Passed, E::Undetermined],
    ),
    ("nothing at all", || report(Vec::new()), [E::Nothing; 5]),
];

#[test]
fn every_flag_on_every_outcome() {
    let none = Waivers::default();
    let flags = [(Any, false), (Denied, false), (Open, false), (Nothing, false), (Any, true)];
    for (name, make, endings) in CASES {
        for ((fail_on, strict), expected) in flags.into_iter().zip(endings) {
            let before = make();
            let (ending, after) = gated(&Gate { fail_on, strict, ..gate(&none) }, make());
            let told = format!("{name}, --fail-on {}, strict {strict}", fail_on.word());
            assert_eq!(ending, expected, "{told}");
            assert_eq!(after.verdict, before.verdict, "a flag changes no verdict: {told}");
            let outcome = after.gate.unwrap();
            assert_eq!((outcome.ending, outcome.fail_on, outcome.strict), (ending, fail_on, strict), "{told}");
            if matches!(ending, E::Denied | E::Undetermined) {
                assert!(!outcome.failures.is_empty(), "fails without a word: {told}");
            }
            if ending == E::Passed && after.verdict != Verdict::Ready {
                let flag = format!(": --fail-on {} lets it pass", fail_on.word());
                assert!(outcome.let_pass.iter().any(|words| words.ends_with(&flag)), "passes without a word: {told}");
            }
        }
    }
}

#[test]
fn what_fails_is_said_in_words() {
    let none = Waivers::default();
    let mut all = report(vec![grant(ImplicitDeny), images(Undetermined), should(ImplicitDeny)]);
    all.findings = vec![finding("waiver-unused", Severity::Warning), finding("manifest-line", Severity::Error)];
    all.standing = Standing { rejected: true, incomplete: true, stale: false };
    let (_, judged) = gated(&Gate { strict: true, ..gate(&none) }, all.clone());
    assert_eq!(
        judged.gate.unwrap().failures,
        [
            "the service would reject the request",
            "1 needed permission is denied",
            "1 needed permission is undetermined",
            "not all that the request needs could be checked",
            "1 recommended permission is denied",
            "`manifest-line` was found 1 time(s)",
            "`waiver-unused` was found 1 time(s)",
        ]
    );
    let (ending, judged) = gated(&Gate { fail_on: FailOn::None, ..gate(&none) }, all);
    assert_eq!(ending, E::Passed);
    let outcome = judged.gate.unwrap();
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert_eq!(outcome.let_pass.first().unwrap(), "the service would reject the request: --fail-on none lets it pass");
    assert_eq!(outcome.let_pass.len(), 4);
}

#[test]
fn an_answer_that_never_came_cannot_be_waived() {
    let all = waivers(&format!(
        "{}{}",
        waiver("action = \"kms:*\"\ndecision = \"undetermined\""),
        waiver("action = \"s3:*\"\ndecision = \"denied\"")
    ));
    let rows = || report(vec![create(), grant(Undetermined), images(ImplicitDeny)]);
    let (ending, judged) = gated(&gate(&all), rows());
    assert_eq!((ending, judged.verdict, judged.summary.waived), (E::Passed, Verdict::Ready, 2));
    for fail_on in [Any, Denied, Open, Nothing] {
        let (ending, _) = gated(&Gate { unanswered: true, fail_on, ..gate(&all) }, rows());
        assert_eq!(ending, E::Unchecked, "--fail-on {}", fail_on.word());
    }
    let none = Waivers::default();
    let (ending, _) = gated(&Gate { unanswered: true, ..gate(&none) }, rows());
    assert_eq!(ending, E::Denied, "what the own engine denies is denied without any answer");
    let (ending, _) = gated(&Gate { unanswered: true, ..gate(&none) }, report(vec![create()]));
    assert_eq!(ending, E::Passed, "no answer was needed");
}
