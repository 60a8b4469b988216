//! Permission preflight for AWS training jobs

pub mod iam;
pub mod json;
pub mod policy;
pub mod request;
pub mod source;
