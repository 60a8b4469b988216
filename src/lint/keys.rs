//! Rules about condition keys: AWS lists them, still uses them, and calls with these actions can carry them

use crate::finding::Severity;
use crate::reference::{self, Key, KeyType};
use crate::source::nearest;

use super::Rule;
use super::linter::{Raised, Sheet};
use super::parts::{Statement, Test, Word};
use super::reach::{Pattern, Patterns, Reached, patterns};

pub(super) fn check(statement: &Statement<'_>, sheet: &mut Sheet) {
    let patterns = patterns(statement);
    for test in &statement.tests {
        match known(&test.key.text) {
            None => unknown(&test.key, &test.key.text, sheet),
            Some(key) => {
                deprecated(test, key, sheet);
                if let Some(patterns) = &patterns {
                    never_applies((statement, test), patterns, sheet);
                }
            }
        }
    }
    let resources = statement.resource.iter().flat_map(|list| &list.words);
    let values = statement.tests.iter().flat_map(|test| &test.values.words);
    for word in resources.chain(values) {
        for name in variables(&word.text).filter(|name| name.contains(':') && known(name).is_none()) {
            unknown(word, name, sheet);
        }
    }
}

/// What AWS says of a key
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) kind: KeyType,
    pub(super) multivalued: bool,
    /// The entry of a service's own key; global keys have none
    own: Option<&'static Key>,
}

/// A key as AWS lists it; `None` for one that is not listed
pub(super) fn known(name: &str) -> Option<Known> {
    if let Some(key) = reference::global_key(name) {
        return Some(Known { kind: key.kind, multivalued: key.multivalued, own: None });
    }
    let (prefix, _) = name.split_once(':')?;
    let own = reference::service(prefix).and_then(|service| service.key(name));
    // Some services carry keys with the prefix of another.
    let mut others = reference::prefixes().filter_map(reference::service);
    let key = own.or_else(|| others.find_map(|service| service.key(name)))?;
    Some(Known { kind: key.kind, multivalued: key.multivalued, own: Some(key) })
}

fn unknown(word: &Word<'_>, name: &str, sheet: &mut Sheet) {
    let Some((prefix, _)) = name.split_once(':') else { return };
    let is_global = prefix.eq_ignore_ascii_case("aws");
    let service = reference::service(prefix).filter(|service| !service.keys.is_empty());
    // Keys of identity providers bear any name.
    if !is_global && service.is_none() {
        return;
    }
    let listed = if is_global { reference::global_keys() } else { &[] };
    let own = service.into_iter().flat_map(|service| &service.keys).map(|key| key.name);
    let near = nearest(name, listed.iter().map(|key| key.name).chain(own));
    let message = format!("AWS lists no condition key `{name}` (as of {})", reference::edition().captured);
    let raised = Raised::new(Rule::UnknownConditionKey, word.at, message);
    sheet.add(match near {
        Some(near) if word.text == name && !near.contains("${") => raised.near(Some(near.to_owned())),
        Some(near) => raised.help(format!("did you mean `{near}`?")),
        None => raised.help("a test of a key that no request carries never holds, and its negation always does"),
    });
}

fn deprecated(test: &Test<'_>, known: Known, sheet: &mut Sheet) {
    let Some(key) = known.own.filter(|key| key.is_deprecated()) else { return };
    let message = format!("AWS calls `{}` deprecated", key.name);
    let raised = Raised::new(Rule::DeprecatedKey, test.key.at, message);
    sheet.add(match key.successor {
        Some(successor) => raised.help(format!("use `{successor}`")).fix(successor),
        None => raised,
    });
}

fn never_applies((statement, test): (&Statement<'_>, &Test<'_>), patterns: &Patterns<'_>, sheet: &mut Sheet) {
    let key = &*test.key.text;
    let carries = |reached: &Reached| reached.action.carries(key) || !is_tied(*reached, key);
    let lacking: Vec<&Pattern<'_>> =
        patterns.known.iter().filter(|pattern| !pattern.actions.iter().any(carries)).collect();
    if lacking.is_empty() {
        return;
    }
    let quoted = |pattern: &&Pattern<'_>| format!("`{}`", pattern.word.text);
    if patterns.complete && lacking.len() == patterns.known.len() {
        let names: Vec<String> = lacking.iter().take(3).map(quoted).collect();
        let more = if lacking.len() > 3 { " and the others" } else { "" };
        let message = format!("no call with {}{more} carries `{key}`", names.join(", "));
        let help = "the key is as good as absent: a positive test never holds, a negated one always does";
        sheet.add(Raised::new(Rule::KeyNeverApplies, test.key.at, message).help(help));
    } else if statement.allows() && statement.demands(key) {
        let names: Vec<String> = lacking.iter().map(quoted).collect();
        let message = format!("calls with {} carry no `{key}`, so this statement never allows them", names.join(", "));
        let raised = Raised::new(Rule::KeyNeverApplies, test.key.at, message).severity(Severity::Note);
        sheet.add(raised.help("put these actions into a statement without this condition"));
    }
}

/// Whether AWS's list of an action's keys decides: for keys of services, and for those about tags in requests where the
/// service has tags. Keys of identity providers and all other global keys are not listed action by action.
fn is_tied(reached: Reached, key: &str) -> bool {
    let folded = key.to_ascii_lowercase();
    if folded == "aws:tagkeys" || folded.starts_with("aws:requesttag/") {
        return reached.service.key(key).is_some();
    }
    let prefix = folded.split(':').next().unwrap_or_default();
    reference::global_key(key).is_none() && !prefix.contains('.')
}

/// The keys that a text takes variables from
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    names.map(|name| name.split_once(',').map_or(name, |(key, _)| key).trim())
}
