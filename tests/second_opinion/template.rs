//! Policy variables (E220–E233)

use super::deviation::Deviation;
use super::glob::{Piece, wildcard};
use super::question::Context;

/// How a text of a policy is read
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// The context that variables look into; nothing where `${…}` is literal (E21, E229)
    pub(crate) variables: Option<&'a Context>,
    /// Whether `*` and `?` are wildcards
    pub(crate) wildcards: bool,
}

/// The pattern a text stands for; nothing when a variable in it has no value (E224, E225)
pub(crate) fn expand(text: &str, reading: Reading<'_>) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some(context) = reading.variables
            && let Some((inner, after)) = placeholder(rest)
            && let Some(variable) = Variable::parse(inner)
        {
            pieces.extend(variable.value(context)?.chars().map(Piece::Literal));
            rest = after;
            continue;
        }
        pieces.push(if reading.wildcards { wildcard(char) } else { Piece::Literal(char) });
        rest = rest.split_at(char.len_utf8()).1;
    }
    Some(pieces)
}

/// What stands between `${` at the start and the next `}`, and what follows
fn placeholder(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

#[derive(Debug)]
enum Variable<'a> {
    Escape(&'a str),
    Key { name: String, default: Option<&'a str> },
}

impl<'a> Variable<'a> {
    /// Nothing for what is to stay literal (E233)
    fn parse(inner: &'a str) -> Option<Self> {
        if matches!(inner, "*" | "?" | "$") {
            return Some(Self::Escape(inner));
        }
        let (name, default) = match inner.split_once(',') {
            None => (inner, None),
            Some((name, rest)) => (name, Some(rest.strip_prefix(" '")?.strip_suffix('\'')?)),
        };
        let well_formed = !name.is_empty() && !name.contains(char::is_whitespace);
        well_formed.then(|| Self::Key { name: name.to_lowercase(), default })
    }

    fn value(&self, context: &Context) -> Option<String> {
        match self {
            Self::Escape(char) => Some((*char).to_owned()),
            Self::Key { name, default } => match context.values(name) {
                None => default.map(str::to_owned),
                Some(_) if Context::is_multivalued(name) && !context.deviates(Deviation::MultivaluedVariables) => None,
                Some([value]) => Some(value.clone()),
                Some(_) => None,
            },
        }
    }
}
