//! Proof by KMS: which calls to try without making them, and what the answers count
//!
//! A dry run is a direct call of the caller; the calls of a request are forwarded by services, with other values in
//! their context. So an answer is never held against a row itself. It is held against what the engine says of the
//! same direct call: where the two part, the facts are not what KMS sees, and the row that rests on them is left open.

mod proven;
mod trial;

pub use proven::{Proof, Proven, Said, Standing};
pub use trial::{Expected, GRANT_OPERATIONS, Trial, Tried, expectations, is_caller};

#[cfg(test)]
mod tests;
