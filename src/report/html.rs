//! The evidence page: one HTML file that a reviewer can read, search, print and keep
//!
//! Every text of the input goes through [`Text`], which shows hidden characters, and is then escaped by the template
//! engine; what is marked `safe` in a template was rendered by another template. The page asks for nothing but itself,
//! and its content security policy names the one style and the one script that it may have by their hashes.

mod members;
mod page;
mod picture;
mod rows;
#[cfg(test)]
mod tests;
mod text;
mod trace;

use std::io;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::finding::Report;
use page::Page;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Bytes that all rows may take together with their traces; the page stays under 2 MB
const FULL_ROWS: usize = 1_100_000;
/// Bytes that all rows may take at all
const ALL_ROWS: usize = 1_600_000;

/// Writes the page
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let rendered = rows::render(&report.requirements).map_err(io::Error::other)?;
    let policy = policy();
    let page = Page::of(report, rendered, &policy);
    out.write_all(page.render().map_err(io::Error::other)?.as_bytes())
}

/// What the page may load: nothing; what it may run: the two texts in it
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'",
        hash(STYLE),
        hash(SCRIPT)
    )
}
