//! The command line with what a configuration file and the environment add to it
//!
//! Nothing is written down twice: the flags are those of the clap definition. A value of the file becomes the
//! default of its flag and a variable its environment, so clap itself lets the command line win over the environment,
//! the environment over the file, and the file over what the program would do.

mod file;
mod find;
mod mirror;
mod source;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use crate::finding::{SetBy, Setting};
use crate::gate::Waivers;
use crate::source::{Problems, SourceFile};

use super::args::Cli;
use super::terminal;
use file::File;

/// What was set beside the command line
#[derive(Debug, Default)]
pub(super) struct Configuration {
    /// The file that was read
    pub(super) file: Option<SourceFile>,
    /// The waivers in it
    pub(super) waivers: Waivers,
    /// The flags of this run that it or the environment has set
    pub(super) settings: Vec<Setting>,
}

impl Configuration {
    /// Says on standard error what was not set on the command line, and by what
    pub(super) fn tell(&self) {
        let flags = |of: &dyn Fn(&SetBy) -> bool| {
            let flags = self.settings.iter().filter(|setting| of(&setting.by)).map(|setting| setting.flag.as_str());
            flags.collect::<Vec<_>>().join(", ")
        };
        let (by_file, by_environment) =
            (flags(&|by| matches!(by, SetBy::File(_))), flags(&|by| matches!(by, SetBy::Environment(_))));
        if let Some(file) = &self.file {
            let what = if by_file.is_empty() { "no flag of this run".to_owned() } else { by_file };
            terminal::note(&format!("`{}` sets {what}", file.name));
        }
        if !by_environment.is_empty() {
            terminal::note(&format!("the environment sets {by_environment}"));
        }
    }
}

/// Why there is no command to run
#[derive(Debug)]
pub(super) enum Refused {
    /// clap's word: usage, or help and version
    Usage(clap::Error),
    /// The configuration or the environment cannot be used
    Input(Problems),
}

impl From<clap::Error> for Refused {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

impl From<Problems> for Refused {
    fn from(problems: Problems) -> Self {
        Self::Input(problems)
    }
}

/// Reads the command line, the environment and the configuration file
pub(super) fn parse(
    arguments: Vec<OsString>,
    environment: &[(OsString, OsString)],
) -> Result<(Cli, Configuration), Refused> {
    let plain = Cli::command();
    mirror::refuse_unknown(&plain, environment)?;
    let command = mirror::with_environment(plain.clone(), environment);
    // Help and version need no file, and usage errors come up again below.
    let read = match wanted(&command, &arguments)? {
        Some(path) => Some(File::read(&path, &plain)?),
        None => None,
    };
    let command = match &read {
        Some(file) => mirror::with_defaults(command, file),
        None => command,
    };
    let matches = command.try_get_matches_from(arguments)?;
    let settings = source::settings(&plain, &matches, read.as_ref());
    let cli = Cli::from_arg_matches(&matches)?;
    let (file, waivers) = read.map(|read| (read.source, read.waivers)).unzip();
    Ok((cli, Configuration { file, waivers: waivers.unwrap_or_default(), settings }))
}

/// The file to read, as far as the command line can be understood without it
fn wanted(command: &clap::Command, arguments: &[OsString]) -> Result<Option<PathBuf>, Refused> {
    let Ok(matches) = command.clone().ignore_errors(true).try_get_matches_from(arguments) else { return Ok(None) };
    let named = matches.get_one::<PathBuf>("config").cloned();
    if !matches.get_flag("no_config") {
        return Ok(named.or_else(find::upward));
    }
    if named.is_some() && matches.value_source("config") == matches.value_source("no_config") {
        let words = "--config and --no-config contradict each other";
        return Err(command.clone().error(ErrorKind::ArgumentConflict, words).into());
    }
    Ok(None)
}
