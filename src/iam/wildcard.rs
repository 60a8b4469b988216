//! The one wildcard matcher: `*` is any run of characters, `?` exactly one (rules E52, E62, E165)
//!
//! Matching one text takes time proportional to the text for each literal run of the pattern: the
//! runs between two `*` are searched from left to right and never tried again. Sets of texts (a
//! request whose resource is only partly known) are compared with a table of pattern × set.

use std::fmt;
use std::sync::Arc;

use memchr::{memchr3, memmem};

/// One element of a pattern
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token<T> {
    /// Exactly this text
    Literal(T),
    /// `?`: one character
    One,
    /// `*`: any run of characters, also none
    Run,
}

/// Whether the whole subject matches the pattern
#[must_use]
pub fn matches<T: AsRef<str>>(pattern: &[Token<T>], subject: &str) -> bool {
    // Most parts of real patterns are a word, a word and `*`, or `*` alone.
    match pattern {
        [] => return subject.is_empty(),
        [Token::Run] => return true,
        [Token::Literal(text)] => return text.as_ref() == subject,
        [Token::Literal(text), Token::Run] => return subject.starts_with(text.as_ref()),
        _ => {}
    }
    let is_run = |token: &Token<T>| matches!(token, Token::Run);
    let Some(first_run) = pattern.iter().position(is_run) else {
        return strip_chunk(pattern, subject) == Some("");
    };
    let last_run = pattern.iter().rposition(is_run).unwrap_or(first_run);
    let (head, tail) = (pattern.get(..first_run).unwrap_or_default(), pattern.get(last_run + 1..).unwrap_or_default());
    let middle = pattern.get(first_run..last_run).unwrap_or_default();
    let Some(rest) = strip_chunk(head, subject) else { return false };
    let Some(mut rest) = strip_chunk_end(tail, rest) else { return false };
    for chunk in middle.split(is_run).filter(|chunk| !chunk.is_empty()) {
        let Some(after) = find_chunk(chunk, rest) else { return false };
        rest = after;
    }
    true
}

/// Removes a chunk (no `*` in it) from the beginning
fn strip_chunk<'s, T: AsRef<str>>(chunk: &[Token<T>], subject: &'s str) -> Option<&'s str> {
    chunk.iter().try_fold(subject, |rest, token| match token {
        Token::Literal(text) => rest.strip_prefix(text.as_ref()),
        Token::One | Token::Run => {
            let mut characters = rest.chars();
            characters.next().map(|_| characters.as_str())
        }
    })
}

/// Removes a chunk (no `*` in it) from the end
fn strip_chunk_end<'s, T: AsRef<str>>(chunk: &[Token<T>], subject: &'s str) -> Option<&'s str> {
    chunk.iter().rev().try_fold(subject, |rest, token| match token {
        Token::Literal(text) => rest.strip_suffix(text.as_ref()),
        Token::One | Token::Run => {
            let mut characters = rest.chars();
            characters.next_back().map(|_| characters.as_str())
        }
    })
}

/// What follows the leftmost place where a chunk matches
fn find_chunk<'s, T: AsRef<str>>(chunk: &[Token<T>], subject: &'s str) -> Option<&'s str> {
    if let Some(Token::Literal(first)) = chunk.first() {
        let finder = memmem::find_iter(subject.as_bytes(), first.as_ref().as_bytes());
        // Overlapping places matter only when more than the literal has to match.
        if chunk.len() == 1 {
            let mut finder = finder;
            return finder.next().and_then(|at| subject.get(at + first.as_ref().len()..));
        }
    }
    let mut rest = subject;
    loop {
        if let Some(after) = strip_chunk(chunk, rest) {
            return Some(after);
        }
        let mut characters = rest.chars();
        characters.next()?;
        rest = characters.as_str();
        if let Some(Token::Literal(first)) = chunk.first() {
            let at = memmem::find(rest.as_bytes(), first.as_ref().as_bytes())?;
            rest = rest.get(at..)?;
        }
    }
}

/// One position of a pattern, spelled out character by character for set comparisons
#[derive(Clone, Copy, PartialEq, Eq)]
enum Symbol {
    Char(char),
    One,
    Run,
}

fn spell<T: AsRef<str>>(tokens: &[Token<T>]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for token in tokens {
        match token {
            Token::Literal(text) => symbols.extend(text.as_ref().chars().map(Symbol::Char)),
            Token::One => symbols.push(Symbol::One),
            Token::Run => symbols.push(Symbol::Run),
        }
    }
    order_wildcards(&mut symbols);
    symbols
}

/// Brings each stretch of wildcards into the form `??*`, so that equal sets are spelled alike
fn order_wildcards(symbols: &mut Vec<Symbol>) {
    let mut ordered: Vec<Symbol> = Vec::with_capacity(symbols.len());
    let mut pending_run = false;
    for &symbol in symbols.iter() {
        match symbol {
            Symbol::Run => pending_run = true,
            Symbol::One => ordered.push(symbol),
            Symbol::Char(_) => {
                if std::mem::take(&mut pending_run) {
                    ordered.push(Symbol::Run);
                }
                ordered.push(symbol);
            }
        }
    }
    if pending_run {
        ordered.push(Symbol::Run);
    }
    *symbols = ordered;
}

/// Whether every text of the set matches the pattern
///
/// Sound, and complete but for sets that only several wildcards together cover; those give `false`,
/// which callers read as "not certainly".
#[must_use]
pub fn covers<P: AsRef<str>, S: AsRef<str>>(pattern: &[Token<P>], set: &[Token<S>]) -> bool {
    let pattern = spell(pattern);
    let mut states = vec![false; pattern.len() + 1];
    if let Some(start) = states.first_mut() {
        *start = true;
    }
    skip_runs(&pattern, &mut states);
    for symbol in spell(set) {
        states = step(&pattern, &states, symbol);
        skip_runs(&pattern, &mut states);
    }
    states.last().copied().unwrap_or(false)
}

fn step(pattern: &[Symbol], states: &[bool], read: Symbol) -> Vec<bool> {
    let mut next = vec![false; states.len()];
    for (index, (&own, _)) in pattern.iter().zip(states).enumerate().filter(|(_, (_, reached))| **reached) {
        let target = match (own, read) {
            (Symbol::Run, _) => index,
            (Symbol::One, Symbol::Char(_) | Symbol::One) => index + 1,
            (Symbol::Char(own), Symbol::Char(read)) if own == read => index + 1,
            _ => continue,
        };
        if let Some(slot) = next.get_mut(target) {
            *slot = true;
        }
    }
    next
}

fn skip_runs(pattern: &[Symbol], states: &mut [bool]) {
    for (index, symbol) in pattern.iter().enumerate() {
        if *symbol == Symbol::Run
            && states.get(index) == Some(&true)
            && let Some(slot) = states.get_mut(index + 1)
        {
            *slot = true;
        }
    }
}

/// Whether at least one text of the set matches the pattern
#[must_use]
pub fn intersects<P: AsRef<str>, S: AsRef<str>>(pattern: &[Token<P>], set: &[Token<S>]) -> bool {
    let (pattern, set) = (spell(pattern), spell(set));
    // Row i, column j: do pattern[i..] and set[j..] share a text? Filled from the ends.
    let mut below: Vec<bool> = Vec::new();
    for i in (0..=pattern.len()).rev() {
        let mut row = vec![false; set.len() + 1];
        for j in (0..=set.len()).rev() {
            let right = row.get(j + 1).copied().unwrap_or(false);
            let down = below.get(j).copied().unwrap_or(false);
            let diagonal = below.get(j + 1).copied().unwrap_or(false);
            let shared = match (pattern.get(i), set.get(j)) {
                (None, None) => true,
                (Some(Symbol::Run), _) | (_, Some(Symbol::Run)) => right || down,
                (Some(Symbol::Char(a)), Some(Symbol::Char(b))) => a == b && diagonal,
                (Some(_), Some(_)) => diagonal,
                _ => false,
            };
            if let Some(slot) = row.get_mut(j) {
                *slot = shared;
            }
        }
        below = row;
    }
    below.first().copied().unwrap_or(false)
}

/// A pattern of a request: `*` and `?` are wildcards, `${*}`, `${?}` and `${$}` the characters themselves
#[derive(Clone, PartialEq, Eq)]
pub struct Glob {
    text: Arc<str>,
    tokens: Vec<Token<Box<str>>>,
}

impl Glob {
    /// Reads a pattern; every text is one
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { text: text.into(), tokens: tokenize(text, true) }
    }

    /// The pattern as written
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its elements
    #[must_use]
    pub fn tokens(&self) -> &[Token<Box<str>>] {
        &self.tokens
    }

    /// The only text it matches, when it has no wildcard
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.tokens.iter().map(|token| if let Token::Literal(text) = token { Some(&**text) } else { None }).collect()
    }

    /// Whether a text matches
    #[must_use]
    pub fn matches(&self, subject: &str) -> bool {
        matches(&self.tokens, subject)
    }

    /// A text that matches, this one in the place of every wildcard; it must be one character long
    #[must_use]
    pub fn example(&self, filler: &str) -> String {
        self.tokens.iter().map(|token| if let Token::Literal(text) = token { &**text } else { filler }).collect()
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({})", self.text)
    }
}

/// Splits a text into tokens; with `escapes`, `${*}`, `${?}` and `${$}` stand for the characters
#[must_use]
pub fn tokenize(text: &str, escapes: bool) -> Vec<Token<Box<str>>> {
    if memchr3(b'*', b'?', b'$', text.as_bytes()).is_none() {
        return literal(text);
    }
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let escape_here =
            escapes.then(|| ["${*}", "${?}", "${$}"].into_iter().find(|escape| rest.starts_with(escape))).flatten();
        if let Some(escape) = escape_here {
            literal.extend(escape.chars().nth(2));
            rest = rest.strip_prefix(escape).unwrap_or_default();
            continue;
        }
        rest = rest.strip_prefix(character).unwrap_or_default();
        match character {
            '*' | '?' => {
                flush(&mut literal, &mut tokens);
                tokens.push(if character == '*' { Token::Run } else { Token::One });
            }
            other => literal.push(other),
        }
    }
    flush(&mut literal, &mut tokens);
    tokens
}

/// A text without wildcards
#[must_use]
pub fn literal(text: &str) -> Vec<Token<Box<str>>> {
    if text.is_empty() { Vec::new() } else { vec![Token::Literal(text.into())] }
}

fn flush(literal: &mut String, tokens: &mut Vec<Token<Box<str>>>) {
    if !literal.is_empty() {
        tokens.push(Token::Literal(std::mem::take(literal).into_boxed_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::parse(text)
    }

    #[test]
    fn runs_and_single_characters() {
        let cases = [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a?c", "a/c", true),
            ("a?c", "ac", false),
            ("*a?b*", "xxacbyy", true),
            ("*aab*", "aaab", true),
            ("?*?", "é", false),
            ("?*?", "éé", true),
            ("a**b", "ab", true),
            ("*ab*ab", "ab", false),
            ("*ab*ab", "abxab", true),
            ("x.y", "xzy", false),
        ];
        for (pattern, subject, expected) in cases {
            assert_eq!(glob(pattern).matches(subject), expected, "{pattern} on {subject}");
        }
    }

    #[test]
    fn a_set_is_covered_touched_or_missed() {
        let cases = [
            ("b/*", "b/p/*", true, true),
            ("b/p/Eval*", "b/p/*", false, true),
            ("b/q/*", "b/p/*", false, false),
            ("*", "b/p/*", true, true),
            ("b/p/?*", "b/p/*?", true, true),
            ("b/p/x", "b/p/*", false, true),
            ("b/p/*x", "b/p/*y", false, false),
        ];
        for (pattern, set, covered, touched) in cases {
            let (pattern_glob, set_glob) = (glob(pattern), glob(set));
            assert_eq!(covers(pattern_glob.tokens(), set_glob.tokens()), covered, "{pattern} covers {set}");
            assert_eq!(intersects(pattern_glob.tokens(), set_glob.tokens()), touched, "{pattern} touches {set}");
        }
    }

    #[test]
    fn escapes_are_characters() {
        assert!(glob("a${*}").matches("a*"));
        assert!(!glob("a${*}").matches("ab"));
        assert_eq!(glob("a${?}${$}").literal().as_deref(), Some("a?$"));
    }
}
