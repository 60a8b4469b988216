//! Waivers from TOML: `[[waiver]]` in a file of their own or in the configuration

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use crate::iam::wildcard::{Glob, Token};
use crate::source::tables::{self, Value};
use crate::source::{Location, Problem, Problems, SourceFile, nearest};

use super::super::age;
use super::{About, Lack, Waiver, Waivers};

const KEYS: [&str; 10] =
    ["id", "action", "resource", "actor", "principal", "operation", "decision", "owner", "reason", "expires"];

/// The name of the list
const LIST: &str = "waiver";

impl Waivers {
    /// Reads a file of waivers
    ///
    /// # Errors
    /// What is no TOML and what nobody reads: then nothing can be said of any waiver. A waiver that lacks something
    /// or that has a date which is none is no error: it is kept as malformed and waives nothing.
    pub fn read(file: &SourceFile) -> Result<Self, Problems> {
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        let table = table.into_inner();
        let unknown = table.keys().filter(|key| key.get_ref() != LIST);
        let mut problems = syntax_errors(file, &table, &errors);
        problems.extend(unknown.map(|key| tables::unknown_key(file, key.span().start, key.get_ref(), &[LIST])));
        let waivers = match table.get(LIST) {
            None if problems.is_empty() => Ok(Self::default()),
            None => Err(Problems(Vec::new())),
            Some(list) => Self::of(file, list),
        };
        match waivers {
            Ok(waivers) if problems.is_empty() => Ok(waivers),
            Ok(_) => Err(Problems(problems)),
            Err(Problems(others)) => {
                problems.extend(others);
                Err(Problems(problems))
            }
        }
    }

    /// Reads the value of `waiver` in a file
    ///
    /// # Errors
    /// When it is no list of tables, and all keys that nobody reads.
    pub fn of(file: &SourceFile, list: &Value<'_>) -> Result<Self, Problems> {
        let not_a_list = |value: &Value<'_>| {
            let at = file.position(value.span().start);
            Problem::at(&file.name, at, "waivers are a list of tables").with_help("write `[[waiver]]` above each")
        };
        let elements = list.get_ref().as_array().ok_or_else(|| not_a_list(list))?;
        let mut waivers = Self::default();
        let mut problems = Vec::new();
        for element in elements {
            let Some(table) = element.get_ref().as_table() else {
                problems.push(not_a_list(element));
                continue;
            };
            let unknown = table.keys().filter(|key| !KEYS.contains(&&**key.get_ref()));
            problems.extend(unknown.map(|key| tables::unknown_key(file, key.span().start, key.get_ref(), &KEYS)));
            let location = Location { file: file.name.clone(), at: file.position(element.span().start) };
            let mut entry = Entry { file, table, location, malformed: Vec::new() };
            waivers.sound.extend(entry.waiver());
            waivers.malformed.extend(entry.malformed);
        }
        if problems.is_empty() { Ok(waivers) } else { Err(Problems(problems)) }
    }
}

/// The syntax errors of a file with waivers, but for dates that do not exist: a waiver with such a date counts as expired
#[must_use]
pub fn syntax_errors(file: &SourceFile, table: &DeTable<'_>, errors: &[toml::de::Error]) -> Vec<Problem> {
    let lists = table.get(LIST).and_then(|list| list.get_ref().as_array());
    let entries = lists.into_iter().flatten().filter_map(|entry| entry.get_ref().as_table());
    let dates: Vec<_> = entries
        .filter_map(|entry| entry.get("expires"))
        .filter(|value| value.get_ref().is_datetime())
        .map(Value::span)
        .collect();
    let in_date = |error: &toml::de::Error| {
        error.span().is_some_and(|span| dates.iter().any(|date| date.start <= span.start && span.end <= date.end))
    };
    errors.iter().filter(|error| !in_date(error)).map(|error| tables::syntax(file, error)).collect()
}

/// One waiver being read
struct Entry<'a> {
    file: &'a SourceFile,
    table: &'a DeTable<'a>,
    location: Location,
    malformed: Vec<Problem>,
}

impl Entry<'_> {
    /// The waiver, if nothing is wrong with it
    fn waiver(&mut self) -> Option<Waiver> {
        let about = self.about();
        let owner = self.required("owner", "who answers for it");
        let reason = self.required("reason", "why the gap is accepted");
        let expires = self.expires();
        if !self.malformed.is_empty() {
            return None;
        }
        let location = self.location.clone();
        Some(Waiver { about: about?, owner: owner?, reason: reason?, expires: expires?, location })
    }

    fn about(&mut self) -> Option<About> {
        let id = self.text("id").filter(|id| self.is_need(id));
        let action = self.text("action").map(|action| Glob::parse(&action.to_ascii_lowercase()));
        if self.table.get("id").is_none() && self.table.get("action").is_none() {
            let help = "name the row with `id`, or its action with `action`";
            self.refuse(None, "the waiver names neither a row nor an action".to_owned(), help);
        }
        if id.is_none() && action.as_ref().is_some_and(names_everything) {
            let help = "name the service at least, such as `kms:*`, or the row with `id`";
            self.refuse(Some("action"), "the waiver would waive every action".to_owned(), help);
        }
        let lack = match self.text("decision") {
            None => Some(Lack::Denied),
            Some(word) => self.lack(&word),
        };
        let [resource, actor, principal] =
            ["resource", "actor", "principal"].map(|key| self.text(key).map(|text| Glob::parse(&text)));
        let operation = self.text("operation");
        Some(About { id, action, resource, actor, principal, operation, lack: lack? })
    }

    /// Rows that one need was split into carry numbers that change from run to run
    fn is_need(&mut self, id: &str) -> bool {
        let is_need = !id.contains('#');
        if !is_need {
            let help = "leave `#` and the number out, and narrow the waiver with `resource`";
            self.refuse(Some("id"), format!("`{id}` is one of the rows that a need was split into"), help);
        }
        is_need
    }

    fn lack(&mut self, word: &str) -> Option<Lack> {
        let lack = Lack::parse(word);
        if lack.is_none() {
            let help = nearest(word, Lack::WORDS)
                .map_or_else(|| format!("one of {}", Lack::WORDS.join(", ")), |near| format!("did you mean `{near}`?"));
            self.refuse(Some("decision"), format!("`{word}` is no decision that can be waived"), &help);
        }
        lack
    }

    fn required(&mut self, key: &str, what: &str) -> Option<String> {
        if self.table.get(key).is_none() {
            self.refuse(None, format!("the waiver has no `{key}`"), &format!("say {what}: `{key} = \"…\"`"));
        }
        self.text(key)
    }

    /// A date, bare or in quotes; anything else counts as expired
    fn expires(&mut self) -> Option<Date> {
        let Some(value) = self.table.get("expires") else {
            let help = "say until which day it holds: `expires = 2026-03-31`";
            self.refuse(None, "the waiver has no `expires`, so it counts as expired".to_owned(), help);
            return None;
        };
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            other => format!("a TOML {}", other.type_str()),
        };
        let date = age::date(&text);
        if date.is_none() {
            let written = self.file.slice(value.span());
            let message = format!("`expires` is no date, so the waiver counts as expired: {written}");
            self.refuse(Some("expires"), message, "write a day that exists, without a time: `expires = 2026-03-31`");
        }
        date
    }

    /// A text that is not blank
    fn text(&mut self, key: &str) -> Option<String> {
        let value = self.table.get(key)?;
        match value.get_ref().as_str() {
            Some(text) if !text.trim().is_empty() => return Some(text.to_owned()),
            Some(_) => self.refuse(Some(key), format!("`{key}` is empty"), "write something, or remove the waiver"),
            None => {
                let message = format!("`{key}` must be a string, this is a TOML {}", value.get_ref().type_str());
                self.refuse(Some(key), message, "put it in quotes");
            }
        }
        None
    }

    /// Notes what is wrong with the waiver, at a key's value or at the whole
    fn refuse(&mut self, key: Option<&str>, message: String, help: &str) {
        let value = key.and_then(|key| self.table.get(key));
        let at = value.map_or(self.location.at, |value| self.file.position(value.span().start));
        let problem = Problem::at(&self.file.name, at, message);
        self.malformed.push(problem.with_help(help));
    }
}

/// Whether an action pattern has nothing but wildcards
fn names_everything(action: &Glob) -> bool {
    action.tokens().iter().all(|token| match token {
        Token::Literal(text) => **text == *":",
        Token::One | Token::Run => true,
    })
}
