//! `diff`: what a change does to the permissions that a request needs

mod kind;
mod tree;

use std::path::{Path, PathBuf};

use crate::compare::{self, Comparison, Outcome, Side};
use crate::finding::Assessment;
use crate::judge::OwnEngine;
use crate::report::render_comparison;
use crate::source::{Location, Problem, Problems};

use super::args::{DiffArgs, Mode, WhatIfArgs};
use super::check::{assessed, write_all};
use super::preflight::{self, Keep, Planned};
use super::terminal::{self, Terminal};
use super::{Exit, Failure, input};

use kind::Kind;
use tree::Tree;

pub(super) fn run(args: &DiffArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let comparison = compared(args)?;
    let exit = match comparison.outcome {
        Outcome::Nothing => Exit::Nothing,
        Outcome::NotWorse => Exit::Ready,
        _ if args.exit_zero => Exit::Ready,
        Outcome::Worse => Exit::Blocked,
        Outcome::Unclear => Exit::Undetermined,
    };
    write_all(&args.output, terminal, &|output, style, out| render_comparison(&comparison, output.format, style, out))?;
    Ok(exit)
}

fn compared(args: &DiffArgs) -> Result<Comparison, Problems> {
    if args.account.mode != Mode::Offline {
        return Err(Problem::general("`diff` compares two things at hand, and asks AWS nothing")
            .with_help("take a snapshot of each side first (iam-preflight snapshot), or compare two JSON reports")
            .into());
    }
    let kind = kind::of_both(&args.before, &args.after)?;
    kind.refuse_what_changes_nothing(args)?;
    let what_if = || args.what_if.clone();
    let (before, after) = match kind {
        // The files that a report speaks of may have changed since.
        Kind::Report => {
            return Ok(compare::compare(&read(&args.before)?, &read(&args.after)?, &|_: &Location| None));
        }
        Kind::Request => {
            let side = |request: &PathBuf| decided(args, request, args.account.snapshot.clone(), what_if());
            (side(&args.before), side(&args.after))
        }
        Kind::Snapshot => {
            let request = request(args)?;
            let side = |snapshot: &PathBuf| decided(args, request, Some(snapshot.clone()), what_if());
            (side(&args.before), side(&args.after))
        }
        Kind::Policies => {
            let request = request(args)?;
            let trees = (Tree::read(&args.before, &args.layer)?, Tree::read(&args.after, &args.layer)?);
            let (before, after) = tree::in_place(&trees, &args.what_if)?;
            let side = |what_if| decided(args, request, args.account.snapshot.clone(), what_if);
            (side(before), side(after))
        }
    };
    let (before, after) = both(before, after)?;
    Ok(compare::compare(&before, &after, &terminal::source_line))
}

/// Both sides, or the problems of both, each once
fn both<T>(before: Result<T, Problems>, after: Result<T, Problems>) -> Result<(T, T), Problems> {
    match (before, after) {
        (Ok(before), Ok(after)) => Ok((before, after)),
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
        (Err(mut problems), Err(others)) => {
            problems.0.extend(others.0);
            let mut seen: Vec<Problem> = Vec::new();
            problems.0.retain(|problem| {
                let new = !seen.contains(problem);
                seen.push(problem.clone());
                new
            });
            Err(problems)
        }
    }
}

fn read(path: &Path) -> Result<Side, Problems> {
    compare::report(&input::read_document(path)?)
}

fn request(args: &DiffArgs) -> Result<&PathBuf, Problem> {
    args.request.as_ref().ok_or_else(|| {
        Problem::general("`--request REQUEST` is missing: the permissions of which request are to be compared?")
            .with_help("the planned request, JSON in the shape of the AWS CLI's --cli-input-json")
    })
}

/// One side, decided: each object is kept by its key, so that none is lost when rows are grouped differently
fn decided(args: &DiffArgs, request: &Path, snapshot: Option<PathBuf>, what_if: WhatIfArgs) -> Result<Side, Problems> {
    let check = args.check(request.to_owned(), snapshot, what_if);
    let (planned, prepared) = Planned::for_check(&check, Keep::Keys)?;
    let service_keys = preflight::service_keys(&planned.catalog);
    let judge = prepared.judge(&planned.said.caller, &service_keys, &OwnEngine, false);
    let report = Assessment { lines: &|_: &Location| None, ..assessed((&planned, &prepared), &judge) }.report();
    Ok(Side::from(&report))
}
