//! What is planned: the request, and the dataset manifests that name its images
//!
//! [`Request`] is the planned call, [`RequestSchema`] says what the service would refuse about it,
//! [`manifest`] streams the S3 objects of a dataset and [`quota`] holds a dataset against the
//! service's limits. A [`Placeholder`] marks what is still to be said. Nothing here opens a file.

mod body;
pub mod manifest;
mod place;
mod placeholder;
pub mod quota;
mod recognize;
mod schema;
mod violation;
mod words;

pub use body::Request;
pub use place::{EcrImage, S3Place};
pub use placeholder::Placeholder;
pub use recognize::recognize;
pub use schema::{RequestSchema, SchemaError};
pub use violation::{Violation, ViolationKind};
