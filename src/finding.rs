//! The finished report: rows, gaps and what they rest on; renderers only print it

mod report;

pub use report::{
    AssumptionUse, Coverage, DecidedBy, Finding, Gap, Mode, PredictedResponse, Report, ReportPrincipal, Requirement,
    Severity, Summary, Verdict,
};
