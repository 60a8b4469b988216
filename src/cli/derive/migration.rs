//! `derive --as`: what the request would be for another operation

use std::path::Path;

use crate::catalog::{Dataset, FactSource, Operation};
use crate::finding::{DerivedReport, Finding};
use crate::migrate::{GivenManifest, Migrated, MigrationReport, OldRequest, changed_permissions, migrate};
use crate::report::{render_migration, write_request};
use crate::request::manifest::{DatasetRole, ManifestSummary};
use crate::request::{Request, RequestSchema, Violation};
use crate::source::{Problem, Problems, SourceFile};

use super::next::Steps;
use super::{derived, offline};
use crate::cli::args::{AccountArgs, DeriveArgs, RequestArgs, WhatIfArgs};
use crate::cli::check::write_all;
use crate::cli::inputs::Inputs;
use crate::cli::preflight::{Keep, Planned};
use crate::cli::terminal::Terminal;
use crate::cli::{Exit, Failure, input, outputs, whole};

pub(super) fn run(args: &DeriveArgs, to: &str, terminal: Terminal) -> Result<Exit, Failure> {
    offline(args)?;
    refuse_streams(&args.request)?;
    let planned = Planned::read(&args.request, &args.account.assume, Inputs::default())?;
    let migration = planned.catalog.migration(&planned.operation, to)?;
    let target = planned.catalog.operation(migration.head.to.as_str())?;
    let (of_old, of_new) = facts(args, (&planned.operation, target))?;
    let keep = Keep::keys_if(args.output.expand);
    let nothing = WhatIfArgs::default();
    let prepared = planned.prepare((&args.request, &of_old, &nothing), None, keep)?;
    let manifests = given(&args.request, &prepared.dataset.manifests);
    let schema = planned.catalog.schema(target).map_or("{}", |schema| &schema.text);
    let migrated = migrate(&OldRequest {
        migration,
        request: &planned.request,
        manifests: &manifests,
        schema,
        settings: &args.migration.set,
    })?;
    let (request, violations) = read_back(&migrated, schema)?;
    let new = Planned {
        operation: target.clone(),
        request,
        violations,
        catalog: planned.catalog.clone(),
        assumptions: planned.assumptions.clone(),
        said: planned.said.clone(),
        inputs: Inputs::default(),
    };
    let new_prepared = new.prepare((&args.request, &of_new, &nothing), None, keep)?;
    let before = derived(&planned, &prepared, args.output.expand);
    let after = derived(&new, &new_prepared, args.output.expand);
    if let Some(path) = &args.migration.request_out {
        write_skeleton(args, path, &migrated)?;
    }
    let next = Steps { args, target, migrated: &migrated, after: &after }.all();
    let report = MigrationReport {
        permissions: changed_permissions(&before, &after),
        findings: findings(&before, &after),
        notices: planned.operation.life().into_iter().collect(),
        written_to: args.migration.request_out.as_ref().map(|path| path.display().to_string()),
        next,
        migrated,
    };
    write_all(&args.output, terminal, &|output, style, out| render_migration(&report, output.format, style, out))?;
    let rejected = !planned.violations.is_empty() || !new.violations.is_empty();
    Ok(match (report.permissions.is_empty(), rejected) {
        (_, true) => Exit::Blocked,
        (true, false) => Exit::Nothing,
        (false, false) => Exit::Ready,
    })
}

/// The manifests are read for both requests
fn refuse_streams(args: &RequestArgs) -> Result<(), Problem> {
    let streamed = args.train.iter().chain(&args.test).any(|path| path == Path::new("-"));
    if streamed {
        return Err(Problem::general("with --as a manifest cannot come from standard input: it is read twice")
            .with_help("give it as a file"));
    }
    Ok(())
}

/// What the user tells, for each operation what it asks for; what neither does is left to the new one to refuse
fn facts(args: &DeriveArgs, (old, new): (&Operation, &Operation)) -> Result<(AccountArgs, AccountArgs), Problems> {
    let asks =
        |operation: &Operation, name: &str| matches!(operation.header.fact.get(name), Some(FactSource::Told { .. }));
    let of = |fact: Vec<(String, String)>| AccountArgs { fact, ..args.account.clone() };
    let given = &args.account.fact;
    let of_old = given.iter().filter(|(name, _)| asks(old, name)).cloned().collect();
    let of_new = given.iter().filter(|(name, _)| asks(new, name) || !asks(old, name)).cloned().collect();
    let accounts = (of(of_old), of(of_new));
    crate::cli::acting::told(&accounts.1.fact, new)?;
    Ok(accounts)
}

fn given(args: &RequestArgs, read: &[ManifestSummary]) -> Vec<GivenManifest> {
    let of = |(dataset, role, path): (Dataset, DatasetRole, &std::path::PathBuf)| {
        let name = path.to_string_lossy().into_owned();
        let summary = read.iter().find(|summary| *summary.name == *name && summary.role == role).cloned();
        GivenManifest { dataset, name, summary }
    };
    let train = args.train.iter().map(|path| (Dataset::Train, DatasetRole::Train, path));
    let test = args.test.iter().map(|path| (Dataset::Test, DatasetRole::Test, path));
    train.chain(test).map(of).collect()
}

/// The new request as the derivation takes it, and what the operation would refuse beside the placeholders
fn read_back(migrated: &Migrated, schema: &str) -> Result<(Request, Vec<Violation>), Problems> {
    let mut text = Vec::new();
    write_request(migrated, &mut text)
        .map_err(|error| Problem::general(format!("the new request cannot be written: {error}")))?;
    let request = Request::read(SourceFile::new("the new request", input::text("the new request", text)?))?;
    let schema = RequestSchema::load(schema)
        .map_err(|error| Problem::general(format!("the request schema of {}: {error}", migrated.to)))?;
    let open: Vec<String> = request.placeholders().into_iter().map(|(pointer, _)| pointer).collect();
    let mut violations = schema.check(&request);
    violations.retain(|violation| !open.contains(&violation.pointer));
    Ok((request, violations))
}

/// What is found of the new request, and what was wrong with the members of the old one; nobody sends that any more, so
/// what its service asks of buckets, keys and datasets is of no use
fn findings(before: &DerivedReport, after: &DerivedReport) -> Vec<Finding> {
    let of_members = before.findings.iter().filter(|finding| finding.id.starts_with("request-"));
    of_members.chain(&after.findings).cloned().collect()
}

fn write_skeleton(args: &DeriveArgs, path: &Path, migrated: &Migrated) -> Result<(), Problem> {
    if outputs::is_same(path, &args.request.request) {
        let message = format!("the new request cannot be written over the old one, `{}`", path.display());
        return Err(Problem::general(message).with_help("give --request-out another file"));
    }
    let taken =
        args.output.output.iter().find(|output| output.path.as_deref().is_some_and(|own| outputs::is_same(own, path)));
    if let Some(output) = taken {
        let word = output.format.word();
        let message = format!("`{word}` and the new request cannot both be written to `{}`", path.display());
        return Err(Problem::general(message).with_help(format!("give each its own path: -o {word}=PATH")));
    }
    let mut text = Vec::new();
    let written = write_request(migrated, &mut text).and_then(|()| whole::write(path, &text));
    written.map_err(|error| input::unwritable(path, &error))
}
