//! The narrowest exception from a statement that denies: for this principal and, where it can be, this action alone

use std::sync::Arc;

use serde_json::Value;

use crate::evaluate::{Layer, StatementRef};
use crate::facts::{Fact, Facts};
use crate::iam::Action;
use crate::policy::{ActionElement, Condition, Document, Listing, Operator, OperatorKind, PolicyType, Statement, Text};

use super::fix::{Change, owner};
use super::rewrite;

/// What is excepted, and from which statement
pub(super) struct Exception<'a> {
    pub(super) facts: &'a Facts,
    pub(super) part: &'a StatementRef,
    pub(super) principal: &'a str,
    pub(super) action: &'a Action,
}

impl Exception<'_> {
    /// The change, and the facts with it made
    pub(super) fn change(&self) -> Option<(Change, Facts)> {
        let index = self.part.index?;
        let old = find(self.facts, self.part)?;
        let denying = old.statements.get(index)?;
        let (statements, opens) = self.excepting(denying)?;
        let texts: Vec<Value> = statements.iter().map(rewrite::statement).collect();
        let mut all: Vec<Value> = old.statements.iter().map(rewrite::statement).collect();
        all.splice(index..=index, texts.iter().cloned());
        let written = rewrite::document(Some(&old), &all);
        let new = rewrite::parsed(&written, "with the exception", kind(self.part.layer, self.action))?;
        let change = Change {
            layer: self.part.layer,
            owner: owner(self.part.layer),
            what: "put these statements in place of the one that denies".to_owned(),
            document: old.origin.name.to_string(),
            location: self.part.location.clone(),
            denies: Some(rewrite::statement(denying)),
            statements: texts,
            opens,
            command: None,
        };
        Some((change, replaced(self.facts, &old, &new)))
    }

    /// The statement without this principal; for this action alone where its actions are listed by name
    fn excepting(&self, denying: &Statement) -> Option<(Vec<Statement>, String)> {
        let mut excepting = denying.clone();
        let negated = |condition: &&mut Condition| {
            let kind = condition.operator.kind;
            condition.key.folded() == "aws:principalarn"
                && condition.operator.quantifier.is_none()
                && matches!(
                    kind,
                    OperatorKind::ArnNotEquals
                        | OperatorKind::ArnNotLike
                        | OperatorKind::StringNotEquals
                        | OperatorKind::StringNotLike
                )
        };
        match excepting.conditions.iter_mut().find(negated) {
            // The list of those excepted already is where this one belongs.
            Some(condition) => condition.values.push(self.principal.into()),
            None => excepting.conditions.push(Condition {
                operator: Operator { quantifier: None, kind: OperatorKind::ArnNotEquals, if_exists: false },
                key: "aws:PrincipalArn".parse().ok()?,
                values: vec![self.principal.into()],
                at: denying.at,
            }),
        }
        let is_own = |text: &Text| text.text.to_lowercase() == self.action.folded();
        let patterns = &denying.action.patterns;
        let listed = denying.action.listing == Listing::Only && patterns.iter().any(is_own);
        if !listed {
            let names: Vec<&str> = patterns.iter().map(|text| &*text.text).collect();
            let all = if denying.action.listing == Listing::Only { "all of" } else { "all but" };
            return Some((vec![excepting], format!("{all} {}, for this principal", names.join(", "))));
        }
        if patterns.len() == 1 {
            return Some((vec![excepting], others(denying)));
        }
        let (own, rest): (Vec<Text>, Vec<Text>) = patterns.iter().cloned().partition(is_own);
        let with = |patterns, statement: &Statement, suffix: &str| Statement {
            action: ActionElement { listing: Listing::Only, patterns },
            sid: statement.sid.as_ref().map(|sid| format!("{sid}{suffix}").into()),
            ..statement.clone()
        };
        Some((vec![with(rest, denying, ""), with(own, &excepting, "ForOthers")], others(denying)))
    }
}

/// What else of its action an exception opens
fn others(denying: &Statement) -> String {
    let resources = denying.resource.iter().flat_map(|element| &element.patterns).map(|text| &*text.text);
    let resources: Vec<&str> = resources.collect();
    format!("the action on all of {}, for this principal", resources.join(", "))
}

fn kind(layer: Layer, action: &Action) -> PolicyType {
    match layer {
        Layer::Scp => PolicyType::ServiceControl,
        Layer::Rcp => PolicyType::ResourceControl,
        Layer::Vpce => PolicyType::VpcEndpoint,
        Layer::Boundary => PolicyType::Boundary,
        Layer::Session => PolicyType::Session,
        Layer::Resource if action.service() == "kms" => PolicyType::Key,
        Layer::Resource | Layer::Grant => PolicyType::Resource,
        Layer::Identity | Layer::Service => PolicyType::Identity,
    }
}

/// The document that a statement stands in
fn find(facts: &Facts, part: &StatementRef) -> Option<Arc<Document>> {
    let location = part.location.as_ref()?;
    let index = part.index?;
    let stands = |document: &&Arc<Document>| {
        document.origin.file == location.file
            && document.statements.get(index).is_some_and(|statement| statement.at == location.at)
    };
    documents(facts).into_iter().find(stands).cloned()
}

fn documents(facts: &Facts) -> Vec<&Arc<Document>> {
    let identity = facts.identity.known();
    let mut all: Vec<&Arc<Document>> = identity.iter().flat_map(|own| &own.policies).collect();
    all.extend(identity.and_then(|own| own.boundary.known()));
    all.extend(facts.session.known().into_iter().flatten());
    all.extend(facts.vpc_endpoint.known());
    all.extend(
        [&facts.scps, &facts.rcps].into_iter().filter_map(Fact::known).flatten().flat_map(|level| &level.policies),
    );
    all.extend(facts.buckets.values().filter_map(|bucket| bucket.policy.known()));
    all.extend(facts.keys.values().filter_map(|key| key.policy.known()));
    all
}

/// The facts with one document in place of another, wherever it stands
fn replaced(facts: &Facts, old: &Arc<Document>, new: &Arc<Document>) -> Facts {
    let mut facts = facts.clone();
    let swap = |own: &mut Arc<Document>| {
        if Arc::ptr_eq(own, old) {
            *own = Arc::clone(new);
        }
    };
    let single = |own: &mut Fact<Arc<Document>>| {
        if let Fact::Known(own) = own {
            swap(own);
        }
    };
    if let Fact::Known(identity) = &mut facts.identity {
        identity.policies.iter_mut().for_each(swap);
        single(&mut identity.boundary);
    }
    if let Fact::Known(documents) = &mut facts.session {
        documents.iter_mut().for_each(swap);
    }
    single(&mut facts.vpc_endpoint);
    for levels in [&mut facts.scps, &mut facts.rcps] {
        if let Fact::Known(levels) = levels {
            levels.iter_mut().flat_map(|level| &mut level.policies).for_each(swap);
        }
    }
    facts.buckets.values_mut().for_each(|bucket| single(&mut bucket.policy));
    facts.keys.values_mut().for_each(|key| single(&mut key.policy));
    facts
}
