//! Least-privilege documents: made from needs alone, and proven by the judge that decides real accounts

mod command;
mod compose;
mod document;
mod exception;
mod fix;
mod fold;
mod grant;
mod limit;
mod minimal;
mod parts;
mod produce;
mod restriction;
mod rewrite;
pub mod spelling;
mod statement;
mod sufficient;
mod tight;
mod verify;
mod world;

pub use compose::{Carrier, Composed, Composition, TooLarge};
pub use document::{Generated, Place, characters};
pub use fix::{Change, Fix, owner};
pub use fold::{BucketObjects, Folding, Granularity, KeyPattern, fold};
pub use grant::{Grant, Left, ObjectGrant, Plan, Planned, Sources, plan};
pub use limit::{Limit, limit, limits};
pub use minimal::{Effect, Minimality, PartUse};
pub use parts::Part;
pub use produce::{Fault, InAccount, Order, Production};
pub use restriction::{Restrictions, Test};
pub use statement::{Statement, merge};
pub use sufficient::{Settled, Simulated, Sufficiency, nobody, wanted};
pub use tight::{Beyond, Measure, beyond};
pub use verify::{Claim, Verification};
pub use world::{Answered, InPlace, World, worst};
