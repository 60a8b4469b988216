//! iam-rs as a peer: `peer-iam-rs cases` or `peer-iam-rs bench SCENARIO SECONDS`
//!
//! `cases` reads one case a line and writes one answer a line: all policies of the case in one list, which is
//! what iam-rs decides. `bench` counts decisions of the scenario, one evaluator a layer, all built ahead.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead};
use std::time::{Duration, Instant};

use iam_rs::{Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId};
use serde::Deserialize;
use serde_json::{Value, json};

type Failable<T> = Result<T, Box<dyn Error>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: String,
    principal: String,
    action: String,
    resource: String,
    #[serde(default)]
    context: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    identity_policies: Option<Vec<Value>>,
    resource_policy: Option<Value>,
}

#[derive(Deserialize)]
struct Scenario {
    principal: String,
    identity: Vec<Value>,
    scp: Value,
    boundary: Value,
    keypol: Value,
    reqs: Vec<(String, String, BTreeMap<String, String>)>,
}

fn principal(text: &str) -> Principal {
    let id = PrincipalId::String(text.to_owned());
    match text {
        "anonymous" => Principal::Wildcard,
        text if text.ends_with(".amazonaws.com") => Principal::Service(id),
        text if text.contains("-provider/") => Principal::Federated(id),
        _ => Principal::Aws(id),
    }
}

/// The operators that the policies use on each key, in lower case
fn operators(value: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("Condition", Value::Object(blocks)) => {
                        for (operator, keys) in blocks {
                            for key in keys.as_object().into_iter().flatten().map(|(key, _)| key) {
                                found.entry(key.to_lowercase()).or_default().push(operator.clone());
                            }
                        }
                    }
                    _ => operators(member, found),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|member| operators(member, found)),
        _ => {}
    }
}

/// iam-rs wants typed values: a truth value for `Bool`, a list for set operators, else a text
fn typed(values: &[String], operators: &[String]) -> ContextValue {
    let truth: Option<Vec<bool>> = values.iter().map(|value| value.parse().ok()).collect();
    let only_bool = !operators.is_empty() && operators.iter().all(|operator| operator.contains("Bool"));
    let set = values.len() != 1 || operators.iter().any(|operator| operator.starts_with("For"));
    match (truth, values) {
        (Some(truths), _) if only_bool && set => ContextValue::BooleanList(truths),
        (Some(truths), _) if only_bool && truths.len() == 1 => ContextValue::Boolean(truths[0]),
        (_, [value]) if !set => ContextValue::String(value.clone()),
        _ => ContextValue::StringList(values.to_vec()),
    }
}

fn policies<'a>(values: impl IntoIterator<Item = &'a Value>) -> Failable<Vec<IAMPolicy>> {
    values.into_iter().map(|value| Ok(IAMPolicy::from_json(&value.to_string())?)).collect()
}

fn decide(case: &Case) -> Failable<&'static str> {
    let given = || case.identity_policies.iter().flatten().chain(&case.resource_policy);
    let mut used = BTreeMap::new();
    given().for_each(|policy| operators(policy, &mut used));
    let mut context = Context::new();
    for (key, values) in &case.context {
        let operators = used.get(&key.to_lowercase()).map_or(&[][..], Vec::as_slice);
        context.insert(key.clone(), typed(values, operators));
    }
    let resource = Arn::parse(&case.resource)?;
    let request = IAMRequest::new_with_context(principal(&case.principal), case.action.clone(), resource, context);
    let decision = PolicyEvaluator::with_policies(policies(given())?).evaluate(&request)?.decision;
    Ok(match decision {
        Decision::Allow => "allowed",
        Decision::Deny => "explicitDeny",
        Decision::NotApplicable => "implicitDeny",
    })
}

fn cases() -> Failable<()> {
    for line in io::stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line?)?;
        let answer = match decide(&case) {
            Ok(answer) => json!({ "id": case.id, "answer": answer }),
            Err(error) => json!({ "id": case.id, "answer": "refused", "why": error.to_string() }),
        };
        println!("{answer}");
    }
    Ok(())
}

fn bench(file: &str, seconds: u64) -> Failable<()> {
    let scenario: Scenario = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let layer = |values: &[Value]| Failable::Ok(PolicyEvaluator::with_policies(policies(values)?));
    let always = [
        layer(&scenario.identity)?,
        layer(std::slice::from_ref(&scenario.boundary))?,
        layer(std::slice::from_ref(&scenario.scp))?,
        layer(std::slice::from_ref(&scenario.scp))?,
        layer(std::slice::from_ref(&scenario.scp))?,
    ];
    let key = layer(std::slice::from_ref(&scenario.keypol))?;
    let mut requests = Vec::new();
    for (action, resource, known) in &scenario.reqs {
        let mut context = Context::new();
        for (name, value) in known {
            context.insert(name.clone(), ContextValue::String(value.clone()));
        }
        let who = principal(&scenario.principal);
        requests.push(IAMRequest::new_with_context(who, action.clone(), Arn::parse(resource)?, context));
    }
    let round = || -> Failable<usize> {
        let mut layers = 0;
        for request in &requests {
            for evaluator in always.iter().chain(request.action.starts_with("kms:").then_some(&key)) {
                layers += usize::from(evaluator.evaluate(std::hint::black_box(request))?.decision == Decision::Allow);
            }
        }
        Ok(layers)
    };
    let allowing = round()?;
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut decisions = 0_usize;
    while start.elapsed() < limit {
        for _ in 0..50 {
            assert_eq!(round()?, allowing, "every round decides alike");
            decisions += requests.len();
        }
    }
    let rate = decisions as f64 / start.elapsed().as_secs_f64();
    println!("{}", json!({ "evaluate each layer": rate.round() as u64 }));
    eprintln!("{allowing} of the layers of {} requests allow", requests.len());
    Ok(())
}

fn main() -> Failable<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["cases"] => cases(),
        ["bench", file, seconds] => bench(file, seconds.parse()?),
        _ => Err("usage: peer-iam-rs cases | bench SCENARIO SECONDS".into()),
    }
}
