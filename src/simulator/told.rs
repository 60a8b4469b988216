//! From an answer to what it says of each layer

use std::sync::Arc;

use crate::evaluate::{Layer, StatementRef, Told, ToldLayers, Truth};
use crate::source::{Location, Position};

use super::answer::{Decision, MatchedStatement, Organizations, Simulated};

/// What an answer says of the caller's layers; `without` is the answer with the layers in the way left out
pub(super) fn layers(simulated: &Simulated, without: Option<&Simulated>) -> ToldLayers {
    match simulated.result.decision {
        Decision::Allowed => allowed(simulated),
        Decision::ExplicitDeny => explicitly_denied(simulated, without),
        Decision::ImplicitDeny | Decision::Other(_) => silent(simulated, without),
    }
}

/// Allowed: no layer that was simulated is in the way
fn allowed(simulated: &Simulated) -> ToldLayers {
    let named = |wanted| simulated.result.matched.iter().any(|matched| layer(matched) == wanted);
    // Where the bucket's policy alone is named, nothing is said of identity policies.
    let identity = (named(Layer::Identity) || !named(Layer::Resource)).then(|| Told {
        denies: Truth::False,
        allows: Truth::True,
        statements: statements(simulated, |layer| layer == Layer::Identity),
    });
    ToldLayers {
        // An answer for one resource counts against the aggregate of several.
        scp: Some(Told::plain(simulated.organizations != Organizations::Deny)),
        boundary: simulated.result.boundary.map(Told::plain),
        identity,
    }
}

/// Explicitly denied: by the layer that is said not to allow, else by the one whose statement is named
fn explicitly_denied(simulated: &Simulated, without: Option<&Simulated>) -> ToldLayers {
    let named = simulated.result.matched.iter().map(layer).find(|layer| *layer != Layer::Identity);
    let alone = without.is_some_and(|without| !without.is_denied());
    let by = match (simulated.organizations, simulated.result.boundary) {
        (Organizations::Deny, _) => Layer::Scp,
        (_, Some(false)) => Layer::Boundary,
        (Organizations::DenySome, _) if alone => Layer::Scp,
        _ => named.unwrap_or(Layer::Identity),
    };
    let denial =
        Told { denies: Truth::True, allows: Truth::False, statements: statements(simulated, |layer| layer == by) };
    let mut told = ToldLayers::default();
    match by {
        Layer::Scp => told.scp = Some(denial),
        Layer::Boundary => told.boundary = Some(denial),
        // The engine judges the bucket's policy too; what it makes of it is compared.
        Layer::Resource => {}
        _ => told.identity = Some(denial),
    }
    told
}

/// Not allowed: which layer says nothing follows from the details, or from asking again without those in the way
fn silent(simulated: &Simulated, without: Option<&Simulated>) -> ToldLayers {
    let nothing = || Some(Told::plain(false));
    let boundary = simulated.result.boundary.map(Told::plain);
    let scp_in_way = matches!(simulated.organizations, Organizations::Deny | Organizations::DenySome);
    let boundary_in_way = simulated.result.boundary == Some(false);
    if !scp_in_way && !boundary_in_way {
        let scp = (simulated.organizations == Organizations::Allow).then(|| Told::plain(true));
        return ToldLayers { scp, boundary, identity: nothing() };
    }
    let Some(without) = without else {
        let scp = (simulated.organizations == Organizations::Deny).then(|| Told::plain(false));
        return ToldLayers { scp, boundary, identity: None };
    };
    let behind = layers(without, None);
    let scp = match simulated.organizations {
        Organizations::Deny => nothing(),
        // Allowed once they are left out: they alone were in the way, here too.
        Organizations::DenySome if !without.is_denied() && !boundary_in_way => nothing(),
        Organizations::DenySome | Organizations::Unsaid => None,
        Organizations::Allow => Some(Told::plain(true)),
    };
    let boundary = if boundary_in_way { nothing() } else { behind.boundary };
    ToldLayers { scp, boundary, identity: behind.identity }
}

/// The statements of a bucket's policy that are said to deny
pub(super) fn resource_denials(simulated: &Simulated) -> Vec<StatementRef> {
    match simulated.result.decision {
        Decision::ExplicitDeny => statements(simulated, |layer| layer == Layer::Resource),
        _ => Vec::new(),
    }
}

/// The statements of some layers
fn statements(simulated: &Simulated, wanted: impl Fn(Layer) -> bool) -> Vec<StatementRef> {
    simulated.result.matched.iter().filter(|matched| wanted(layer(matched))).map(reference).collect()
}

/// Which layer a policy is of; the words on the wire are not those of the API's model, so both are known
fn layer(matched: &MatchedStatement) -> Layer {
    let kind = matched.kind.as_deref().unwrap_or_default().to_lowercase();
    match () {
        () if kind.contains("boundary") => Layer::Boundary,
        () if kind.contains("resource") => Layer::Resource,
        () => Layer::Identity,
    }
}

/// A statement by the name and the place that AWS gives it: the place is one in the stored document
fn reference(matched: &MatchedStatement) -> StatementRef {
    let policy: Option<Arc<str>> = matched.policy.as_deref().map(Arc::from);
    let location = matched.at.map(|(line, column)| Location {
        file: format!("AWS:{}", matched.policy.as_deref().unwrap_or("policy")).into(),
        at: Position { line, column },
    });
    StatementRef { layer: layer(matched), policy, sid: None, index: None, location }
}
