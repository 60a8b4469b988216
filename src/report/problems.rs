//! Bad input, in the manner of rustc

use std::io;

use super::Style;
use super::block::Block;
use crate::finding::Severity;
use crate::source::{Location, Problem};

/// Writes a block for each problem, with the line it points at where `source_line` knows it
///
/// # Errors
/// Those of the sink.
pub fn render_problems(
    problems: &[Problem],
    source_line: &dyn Fn(&Location) -> Option<String>,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let style = style.readable();
    for (index, problem) in problems.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let mut block = Block::new(Severity::Error, None, &problem.message);
        if let Some(location) = &problem.location {
            block.place(location, source_line(location).as_deref(), "");
        }
        if let Some(help) = &problem.help {
            block.note("help", help);
        }
        writeln!(out, "{}", block.render(style))?;
    }
    Ok(())
}
