//! `iam-preflight/generated/v1`, what `generate` prints

use serde::Serialize;
use serde_json::Value;

use super::fixes::Account;
use super::parts::Tool;
use super::proof::{Proof, Sufficient};
use crate::generate::{self, Production};
use crate::report::generated::Delivery;

/// Documents and their proof
#[derive(Debug, Serialize)]
pub(crate) struct Generated<'r> {
    schema: &'static str,
    tool: Tool,
    operation: &'r str,
    verdict: &'static str,
    documents: Vec<Document>,
    foldings: Vec<Folding<'r>>,
    left: Vec<Left<'r>>,
    closed_keys: Vec<&'r str>,
    proof: Proof<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulated: Option<Simulated<'r>>,
    account: Option<Account<'r>>,
    notices: &'r [String],
}

#[derive(Debug, Serialize)]
struct Document {
    name: String,
    layer: &'static str,
    shown: bool,
    size: usize,
    limit: usize,
    statements: Vec<Statement>,
    policy: Value,
}

#[derive(Debug, Serialize)]
struct Statement {
    sid: String,
    needs: Vec<String>,
}

/// The documents added to the principal's policies, decided by AWS's simulator
#[derive(Debug, Serialize)]
struct Simulated<'r> {
    sufficient: Sufficient<'r>,
    questions: usize,
    answered: usize,
    failures: &'r [String],
}

#[derive(Debug, Serialize)]
struct Folding<'r> {
    bucket: &'r str,
    objects: usize,
    patterns: Vec<String>,
    exact: bool,
    others_known: Option<usize>,
    beyond: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Left<'r> {
    need: &'r str,
    action: &'r str,
    why: &'r str,
    open: bool,
}

impl<'r> From<&'r Delivery<'r>> for Generated<'r> {
    fn from(delivery: &'r Delivery<'r>) -> Self {
        let production = delivery.production;
        let all = production.composed.documents.iter();
        Self {
            schema: "iam-preflight/generated/v1",
            tool: Tool::THIS,
            operation: delivery.operation,
            verdict: delivery.verdict.word(),
            documents: all.map(|document| Document::of(document, delivery)).collect(),
            foldings: foldings(production),
            left: production.left.iter().map(Left::from).collect(),
            closed_keys: production.closed_keys.iter().map(String::as_str).collect(),
            proof: Proof::of(&production.sufficient, &production.minimal, &production.beyond),
            simulated: delivery.simulated.as_ref().map(Simulated::from),
            account: production.account.as_ref().map(Account::from),
            notices: &delivery.notices,
        }
    }
}

impl<'r> From<&'r generate::Simulated> for Simulated<'r> {
    fn from(simulated: &'r generate::Simulated) -> Self {
        let (asked, answered) = simulated.asked;
        Self {
            sufficient: Sufficient::from(&simulated.sufficient),
            questions: asked,
            answered,
            failures: &simulated.failures,
        }
    }
}

impl Document {
    fn of(document: &generate::Generated, delivery: &Delivery<'_>) -> Self {
        let statements = document.statements.iter().map(|statement| Statement {
            sid: statement.sid.clone(),
            needs: statement.needs.iter().cloned().collect(),
        });
        Self {
            name: document.place.name(),
            layer: document.place.layer(),
            shown: delivery.shown.contains(document),
            size: document.size(),
            limit: delivery.limit(&document.place),
            statements: statements.collect(),
            policy: document.json(),
        }
    }
}

fn foldings(production: &Production) -> Vec<Folding<'_>> {
    let folded = production.composed.foldings.iter().filter_map(|(bucket, folding)| {
        let objects = production.objects.get(bucket)?;
        Some(Folding {
            bucket,
            objects: objects.needed.len(),
            patterns: folding.patterns.iter().map(generate::KeyPattern::spelled).collect(),
            exact: folding.is_exact(),
            others_known: objects.others.as_ref().map(|others| others.difference(&objects.needed).count()),
            beyond: folding.beyond,
        })
    });
    folded.collect()
}

impl<'r> From<&'r generate::Left> for Left<'r> {
    fn from(left: &'r generate::Left) -> Self {
        Self { need: &left.need, action: &left.action, why: &left.why, open: left.open }
    }
}
