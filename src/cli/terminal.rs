//! What is known of the terminal: width and colours

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anstream::ColorChoice;

use crate::report::{Style, render_problems};
use crate::source::{Location, Problem};

use super::args::Color;
use super::input;

/// Lines are at most this wide, however wide the terminal
const WIDEST: u16 = 160;
/// The width where there is no terminal
const DEFAULT: u16 = 100;

/// The streams of this run
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    color: Color,
}

impl Terminal {
    /// With the user's wish for colours
    #[must_use]
    pub(super) fn new(color: Color) -> Self {
        Self { color }
    }

    /// How to write to standard output
    #[must_use]
    pub(super) fn stdout_style(self, expand: bool) -> Style {
        Style { color: self.colored(anstream::AutoStream::choice(&io::stdout())), width: width(), expand }
    }

    /// How to write to standard error
    #[must_use]
    pub(super) fn stderr_style(self) -> Style {
        Style { color: self.colored(anstream::AutoStream::choice(&io::stderr())), width: width(), expand: false }
    }

    /// How to write to a file
    #[must_use]
    pub(super) fn file_style(expand: bool) -> Style {
        Style { color: false, width: DEFAULT, expand }
    }

    /// Whether progress may be shown: standard error is a terminal
    #[must_use]
    pub(super) fn shows_progress() -> bool {
        io::stderr().is_terminal()
    }

    fn colored(self, automatic: ColorChoice) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !matches!(automatic, ColorChoice::Never),
        }
    }

    /// Writes problems to standard error
    ///
    /// # Errors
    /// When standard error cannot be written.
    pub(super) fn report_problems(self, problems: &[Problem]) -> io::Result<()> {
        let mut text = Vec::new();
        render_problems(problems, &source_line, self.stderr_style(), &mut text)?;
        io::stderr().lock().write_all(&text)
    }
}

/// One line of information on standard error
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "note: {text}");
}

/// Files whose lines are never shown
static WITHHELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Shows no line of a file from now on: one line of a Terraform plan may hold values that are marked as sensitive
pub(super) fn withhold(path: &Path) {
    WITHHELD.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
}

/// The text of a line of a file that can be read again
pub(super) fn source_line(location: &Location) -> Option<String> {
    let path = Path::new(&*location.file);
    let withheld = WITHHELD.lock().unwrap_or_else(PoisonError::into_inner).contains(path);
    if withheld || &*location.file == "-" || !path.is_file() {
        return None;
    }
    input::line_of(path, location.at.line)
}

fn width() -> u16 {
    terminal_size::terminal_size().map_or(DEFAULT, |(width, _)| width.0.clamp(40, WIDEST))
}

/// Standard output; a reader who has seen enough changes neither what is decided nor the exit code
#[derive(Debug)]
pub(super) struct Stdout {
    lock: io::StdoutLock<'static>,
    closed: bool,
}

/// Standard output, locked
pub(super) fn stdout() -> Stdout {
    Stdout { lock: io::stdout().lock(), closed: false }
}

impl Stdout {
    fn unless_closed<T>(
        &mut self,
        enough: T,
        write: impl FnOnce(&mut io::StdoutLock<'static>) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.closed {
            return Ok(enough);
        }
        match write(&mut self.lock) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(enough)
            }
            other => other,
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |lock| lock.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), io::Write::flush)
    }
}
