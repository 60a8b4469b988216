//! ARN patterns: of `Resource` elements (rules E60–E72) and of the ARN operators (rule E175)

use std::borrow::Cow;

use memchr::memchr_iter;

use crate::iam::Resource;
use crate::iam::wildcard::{self, Token};

use super::context::{BoundContext, KeyId, KeyTable};
use super::template::{Expanded, Filled, Reading, Template, Variables, possible};
use super::truth::Truth;

/// A pattern over ARNs, compared part by part
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ArnPattern {
    /// `*`
    Everything,
    /// Six parts without variables
    Parts(Box<Parts>),
    /// With variables: they are filled in before the text is split, since their names hold colons
    Open(Variables),
    /// Malformed: matches nothing (rule E175a)
    Never,
}

/// The six parts of a pattern
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    parts: [Vec<Token<Box<str>>>; 6],
    /// The whole as one pattern, when one of the first five parts ends in `*` and may run past colons (rule E63)
    crossing: Option<Vec<Token<Box<str>>>>,
}

impl ArnPattern {
    /// A pattern of a condition value (`ArnLike`, `ArnEquals`)
    pub(super) fn of_condition(text: &str, reading: Reading, keys: &mut KeyTable) -> Self {
        match Template::compile(text, reading, keys) {
            Template::Fixed(tokens) => Self::parts(&tokens, None),
            Template::Open(open) => Self::Open(open),
        }
    }

    /// A pattern of a `Resource` element; missing trailing parts are `*` (rule E66)
    pub(super) fn of_resource(text: &str, reading: Reading, keys: &mut KeyTable) -> Self {
        if text == "*" {
            return Self::Everything;
        }
        // Variables count only after the fifth colon (rule E220); before it they are literal text.
        let head = text.match_indices(':').nth(4).map(|(at, _)| at + 1);
        let Some(head) = head else { return Self::parts(&wildcard::tokenize(text, false), Some(Token::Run)) };
        if text.get(..head).is_some_and(|front| front.contains("${")) {
            return Self::Never;
        }
        Self::of_condition(text, reading, keys)
    }

    /// A pattern without variables
    fn parts(tokens: &[Token<Box<str>>], pad: Option<Token<Box<str>>>) -> Self {
        Parts::split(tokens, pad).map_or(Self::Never, |parts| Self::Parts(Box::new(parts)))
    }

    /// The keys of its variables
    pub(super) fn keys(&self) -> impl Iterator<Item = KeyId> {
        let open = if let Self::Open(open) = self { Some(open) } else { None };
        open.into_iter().flat_map(Variables::keys)
    }

    /// The whole pattern with its variables filled in, `false` where one is not known; `None` when it matches nothing
    pub(super) fn filled<'a>(&'a self, context: &'a BoundContext) -> Option<Filled<'a>> {
        match self {
            Self::Everything => Some((vec![Token::Run], true)),
            Self::Never => None,
            Self::Open(open) => open.filled(context),
            Self::Parts(parts) => {
                let owned = |token| match token {
                    Token::Literal(text) => Token::Literal(Cow::Owned(String::from(text))),
                    Token::One => Token::One,
                    Token::Run => Token::Run,
                };
                Some((join(&parts.parts).into_iter().map(owned).collect(), true))
            }
        }
    }

    /// Whether the pattern, as an operand of an ARN operator, matches a text
    pub(super) fn matches_value(&self, value: &str, context: &BoundContext) -> Truth {
        match self {
            Self::Everything => Truth::True,
            Self::Never => Truth::False,
            Self::Parts(parts) => parts.matches(value).into(),
            Self::Open(open) => match open.expand(context) {
                Expanded::Unresolved => Truth::False,
                Expanded::Tokens { tokens, exact: true } => {
                    Parts::split(&tokens, None).is_some_and(|parts| parts.matches(value)).into()
                }
                Expanded::Tokens { tokens, exact: false } => possible(wildcard::matches(&tokens, value), false),
            },
        }
    }

    /// Whether the pattern, as an entry of a `Resource` element, covers a request's resource
    ///
    /// `Unknown` also where the request names a set of which only some members match (rule E72).
    pub(super) fn matches_resource(&self, resource: &Resource, context: &BoundContext) -> Truth {
        match (self, resource) {
            (Self::Everything, _) => Truth::True,
            (Self::Never, _) | (_, Resource::Any) => Truth::False,
            (Self::Parts(parts), Resource::One(arn)) => {
                let matched = parts.match_all(arn.parts());
                // Without a colon in the last part there is none that a `*` could run past.
                (matched || arn.resource().contains(':') && parts.matches_crossing(arn.as_str())).into()
            }
            (Self::Open(_), Resource::One(arn)) => self.matches_arn(arn.as_str(), context),
            (Self::Parts(parts), Resource::Set(set)) => parts.relation(set.tokens()),
            (Self::Open(open), Resource::Set(set)) => match open.expand(context) {
                Expanded::Unresolved => Truth::False,
                Expanded::Tokens { tokens, exact } => match Parts::split(&tokens, None) {
                    Some(parts) if exact => parts.relation(set.tokens()),
                    Some(parts) => parts.relation(set.tokens()) & Truth::Unknown,
                    None => possible(wildcard::intersects(&tokens, set.tokens()), false),
                },
            },
        }
    }

    /// Whether the pattern, as an entry of a `Resource` element, matches one ARN
    pub(super) fn matches_arn(&self, arn: &str, context: &BoundContext) -> Truth {
        match self {
            Self::Everything => Truth::True,
            Self::Never => Truth::False,
            Self::Parts(parts) => parts.accepts(arn).into(),
            Self::Open(open) => match open.expand(context) {
                Expanded::Unresolved => Truth::False,
                Expanded::Tokens { tokens, exact } => match Parts::split(&tokens, None) {
                    Some(parts) => possible(parts.accepts(arn), exact),
                    None => possible(wildcard::matches(&tokens, arn), false),
                },
            },
        }
    }

    /// Whether a variable in it has no value
    pub(super) fn is_unresolved(&self, context: &BoundContext) -> bool {
        matches!(self, Self::Open(open) if matches!(open.expand(context), Expanded::Unresolved))
    }
}

impl Parts {
    /// Splits tokens at the first five colons of their literals; `pad` fills missing parts
    fn split<T: AsRef<str>>(tokens: &[Token<T>], pad: Option<Token<Box<str>>>) -> Option<Self> {
        let mut parts: [Vec<Token<Box<str>>>; 6] = Default::default();
        let mut index = 0;
        for token in tokens {
            let text = match token {
                Token::One => {
                    parts.get_mut(index)?.push(Token::One);
                    continue;
                }
                Token::Run => {
                    parts.get_mut(index)?.push(Token::Run);
                    continue;
                }
                Token::Literal(text) => text.as_ref(),
            };
            let mut pieces = text.splitn(6 - index, ':');
            push_literal(parts.get_mut(index)?, pieces.next().unwrap_or_default());
            for piece in pieces {
                index += 1;
                push_literal(parts.get_mut(index)?, piece);
            }
        }
        if index < 5 {
            let pad = pad?;
            parts.iter_mut().skip(index + 1).for_each(|part| part.push(pad.clone()));
        }
        let may_cross = parts.iter().take(5).any(|part| part.last() == Some(&Token::Run));
        let crossing = may_cross.then(|| join(&parts));
        Some(Self { parts, crossing })
    }

    /// Whether an ARN matches, also by a `*` that runs past colons
    fn accepts(&self, arn: &str) -> bool {
        self.matches(arn) || self.matches_crossing(arn)
    }

    fn matches(&self, text: &str) -> bool {
        let mut values = text.splitn(6, ':');
        self.parts.iter().all(|part| values.next().is_some_and(|value| wildcard::matches(part, value)))
    }

    /// Compares part by part, the last first: it tells most patterns apart
    fn match_all(&self, values: [&str; 6]) -> bool {
        self.parts.iter().zip(values).rev().all(|(part, value)| wildcard::matches(part, value))
    }

    /// Whether it covers a whole set
    pub(super) fn covers(&self, set: &Resource) -> bool {
        matches!(set, Resource::Set(glob) if self.relation(glob.tokens()) == Truth::True)
    }

    /// The reading in which a `*` at the end of a part runs past colons (rule E63)
    fn matches_crossing(&self, text: &str) -> bool {
        let Some(whole) = &self.crossing else { return false };
        // A `*` that takes a colon needs a sixth one; the whole as one pattern, whose `*` all run past
        // colons, is the next quick test that few texts pass.
        memchr_iter(b':', text.as_bytes()).nth(5).is_some()
            && wildcard::matches(whole, text)
            && self.crosses_exactly(text)
    }

    /// Tries all ways to let part-ending `*` take further colons, the other wildcards staying inside their part
    fn crosses_exactly(&self, text: &str) -> bool {
        let mut reached: Vec<&str> = vec![text];
        for (index, part) in self.parts.iter().enumerate() {
            let crossing = index < 5 && part.last() == Some(&Token::Run);
            let mut next: Vec<&str> = Vec::new();
            for rest in reached {
                if index == 5 {
                    if wildcard::matches(part, rest) {
                        return true;
                    }
                    continue;
                }
                next.extend(ends(part, rest, crossing));
            }
            next.sort_unstable_by_key(|rest| rest.len());
            next.dedup_by_key(|rest| rest.len());
            reached = next;
        }
        false
    }

    /// How the pattern relates to a set of resources
    ///
    /// A `*` that runs past colons is not followed into the unknown part of a name: the names that services
    /// choose (versions, result files) hold none.
    fn relation<T: AsRef<str>>(&self, set: &[Token<T>]) -> Truth {
        let Some(set_parts) = Self::split(set, None) else {
            return possible(wildcard::intersects(&join(&self.parts), set), false);
        };
        let pairs = || self.parts.iter().zip(&set_parts.parts);
        if pairs().all(|(part, set)| wildcard::covers(part, set)) {
            return Truth::True;
        }
        possible(pairs().all(|(part, set)| wildcard::intersects(part, set)), false)
    }
}

/// What may follow a part and its colon; a crossing part may also take further colons
fn ends<'t>(part: &[Token<Box<str>>], text: &'t str, crossing: bool) -> Vec<&'t str> {
    let mut after = Vec::new();
    for (at, _) in text.match_indices(':') {
        let (taken, rest) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        // Inside a crossing part only the final `*` may hold colons, so what precedes it is matched
        // against the text up to the first colon.
        let head = taken.split(':').next().unwrap_or_default();
        let fits = if crossing && taken.len() > head.len() {
            wildcard::matches(part, head)
        } else {
            wildcard::matches(part, taken)
        };
        if fits {
            after.push(rest);
        }
        if !crossing {
            break;
        }
    }
    after
}

/// All parts as one pattern with the colons back in, each stretch of text in one piece
fn join(parts: &[Vec<Token<Box<str>>>; 6]) -> Vec<Token<Box<str>>> {
    let (mut tokens, mut literal) = (Vec::new(), String::new());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            literal.push(':');
        }
        for token in part {
            if let Token::Literal(text) = token {
                literal.push_str(text);
                continue;
            }
            push_literal(&mut tokens, &std::mem::take(&mut literal));
            tokens.push(token.clone());
        }
    }
    push_literal(&mut tokens, &literal);
    tokens
}

fn push_literal(part: &mut Vec<Token<Box<str>>>, text: &str) {
    if !text.is_empty() {
        part.push(Token::Literal(text.into()));
    }
}
