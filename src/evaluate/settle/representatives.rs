//! Values that stand for all values of a key, as far as some conditions can tell them apart

mod between;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::evaluate::condition::{Condition, Constant};
use crate::evaluate::context::BoundContext;
use crate::iam::ContextValue;
use crate::iam::wildcard::Token;
use crate::policy::OperatorKind as Kind;

/// The values to try for one key
pub(super) struct Representatives {
    /// The values, with "absent" first
    pub(super) values: Vec<ContextValue>,
    /// The same in words
    pub(super) words: Vec<String>,
    /// Whether every possible value behaves like one of these
    pub(super) complete: bool,
}

/// A text that no sensible policy names
const OTHER: &str = "~other~";
/// Subsets are formed of at most this many constants
const SUBSET_LIMIT: usize = 4;

/// What the conditions on one key compare it with
#[derive(Default)]
struct Compared {
    texts: BTreeSet<Arc<str>>,
    numbers: BTreeSet<String>,
    dates: BTreeSet<Timestamp>,
    ranges: BTreeSet<IpNet>,
    wildcards: BTreeSet<String>,
    /// Whether some constant hangs on another unknown key
    open: bool,
}

impl Representatives {
    /// Values for the conditions that test one key
    pub(super) fn of<'c>(conditions: impl Iterator<Item = &'c Condition>, context: &BoundContext) -> Self {
        let mut compared = Compared::default();
        let (mut as_set, mut boolean) = (false, true);
        for condition in conditions {
            as_set |= condition.is_over_sets();
            boolean &= matches!(condition.operator().kind, Kind::Bool | Kind::Null);
            condition.constants(context).into_iter().for_each(|constant| compared.add(constant));
        }
        if boolean {
            compared.texts.extend(["true", "false"].map(Arc::from));
        }
        let complete = compared.fill_gaps();
        if as_set { Self::sets(&compared.texts, complete) } else { Self::singles(&compared.texts, complete) }
    }

    fn singles(texts: &BTreeSet<Arc<str>>, complete: bool) -> Self {
        let mut all = Self { values: vec![ContextValue::Absent], words: vec!["absent".to_owned()], complete };
        for text in texts {
            all.add(vec![Arc::clone(text)], word(text));
        }
        all.add(vec!["".into()], "an empty text".to_owned());
        all
    }

    fn add(&mut self, values: Vec<Arc<str>>, words: String) {
        self.values.push(ContextValue::Known(values));
        self.words.push(words);
    }

    /// All subsets of a few values; of many only the small ones and the whole
    fn sets(texts: &BTreeSet<Arc<str>>, complete: bool) -> Self {
        let texts: Vec<&Arc<str>> = texts.iter().collect();
        let mut all = Self { values: vec![ContextValue::Absent], words: vec!["absent".to_owned()], complete };
        all.complete &= texts.len() <= SUBSET_LIMIT + 1;
        let masks: Vec<u32> = match u32::try_from(texts.len()) {
            Ok(count) if texts.len() <= SUBSET_LIMIT + 1 => (1..1_u32 << count).collect(),
            _ => (0..texts.len().min(24)).map(|bit| 1_u32 << bit).collect(),
        };
        for mask in masks {
            let chosen: Vec<Arc<str>> = texts
                .iter()
                .enumerate()
                .filter(|(bit, _)| mask >> bit & 1 == 1)
                .map(|(_, text)| Arc::clone(text))
                .collect();
            let words: Vec<String> = chosen.iter().map(|text| word(text)).collect();
            all.add(chosen, format!("{{{}}}", words.join(", ")));
        }
        // Neither is like an absent key, nor like the other (rules E105, E185).
        all.add(Vec::new(), "an empty list".to_owned());
        all.add(vec!["".into()], "a list of empty texts".to_owned());
        all
    }
}

impl Compared {
    fn add(&mut self, constant: Constant<'_>) {
        match constant {
            Constant::Pattern(tokens) => self.add_pattern(&tokens),
            Constant::AnyCase(tokens) => {
                let text = spelled(&tokens, "", "x");
                self.texts.extend([text.to_uppercase().into(), text.to_lowercase().into(), text.into()]);
            }
            Constant::Number(number) => {
                self.numbers.insert(number.to_string());
            }
            Constant::Date(date) => {
                self.dates.insert(date.timestamp());
            }
            Constant::Range(range) => {
                self.ranges.insert(range.range());
            }
            Constant::Nothing => {}
            Constant::Open => self.open = true,
        }
    }

    fn add_pattern(&mut self, tokens: &[Token<Cow<'_, str>>]) {
        self.texts.insert(spelled(tokens, "", "x").into());
        if tokens.iter().all(|token| matches!(token, Token::Literal(_))) {
            return;
        }
        self.texts.insert(spelled(tokens, OTHER, "~").into());
        let starts_with = matches!(tokens, [Token::Literal(_), Token::Run] | [Token::Run]);
        if !starts_with {
            self.wildcards.insert(spelled(tokens, "*", "?"));
        }
    }

    /// Adds values from between and outside the constants; false when not every possible value is stood for
    fn fill_gaps(&mut self) -> bool {
        let numbers = between::numbers(&self.numbers);
        let dates = between::dates(&self.dates);
        let complete = numbers.is_some() && dates.is_some();
        self.texts.extend(self.numbers.iter().map(|number| number.as_str().into()));
        self.texts.extend(self.dates.iter().map(|date| date.to_string().into()));
        let further = numbers.into_iter().chain(dates).flatten().chain(between::addresses(&self.ranges));
        self.texts.extend(further.map(Arc::from));
        self.texts.insert(OTHER.into());
        complete && !self.open && self.wildcards.len() <= 1
    }
}

/// The text with something in the place of each wildcard
fn spelled(tokens: &[Token<Cow<'_, str>>], run: &str, one: &str) -> String {
    let word = |token: &'_ Token<Cow<'_, str>>| match token {
        Token::Literal(text) => text.to_string(),
        Token::Run => run.to_owned(),
        Token::One => one.to_owned(),
    };
    tokens.iter().map(word).collect()
}

fn word(text: &str) -> String {
    if text == OTHER { "any other value".to_owned() } else { format!("`{text}`") }
}
