//! The engine: compiles policies once, decides one authorization at a time, in three values

mod verdict;

pub use verdict::{Decision, Layer, StatementRef};
