//! What is doubtful in policy documents, each finding with its rule and place
//!
//! A finding says what a document does that its writer hardly meant. Where AWS's lists or the document leave it open, there
//! is none: a false alarm costs more than a miss. `docs/lint.md` has a section for each rule.

mod absence;
mod actions;
mod document;
mod elements;
mod found;
mod keys;
mod kind;
mod linter;
mod parts;
mod principals;
mod reach;
mod resources;
mod rule;
mod values;

use crate::finding::{Finding, Severity};
use crate::reference::{self, Edition};
use crate::source::{Location, Problem, SourceFile};

pub use kind::Kind;
pub use rule::Rule;

/// One finding
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// The rule that it comes from
    pub rule: Rule,
    /// What is wrong, where, and a way out
    pub finding: Finding,
    /// The text to put in place of the one at that place, where it is known
    pub fix: Option<String>,
}

/// A document that was read
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintedDocument {
    /// Its opening brace
    pub location: Location,
    /// What it was taken for
    pub kind: Kind,
    /// Whether that was told or follows from what stands in it
    pub told: bool,
}

/// Everything found in some files
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LintReport {
    /// The documents, in the order of the files and of their places
    pub documents: Vec<LintedDocument>,
    /// What was found, in the same order
    pub findings: Vec<LintFinding>,
}

/// Whether a file is known to hold a policy or may hold anything
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Somebody named the file: what is no policy is a finding
    Policy,
    /// It lies in a folder: JSON without a policy in it is passed over
    Anything,
}

impl LintReport {
    /// Reads the documents of a file and adds what is found in them
    ///
    /// A document may stand alone, in the output of an AWS CLI command, or as text in a JSON string. `kind` is what the
    /// documents are; without it each is taken for what its place and its elements say.
    ///
    /// # Errors
    /// When the file or a document in a string is not JSON.
    pub fn add(&mut self, file: &SourceFile, kind: Option<Kind>, expect: Expect) -> Result<(), Problem> {
        for found in found::documents(file, expect)? {
            let guess = || found.hint.unwrap_or_else(|| kind::guess(&found.node, &file.name));
            let location = Location { file: file.name.clone(), at: found.node.at };
            let document = LintedDocument { location, kind: kind.unwrap_or_else(guess), told: kind.is_some() };
            self.findings.extend(linter::lint(file, &found.node, document.kind));
            self.documents.push(document);
        }
        Ok(())
    }

    /// How many findings there are of a severity
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|found| found.finding.severity == severity).count()
    }

    /// Whether nothing was found but notes
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|found| found.finding.severity == Severity::Note)
    }

    /// What the documents were compared with
    #[must_use]
    pub fn edition(&self) -> Edition {
        reference::edition()
    }
}
