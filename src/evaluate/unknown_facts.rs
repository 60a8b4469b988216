//! Layers that are not known, named as the facts that would settle a decision

use crate::facts::{Fact, MissingFact};

use super::binding::{rcp_exemption, scp_exemption};
use super::decide::Authorization;
use super::layers::Source;
use super::reasons::{Reason, Reasons, Role};
use super::s3_rules;
use super::truth::Truth;
use super::verdict::{Layer, StatementRef};

/// Names every layer that is not known as a fact that would settle the decision
pub(super) fn collect(request: &Authorization<'_>, reasons: &mut Reasons) {
    let (caller, resource) = (request.caller_side, request.resource_side);
    let mut add = |layer, missing: &MissingFact| {
        if caller.told.of(layer).is_some() {
            return;
        }
        let part = StatementRef { layer, policy: None, sid: None, index: None, location: None };
        reasons.decided_by.push(Reason { part, role: Role::NotKnown });
        reasons.missing_facts.insert(missing.clone());
    };
    if let (Fact::Unknown(missing), false) = (&caller.scps, scp_exemption(request).is_true()) {
        add(Layer::Scp, missing);
    }
    for (layer, levels) in [(Layer::Scp, &caller.scps), (Layer::Rcp, &resource.rcps)] {
        let unread = levels.known().into_iter().flatten().filter_map(|level| level.unread.as_ref());
        unread.for_each(|missing| add(layer, missing));
    }
    if let (Fact::Unknown(missing), false) = (&resource.rcps, rcp_exemption(request).is_true()) {
        add(Layer::Rcp, missing);
    }
    let sources = [
        (Layer::Vpce, &caller.vpc_endpoint),
        (Layer::Resource, &resource.policy),
        (Layer::Boundary, &caller.boundary),
        (Layer::Session, &caller.session),
        (Layer::Identity, &caller.identity),
    ];
    for (layer, source) in sources {
        if let Source::Unknown(missing) = source {
            add(layer, missing);
        }
    }
    for missing in &caller.unread {
        add(Layer::Identity, missing);
    }
    if let (Fact::Unknown(missing), Truth::Unknown) = (&resource.grants, reasons.outcome.grant) {
        add(Layer::Grant, missing);
    }
    let scp_open = scp_exemption(request) == Truth::Unknown && caller.scps.known().is_some();
    let rcp_open = rcp_exemption(request) == Truth::Unknown && resource.rcps.known().is_some();
    if scp_open || rcp_open {
        let missing = MissingFact {
            what: "whether the account is the organization's management account, or the role a service-linked one"
                .to_owned(),
            source: "management_account in snapshot.toml".to_owned(),
            why: "not given".to_owned(),
        };
        add(Layer::Scp, &missing);
    }
    for missing in &s3_rules::missing(request) {
        add(Layer::Resource, missing);
    }
    if let (Fact::Unknown(missing), Truth::Unknown) = (&resource.owner, reasons.outcome.same_account) {
        add(Layer::Resource, missing);
    }
}
