//! `catalog`: the operations known

use std::io::Write;

use crate::report::{operation_text, operations_text};

use super::args::{CatalogArgs, CatalogCommand};
use super::inputs::Inputs;
use super::preflight;
use super::terminal::{self, Terminal};
use super::{Exit, Failure};

pub(super) fn run(args: &CatalogArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let catalog = preflight::catalog(args.catalog.as_deref(), &Inputs::default())?;
    let style = terminal.stdout_style(false);
    let text = match &args.command {
        None | Some(CatalogCommand::List) => operations_text(&catalog, style),
        Some(CatalogCommand::Show { operation }) => operation_text(&catalog, catalog.operation(operation)?, style),
    };
    terminal::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Ready)
}
