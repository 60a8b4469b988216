//! From TOML to the catalog's types, every problem with its place

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::iam::Action;
use crate::source::tables;
use crate::source::{Location, Position, Problem, Problems, SourceFile};

use super::assumption::Assumption;
use super::migration::{Loss, MeaningChange, Migration, MigrationHead, NewMember};
use super::operation::{Header, Operation};
use super::reference::ActionReference;
use super::row::{Precondition, Row};

/// The version of the format that this program reads
const FORMAT: u32 = 1;

/// What one file of the catalog holds
pub(super) enum Part {
    Operation(Box<Operation>),
    Migration(Box<Migration>),
    Assumptions(BTreeMap<String, Assumption>),
    Reference(BTreeMap<Action, ActionReference>),
    Schema(SourceFile),
}

/// Reads one file; what it holds is told by its content
pub(super) fn part(file: &SourceFile) -> Result<Part, Problems> {
    if file.name.ends_with(".json") {
        return Ok(Part::Schema(file.clone()));
    }
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    if !errors.is_empty() {
        return Err(Problems(errors.iter().map(|error| tables::misread(file, error)).collect()));
    }
    let mut table = table.into_inner();
    if table.get("operation").is_some() {
        return operation(file, table).map(|operation| Part::Operation(Box::new(operation)));
    }
    if table.get("from").is_some() {
        return migration(file, table).map(|migration| Part::Migration(Box::new(migration)));
    }
    let mut found = Vec::new();
    for section in ["assumption", "action"] {
        if let Some(value) = table.remove(section) {
            found.push((section, value));
        }
    }
    let mut problems: Vec<Problem> = table.keys().map(|key| unknown_section(file, key)).collect();
    let part = match (found.pop(), found.pop()) {
        (Some(("assumption", value)), None) => entries(file, value, &mut problems).map(Part::Assumptions),
        (Some((_, value)), None) => entries(file, value, &mut problems).map(Part::Reference),
        _ => None,
    };
    match part {
        Some(part) if problems.is_empty() => Ok(part),
        _ if problems.is_empty() => Err(Problem::at(&file.name, Position::START, "this is no file of the catalog")
            .with_help(
                "a file has either `operation = \"service:Name\"`, `from = \"service:Name\"` and `to`, `[assumption.NAME]` or \
                 `[action.\"service:Name\"]`",
            )
            .into()),
        _ => Err(Problems(problems)),
    }
}

fn unknown_section(file: &SourceFile, key: &Spanned<toml::de::DeString<'_>>) -> Problem {
    let at = file.position(key.span().start);
    Problem::at(&file.name, at, format!("`{}` has no place here", key.get_ref()))
}

fn operation(file: &SourceFile, mut table: DeTable<'_>) -> Result<Operation, Problems> {
    let mut problems = Vec::new();
    let rows = list(file, table.remove("require"), &mut problems, |row: &mut Row, location| {
        row.location = Some(location);
    });
    let preconditions = list(file, table.remove("precondition"), &mut problems, |row: &mut Precondition, location| {
        row.location = Some(location);
    });
    let places = places(file, &table);
    let head: Option<Header> = item(file, Spanned::new(0..0, DeValue::Table(table)), &mut problems);
    problems.extend(head.as_ref().and_then(|head| unknown_format(file, head.format)));
    match head {
        Some(header) if problems.is_empty() => {
            Ok(Operation { header, rows, preconditions, file: file.clone(), successors: Vec::new(), places })
        }
        _ => Err(Problems(problems)),
    }
}

fn migration(file: &SourceFile, mut table: DeTable<'_>) -> Result<Migration, Problems> {
    let mut problems = Vec::new();
    let members = list(file, table.remove("member"), &mut problems, |member: &mut NewMember, location| {
        member.location = Some(location);
    });
    let without = list(file, table.remove("without"), &mut problems, |loss: &mut Loss, location| {
        loss.location = Some(location);
    });
    let changes = list(file, table.remove("change"), &mut problems, |change: &mut MeaningChange, location| {
        change.location = Some(location);
    });
    let head: Option<MigrationHead> = item(file, Spanned::new(0..0, DeValue::Table(table)), &mut problems);
    problems.extend(head.as_ref().and_then(|head| unknown_format(file, head.format)));
    match head {
        Some(head) if problems.is_empty() => Ok(Migration { head, members, without, changes, file: file.clone() }),
        _ => Err(Problems(problems)),
    }
}

fn unknown_format(file: &SourceFile, format: u32) -> Option<Problem> {
    let message = format!("format {format} of the catalog is not known");
    let problem = Problem::at(&file.name, Position::START, message).with_help(format!("write `format = {FORMAT}`"));
    (format != FORMAT).then_some(problem)
}

/// Where each named entry of the head stands, as `fact.images`
fn places(file: &SourceFile, table: &DeTable<'_>) -> BTreeMap<String, Location> {
    let mut places = BTreeMap::new();
    for section in ["fact", "source", "principal"] {
        let entries = table.get(section).and_then(|value| value.get_ref().as_table());
        for key in entries.into_iter().flat_map(DeTable::keys) {
            let location = Location { file: file.name.clone(), at: file.position(key.span().start) };
            places.insert(format!("{section}.{}", key.get_ref()), location);
        }
    }
    places
}

fn list<'i, T: Deserialize<'i>>(
    file: &SourceFile,
    value: Option<Spanned<DeValue<'i>>>,
    problems: &mut Vec<Problem>,
    place: impl Fn(&mut T, Location),
) -> Vec<T> {
    let Some(value) = value else { return Vec::new() };
    let at = file.position(value.span().start);
    let DeValue::Array(elements) = value.into_inner() else {
        problems.push(Problem::at(&file.name, at, "expected `[[…]]`, a list of tables"));
        return Vec::new();
    };
    let mut items = Vec::new();
    for element in elements {
        let at = file.position(element.span().start);
        if let Some(mut read) = item(file, element, problems) {
            place(&mut read, Location { file: file.name.clone(), at });
            items.push(read);
        }
    }
    items
}

fn entries<'i, K, T>(
    file: &SourceFile,
    value: Spanned<DeValue<'i>>,
    problems: &mut Vec<Problem>,
) -> Option<BTreeMap<K, T>>
where
    K: FromStr<Err: Display> + Ord,
    T: Deserialize<'i>,
{
    let at = file.position(value.span().start);
    let DeValue::Table(table) = value.into_inner() else {
        problems.push(Problem::at(&file.name, at, "expected a table"));
        return None;
    };
    let mut read = BTreeMap::new();
    for (key, value) in table {
        let at = file.position(key.span().start);
        match key.get_ref().parse() {
            Ok(key) => {
                if let Some(value) = item(file, value, problems) {
                    read.insert(key, value);
                }
            }
            Err(error) => problems.push(Problem::at(&file.name, at, format!("{error}"))),
        }
    }
    Some(read)
}

fn item<'i, T: Deserialize<'i>>(
    file: &SourceFile,
    value: Spanned<DeValue<'i>>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    T::deserialize(ValueDeserializer::from(value)).map_err(|error| problems.push(tables::misread(file, &error))).ok()
}
