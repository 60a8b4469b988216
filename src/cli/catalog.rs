//! `catalog`: the operations known

use std::io::Write;

use crate::catalog::lint;
use crate::report::{operation_text, operations_text, render_problems};

use super::args::{CatalogArgs, CatalogCommand};
use super::inputs::Inputs;
use super::preflight;
use super::terminal::{self, Terminal};
use super::{Exit, Failure};

pub(super) fn run(args: &CatalogArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let mut catalog = preflight::catalog(args.catalog.as_deref(), &Inputs::default())?;
    let style = terminal.stdout_style(false);
    let text = match &args.command {
        Some(CatalogCommand::Lint) => {
            let problems = lint::lint(&catalog);
            if !problems.is_empty() {
                render_problems(&problems, &terminal::source_line, style, &mut terminal::stdout())?;
                return Ok(Exit::Blocked);
            }
            let (count, rows) = (catalog.operations().count(), catalog.operations().map(|known| known.rows.len()));
            format!("{count} operations with {} rows: nothing to object\n", rows.sum::<usize>())
        }
        Some(CatalogCommand::List { all: true }) => {
            catalog.all_names().into_iter().map(|name| name + "\n").collect::<String>()
        }
        None | Some(CatalogCommand::List { .. }) => operations_text(&catalog, style),
        Some(CatalogCommand::Show { operation, file }) => {
            catalog.add_generated(operation)?;
            let operation = catalog.named(operation)?;
            if *file { operation.file.text.to_string() } else { operation_text(&catalog, operation, style) }
        }
    };
    terminal::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Ready)
}
