//! `iam-preflight/migration/v1`, what `derive --as` prints

use serde::Serialize;
use serde_json::Value;

use super::parts::{ContextValue, Finding, Source, Tool};
use crate::migrate::{self, MigrationReport, NeededBy, Provenance};

/// A request made into another, and what that changes
#[derive(Debug, Serialize)]
pub(crate) struct Migration<'r> {
    schema: &'static str,
    tool: Tool,
    from: &'r str,
    to: &'r str,
    summary: &'r str,
    request: &'r Value,
    placeholders: Vec<Asked<'r>>,
    may_be_set: Vec<Asked<'r>>,
    members: Vec<Member<'r>>,
    without: Vec<Told<'r>>,
    changes: Vec<Told<'r>>,
    permissions: Permissions<'r>,
    findings: Vec<Finding<'r>>,
    notices: &'r [String],
    next: Vec<Step<'r>>,
}

#[derive(Debug, Serialize)]
struct Asked<'r> {
    name: &'r str,
    to: &'r [String],
    what: &'r str,
    how: Option<&'r str>,
    example: Option<&'r str>,
    because: &'r str,
    why: Option<&'r str>,
    sources: Vec<Source<'r>>,
}

#[derive(Debug, Serialize)]
struct Member<'r> {
    to: &'r [String],
    from: Origin<'r>,
    setting: Option<&'r str>,
    because: &'r str,
    change: Option<&'r str>,
    sources: Vec<Source<'r>>,
}

#[derive(Debug, Serialize)]
struct Origin<'r> {
    kind: &'static str,
    names: Vec<&'r str>,
}

#[derive(Debug, Serialize)]
struct Told<'r> {
    what: &'r str,
    because: &'r str,
    sources: Vec<Source<'r>>,
}

#[derive(Debug, Serialize)]
struct Permissions<'r> {
    before: Vec<Permission<'r>>,
    after: Vec<Permission<'r>>,
    both: Vec<Permission<'r>>,
}

#[derive(Debug, Serialize)]
struct Permission<'r> {
    actor: &'r str,
    action: &'r str,
    resource: &'r str,
    resource_count: u64,
    need: &'static str,
    phase: &'static str,
    because: &'r [String],
    context: Vec<ContextValue<'r>>,
    missing_facts: &'r [String],
    sources: Vec<Source<'r>>,
    moved_from: Option<&'r str>,
    context_changes: Vec<ContextChange<'r>>,
}

#[derive(Debug, Serialize)]
struct ContextChange<'r> {
    key: &'r str,
    before: &'r str,
    after: &'r str,
}

#[derive(Debug, Serialize)]
struct Step<'r> {
    what: &'r str,
    command: &'r str,
}

impl<'r> From<&'r MigrationReport> for Migration<'r> {
    fn from(report: &'r MigrationReport) -> Self {
        let migrated = &report.migrated;
        let side = |wanted: NeededBy| {
            let own = report.permissions.iter().filter(|change| change.needed_by() == wanted);
            own.filter_map(permission).collect()
        };
        Self {
            schema: "iam-preflight/migration/v1",
            tool: Tool::THIS,
            from: &migrated.from,
            to: &migrated.to,
            summary: &migrated.summary,
            request: &migrated.request,
            placeholders: migrated.asks.iter().map(Asked::from).collect(),
            may_be_set: migrated.offers.iter().map(Asked::from).collect(),
            members: migrated.members.iter().map(Member::from).collect(),
            without: migrated.lost.iter().map(Told::from).collect(),
            changes: migrated.changes.iter().map(Told::from).collect(),
            permissions: Permissions {
                before: side(NeededBy::Before),
                after: side(NeededBy::After),
                both: side(NeededBy::Both),
            },
            findings: report.findings.iter().map(Finding::from).collect(),
            notices: &report.notices,
            next: report.next.iter().map(|step| Step { what: &step.what, command: &step.command }).collect(),
        }
    }
}

fn permission(change: &migrate::PermissionChange) -> Option<Permission<'_>> {
    let own = change.permission()?;
    Some(Permission {
        actor: &own.actor,
        action: &own.action,
        resource: &own.resource,
        resource_count: own.resource_count,
        need: own.need.word(),
        phase: own.phase.word(),
        because: &own.because,
        context: own.context.iter().map(ContextValue::from).collect(),
        missing_facts: &own.missing_facts,
        sources: own.sources.iter().map(Source::from).collect(),
        moved_from: change.moved_from.as_deref(),
        context_changes: change
            .context
            .iter()
            .map(|context| ContextChange { key: &context.key, before: &context.before, after: &context.after })
            .collect(),
    })
}

impl<'r> From<&'r migrate::Asked> for Asked<'r> {
    fn from(ask: &'r migrate::Asked) -> Self {
        Self {
            name: &ask.name,
            to: &ask.to,
            what: &ask.what,
            how: ask.how.as_deref(),
            example: ask.example.as_deref(),
            because: &ask.because,
            why: ask.why.as_deref(),
            sources: ask.sources.iter().map(Source::from).collect(),
        }
    }
}

impl<'r> From<&'r migrate::Placed> for Member<'r> {
    fn from(placed: &'r migrate::Placed) -> Self {
        let (kind, names): (&str, Vec<&str>) = match &placed.from {
            Provenance::Request(paths) => ("request", paths.iter().map(String::as_str).collect()),
            Provenance::Manifests(names) => ("manifests", names.iter().map(String::as_str).collect()),
            Provenance::Fixed => ("fixed", Vec::new()),
            Provenance::Given(name) => ("set", vec![name]),
            Provenance::Open(name) => ("placeholder", vec![name]),
        };
        Self {
            to: &placed.to,
            from: Origin { kind, names },
            setting: placed.setting.as_deref(),
            because: &placed.because,
            change: placed.change.as_deref(),
            sources: placed.sources.iter().map(Source::from).collect(),
        }
    }
}

impl<'r> From<&'r migrate::Told> for Told<'r> {
    fn from(told: &'r migrate::Told) -> Self {
        Self { what: &told.what, because: &told.because, sources: told.sources.iter().map(Source::from).collect() }
    }
}
