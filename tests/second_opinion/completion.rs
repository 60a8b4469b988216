//! Completions of unknown keys, by brute force over values that the policies' own constants suggest (E5)

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::condition::holds;
use super::glob::Piece;
use super::question::{Context, Question, members, texts};
use super::template::{Reading, expand};
use super::value::{compare_numbers, instant, network};
use super::verdict::{Decision, decide};

/// A value that no constant mentions
const FRESH: &str = "zz-fresh";

/// What the unknown keys could make of a case
#[derive(Debug)]
pub(crate) struct Completions {
    /// Each decision that comes out, with a completion that leads to it
    pub(crate) decisions: BTreeMap<Decision, String>,
    /// Whether every candidate was combined with every other
    pub(crate) exhaustive: bool,
}

/// How many values are tried for each of one, two or three unknown keys
const CAPS: [usize; 3] = [300, 24, 9];

/// Decides every completion
pub(crate) fn complete(question: &Question) -> Completions {
    let mut contexts = vec![(question.context.clone(), String::new())];
    let mut exhaustive = true;
    let cap = CAPS[question.unknown.len().clamp(1, 3) - 1];
    for key in &question.unknown {
        let mut candidates = candidates(question, key);
        exhaustive &= candidates.len() <= cap;
        candidates.truncate(cap);
        let extend = |(context, said): &(Context, String)| {
            let extended = candidates.iter().map(|values| with(context, key, values.as_deref(), said));
            extended.collect::<Vec<_>>()
        };
        contexts = contexts.iter().flat_map(extend).collect();
    }
    let mut decisions = BTreeMap::new();
    for (context, said) in contexts {
        decisions.entry(decide(question, &context, false)).or_insert_with(|| said.clone());
        if question.can_be_doubtful {
            decisions.entry(decide(question, &context, true)).or_insert(said);
        }
    }
    Completions { decisions, exhaustive }
}

fn with(context: &Context, key: &str, values: Option<&[String]>, said: &str) -> (Context, String) {
    let mut context = context.clone();
    if let Some(values) = values {
        context.set(key, values.to_vec());
    }
    (context, format!("{said}{key}={values:?} "))
}

/// Absent, or one of the values; those that no condition tells apart are tried once
fn candidates(question: &Question, key: &str) -> Vec<Option<Vec<String>>> {
    let tests = tests(question, key);
    let values = values(question, key, &tests);
    let mut candidates = vec![None];
    candidates.extend(values.iter().map(|value| Some(vec![value.clone()])));
    if Context::is_multivalued(key) {
        candidates.push(Some(Vec::new()));
        for (index, first) in values.iter().enumerate() {
            candidates.extend(values[index + 1..].iter().map(|second| Some(vec![first.clone(), second.clone()])));
        }
    }
    let constants: Vec<String> = tests.iter().flat_map(|test| texts(&test.values)).collect();
    let correlates = question.unknown.iter().any(|other| constants.iter().any(|constant| mentions(constant, other)));
    if correlates || is_variable(question, key) || !question.grants.is_empty() {
        return candidates;
    }
    let mut seen = BTreeSet::new();
    candidates.retain(|values| {
        let (context, _) = with(&question.context, key, values.as_deref(), "");
        seen.insert(tests.iter().map(|test| test.holds(&context)).collect::<Vec<bool>>())
    });
    candidates
}

/// One operator on the key somewhere in the policies
#[derive(Debug)]
struct Test {
    operator: String,
    values: Value,
    block: Value,
    variables: bool,
}

impl Test {
    fn holds(&self, context: &Context) -> bool {
        holds(&self.block, context, self.variables)
    }
}

fn tests(question: &Question, key: &str) -> Vec<Test> {
    let mut tests = Vec::new();
    for policy in question.policies() {
        let blocks = policy.statements.iter().flat_map(|statement| members(&statement["Condition"]));
        for (operator, keys) in blocks {
            for (name, values) in members(keys).filter(|(name, _)| name.eq_ignore_ascii_case(key)) {
                let (operator, values) = (operator.clone(), values.clone());
                let block = json!({ operator.as_str(): { name.as_str(): values.clone() } });
                tests.push(Test { operator, values, block, variables: policy.variables });
            }
        }
    }
    tests
}

/// The values worth trying: a fresh one, samples of the constants, what variables could meet, near misses
fn values(question: &Question, key: &str, tests: &[Test]) -> Vec<String> {
    let mut values = vec![FRESH.to_owned()];
    for test in tests {
        let constants = texts(&test.values);
        values.extend(constants.iter().flat_map(|constant| samples(constant, question, test.variables)));
        if test.operator.contains("Bool") {
            values.extend(["true".to_owned(), "false".to_owned()]);
        }
    }
    let tested = values.clone();
    values.push(String::new());
    if is_variable(question, key) {
        let resource = question.resource.splitn(6, ':').nth(5).unwrap_or_default();
        values.extend(resource.split(['/', ':']).map(str::to_owned));
        let context = question.context.all_values();
        values.extend(context.flat_map(|value| value.split('/').chain([value.as_str()])).map(str::to_owned));
        for other in &question.unknown {
            values.extend(self::tests(question, other).iter().flat_map(|test| texts(&test.values)));
        }
    }
    let pairs = question.grants.iter().flat_map(|grant| grant.equals.iter().chain(&grant.subset));
    values.extend(pairs.flat_map(BTreeMap::values).cloned());
    values.extend(tested.iter().flat_map(|sample| near_misses(sample)));
    let mut seen = BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    values
}

/// Whether the text has the key as a variable
fn mentions(text: &str, key: &str) -> bool {
    text.to_lowercase().contains(&format!("${{{}", key.to_lowercase()))
}

/// Whether any text of the policies has the key as a variable
fn is_variable(question: &Question, key: &str) -> bool {
    question.policies().flat_map(|policy| &policy.statements).any(|statement| mentions(&statement.to_string(), key))
}

/// Texts that the constant covers: as it is, and with its wildcards replaced
fn samples(constant: &str, question: &Question, variables: bool) -> Vec<String> {
    let mut known = question.context.clone();
    for key in &question.unknown {
        known.set(key, vec![FRESH.to_owned()]);
    }
    let reading = Reading { variables: variables.then_some(&known), wildcards: true };
    let pieces = expand(constant, reading).unwrap_or_default();
    let fill = |run: &str| -> String {
        let text = pieces.iter().map(|piece| match piece {
            Piece::Literal(char) => char.to_string(),
            Piece::One(_) => "x".to_owned(),
            Piece::Run(_) => run.to_owned(),
        });
        text.collect()
    };
    vec![constant.to_owned(), fill(""), fill("x")]
}

fn near_misses(sample: &str) -> Vec<String> {
    let mut misses = vec![format!("{sample}x"), format!("x{sample}"), sample.to_uppercase(), sample.to_lowercase()];
    misses.extend(sample.char_indices().next_back().map(|(at, _)| sample.split_at(at).0.to_owned()));
    if compare_numbers(sample, "0").is_some() {
        let whole: i64 = sample.split('.').next().and_then(|text| text.parse().ok()).unwrap_or_default();
        misses.extend((whole - 1..=whole + 1).flat_map(|number| [number.to_string(), format!("{number}.25")]));
    }
    if let Some(nanos) = instant(sample) {
        let seconds = nanos / 1_000_000_000;
        misses.extend((seconds - 1..=seconds + 1).map(|second| second.to_string()));
    }
    if network(sample).is_some() {
        misses.extend(["198.51.100.77", "2001:dead::1"].map(str::to_owned));
        misses.extend(sample.split('/').next().map(str::to_owned));
    }
    misses
}
