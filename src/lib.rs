#![doc = include_str!("../README.md")]

#[cfg(feature = "aws")]
pub mod aws;
pub mod catalog;
pub mod cli;
pub mod evaluate;
pub mod facts;
pub mod finding;
pub mod iam;
pub mod json;
pub mod judge;
pub mod need;
pub mod policy;
pub mod report;
pub mod request;
pub mod simulate;
pub mod source;
