//! The engine: compiles policies once, decides one authorization at a time, in three values

mod arn_pattern;
mod binding;
mod caller;
mod classes;
mod condition;
mod context;
mod decide;
mod grants;
mod layers;
mod principal_context;
mod principal_test;
mod program;
mod public_policy;
mod reasons;
mod service_rules;
mod settle;
mod statement;
mod template;
mod told;
mod trace;
mod truth;
mod unknown_facts;
mod verdict;

pub use caller::Caller;
pub use classes::{ClassId, Classes, ENCRYPTION_CONTEXT_ARN};
pub use decide::{Authorization, Outcome};
pub use layers::{CallerSide, LevelSet, ResourceSide, Source};
pub use principal_context::complete as complete_principal_context;
pub use program::{PolicySetId, Program, Question, Readings};
pub use reasons::{KeyOutcome, Reason, Reasons, Role};
pub use told::{Told, ToldLayers};
pub use trace::{ConditionTrace, LayerTrace, StatementTrace};
pub use truth::Truth;
pub use verdict::{Decision, Layer, StatementRef};
