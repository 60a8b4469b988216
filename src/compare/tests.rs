//! What must hold of every comparison, whatever the rows

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::evaluate::{Decision, Layer};
use crate::finding::DecidedBy;
use crate::need::Strength;
use crate::source::{Location, Position};

/// How one object fares on one side: the decision, and which statement made it
type Fate = Option<(u8, u8)>;

const DECISIONS: [Decision; 4] =
    [Decision::Allowed, Decision::Undetermined, Decision::ExplicitDeny, Decision::ImplicitDeny];

fn badness_of(fate: Fate) -> u8 {
    fate.map_or(0, |(decision, _)| decision.min(2))
}

fn decider(decision: Decision, statement: u8) -> DecidedBy {
    let effect = match decision {
        Decision::Allowed => "allows",
        Decision::ExplicitDeny => "denies",
        Decision::ImplicitDeny => "does not allow",
        Decision::Undetermined => "may deny",
    };
    let at = Position { line: u32::from(statement) + 1, column: 1 };
    DecidedBy {
        layer: Layer::Identity,
        policy: "own".to_owned(),
        sid: format!("S{statement}"),
        effect,
        location: Some(Location { file: Arc::from("own.json"), at }),
        line_text: None,
    }
}

fn row(objects: &[String], (decision, statement): (u8, u8), named: bool) -> Row {
    let decision = DECISIONS[usize::from(decision)];
    let mut prefix = objects[0].clone();
    while !objects.iter().all(|object| object.starts_with(&prefix)) {
        prefix.pop();
    }
    let many = objects.len() > 1;
    Row {
        need: "read-object".to_owned(),
        actor: "caller".to_owned(),
        action: "s3:GetObject".to_owned(),
        resource: if many { format!("{prefix}*") } else { objects[0].clone() },
        count: objects.len() as u64,
        examples: if many { objects.iter().take(5).cloned().collect() } else { Vec::new() },
        members: if named { objects.to_vec() } else { Vec::new() },
        strength: Strength::Must,
        decision,
        because: "a test".to_owned(),
        decided_by: vec![decider(decision, statement)],
        missing: Vec::new(),
    }
}

/// A side with its objects in rows by their fate, the way reports group them
fn side(fates: &[Fate], named: bool) -> Side {
    let mut groups: BTreeMap<(u8, u8), Vec<String>> = BTreeMap::new();
    for (number, fate) in fates.iter().enumerate() {
        if let Some(fate) = fate {
            // Two folders, so that patterns may part or overlap.
            let object = format!("arn:aws:s3:::b/{}/{number:02}", ["x", "y"][number % 2]);
            groups.entry(*fate).or_default().push(object);
        }
    }
    let rows: Vec<Row> = groups.iter().map(|(fate, objects)| row(objects, *fate, named)).collect();
    let worst = fates.iter().map(|fate| badness_of(*fate)).max().unwrap_or(0);
    let verdict = [Verdict::Ready, Verdict::Undetermined, Verdict::Blocked][usize::from(worst)];
    Side { operation: "a:B".to_owned(), principal: "p".to_owned(), verdict, rows, findings: Vec::new() }
}

fn compared(before: &Side, after: &Side) -> Comparison {
    compare(before, after, &|_: &Location| None)
}

fn fates() -> impl Strategy<Value = Vec<(Fate, Fate)>> {
    let fate = || prop_oneof![1 => Just(None), 9 => (0_u8..4, 0_u8..2).prop_map(Some)];
    prop::collection::vec((fate(), fate()), 1..14)
}

/// Each change as what it was and what it is, with how many
fn steps(comparison: &Comparison, mirrored: bool) -> Vec<String> {
    let word = |state: &Option<State>| state.as_ref().map_or("-", |state| state.decision.word());
    let mut steps: Vec<String> = comparison
        .changes
        .iter()
        .map(|change| {
            let (mut from, mut to) = (word(&change.before), word(&change.after));
            let mut way = change.direction;
            if mirrored {
                std::mem::swap(&mut from, &mut to);
                way = way.map(|way| if way == Direction::Worse { Direction::Better } else { Direction::Worse });
            }
            format!("{from} {to} {way:?} {} {}", change.sure, change.counts)
        })
        .collect();
    steps.sort();
    steps
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(fates in fates(), named: bool) {
        let one: Vec<Fate> = fates.iter().map(|(before, _)| *before).collect();
        let side = side(&one, named);
        let comparison = compared(&side, &side);
        prop_assert!(comparison.changes.is_empty() && comparison.findings.is_empty(), "{comparison:#?}");
        prop_assert_eq!(comparison.outcome, if side.rows.is_empty() { Outcome::Nothing } else { Outcome::NotWorse });
    }

    #[test]
    fn what_got_worse_one_way_got_better_the_other_way(fates in fates(), named: bool) {
        let (before, after): (Vec<Fate>, Vec<Fate>) = fates.into_iter().unzip();
        let (before, after) = (side(&before, named), side(&after, named));
        let (there, back) = (compared(&before, &after), compared(&after, &before));
        prop_assert_eq!(steps(&there, false), steps(&back, true));
        let has = |comparison: &Comparison, way| comparison.changes.iter().any(|change| change.direction == Some(way));
        prop_assert_eq!(has(&there, Direction::Worse), has(&back, Direction::Better));
        prop_assert_eq!(has(&there, Direction::Better), has(&back, Direction::Worse));
    }

    #[test]
    fn no_object_that_got_worse_is_lost(fates in fates()) {
        let truth = fates.iter().filter(|(before, after)| badness_of(*after) > badness_of(*before)).count();
        let (before, after): (Vec<Fate>, Vec<Fate>) = fates.into_iter().unzip();
        let exact = compared(&side(&before, true), &side(&after, true));
        let worse = exact.changes.iter().filter(|change| change.direction == Some(Direction::Worse));
        prop_assert_eq!(worse.map(|change| change.count).sum::<u64>(), truth as u64);
        prop_assert_eq!(exact.outcome == Outcome::Worse, truth > 0);
        prop_assert!(exact.changes.iter().all(|change| change.sure));

        // Where reports name only patterns, they may be unclear, but never wrong.
        let grouped = compared(&side(&before, false), &side(&after, false));
        match grouped.outcome {
            Outcome::Worse => prop_assert!(truth > 0, "{grouped:#?}"),
            Outcome::NotWorse => {
                let told = grouped.notices.iter().any(|notice| notice.contains("read the same"));
                prop_assert!(truth == 0 || told, "{grouped:#?}");
            }
            Outcome::Unclear | Outcome::Nothing => {}
        }
    }
}

fn fate(decision: impl Into<Option<u8>>) -> Fate {
    decision.into().map(|decision| (decision, 0))
}

#[test]
fn a_report_that_hides_which_objects_changed_rows_is_unclear() {
    // Six allowed and six denied on both sides, but not the same ones.
    let before: Vec<Fate> = (0..12).map(|number| fate(if number < 6 { 0 } else { 3 })).collect();
    let after: Vec<Fate> = (0..12).map(|number| fate(if (2..8).contains(&number) { 0 } else { 3 })).collect();
    let grouped = compared(&side(&before, false), &side(&after, false));
    assert_eq!(grouped.outcome, Outcome::Unclear);
    assert!(grouped.notices[0].contains("--expand"), "{:?}", grouped.notices);
    let named = compared(&side(&before, true), &side(&after, true));
    assert_eq!(named.outcome, Outcome::Worse);
    let counts: Vec<(Class, u64)> = named.changes.iter().map(|change| (change.class, change.count)).collect();
    assert_eq!(counts, [(Class::Worse, 2), (Class::Better, 2)]);
}

#[test]
fn counting_tells_that_a_report_got_worse() {
    // Of eight allowed objects three are denied now: whichever they are, it got worse.
    let before: Vec<Fate> = (0..8).map(|_| fate(0)).collect();
    let after: Vec<Fate> = (0..8).map(|number| fate(if number < 3 { 2 } else { 0 })).collect();
    let grouped = compared(&side(&before, false), &side(&after, false));
    assert_eq!(grouped.outcome, Outcome::Worse, "{grouped:#?}");
}

#[test]
fn the_order_is_allowed_undetermined_denied_and_both_denials_are_alike() {
    for (from, to, direction) in [
        (0, 1, Some(Direction::Worse)),
        (0, 2, Some(Direction::Worse)),
        (0, 3, Some(Direction::Worse)),
        (1, 2, Some(Direction::Worse)),
        (2, 1, Some(Direction::Better)),
        (2, 3, None),
        (3, 2, None),
        (3, 0, Some(Direction::Better)),
    ] {
        let comparison = compared(&side(&[fate(from)], true), &side(&[fate(to)], true));
        let change = &comparison.changes[0];
        assert_eq!(change.direction, direction, "{from} to {to}");
        let class = match direction {
            Some(Direction::Worse) => Class::Worse,
            Some(Direction::Better) => Class::Better,
            None => Class::Reason,
        };
        assert_eq!(change.class, class, "{from} to {to}");
    }
    // What is not denied for certain any more is no right yet, and the sentence says so.
    let comparison = compared(&side(&[fate(2)], true), &side(&[fate(1)], true));
    assert!(comparison.changes[0].sentence.contains("no right yet"), "{:?}", comparison.changes[0].sentence);
    assert_eq!(comparison.outcome, Outcome::NotWorse);
}

#[test]
fn what_is_needed_now_and_denied_got_worse_and_what_is_allowed_did_not() {
    for (to, outcome) in [(0, Outcome::NotWorse), (1, Outcome::Worse), (2, Outcome::Worse), (3, Outcome::Worse)] {
        let before = Side { findings: vec![said(Severity::Note)], ..side(&[None], true) };
        let after = Side { verdict: before.verdict, findings: before.findings.clone(), ..side(&[fate(to)], true) };
        let comparison = compared(&before, &after);
        assert_eq!(comparison.outcome, outcome, "{to}");
        assert_eq!(comparison.changes[0].class, Class::Added);
    }
}

fn said(severity: Severity) -> Said {
    Said { id: "bucket-region".to_owned(), severity, message: "elsewhere".to_owned() }
}

#[test]
fn a_new_error_beside_the_permissions_got_worse_and_its_going_did_not() {
    let clean = side(&[fate(0)], true);
    let refused = Side { findings: vec![said(Severity::Error)], ..clean.clone() };
    let comparison = compared(&clean, &refused);
    assert_eq!(comparison.outcome, Outcome::Worse);
    assert_eq!(comparison.findings[0].on, When::After);
    assert_eq!(compared(&refused, &clean).outcome, Outcome::NotWorse);
    let warned = Side { findings: vec![said(Severity::Warning)], ..clean.clone() };
    assert_eq!(compared(&clean, &warned).outcome, Outcome::NotWorse);
}

#[test]
fn rows_that_nobody_must_have_are_shown_and_do_not_count() {
    let advisory = |fates: &[Fate]| {
        let mut side = side(fates, true);
        side.rows.iter_mut().for_each(|row| row.strength = Strength::Advisory);
        Side { verdict: Verdict::Ready, ..side }
    };
    let comparison = compared(&advisory(&[fate(0)]), &advisory(&[fate(2)]));
    assert_eq!(comparison.outcome, Outcome::NotWorse);
    assert_eq!((comparison.changes[0].class, comparison.changes[0].counts), (Class::Worse, false));
    // One that must be had now, and is denied as before, got worse.
    let comparison = compared(&advisory(&[fate(2)]), &side(&[fate(2)], true));
    assert_eq!(comparison.outcome, Outcome::Worse);
    assert!(comparison.changes[0].counts);
}

#[test]
fn the_causes_are_the_allow_that_is_gone_and_the_deny_that_came() {
    let gone = compared(&side(&[Some((0, 1))], true), &side(&[Some((3, 0))], true));
    let cause = &gone.changes[0].causes[0];
    assert_eq!((cause.on, cause.role, cause.by.sid.as_str()), (When::Before, "allowed before", "S1"));
    assert!(gone.changes[0].sentence.starts_with("this change removes the right the training needs: statement `S1`"));
    let came = compared(&side(&[Some((0, 1))], true), &side(&[Some((2, 0))], true));
    let causes: Vec<_> =
        came.changes[0].causes.iter().map(|cause| (cause.on, cause.role, cause.by.sid.as_str())).collect();
    assert_eq!(causes, [(When::After, "denies now", "S0")]);
}
