//! The finished report: rows, gaps and what they rest on; renderers only print it

mod alternatives;
mod assess;
mod checks;
mod coverage;
mod derived;
mod explanation;
mod gap;
mod gated;
mod input;
mod report;
mod rows;
mod way;

pub use derived::{DerivedReport, DerivedRow};
pub use explanation::{ExplainedRow, Explanation, Selection};
pub use gated::{Ending, FailOn, Gate, SetBy, Setting, Standing, Waived, WaivedBy};
pub use input::{Input, InputRole, Making};
pub use report::{
    AssumptionUse, Coverage, DecidedBy, Finding, Gap, LayerCoverage, Mode, PredictedResponse, Report, ReportPrincipal,
    Requirement, Severity, Summary, Verdict,
};

pub use assess::{Assessment, assumption_uses, derived_report};
pub use checks::place;
pub use rows::{LineText, Shape, decided_by, decides, requirements};
pub use way::{Quote, QuotedLine, Step, StepOutcome, TracedLayer, Way};
