//! A configuration file: strict keys, values that the flags take, paths from where the file is

use std::collections::BTreeMap;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use toml::de::{DeTable, DeValue};

use crate::gate::{Waivers, syntax_errors};
use crate::source::tables::{self, Value};
use crate::source::{Location, Problem, Problems, SourceFile};

use super::super::input;
use super::mirror::{PathPart, flags, flags_of_files, is_list, is_switch, is_table, tree};

/// The list of waivers, the only key that is no flag and no command
const WAIVERS: &str = "waiver";

/// A configuration file, read and checked against the flags of the commands
#[derive(Debug)]
pub(super) struct File {
    /// Its text
    pub(super) source: SourceFile,
    /// The waivers in it
    pub(super) waivers: Waivers,
    entries: Vec<Entry>,
}

/// One flag that the file sets, for one command or for all that know it
#[derive(Debug, Clone)]
pub(super) struct Entry {
    command: Option<String>,
    flag: String,
    pub(super) values: Vec<String>,
    pub(super) location: Location,
}

impl File {
    /// Reads a file
    ///
    /// # Errors
    /// All problems: syntax, keys that are no flag, values that a flag does not take.
    pub(super) fn read(path: &Path, program: &Command) -> Result<Self, Problems> {
        let file = input::read_document(path)?;
        let (table, errors) = DeTable::parse_recoverable(&file.text);
        let table = table.into_inner();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut reader = Reader {
            file: &file,
            folder,
            program,
            entries: Vec::new(),
            problems: syntax_errors(&file, &table, &errors),
        };
        let waivers = reader.top(&table);
        let (entries, problems) = (reader.entries, reader.problems);
        drop(table);
        if problems.is_empty() { Ok(Self { source: file, waivers, entries }) } else { Err(Problems(problems)) }
    }

    /// What the file sets for a command: its own section before what stands above all sections
    pub(super) fn entry(&self, command: Option<&str>, flag: &str) -> Option<&Entry> {
        let of = |command: Option<&str>| {
            self.entries.iter().find(|entry| entry.command.as_deref() == command && entry.flag == flag)
        };
        command.and_then(|command| of(Some(command))).or_else(|| of(None))
    }

    /// The values of all flags that the file sets for a command
    pub(super) fn defaults(&self, command: Option<&str>) -> BTreeMap<String, Vec<String>> {
        let flags = self.entries.iter().map(|entry| entry.flag.as_str());
        flags.filter_map(|flag| Some((flag.to_owned(), self.entry(command, flag)?.values.clone()))).collect()
    }
}

struct Reader<'a> {
    file: &'a SourceFile,
    folder: &'a Path,
    program: &'a Command,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn report(&mut self, offset: usize, message: impl Into<String>, help: impl Into<String>) {
        let problem = Problem::at(&self.file.name, self.file.position(offset), message);
        self.problems.push(problem.with_help(help));
    }

    /// Flags of all commands, sections of single ones, and waivers
    fn top(&mut self, table: &DeTable<'_>) -> Waivers {
        let mut waivers = Waivers::default();
        for (key, value) in table {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            let section = value.get_ref().as_table().zip(self.program.find_subcommand(name));
            if name == WAIVERS {
                match Waivers::of(self.file, value) {
                    Ok(read) => waivers = read,
                    Err(Problems(problems)) => self.problems.extend(problems),
                }
            } else if let Some((section, command)) = section {
                self.section(section, command);
            } else {
                let commands = tree(self.program).into_iter();
                let takers: Vec<(&Command, &Arg)> =
                    commands.filter_map(|command| Some((command, flag_of(command, name)?))).collect();
                self.entry(None, (name, at, value), &takers);
            }
        }
        waivers
    }

    fn section(&mut self, table: &DeTable<'_>, command: &Command) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let commands = tree(command).into_iter();
            let takers: Vec<(&Command, &Arg)> =
                commands.filter_map(|command| Some((command, flag_of(command, name)?))).collect();
            self.entry(Some(command), (name, key.span().start, value), &takers);
        }
    }

    /// One flag; `takers` are the commands that know it
    fn entry(
        &mut self,
        section: Option<&Command>,
        (name, at, value): (&str, usize, &Value<'_>),
        takers: &[(&Command, &Arg)],
    ) {
        let Some((_, arg)) = takers.first() else {
            self.unknown(section, name, at);
            return;
        };
        let Some(values) = self.values(name, arg, value) else { return };
        for (command, _) in takers {
            if let Some((text, why)) = values.iter().find_map(|text| Some((text, refusal(command, name, text)?))) {
                let message = format!("`{name}` of `{}` does not take `{text}`", command.get_name());
                self.report(value.span().start, message, why);
                return;
            }
        }
        let part = PathPart::of(arg);
        let values = values.iter().map(|value| part.resolve(value, self.folder)).collect();
        let location = Location { file: self.file.name.clone(), at: self.file.position(at) };
        let command = section.map(|command| command.get_name().to_owned());
        self.entries.push(Entry { command, flag: name.to_owned(), values, location });
    }

    fn unknown(&mut self, section: Option<&Command>, name: &str, at: usize) {
        let within = section.unwrap_or(self.program);
        let commands = tree(within);
        if commands.iter().any(|command| flags(command).any(|(flag, _)| flag == name)) {
            self.report(at, format!("`{name}` cannot stand in a file"), "give it on the command line");
            return;
        }
        let of_files = |command| flags_of_files(command).map(|(flag, _)| flag);
        let mut known: Vec<&str> = commands.into_iter().flat_map(of_files).collect();
        if section.is_none() {
            known.extend(self.program.get_subcommands().map(Command::get_name));
            known.push(WAIVERS);
        }
        known.sort_unstable();
        known.dedup();
        self.problems.push(tables::unknown_key(self.file, at, name, &known));
    }

    /// The values that a flag would get on the command line
    fn values(&mut self, name: &str, arg: &Arg, value: &Value<'_>) -> Option<Vec<String>> {
        match value.get_ref() {
            DeValue::Boolean(is_on) if is_switch(arg) => Some(vec![is_on.to_string()]),
            DeValue::Array(elements) if is_list(arg) => elements.iter().map(|one| self.text(name, one)).collect(),
            DeValue::Table(table) if is_table(arg) => {
                let pairs = table.iter().map(|(key, value)| {
                    let text = self.text(name, value)?;
                    Some(format!("{}={text}", key.get_ref()))
                });
                pairs.collect()
            }
            _ if is_switch(arg) => {
                self.report(value.span().start, format!("`{name}` is true or false"), "without quotes");
                None
            }
            DeValue::Array(_) => {
                self.report(value.span().start, format!("`{name}` has one value only"), "leave the brackets out");
                None
            }
            _ => Some(vec![self.text(name, value)?]),
        }
    }

    fn text(&mut self, name: &str, value: &Value<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.clone().into_owned()),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            other => {
                let message = format!("a value of `{name}` must be a string, this is a TOML {}", other.type_str());
                self.report(value.span().start, message, "put it in quotes");
                None
            }
        }
    }
}

/// The flag of a command with this name, if a file can set it
fn flag_of<'c>(command: &'c Command, name: &str) -> Option<&'c Arg> {
    flags_of_files(command).find(|(flag, _)| *flag == name).map(|(_, arg)| arg)
}

/// Why a command does not take this value of a flag, in clap's own judgement
fn refusal(command: &Command, flag: &str, value: &str) -> Option<String> {
    let is_switch = flag_of(command, flag).is_some_and(is_switch);
    if is_switch {
        return None;
    }
    let arguments = [command.get_name().to_owned(), format!("--{flag}={value}")];
    let error = command.clone().try_get_matches_from(arguments).err()?;
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    if let Some(ContextValue::String(near)) = error.get(ContextKind::SuggestedValue) {
        return Some(format!("did you mean `{near}`?"));
    }
    if let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue) {
        return Some(format!("it takes {}", valid.join(", ")));
    }
    let source = std::error::Error::source(&error).map(ToString::to_string);
    Some(source.unwrap_or_else(|| "the value is not of its form".to_owned()))
}
