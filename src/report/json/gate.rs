//! The members that a gate adds

use serde::Serialize;

use crate::finding::{self, SetBy, WaivedBy};

use super::parts::Location;

/// What a gate made of the report
#[derive(Debug, Serialize)]
pub(super) struct Gate<'r> {
    ending: &'static str,
    verdict_without_waivers: &'static str,
    fail_on: &'static str,
    strict: bool,
    known: usize,
    failures: &'r [String],
    let_pass: &'r [String],
    as_of: Option<&'r str>,
    configuration: Option<&'r str>,
    settings: Vec<Setting<'r>>,
}

impl<'r> From<&'r finding::Gate> for Gate<'r> {
    fn from(gate: &'r finding::Gate) -> Self {
        Self {
            ending: gate.ending.word(),
            verdict_without_waivers: gate.unwaived.word(),
            fail_on: gate.fail_on.word(),
            strict: gate.strict,
            known: gate.known,
            failures: &gate.failures,
            let_pass: &gate.let_pass,
            as_of: gate.as_of.as_deref(),
            configuration: gate.configuration.as_deref(),
            settings: gate.settings.iter().map(Setting::from).collect(),
        }
    }
}

/// A flag that was not set on the command line
#[derive(Debug, Serialize)]
struct Setting<'r> {
    flag: &'r str,
    values: &'r [String],
    environment: Option<&'r str>,
    location: Option<Location<'r>>,
}

impl<'r> From<&'r finding::Setting> for Setting<'r> {
    fn from(finding::Setting { flag, values, by }: &'r finding::Setting) -> Self {
        let (environment, location) = match by {
            SetBy::Environment(name) => (Some(name.as_str()), None),
            SetBy::File(location) => (None, Some(location.into())),
        };
        Self { flag, values, environment, location }
    }
}

/// Who accepts a row
#[derive(Debug, Serialize)]
pub(super) struct Waived<'r> {
    by: &'static str,
    owner: Option<&'r str>,
    reason: Option<&'r str>,
    expires: Option<&'r str>,
    location: Location<'r>,
}

impl<'r> From<&'r finding::Waived> for Waived<'r> {
    fn from(finding::Waived { by, location }: &'r finding::Waived) -> Self {
        let (owner, reason, expires) = match by {
            WaivedBy::Waiver { owner, reason, expires } => {
                (Some(owner.as_str()), Some(reason.as_str()), Some(expires.as_str()))
            }
            WaivedBy::Baseline => (None, None, None),
        };
        Self { by: by.word(), owner, reason, expires, location: location.into() }
    }
}
