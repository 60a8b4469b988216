//! The vocabulary of IAM: checked newtypes and the one wildcard matcher
//!
//! Each type has one checked constructor ([`FromStr`](std::str::FromStr)); what exists is well formed.

mod account;
mod action;
mod arn;
mod context;
mod error;
mod principal;
pub mod wildcard;

pub use account::{AccountId, Partition, Region};
pub use action::Action;
pub use arn::{Arn, Resource};
pub use context::{Context, ContextKey, ContextValue, Openness};
pub use error::VocabularyError;
pub use principal::{Principal, PrincipalKind};
