//! The check that runs on every load: each name in an operation stands for something of the right kind

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Location, Position, Problem, nearest};

use super::assumption::Registry;
use super::context::ContextEntry;
use super::name::{DEFAULT_KEY, Name};
use super::operation::{FactSource, Operation, Principal};
use super::predicate::{Subject, Test, When};
use super::row::{Check, Precondition, Row};
use super::template::{Part, Template};
use super::via::Via;

/// What is wrong with the names of an operation; nothing for a sound one
pub(super) fn check(operation: &Operation, registry: &Registry) -> Vec<Problem> {
    let mut checker = Checker { operation, registry, problems: Vec::new(), at: None, variable: None, list: None };
    checker.unique_ids();
    checker.facts();
    for (name, principal) in &operation.header.principal {
        checker.principal(name, principal);
    }
    for row in &operation.rows {
        checker.row(row);
    }
    checker.alternatives();
    for precondition in &operation.preconditions {
        checker.precondition(precondition);
    }
    checker.at = None;
    checker.sources(&operation.header.status.src, "the status");
    checker.problems
}

struct Checker<'c> {
    operation: &'c Operation,
    registry: &'c Registry,
    problems: Vec<Problem>,
    at: Option<Location>,
    variable: Option<&'c str>,
    list: Option<&'c str>,
}

impl<'c> Checker<'c> {
    fn report(&mut self, message: impl Into<String>, help: Option<String>) {
        let start = || Location { file: self.operation.file.name.clone(), at: Position::START };
        let location = self.at.clone().unwrap_or_else(start);
        self.problems.push(Problem { location: Some(location), message: message.into(), help });
    }

    fn unique_ids(&mut self) {
        let rows = self.operation.rows.iter().map(|row| (&row.id, &row.location));
        let preconditions = self.operation.preconditions.iter().map(|check| (&check.id, &check.location));
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (id, location) in rows.chain(preconditions) {
            if !seen.insert(id) {
                self.at.clone_from(location);
                self.report(
                    format!("the id `{id}` stands twice"),
                    Some("ids name rows in reports: choose another".into()),
                );
            }
        }
    }

    fn facts(&mut self) {
        for (name, source) in &self.operation.header.fact {
            self.at = self.operation.places.get(&format!("fact.{name}")).cloned();
            match source {
                FactSource::S3Location { layout: Some(assumption), .. }
                | FactSource::S3Uri { layout: Some(assumption), .. }
                | FactSource::DatasetObjects { complete: Some(assumption), .. } => self.assumption(assumption, None),
                FactSource::RequestArn { form, .. } => self.template(form),
                FactSource::DatasetKeys { of } | FactSource::DatasetBuckets { of } => {
                    let objects = self.operation.header.fact.get(of);
                    if !matches!(objects, Some(FactSource::DatasetObjects { .. })) {
                        self.report(format!("`{of}` is no fact with dataset objects"), None);
                    }
                }
                _ => {}
            }
        }
    }

    fn principal(&mut self, name: &str, principal: &'c Principal) {
        self.at = self.operation.places.get(&format!("principal.{name}")).cloned();
        self.when(&principal.when);
        self.evidence(&principal.src, &principal.because);
        if let Some(pass) = &principal.pass {
            self.actor(&pass.by);
        }
        if let Name::Fact { source, .. } = self.operation.name_of(&principal.role, None)
            && !matches!(source, FactSource::Told { keys: false, .. })
        {
            self.report(
                format!("`{}` names no role", principal.role),
                Some("a request member, or a `told` fact".into()),
            );
        }
        if let Some(template) = principal.trust.as_ref().and_then(|trust| trust.source_arn.as_ref()) {
            self.template(template);
        }
        for also in &principal.trust_also {
            self.when(&also.when);
            self.sources(&also.src, "`trust_also`");
        }
    }

    fn row(&mut self, row: &'c Row) {
        self.at.clone_from(&row.location);
        self.variable = row.for_each.as_ref().map(|each| each.variable.as_str());
        self.list = row.for_each.as_ref().map(|each| each.list.as_str());
        self.evidence(&row.src, &row.because);
        self.actor(&row.actor);
        self.one_role(&row.actor);
        self.when(&row.when);
        self.resources(row);
        if row.any_of.is_some() && row.for_each.is_some() {
            self.report("a row that is an alternative cannot have a loop", Some("write a row for each element".into()));
        }
        if let Some(must_when) = &row.must_when {
            self.when(must_when);
        }
        for name in &row.assumes {
            self.assumption(name, None);
        }
        if let Via::OneOf(via) = &row.via {
            if let Some(name) = &via.assume {
                self.assumption(name, None);
                via.one_of.keys().for_each(|value| self.assumption(name, Some(value)));
            }
            if via.one_of.len() < 2 {
                self.report("`one_of` needs at least two alternatives", None);
            }
        }
        for entry in row.context.values() {
            self.context(entry);
        }
        (self.variable, self.list) = (None, None);
    }

    /// A principal whose roles come from a list can be passed and trusted, but no row says which of them it means
    fn one_role(&mut self, actor: &str) {
        let principal = self.operation.header.principal.get(actor);
        if principal.is_some_and(|principal| principal.role.contains("[]")) {
            self.report(format!("`{actor}` may be several roles, so no row can be as `{actor}`"), None);
        }
    }

    fn resources(&mut self, row: &'c Row) {
        let dataset = row.for_each.as_ref().and_then(|each| match self.operation.name_of(&each.list, None) {
            Name::Fact { source, .. } if source.is_list() => None,
            Name::Fact { source, .. } => Some((each, source.is_dataset())),
            _ => None,
        });
        match dataset {
            Some((each, true)) if row.resource.iter().any(|template| template.whole() != Some(&each.variable)) => {
                let help = format!("write `resource = \"{{{}}}\"`", each.variable);
                self.report("a row for each element of a dataset is about the element itself", Some(help));
            }
            Some((_, true)) => {}
            Some((each, false)) => self.report(format!("`{}` is no list", each.list), None),
            None => row.resource.iter().for_each(|template| self.template(template)),
        }
    }

    fn template(&mut self, template: &Template) {
        for part in template.parts() {
            match part {
                Part::Open(Some(assumption)) => self.assumption(assumption, None),
                Part::Named { name, .. } => self.value(name, template.whole().is_some()),
                _ => {}
            }
        }
    }

    /// A name that must give one text; a key stands for its ARN and so only alone
    fn value(&mut self, name: &str, alone: bool) {
        let operation = self.operation;
        let (name, source, field) = match operation.name_of(name, self.variable) {
            Name::Fact { name, source, field } => (name, source, field),
            Name::Variable(field) => return self.element(name, field, alone),
            Name::Request(_) => return,
        };
        match field {
            None if source.is_key() && alone => {}
            None if source.is_key() => self.report(format!("the key `{name}` stands for a whole ARN"), None),
            None if source.is_place() && alone => {}
            None if alone && matches!(source, FactSource::RequestArn { .. }) => {}
            None if matches!(source, FactSource::ArnOrId { .. } | FactSource::Told { .. }) => {}
            Some(DEFAULT_KEY) if source.is_place() && !alone => {
                self.report(format!("the key `{name}.{DEFAULT_KEY}` stands for a whole ARN"), None);
            }
            Some(field) if source.fields().contains(&field) && !source.is_list() => {}
            Some(field) => self.no_field(name, source, field),
            None => self.report(format!("the fact `{name}` has no text of its own"), None),
        }
    }

    /// The element of a fact that is a list: its fields, and what its list's element has
    fn element(&mut self, name: &str, field: Option<&str>, alone: bool) {
        let Some(list) = self.list else { return };
        let Name::Fact { name: fact, source, .. } = self.operation.name_of(list, None) else { return };
        match (source, field) {
            (FactSource::S3Uris { .. }, Some(DEFAULT_KEY)) if !alone => {
                self.report(format!("the key `{name}` stands for a whole ARN"), None);
            }
            (FactSource::S3Uris { uri: None, .. }, Some(field)) if !source.fields().contains(&field) => {
                self.no_field(fact, source, field);
            }
            (FactSource::EcrImages { .. }, Some(field)) if source.fields().contains(&field) => {}
            (FactSource::EcrImages { .. } | FactSource::Told { .. }, Some(field)) => self.no_field(fact, source, field),
            (FactSource::S3Uris { .. } | FactSource::EcrImages { .. }, None) => {
                self.report(format!("an element of `{fact}` has no text of its own"), None);
            }
            _ => {}
        }
    }

    fn no_field(&mut self, name: &str, source: &FactSource, field: &str) {
        let near = nearest(field, source.fields().iter().copied());
        let help = near.map(|near| format!("did you mean `{name}.{near}`?"));
        self.report(format!("the fact `{name}` has no field `{field}`"), help);
    }

    fn context(&mut self, entry: &ContextEntry) {
        match entry {
            ContextEntry::From { name, .. } => self.value(name, true),
            ContextEntry::Assume(name) => self.assumption(name, None),
            // Of the element of a list the place, or its bucket's key.
            ContextEntry::EncryptionContextOf(name) | ContextEntry::RequestAliasOf(name)
                if name.split('.').next() == self.variable =>
            {
                self.element(name, Some(DEFAULT_KEY), true);
            }
            ContextEntry::EncryptionContextOf(name) => self.fact(name, "S3 location", FactSource::is_place),
            ContextEntry::RequestAliasOf(name) => {
                match name.strip_suffix(DEFAULT_KEY).and_then(|place| place.strip_suffix('.')) {
                    Some(place) => self.fact(place, "S3 location", FactSource::is_place),
                    None => self.fact(name, "KMS key", FactSource::is_key),
                }
            }
            _ => {}
        }
    }

    fn fact(&mut self, name: &str, kind: &str, fits: impl Fn(&FactSource) -> bool) {
        let facts = &self.operation.header.fact;
        if !facts.get(name).is_some_and(fits) {
            let help = nearest(name, facts.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            self.report(format!("`{name}` is no fact with a {kind}"), help);
        }
    }

    fn precondition(&mut self, precondition: &Precondition) {
        self.at.clone_from(&precondition.location);
        self.evidence(&precondition.src, &precondition.because);
        self.when(&precondition.when);
        match precondition.check {
            Check::BucketRegionEquals | Check::BucketOwnerEquals => {
                self.fact(&precondition.of, "bucket", |source| {
                    source.is_place() || matches!(source, FactSource::S3Uris { .. } | FactSource::DatasetObjects { .. })
                });
            }
            Check::KeyEnabled | Check::KeySymmetricEncrypt | Check::KeyInRegion | Check::KeyGrantable => {
                self.fact(&precondition.of, "KMS key", |source| {
                    source.is_key() || matches!(source, FactSource::DatasetKeys { .. })
                });
            }
        }
        let rows = self.operation.rows.iter().map(|row| row.id.as_str());
        if !rows.clone().any(|id| id == precondition.row) {
            let help = nearest(&precondition.row, rows).map(|near| format!("did you mean `{near}`?"));
            self.report(format!("there is no row `{}`", precondition.row), help);
        }
    }

    fn when(&mut self, when: &When) {
        for atom in when.atoms() {
            match (&atom.subject, &atom.test) {
                (Subject::Assumption(name), Test::Equals(value) | Test::Differs(value)) => {
                    self.assumption(name, Some(value));
                }
                (Subject::Assumption(name), _) => self.assumption(name, None),
                (Subject::Named(name), _) => self.value(name, true),
            }
        }
    }

    fn assumption(&mut self, name: &str, value: Option<&str>) {
        if let Some((message, help)) = self.registry.objection(name, value) {
            self.report(message, Some(help));
        }
    }

    fn actor(&mut self, actor: &str) {
        let principals = &self.operation.header.principal;
        if actor != "caller" && !principals.contains_key(actor) {
            let known = principals.keys().map(String::as_str).chain(["caller"]);
            let help = nearest(actor, known).map(|near| format!("did you mean `{near}`?"));
            self.report(format!("there is no principal `{actor}`"), help);
        }
    }

    fn alternatives(&mut self) {
        let mut groups: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in &self.operation.rows {
            if let Some(label) = &row.any_of {
                groups.entry(label).or_default().push(row);
            }
        }
        for (label, rows) in groups {
            if let [only] = rows.as_slice() {
                self.at.clone_from(&only.location);
                self.report(format!("`any_of = \"{label}\"` has no other row"), None);
            }
        }
    }

    fn evidence(&mut self, src: &[String], because: &str) {
        if src.is_empty() {
            self.report("a row without a source", Some("name in `src` at least one entry of `[source]`".into()));
        }
        self.sources(src, "`src`");
        let sentence = because.trim();
        if sentence.is_empty() || sentence.ends_with('.') {
            let help = "write in `because` one sentence without a full stop that says why it is needed";
            self.report("a row without a reason", Some(help.into()));
        }
    }

    fn sources(&mut self, src: &[String], place: &str) {
        let known = &self.operation.header.source;
        for name in src.iter().filter(|name| !known.contains_key(*name)) {
            let help = nearest(name, known.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            self.report(format!("{place} names `{name}`, which is no entry of `[source]`"), help);
        }
    }
}
