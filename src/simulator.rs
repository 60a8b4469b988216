//! AWS's policy simulator as a second judge of the caller's and the roles' own policies: what to ask it, what its answers say,
//! how they and the own engine make one decision
//!
//! Nothing here talks to AWS. The same walk over the needs is made twice: once with a [`Recorder`], which notes what
//! would have to be asked, and once with a [`Merging`] decider, which finds the answer to each of these questions.

mod answer;
mod ask;
mod entry;
mod follow_up;
mod known;
mod merge;
mod outcome;
mod plan;
mod subject;
#[cfg(test)]
mod tests;
mod told;

pub use answer::{
    Decision, MatchedStatement, Organizations, ResourcePolicy, ResourceResult, Simulated, SimulationResult, attribute,
};
pub use ask::{Ask, Unsendable};
pub use entry::{ContextEntry, EntryType};
pub use follow_up::follow_ups;
pub use merge::{Merging, Missing, UNREAD_SCPS, UnreadScps};
pub use outcome::{Answers, Failure};
pub use plan::{Exclusion, PlannedCall, Recorder, plan};
pub use subject::{Simulation, Subject, Unsuited, role_subject, subject};
