//! TOML that people write: what is wrong with it, and where

use toml::de::{DeTable, Error};

use super::{Position, Problem, Problems, SourceFile, nearest};

/// A TOML value with its place
pub(crate) type Value<'t> = toml::Spanned<toml::de::DeValue<'t>>;

/// Reads a file as a table
///
/// # Errors
/// All syntax errors.
pub(crate) fn table(file: &SourceFile) -> Result<DeTable<'_>, Problems> {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    if errors.is_empty() {
        return Ok(table.into_inner());
    }
    Err(Problems(errors.iter().map(|error| syntax(file, error)).collect()))
}

/// A syntax error
pub(crate) fn syntax(file: &SourceFile, error: &Error) -> Problem {
    let start = error.span().map_or(0, |span| span.start);
    let words = error.message().lines().next().unwrap_or_default();
    Problem::at(&file.name, file.position(start), format!("not valid TOML: {words}"))
}

/// A key that nobody reads, at a byte offset
pub(crate) fn unknown_key(file: &SourceFile, offset: usize, key: &str, known: &[&str]) -> Problem {
    let help = nearest(key, known.iter().copied())
        .map_or_else(|| format!("allowed here: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    Problem::at(&file.name, file.position(offset), format!("unknown key `{key}`")).with_help(help)
}

/// A TOML error as a problem; of serde's "unknown …, expected one of …" the list becomes the help
pub(crate) fn misread(file: &SourceFile, error: &Error) -> Problem {
    let at = error.span().map_or(Position::START, |span| file.position(span.start));
    let message = error.message();
    let Some((said, expected)) = message.split_once(", expected ").filter(|_| message.starts_with("unknown ")) else {
        return Problem::at(&file.name, at, message);
    };
    let wrong = said.split('`').nth(1).unwrap_or_default();
    let known = expected.split('`').skip(1).step_by(2);
    let help = match nearest(wrong, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected {expected}"),
    };
    Problem::at(&file.name, at, said).with_help(help)
}
