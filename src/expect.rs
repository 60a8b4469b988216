//! Expectation files: what should be allowed and what should not, in TOML, and whether it is so
//!
//! A case is about a planned request (its verdict and its rows) or about one raw authorization. An expectation that
//! fits nothing, such as a row that does not exist, is a difference: it never passes.

mod case;
mod meet;
mod read;

pub use case::{Case, Decider, Expected, ExpectedRow, RawCase, RequestCase, Setting, Subject};
pub use meet::{Difference, Outcome, raw, request};
pub use read::cases;
