//! Generated documents and what is proven of them

mod account;
mod cloudformation;
mod proof;
mod terraform;

use std::fmt::Write as _;
use std::io;

use super::human::{joined, list, notices};
use super::paint::{Ink, paint};
use super::text::{counted, grouped, visible};
use super::{Format, Style, json};
use crate::evaluate::Decision;
use crate::finding::Verdict;
use crate::generate::{Folding, Generated, KeyPattern, Left, Place, Production, Simulated, characters, limit};

pub(crate) use proof::Proof;
use terraform::Shape;

/// The syntaxes that documents are written in
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// The policy language itself
    Json,
    /// Terraform, with a data source `aws_iam_policy_document` each
    Terraform,
    /// Terraform, with the documents as they are
    TerraformPlain,
    /// A CloudFormation template in YAML
    CloudFormation,
}

/// What `generate` hands over
#[derive(Debug)]
pub struct Delivery<'a> {
    /// The operation
    pub operation: &'a str,
    /// All documents and their proof
    pub production: &'a Production,
    /// The documents asked for
    pub shown: &'a [Generated],
    /// In which syntax
    pub syntax: Syntax,
    /// The existing document with the statements added that it lacks, where one was given
    pub patched: Option<serde_json::Value>,
    /// What AWS's simulator says of them, where it was asked
    pub simulated: Option<Simulated>,
    /// How large an identity policy may be
    pub size: usize,
    /// Whether the documents are enough for a request that the service would take
    pub verdict: Verdict,
    /// Sentences for every reader
    pub notices: Vec<String>,
}

impl Delivery<'_> {
    /// The documents asked for as one text: one alone as it is, several by name
    #[must_use]
    pub fn text(&self) -> String {
        if let Some(patched) = &self.patched {
            return pretty(patched);
        }
        match (self.syntax, self.shown) {
            (_, []) => String::new(),
            (Syntax::Terraform, documents) => terraform::configuration(documents, Shape::DataSource),
            (Syntax::TerraformPlain, documents) => terraform::configuration(documents, Shape::Plain),
            (Syntax::CloudFormation, documents) => cloudformation::template(documents),
            (Syntax::Json, [document]) => pretty(&document.json()),
            (Syntax::Json, documents) => {
                let named = documents.iter().map(|document| (document.place.name(), document.json()));
                pretty(&serde_json::Value::Object(named.collect()))
            }
        }
    }

    /// How large a document may be
    #[must_use]
    pub fn limit(&self, place: &Place) -> usize {
        let own = match place {
            Place::Identity(_) => return self.size,
            Place::Bucket(_) => limit("bucket"),
            Place::Key(_) => limit("key"),
        };
        own.map_or(self.size, |limit| limit.characters)
    }

    /// The files that hold the documents: one each as JSON, one for all in other syntaxes
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        let name = match self.syntax {
            _ if self.shown.is_empty() => return Vec::new(),
            Syntax::Terraform | Syntax::TerraformPlain => "policies.tf",
            Syntax::CloudFormation => "policies.yaml",
            Syntax::Json if self.patched.is_some() => "patched.json",
            Syntax::Json => {
                let file = |own: &Generated| (format!("{}.json", own.place.name()), pretty(&own.json()));
                return self.shown.iter().map(file).collect();
            }
        };
        vec![(name.to_owned(), self.text())]
    }
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

/// Writes what is proven of documents in one format
///
/// # Errors
/// Those of the sink, and `Unsupported` for a format that this does not have.
pub fn render_production(
    delivery: &Delivery<'_>,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(delivery, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Generated::from(delivery), out),
        other => Err(other.unsupported()),
    }
}

fn human(delivery: &Delivery<'_>, style: Style) -> String {
    let mut parts = vec![documents(delivery, style)];
    parts.extend(foldings(delivery, style));
    let production = delivery.production;
    parts.push(
        Proof {
            sufficient: &production.sufficient,
            decision: production.decision(),
            minimal: &production.minimal,
            beyond: &production.beyond,
        }
        .text(style),
    );
    parts.extend(delivery.simulated.as_ref().and_then(|simulated| self::simulated(simulated, style)));
    parts.extend(production.account.iter().flat_map(|account| account::parts(account, style)));
    parts.extend(left(&production.left, style));
    parts.extend(elsewhere(delivery, style));
    parts.extend(notices(&delivery.notices, style));
    joined(parts)
}

/// What AWS's simulator says of the documents
fn simulated(simulated: &Simulated, style: Style) -> Option<String> {
    let (asked, answered) = simulated.asked;
    let rows = &simulated.sufficient.rows;
    let allowed = rows.iter().filter(|row| row.decision == Decision::Allowed).count();
    let all = rows.len();
    let words = "by AWS's policy simulator, with these documents added to the principal's policies";
    let first = format!("{allowed} of {all} rows allowed {words}; {answered} of {asked} questions answered");
    let open = rows.iter().filter(|row| row.decision != Decision::Allowed).map(|row| {
        let known = format!("{} on {} is {}", row.action, row.resource, row.decision);
        if row.missing.is_empty() { known } else { format!("{known}; not known: {}", row.missing.join("; ")) }
    });
    list(style, "simulated", std::iter::once(first).chain(open).chain(simulated.failures.iter().cloned()))
}

fn documents(delivery: &Delivery<'_>, style: Style) -> String {
    let mut text = format!("{}\n", paint(style, Ink::Heading, &visible(delivery.operation)));
    if delivery.shown.is_empty() {
        text.push_str(" no document of this layer is needed\n");
    }
    for document in delivery.shown {
        let name = document.place.name();
        let statements = counted(document.statements.len() as u64, "statement");
        let (own, limit) = (grouped(document.size() as u64), grouped(delivery.limit(&document.place) as u64));
        // Writing to a `String` does not fail.
        let _ = writeln!(text, " {}: {statements}, {own} of {limit} characters", visible(&name));
    }
    if let Some(patched) = &delivery.patched {
        let size = grouped(characters(patched) as u64);
        let _ = writeln!(text, " with the existing statements: {size} characters");
    }
    text
}

fn foldings(delivery: &Delivery<'_>, style: Style) -> Option<String> {
    let production = delivery.production;
    let lines = production.composed.foldings.iter().map(|(bucket, folding)| {
        let needed = production.objects.get(bucket).map_or(0, |objects| objects.needed.len());
        format!("{bucket}: {}", folded(needed as u64, folding))
    });
    list(style, "objects", lines)
}

fn folded(needed: u64, folding: &Folding) -> String {
    let objects = counted(needed, "object");
    if folding.is_exact() {
        return format!("{objects}, each named by its key; no other object is granted");
    }
    let prefixes = folding.patterns.iter().filter(|pattern| matches!(pattern, KeyPattern::Prefix(_))).count() as u64;
    let patterns = counted(folding.patterns.len() as u64, "pattern");
    let beyond = match folding.beyond {
        Some(beyond) => format!("of the other objects known there, {} are granted too", grouped(beyond)),
        None => "any other object under these prefixes is granted too; how many there are is not known".to_owned(),
    };
    format!(
        "{objects} in {patterns}, {}; {beyond}",
        counted(prefixes, "of them a prefix").replace("prefixs", "prefixes")
    )
}

/// Needs that the documents do not have to meet, or cannot
pub(crate) fn left(left: &[Left], style: Style) -> Option<String> {
    let lines = left.iter().map(|left| format!("{} ({}): {}", left.action, left.need, left.why));
    list(style, "not in the documents", lines)
}

/// Documents that the proof counts on and that were not asked for
fn elsewhere(delivery: &Delivery<'_>, style: Style) -> Option<String> {
    let others = delivery.production.composed.documents.iter().filter(|document| !delivery.shown.contains(document));
    let lines = others.map(|document| {
        format!("{}: the proof counts on this document too; `--layer all` prints it", document.place.name())
    });
    list(style, "also needed", lines)
}
