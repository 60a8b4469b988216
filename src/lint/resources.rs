//! Rules about resources: actions and resources of a statement fit each other

use crate::policy::Listing;

use super::linter::{Raised, Sheet};
use super::parts::{List, Statement, Word};
use super::reach::{Pattern, Patterns, Reached, patterns};
use super::{Kind, Rule};

pub(super) fn check(statement: &Statement<'_>, kind: Kind, sheet: &mut Sheet) {
    // A key policy's resource is its key, a trust policy has none.
    if matches!(kind, Kind::Key | Kind::Trust) {
        return;
    }
    let Some(resources) = statement.resource.as_ref().filter(|list| list.listing == Listing::Only) else { return };
    let Some(Patterns { known: patterns, complete }) = patterns(statement) else { return };
    if resources.words.is_empty() || resources.words.iter().any(|word| !is_specific(&word.text)) {
        return;
    }
    // What an unlisted action takes nobody knows.
    let is_taken = |word: &Word<'_>| !complete || patterns.iter().any(|pattern| takes(pattern, word));
    for word in resources.words.iter().filter(|word| !is_taken(word)) {
        sheet.add(no_action_takes(word, &patterns));
    }
    for pattern in patterns.iter().filter(|pattern| !resources.words.iter().any(|word| takes(pattern, word))) {
        if resources.words.iter().any(is_taken) {
            sheet.add(takes_none(pattern, resources));
        }
    }
}

/// Names some resources, in a form that says which
fn is_specific(resource: &str) -> bool {
    resource.starts_with("arn:") && resource.matches(':').count() >= 5
}

fn takes(pattern: &Pattern<'_>, resource: &Word<'_>) -> bool {
    pattern.actions.iter().any(|reached| reached.action.takes(&resource.text) || is_contested(*reached, &resource.text))
}

/// Old samples of AWS write `arn:aws:s3:::*` for actions on no resource, and it is said to work (rule E67)
fn is_contested(reached: Reached, resource: &str) -> bool {
    reached.action.resources().is_empty() && resource.splitn(6, ':').nth(5) == Some("*")
}

fn no_action_takes(resource: &Word<'_>, patterns: &[Pattern<'_>]) -> Raised {
    let mut actions = patterns.iter().flat_map(|pattern| &pattern.actions);
    let one = actions.next().filter(|_| patterns.len() == 1 && actions.next().is_none());
    let subject = one
        .map_or_else(|| "no action of this statement".to_owned(), |reached| format!("`{}` does not", reached.name()));
    let is_alias = resource.text.splitn(6, ':').nth(5).is_some_and(|name| name.starts_with("alias/"));
    if is_alias && resource.text.split(':').nth(2) == Some("kms") {
        let message =
            format!("operations on keys are authorized on the key, never on an alias such as `{}`", resource.text);
        let help =
            "name the key by its ARN, or write key/* with the condition `kms:RequestAlias` or `kms:ResourceAliases`";
        return Raised::new(Rule::KmsAliasResource, resource.at, message).help(help);
    }
    let verb = if one.is_some() { "take" } else { "takes" };
    let raised = Raised::new(Rule::ResourceTypeMismatch, resource.at, format!("{subject} {verb} `{}`", resource.text));
    match one.copied().or_else(|| patterns.first()?.actions.first().copied()) {
        Some(reached) => with_forms(raised, reached, &resource.text),
        None => raised,
    }
}

fn takes_none(pattern: &Pattern<'_>, resources: &List<'_>) -> Raised {
    let taken = match resources.words.as_slice() {
        [one] => format!("does not take `{}`", one.text),
        words => format!("takes none of the {} resources of this statement", words.len()),
    };
    let message = format!("`{}` {taken}", pattern.word.text);
    let raised = Raised::new(Rule::ResourceTypeMismatch, pattern.word.at, message);
    match pattern.actions.first() {
        Some(reached) => with_forms(raised, *reached, ""),
        None => raised,
    }
}

/// Says what an action takes; for a bucket in the place of its objects, what to write
fn with_forms(raised: Raised, reached: Reached, resource: &str) -> Raised {
    let uses = reached.action.resources();
    let named = uses.iter().map(|used| used.resource.arns.first().map_or("", |arn| arn.text()));
    let forms: Vec<&str> = named.filter(|form| !form.is_empty()).take(3).collect();
    let help = match forms.as_slice() {
        [] => format!("`{}` is not about single resources: it needs \"Resource\": \"*\"", reached.name()),
        forms => format!("`{}` takes {}", reached.name(), forms.join(", ")),
    };
    let objects = format!("{resource}/*");
    let bucket = resource.strip_suffix("/*").unwrap_or_default();
    let fitting = [objects.as_str(), bucket].into_iter().find(|other| {
        let is_s3 = resource.split(':').nth(2) == Some("s3");
        is_s3
            && !resource.is_empty()
            && other.split(':').nth(5).is_some_and(|name| !name.is_empty())
            && reached.action.takes(other)
    });
    match fitting {
        Some(other) => raised.help(format!("{help}; did you mean `{other}`?")).fix(other),
        None if forms.is_empty() => raised.help(help).fix("*"),
        None => raised.help(help),
    }
}
