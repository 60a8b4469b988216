//! Which flags of a run were set by the environment or the file

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::finding::{SetBy, Setting};

use super::file::File;
use super::mirror::{flags, variable};

/// The flags in force that the command line did not set
pub(super) fn settings(program: &Command, matches: &ArgMatches, file: Option<&File>) -> Vec<Setting> {
    let mut settings = of_command(program, matches, (file, None));
    if let Some((name, matches)) = matches.subcommand()
        && let Some(command) = program.find_subcommand(name)
    {
        settings.extend(below(command, matches, (file, name)));
    }
    settings
}

/// Those of a command of the program and of the commands below it
fn below(command: &Command, matches: &ArgMatches, (file, section): (Option<&File>, &str)) -> Vec<Setting> {
    let mut settings = of_command(command, matches, (file, Some(section)));
    if let Some((name, matches)) = matches.subcommand()
        && let Some(command) = command.find_subcommand(name)
    {
        settings.extend(below(command, matches, (file, section)));
    }
    settings
}

fn of_command(command: &Command, matches: &ArgMatches, (file, section): (Option<&File>, Option<&str>)) -> Vec<Setting> {
    let setting = |(flag, arg): (&str, &clap::Arg)| {
        let id = arg.get_id().as_str();
        let entry = file.and_then(|file| file.entry(section, flag));
        let (values, by) = match matches.value_source(id)? {
            ValueSource::EnvVariable => {
                let raw = matches.get_raw(id).into_iter().flatten();
                let values = raw.map(|value| value.to_string_lossy().into_owned()).collect();
                (values, SetBy::Environment(variable(flag)))
            }
            ValueSource::DefaultValue => (entry?.values.clone(), SetBy::File(entry?.location.clone())),
            _ => return None,
        };
        Some(Setting { flag: flag.to_owned(), values, by })
    };
    flags(command).filter_map(setting).collect()
}
