//! `test`: expectation files

mod raw;
mod setting;

use std::collections::BTreeMap;
use std::path::Path;

use crate::expect::{self, Case, Difference, Outcome, RequestCase, Setting, Subject};
use crate::finding::{Assessment, Report};
use crate::judge::OwnEngine;
use crate::report::render_outcomes;
use crate::source::{Location, Problem, Problems};

use super::args::TestArgs;
use super::check::{assessed, write_all};
use super::preflight::{self, Keep, Planned};
use super::terminal::{self, Terminal};
use super::{Exit, Failure, input};

pub(super) fn run(args: &TestArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let cases = cases(args)?;
    let outcomes = outcomes(&cases)?;
    let exit = match outcomes.as_slice() {
        [] => Exit::Nothing,
        all if all.iter().all(Outcome::passed) => Exit::Ready,
        _ => Exit::Blocked,
    };
    write_all(&args.output, terminal, &|output, style, out| render_outcomes(&outcomes, output.format, style, out))?;
    Ok(exit)
}

/// All cases of all files that the filter takes, in their order
fn cases(args: &TestArgs) -> Result<Vec<Case>, Problems> {
    let mut cases = Vec::new();
    let mut problems = Vec::new();
    for path in &args.files {
        let read = input::read_document(path).map_err(Problems::from);
        match read.and_then(|file| expect::cases(&file)) {
            Ok(found) => cases.extend(found),
            Err(found) => problems.extend(found.0),
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    if let Some(filter) = &args.filter {
        cases.retain(|case| case.name.contains(filter.as_str()));
    }
    Ok(cases)
}

/// What became of the cases, in their order; those of one setting share what is read for it
fn outcomes(cases: &[Case]) -> Result<Vec<Outcome>, Problems> {
    let mut settings: BTreeMap<(&Path, &Setting), Vec<usize>> = BTreeMap::new();
    for (number, case) in cases.iter().enumerate() {
        settings.entry((setting::folder(&case.location), &case.setting)).or_default().push(number);
    }
    let mut differences: BTreeMap<usize, Vec<Difference>> = BTreeMap::new();
    let mut problems = Vec::new();
    for ((folder, setting), numbers) in settings {
        let of_setting: Vec<(usize, &Case)> =
            numbers.into_iter().filter_map(|number| Some((number, cases.get(number)?))).collect();
        let mut world = raw::World::default();
        let mut reports = Reports { folder, setting, known: Vec::new() };
        for (number, case) in of_setting {
            let met = match &case.subject {
                Subject::Request(request) => reports.differences(request),
                Subject::Raw(call) => {
                    world.difference((folder, setting), call).map(|found| found.into_iter().collect())
                }
            };
            match met {
                Ok(found) => {
                    differences.insert(number, found);
                }
                Err(found) => problems.extend(found.0.into_iter().map(|problem| placed(problem, &case.location))),
            }
        }
    }
    if !problems.is_empty() {
        let mut told: Vec<Problem> = Vec::new();
        problems.retain(|problem| {
            let new = !told.contains(problem);
            told.push(problem.clone());
            new
        });
        return Err(Problems(problems));
    }
    let outcome = |(number, case): (usize, &Case)| Outcome {
        case: case.clone(),
        differences: differences.remove(&number).unwrap_or_default(),
    };
    Ok(cases.iter().enumerate().map(outcome).collect())
}

/// A problem without a place is one of its case
fn placed(problem: Problem, case: &Location) -> Problem {
    let location = problem.location.clone().or_else(|| Some(case.clone()));
    Problem { location, ..problem }
}

/// The reports of the requests of one setting, each made once
struct Reports<'c> {
    folder: &'c Path,
    setting: &'c Setting,
    known: Vec<(RequestCase, Report)>,
}

impl Reports<'_> {
    fn differences(&mut self, case: &RequestCase) -> Result<Vec<Difference>, Problems> {
        let asked = RequestCase { verdict: None, rows: Vec::new(), ..case.clone() };
        if let Some((_, report)) = self.known.iter().find(|(known, _)| *known == asked) {
            return Ok(expect::request(case, report));
        }
        let report = self.report(&asked)?;
        let differences = expect::request(case, &report);
        self.known.push((asked, report));
        Ok(differences)
    }

    /// The report of a request; objects are kept by their keys, so that a case can name one
    fn report(&self, case: &RequestCase) -> Result<Report, Problems> {
        let check = setting::check(self.folder, self.setting, case)?;
        let (planned, prepared) = Planned::for_check(&check, Keep::Keys)?;
        let service_keys = preflight::service_keys(&planned.catalog);
        let judge = prepared.judge(&planned.said.caller, &service_keys, &OwnEngine, false);
        Ok(Assessment { lines: &terminal::source_line, ..assessed((&planned, &prepared), &judge) }.report())
    }
}
