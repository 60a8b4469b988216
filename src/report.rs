//! Renderers: functions from a finished report to a sink
//!
//! They decide nothing: every word of judgement stands in [`Report`] already. What they answer for is
//! that all of it is shown, and that no input text can command the terminal it is shown on.

mod block;
mod cause;
mod csv;
mod diff;
mod excerpt;
mod expectations;
mod explain;
mod format;
mod generated;
mod github;
mod html;
mod human;
mod issue;
mod json;
mod junit;
mod lack;
mod lint;
mod markdown;
mod migration;
mod needs;
mod operations;
mod paint;
mod problems;
mod sarif;
mod table;
mod text;
mod verified;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod tests;

use std::io;

pub use diff::render_comparison;
pub use expectations::render_outcomes;
pub use explain::render_explanation;
pub use format::{Format, listed};
pub use generated::{Delivery, Syntax, render_production};
pub use junit::{Case, Outcome, Suite, write as write_suites};
pub use lint::render_lint;
pub use migration::{render_migration, write_request};
pub use needs::render_needs;
pub use operations::{operation_text, operations_text};
pub use problems::render_problems;

pub use verified::{Verified, render_verification};

use crate::finding::Report;

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
        Format::Csv => csv::report(report, out),
        Format::Sarif => sarif::report(report, out),
        Format::Junit => junit::report(report, out),
        Format::Github => github::report(report, out),
        Format::Markdown => markdown::report(report, out),
        Format::Html => html::write(report, out),
    }
}
