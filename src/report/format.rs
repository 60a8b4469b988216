//! The names of the formats, and which of them each thing to show has

use std::io;

/// The shapes a report can take
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// For a person at a terminal
    Human,
    /// For scripts: one object, `iam-preflight/report/v1` or `iam-preflight/needs/v1`
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For test dashboards: JUnit XML
    Junit,
    /// For the log of GitHub Actions: annotations
    Github,
    /// For a comment on a pull request
    Markdown,
    /// For spreadsheets: one line for each needed permission
    Csv,
    /// For a reviewer: the evidence page, one HTML file
    Html,
}

impl Format {
    /// All formats, in the order in which they are listed
    pub const ALL: [Self; 8] =
        [Self::Human, Self::Json, Self::Sarif, Self::Junit, Self::Github, Self::Markdown, Self::Csv, Self::Html];

    /// What only words and the JSON forms exist for: traces, documents and what is proven of them
    pub const PLAIN: [Self; 2] = [Self::Human, Self::Json];

    /// What a derivation has
    pub const NEEDS: [Self; 4] = [Self::Human, Self::Json, Self::Markdown, Self::Csv];

    /// What findings without permissions have
    pub const FINDINGS: [Self; 5] = [Self::Human, Self::Json, Self::Sarif, Self::Junit, Self::Github];

    /// What a comparison, and a migration, has
    pub const COMPARISON: [Self; 3] = [Self::Human, Self::Json, Self::Markdown];

    /// What the outcomes of expectations have
    pub const OUTCOMES: [Self; 3] = [Self::Human, Self::Json, Self::Junit];

    /// What findings in policy documents have: words, the JSON form, and what marks lines of files
    pub const MARKING: [Self; 4] = [Self::Human, Self::Json, Self::Sarif, Self::Github];

    /// The word of the command line
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Html => "html",
        }
    }

    /// The format with this word
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// Whether it shows what was read, with the hashes
    #[must_use]
    pub fn shows_inputs(self) -> bool {
        matches!(self, Self::Json | Self::Html)
    }

    /// Whether a program reads it as one whole, so that nothing may stand beside it in a stream
    #[must_use]
    pub fn is_document(self) -> bool {
        !matches!(self, Self::Human | Self::Github)
    }

    /// What a renderer answers to a format that it does not have; the command line refuses it before
    pub(super) fn unsupported(self) -> io::Error {
        io::Error::new(io::ErrorKind::Unsupported, format!("there is no format `{}` for this", self.word()))
    }
}

/// Words of formats in one line: `human, json`
#[must_use]
pub fn listed(formats: &[Format]) -> String {
    formats.iter().map(|format| format.word()).collect::<Vec<_>>().join(", ")
}
