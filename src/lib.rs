#![doc = include_str!("../README.md")]

pub mod catalog;
pub mod evaluate;
pub mod facts;
pub mod finding;
pub mod iam;
pub mod json;
pub mod need;
pub mod policy;
pub mod request;
pub mod source;
