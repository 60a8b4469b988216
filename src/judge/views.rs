//! Which layers take part in a call, and which of them the facts tell of

use crate::evaluate::{Authorization, Layer, Source};
use crate::facts::{Fact, MissingFact};

use super::{JudgedBy, View};

/// Every layer that takes part, as the own engine sees it
#[must_use]
pub(super) fn of_engine(request: &Authorization<'_>) -> Vec<View> {
    let (caller, resource) = (request.caller_side, request.resource_side);
    let service = request.question.action.service();
    let mut views = vec![
        unless(caller.unread.first(), &of_source(Layer::Identity, &caller.identity)),
        of_source(Layer::Boundary, &caller.boundary),
        of_source(Layer::Session, &caller.session),
        unless(unread(&caller.scps), &of_fact(Layer::Scp, &caller.scps)),
    ];
    if matches!(service, "s3" | "kms" | "sts") {
        views.push(of_source(Layer::Resource, &resource.policy));
        views.push(unless(unread(&resource.rcps), &of_fact(Layer::Rcp, &resource.rcps)));
    }
    if caller.vpc_endpoint != Source::Absent {
        views.push(of_source(Layer::Vpce, &caller.vpc_endpoint));
    }
    if service == "kms" {
        views.push(of_fact(Layer::Grant, &resource.grants));
    }
    views
}

fn unread(levels: &Fact<Vec<crate::evaluate::LevelSet>>) -> Option<&MissingFact> {
    levels.known()?.iter().find_map(|level| level.unread.as_ref())
}

fn of_source(layer: Layer, source: &Source) -> View {
    match source {
        Source::Absent => none(layer),
        Source::Set(_) => read(layer),
        Source::Unknown(missing) => unknown(layer, missing),
    }
}

fn of_fact<T>(layer: Layer, fact: &Fact<T>) -> View {
    match fact {
        Fact::Absent => none(layer),
        Fact::Known(_) => read(layer),
        Fact::Unknown(missing) => unknown(layer, missing),
    }
}

/// A part of the layer that is not known leaves the layer unseen
fn unless(missing: Option<&MissingFact>, view: &View) -> View {
    missing.map_or_else(|| view.clone(), |missing| unknown(view.layer, missing))
}

fn read(layer: Layer) -> View {
    View { layer, by: JudgedBy::Engine, why: "read".to_owned() }
}

fn none(layer: Layer) -> View {
    View { layer, by: JudgedBy::Engine, why: "known that there is none".to_owned() }
}

fn unknown(layer: Layer, missing: &MissingFact) -> View {
    View { layer, by: JudgedBy::Nobody, why: missing.to_string() }
}
