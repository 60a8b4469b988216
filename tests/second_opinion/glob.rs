//! Wildcard matching, the slow way: which prefixes of the text can the pattern so far cover?

/// One unit of a pattern
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(char),
    /// `*`; with `false` it stays inside its colon segment
    Run(bool),
    /// `?`; with `false` it is never a colon
    One(bool),
}

pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    text.chars().map(wildcard).collect()
}

/// The meaning of an unquoted character of a pattern (E52, E62)
pub(crate) fn wildcard(char: char) -> Piece {
    match char {
        '*' => Piece::Run(true),
        '?' => Piece::One(true),
        other => Piece::Literal(other),
    }
}

/// Whether the pattern covers the whole text
pub(crate) fn covers(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for piece in pattern {
        reached = step(*piece, &reached, &text);
    }
    reached[text.len()]
}

fn step(piece: Piece, before: &[bool], text: &[char]) -> Vec<bool> {
    let mut after = vec![false; before.len()];
    for end in 0..before.len() {
        after[end] = match piece {
            Piece::Literal(char) => end > 0 && before[end - 1] && text[end - 1] == char,
            Piece::One(colons) => end > 0 && before[end - 1] && (colons || text[end - 1] != ':'),
            Piece::Run(colons) => before[end] || end > 0 && after[end - 1] && (colons || text[end - 1] != ':'),
        };
    }
    after
}
