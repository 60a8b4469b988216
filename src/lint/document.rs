//! Rules about the document as a whole: size, characters, version, ids, variables

use std::collections::HashMap;

use crate::finding::Severity;
use crate::generate::{characters, limit};
use crate::json::{Node, Value};
use crate::policy::OperatorKind;
use crate::source::Position;

use super::linter::{Raised, Sheet};
use super::parts::{List, Parts, Statement, Word};
use super::{Kind, Rule};

pub(super) fn check(parts: &Parts<'_>, kind: Kind, sheet: &mut Sheet) {
    size(parts.node, kind, sheet);
    outside_range(parts.node, sheet);
    version(parts, kind, sheet);
    sids(parts, kind, sheet);
    variables(parts, sheet);
}

/// The sizes that a kind may have: beyond the first it depends, beyond the last nothing helps
fn sizes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Identity => &["managed", "role"],
        Kind::Boundary => &["managed"],
        Kind::Session => &["session"],
        Kind::Scp => &["scp", "scp-raised"],
        Kind::Rcp => &["rcp"],
        Kind::Bucket => &["bucket"],
        Kind::Key => &["key"],
        Kind::Trust => &["trust", "trust-raised"],
        Kind::Vpce => &["vpce"],
        Kind::Resource => &[],
    }
}

fn size(node: &Node, kind: Kind, sheet: &mut Sheet) {
    let limits: Vec<_> = sizes(kind).iter().filter_map(|name| limit(name)).collect();
    let (Some(first), Some(last)) = (limits.first(), limits.last()) else { return };
    let size = characters(&node.to_plain());
    if size <= first.characters {
        return;
    }
    let message = format!("the document has {size} characters, and {} may have {}", first.what, first.characters);
    let raised = Raised::new(Rule::SizeLimit, node.at, message);
    sheet.add(if size <= last.characters {
        raised.severity(Severity::Note).help(format!("{} may have {}", last.what, last.characters))
    } else {
        raised.help("split it into several documents, or name resources by patterns")
    });
}

/// Characters beyond U+00FF and control characters (rule E15)
fn outside_range(node: &Node, sheet: &mut Sheet) {
    let mut report = |text: &str, at: Position| {
        let allowed = |character: &char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
        let Some(first) = text.chars().find(|character| !allowed(character)) else { return };
        let message = format!("U+{:04X} may not stand in a policy", u32::from(first));
        let help = "a resource or a value of a …Like operator can write `?` for one character";
        sheet.add(Raised::new(Rule::CharacterOutsideRange, at, message).help(help));
    };
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::String(text) => report(text, node.at),
            Value::Array(elements) => open.extend(elements),
            Value::Object(members) => {
                for member in members {
                    report(&member.key, member.at);
                    open.push(&member.value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn version(parts: &Parts<'_>, kind: Kind, sheet: &mut Sheet) {
    let is_object = matches!(parts.node.value, Value::Object(_));
    if !is_object || parts.node.member("Version").is_some() {
        return;
    }
    let message = "the document has no `Version`, so it is read in the language of 2008, which has no variables";
    let raised = Raised::new(Rule::VersionMissing, parts.node.at, message).help("add \"Version\": \"2012-10-17\"");
    let required = kind.is_kept_by_iam() || matches!(kind, Kind::Scp | Kind::Rcp);
    sheet.add(if required { raised } else { raised.severity(Severity::Note) });
}

fn sids(parts: &Parts<'_>, kind: Kind, sheet: &mut Sheet) {
    let mut seen: HashMap<String, Position> = HashMap::new();
    for sid in parts.statements.iter().filter_map(|statement| statement.sid.as_ref()) {
        let plain = sid.text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if kind.is_kept_by_iam() && !plain {
            let message = format!("the id `{}` has characters other than letters and digits", sid.text);
            let fix: String = sid.text.chars().filter(char::is_ascii_alphanumeric).collect();
            sheet.add(Raised::new(Rule::SidCharacters, sid.at, message).near(Some(fix).filter(|fix| !fix.is_empty())));
        }
        if sid.text.is_empty() {
            continue;
        }
        if let Some(first) = seen.get(&*sid.text) {
            let message = format!("the id `{}` stands twice, first at {first}", sid.text);
            let raised = Raised::new(Rule::DuplicateSid, sid.at, message).help("ids tell statements apart in reports");
            sheet.add(if kind.is_kept_by_iam() { raised } else { raised.severity(Severity::Warning) });
        } else {
            seen.insert(sid.text.to_string(), sid.at);
        }
    }
}

fn variables(parts: &Parts<'_>, sheet: &mut Sheet) {
    let has_variables = parts.version().is_some_and(|version| version.text == "2012-10-17");
    for statement in &parts.statements {
        if has_variables {
            misplaced(statement, sheet);
        } else {
            for word in readable(statement).filter(|word| has_variable(&word.text)) {
                let message = format!("`{}` is plain text in a document of this version", word.text);
                let help = "set \"Version\": \"2012-10-17\" to have variables read";
                sheet.add(Raised::new(Rule::VariableInOldVersion, word.at, message).help(help));
            }
        }
    }
}

/// Where variables are read: resources, and values of operators on texts (rules E220, E229)
fn readable<'s>(statement: &'s Statement<'_>) -> impl Iterator<Item = &'s Word<'s>> {
    let resources = statement.resource.iter().flat_map(|list| &list.words);
    let values = statement.tests.iter().filter(|test| expands(test.kind())).flat_map(|test| &test.values.words);
    resources.chain(values)
}

fn expands(kind: OperatorKind) -> bool {
    use OperatorKind as Kind;
    matches!(
        kind,
        Kind::StringEquals
            | Kind::StringNotEquals
            | Kind::StringEqualsIgnoreCase
            | Kind::StringNotEqualsIgnoreCase
            | Kind::StringLike
            | Kind::StringNotLike
            | Kind::ArnEquals
            | Kind::ArnLike
            | Kind::ArnNotEquals
            | Kind::ArnNotLike
            | Kind::Bool
    )
}

fn misplaced(statement: &Statement<'_>, sheet: &mut Sheet) {
    let help = "variables are read in the last part of resources and in the values of conditions";
    let lists = statement.action.iter().chain(statement.principals.iter().map(|(_, list)| list));
    for (list, word) in lists.flat_map(words_of).filter(|(_, word)| has_variable(&word.text)) {
        let message = format!("`{}` has no variables: `{}` is plain text there", list.name, word.text);
        sheet.add(Raised::new(Rule::MisplacedVariable, word.at, message).help(help));
    }
    for word in statement.resource.iter().flat_map(|list| &list.words) {
        let before = word.text.split("${").next().unwrap_or_default();
        if has_variable(&word.text) && before.starts_with("arn:") && before.matches(':').count() < 5 {
            let message = format!("`{}` has a variable before the last part of the ARN, where none is read", word.text);
            sheet.add(Raised::new(Rule::MisplacedVariable, word.at, message).help(help));
        }
    }
}

fn words_of<'l, 'n>(list: &'l List<'n>) -> impl Iterator<Item = (&'l List<'n>, &'l Word<'n>)> {
    list.words.iter().map(move |word| (list, word))
}

/// Whether there is `${name}` in a text; `${*}`, `${?}` and `${$}` are escapes
fn has_variable(text: &str) -> bool {
    let mut names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    names.any(|name| !name.is_empty() && !matches!(name, "*" | "?" | "$"))
}
