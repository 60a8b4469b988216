//! Rules about actions: each service, action and pattern is one that AWS lists

use crate::reference::{self, Service};
use crate::source::nearest;

use super::Rule;
use super::linter::{Raised, Sheet};
use super::parts::{Statement, Word};
use super::reach::has_wildcard;

pub(super) fn check(statement: &Statement<'_>, sheet: &mut Sheet) {
    for word in statement.action.iter().flat_map(|list| &list.words) {
        // Without a colon it is `*`, or the parser has refused it.
        if let Some((prefix, name)) = word.text.split_once(':') {
            action(word, prefix, name, sheet);
        }
    }
}

fn action(word: &Word<'_>, prefix: &str, name: &str, sheet: &mut Sheet) {
    if has_wildcard(prefix) {
        let message = format!("`{}` has a wildcard in the service, where none is read", word.text);
        sheet.add(Raised::new(Rule::UnknownService, word.at, message).help("name each service"));
        return;
    }
    let Some(service) = reference::service(prefix) else {
        let message = format!("AWS lists no service `{prefix}`{}", as_of());
        let near = nearest(prefix, reference::prefixes()).map(|near| format!("{near}:{name}"));
        sheet.add(Raised::new(Rule::UnknownService, word.at, message).near(near));
        return;
    };
    if name.contains("${") || name.is_empty() {
        return;
    }
    if has_wildcard(name) {
        if service.matching(name).next().is_none() {
            let message = format!(
                "`{}` matches none of the {} actions of {}{}",
                word.text,
                service.actions().count(),
                service.name,
                as_of()
            );
            sheet.add(Raised::new(Rule::PatternWithoutAction, word.at, message).near(near_pattern(service, name)));
        }
    } else if service.action(name).is_none() {
        let message = format!("{} has no action `{name}`{}", service.name, as_of());
        sheet.add(Raised::new(Rule::UnknownAction, word.at, message).near(near_action(service, name)));
    }
}

/// The date of the lists, for what they may be too old to know
fn as_of() -> String {
    format!(" (as of {})", reference::edition().captured)
}

fn near_action(service: &Service, name: &str) -> Option<String> {
    // `ListObjects` and its like are names of API operations; the letters alone do not lead from them to the action.
    let of_operation = OPERATIONS.iter().find(|(operation, _)| {
        operation
            .split_once(':')
            .is_some_and(|(prefix, known)| prefix == service.prefix && known.eq_ignore_ascii_case(name))
    });
    if let Some((_, action)) = of_operation {
        return Some((*action).to_owned());
    }
    let near = nearest(name, service.actions().map(|listed| listed.name))?;
    Some(format!("{}:{near}", service.prefix))
}

/// A pattern that matches something, but for a slip in the letters before the first wildcard
fn near_pattern(service: &Service, pattern: &str) -> Option<String> {
    let (head, tail) = pattern.split_at_checked(pattern.find(['*', '?'])?)?;
    let mut letters = head.chars();
    letters.next_back();
    let words = service.actions().filter_map(|listed| listed.name.get(..head.len()));
    let near = nearest(head, words).filter(|_| head.len() > 4);
    let candidates = near.into_iter().chain(Some(letters.as_str()).filter(|shorter| !shorter.is_empty()));
    let fixed =
        candidates.map(|head| format!("{head}{tail}")).find(|fixed| service.matching(fixed).next().is_some())?;
    Some(format!("{}:{fixed}", service.prefix))
}

/// Operations of the API that are authorized as another action (rule E56)
const OPERATIONS: [(&str, &str); 9] = [
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:HeadObject", "s3:GetObject"),
    ("s3:ListObjects", "s3:ListBucket"),
    ("s3:ListObjectsV2", "s3:ListBucket"),
    ("s3:ListBuckets", "s3:ListAllMyBuckets"),
    ("s3:CopyObject", "s3:PutObject"),
    ("s3:UploadPart", "s3:PutObject"),
    ("s3:CompleteMultipartUpload", "s3:PutObject"),
    ("lambda:Invoke", "lambda:InvokeFunction"),
];
