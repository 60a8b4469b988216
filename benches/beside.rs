//! Decisions a second on the common workload, as one line of JSON: `cargo bench --bench beside -- SECONDS`
//!
//! `tests/peers/bench` runs this beside other engines. Every request passes all layers and is allowed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark that cannot run fails loudly"
)]

#[path = "engine/scenario.rs"]
mod scenario;

use std::hint::black_box;
use std::time::{Duration, Instant};

use iam_preflight::evaluate::Decision;

use scenario::{Compiled, Request, Scenario};

/// What one request takes when its question was prepared with the policies
fn decides(compiled: &Compiled, request: &Request) -> Decision {
    compiled.program.decide(black_box(&compiled.authorization(request, &request.question)))
}

/// The same with the question prepared anew: action and context are met for the first time
fn asks_and_decides(compiled: &Compiled, request: &Request) -> Decision {
    let question = compiled.program.question(black_box(&request.action), &request.context);
    compiled.program.decide(&compiled.authorization(request, &question))
}

/// Decisions a second
fn rate(compiled: &Compiled, limit: Duration, decide: fn(&Compiled, &Request) -> Decision) -> u128 {
    let (start, mut decisions) = (Instant::now(), 0_u128);
    while start.elapsed() < limit {
        for _ in 0..1_000 {
            for request in &compiled.requests {
                assert_eq!(decide(compiled, request), Decision::Allowed);
                decisions += 1;
            }
        }
    }
    decisions * 1_000_000_000 / start.elapsed().as_nanos()
}

fn main() {
    // Cargo adds `--bench` to the arguments.
    let seconds = std::env::args().find_map(|argument| argument.parse().ok());
    let limit = Duration::from_secs(seconds.unwrap_or(1));
    let scenario = Scenario::read();
    let texts = scenario.texts(1);
    let compiled = scenario.compile(&texts);
    let prepared = rate(&compiled, limit, decides);
    let anew = rate(&compiled, limit, asks_and_decides);
    eprintln!("{} bytes of policies, {} requests", texts.bytes(), compiled.requests.len());
    println!("{}", serde_json::json!({ "decide": prepared, "question and decide": anew }));
}
