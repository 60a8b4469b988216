//! TOML that people write: what is wrong with it, and where

use toml::de::{DeTable, Error};

use super::{Problem, Problems, SourceFile, nearest};

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
