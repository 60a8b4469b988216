//! The other edge: facts from AWS and the answers of its policy simulator, by reading calls only
//!
//! Nothing above this floor knows the SDK. A call ends in an answer or in a [`CallFailure`] that says
//! in words why there is none; nothing here turns a failure into a guess.

mod caller;
mod failure;
mod session;
mod simulator;

pub use caller::Caller;
pub use failure::{CallFailure, FailureKind};
pub use session::{Connection, Session};
