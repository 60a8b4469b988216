//! What an operation's rows use: facts, sources, request paths

use std::collections::BTreeSet;

use crate::source::Location;

use super::super::context::ContextEntry;
use super::super::name::Name;
use super::super::operation::{FactSource, Operation};
use super::super::predicate::{Subject, When};
use super::super::row::Row;
use super::super::template::{Part, Template};

/// What is used, and where request paths are used
pub(super) struct Usage<'o> {
    operation: &'o Operation,
    pub(super) facts: BTreeSet<&'o str>,
    pub(super) sources: BTreeSet<&'o str>,
    pub(super) paths: Vec<(String, Option<&'o Location>)>,
}

impl<'o> Usage<'o> {
    /// Everything that an operation uses
    pub(super) fn of(operation: &'o Operation) -> Self {
        let mut usage = Self { operation, facts: BTreeSet::new(), sources: BTreeSet::new(), paths: Vec::new() };
        usage.head();
        for row in &operation.rows {
            usage.row(row);
        }
        for precondition in &operation.preconditions {
            usage.facts.insert(&precondition.of);
            usage.sources.extend(precondition.src.iter().map(String::as_str));
            usage.when(&precondition.when, None, precondition.location.as_ref());
        }
        usage
    }

    fn head(&mut self) {
        let header = &self.operation.header;
        self.sources.extend(header.status.src.iter().map(String::as_str));
        for (name, fact) in &header.fact {
            let at = self.operation.places.get(&format!("fact.{name}"));
            self.paths.extend(fact.paths().into_iter().map(|path| (path, at)));
            if let FactSource::DatasetKeys { of } | FactSource::DatasetBuckets { of } = fact {
                self.facts.insert(of);
            }
        }
        for (name, principal) in &header.principal {
            let at = self.operation.places.get(&format!("principal.{name}"));
            self.name(&principal.role, None, at);
            self.sources.extend(principal.src.iter().map(String::as_str));
            self.when(&principal.when, None, at);
            if let Some(template) = principal.trust.as_ref().and_then(|trust| trust.source_arn.as_ref()) {
                self.template(template, None, at);
            }
            for also in &principal.trust_also {
                self.sources.extend(also.src.iter().map(String::as_str));
                self.when(&also.when, None, at);
            }
        }
    }

    fn row(&mut self, row: &'o Row) {
        let at = row.location.as_ref();
        self.sources.extend(row.src.iter().map(String::as_str));
        if let Some(each) = &row.for_each {
            self.name(&each.list, None, at);
        }
        self.when(&row.when, Some(row), at);
        if let Some(must_when) = &row.must_when {
            self.when(must_when, Some(row), at);
        }
        row.resource.iter().for_each(|template| self.template(template, Some(row), at));
        self.paths.extend(row.tags.iter().map(|path| (path.clone(), at)));
        for entry in row.context.values() {
            match entry {
                ContextEntry::From { name, .. }
                | ContextEntry::EncryptionContextOf(name)
                | ContextEntry::RequestAliasOf(name) => self.name(name, Some(row), at),
                ContextEntry::All(paths) => paths.iter().for_each(|path| self.paths.push((path.clone(), at))),
                _ => {}
            }
        }
    }

    fn template(&mut self, template: &'o Template, row: Option<&'o Row>, at: Option<&'o Location>) {
        for part in template.parts() {
            if let Part::Named { name, .. } = part {
                self.name(name, row, at);
            }
        }
    }

    fn when(&mut self, when: &'o When, row: Option<&'o Row>, at: Option<&'o Location>) {
        for atom in when.atoms() {
            if let Subject::Named(name) = &atom.subject {
                self.name(name, row, at);
            }
        }
    }

    fn name(&mut self, name: &'o str, row: Option<&'o Row>, at: Option<&'o Location>) {
        let each = row.and_then(|row| row.for_each.as_ref());
        match (self.operation.name_of(name, each.map(|each| each.variable.as_str())), each) {
            (Name::Request(path), _) => self.paths.push((path.to_owned(), at)),
            (Name::Fact { name, .. }, _) => {
                self.facts.insert(name);
            }
            (Name::Variable(Some(rest)), Some(each)) => match self.operation.name_of(&each.list, None) {
                Name::Fact { source, .. } if source.fields().contains(&rest) => {}
                Name::Fact { source: FactSource::S3Uris { of, .. }, .. } => {
                    self.paths.extend(of.iter().map(|path| (format!("{path}.{rest}"), at)));
                }
                _ => self.paths.push((format!("{}.{rest}", each.list), at)),
            },
            (Name::Variable(_), _) => {}
        }
    }
}
