//! The flags of the clap definition, mirrored in files and variables

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, Command};

use crate::cli::args::MIGRATION;
use crate::source::{Problem, Problems, nearest};

use super::file::File;

/// What begins the name of every variable
const PREFIX: &str = "IAM_PREFLIGHT_";
/// Flags that a file cannot set: what names it, and the moment, which would make waivers last for ever
const NOT_IN_FILES: [&str; 3] = ["config", "no-config", "as-of"];

/// Whether an argument is a flag that can be set from elsewhere
///
/// What makes a request another one is said each time: `--as` means a layer of policies to `diff`.
fn is_mirrored(arg: &Arg) -> bool {
    let action = arg.get_action();
    let is_action = matches!(action, ArgAction::Set | ArgAction::Append | ArgAction::SetTrue);
    let is_migration = arg.get_help_heading() == Some(MIGRATION);
    is_action && !arg.is_positional() && arg.get_long().is_some() && !is_migration
}

/// The mirrored flags of one command, without those of its commands
pub(super) fn flags(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    let mirrored = command.get_arguments().filter(|arg| is_mirrored(arg));
    mirrored.filter_map(|arg| Some((arg.get_long()?, arg)))
}

/// The same, as far as a file can set them
pub(super) fn flags_of_files(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    flags(command).filter(|(flag, _)| !NOT_IN_FILES.contains(flag))
}

/// A command and all commands below it
pub(super) fn tree(command: &Command) -> Vec<&Command> {
    let mut all = vec![command];
    all.extend(command.get_subcommands().flat_map(tree));
    all
}

/// The variable of a flag
pub(super) fn variable(flag: &str) -> String {
    format!("{PREFIX}{}", flag.to_uppercase().replace('-', "_"))
}

/// Refuses variables that begin like ours and are no flag's: a misspelt one would weaken a gate unseen
pub(super) fn refuse_unknown(command: &Command, environment: &[(OsString, OsString)]) -> Result<(), Problems> {
    let known: Vec<String> =
        tree(command).into_iter().flat_map(|command| flags(command).map(|(flag, _)| variable(flag))).collect();
    let ours = environment.iter().filter_map(|(name, _)| name.to_str()).filter(|name| name.starts_with(PREFIX));
    let unknown = ours.filter(|name| !known.iter().any(|known| known == name)).map(|name| {
        let problem = Problem::general(format!("the environment has `{name}`, and no flag is called so"));
        let own = name.strip_prefix(PREFIX).unwrap_or_default();
        match nearest(own, known.iter().filter_map(|known| known.strip_prefix(PREFIX))) {
            Some(near) => problem.with_help(format!("did you mean `{PREFIX}{near}`?")),
            None => problem.with_help("unset it, or choose another name for a variable of your own"),
        }
    });
    let problems: Vec<Problem> = unknown.collect();
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

/// Gives every flag its variable; an empty variable counts as not set
pub(super) fn with_environment(command: Command, environment: &[(OsString, OsString)]) -> Command {
    let is_set = |name: &str| environment.iter().any(|(own, value)| own == OsStr::new(name) && !value.is_empty());
    let mirrored = command.mut_args(|arg| {
        let Some(name) = arg.get_long().filter(|_| is_mirrored(&arg)).map(variable).filter(|name| is_set(name)) else {
            return arg;
        };
        let arg = arg.env(name).hide_env(true);
        if is_switch(&arg) { arg.value_parser(BoolishValueParser::new()) } else { arg }
    });
    mirrored.mut_subcommands(|command| with_environment(command, environment))
}

/// Gives every flag the value of the file as its default
pub(super) fn with_defaults(command: Command, file: &File) -> Command {
    let globals = file.defaults(None);
    let command = with_defaults_of(command, &|flag| globals.get(flag).cloned());
    command.mut_subcommands(|command| {
        let own = file.defaults(Some(command.get_name()));
        in_tree(command, &|flag| own.get(flag).cloned())
    })
}

type Values<'v> = &'v dyn Fn(&str) -> Option<Vec<String>>;

fn in_tree(command: Command, values: Values<'_>) -> Command {
    with_defaults_of(command, values).mut_subcommands(|command| in_tree(command, values))
}

fn with_defaults_of(command: Command, values: Values<'_>) -> Command {
    command.mut_args(|arg| {
        let flag = arg.get_long().filter(|_| is_mirrored(&arg));
        match flag.and_then(values) {
            Some(values) => arg.required(false).default_values(values),
            None => arg,
        }
    })
}

/// Whether a flag is on or off and takes no value
pub(super) fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

/// Whether a flag can be given several times
pub(super) fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// Whether the values of a flag are `NAME=VALUE`
pub(super) fn is_table(arg: &Arg) -> bool {
    // Where `[` comes first the value is optional: `FORMAT[=PATH]`.
    let has_value = |name: &str| name.split_once('=').is_some_and(|(name, _)| !name.contains('['));
    is_list(arg) && value_name(arg).is_some_and(has_value)
}

fn value_name(arg: &Arg) -> Option<&str> {
    arg.get_value_names().and_then(|names| names.first()).map(clap::builder::Str::as_str)
}

/// Where in a flag's value a path stands
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathPart {
    /// It is one
    Whole,
    /// What follows the first `=` is one
    AfterEquals,
    /// Nowhere
    None,
}

impl PathPart {
    pub(super) fn of(arg: &Arg) -> Self {
        let after_equals = |name: &str| name.ends_with("=FILE") || name.ends_with("=PATH]");
        if arg.get_value_parser().type_id() == TypeId::of::<PathBuf>() {
            Self::Whole
        } else if value_name(arg).is_some_and(after_equals) {
            Self::AfterEquals
        } else {
            Self::None
        }
    }

    /// The value with its path taken from a folder; standard input and addresses stay
    pub(super) fn resolve(self, value: &str, folder: &Path) -> String {
        let resolved = |path: &str| {
            let stays = path == "-" || path.is_empty() || path.contains("://");
            if stays { path.to_owned() } else { folder.join(path).to_string_lossy().into_owned() }
        };
        match (self, value.split_once('=')) {
            (Self::Whole, _) => resolved(value),
            (Self::AfterEquals, Some((name, path))) => format!("{name}={}", resolved(path)),
            _ => value.to_owned(),
        }
    }
}
