//! Deciding allocates nothing on the common path: prepared questions of the bench scenario, all layers

#![expect(clippy::unwrap_used, reason = "a test that cannot read its scenario fails loudly")]

#[path = "../benches/engine/scenario.rs"]
#[expect(dead_code, reason = "the benchmark uses more of it")]
mod scenario;

use allocation_counter::measure;
use iam_preflight::evaluate::Decision;

#[test]
fn a_prepared_decision_allocates_nothing() {
    let scenario = scenario::Scenario::read();
    let compiled = scenario.compile(&scenario.texts(1));
    for request in &compiled.requests {
        let authorization = compiled.authorization(request, &request.question);
        let mut decision = Decision::Undetermined;
        let counted = measure(|| decision = compiled.program.decide(&authorization));
        assert_eq!(decision, Decision::Allowed, "{}", request.action);
        assert_ne!(measure(|| drop(compiled.program.trace(&authorization))).count_total, 0, "the counter counts");
        assert_eq!(counted.count_total, 0, "{} on {:?}", request.action, authorization.resource);
    }
}
