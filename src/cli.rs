//! The edge: opens files, calls the core, hands reports to renderers, chooses the exit code

mod acting;
mod args;
mod catalog;
mod check;
mod clock;
mod config;
mod dataset;
mod derive;
mod diff;
mod evidence;
mod exit;
mod expectations;
mod explain;
mod folder;
mod gated;
mod gather;
mod generate;
mod input;
mod inputs;
mod lines;
mod lint;
#[cfg_attr(not(feature = "aws"), path = "cli/live/without.rs")]
mod live;
mod making;
mod man;
mod outputs;
mod preflight;
mod prove;
mod readied;
mod second;
mod simulate;
mod simulated;
mod snapshot;
mod terminal;
mod verify;
mod whole;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;

use crate::source::{Problem, Problems};

pub use args::Cli;
pub use exit::Exit;

use args::{Color, Command};
use config::{Configuration, Refused};
use terminal::Terminal;

/// Why a command could not do its work
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input cannot be used: exit 2
    #[error(transparent)]
    Input(#[from] Problems),
    /// AWS cannot be asked: exit 4
    #[error(transparent)]
    Aws(Problems),
    /// The output cannot be written
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Input(problem.into())
    }
}

/// Parses the command line, runs the command, returns the exit code
#[must_use]
pub fn main() -> ExitCode {
    let environment: Vec<_> = std::env::vars_os().collect();
    let (cli, configuration) = match config::parse(std::env::args_os().collect(), &environment) {
        Ok(parsed) => parsed,
        Err(Refused::Input(problems)) => {
            let _ = Terminal::new(Color::Auto).report_problems(&problems.0);
            return Exit::Unusable.into();
        }
        Err(Refused::Usage(error)) => {
            // Help and version are successes; clap writes each to its proper stream.
            let usage = error.use_stderr();
            let _ = error.print();
            return if usage { Exit::Unusable.into() } else { ExitCode::SUCCESS };
        }
    };
    let terminal = Terminal::new(cli.color);
    configuration.tell();
    match run(cli.command, configuration, terminal) {
        Ok(exit) => exit.into(),
        Err(Failure::Input(problems)) => {
            let _ = terminal.report_problems(&problems.0);
            Exit::Unusable.into()
        }
        Err(Failure::Aws(problems)) => {
            let _ = terminal.report_problems(&problems.0);
            Exit::Unchecked.into()
        }
        Err(Failure::Output(error)) => {
            let _ = terminal.report_problems(&[Problem::general(format!("the output cannot be written: {error}"))]);
            Exit::Unusable.into()
        }
    }
}

fn run(command: Command, configuration: Configuration, terminal: Terminal) -> Result<Exit, Failure> {
    outputs::check(&command)?;
    match command {
        Command::Check(args) => check::run(&args, configuration, terminal),
        Command::Derive(args) => derive::run(&args, terminal),
        Command::Snapshot(args) => snapshot::run(args),
        Command::Explain(args) => explain::run(&args, terminal),
        Command::Generate(args) => generate::run(&args, terminal),
        Command::Verify(args) => verify::run(&args, terminal),
        Command::Diff(args) => diff::run(&args, terminal),
        Command::Test(args) => expectations::run(&args, terminal),
        Command::Lint(args) => lint::run(&args, terminal),
        Command::Catalog(args) => catalog::run(&args, terminal),
        Command::Simulate(args) => simulate::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "iam-preflight", &mut script);
            terminal::stdout().write_all(&script)?;
            Ok(Exit::Ready)
        }
        Command::Man(args) => man::run(&args),
    }
}
