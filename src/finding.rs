//! The finished report: rows, gaps and what they rest on; renderers only print it

mod derived;
mod gap;
mod report;
mod rows;

pub use derived::{DerivedReport, DerivedRow};
pub use report::{
    AssumptionUse, Coverage, DecidedBy, Finding, Gap, Mode, PredictedResponse, Report, ReportPrincipal, Requirement,
    Severity, Summary, Verdict,
};

pub use rows::{LineText, decides, requirements};
