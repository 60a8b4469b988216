//! Cases as a strategy: a failing one shrinks by leaving out parts of its JSON

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::dice::Dice;
use super::policies::case;
use super::vocabulary::{GENERAL, KMS, Key, S3, STS};

/// All cases; with unknown keys, or without
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cases {
    Complete,
    WithUnknowns,
}

impl Strategy for Cases {
    type Tree = CaseTree;
    type Value = Value;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let mut dice = Dice(runner.rng());
        let mut case = case(&mut dice);
        if matches!(self, Self::WithUnknowns) {
            forget(&mut dice, &mut case);
        }
        Ok(CaseTree { smallest: case, candidate: None, next: 0 })
    }
}

/// Makes one to three keys unknown that the policies test
fn forget(dice: &mut Dice<'_>, case: &mut Value) {
    let keys = || [GENERAL, S3, KMS, STS].into_iter().flatten().filter(|key| key.name != "kms:CallerAccount");
    let text = case.to_string().to_lowercase();
    let tested = |key: &&Key| {
        let name = key.name.to_lowercase();
        text.contains(&format!("\"{name}\":")) || text.contains(&format!("${{{name}"))
    };
    let mut tested: Vec<&str> = keys().filter(tested).map(|key| key.name).collect();
    let mut unknown: Vec<&str> = Vec::new();
    for _ in 0..=dice.weighted(&[65, 25, 10]) {
        if !tested.is_empty() {
            unknown.push(tested.swap_remove(dice.below(tested.len())));
        }
    }
    if let Some(context) = case["context"].as_object_mut() {
        context.retain(|name, _| !unknown.iter().any(|key| key.eq_ignore_ascii_case(name)));
    }
    case["unknownContext"] = json!(unknown);
}

#[derive(Debug)]
pub(crate) struct CaseTree {
    /// The smallest case known to fail
    smallest: Value,
    /// The case to be tried
    candidate: Option<Value>,
    /// Which part is to be left out next
    next: usize,
}

impl CaseTree {
    fn try_next(&mut self) -> bool {
        let paths = removable(&self.smallest);
        let Some(path) = paths.get(self.next) else { return false };
        let mut candidate = self.smallest.clone();
        remove(&mut candidate, path);
        self.candidate = Some(candidate);
        true
    }
}

impl ValueTree for CaseTree {
    type Value = Value;

    fn current(&self) -> Value {
        self.candidate.as_ref().unwrap_or(&self.smallest).clone()
    }

    fn simplify(&mut self) -> bool {
        if let Some(candidate) = self.candidate.take() {
            self.smallest = candidate;
            self.next = 0;
        }
        self.try_next()
    }

    fn complicate(&mut self) -> bool {
        self.candidate = None;
        self.next += 1;
        self.try_next()
    }
}

/// What a case or a statement cannot do without
const NEEDED: [&str; 18] = [
    "context",
    "principal",
    "action",
    "resource",
    "resourceAccount",
    "aws:PrincipalArn",
    "federatedBy",
    "Statement",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "granteePrincipal",
    "retiringPrincipal",
    "operations",
];

/// JSON pointers of all parts that can be left out, large ones first
fn removable(case: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    collect(case, "", &mut paths);
    paths.sort_by_key(|path| path.matches('/').count());
    paths
}

fn collect(value: &Value, path: &str, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                if !NEEDED.contains(&name.as_str()) {
                    paths.push(path.clone());
                }
                collect(member, &path, paths);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}/{index}");
                if items.len() > 1 || item.is_object() && !path.contains("/Statement/") {
                    paths.push(path.clone());
                }
                collect(item, &path, paths);
            }
        }
        _ => {}
    }
}

fn remove(case: &mut Value, path: &str) {
    let (parent, last) = path.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/").replace("~0", "~");
    match case.pointer_mut(parent) {
        Some(Value::Object(members)) => drop(members.shift_remove(&last)),
        Some(Value::Array(items)) => drop(items.remove(last.parse().unwrap())),
        _ => panic!("the path was found in this case"),
    }
}
