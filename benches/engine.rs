//! How fast the engine compiles and decides: `cargo bench --bench engine`

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run fails loudly")]

#[path = "engine/scenario.rs"]
mod scenario;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use iam_preflight::evaluate::{Decision, Program, Readings};
use iam_preflight::iam::wildcard::Glob;

use scenario::{Compiled, Scenario};

/// All requests of the scenario through all layers
fn decide_all(compiled: &Compiled) -> usize {
    let allowed = |request: &&scenario::Request| {
        let authorization = compiled.authorization(request, &request.question);
        compiled.program.decide(black_box(&authorization)) == Decision::Allowed
    };
    compiled.requests.iter().filter(allowed).count()
}

fn question_and_decide_all(compiled: &Compiled) -> usize {
    let allowed = |request: &&scenario::Request| {
        let question = compiled.program.question(black_box(&request.action), &request.context);
        compiled.program.decide(&compiled.authorization(request, &question)) == Decision::Allowed
    };
    compiled.requests.iter().filter(allowed).count()
}

fn reasons_all(compiled: &Compiled) -> usize {
    let named = |request: &scenario::Request| {
        let authorization = compiled.authorization(request, &request.question);
        compiled.program.reasons(black_box(&authorization)).decided_by.len()
    };
    compiled.requests.iter().map(named).sum()
}

fn trace_all(compiled: &Compiled) -> usize {
    let traced = |request: &scenario::Request| {
        let authorization = compiled.authorization(request, &request.question);
        compiled.program.trace(black_box(&authorization)).len()
    };
    compiled.requests.iter().map(traced).sum()
}

fn decisions(criterion: &mut Criterion) {
    let scenario = Scenario::read();
    let mut group = criterion.benchmark_group("decisions");
    for times in [1, 10] {
        let compiled = scenario.compile(&scenario.texts(times));
        let requests = compiled.requests.len();
        assert_eq!(decide_all(&compiled), requests, "all requests of the scenario are allowed");
        group.throughput(Throughput::Elements(requests as u64));
        let mut bench = |name: &str, work: fn(&Compiled) -> usize| {
            let id = BenchmarkId::new(name, format!("{times}x statements"));
            group.bench_function(id, |bencher| bencher.iter(|| work(black_box(&compiled))));
        };
        bench("prepared question", decide_all);
        bench("question and decision", question_and_decide_all);
        bench("with reasons", reasons_all);
        bench("full trace", trace_all);
    }
    group.finish();
}

fn compiling(criterion: &mut Criterion) {
    let scenario = Scenario::read();
    let mut group = criterion.benchmark_group("compiling");
    for times in [1, 10] {
        let texts = scenario.texts(times);
        group.throughput(Throughput::Bytes(texts.bytes() as u64));
        group.bench_function(BenchmarkId::new("text to program", format!("{times}x statements")), |bencher| {
            bencher.iter(|| texts.add_to(black_box(&mut Program::new(Readings::default()))));
        });
    }
    group.finish();
}

/// Patterns on which backtracking matchers take quadratic or exponential time
fn wildcards(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wildcards");
    for length in [100, 1_000, 10_000] {
        let subject = "a".repeat(length);
        group.throughput(Throughput::Bytes(length as u64));
        for (name, pattern) in [
            ("stars between letters, no match", "*a".repeat(30) + "*b*"),
            ("one long literal, no match", format!("*{}b*", "a".repeat(20))),
            ("stars and question marks", "*?a".repeat(10) + "b*"),
        ] {
            let glob = Glob::parse(&pattern);
            assert!(!glob.matches(&subject));
            group.bench_function(BenchmarkId::new(name, length), |bencher| {
                bencher.iter(|| glob.matches(black_box(&subject)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, decisions, compiling, wildcards);
criterion_main!(benches);
