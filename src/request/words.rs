//! Words for messages: user input in backticks, counts that can be read

/// The longest piece of user input that a message repeats, in characters
const LONGEST: usize = 80;

/// User input in backticks, shortened when long, with what a terminal would act on escaped
pub(super) fn shown(text: &str) -> String {
    format!("`{}`", shortened(text))
}

/// The same without backticks, for words that already quote
pub(super) fn shortened(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(LONGEST) {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// A count with its noun: `1 line`, `16,000 images`
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(count))
}

/// A number with a comma between groups of three digits
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_shortened_and_made_harmless() {
        assert_eq!(shown("it's \"a\" \\ b"), "`it's \"a\" \\ b`");
        assert_eq!(shown("\u{1b}[31mred\n\u{202e}"), "`\\u{1b}[31mred\\n\\u{202e}`");
        assert_eq!(shown(&"é".repeat(80)), format!("`{}`", "é".repeat(80)));
        assert_eq!(shown(&"é".repeat(81)), format!("`{}…`", "é".repeat(80)));
    }

    #[test]
    fn counts_are_grouped_and_in_number() {
        for (count, words) in [(0, "0 images"), (1, "1 image"), (999, "999 images"), (16_000, "16,000 images")] {
            assert_eq!(counted(count, "image"), words);
        }
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(100_000), "100,000");
    }
}
