//! What `derive --as` says: the new request, what is still to be said, what becomes of what, the permissions that change

use std::io;

use super::block::Block;
use super::human::{Permission as Line, finding_block, joined, list, notices, permission_lines};
use super::paint::{Ink, paint};
use super::table::{Layout, PADDING, border_width};
use super::text::{counted, is_hidden, visible, wrap};
use super::{Format, Style, json, markdown};
use crate::migrate::{
    Asked, Migrated, MigrationReport, NeededBy, NextStep, Permission, PermissionChange, Placed, Provenance, Told,
};

/// `role:exec`, or the name of a service
const ACTOR: usize = 12;

/// Writes a migration in one format
///
/// # Errors
/// Those of the sink, and `Unsupported` for a format that this does not have.
pub fn render_migration(
    report: &MigrationReport,
    format: Format,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => out.write_all(human(report, style.readable()).as_bytes()),
        Format::Json => json::write(&json::Migration::from(report), out),
        Format::Markdown => markdown::migration(report, out),
        other => Err(other.unsupported()),
    }
}

/// The new request as a file of its own: JSON with a line end, hidden characters escaped
///
/// # Errors
/// Those of the sink.
pub fn write_request(migrated: &Migrated, out: &mut dyn io::Write) -> io::Result<()> {
    json::write(&migrated.request, out)
}

fn human(report: &MigrationReport, style: Style) -> String {
    let MigrationReport { migrated, permissions, findings, .. } = report;
    let mut parts = vec![headline(migrated, style), request(report, style)];
    parts.extend(migrated.asks.iter().map(|ask| asked(ask, "still to be said", style)));
    parts.extend(migrated.offers.iter().map(|offer| asked(offer, "may be said", style)));
    parts.extend(becomes("what becomes of what", &migrated.members, false, style));
    parts.extend(becomes("fixed values", &migrated.members, true, style));
    parts.extend(told("has no counterpart", &migrated.lost, style));
    parts.extend(told("changes in meaning", &migrated.changes, style));
    for (heading, needed_by) in [
        ("needed for the old request only", NeededBy::Before),
        ("needed for the new request only", NeededBy::After),
        ("needed for both", NeededBy::Both),
    ] {
        parts.extend(table(heading, permissions.iter().filter(|change| change.needed_by() == needed_by), style));
    }
    parts.extend(contexts(permissions, style));
    parts.extend(findings.iter().map(|finding| finding_block(finding, style)));
    parts.extend(notices(&report.notices, style));
    parts.extend(next(&report.next, style));
    parts.push(summary(report));
    joined(parts)
}

fn headline(migrated: &Migrated, style: Style) -> String {
    let title = format!("{} → {}", visible(&migrated.from), visible(&migrated.to));
    let summary = wrap(&visible(&migrated.summary), style.columns()).join("\n");
    format!("{}\n{summary}", paint(style, Ink::Heading, &title))
}

/// The new request itself, or where it is
fn request(report: &MigrationReport, style: Style) -> String {
    let text = request_text(&report.migrated);
    let shown = report.written_to.as_ref().map_or(text, |file| format!(" {}", visible(file)));
    format!("{}\n{}", paint(style, Ink::Heading, "the new request"), shown.trim_end())
}

/// The text of the new request, fit for a terminal
pub(super) fn request_text(migrated: &Migrated) -> String {
    let mut text = Vec::new();
    // Writing into memory does not fail.
    let _ = write_request(migrated, &mut text);
    let text = String::from_utf8(text).unwrap_or_default();
    text.lines()
        .map(|line| if line.contains(is_hidden) { visible(line).into_owned() } else { line.to_owned() } + "\n")
        .collect()
}

fn asked(ask: &Asked, what: &'static str, style: Style) -> String {
    let mut block = Block::new(None, None, &format!("{what}: {}", ask.name));
    block.note("what", &ask.what);
    if let Some(how) = &ask.how {
        block.note("how", how);
    }
    if let Some(example) = &ask.example {
        block.note("such as", example);
    }
    block.note("because", &ask.because);
    if let Some(why) = &ask.why {
        block.note("not told", why);
    }
    if ask.to != [ask.name.clone()] {
        block.note("stands at", &ask.to.join(", "));
    }
    block.render(style)
}

/// What the members come from; those that are open stand above
fn becomes(heading: &str, members: &[Placed], fixed: bool, style: Style) -> Option<String> {
    let known = members.iter().filter(|member| !matches!(member.from, Provenance::Open(_)));
    let own = known.filter(|member| (member.from == Provenance::Fixed) == fixed);
    let lines = own.map(|member| {
        let change = member.change.as_ref().map(|change| format!("; changed: {change}")).unwrap_or_default();
        let from = match &member.setting {
            Some(name) if fixed => format!(" (--set {name})"),
            _ if fixed => String::new(),
            _ => format!(" ← {}", origin(&member.from)),
        };
        format!("{}{from}: {}{change}", member.to.join(", "), member.because)
    });
    list(style, heading, lines)
}

/// What a member comes from, in words
pub(super) fn origin(from: &Provenance) -> String {
    match from {
        Provenance::Request(paths) => paths.join(", "),
        Provenance::Manifests(names) => format!("the lines of {}", names.join(", ")),
        Provenance::Fixed => "fixed".to_owned(),
        Provenance::Given(name) => format!("--set {name}"),
        Provenance::Open(name) => format!("still to be said: {name}"),
    }
}

fn told(heading: &str, all: &[Told], style: Style) -> Option<String> {
    list(style, heading, all.iter().map(|told| format!("{}: {}", told.what, told.because)))
}

fn table<'r>(heading: &str, changes: impl Iterator<Item = &'r PermissionChange>, style: Style) -> Option<String> {
    let changes: Vec<(&PermissionChange, &Permission)> =
        changes.filter_map(|change| Some((change, change.permission()?))).collect();
    if changes.is_empty() {
        return None;
    }
    let who = changes.iter().map(|(change, permission)| longest(&actor_lines(change, permission))).max();
    let room = style.columns() - border_width(2) - 2 * PADDING;
    let who = who.unwrap_or(ACTOR).clamp(ACTOR, room / 3);
    let mut layout = Layout::new(style, &[("who", who), ("permission", room - who)]);
    for (change, permission) in &changes {
        let line = Line {
            // The first column tells who.
            actor: "caller",
            action: &permission.action,
            resource: &permission.resource,
            count: permission.resource_count,
            need: permission.need,
            // Both operations have files.
            origin: None,
        };
        let cells = [actor_lines(change, permission), permission_lines(&line, room - who, style)];
        layout.row(Ink::Heading, &cells);
    }
    let count = counted(changes.len() as u64, "permission");
    Some(format!("{}\n{}", paint(style, Ink::Heading, &format!("{heading}: {count}")), layout.render(style)))
}

fn actor_lines(change: &PermissionChange, permission: &Permission) -> Vec<String> {
    let mut lines = vec![actor(&permission.actor).to_owned()];
    lines.extend(change.moved_from.as_ref().map(|before| format!("before: {}", actor(before))));
    lines
}

/// `role:exec` stays; a service is told by its name alone, for what it needs is the role's trust
pub(super) fn actor(actor: &str) -> &str {
    actor.strip_prefix("service:").unwrap_or(actor)
}

fn longest(lines: &[String]) -> usize {
    lines.iter().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// Calls that both requests make, in another context: policies with conditions may have to follow
fn contexts(permissions: &[PermissionChange], style: Style) -> Option<String> {
    let lines = permissions.iter().flat_map(|change| {
        let action = change.permission().map(|permission| permission.action.as_str()).unwrap_or_default();
        change.context.iter().map(move |context| {
            let words = |value: &str| if value.is_empty() { "not known".to_owned() } else { value.to_owned() };
            format!("{action}: {} was {}, is {}", context.key, words(&context.before), words(&context.after))
        })
    });
    list(style, "condition keys of these that differ", lines)
}

/// Commands stand on lines of their own, unbroken, to be copied
fn next(steps: &[NextStep], style: Style) -> Option<String> {
    let steps: Vec<String> =
        steps.iter().map(|step| format!(" {}:\n   {}\n", visible(&step.what), visible(&step.command))).collect();
    (!steps.is_empty()).then(|| format!("{}\n{}", paint(style, Ink::Heading, "next"), steps.concat()))
}

fn summary(report: &MigrationReport) -> String {
    let count = |wanted| report.permissions.iter().filter(|change| change.needed_by() == wanted).count();
    let open = match report.migrated.asks.len() {
        0 => "the new request is whole".to_owned(),
        asks => format!("{} still to be said", counted(asks as u64, "value")),
    };
    let (go, come, stay) = (count(NeededBy::Before), count(NeededBy::After), count(NeededBy::Both));
    format!("{open}; permissions: {go} go, {come} come, {stay} stay")
}
