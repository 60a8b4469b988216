//! Which actions a pattern of a policy stands for, as far as AWS's lists tell

use crate::policy::Listing;
use crate::reference::{self, ListedAction, Service};

use super::parts::{Statement, Word};

/// An action and its service
#[derive(Clone, Copy)]
pub(super) struct Reached {
    pub(super) service: &'static Service,
    pub(super) action: &'static ListedAction,
}

impl Reached {
    /// Its name with the prefix
    pub(super) fn name(self) -> String {
        format!("{}:{}", self.service.prefix, self.action.name)
    }
}

/// One pattern of an `Action` element
pub(super) struct Pattern<'s> {
    pub(super) word: &'s Word<'s>,
    /// At least one
    pub(super) actions: Vec<Reached>,
}

/// The patterns of an `Action` element
pub(super) struct Patterns<'s> {
    /// Those whose actions are listed
    pub(super) known: Vec<Pattern<'s>>,
    /// Whether that is all of them
    pub(super) complete: bool,
}

/// The actions of a statement that names some
pub(super) fn patterns<'s>(statement: &'s Statement<'s>) -> Option<Patterns<'s>> {
    let list = statement.action.as_ref().filter(|list| list.listing == Listing::Only)?;
    let known: Vec<Pattern<'_>> =
        list.words.iter().filter_map(|word| Some(Pattern { word, actions: actions(&word.text)? })).collect();
    let complete = known.len() == list.words.len();
    (!known.is_empty()).then_some(Patterns { known, complete })
}

/// The actions that a pattern stands for; `None` for `*`, services and actions not listed
fn actions(pattern: &str) -> Option<Vec<Reached>> {
    let (prefix, name) = pattern.split_once(':')?;
    let service = reference::service(prefix)?;
    let actions: Vec<Reached> = if has_wildcard(name) {
        service.matching(name).map(|action| Reached { service, action }).collect()
    } else {
        service.action(name).map(|action| Reached { service, action }).into_iter().collect()
    };
    (!actions.is_empty()).then_some(actions)
}

pub(super) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}
