//! Texts spelled so that a policy matches just them, as far as IAM can write them

use crate::iam::wildcard::{Glob, Token};

/// The last character that a policy document may hold (rule E15)
const LAST: char = '\u{ff}';

/// A text as a pattern that matches it: `*`, `?` and `$` escaped, what IAM cannot write as a wildcard
#[must_use]
pub fn pattern(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    text.chars().for_each(|character| push(&mut spelled, character));
    spelled
}

/// A pattern with the same wildcards that IAM can write
#[must_use]
pub fn writable(glob: &Glob) -> String {
    let mut spelled = String::with_capacity(glob.text().len());
    for token in glob.tokens() {
        match token {
            Token::Literal(text) => text.chars().for_each(|character| push(&mut spelled, character)),
            Token::One => spelled.push('?'),
            Token::Run => spelled.push('*'),
        }
    }
    spelled
}

/// Whether IAM can write the text without a wildcard in it
#[must_use]
pub fn is_exact(text: &str) -> bool {
    text.chars().all(is_writable)
}

/// Whether a document may hold the character (rule E15)
pub(super) fn is_writable(character: char) -> bool {
    character <= LAST && (character >= ' ' || matches!(character, '\t' | '\n' | '\r'))
}

fn push(spelled: &mut String, character: char) {
    match character {
        '*' => spelled.push_str("${*}"),
        '?' => spelled.push_str("${?}"),
        '$' => spelled.push_str("${$}"),
        // AWS does not say whether `?` takes a character beyond the basic plane or half of it; `*` takes either.
        beyond if beyond > '\u{ffff}' => spelled.push('*'),
        unwritable if !is_writable(unwritable) => spelled.push('?'),
        plain => spelled.push(plain),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_iam_cannot_write_becomes_a_wildcard() {
        for (text, spelled) in [
            ("a*b?c$d", "a${*}b${?}c${$}d"),
            ("${aws:username}", "${$}{aws:username}"),
            ("größe.png", "größe.png"),
            ("画像/1.png", "??/1.png"),
            ("x🦀y", "x*y"),
            ("bell\u{7}", "bell?"),
        ] {
            assert_eq!(pattern(text), spelled);
        }
    }

    proptest! {
        #[test]
        fn a_spelled_text_matches_itself(text in "\\PC{0,12}") {
            prop_assert!(Glob::parse(&pattern(&text)).matches(&text));
        }

        #[test]
        fn an_exact_text_matches_nothing_else(text in "[ -ÿ*?$]{0,6}", other in "[ -ÿ*?$]{0,6}") {
            prop_assume!(is_exact(&text));
            prop_assert_eq!(Glob::parse(&pattern(&text)).matches(&other), text == other);
        }
    }
}
