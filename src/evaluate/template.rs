//! Texts of policies with wildcards and variables (rules E163, E165, E220–E233)

use std::borrow::Cow;

use crate::iam::wildcard::{self, Token};
use crate::iam::{ContextKey, ContextValue};
use crate::policy::Version;

use super::context::{BoundContext, KeyId, KeyTable};
use super::truth::Truth;

/// A policy text with variables: fixed tokens and what is filled in between them
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variables(Vec<Piece>);

/// One piece of a policy text
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(Token<Box<str>>),
    Variable {
        key: KeyId,
        default: Option<Box<str>>,
    },
    /// A multivalued key, which has no one value to fill in (rule E223)
    List,
}

/// A policy text
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Template {
    /// Without variables, as most texts are
    Fixed(Vec<Token<Box<str>>>),
    /// With variables, which are filled in for each request
    Open(Variables),
}

/// How a text is read
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// Whether `*` and `?` are wildcards
    pub(super) wildcards: bool,
    /// Whether `${…}` is expanded: only in documents of version 2012-10-17 (rule E221)
    pub(super) variables: bool,
}

impl Reading {
    pub(super) fn new(wildcards: bool, version: Version) -> Self {
        Self { wildcards, variables: version == Version::V2012 }
    }
}

/// The tokens of a text, and whether all its variables are known
pub(super) type Filled<'a> = (Vec<Token<Cow<'a, str>>>, bool);

/// A template with its variables filled in for one request
pub(super) enum Expanded<'a> {
    /// A variable has no value: the text matches nothing (rules E224, E225)
    Unresolved,
    /// The tokens; with `exact = false` a variable's value is unknown and stands as `*`
    Tokens { tokens: Vec<Token<&'a str>>, exact: bool },
}

impl Template {
    pub(super) fn compile(text: &str, reading: Reading, keys: &mut KeyTable) -> Self {
        if !reading.variables || !text.contains("${") {
            return Self::Fixed(if reading.wildcards {
                wildcard::tokenize(text, false)
            } else {
                wildcard::literal(text)
            });
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            if let Some((piece, after)) = variable(rest, keys) {
                match piece {
                    Ok(escaped) => literal.push(escaped),
                    Err(piece) => {
                        flush(&mut literal, &mut pieces);
                        pieces.push(piece);
                    }
                }
                rest = after;
                continue;
            }
            rest = rest.strip_prefix(character).unwrap_or_default();
            if reading.wildcards && matches!(character, '*' | '?') {
                flush(&mut literal, &mut pieces);
                pieces.push(Piece::Fixed(if character == '*' { Token::Run } else { Token::One }));
            } else {
                literal.push(character);
            }
        }
        flush(&mut literal, &mut pieces);
        Self::of(pieces)
    }

    fn of(pieces: Vec<Piece>) -> Self {
        if pieces.iter().any(|piece| !matches!(piece, Piece::Fixed(_))) {
            return Self::Open(Variables(pieces));
        }
        let token = |piece| if let Piece::Fixed(token) = piece { Some(token) } else { None };
        Self::Fixed(pieces.into_iter().filter_map(token).collect())
    }

    /// The keys of its variables
    pub(super) fn keys(&self) -> impl Iterator<Item = KeyId> {
        let open = if let Self::Open(open) = self { Some(open) } else { None };
        open.into_iter().flat_map(Variables::keys)
    }

    /// Whether the whole subject matches
    pub(super) fn matches(&self, subject: &str, context: &BoundContext) -> Truth {
        match self {
            Self::Fixed(tokens) => wildcard::matches(tokens, subject).into(),
            Self::Open(open) => match open.expand(context) {
                Expanded::Unresolved => Truth::False,
                Expanded::Tokens { tokens, exact } => possible(wildcard::matches(&tokens, subject), exact),
            },
        }
    }

    /// Its tokens with the variables filled in, `false` where one of these is not known; `None` when it matches nothing
    pub(super) fn filled<'a>(&'a self, context: &'a BoundContext) -> Option<Filled<'a>> {
        match self {
            Self::Fixed(tokens) => Some((tokens.iter().map(borrowed).collect(), true)),
            Self::Open(open) => open.filled(context),
        }
    }

    /// What a test says of the text, read without wildcards; an unknown variable makes it `Unknown`
    pub(super) fn satisfies(&self, context: &BoundContext, accepts: impl Fn(&str) -> bool) -> Truth {
        match self {
            Self::Fixed(tokens) => match tokens.as_slice() {
                [Token::Literal(text)] => accepts(text).into(),
                _ => accepts("").into(),
            },
            Self::Open(open) => match open.expand(context) {
                Expanded::Unresolved => Truth::False,
                Expanded::Tokens { exact: false, .. } => Truth::Unknown,
                Expanded::Tokens { tokens, exact: true } => {
                    let literals = tokens.iter().filter_map(|token| match token {
                        Token::Literal(text) => Some(*text),
                        Token::One | Token::Run => None,
                    });
                    accepts(&literals.collect::<String>()).into()
                }
            },
        }
    }
}

impl Variables {
    /// Their keys
    pub(super) fn keys(&self) -> impl Iterator<Item = KeyId> {
        self.0.iter().filter_map(|piece| if let Piece::Variable { key, .. } = piece { Some(*key) } else { None })
    }

    /// The whole text filled in, `false` where a variable is not known; `None` when one has no value
    pub(super) fn filled<'a>(&'a self, context: &'a BoundContext) -> Option<Filled<'a>> {
        match self.expand(context) {
            Expanded::Unresolved => None,
            Expanded::Tokens { tokens, exact } => {
                let owned = |token| match token {
                    Token::Literal(text) => Token::Literal(Cow::Borrowed(text)),
                    Token::One => Token::One,
                    Token::Run => Token::Run,
                };
                Some((tokens.into_iter().map(owned).collect(), exact))
            }
        }
    }

    /// Fills them in
    pub(super) fn expand<'a>(&'a self, context: &'a BoundContext) -> Expanded<'a> {
        let mut exact = true;
        let mut tokens = Vec::with_capacity(self.0.len());
        for piece in &self.0 {
            let token = match piece {
                Piece::Fixed(Token::Literal(text)) => Token::Literal(&**text),
                Piece::Fixed(Token::One) => Token::One,
                Piece::Fixed(Token::Run) => Token::Run,
                Piece::Variable { key, default } => match (context.value(*key), default) {
                    (ContextValue::Known(values), _) if values.len() == 1 => {
                        Token::Literal(values.first().map_or("", |value| value))
                    }
                    (ContextValue::Unknown, _) => {
                        exact = false;
                        Token::Run
                    }
                    (ContextValue::Absent, Some(default)) => Token::Literal(&**default),
                    _ => return Expanded::Unresolved,
                },
                Piece::List => return Expanded::Unresolved,
            };
            tokens.push(token);
        }
        Expanded::Tokens { tokens, exact }
    }
}

fn borrowed<T: AsRef<str>>(token: &Token<T>) -> Token<Cow<'_, str>> {
    match token {
        Token::Literal(text) => Token::Literal(Cow::Borrowed(text.as_ref())),
        Token::One => Token::One,
        Token::Run => Token::Run,
    }
}

/// A match with an unknown part is only a possible match
pub(super) fn possible(matched: bool, exact: bool) -> Truth {
    match (matched, exact) {
        (false, _) => Truth::False,
        (true, true) => Truth::True,
        (true, false) => Truth::Unknown,
    }
}

fn flush(literal: &mut String, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece::Fixed(Token::Literal(std::mem::take(literal).into_boxed_str())));
    }
}

/// Reads `${…}` at the beginning of a text: an escaped character or a variable, and what follows
///
/// What is not well formed is literal text (rule E233) and gives `None`.
fn variable<'t>(text: &'t str, keys: &mut KeyTable) -> Option<(Result<char, Piece>, &'t str)> {
    let inside = text.strip_prefix("${")?;
    let end = closing(inside)?;
    let (body, after) = (inside.get(..end)?, inside.get(end + 1..)?);
    if let "*" | "?" | "$" = body {
        return Some((Ok(body.chars().next()?), after));
    }
    let (name, default) = match body.split_once(',') {
        Some((name, rest)) => (name, Some(rest.trim_start().strip_prefix('\'')?.trim_end().strip_suffix('\'')?)),
        None => (body, None),
    };
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let key: ContextKey = name.parse().ok()?;
    if key.is_multivalued() {
        return Some((Err(Piece::List), after));
    }
    Some((Err(Piece::Variable { key: keys.intern(&key), default: default.map(Into::into) }), after))
}

/// The closing brace, not counting one inside the quotes of a default
fn closing(inside: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, character) in inside.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}
