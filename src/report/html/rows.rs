//! The rows of the page: each needed permission, what it is for, and how its decision came about

use std::collections::BTreeSet;

use askama::Template;

use super::members::{Members, Names, groups};
use super::picture::{self, Picture, sign};
use super::text::{Link, Text, anchor, texts};
use super::trace::Trace;
use super::{ALL_ROWS, FULL_ROWS};
use crate::evaluate::Decision;
use crate::finding::{DecidedBy, Requirement, StepOutcome, decides};
use crate::need::Phase;
use crate::report::lack::resources;

/// One row
#[derive(Template)]
#[template(path = "row.html")]
struct Row {
    anchor: String,
    /// `allowed`, `denied`, `undetermined`: what the filter and the colours go by
    sign: &'static str,
    decision: &'static str,
    decides: bool,
    need: &'static str,
    origin: Option<&'static str>,
    action: Text,
    resource: Text,
    count: Option<String>,
    actor: Option<Text>,
    waived: Option<Text>,
    picture: Picture,
    summary: Text,
    because: Text,
    shows: Option<&'static str>,
    gap: Option<Text>,
    help: Vec<Text>,
    deciders: Vec<Decider>,
    examples: Vec<Text>,
    members: Option<Members>,
    missing_context: Vec<Text>,
    missing_facts: Vec<Text>,
    outcomes: Vec<Text>,
    context: Vec<(Text, Text)>,
    assumptions: Vec<(String, Text)>,
    sources: Vec<Link>,
    judged: Option<Text>,
    trace: Option<Trace>,
    /// The trace is there, but there was no room for it
    cut: bool,
}

/// What decided
struct Decider {
    layer: &'static str,
    policy: Text,
    sid: Text,
    effect: &'static str,
    place: Option<Text>,
}

/// All rows, rendered, with what had to be left out
#[derive(Default)]
pub(super) struct Rendered {
    pub(super) rows: Vec<String>,
    /// Rows that are shown without their trace
    pub(super) without_trace: usize,
    /// Rows that are not shown at all
    pub(super) left_out: usize,
    /// How many rows the report has, and how many of them are shown in one with others
    pub(super) of: usize,
}

/// Renders the rows, what stops the request first
///
/// # Errors
/// Those of the template engine.
pub(super) fn render(requirements: &[Requirement]) -> askama::Result<Rendered> {
    let mut all = groups(requirements);
    all.sort_by_key(|group| group.rows.first().map(|row| (!decides(row), row.waived.is_some(), rank(row.decision))));
    let mut rendered = Rendered { of: requirements.len(), ..Rendered::default() };
    let mut names = Names::default();
    let mut anchors = BTreeSet::new();
    let mut used = 0;
    for group in &all {
        let Some(first) = group.rows.first() else { continue };
        if used > ALL_ROWS {
            rendered.left_out += group.rows.len();
            continue;
        }
        let anchor = unused(&mut anchors, &anchor("row", &first.id));
        let mut row = Row::of(first, anchor);
        row.members = names.of(group, &row.anchor);
        if let Some(members) = &row.members {
            row.resource = Text::of(format!("{}…", members.folder));
            row.count = resources(&first.resource, members.count as u64);
        }
        let text = row.render()?;
        if used + text.len() <= FULL_ROWS || row.trace.is_none() {
            used += text.len();
            rendered.rows.push(text);
        } else {
            rendered.without_trace += 1;
            let text = Row { trace: None, cut: true, ..row }.render()?;
            used += text.len();
            rendered.rows.push(text);
        }
    }
    Ok(rendered)
}

/// What stops the request first, then what is open
fn rank(decision: Decision) -> u8 {
    match decision {
        Decision::ExplicitDeny | Decision::ImplicitDeny => 0,
        Decision::Undetermined => 1,
        Decision::Allowed => 2,
    }
}

fn unused(taken: &mut BTreeSet<String>, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{wanted}--{number}");
    }
    name
}

impl Row {
    fn of(row: &Requirement, anchor: String) -> Self {
        let gap = row.gap.as_ref();
        Self {
            anchor,
            sign: sign(row.decision),
            decision: row.decision.word(),
            decides: decides(row),
            need: row.need.word(),
            origin: row.origin(),
            action: Text::of(&row.action),
            resource: Text::of(&row.resource),
            count: resources(&row.resource, row.resource_count),
            actor: (row.actor != "caller").then(|| Text::of(&row.actor)),
            waived: row.waived.as_ref().map(|waived| Text::of(waived.to_string())),
            picture: picture::of(row),
            summary: Text::of(summary(row)),
            because: Text::of(&row.because),
            shows: match row.phase {
                Phase::Submit => None,
                Phase::Run => Some("while the job runs, not when it is submitted"),
                Phase::Use => Some("when the result is used"),
            },
            gap: gap.map(|gap| Text::of(&gap.message)),
            help: gap.map(|gap| texts(&gap.help)).unwrap_or_default(),
            deciders: row.decided_by.iter().map(Decider::of).collect(),
            examples: texts(&row.examples),
            members: None,
            missing_context: texts(&row.missing_context),
            missing_facts: texts(&row.missing_facts),
            outcomes: texts(&row.outcomes),
            context: row.context.iter().map(|(key, value)| (Text::of(key), Text::of(value))).collect(),
            assumptions: row
                .assumptions
                .iter()
                .map(|id| (super::text::anchor("assumption", id), Text::of(id)))
                .collect(),
            sources: row.sources.iter().map(|source| Link::of(&source.url)).collect(),
            judged: row.judged().map(Text::of),
            trace: row.way.as_deref().map(Trace::of),
            cut: false,
        }
    }
}

impl Decider {
    fn of(by: &DecidedBy) -> Self {
        Self {
            layer: by.layer.words(),
            policy: Text::of(&by.policy),
            sid: Text::of(&by.sid),
            effect: by.effect,
            place: by.location.as_ref().map(|location| Text::of(location.to_string())),
        }
    }
}

/// Where the way ends, in a few words, for those who do not see the picture
fn summary(row: &Requirement) -> String {
    let steps = row.way.iter().flat_map(|way| &way.steps);
    let named = |wanted: &dyn Fn(StepOutcome) -> bool| {
        let layers = steps.clone().filter(|step| wanted(step.outcome)).map(|step| step.layer.words());
        layers.collect::<Vec<_>>().join(", ")
    };
    match row.decision {
        Decision::Allowed => "no layer stops it".to_owned(),
        Decision::Undetermined => match named(&|outcome| outcome == StepOutcome::Open).as_str() {
            "" => "open: no layer is what is open, see inside".to_owned(),
            layers => format!("open at: {layers}"),
        },
        Decision::ExplicitDeny | Decision::ImplicitDeny => match named(&StepOutcome::stops).as_str() {
            "" => "stopped".to_owned(),
            layers => format!("stopped by: {layers}"),
        },
    }
}
