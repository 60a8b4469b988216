//! `man`: manual pages, made from the definition of the command line

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::source::{Problem, nearest};

use super::args::{Cli, ManArgs};
use super::{Exit, Failure, input, terminal};

pub(super) fn run(args: &ManArgs) -> Result<Exit, Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    match &args.out {
        Some(folder) => write_all(&program, folder)?,
        None => Man::new(named(&program, &args.command)?.clone()).render(&mut terminal::stdout())?,
    }
    Ok(Exit::Ready)
}

/// The command with these words, the program itself without any
fn named<'c>(program: &'c Command, words: &[String]) -> Result<&'c Command, Problem> {
    words.iter().try_fold(program, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let help = match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => format!("`{}` has no commands of its own", command.get_name()),
                None => format!("there are {}", known.join(", ")),
            };
            Problem::general(format!("`{word}` is no command of `{}`", command.get_name())).with_help(help)
        })
    })
}

/// One file for the program and one for each command
fn write_all(program: &Command, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| input::unwritable(folder, &error))?;
    clap_mangen::generate_to(program.clone(), folder).map_err(|error| input::unwritable(folder, &error))?;
    Ok(())
}
