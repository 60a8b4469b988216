//! A change in one sentence

use crate::evaluate::Decision;
use crate::finding::DecidedBy;

use super::cause::{Cause, When};
use super::change::Class;
use super::side::Row;

/// The sentence of a change
pub(super) fn of(class: Class, before: Option<&Row>, after: Option<&Row>, causes: &[Cause]) -> String {
    let decision = |row: Option<&Row>| row.map_or("not needed", |row| row.decision.word());
    match class {
        Class::Worse => worse(before, after, causes),
        Class::Better => better(after, causes),
        Class::Added => format!("the request needs this now, and it is {}", words(after)),
        Class::Removed => format!("the request no longer needs this, which was {}", words(before)),
        Class::Reason if decision(before) == decision(after) => {
            format!("{} as before, for another reason", words(after))
        }
        Class::Reason => format!("{} before, {} now", words(before), words(after)),
    }
}

fn words(row: Option<&Row>) -> &'static str {
    match row.map(|row| row.decision) {
        Some(Decision::Allowed) => "allowed",
        Some(Decision::ExplicitDeny) => "denied explicitly",
        Some(Decision::ImplicitDeny) => "denied, because nothing allows it",
        Some(Decision::Undetermined) => "undetermined",
        None => "not needed",
    }
}

fn worse(before: Option<&Row>, after: Option<&Row>, causes: &[Cause]) -> String {
    let first = |on: When, role: &str| causes.iter().find(|cause| cause.on == on && cause.role == role);
    let was_allowed = before.is_some_and(|row| row.decision == Decision::Allowed);
    match after.map(|row| row.decision) {
        Some(Decision::ExplicitDeny) => {
            let by = first(When::After, "denies now").map(|cause| named(&cause.by));
            let by = by.unwrap_or_else(|| "a statement".to_owned());
            format!("this change denies what the training needs: {by} denies it now")
        }
        Some(Decision::ImplicitDeny) if was_allowed => match first(When::Before, "allowed before") {
            Some(cause) => {
                format!("this change removes the right the training needs: {} no longer allows it", named(&cause.by))
            }
            None => match first(When::After, "does not allow now") {
                Some(cause) => format!(
                    "this change removes the right the training needs: {} does not allow it, and did not stand in the way before",
                    named(&cause.by)
                ),
                None => "this change removes the right the training needs".to_owned(),
            },
        },
        Some(Decision::ImplicitDeny) => "what was undetermined is denied now, because nothing allows it".to_owned(),
        _ if was_allowed => "this change makes it uncertain whether the training keeps a right it needs".to_owned(),
        _ => format!("{} before, {} now", words(before), words(after)),
    }
}

fn better(after: Option<&Row>, causes: &[Cause]) -> String {
    match after.map(|row| row.decision) {
        Some(Decision::Allowed) => {
            let gone = causes.iter().find(|cause| matches!(cause.role, "denied before" | "might have denied before"));
            let new = causes.iter().find(|cause| cause.role == "allows now");
            match (gone, new) {
                (Some(gone), _) => format!(
                    "this change lets the training have a right it needs: {} no longer denies it",
                    named(&gone.by)
                ),
                (None, Some(new)) => {
                    format!("this change gives the training a right it needs: {} allows it now", named(&new.by))
                }
                (None, None) => "this change gives the training a right it needs".to_owned(),
            }
        }
        Some(Decision::Undetermined) => {
            "no longer denied for certain, but not known to be allowed either: this is no right yet".to_owned()
        }
        _ => "no longer stands in the way of the training".to_owned(),
    }
}

/// A statement, policy or layer in words, with its place
fn named(by: &DecidedBy) -> String {
    let layer = by.layer.words();
    let name = match (by.policy.as_str(), by.sid.as_str()) {
        ("", "") => format!("the {layer}"),
        (policy, "") => format!("{layer} `{policy}`"),
        ("", sid) => format!("statement `{sid}` of the {layer}"),
        (policy, sid) => format!("statement `{sid}` of {layer} `{policy}`"),
    };
    let place = by.location.as_ref().map(|location| format!(" ({location})")).unwrap_or_default();
    format!("{name}{place}")
}
