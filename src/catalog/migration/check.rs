//! Whether a migration fits the operations that it speaks of

use std::collections::BTreeMap;

use serde_json::Value;

use crate::source::{Location, Position, Problem, nearest};

use super::path::in_object;
use super::{Catalog, Dataset, Migration, NewMember, Origin};

/// What makes a migration unusable: operations, members and sources that are not there, values that do not fit
pub(in crate::catalog) fn check(migration: &Migration, catalog: &Catalog) -> Vec<Problem> {
    let mut checker = Checker { migration, problems: Vec::new() };
    let schemas =
        (checker.schema(migration.head.from.as_str(), catalog), checker.schema(migration.head.to.as_str(), catalog));
    let (Some(old), Some(new)) = schemas else { return checker.problems };
    for member in &migration.members {
        checker.member(member, (&old, &new));
    }
    for loss in &migration.without {
        checker.old_path(loss.from.member(), &old, loss.location.as_ref());
        checker.cited(&loss.src, loss.location.as_ref());
    }
    for change in &migration.changes {
        checker.old_path(change.when.as_ref().and_then(|when| when.member()), &old, change.location.as_ref());
        checker.cited(&change.src, change.location.as_ref());
    }
    checker.settings();
    checker.problems
}

/// What is missing from a migration that can be used: members that nothing is said of, sources that nothing uses
pub(in crate::catalog) fn lint(migration: &Migration, catalog: &Catalog) -> Vec<Problem> {
    let mut checker = Checker { migration, problems: Vec::new() };
    let schemas =
        (checker.schema(migration.head.from.as_str(), catalog), checker.schema(migration.head.to.as_str(), catalog));
    let (Some(old), Some(new)) = schemas else { return checker.problems };
    checker.all_is_said(&old);
    checker.required("", &new);
    checker.sources_are_used();
    checker.problems
}

struct Checker<'m> {
    migration: &'m Migration,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn report(&mut self, at: Option<&Location>, message: String, help: Option<String>) {
        let start = Location { file: self.migration.file.name.clone(), at: Position::START };
        self.problems.push(Problem { location: Some(at.cloned().unwrap_or(start)), message, help });
    }

    /// The schema of an operation's request; that an operation has none is said of the operation
    fn schema(&mut self, name: &str, catalog: &Catalog) -> Option<Value> {
        match catalog.operation(name) {
            Ok(operation) => catalog.schema(operation).and_then(|file| serde_json::from_str(&file.text).ok()),
            Err(problem) => {
                self.report(None, problem.message, problem.help);
                None
            }
        }
    }

    fn member(&mut self, member: &NewMember, (old, new): (&Value, &Value)) {
        let at = member.location.as_ref();
        match (&member.from, &member.value, &member.ask) {
            (None, None, None) => {
                self.report(at, "nothing says what the member is".to_owned(), Some("from, value or ask".to_owned()));
            }
            (_, Some(_), Some(_)) | (Some(_), Some(_), _) => {
                self.report(at, "a member with a `value` has neither `from` nor `ask`".to_owned(), None);
            }
            (Some(_), None, None) if member.name.is_none() => {
                let help = "give it a `name`, by which the user can give another value".to_owned();
                self.report(at, "what the member is made of may not be there, or not fit".to_owned(), Some(help));
            }
            _ => {}
        }
        if let Some(name) = member.name.as_deref().filter(|name| !is_name(name)) {
            self.report(at, format!("`{name}` is no name: letters and digits, a letter first"), None);
        }
        for path in &member.to {
            match path.in_schema(new) {
                None => {
                    let message = format!("the request of {} has no member `{path}`", self.migration.head.to);
                    self.report(at, message, near(path.last(), new));
                }
                Some(rules) => {
                    if let Some(value) = member.value.as_ref().filter(|value| !jsonschema::is_valid(rules, value)) {
                        self.report(at, format!("`{value}` does not fit `{path}`"), None);
                    }
                }
            }
            if matches!(member.from, Some(Origin::Manifest(_))) && path.dataset().is_none() {
                self.report(at, format!("`{path}` goes through no list element of a dataset"), None);
            }
        }
        for path in old_paths(member.from.as_ref()) {
            self.old_path(Some(path), old, at);
        }
        self.old_path(member.when.as_ref().and_then(|when| when.member()), old, at);
        self.cited(&member.src, at);
    }

    fn old_path(&mut self, path: Option<&str>, old: &Value, at: Option<&Location>) {
        let Some(path) = path else { return };
        if path.split('.').try_fold(old, in_object).is_none() {
            let message = format!("the request of {} has no member `{path}`", self.migration.head.from);
            self.report(at, message, near(path, old));
        }
    }

    fn cited(&mut self, names: &[String], at: Option<&Location>) {
        if names.is_empty() {
            self.report(at, "no source backs it".to_owned(), Some("name one of [source] in `src`".to_owned()));
        }
        let known = &self.migration.head.source;
        let unknown: Vec<&String> = names.iter().filter(|name| !known.contains_key(*name)).collect();
        for name in unknown {
            let near = nearest(name, known.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
            self.report(at, format!("there is no source `{name}`"), near);
        }
    }

    /// One name is one value: only the parts of one manifest's place, and the attributes of one dataset, share a name
    fn settings(&mut self) {
        let mut named: BTreeMap<String, &NewMember> = BTreeMap::new();
        for member in &self.migration.members {
            for path in &member.to {
                let Some(name) = member.setting(path) else { continue };
                let shares = |other: &NewMember| {
                    let kinds = (kind(other), kind(member));
                    std::ptr::eq(other, member) || (kinds.0.is_some() && kinds.0 == kinds.1)
                };
                if named.get(&name).is_some_and(|other| !shares(other)) {
                    let help = "give one of them a `name`".to_owned();
                    self.report(member.location.as_ref(), format!("two members are set as `{name}`"), Some(help));
                }
                named.entry(name).or_insert(member);
            }
        }
    }

    /// Each member of the old request goes somewhere, or has no counterpart
    fn all_is_said(&mut self, old: &Value) {
        let mut said: Vec<&str> =
            self.migration.members.iter().flat_map(|member| old_paths(member.from.as_ref())).collect();
        said.extend(self.migration.without.iter().filter_map(|loss| loss.from.member()));
        let mut silent = Vec::new();
        leaves(old, "", &mut |leaf| {
            let covers =
                |path: &&str| leaf.strip_prefix(*path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            if !said.iter().any(covers) {
                silent.push(leaf.to_owned());
            }
        });
        for leaf in silent {
            let message = format!("nothing says what becomes of `{leaf}`");
            self.report(None, message, Some("use it in `from`, or list it in [[without]]".to_owned()));
        }
    }

    /// Each required member is written, as far as its object is
    fn required(&mut self, beginning: &str, rules: &Value) {
        let plain = |member: &NewMember| -> Vec<String> {
            member.to.iter().map(|path| unlabelled(&path.to_string())).collect()
        };
        let written: Vec<String> = self.migration.members.iter().flat_map(plain).collect();
        let names = rules.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let is_written = |path: &str| {
            written
                .iter()
                .any(|other| other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
        };
        for name in names {
            let path = joined(beginning, name);
            if !is_written(&path) {
                let message = format!("the request of {} needs `{path}`", self.migration.head.to);
                self.report(None, message, Some("add a [[member]] for it".to_owned()));
            }
        }
        for (name, member) in rules.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = joined(beginning, name);
            let inner = member.get("items").unwrap_or(member);
            if written.iter().any(|other| other.starts_with(&format!("{path}."))) {
                self.required(&path, inner);
            }
        }
    }

    fn sources_are_used(&mut self) {
        let Migration { members, without, changes, head, .. } = self.migration;
        let used = |name: &String| {
            members.iter().any(|member| member.src.contains(name))
                || without.iter().any(|loss| loss.src.contains(name))
                || changes.iter().any(|change| change.src.contains(name))
        };
        let unused: Vec<&String> = head.source.keys().filter(|name| !used(name)).collect();
        for name in unused {
            self.report(None, format!("nothing uses the source `{name}`"), None);
        }
    }
}

/// What values that one text can fill are about
#[derive(PartialEq, Eq)]
enum Kind {
    Manifest,
    Attributes(Dataset),
}

fn kind(member: &NewMember) -> Option<Kind> {
    match member.from {
        Some(Origin::Manifest(_)) => Some(Kind::Manifest),
        Some(Origin::Attributes(dataset) | Origin::AttributesText(dataset)) => Some(Kind::Attributes(dataset)),
        _ => None,
    }
}

/// The members of the old request that an origin reads
fn old_paths(origin: Option<&Origin>) -> Vec<&str> {
    match origin {
        Some(Origin::Member(path) | Origin::TagMap(path)) => vec![path],
        Some(Origin::S3Uri { bucket, prefix }) => std::iter::once(bucket.as_str()).chain(prefix.as_deref()).collect(),
        _ => Vec::new(),
    }
}

/// The members that hold no further ones; lists count as a whole
fn leaves(rules: &Value, path: &str, found: &mut dyn FnMut(&str)) {
    match rules.get("properties").and_then(Value::as_object) {
        Some(members) => members.iter().for_each(|(name, rules)| leaves(rules, &joined(path, name), found)),
        None => found(path),
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn joined(beginning: &str, name: &str) -> String {
    if beginning.is_empty() { name.to_owned() } else { format!("{beginning}.{name}") }
}

/// A path without the labels of its elements
fn unlabelled(path: &str) -> String {
    path.split('.').map(|step| step.split('[').next().unwrap_or(step)).collect::<Vec<_>>().join(".")
}

fn near(name: &str, schema: &Value) -> Option<String> {
    let members = schema.get("properties").and_then(Value::as_object)?;
    nearest(name, members.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
}
