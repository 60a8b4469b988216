//! What the second opinion shows: worked cases, agreement with the engine, unknown keys

use std::cell::RefCell;
use std::collections::BTreeMap;

use iam_preflight::evaluate::Readings;
use iam_preflight::simulate::{self, Case};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use serde_json::Value;

use super::completion::{Completions, complete};
use super::deviation::{Deviation, KNOWN, known};
use super::generate::Cases;
use super::question::Question;
use super::verdict::{Decision, decide};

const TRUTH_TABLE: &str = include_str!("../data/truth-table.json");
const ENGINE_CASES: &str = include_str!("../data/engine-cases.json");

/// The second opinion on a case with complete context; undetermined only by rule E231
fn opinion(case: &Value, deviations: &[Deviation]) -> String {
    let mut question = Question::read(case);
    question.context.deviations = deviations.to_vec();
    let strict = decide(&question, &question.context, false);
    let is_settled = !question.can_be_doubtful || decide(&question, &question.context, true) == strict;
    if is_settled { strict.to_string() } else { "undetermined".to_owned() }
}

fn engine(case: &Value) -> Result<String, TestCaseError> {
    let text = case.to_string();
    let case: Case<'_> = serde_json::from_str(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let outcome = simulate::decide(&case, Readings::default());
    outcome.map(|it| it.decision.word().to_owned()).map_err(|error| TestCaseError::fail(format!("{error:?}")))
}

/// Whether a known difference explains the engine's decision: one alone, or all together
fn is_known_difference(case: &Value, decided: &str) -> bool {
    known().iter().any(|deviation| opinion(case, &[*deviation]) == decided) || opinion(case, &known()) == decided
}

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn number_of_cases() -> u32 {
    std::env::var("IAM_PREFLIGHT_CASES").map_or(100_000, |text| text.parse().unwrap())
}

/// Runs the property on random cases; a failing one is shrunk and printed as the JSON of one case
fn check(count: u32, share: u64, strategy: Cases, property: impl Fn(Value) -> Result<(), TestCaseError>) {
    let seed = std::env::var("IAM_PREFLIGHT_SEED").map_or(0, |text| text.parse::<u64>().unwrap());
    let config = Config {
        cases: count,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed * 16 + share),
        ..Config::default()
    };
    match TestRunner::new(config).run(&strategy, property) {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => panic!("{reason}\n{case}"),
        Err(abort) => panic!("{abort}"),
    }
}

#[test]
fn the_second_opinion_decides_every_worked_case() {
    let cases: Vec<Value> = cases(TRUTH_TABLE).into_iter().chain(cases(ENGINE_CASES)).collect();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let decided = opinion(case, &[]);
            (case["expected"] != decided)
                .then(|| format!("{}: expected {}, got {decided}", case["id"], case["expected"]))
        })
        .collect();
    assert!(cases.len() > 254);
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// A case leaves `KNOWN` as soon as the engine decides it as expected
#[test]
fn the_engine_differs_in_the_known_cases_only() {
    let differing: Vec<String> = cases(ENGINE_CASES)
        .iter()
        .filter(|case| case["expected"] != engine(case).unwrap())
        .map(|case| case["id"].as_str().unwrap().to_owned())
        .collect();
    let known: Vec<&str> = KNOWN.iter().map(|(id, _)| *id).collect();
    assert_eq!(differing, known);
}

fn agree(share: u64) {
    let counts = RefCell::new(BTreeMap::<String, u32>::new());
    let count = number_of_cases() / 2;
    check(count, share, Cases::Complete, |case| {
        let (expected, decided) = (opinion(&case, &[]), engine(&case)?);
        *counts.borrow_mut().entry(expected.clone()).or_default() += 1;
        if decided == expected || is_known_difference(&case, &decided) {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("the engine says {decided}, the second opinion is {expected}")))
    });
    let share = |decision: &str| counts.borrow().get(decision).map_or(0, |of| of * 100 / count);
    assert!((30..=50).contains(&share("allowed")), "the cases have become one-sided: {counts:?}");
    assert!(share("explicitDeny") >= 15, "the cases have become one-sided: {counts:?}");
}

#[test]
fn the_engine_agrees_with_the_second_opinion() {
    agree(0);
}

/// The other half, so that two cores share the work
#[test]
fn the_engine_agrees_with_the_second_opinion_on_further_cases() {
    agree(1);
}

fn completions(case: &Value) -> Completions {
    let mut question = Question::read(case);
    question.context.deviations = known();
    complete(&question)
}

/// Whether no completion contradicts the engine
fn is_sound(decided: &str, completions: &Completions) -> bool {
    let decisions: Vec<Decision> = completions.decisions.keys().copied().collect();
    match decided {
        "allowed" => decisions == [Decision::Allowed],
        "explicitDeny" => decisions == [Decision::ExplicitDeny],
        "implicitDeny" => decisions == [Decision::ImplicitDeny],
        _ => true,
    }
}

/// Whether the engine is as definite as all completions together: undetermined only if two of them differ
fn is_exact(decided: &str, completions: &Completions) -> bool {
    decided != "undetermined" || completions.decisions.len() > 1
}

#[test]
fn no_completion_contradicts_a_decided_result() {
    let (vague, total) = (RefCell::new(0_u32), RefCell::new(0_u32));
    check(number_of_cases() / 40, 2, Cases::WithUnknowns, |case| {
        let (decided, completions) = (engine(&case)?, completions(&case));
        *total.borrow_mut() += u32::from(completions.exhaustive);
        *vague.borrow_mut() += u32::from(completions.exhaustive && !is_exact(&decided, &completions));
        if is_sound(&decided, &completions) {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("the engine says {decided}, but there are {:?}", completions.decisions)))
    });
    let (vague, total) = (*vague.borrow(), *total.borrow());
    assert!(vague * 200 <= total + 200, "{vague} of {total} results are less definite than their completions");
}
