//! Renderers: functions from a finished report to a sink
//!
//! They decide nothing: every word of judgement stands in [`Report`] already. What they answer for is
//! that all of it is shown, and that no input text can command the terminal it is shown on.

mod block;
mod diff;
mod excerpt;
mod explain;
mod generated;
mod human;
mod json;
mod needs;
mod operations;
mod paint;
mod problems;
mod table;
mod text;
mod verified;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::io;

pub use diff::render_comparison;
pub use explain::render_explanation;
pub use generated::{Delivery, Syntax, render_production};
pub use needs::render_needs;
pub use operations::{operation_text, operations_text};
pub use problems::render_problems;

pub use verified::{Verified, render_verification};

use crate::finding::Report;

/// The shapes a report can take
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal
    Human,
    /// For scripts: one object, `iam-preflight/report/v1` or `iam-preflight/needs/v1`
    Json,
}

impl Format {
    /// Whether it shows what was read, with the hashes
    #[must_use]
    pub fn shows_inputs(self) -> bool {
        matches!(self, Self::Json)
    }
}

/// How the human format looks; JSON does not depend on it
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to write colour codes
    pub color: bool,
    /// Terminal columns; below 40 counts as 40
    pub width: u16,
    /// Whether to write out what is otherwise shortened: long resources, all that decided, all examples
    pub expand: bool,
}

impl Style {
    /// The same, not narrower than anything can be laid out for
    fn readable(self) -> Self {
        Self { width: self.width.max(40), ..self }
    }

    fn columns(self) -> usize {
        usize::from(self.width)
    }
}

/// Writes a report in one format
///
/// # Errors
/// Those of the sink.
pub fn render(report: &Report, format: Format, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human::report(report, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Report::from(report), out),
    }
}
