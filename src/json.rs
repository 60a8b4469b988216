//! JSON with positions: strict RFC 8259, duplicate keys kept, nesting limited
//!
//! Policies need what `serde_json` drops: the place of every value, and both members when a key
//! stands twice (rule E13: the second could hide a Deny).

use std::collections::HashMap;
use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};

use crate::source::{Cursor, Position, Problem, SourceFile};

/// A JSON value and where it stands
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value
    pub value: Value,
    /// Its first character
    pub at: Position,
    /// The place just after its last character
    pub end: Position,
    /// Byte offset of the first character in the file (of the outer file for embedded text)
    pub offset: usize,
}

/// A JSON value; numbers keep their text, objects keep order and duplicates
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written
    Number(String),
    /// A string, unescaped
    String(Arc<str>),
    /// An array
    Array(Vec<Node>),
    /// An object
    Object(Vec<Member>),
}

/// One member of an object
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key, unescaped
    pub key: String,
    /// The place of the key
    pub at: Position,
    /// The value
    pub value: Node,
}

impl Node {
    /// What kind of value it is, in words for messages
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// The members of an object, none for other values
    #[must_use]
    pub fn members(&self) -> &[Member] {
        if let Value::Object(members) = &self.value { members } else { &[] }
    }

    /// The elements of an array, none for other values
    #[must_use]
    pub fn elements(&self) -> &[Node] {
        if let Value::Array(elements) = &self.value { elements } else { &[] }
    }

    /// The first member with this key
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Node> {
        self.members().iter().find(|member| member.key == key).map(|member| &member.value)
    }

    /// The text of a string
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Value::String(text) = &self.value { Some(text) } else { None }
    }

    /// A boolean
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        if let Value::Bool(value) = self.value { Some(value) } else { None }
    }

    /// Whether this is `null`
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The same value without positions, for libraries that work on `serde_json` values
    #[must_use]
    pub fn to_plain(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(text) => serde_json::from_str(text).unwrap_or(serde_json::Value::Null),
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::Array(elements) => elements.iter().map(Self::to_plain).collect(),
            Value::Object(members) => {
                serde_json::Value::Object(members.iter().map(|m| (m.key.clone(), m.value.to_plain())).collect())
            }
        }
    }
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads a whole file as one JSON value
///
/// # Errors
/// The first syntax error, with its place. A key that stands twice is *not* an error here: see
/// [`duplicate_keys`].
pub fn parse(file: &SourceFile) -> Result<Node, Problem> {
    if file.text.starts_with('\u{feff}') {
        return Err(Problem::at(
            &file.name,
            Position::START,
            "the file begins with a byte order mark (BOM), which JSON does not allow",
        )
        .with_help("save the file as UTF-8 without BOM"));
    }
    parse_range(file, 0, file.text.len())
}

/// Reads a part of a file as one JSON value; positions are those of the whole file
///
/// # Errors
/// The first syntax error, with its place.
pub fn parse_range(file: &SourceFile, start: usize, end: usize) -> Result<Node, Problem> {
    let mut places = Places { cursor: file.cursor(start), map: None, base: start };
    parse_text(file.slice(start..end), &mut places, &file.name)
}

/// Reads the JSON text that a string node holds (a policy wrapped by the CLI, possibly percent-encoded)
///
/// Positions are those of the characters in the file that hold it.
///
/// # Errors
/// The first syntax error, with its place in the outer file.
pub fn parse_embedded(file: &SourceFile, string: &Node) -> Result<Node, Problem> {
    let (text, map) = decode_literal(file.slice(string.offset..file.text.len()), string.offset);
    let (text, map) = if text.trim_start().starts_with('%') { percent_decode(&text, &map) } else { (text, map) };
    let mut places = Places { cursor: file.cursor(string.offset), map: Some(map), base: 0 };
    parse_text(&text, &mut places, &file.name)
}

/// Every key that stands more than once in one object, anywhere in the tree
#[must_use]
pub fn duplicate_keys(file: &Arc<str>, node: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    collect_duplicates(file, node, &mut problems);
    problems
}

/// Up to this many members are compared with each other
const FEW_MEMBERS: usize = 16;

fn collect_duplicates(file: &Arc<str>, node: &Node, problems: &mut Vec<Problem>) {
    let members = node.members();
    let mut seen: HashMap<&str, Position> = HashMap::new();
    for (index, member) in members.iter().enumerate() {
        // Most objects are small: looking through what came before takes less than a table.
        let twin = if members.len() <= FEW_MEMBERS {
            members.iter().take(index).rev().find(|known| known.key == member.key).map(|known| known.at)
        } else {
            seen.insert(&member.key, member.at)
        };
        if let Some(first) = twin {
            problems.push(
                Problem::at(
                    file,
                    member.at,
                    format!("the key `{}` stands twice in one object, first at {first}", member.key),
                )
                .with_help("keep one of them: most programs silently drop the first, so a rule can be lost"),
            );
        }
        collect_duplicates(file, &member.value, problems);
    }
    for element in node.elements() {
        collect_duplicates(file, element, problems);
    }
}

struct Places<'a> {
    cursor: Cursor<'a>,
    map: Option<Vec<usize>>,
    base: usize,
}

impl Places<'_> {
    fn offset(&self, inner: usize) -> usize {
        match &self.map {
            Some(map) => map.get(inner).or(map.last()).copied().unwrap_or(0),
            None => self.base + inner,
        }
    }

    fn advance(&mut self, inner: usize) -> Position {
        let offset = self.offset(inner);
        self.cursor.advance(offset)
    }
}

fn parse_text(text: &str, places: &mut Places<'_>, name: &Arc<str>) -> Result<Node, Problem> {
    // serde_json is the stricter judge of the grammar; the other parser keeps the places.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let at = places.advance(byte_offset(text, error.line(), error.column()));
        return Err(Problem::at(name, at, format!("not valid JSON: {}", reason(&error))));
    }
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| {
        let at = places.advance(error.range().start);
        Problem::at(name, at, format!("not valid JSON: {}", error.kind()))
    })?;
    match parsed.value {
        Some(value) => Ok(convert(value, places)),
        None => Err(Problem::at(name, places.advance(0), "the file is empty, expected JSON")),
    }
}

/// Where `serde_json`'s line and column (in bytes) lie in the text
pub(crate) fn byte_offset(text: &str, line: usize, column: usize) -> usize {
    let start = match line.checked_sub(2) {
        Some(skipped) => memchr::memchr_iter(b'\n', text.as_bytes()).nth(skipped).map_or(0, |newline| newline + 1),
        None => 0,
    };
    let mut offset = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// `serde_json`'s words without its own "at line … column …"
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

// INVARIANT: places are asked for in the order of the text, which keeps the cursor linear.
fn convert(value: ast::Value<'_>, places: &mut Places<'_>) -> Node {
    let range = value.range();
    let at = places.advance(range.start);
    let offset = places.offset(range.start);
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::NumberLit(literal) => Value::Number(literal.value.to_owned()),
        ast::Value::StringLit(literal) => Value::String(literal.value.into()),
        ast::Value::Array(array) => {
            Value::Array(array.elements.into_iter().map(|element| convert(element, places)).collect())
        }
        ast::Value::Object(object) => {
            Value::Object(object.properties.into_iter().map(|p| convert_member(p, places)).collect())
        }
    };
    let end = places.advance(range.end);
    Node { value, at, end, offset }
}

fn convert_member(property: ast::ObjectProp<'_>, places: &mut Places<'_>) -> Member {
    let at = places.advance(property.range().start);
    let key = property.name.into_string();
    Member { key, at, value: convert(property.value, places) }
}

/// Unescapes a string literal and keeps, for each byte of the result, the offset it came from
fn decode_literal(raw: &str, base: usize) -> (String, Vec<usize>) {
    let (mut text, mut map) = (String::new(), Vec::new());
    let mut characters = raw.char_indices().skip(1).peekable();
    let mut push = |character: char, from: usize| {
        text.push(character);
        map.extend(std::iter::repeat_n(base + from, character.len_utf8()));
    };
    let mut high: Option<(u32, usize)> = None;
    while let Some((from, character)) = characters.next() {
        match character {
            '"' => break,
            '\\' => match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => push('\n', from),
                Some('t') => push('\t', from),
                Some('r') => push('\r', from),
                Some('b') => push('\u{8}', from),
                Some('f') => push('\u{c}', from),
                Some('u') => {
                    let unit =
                        (0..4).filter_map(|_| characters.next()?.1.to_digit(16)).fold(0, |n, digit| n * 16 + digit);
                    match (high.take(), unit) {
                        (_, 0xD800..=0xDBFF) => high = Some((unit, from)),
                        (Some((first, start)), 0xDC00..=0xDFFF) => {
                            let code = 0x1_0000 + ((first - 0xD800) << 10) + (unit - 0xDC00);
                            push(char::from_u32(code).unwrap_or('\u{fffd}'), start);
                        }
                        _ => push(char::from_u32(unit).unwrap_or('\u{fffd}'), from),
                    }
                }
                Some(other) => push(other, from),
                None => break,
            },
            other => push(other, from),
        }
    }
    (text, map)
}

/// Undoes percent-encoding (as the IAM API returns documents), keeping the origin of each byte
fn percent_decode(text: &str, map: &[usize]) -> (String, Vec<usize>) {
    let (mut bytes, mut origins) = (Vec::new(), Vec::new());
    let mut rest = text.bytes().enumerate();
    while let Some((at, byte)) = rest.next() {
        let pair = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        let decoded = pair.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if decoded.is_some() {
            rest.nth(1);
        }
        bytes.push(decoded.unwrap_or(byte));
        origins.push(map.get(at).copied().unwrap_or(0));
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => (decoded, origins),
        Err(_) => (text.to_owned(), map.to_vec()),
    }
}
