//! The other edge: facts from AWS and the answers of its policy simulator, by reading calls only
//!
//! Live mode has no reader of its own. What it gathers stands in a [`Tree`], a snapshot in memory; the
//! check reads it as it reads a folder, and every file that it asks for and that is not there yet is one
//! question to AWS. Nothing above this floor knows the SDK. A call ends in an answer or in a
//! [`CallFailure`] that says in words why there is none; nothing here turns a failure into a guess.

mod caller;
mod calls;
mod dry_run;
mod export;
mod failure;
mod gather;
mod permissions;
mod session;
mod simulator;
mod tree;
mod wanted;

pub use caller::Caller;
pub use calls::Calls;
pub use failure::{CallFailure, FailureKind};
pub use gather::{Account, Lineage, Progress, Questions, gather};
pub use permissions::{DRY_RUNS, PERMISSIONS};
pub use session::{Connection, Session};
pub use tree::{Membership, Tree};
pub use wanted::Wanted;
