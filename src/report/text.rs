//! Text made fit for a terminal: nothing hidden in it, no longer than its place

use std::borrow::Cow;

/// Whether a character acts on a terminal or on the reading order instead of showing itself
///
/// The control characters C0, DEL and C1, the bidirectional controls of Unicode (UAX #9), line and paragraph
/// separators, characters without width that make two different names look the same, and what is no character.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every hidden character written as an escape: `\u{1b}`, `\n`
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Breaks a text between words into lines of at most `width` characters; a longer word keeps a line to itself,
/// so that ARNs and addresses can be copied
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut filled = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if filled > 0 && filled + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            filled = 0;
        }
        if filled > 0 {
            line.push(' ');
            filled += 1;
        }
        line.push_str(word);
        filled += length;
    }
    lines.push(line);
    lines
}

/// Cuts a text in the middle to at most `width` characters; the end keeps more, for it tells resources apart
pub(crate) fn shorten(text: &str, width: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= width {
        return Cow::Borrowed(text);
    }
    let room = width.saturating_sub(1);
    let head = room * 2 / 5;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - (room - head)).collect();
    Cow::Owned(format!("{start}…{end}"))
}

/// A number with its thousands set apart: `20,000`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + 6);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A number with its noun: `1 problem`, `2 problems`
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_visible_and_others_stay() {
        assert_eq!(
            visible("a\u{1b}[31m\u{9b}2J\u{202e}\u{2066}\u{7f}\r\n\t"),
            r"a\u{1b}[31m\u{9b}2J\u{202e}\u{2066}\u{7f}\r\n\t"
        );
        let plain = "größe e\u{301} 画像 🦀 \"quoted\" \\ 'x'";
        assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain));
    }

    #[test]
    fn wrapping_keeps_every_word_whole() {
        assert_eq!(
            wrap("one two arn:aws:s3:::a-long-bucket three", 9),
            ["one two", "arn:aws:s3:::a-long-bucket", "three"]
        );
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(wrap("a b", 0), ["a", "b"]);
    }

    #[test]
    fn shortening_keeps_both_ends_and_the_width() {
        assert_eq!(shorten("arn:aws:s3:::bucket/key", 11), "arn:…et/key");
        assert_eq!(shorten("same", 4), "same");
        assert_eq!(shorten("größe-画像", 4), "g…画像");
        assert_eq!(shorten("text", 0), "…");
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(20_000), "20,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "problem"), "1 problem");
        assert_eq!(counted(0, "problem"), "0 problems");
    }
}
