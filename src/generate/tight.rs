//! What documents allow beyond the needs: compared pattern by pattern, not tried out on samples
//!
//! `Deny` statements are not subtracted, so what is listed is at least what is granted beyond.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate::ENCRYPTION_CONTEXT_ARN;
use crate::iam::Action;
use crate::iam::wildcard::{Glob, covers, intersects};
use crate::policy::{Document, Effect, Listing, Operator, OperatorKind, Quantifier, Statement};
use crate::reference;
use crate::source::Location;

use super::fold::BucketObjects;
use super::grant::{Grant, ObjectGrant, Plan, Planned};
use super::restriction::{Restrictions, Test};

/// Something granted beyond the needs
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// The document's name
    pub document: String,
    /// The statement: its id, or its number from 1
    pub statement: String,
    /// Where it stands
    pub location: Location,
    /// The actions, or a pattern for those of services that the needs do not name
    pub actions: Vec<String>,
    /// On which resources
    pub resource: String,
    /// In what it goes beyond, in words
    pub what: String,
}

/// What the documents are compared with
#[derive(Debug, Clone, Copy)]
pub struct Measure<'a> {
    /// What the needs come to
    pub plan: &'a Plan,
    /// The dataset's objects by bucket
    pub objects: &'a BTreeMap<String, BucketObjects>,
    /// The ARN that `*` stands for, in a key's policy
    pub own: Option<&'a str>,
}

/// What a document allows beyond the needs; nothing when the list is empty
#[must_use]
pub fn beyond(document: &Document, measure: Measure<'_>) -> Vec<Beyond> {
    let allowing = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    allowing.flat_map(|statement| Reading { document, statement, measure }.beyond()).collect()
}

/// Every action that AWS lists for a service
fn all_actions(service: &str) -> impl Iterator<Item = Action> {
    let listed = reference::service(service).into_iter().flat_map(reference::Service::actions);
    listed.filter_map(move |listed| format!("{service}:{}", listed.name).parse().ok())
}

#[derive(Clone, Copy)]
struct Reading<'a> {
    document: &'a Document,
    statement: &'a Statement,
    measure: Measure<'a>,
}

impl Reading<'_> {
    fn beyond(self) -> Vec<Beyond> {
        let (known, mut foreign) = self.actions();
        let resources = self.resources();
        let (needed, others): (Vec<Action>, Vec<Action>) = known.into_iter().partition(|action| self.is_needed(action));
        foreign.extend(others.iter().map(ToString::to_string));
        let mut found = Vec::new();
        if !foreign.is_empty() {
            found.push(self.item(foreign, &resources.join(", "), "no need asks for it".to_owned()));
        }
        for resource in &resources {
            let mut by_words: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for action in &needed {
                let words = self.compared(action, resource);
                if !words.is_empty() {
                    by_words.entry(words.join("; ")).or_default().push(action.to_string());
                }
            }
            found.extend(by_words.into_iter().map(|(what, actions)| self.item(actions, resource, what)));
        }
        found
    }

    fn item(self, actions: Vec<String>, resource: &str, what: String) -> Beyond {
        let number = || (self.statement.index + 1).to_string();
        Beyond {
            document: self.document.origin.name.to_string(),
            statement: self.statement.sid.as_ref().map_or_else(number, ToString::to_string),
            location: self.document.location(self.statement),
            actions,
            resource: resource.to_owned(),
            what,
        }
    }

    /// The actions of the services that the needs name, and patterns for what else there is
    fn actions(self) -> (BTreeSet<Action>, Vec<String>) {
        let element = &self.statement.action;
        let texts: Vec<&str> = element.patterns.iter().map(|pattern| &*pattern.text).collect();
        let listed = |action: &Action| texts.iter().any(|text| names(text, action));
        let services = self.services();
        let all = services.iter().flat_map(|service| all_actions(service));
        // An action may be needed that the list is too old for.
        let all = all.chain(self.needed().map(|(action, _)| action.clone()));
        let known = all.filter(|action| listed(action) == (element.listing == Listing::Only)).collect();
        if element.listing == Listing::AllBut {
            return (known, vec![format!("every action of other services but {}", texts.join(", "))]);
        }
        let foreign = texts.into_iter().filter_map(|text| match text.split_once(':') {
            None => Some("every action of every other service".to_owned()),
            Some((service, _)) if services.contains(&service.to_lowercase()) => None,
            Some(_) => Some(text.to_owned()),
        });
        (known, foreign.collect())
    }

    fn services(&self) -> BTreeSet<String> {
        self.needed().map(|(action, _)| action.service().to_owned()).collect()
    }

    fn needed(&self) -> impl Iterator<Item = (&Action, &Restrictions)> {
        self.measure.plan.grants.iter().map(|planned| match planned {
            Planned::Fixed(grant) => (&grant.action, &grant.restrictions),
            Planned::Objects(grant) => (&grant.action, &grant.restrictions),
        })
    }

    fn is_needed(self, action: &Action) -> bool {
        self.needed().any(|(needed, _)| needed == action)
    }

    fn resources(self) -> Vec<String> {
        match &self.statement.resource {
            None => vec!["*".to_owned()],
            Some(element) => {
                let texts = element.patterns.iter().map(|pattern| pattern.text.to_string());
                if element.listing == Listing::Only {
                    texts.collect()
                } else {
                    vec![format!("every resource but {}", texts.collect::<Vec<_>>().join(", "))]
                }
            }
        }
    }

    /// In what a needed action on these resources goes beyond the needs
    fn compared(self, action: &Action, resource: &str) -> Vec<String> {
        let granted = match self.measure.own {
            Some(own) if resource == "*" => glob(own),
            _ => glob(resource),
        };
        let of_action = self.measure.plan.grants.iter().filter(|planned| match planned {
            Planned::Fixed(grant) => grant.action == *action,
            Planned::Objects(grant) => grant.action == *action,
        });
        let mut best: Option<Vec<String>> = None;
        for planned in of_action {
            let words = match planned {
                Planned::Fixed(grant) => self.against(&granted, grant),
                Planned::Objects(grant) => self.against_objects(&granted, grant),
            };
            if let Some(words) = words
                && best.as_ref().is_none_or(|best| words.len() < best.len())
            {
                best = Some(words);
            }
        }
        best.unwrap_or_else(|| vec!["nothing there is needed".to_owned()])
    }

    /// Compared with one grant; `None` when it is about something else
    fn against(self, granted: &Glob, grant: &Grant) -> Option<Vec<String>> {
        let wanted = glob(&grant.resource);
        if !intersects(granted.tokens(), wanted.tokens()) {
            return None;
        }
        let mut words = Vec::new();
        if !covers(wanted.tokens(), granted.tokens()) {
            words.push(format!("only `{}` is needed", grant.resource));
        }
        words.extend(self.conditions(&grant.restrictions));
        Some(words)
    }

    /// Compared with the objects of one bucket
    fn against_objects(self, granted: &Glob, grant: &ObjectGrant) -> Option<Vec<String>> {
        let objects = self.measure.objects.get(&grant.bucket)?;
        let prefix = &objects.arn_prefix;
        if let Some(literal) = granted.literal() {
            let key = literal.strip_prefix(prefix.as_str())?;
            return objects.needed.contains(key).then(|| self.conditions(&grant.restrictions));
        }
        let matching =
            |keys: &BTreeSet<String>| keys.iter().filter(|key| granted.matches(&format!("{prefix}{key}"))).count();
        let needed = matching(&objects.needed);
        if needed == 0 {
            return None;
        }
        let others = objects.others.as_ref().map(|others| {
            others.difference(&objects.needed).filter(|key| granted.matches(&format!("{prefix}{key}"))).count()
        });
        let others = match others {
            Some(count) => format!("{count} other object(s) known there, and any that is not known"),
            None => "any other object there; which there are is not known".to_owned(),
        };
        let mut words = vec![format!("it covers {needed} needed object(s) and {others}")];
        words.extend(self.conditions(&grant.restrictions));
        Some(words)
    }

    /// Conditions that the need justifies and the statement does not have
    fn conditions(self, restrictions: &Restrictions) -> Vec<String> {
        let mut words = Vec::new();
        for (test, key, values) in restrictions.iter() {
            let own = self.measure.own.is_some() || self.statement.principal.is_some();
            if own && key == "aws:ResourceAccount" {
                // A policy lies at its own resource.
                continue;
            }
            if !self.limits(test, key, values) {
                let values = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
                words.push(format!("it asks for no `{key}` of {values}"));
            } else if key == ENCRYPTION_CONTEXT_ARN && values.iter().any(|value| value.ends_with("/*")) {
                words.push(format!(
                    "`{key}` covers every object of the bucket; the call comes through S3, which asks for s3:GetObject on each as well"
                ));
            }
        }
        words
    }

    /// Whether a condition of the statement lets pass no more than these values
    fn limits(self, test: Test, key: &str, values: &BTreeSet<String>) -> bool {
        let globs: Vec<Glob> = values.iter().map(|value| glob(value)).collect();
        self.statement.conditions.iter().any(|condition| {
            let same = condition.key.folded() == key.to_lowercase() && fits(condition.operator, test);
            let wild = matches!(
                condition.operator.kind,
                OperatorKind::StringLike | OperatorKind::ArnLike | OperatorKind::ArnEquals
            );
            same && !condition.values.is_empty()
                && condition.values.iter().all(|value| {
                    let value =
                        if wild { glob(value) } else { Glob::parse(&super::spelling::pattern(&unescaped(value))) };
                    globs.iter().any(|own| covers(own.tokens(), value.tokens()))
                })
        })
    }
}

/// Whether an operator of a document limits in the way that a test does
fn fits(operator: Operator, test: Test) -> bool {
    let strings = matches!(
        operator.kind,
        OperatorKind::StringEquals | OperatorKind::StringLike | OperatorKind::ArnLike | OperatorKind::ArnEquals
    );
    let kind = match test {
        Test::Bool => operator.kind == OperatorKind::Bool || strings,
        _ => strings,
    };
    let all = operator.quantifier == Some(Quantifier::All);
    let quantifier =
        all == matches!(test, Test::AllEqual | Test::AllLike) && operator.quantifier != Some(Quantifier::Any);
    kind && quantifier && !operator.if_exists
}

/// A policy's pattern; what a variable stands for is not known, so it counts as anything
fn glob(text: &str) -> Glob {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        match after.split_once('}') {
            Some(("*" | "?" | "$", _)) => {
                let escape: String = after.chars().take(2).collect();
                plain.push_str("${");
                plain.push_str(&escape);
                rest = after.get(2..).unwrap_or_default();
            }
            Some((_, end)) => {
                plain.push('*');
                rest = end;
            }
            None => {
                plain.push_str("${");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Glob::parse(&plain)
}

fn unescaped(text: &str) -> String {
    text.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$")
}

/// Whether an action pattern names an action
pub(super) fn names(pattern: &str, action: &Action) -> bool {
    let pattern = pattern.to_lowercase();
    pattern == "*" || Glob::parse(&pattern).matches(action.folded())
}
