//! What a report rests on: the files read, and when and with what it was made

/// When and with what a report was made
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Making {
    /// The moment, RFC 3339
    pub at: String,
    /// How old the snapshot was then, in words; `None` without one
    pub snapshot_age: Option<String>,
    /// The data built into the program that it rests on: name and version
    pub data: Vec<(String, String)>,
}

/// One file, or standard input, that the report rests on
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The file as the user named it, or inside the snapshot as the user named that; `aws:…` came from AWS
    pub name: String,
    /// What it was read as
    pub role: InputRole,
    /// How many bytes were read
    pub bytes: u64,
    /// The SHA-256 of its bytes in hexadecimal, `None` when it was not read to the end
    pub sha256: Option<String>,
}

/// What an input is read as
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputRole {
    /// The planned request
    Request,
    /// A manifest of the dataset
    Manifest,
    /// A file of the snapshot
    Snapshot,
    /// A document that adds to or replaces what the account has
    WhatIf,
    /// A catalog file of the user's own
    Catalog,
    /// The configuration, waivers or a baseline
    Gate,
}

impl InputRole {
    /// The word of the JSON form
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Manifest => "manifest",
            Self::Snapshot => "snapshot",
            Self::WhatIf => "what-if",
            Self::Catalog => "catalog",
            Self::Gate => "gate",
        }
    }
}
