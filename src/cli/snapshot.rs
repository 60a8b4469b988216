//! `snapshot`: what a check reads from AWS, kept in a folder that replays it

mod mask;

use std::fs;
use std::io;
use std::path::Path;

use crate::source::Problem;

use super::args::{
    AccountArgs, CheckArgs, ContextArgs, Mode, OutputArgs, PrincipalArgs, RequestArgs, SnapshotArgs, WhatIfArgs,
};
use super::live::{self, Gathered, Wish};
use super::preflight::Keep;
use super::whole::Unfinished;
use super::{Exit, Failure, input, terminal};

pub(super) fn run(args: SnapshotArgs) -> Result<Exit, Failure> {
    let out = args.out.clone();
    refuse_full(&out)?;
    let masked = args.mask_accounts;
    let (_, _, gathered) = live::gathered(Wish::of(&check(args)), Keep::Counts)?;
    let mut mask = masked.then(mask::Mask::default);
    write(&out, &gathered, mask.as_mut()).map_err(|error| input::unwritable(&out, &error))?;
    for (path, cause) in gathered.causes() {
        terminal::note(&format!("`{path}` is not in the snapshot: {cause}"));
    }
    for (own, shown) in mask.iter().flat_map(mask::Mask::pairs) {
        terminal::note(&format!(
            "account {own} is {shown} in the snapshot; so must it be in the request and the principal"
        ));
    }
    terminal::note(&format!("the snapshot is in `{}`", out.display()));
    Ok(Exit::Ready)
}

/// The check whose facts are wanted
fn check(args: SnapshotArgs) -> CheckArgs {
    let SnapshotArgs { request, operation, train, test, catalog, principal, region, fact, live, offline, .. } = args;
    CheckArgs {
        request: RequestArgs { request, operation, train, test, catalog },
        principal: PrincipalArgs { principal },
        account: AccountArgs {
            snapshot: None,
            terraform_plan: None,
            account: None,
            region,
            partition: None,
            assume: Vec::new(),
            fact,
            mode: Mode::Live,
            offline,
        },
        live,
        prove_kms: false,
        what_if: WhatIfArgs::default(),
        context: ContextArgs::default(),
        output: OutputArgs { output: Vec::new(), expand: false },
        exit_zero: false,
    }
}

/// A folder with something in it may be another snapshot
fn refuse_full(out: &Path) -> Result<(), Problem> {
    let taken = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(_) => true,
    };
    if taken {
        let problem = Problem::general(format!("`{}` is there already and not an empty folder", out.display()));
        return Err(problem.with_help("name a new folder: a snapshot is never mixed with another one"));
    }
    Ok(())
}

/// Writes all of it or nothing
fn write(out: &Path, gathered: &Gathered, mut mask: Option<&mut mask::Mask>) -> io::Result<()> {
    let unfinished = Unfinished::begin(out);
    unfinished.step(|beside| fs::create_dir_all(beside))?;
    for folder in gathered.folders() {
        unfinished.step(|beside| fs::create_dir_all(beside.join(folder)))?;
    }
    for (path, text) in gathered.files() {
        let text = mask.as_mut().map_or_else(|| text.clone(), |mask| mask.apply(path, &text));
        unfinished.step(|beside| {
            let file = beside.join(path);
            fs::create_dir_all(file.parent().unwrap_or(beside))?;
            fs::write(file, text)
        })?;
    }
    unfinished.finish()
}
