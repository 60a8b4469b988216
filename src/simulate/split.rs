//! Where cases begin and end in a stream: one a line, or the elements of one array
//!
//! Nothing is held but the bytes of the cases that are not complete yet, and nothing is looked at twice.

use std::ops::Range;

use memchr::{memchr_iter, memchr2};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How the cases of a stream are written, and how far it has been read
#[derive(Debug)]
pub(super) enum Layout {
    /// Nothing but white space so far
    Unseen,
    /// One case a line
    Lines,
    /// The elements of one array
    Elements(Elements),
    /// The array is closed
    Closed,
}

/// The place in an array
#[derive(Debug, Default)]
pub(super) struct Elements {
    depth: usize,
    in_string: bool,
    /// The byte after a backslash, which may stand in the next piece
    escaped: bool,
    /// Where the present element begins
    begun: usize,
    /// Whether a comma stands before it
    after_comma: bool,
}

/// Text that is no sequence of cases, and where
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

/// What one look at the bytes found
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The complete cases, without white space around them
    pub(super) cases: Vec<Range<usize>>,
    /// Up to here all is found
    pub(super) consumed: usize,
    pub(super) misplaced: Option<Misplaced>,
}

impl Layout {
    /// Looks at `text` from `from` on, what stands before having been looked at; `last` when nothing follows
    pub(super) fn look(&mut self, text: &[u8], from: usize, last: bool) -> Found {
        let mut found = Found::default();
        let mut from = from;
        if matches!(self, Self::Unseen) {
            if text.starts_with(BYTE_ORDER_MARK) {
                let what = "the input begins with a byte order mark (BOM), which JSON does not allow";
                found.misplaced = Some(Misplaced { at: 0, what });
                return found;
            }
            if BYTE_ORDER_MARK.starts_with(text) && !last {
                // The rest of the mark may follow; until then the bytes are kept.
                return found;
            }
            from = self.recognize(text);
        }
        match self {
            Self::Unseen => found.consumed = text.len(),
            Self::Lines => lines(text, from, last, &mut found),
            Self::Elements(elements) => {
                if elements.look(text, from, &mut found) {
                    *self = Self::Closed;
                    nothing_but_space(text, &mut found);
                } else if last && found.misplaced.is_none() {
                    found.misplaced = Some(Misplaced { at: text.len(), what: "the array of cases is not closed" });
                }
            }
            Self::Closed => nothing_but_space(text, &mut found),
        }
        found
    }

    /// The first character tells the layout; gives where to look on
    fn recognize(&mut self, text: &[u8]) -> usize {
        let Some(first) = text.iter().position(|byte| !byte.is_ascii_whitespace()) else { return 0 };
        if text.get(first) == Some(&b'[') {
            *self = Self::Elements(Elements { begun: first + 1, ..Elements::default() });
            return first + 1;
        }
        *self = Self::Lines;
        0
    }

    /// Tells that the first bytes were taken away
    pub(super) fn forget(&mut self, bytes: usize) {
        if let Self::Elements(elements) = self {
            elements.begun = elements.begun.saturating_sub(bytes);
        }
    }
}

fn lines(text: &[u8], from: usize, last: bool, found: &mut Found) {
    let rest = text.get(from..).unwrap_or_default();
    // The line may have begun before the part that is new.
    let mut start = 0;
    for newline in memchr_iter(b'\n', rest) {
        push_trimmed(text, start..from + newline, &mut found.cases);
        start = from + newline + 1;
    }
    if last {
        push_trimmed(text, start..text.len(), &mut found.cases);
        start = text.len();
    }
    found.consumed = start;
}

/// Adds a range unless it is blank; says whether it was added
fn push_trimmed(text: &[u8], range: Range<usize>, cases: &mut Vec<Range<usize>>) -> bool {
    let Some(bytes) = text.get(range.clone()) else { return false };
    let (front, whole) = (bytes.trim_ascii_start(), bytes.trim_ascii());
    if !whole.is_empty() {
        let start = range.end - front.len();
        cases.push(start..start + whole.len());
    }
    !whole.is_empty()
}

fn nothing_but_space(text: &[u8], found: &mut Found) {
    let rest = text.get(found.consumed..).unwrap_or_default();
    if let Some(more) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) {
        found.misplaced = Some(Misplaced { at: found.consumed + more, what: "nothing may follow the array of cases" });
    }
    found.consumed = text.len();
}

impl Elements {
    /// Says whether the array is closed
    fn look(&mut self, text: &[u8], from: usize, found: &mut Found) -> bool {
        let mut at = from;
        found.consumed = self.begun;
        while let Some(&byte) = text.get(at) {
            if self.in_string {
                at = self.skip_string(text, at);
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => self.depth -= 1,
                b',' | b']' if self.depth == 0 => {
                    let blank = !push_trimmed(text, self.begun..at, &mut found.cases);
                    if blank && (byte == b',' || self.after_comma) {
                        found.misplaced = Some(Misplaced { at, what: "a case is missing here" });
                        return false;
                    }
                    (self.begun, self.after_comma, found.consumed) = (at + 1, true, at + 1);
                    if byte == b']' {
                        return true;
                    }
                }
                b'}' if self.depth == 0 => {
                    found.misplaced = Some(Misplaced { at, what: "expected `,` or `]` after a case" });
                    return false;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// Goes on to the end of the string, or of the text
    fn skip_string(&mut self, text: &[u8], from: usize) -> usize {
        if std::mem::take(&mut self.escaped) {
            return from + 1;
        }
        let rest = text.get(from..).unwrap_or_default();
        let Some(offset) = memchr2(b'"', b'\\', rest) else { return text.len() };
        if rest.get(offset) == Some(&b'"') {
            self.in_string = false;
        } else {
            self.escaped = true;
        }
        from + offset + 1
    }
}
