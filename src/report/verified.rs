//! What `verify` found of documents that somebody else wrote

use std::io;

use super::generated::{Proof, left};
use super::human::{joined, list, notices};
use super::paint::{Ink, paint};
use super::text::visible;
use super::{Format, Style, json};
use crate::finding::Verdict;
use crate::generate::Verification;

/// What `verify` hands over
#[derive(Debug)]
pub struct Verified<'a> {
    /// The operation
    pub operation: &'a str,
    /// What was found
    pub verification: &'a Verification,
    /// Whether the documents are enough for a request that the service would take
    pub verdict: Verdict,
    /// Sentences for every reader
    pub notices: Vec<String>,
}

/// Writes what was found in one format
///
/// # Errors
/// Those of the sink, and `Unsupported` for a format that this does not have.
pub fn render_verification(
    verified: &Verified<'_>,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(verified, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Verified::from(verified), out),
        other => Err(other.unsupported()),
    }
}

fn human(verified: &Verified<'_>, style: Style) -> String {
    let Verification { sufficient, minimal, beyond, lacking, left: rest, closed_keys } = verified.verification;
    let proof = Proof { sufficient, decision: verified.verification.decision(), minimal, beyond };
    let mut parts = vec![format!("{}\n", paint(style, Ink::Heading, &visible(verified.operation))), proof.text(style)];
    if !lacking.is_empty() {
        let statements: Vec<String> = lacking.iter().map(|statement| format!("{:#}", statement.json())).collect();
        parts.push(format!("{}\n{}", paint(style, Ink::Heading, "to add"), statements.join(",\n")));
    }
    let closed = closed_keys.iter().map(|key| {
        format!("{key}: its policy does not leave it to IAM, so only a statement there opens it; `generate --layer key` writes it")
    });
    parts.extend(list(style, "keys that no identity policy opens", closed));
    parts.extend(left(rest, style));
    parts.extend(notices(&verified.notices, style));
    joined(parts)
}
