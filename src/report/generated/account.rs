//! What documents and changes do in the principal's own account, for a person

use std::fmt::Write as _;

use crate::evaluate::Decision;
use crate::generate::{Change, Fix, InAccount};
use crate::report::Style;
use crate::report::human::list;
use crate::report::paint::{Ink, paint};
use crate::report::text::{visible, wrap};

/// The parts of the report about the account
pub(super) fn parts(account: &InAccount, style: Style) -> Vec<String> {
    let open = account.with_documents.rows.iter().filter(|row| row.decision != Decision::Allowed);
    let open: Vec<String> =
        open.map(|row| format!("{} on {} stays {}", row.action, row.resource, row.decision)).collect();
    let lines = if open.is_empty() { vec!["everything needed is allowed".to_owned()] } else { open };
    let mut parts: Vec<String> =
        list(style, "with these documents added to the account", lines.into_iter()).into_iter().collect();
    parts.extend(account.fixes.iter().map(|fix| text(fix, style)));
    parts
}

fn text(fix: &Fix, style: Style) -> String {
    let title = format!("fix for {} on {} ({}): {}", fix.action, fix.resource, fix.need, fix.decision);
    let mut text = format!("{}\n", paint(style, Ink::Heading, &visible(&title)));
    for (number, change) in fix.changes.iter().enumerate() {
        push(&mut text, number + 1, change, style);
    }
    let words = match fix.after {
        Decision::Allowed if fix.changes.len() < 2 => "with this change it is allowed".to_owned(),
        Decision::Allowed => "with all of these changes it is allowed".to_owned(),
        other => format!("it then stays {other}: no change of a policy here closes it"),
    };
    let _ = writeln!(text, " {words}");
    text
}

fn push(text: &mut String, number: usize, change: &Change, style: Style) {
    let place = change.location.as_ref().map(|location| format!(", at {location}")).unwrap_or_default();
    let opens = if change.opens.is_empty() { "nothing else".to_owned() } else { change.opens.clone() };
    let what = format!("{}: {} ({}{place}); it opens {opens}", change.owner, change.what, change.layer.word());
    let lines = wrap(&visible(&what), style.columns().saturating_sub(4)).join("\n    ");
    // Writing to a `String` does not fail.
    let _ = writeln!(text, " {number}. {lines}");
    for statement in &change.statements {
        let shown = format!("{statement:#}").replace('\n', "\n    ");
        let _ = writeln!(text, "    {}", shown.lines().map(visible).collect::<Vec<_>>().join("\n"));
    }
    if let Some(command) = &change.command {
        let _ = writeln!(text, "    $ {}", visible(command));
    }
}
