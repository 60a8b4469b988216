//! What a sound catalog keeps beyond what loading checks: actions, resource shapes, request paths, nothing unused

mod paths;
mod usage;

use crate::iam::{Action, ContextKey};
use crate::json;
use crate::source::{Location, Problem, nearest};

use super::context::ContextEntry;
use super::name::{DEFAULT_KEY, Name};
use super::operation::{FactSource, Operation};
use super::reference::Reference;
use super::row::Row;
use super::template::{Part, Template};
use super::{Catalog, SourceFile};

use paths::RequestPaths;
use usage::Usage;

/// Everything that is wrong with a catalog that loads; nothing for a sound one
///
/// Per operation: each action is one that [`Reference`] knows, on a resource of a shape that the action has, with
/// condition keys that it carries; each request path exists in the request's JSON Schema; each member of that
/// schema is used, `inert` or `unmodelled`; each fact and each source is used. Per migration: each member of the old
/// request is used or has no counterpart, each member that the new one needs is written, each source is used.
#[must_use]
pub fn lint(catalog: &Catalog) -> Vec<Problem> {
    let mut problems: Vec<Problem> = catalog.operations().flat_map(|operation| lint_one(catalog, operation)).collect();
    for migration in catalog.migrations() {
        problems.extend(super::migration::lint(migration, catalog));
    }
    problems
}

/// The same of one operation
#[must_use]
pub fn lint_one(catalog: &Catalog, operation: &Operation) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut linter = Linter { operation, reference: &catalog.reference, problems: &mut problems };
    linter.actions();
    linter.unused();
    if let Some(schema) = catalog.schema(operation) {
        linter.request(schema);
    } else {
        linter.report(None, format!("there is no request schema `{}`", operation.header.schema), None);
    }
    problems
}

struct Linter<'l> {
    operation: &'l Operation,
    reference: &'l Reference,
    problems: &'l mut Vec<Problem>,
}

impl Linter<'_> {
    fn report(&mut self, at: Option<&Location>, message: String, help: Option<String>) {
        let start = Location { file: self.operation.file.name.clone(), at: crate::source::Position::START };
        self.problems.push(Problem { location: Some(at.cloned().unwrap_or(start)), message, help });
    }

    fn actions(&mut self) {
        let operation = self.operation;
        for row in &operation.rows {
            for action in &row.action {
                if self.known(action, row.location.as_ref()) {
                    self.shapes(row, action);
                    self.keys(row, action);
                }
            }
        }
        for (name, principal) in &operation.header.principal {
            let trust = principal.trust.iter().flat_map(|trust| &trust.actions);
            for action in trust.chain(principal.trust_also.iter().flat_map(|also| &also.actions)) {
                self.known(action, operation.places.get(&format!("principal.{name}")));
            }
        }
    }

    fn known(&mut self, action: &Action, at: Option<&Location>) -> bool {
        let known = self.reference.knows(action);
        if !known {
            let help = self.reference.nearest(action).map(|near| format!("did you mean `{near}`?"));
            self.report(at, format!("the reference does not know the action `{action}`"), help);
        }
        known
    }

    fn shapes(&mut self, row: &Row, action: &Action) {
        for template in &row.resource {
            let Some(sample) = self.sample(row, template) else { continue };
            if let Some(shapes) = self.reference.objection(action, &sample) {
                // An open part of a generated template may be several parts of an ARN.
                if self.operation.is_generated() && self.reference.meets(action, &template.pattern()) {
                    continue;
                }
                let shapes = if shapes.is_empty() { "`*`".to_owned() } else { shapes.join(", ") };
                let message = format!("`{template}` is no resource of {action}");
                self.report(row.location.as_ref(), message, Some(format!("its resources are {shapes}")));
            }
        }
    }

    /// A resource that a template could stand for; `None` where the request holds the whole ARN
    fn sample(&self, row: &Row, template: &Template) -> Option<String> {
        const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/sample";
        const OBJECT: &str = "arn:aws:s3:::sample/sample";
        const BUCKET: &str = "arn:aws:s3:::sample";
        let variable = row.for_each.as_ref().map(|each| each.variable.as_str());
        if let Some(name) = template.whole() {
            if name.ends_with(&format!(".{DEFAULT_KEY}")) {
                return Some(KEY.to_owned());
            }
            let list = row.for_each.as_ref().map(|each| self.operation.name_of(&each.list, None));
            return match (self.operation.name_of(name, variable), list) {
                (Name::Variable(None), Some(Name::Fact { source: FactSource::DatasetObjects { .. }, .. })) => {
                    Some(OBJECT.to_owned())
                }
                (Name::Variable(None), Some(Name::Fact { source: FactSource::DatasetBuckets { .. }, .. })) => {
                    Some(BUCKET.to_owned())
                }
                (Name::Variable(None), Some(Name::Fact { source: FactSource::Told { keys: false, .. }, .. })) => None,
                (Name::Variable(None), Some(Name::Fact { .. })) => Some(KEY.to_owned()),
                (Name::Fact { source, .. }, _) if source.is_key() => Some(KEY.to_owned()),
                _ => None,
            };
        }
        let told = row.for_each.as_ref().and_then(|each| self.operation.header.fact.get(&each.list));
        let told = matches!(told, Some(FactSource::Told { .. }));
        let text = template.parts().iter().map(|part| match part {
            Part::Text(text) => text,
            // What is told without being a key is a place in S3, or an ARN.
            Part::Named { name, .. } if told && variable == Some(name) => "sample/sample",
            _ => "sample",
        });
        Some(text.collect())
    }

    fn keys(&mut self, row: &Row, action: &Action) {
        let absent = |entry: &ContextEntry| matches!(entry, ContextEntry::Absent(_));
        let tag_keys: Option<ContextKey> = row.tags.as_ref().and_then(|_| "aws:TagKeys".parse().ok());
        let said = row.context.iter().filter(|(_, entry)| !absent(entry)).map(|(key, _)| key);
        for key in said.chain(tag_keys.as_ref()) {
            if self.reference.carries(action, key.folded()) == Some(false) {
                let known = self.reference.service_keys(action).unwrap_or_default();
                let near = nearest(key.as_str(), known.iter().map(String::as_str));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                self.report(row.location.as_ref(), format!("calls of {action} do not carry `{key}`"), help);
            }
        }
    }

    fn unused(&mut self) {
        let operation = self.operation;
        let usage = Usage::of(operation);
        for name in operation.header.fact.keys().filter(|name| !usage.facts.contains(name.as_str())) {
            let at = operation.places.get(&format!("fact.{name}"));
            self.report(at, format!("nothing uses the fact `{name}`"), None);
        }
        for name in operation.header.source.keys().filter(|name| !usage.sources.contains(name.as_str())) {
            let at = operation.places.get(&format!("source.{name}"));
            self.report(at, format!("nothing uses the source `{name}`"), None);
        }
    }

    fn request(&mut self, schema: &SourceFile) {
        let operation = self.operation;
        let tree = match json::parse(schema) {
            Ok(tree) => tree,
            Err(problem) => return self.problems.push(problem),
        };
        let paths = RequestPaths::of(&tree);
        let usage = Usage::of(operation);
        let listed = || operation.header.inert.iter().chain(&operation.header.unmodelled);
        let used: Vec<(&str, Option<&Location>)> = usage
            .paths
            .iter()
            .map(|(path, at)| (path.as_str(), *at))
            .chain(listed().map(|path| (path.as_str(), None)))
            .collect();
        for &(path, at) in &used {
            if !paths.has(path) {
                let help = nearest(path, paths.members()).map(|near| format!("did you mean `{near}`?"));
                self.report(at, format!("the request has no member `{path}`"), help);
            }
        }
        for leaf in paths.leaves() {
            let is_said = usage.paths.iter().any(|(path, _)| leaf.is_said_by(path));
            if !is_said && !listed().any(|path| leaf.is_within(path)) {
                let help = "use it, or list it in `inert` or `unmodelled`";
                self.report(
                    None,
                    format!("nothing says what the request member `{}` needs", leaf.path),
                    Some(help.to_owned()),
                );
            }
        }
    }
}
