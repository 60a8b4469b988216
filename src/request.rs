//! What is planned: the request, and the dataset manifests that name its images
//!
//! [`Request`] is the planned call, [`RequestSchema`] says what the service would refuse about it,
//! [`manifest`] streams the S3 objects of a dataset and [`quota`] holds a dataset against the
//! service's limits. Nothing here opens a file.

mod body;
pub mod manifest;
mod place;
pub mod quota;
mod recognize;
mod schema;
mod violation;
mod words;

pub use body::Request;
pub use place::{EcrImage, S3Place};
pub use recognize::recognize;
pub use schema::{RequestSchema, SchemaError};
pub use violation::{Violation, ViolationKind};
