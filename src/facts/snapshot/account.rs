//! `snapshot.toml`: the account that a snapshot is of, and its organization

use std::collections::BTreeMap;
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

use crate::facts::{Environment, Fact, MissingFact, Organization};
use crate::iam::{AccountId, VocabularyError};
use crate::source::tables::{self, Value};
use crate::source::{Problem, Problems, SourceFile};

/// The path inside the snapshot
pub(super) const PATH: &str = "snapshot.toml";

const KEYS: [&str; 6] = ["account", "partition", "region", "captured_at", "organization", "unread"];
const ORGANIZATION_KEYS: [&str; 3] = ["id", "management_account", "paths"];

/// What `snapshot.toml` says
pub(super) struct Head {
    pub(super) environment: Environment,
    pub(super) organization: Fact<Organization>,
    /// Why files are not there, by path
    pub(super) unread: BTreeMap<String, String>,
}

/// Reads `snapshot.toml`
///
/// # Errors
/// All syntax errors, or all unknown keys and all values that are not what they should be.
pub(super) fn read(file: &SourceFile) -> Result<Head, Problems> {
    let table = tables::table(file)?;
    let mut reader = Reader { file, problems: Vec::new() };
    let mut environment = Environment::default();
    let mut organization = None;
    let mut unread = BTreeMap::new();
    for (key, value) in &table {
        match key.get_ref().as_ref() {
            "account" => environment.account = reader.word(value, "account"),
            "partition" => environment.partition = reader.word(value, "partition"),
            "region" => environment.region = reader.word(value, "region"),
            "captured_at" => environment.captured_at = reader.moment(value),
            "organization" => organization = reader.organization(value),
            "unread" => unread = reader.causes(value),
            other => reader.unknown(key.span().start, other, &KEYS),
        }
    }
    let organization = organization.unwrap_or_else(|| unsaid(unread.get("organization").map(String::as_str)));
    if reader.problems.is_empty() {
        Ok(Head { environment, organization, unread })
    } else {
        Err(Problems(reader.problems))
    }
}

fn unsaid(noted: Option<&str>) -> Fact<Organization> {
    Fact::Unknown(MissingFact {
        what: "whether the account is in an organization".to_owned(),
        source: "`organization = false` or an [organization] table in snapshot.toml, or --assume organization=none"
            .to_owned(),
        why: noted.unwrap_or("snapshot.toml does not say").to_owned(),
    })
}

struct Reader<'a> {
    file: &'a SourceFile,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn report(&mut self, offset: usize, message: impl Into<String>, help: &str) {
        let problem = Problem::at(&self.file.name, self.file.position(offset), message);
        self.problems.push(if help.is_empty() { problem } else { problem.with_help(help) });
    }

    fn unknown(&mut self, offset: usize, key: &str, known: &[&'static str]) {
        self.problems.push(tables::unknown_key(self.file, offset, key, known));
    }

    fn text<'v>(&mut self, value: &'v Value<'_>, key: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let message = format!("`{key}` must be a string, this is a TOML {}", value.get_ref().type_str());
            self.report(value.span().start, message, "put it in quotes");
        }
        text
    }

    fn word<T: FromStr<Err = VocabularyError>>(&mut self, value: &Value<'_>, key: &str) -> Option<T> {
        let parsed = self.text(value, key)?.parse();
        parsed.map_err(|error| self.report(value.span().start, format!("`{key}`: {error}"), "")).ok()
    }

    /// A moment as a TOML datetime or as a string; either needs an offset from UTC
    fn moment(&mut self, value: &Value<'_>) -> Option<String> {
        let text = match value.get_ref().as_datetime() {
            Some(datetime) => datetime.to_string(),
            None => self.text(value, "captured_at")?.to_owned(),
        };
        if text.parse::<jiff::Timestamp>().is_ok() {
            return Some(text);
        }
        let message = format!("`captured_at`: `{text}` is not a moment in RFC 3339");
        self.report(value.span().start, message, "for example 2025-06-30T09:15:00Z, with `Z` or an offset");
        None
    }

    fn organization(&mut self, value: &Value<'_>) -> Option<Fact<Organization>> {
        match value.get_ref() {
            DeValue::Boolean(false) => Some(Fact::Absent),
            DeValue::Table(table) => Some(Fact::Known(self.membership(table))),
            _ => {
                let help = "write `organization = false` when the account is in none, else an [organization] table";
                self.report(value.span().start, "`organization` must be false or a table", help);
                None
            }
        }
    }

    fn membership(&mut self, table: &DeTable<'_>) -> Organization {
        let mut organization = Organization { id: None, management_account: None, paths: Vec::new() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "id" => organization.id = self.organization_id(value),
                "management_account" => {
                    organization.management_account = self.word::<AccountId>(value, "management_account");
                }
                "paths" => organization.paths = self.paths(value),
                other => self.unknown(key.span().start, other, &ORGANIZATION_KEYS),
            }
        }
        organization
    }

    /// The table `[unread]`: a path or `organization`, and why it could not be read
    fn causes(&mut self, value: &Value<'_>) -> BTreeMap<String, String> {
        let Some(table) = value.get_ref().as_table() else {
            self.report(value.span().start, "`unread` must be a table of paths and causes", "");
            return BTreeMap::new();
        };
        let entries = table.iter().map(|(path, cause)| (path.get_ref().clone().into_owned(), cause));
        let entries = entries.filter_map(|(path, cause)| Some((path, self.text(cause, "unread")?.to_owned())));
        entries.collect()
    }

    fn organization_id(&mut self, value: &Value<'_>) -> Option<String> {
        let id = self.text(value, "id")?;
        if !id.starts_with("o-") || id.contains('/') {
            self.report(
                value.span().start,
                format!("`{id}` is not an organization id"),
                "expected a form like `o-a1b2c3d4e5`",
            );
        }
        Some(id.to_owned())
    }

    /// Organization paths end in a slash, which `aws:PrincipalOrgPaths` conditions rely on
    fn paths(&mut self, value: &Value<'_>) -> Vec<String> {
        let Some(array) = value.get_ref().as_array() else {
            self.report(value.span().start, "`paths` must be an array of strings", "");
            return Vec::new();
        };
        let mut paths = Vec::new();
        for element in array {
            let Some(path) = self.text(element, "paths") else { continue };
            if !path.starts_with("o-") || !path.ends_with('/') {
                let help = "expected a form like `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`";
                self.report(element.span().start, format!("`{path}` is not an organization path"), help);
            }
            paths.push(path.to_owned());
        }
        paths
    }
}
