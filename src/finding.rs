//! The finished report: rows, gaps and what they rest on; renderers only print it

mod derived;
mod report;

pub use derived::{DerivedReport, DerivedRow};
pub use report::{
    AssumptionUse, Coverage, DecidedBy, Finding, Gap, Mode, PredictedResponse, Report, ReportPrincipal, Requirement,
    Severity, Summary, Verdict,
};
