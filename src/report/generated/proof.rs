//! The proof of documents, for a person

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::evaluate::Decision;
use crate::generate::{Beyond, Effect, Minimality, Part, PartUse, Sufficiency};
use crate::report::Style;
use crate::report::paint::{Ink, paint};
use crate::report::text::{counted, visible, wrap};

/// Where the words of an answer begin
const INDENT: usize = 13;
/// Actions of one item beyond the needs that are named
const NAMED: usize = 6;

/// What is proven of documents
#[derive(Debug)]
pub(crate) struct Proof<'a> {
    pub(crate) sufficient: &'a Sufficiency,
    /// The decision of it all, what is left open included
    pub(crate) decision: Decision,
    pub(crate) minimal: &'a Minimality,
    pub(crate) beyond: &'a [Beyond],
}

impl Proof<'_> {
    pub(crate) fn text(&self, style: Style) -> String {
        let mut text = format!("{}\n", paint(style, Ink::Heading, "proof"));
        text.push_str(&self.sufficient(style));
        text.push_str(&self.minimal(style));
        text.push_str(&self.tight(style));
        text
    }

    fn sufficient(&self, style: Style) -> String {
        let rows = &self.sufficient.rows;
        let needs: BTreeSet<&str> = rows.iter().map(|row| row.need.as_str()).collect();
        let unmet: BTreeSet<&str> =
            rows.iter().filter(|row| row.decision != Decision::Allowed).map(|row| row.need.as_str()).collect();
        let met = needs.len() - unmet.len();
        let (mark, ink) = match self.decision {
            Decision::Allowed => ("✓ yes", Ink::Good),
            Decision::Undetermined => ("? not known", Ink::Open),
            Decision::ExplicitDeny | Decision::ImplicitDeny => ("✗ no", Ink::Bad),
        };
        let what = format!(
            "{met} of {} needed permissions are allowed with nothing but these documents in place",
            needs.len()
        );
        let open = rows.iter().filter(|row| row.decision != Decision::Allowed).map(|row| {
            let known = format!("{} on {} is {}", row.action, row.resource, row.decision);
            if row.missing.is_empty() { known } else { format!("{known}; not known: {}", row.missing.join("; ")) }
        });
        answer(style, "sufficient", (mark, ink), &what, open)
    }

    fn minimal(&self, style: Style) -> String {
        let total = self.minimal.parts.len() as u64;
        let needless: Vec<&PartUse> = self.minimal.needless().collect();
        let widening = self.minimal.parts.iter().filter(|part| matches!(part.effect, Effect::Widens(_))).count() as u64;
        let (mark, what) = if needless.is_empty() {
            let what = format!(
                "taking out any of {} breaks a need or, for {}, allows more",
                counted(total, "part"),
                counted(widening, "condition")
            );
            (("✓ yes", Ink::Good), what)
        } else {
            (("✗ no", Ink::Bad), format!("{} of {} could go:", needless.len(), counted(total, "part")))
        };
        let whole = |part: &&&PartUse| {
            // A needless statement stands for its parts.
            part.part == Part::Statement
                || !needless.iter().any(|other| {
                    other.part == Part::Statement
                        && (&other.document, &other.statement) == (&part.document, &part.statement)
                })
        };
        let lines = needless.iter().filter(whole).map(|part| match part.part {
            Part::Statement => format!("statement `{}` of {}", part.statement, part.document),
            _ => format!("{} {} in statement `{}` of {}", part.part.kind(), part.part, part.statement, part.document),
        });
        answer(style, "minimal", mark, &what, lines)
    }

    fn tight(&self, style: Style) -> String {
        if self.beyond.is_empty() {
            return answer(
                style,
                "tight",
                ("✓ yes", Ink::Good),
                "nothing is allowed beyond the needs",
                std::iter::empty(),
            );
        }
        let lines = self.beyond.iter().map(|beyond| {
            let count = beyond.actions.len();
            let mut actions = beyond.actions.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            if count > NAMED {
                // Writing to a `String` does not fail.
                let _ = write!(actions, " and {} more", count - NAMED);
            }
            format!("{actions} on {} (`{}` of {}): {}", beyond.resource, beyond.statement, beyond.document, beyond.what)
        });
        answer(style, "tight", ("! not wholly", Ink::Open), "allowed beyond the needs:", lines)
    }
}

fn answer(
    style: Style,
    name: &str,
    (mark, ink): (&str, Ink),
    what: &str,
    items: impl Iterator<Item = String>,
) -> String {
    let room = style.columns().saturating_sub(INDENT);
    let indent = " ".repeat(INDENT);
    let first = wrap(&visible(&format!("{mark}: {what}")), room).join(&format!("\n{indent}"));
    let first = match first.strip_prefix(mark) {
        Some(rest) => format!("{}{rest}", paint(style, ink, mark)),
        None => first,
    };
    let mut text = format!(" {name:<11} {first}\n");
    for item in items {
        let lines = wrap(&visible(&item), room.saturating_sub(2)).join(&format!("\n{indent}  "));
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "{indent}- {lines}");
    }
    text
}
