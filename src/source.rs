//! Where a thing was written: files, positions and problems that point at them

pub(crate) mod tables;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use memchr::memchr_iter;

/// A line and a column, both counted from 1; columns count characters
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1
    pub line: u32,
    /// Column in characters, from 1
    pub column: u32,
}

impl Position {
    /// The first character of a file
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A position in a named file
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file as the user named it
    pub file: Arc<str>,
    /// The place in it
    pub at: Position,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.at)
    }
}

/// Something wrong with an input, where it is, and a way out
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands; `None` when it concerns the command line
    pub location: Option<Location>,
    /// What is wrong, in one sentence without a final full stop
    pub message: String,
    /// What to do about it
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place in a file
    pub fn at(file: &Arc<str>, at: Position, message: impl Into<String>) -> Self {
        let location = Some(Location { file: Arc::clone(file), at });
        Self { location, message: message.into(), help: None }
    }

    /// A problem with no place in a file
    pub fn general(message: impl Into<String>) -> Self {
        Self { location: None, message: message.into(), help: None }
    }

    /// Adds the way out
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(f, "{location}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with an input, at least one problem
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} problem(s), the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
pub struct Problems(pub Vec<Problem>);

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// A file's text with an index of its lines
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The file as the user named it
    pub name: Arc<str>,
    /// Its whole text
    pub text: Arc<str>,
    line_starts: Vec<usize>,
    /// Places inside very long lines: byte offset and column
    marks: Vec<(usize, u32)>,
}

/// A mark stands about every so many bytes of a line that is longer
const MARKED: usize = 1 << 16;

impl SourceFile {
    /// Takes a file's name and text
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1));
        let marks = marks(&text, &line_starts);
        Self { name: name.into(), text, line_starts, marks }
    }

    /// A cursor at the line that holds `offset` (bytes), ready to move forward
    pub(crate) fn cursor(&self, offset: usize) -> Cursor<'_> {
        let line = self.line_starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let start = self.line_starts.get(line).copied().unwrap_or(0);
        let marked = self.marks.partition_point(|&(mark, _)| mark <= offset).checked_sub(1);
        let mark = marked.and_then(|index| self.marks.get(index)).filter(|(mark, _)| *mark > start);
        let (from, column) = mark.copied().unwrap_or((start, 1));
        let mut cursor = Cursor { text: &self.text, offset: from, at: Position { line: small(line + 1), column } };
        cursor.advance(offset);
        cursor
    }

    /// The place of a byte offset
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        self.cursor(offset).at
    }

    /// The text of one line (from 1) without its line end
    #[must_use]
    pub fn line(&self, line: u32) -> Option<&str> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *self.line_starts.get(index)?;
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        Some(self.text.get(start..end)?.trim_end_matches('\r'))
    }

    /// The bytes of a range, empty when it is out of bounds
    pub(crate) fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

/// Marks in long lines: without them each place in a file of one line would be counted from its beginning
fn marks(text: &str, line_starts: &[usize]) -> Vec<(usize, u32)> {
    let mut marks = Vec::new();
    for (index, &start) in line_starts.iter().enumerate() {
        let end = line_starts.get(index + 1).copied().unwrap_or(text.len());
        let (mut from, mut column) = (start, 1_u32);
        while end - from > MARKED {
            let mark = text.floor_char_boundary(from + MARKED);
            let passed = text.get(from..mark).unwrap_or_default().chars().count();
            column = column.saturating_add(small(passed));
            marks.push((mark, column));
            from = mark;
        }
    }
    marks
}

/// A forward-only walk through a text: the whole walk is linear, even on one very long line
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    at: Position,
}

impl Cursor<'_> {
    /// Moves to a byte offset at or after the present one and says where that is
    pub(crate) fn advance(&mut self, offset: usize) -> Position {
        for character in self.text.get(self.offset..offset).unwrap_or_default().chars() {
            if character == '\n' {
                self.at.line = self.at.line.saturating_add(1);
                self.at.column = 1;
            } else {
                self.at.column = self.at.column.saturating_add(1);
            }
        }
        self.offset = self.offset.max(offset);
        self.at
    }
}

/// The known word that is nearest to a misspelt one, if any is near enough to suggest
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.82)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

/// A text as a shell takes it, in quotes where it needs them
#[must_use]
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let file = SourceFile::new("f", "aé\n\tb\r\nc");
        assert_eq!(file.position(0), Position::START);
        assert_eq!(file.position(3), Position { line: 1, column: 3 });
        assert_eq!(file.position(5), Position { line: 2, column: 2 });
        assert_eq!(file.line(2), Some("\tb"));
        assert_eq!(file.line(3), Some("c"));
        assert_eq!(file.line(4), None);
    }

    #[test]
    fn a_place_far_inside_a_long_line_is_the_same_as_counted_from_its_beginning() {
        let text = format!("first\n{}x\n{}", "aé".repeat(150_000), "b".repeat(70_000));
        let file = SourceFile::new("f", text.as_str());
        let offset = text.find('x').unwrap();
        assert_eq!(file.position(offset), Position { line: 2, column: 300_001 });
        assert_eq!(file.position(6), Position { line: 2, column: 1 });
        assert_eq!(file.position(6 + 3 * 30_000), Position { line: 2, column: 60_001 });
        assert_eq!(file.position(text.len()), Position { line: 3, column: 70_001 });
    }
}
