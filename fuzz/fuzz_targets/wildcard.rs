//! Wildcard patterns: the matcher against a table, sets against their members
//!
//! Input: pattern, set and subject, one a line.
#![no_main]

use iam_preflight::iam::wildcard::{Glob, covers, intersects, matches, tokenize};
use libfuzzer_sys::fuzz_target;

/// Row by row: does pattern[..i] match subject[..j]?
fn by_table(pattern: &str, subject: &str) -> bool {
    let subject: Vec<char> = subject.chars().collect();
    let mut row: Vec<bool> = (0..=subject.len()).map(|length| length == 0).collect();
    for token in pattern.chars() {
        let mut next = vec![token == '*' && row[0]];
        for (at, character) in subject.iter().enumerate() {
            next.push(match token {
                '*' => next[at] || row[at + 1],
                '?' => row[at],
                own => own == *character && row[at],
            });
        }
        row = next;
    }
    row[subject.len()]
}

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let (Some(pattern), Some(set), Some(subject)) = (lines.next(), lines.next(), lines.next()) else { return };
    if text.len() > 600 {
        return;
    }
    let (pattern_tokens, set_tokens) = (tokenize(pattern, false), tokenize(set, false));
    let matched = matches(&pattern_tokens, subject);
    assert_eq!(matched, by_table(pattern, subject));
    let member = matches(&set_tokens, subject);
    assert_eq!(member, by_table(set, subject));
    if member && covers(&pattern_tokens, &set_tokens) {
        assert!(matched, "a member of a covered set");
    }
    if member && matched {
        assert!(intersects(&pattern_tokens, &set_tokens), "a text of both");
    }
    let glob = Glob::parse(pattern);
    assert_eq!(glob.text(), pattern);
    let _ = glob.matches(subject);
});
