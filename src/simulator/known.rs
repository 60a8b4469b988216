//! Known reasons for which the simulator's answer and the engine's may part

use crate::evaluate::{Layer, ToldLayers};
use crate::judge::{Call, KnownReason};

use super::answer::Simulated;
use super::ask::Ask;

const UNSENT_KEY: KnownReason = KnownReason {
    words: "policies test a key whose value is not known; the simulator takes it for absent, and an absent key makes \
            negated conditions hold",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
};
const ORGANIZATION: KnownReason = KnownReason {
    words: "the simulator names neither the statement nor the missing keys of a service control policy, and has been \
            seen to take keys that such a policy tests for absent",
    url: "https://github.com/aws/aws-cli/issues/10525",
};
const CHANGED: KnownReason = KnownReason {
    words: "the policies may have changed between the reading of the facts and the simulation, or a change has not \
            reached the simulator yet",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html",
};

/// The most telling known reason
pub(super) fn reason(call: &Call<'_>, ask: &Ask, simulated: &Simulated, told: &ToldLayers) -> KnownReason {
    let denied_by_organization = told.of(Layer::Scp).is_some_and(|told| !told.allows.is_possible());
    let withheld = simulated.result.missing.iter().any(|key| ask.withholds(call.context, key));
    match () {
        () if denied_by_organization => ORGANIZATION,
        () if withheld => UNSENT_KEY,
        () => CHANGED,
    }
}
