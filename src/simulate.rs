//! Raw authorization cases: the whole question in one JSON object, one decision out (contract section 4)
//!
//! [`decide`] takes one case, a [`Simulator`] many with policies that repeat, and [`stream::run`] a
//! whole stream of them on all cores.

mod batch;
mod case;
mod decide;
mod library;
mod line;
mod split;
pub mod stream;

pub use case::{Case, Entries, Values};
pub use decide::{CaseError, CaseOutcome, Simulator, decide};
