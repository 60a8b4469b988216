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

/// Subsets are formed of at most this many constants
const SUBSET_LIMIT: usize = 4;

/// What the conditions on one key compare it with
#[derive(Default)]
struct Compared<'a> {
    texts: BTreeSet<Arc<str>>,
    patterns: Vec<Vec<Token<Cow<'a, str>>>>,
    numbers: BTreeSet<String>,
    dates: BTreeSet<Timestamp>,
    ranges: BTreeSet<IpNet>,
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
        let other = compared.other();
        let complete = compared.fill_gaps(&other);
        let found =
            if as_set { Self::sets(&compared.texts, complete) } else { Self::singles(&compared.texts, complete) };
        found.named(&other)
    }

    fn singles(texts: &BTreeSet<Arc<str>>, complete: bool) -> Self {
        let mut all = Self { values: vec![ContextValue::Absent], words: vec!["absent".to_owned()], complete };
        for text in texts {
            all.add(vec![Arc::clone(text)], word(text));
        }
        all.add(vec!["".into()], "an empty text".to_owned());
        all
    }

    /// The values in words, where this text stands for any other
    fn named(mut self, other: &str) -> Self {
        for words in &mut self.words {
            *words = words.replace(&format!("`{other}`"), "any other value").replace(other, "…");
        }
        self
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
            // There may be more texts than a mask has bits.
            let bits = (0..u32::BITS).map(|bit| mask >> bit & 1 == 1);
            let chosen: Vec<Arc<str>> =
                texts.iter().zip(bits).filter(|(_, chosen)| *chosen).map(|(text, _)| Arc::clone(text)).collect();
            let words: Vec<String> = chosen.iter().map(|text| word(text)).collect();
            all.add(chosen, format!("{{{}}}", words.join(", ")));
        }
        // Neither is like an absent key, nor like the other (rules E105, E185).
        all.add(Vec::new(), "an empty list".to_owned());
        all.add(vec!["".into()], "a list of empty texts".to_owned());
        all
    }
}

impl<'a> Compared<'a> {
    fn add(&mut self, constant: Constant<'a>) {
        match constant {
            Constant::Pattern(tokens) => {
                self.texts.insert(spelled(&tokens, "", "x").into());
                if !tokens.iter().all(|token| matches!(token, Token::Literal(_))) && !self.patterns.contains(&tokens) {
                    self.patterns.push(tokens);
                }
            }
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

    /// A text that no pattern without a bare `*` matches: of a character that stands nowhere, longer than any row of `?`
    fn other(&self) -> String {
        let written: String = self.texts.iter().map(|text| &**text).collect();
        let unused = ('\u{e000}'..'\u{f8ff}').find(|character| !written.contains(*character)).unwrap_or('~');
        let longest = self.patterns.iter().map(Vec::len).max().unwrap_or(0);
        unused.to_string().repeat(longest + 1)
    }

    /// Whether the patterns are few, or alike, enough for each way of matching some and missing others to be among the texts
    fn patterns_are_simple(&self) -> bool {
        let telling = || self.patterns.iter().filter(|pattern| !matches!(pattern.as_slice(), [Token::Run]));
        telling().count() <= 1 || telling().all(|pattern| matches!(pattern.as_slice(), [Token::Literal(_), Token::Run]))
    }

    /// Adds values from between and outside the constants; false when not every possible value is stood for
    fn fill_gaps(&mut self, other: &str) -> bool {
        let numbers = between::numbers(&self.numbers);
        let dates = between::dates(&self.dates);
        let complete = numbers.is_some() && dates.is_some();
        self.texts.extend(self.numbers.iter().map(|number| number.as_str().into()));
        self.texts.extend(self.dates.iter().map(|date| date.to_string().into()));
        let further = numbers.into_iter().chain(dates).flatten().chain(between::addresses(&self.ranges));
        self.texts.extend(further.map(Arc::from));
        self.texts.extend(self.patterns.iter().map(|pattern| spelled(pattern, other, other).into()));
        self.texts.insert(other.into());
        complete && !self.open && self.patterns_are_simple()
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
    format!("`{text}`")
}
