//! `snapshot`: what a check reads from AWS, kept in a folder that replays it

mod mask;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::source::Problem;

use super::args::{
    AccountArgs, CheckArgs, ContextArgs, Mode, OutputArgs, PrincipalArgs, RequestArgs, SnapshotArgs, WhatIfArgs,
};
use super::live::{self, Gathered};
use super::preflight::Keep;
use super::{Exit, Failure, input, terminal};

pub(super) fn run(args: SnapshotArgs) -> Result<Exit, Failure> {
    let out = args.out.clone();
    refuse_full(&out)?;
    let masked = args.mask_accounts;
    let (_, _, gathered) = live::for_check(&check(args), Keep::Counts)?;
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
    let SnapshotArgs { request, operation, train, test, catalog, principal, region, live, offline, .. } = args;
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
            fact: Vec::new(),
            mode: Mode::Live,
            offline,
        },
        live,
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

/// Writes beside the folder and renames in the end, so that there is never half a snapshot
fn write(out: &Path, gathered: &Gathered, mut mask: Option<&mut mask::Mask>) -> io::Result<()> {
    let unfinished = beside(out);
    let written = (|| {
        fs::create_dir_all(&unfinished)?;
        for folder in gathered.folders() {
            fs::create_dir_all(unfinished.join(folder))?;
        }
        for (path, text) in gathered.files() {
            let file = unfinished.join(path);
            fs::create_dir_all(file.parent().unwrap_or(&unfinished))?;
            let text = mask.as_mut().map_or_else(|| text.clone(), |mask| mask.apply(path, &text));
            fs::write(file, text)?;
        }
        if out.is_dir() {
            fs::remove_dir(out)?;
        }
        fs::rename(&unfinished, out)
    })();
    if written.is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    written
}

fn beside(out: &Path) -> PathBuf {
    let name = out.file_name().unwrap_or(out.as_os_str()).to_string_lossy();
    out.with_file_name(format!(".{name}.unfinished-{}", std::process::id()))
}
