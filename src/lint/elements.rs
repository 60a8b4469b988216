//! Rules about what a kind of policy may have, and lists with nothing in them

use crate::policy::Listing;
use crate::source::Position;

use super::linter::{Raised, Sheet};
use super::parts::Statement;
use super::{Kind, Rule};

pub(super) fn check(statement: &Statement<'_>, kind: Kind, sheet: &mut Sheet) {
    match kind {
        Kind::Rcp => of_resource_control(statement, sheet),
        Kind::Trust => of_trust(statement, sheet),
        _ => {}
    }
    if statement.allows() && kind != Kind::Rcp {
        for (_, list) in statement.principals.iter().filter(|(_, list)| list.listing == Listing::AllBut).take(1) {
            refuse(
                sheet,
                list.at,
                "`NotPrincipal` may not stand in a statement that allows",
                "name who is allowed in `Principal`",
            );
        }
    }
    empty(statement, sheet);
}

fn refuse(sheet: &mut Sheet, at: Position, message: &str, help: &str) {
    sheet.add(Raised::new(Rule::ElementOfOtherKind, at, message).help(help));
}

/// Rule E94; the policy that AWS attaches everywhere is the one that may allow
fn of_resource_control(statement: &Statement<'_>, sheet: &mut Sheet) {
    let only_star = |list: &super::parts::List<'_>| matches!(list.words.as_slice(), [word] if word.text == "*");
    let is_full_access = statement.allows()
        && statement.action.as_ref().is_some_and(only_star)
        && statement.resource.as_ref().is_some_and(only_star);
    if is_full_access {
        return;
    }
    if statement.allows() {
        refuse(
            sheet,
            statement.node.at,
            "a resource control policy may only deny",
            "write what it forbids with \"Effect\": \"Deny\"",
        );
    }
    for (name, list) in &statement.principals {
        let everybody = list.listing == Listing::Only && *name == "AWS" && only_star(list);
        if !everybody {
            refuse(
                sheet,
                list.at,
                "the principal of a resource control policy is \"*\"",
                "tell principals apart by conditions such as `aws:PrincipalArn`",
            );
        }
    }
    let Some(action) = &statement.action else { return };
    if action.listing == Listing::AllBut {
        refuse(
            sheet,
            action.at,
            "`NotAction` may not stand in a resource control policy",
            "list the actions that it forbids",
        );
    }
    for word in action.words.iter().filter(|word| word.text == "*") {
        refuse(sheet, word.at, "a resource control policy names the service of its actions", "for example `s3:*`");
    }
}

/// Rules E60 and E92
fn of_trust(statement: &Statement<'_>, sheet: &mut Sheet) {
    if let Some(resource) = &statement.resource {
        let message = format!("`{}` may not stand in a trust policy: it is about its role", resource.name);
        refuse(sheet, resource.at, &message, "remove it");
    }
    for word in statement.action.iter().flat_map(|list| &list.words) {
        if !word.text.to_ascii_lowercase().starts_with("sts:") && word.text != "*" {
            let message = format!("`{}` may not stand in a trust policy", word.text);
            refuse(sheet, word.at, &message, "its actions are those of STS, such as `sts:AssumeRole`");
        }
    }
}

/// Rules E16 and E84
fn empty(statement: &Statement<'_>, sheet: &mut Sheet) {
    let elements =
        statement.action.iter().chain(&statement.resource).chain(statement.principals.iter().map(|(_, list)| list));
    for list in elements.filter(|list| list.is_empty) {
        let message = format!("`{}` lists nothing, so the statement applies to nothing", list.name);
        sheet.add(Raised::new(Rule::EmptyList, list.at, message));
    }
    for test in statement.tests.iter().filter(|test| test.values.is_empty) {
        let message = format!("`{}` is compared with no value", test.key.text);
        let help = "to test whether a request carries the key, use the operator `Null`";
        sheet.add(Raised::new(Rule::EmptyList, test.values.at, message).help(help));
    }
}
