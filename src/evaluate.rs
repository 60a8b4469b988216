//! The engine: compiles policies once, decides one authorization at a time, in three values
//!
//! Policies are read and **compiled** into a [`Program`], each set of them once. A [`Question`] narrows the program to an
//! action and its context. Then each resource is **decided** by itself, without another look at a text.
//!
//! ```
//! use std::sync::Arc;
//!
//! use iam_preflight::evaluate::{
//!     Authorization, Caller, CallerSide, Decision, Program, Readings, ResourceSide, Source, ToldLayers, Truth,
//! };
//! use iam_preflight::facts::Fact;
//! use iam_preflight::iam::{Context, ContextValue, Resource};
//! use iam_preflight::policy::{PolicyType, parse};
//! use iam_preflight::source::SourceFile;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = r#"{"Version": "2012-10-17", "Statement": {"Sid": "Photos", "Effect": "Allow", "Action": "s3:Get*",
//!     "Resource": "arn:aws:s3:::photos/*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}}"#;
//! let document = Arc::new(parse::parse(&SourceFile::new("photos.json", text), "photos", PolicyType::Identity)?);
//!
//! // Compile, once.
//! let mut program = Program::new(Readings::default());
//! let identity = Source::Set(program.add([&document], PolicyType::Identity));
//! let caller = Caller::new("arn:aws:iam::111122223333:role/trainer".parse()?);
//! let caller_side = CallerSide {
//!     identity,
//!     unread: Vec::new(),
//!     boundary: Source::Absent,
//!     session: Source::Absent,
//!     scps: Fact::Absent,
//!     in_management_account: Truth::False,
//!     vpc_endpoint: Source::Absent,
//!     told: ToldLayers::default(),
//! };
//! let resource_side = ResourceSide::plain(Fact::Known("111122223333".parse()?), Fact::Absent, Truth::False);
//!
//! // Decide, as often as needed.
//! let mut context = Context::closed();
//! context.set_text("aws:SourceVpc".parse()?, "vpc-1");
//! let question = program.question(&"s3:GetObject".parse()?, &context);
//! let resource = Resource::parse("arn:aws:s3:::photos/cat.jpg")?;
//! let request = Authorization {
//!     caller: &caller,
//!     question: &question,
//!     resource: &resource,
//!     caller_side: &caller_side,
//!     resource_side: &resource_side,
//! };
//! assert_eq!(program.decide(&request), Decision::Allowed);
//!
//! // What is not known stays open, and the reasons name what would settle it.
//! context.set("aws:SourceVpc".parse()?, ContextValue::Unknown);
//! let question = program.question(&"s3:GetObject".parse()?, &context);
//! let reasons = program.reasons(&Authorization { question: &question, ..request });
//! assert_eq!(reasons.decision, Decision::Undetermined);
//! assert!(reasons.missing_context.contains("aws:SourceVpc"));
//! let outcome = &reasons.outcomes[0];
//! assert_eq!(outcome.decision, Decision::Allowed);
//! assert_eq!(outcome.decided_by.as_ref().unwrap().to_string(), "identity photos:Photos");
//! # Ok(())
//! # }
//! ```

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
mod s3_rules;
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
pub use condition::is_operand;
pub use decide::answers::{Held, LayerAnswer};
pub use decide::{Authorization, Outcome};
pub use layers::{CallerSide, LevelSet, ResourceSide, Source};
pub use principal_context::complete as complete_principal_context;
pub use program::{PolicySetId, Program, Question, Readings};
pub use reasons::{KeyOutcome, Reason, Reasons, Role};
pub use told::{Told, ToldLayers};
pub use trace::{ConditionTrace, LayerTrace, StatementTrace};
pub use truth::Truth;
pub use verdict::{Decision, Layer, StatementRef};
