//! The one policy model: documents with the place of every part
//!
//! [`parse`](parse::parse) reads a document and lists everything that is wrong with it; nothing that
//! stands in a document is dropped.

mod document;
pub mod parse;

pub use document::{
    ActionElement, Condition, Document, Effect, Listing, Operator, OperatorKind, Origin, PolicyType, PrincipalElement,
    PrincipalMember, PrincipalType, Quantifier, ResourceElement, Statement, Text, Version,
};
