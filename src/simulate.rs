//! Raw authorization cases: the whole question in one JSON object, one decision out (contract section 4)

mod case;
mod decide;

pub use case::Case;
pub use decide::{CaseError, CaseOutcome, decide};
