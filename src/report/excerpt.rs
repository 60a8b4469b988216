//! The part of a source line that a reader needs to see, and the marker under it

use std::ops::Range;

use super::text::is_hidden;

/// Characters before the column at most: a line that is longer is data for machines, its place is enough
const HEAD: usize = 20_000;
/// Characters that are kept from the column on
const TAIL: usize = 160;

/// A source line, fit for a terminal; the renderer cuts it to the width around the marker
///
/// Every character stands for one of the line, so that columns stay true.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The text to show
    pub(crate) text: String,
    /// The bytes of it to mark
    pub(crate) marker: Range<usize>,
}

/// Takes a line up to a column (from 1, in characters) and some more, and marks the token that starts there
pub(crate) fn excerpt(line: &str, column: u32) -> Option<Excerpt> {
    let line = line.trim_end();
    let column = usize::try_from(column).ok()?.checked_sub(1).filter(|&column| column <= HEAD)?;
    let start = line.char_indices().map(|(start, _)| start).chain([line.len()]).nth(column)?;
    let (before, from) = line.split_at_checked(start)?;
    let mut rest = from.chars();
    let kept: Vec<char> = rest.by_ref().take(TAIL).collect();

    let mut text: String = before.chars().map(shown).collect();
    let start = text.len();
    let token = token_length(&kept);
    text.extend(kept.iter().take(token).copied().map(shown));
    let marker = start..text.len();
    text.extend(kept.iter().skip(token).copied().map(shown));
    if rest.next().is_some() {
        text.push('…');
    }
    Some(Excerpt { text, marker })
}

/// One visible character for each: Unicode has pictures for C0 and DEL
pub(crate) fn shown(character: char) -> char {
    match character {
        '\t' => '\t',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '␡',
        _ if is_hidden(character) => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

/// The characters of a string with its quotes, of a word or number, or else one
fn token_length(from: &[char]) -> usize {
    match from.first() {
        None => 0,
        Some('"') => string_length(from),
        Some(first) if is_word(*first) => from.iter().take_while(|&&character| is_word(character)).count(),
        Some(_) => 1,
    }
}

fn string_length(from: &[char]) -> usize {
    let mut escaped = false;
    for (index, &character) in from.iter().enumerate().skip(1) {
        match character {
            '"' if !escaped => return index + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    from.len()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '+' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(line: &str, column: u32) -> String {
        let Excerpt { text, marker } = excerpt(line, column).unwrap();
        text.get(marker).unwrap().to_owned()
    }

    #[test]
    fn the_token_at_the_column_is_marked() {
        assert_eq!(marked(r#"  "Sid": "a\"b", "#, 10), r#""a\"b""#);
        assert_eq!(marked("  { \"a\": -12.5e3 }", 10), "-12.5e3");
        assert_eq!(marked("  {", 3), "{");
        assert_eq!(marked("\tgröße: x", 2), "größe");
        assert_eq!(marked("\"open", 1), "\"open");
    }

    #[test]
    fn the_end_of_a_line_can_be_marked_but_nothing_past_it() {
        assert_eq!(excerpt("ab ", 3), Some(Excerpt { text: "ab".into(), marker: 2..2 }));
        assert_eq!(excerpt("", 1), Some(Excerpt { text: String::new(), marker: 0..0 }));
        assert_eq!(excerpt("ab", 4), None);
        assert_eq!(excerpt("ab", u32::MAX), None);
        assert_eq!(excerpt("ab", 0), None);
    }

    #[test]
    fn a_long_line_ends_soon_after_the_column() {
        let line = format!("{} here {}", "x".repeat(50), "y".repeat(5_000));
        let Excerpt { text, marker } = excerpt(&line, 52).unwrap();
        assert_eq!(text.get(marker).unwrap(), "here");
        assert_eq!(text.chars().count(), 51 + TAIL + 1);
        assert!(text.ends_with("y…"));
        assert_eq!(excerpt(&"x".repeat(100_000), 50_000), None);
    }

    #[test]
    fn each_hidden_character_is_shown_by_one_other() {
        let Excerpt { text, marker } = excerpt("\t\u{1b}[2J \u{9b} \"k\u{202e}\u{7f}\"", 9).unwrap();
        assert_eq!(text, "\t␛[2J \u{fffd} \"k\u{fffd}␡\"");
        assert_eq!(text.get(marker).unwrap(), "\"k\u{fffd}␡\"");
    }
}
