//! `lint`: findings in policy documents

use std::path::{Path, PathBuf};

use crate::lint::{Expect, LintReport};
use crate::report::render_lint;
use crate::source::{Location, Problem, Problems, SourceFile};

use super::args::LintArgs;
use super::check::write_all;
use super::terminal::Terminal;
use super::{Exit, Failure, input};

pub(super) fn run(args: &LintArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let mut report = LintReport::default();
    let mut problems = Vec::new();
    let mut files: Vec<SourceFile> = Vec::new();
    for (path, expect) in paths(&args.policies, &mut problems) {
        let read = if expect == Expect::Policy { input::read_document(&path) } else { whole(&path) };
        match read.and_then(|file| report.add(&file, args.kind, expect).map(|()| file)) {
            Ok(file) => files.push(file),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    let line = |location: &Location| {
        let file = files.iter().find(|file| file.name == location.file)?;
        file.line(location.at.line).map(str::to_owned)
    };
    write_all(&args.output, terminal, &|output, style, out| render_lint(&report, &line, (output.format, style), out))?;
    Ok(match (report.documents.is_empty(), report.is_clean() || args.exit_zero) {
        (true, _) => Exit::Nothing,
        (false, true) => Exit::Ready,
        (false, false) => Exit::Blocked,
    })
}

/// The files named, and those in the folders named
fn paths(named: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<(PathBuf, Expect)> {
    let mut all = Vec::new();
    for path in named {
        if !path.is_dir() {
            all.push((path.clone(), Expect::Policy));
            continue;
        }
        let mut inside = Vec::new();
        json_files(path, &mut inside, problems);
        inside.sort();
        all.extend(inside.into_iter().map(|path| (path, Expect::Anything)));
    }
    all
}

/// Every `*.json` below a folder; hidden folders and links are left alone
fn json_files(folder: &Path, found: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let entries = match std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(error) => return problems.push(input::unreadable(folder, &error)),
    };
    for entry in entries {
        let (path, hidden) = (entry.path(), entry.file_name().to_string_lossy().starts_with('.'));
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !hidden {
            json_files(&path, found, problems);
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// A file of a folder, which may be the listing of a whole account
fn whole(path: &Path) -> Result<SourceFile, Problem> {
    let bytes = std::fs::read(path).map_err(|error| input::unreadable(path, &error))?;
    let name = path.to_string_lossy();
    input::text(&name, bytes).map(|text| SourceFile::new(&*name, text))
}
