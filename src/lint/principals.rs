//! Rules about principals: somebody can be the one who is named

use super::linter::{Raised, Sheet};
use super::parts::{Statement, Word};
use super::{Kind, Rule};

pub(super) fn check(statement: &Statement<'_>, kind: Kind, sheet: &mut Sheet) {
    if !kind.policy_type().names_principals() {
        return;
    }
    for (name, list) in &statement.principals {
        for word in &list.words {
            match *name {
                "AWS" => of_aws(word, sheet),
                "Service" | "Federated" if word.text == "*" => {
                    refuse(sheet, word, &format!("`*` is nobody under `{name}`"), "name each of them");
                }
                _ => {}
            }
        }
    }
}

fn refuse(sheet: &mut Sheet, word: &Word<'_>, message: &str, help: &str) {
    sheet.add(Raised::new(Rule::PrincipalNeverMatches, word.at, message).help(help));
}

/// Rules E38–E40
fn of_aws(word: &Word<'_>, sheet: &mut Sheet) {
    let text = &*word.text;
    if text == "*" {
        return;
    }
    if text.contains(['*', '?']) {
        let help = "name the account, and the principals by the condition `aws:PrincipalArn` with `ArnLike`";
        refuse(sheet, word, &format!("`{text}` matches nobody: principals have no wildcards in them"), help);
    } else if text.splitn(6, ':').nth(5).is_some_and(|name| name.starts_with("group/")) {
        refuse(sheet, word, &format!("`{text}` matches nobody: a group is no principal"), "name its users or a role");
    } else if is_unique_id(text) {
        let help = "AWS shows this in the place of a user or role that was deleted: remove it or name the new one";
        refuse(sheet, word, &format!("`{text}` is the id of a user or role, not a name"), help);
    }
}

/// `AROA…` and `AIDA…`
fn is_unique_id(text: &str) -> bool {
    let begins = text.starts_with("AROA") || text.starts_with("AIDA");
    begins && text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
