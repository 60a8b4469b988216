//! What the page holds, how much of it, and what it never lets through

use std::sync::Arc;

use super::*;
use crate::evaluate::{Decision, Layer, LayerTrace, StatementTrace, Truth};
use crate::finding::{Making, Quote, QuotedLine, Requirement, Step, StepOutcome, TracedLayer, Way};
use crate::judge::tests::document;
use crate::policy::{Effect, PolicyType};
use crate::report::fixture::{allowed, blocked, ready, undetermined};
use crate::report::tests::hostile;
use crate::report::text::is_hidden;

fn page(report: &Report) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap().replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn step(layer: Layer, outcome: StepOutcome, why: &str) -> Step {
    Step { layer, outcome, why: why.to_owned() }
}

/// A way that ends at the resource's policy, with one quoted statement for each line of text
fn way(lines: &[&str]) -> Arc<Way> {
    let text = r#"{"Sid": "OnlyHere", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;
    let document = document("s3/acme-line-7/policy.json", PolicyType::Resource, text);
    let traced = StatementTrace {
        layer: Layer::Resource,
        level: None,
        document,
        index: 0,
        effect: Effect::Deny,
        principal: Some(Truth::True),
        resource: Truth::True,
        results: Vec::new(),
        matched: Truth::True,
    };
    let quoted = |(index, text): (usize, &&str)| QuotedLine {
        number: 12 + u32::try_from(index).unwrap(),
        text: (*text).to_owned(),
        marked: index == 0,
    };
    let quote =
        Quote { file: "s3/acme-line-7/policy.json".into(), lines: lines.iter().enumerate().map(quoted).collect() };
    let trace = LayerTrace { layer: Layer::Resource, level: None, statements: vec![traced], others: 3 };
    Arc::new(Way {
        resource: "arn:aws:s3:::acme-line-7/images/good/00001.png".to_owned(),
        via: vec![vec!["lookoutvision".to_owned()]],
        steps: vec![
            step(Layer::Scp, StepOutcome::Nothing, "there is none"),
            step(Layer::Identity, StepOutcome::Allows, "allows it"),
            step(Layer::Resource, StepOutcome::Denies, "denies it by statement `OnlyHere`"),
        ],
        layers: vec![TracedLayer { trace, quotes: vec![Some(Arc::new(quote))], deciding: vec![true] }],
    })
}

fn denied(id: &str, resource: &str, way: &Arc<Way>) -> Requirement {
    let decision = Decision::ExplicitDeny;
    Requirement { decision, way: Some(Arc::clone(way)), ..allowed(id, "s3:GetObject", resource) }
}

#[test]
fn a_row_has_its_picture_its_reasons_and_its_statements() {
    let mut report = blocked();
    let row = Requirement {
        way: Some(way(&["{ \"Sid\": \"OnlyHere\",", "  \"Effect\": \"Deny\" }"])),
        ..report.requirements[1].clone()
    };
    report.requirements = vec![row];
    let text = page(&report);
    let row = text.split_once("<div id=\"rows\">").unwrap().1.split_once("<p id=\"none\"").unwrap().0;
    insta::assert_snapshot!(row);
}

#[test]
fn the_head_of_the_page_says_what_the_report_says() {
    for (name, mut report) in [("ready", ready()), ("blocked", blocked()), ("undetermined", undetermined())] {
        let (at, age) = ("2025-10-02T09:00:00Z".to_owned(), Some("2 days old".to_owned()));
        report.making =
            Some(Making { at, snapshot_age: age, data: vec![("catalog".to_owned(), "2020-11-20".to_owned())] });
        let text = page(&report);
        let head = text
            .split_once("</svg>\n<header")
            .unwrap()
            .1
            .split_once("<section aria-labelledby=\"permissions\"")
            .unwrap()
            .0;
        insta::assert_snapshot!(format!("head_{name}"), head);
    }
}

#[test]
fn a_ready_that_rests_on_a_waiver_does_not_look_like_a_plain_one() {
    let mut report = ready();
    report.summary.waived = 1;
    let text = page(&report);
    assert!(text.contains("<header class=\"waived\">") && !text.contains("<header class=\"ready\">"));
    assert!(text.contains("Ready only by waiver"));
}

#[test]
fn the_policy_of_the_page_allows_its_own_style_and_script_and_nothing_else() {
    let text = page(&blocked());
    let between = |from: &str, to: &str| {
        let (_, rest) = text.split_once(from).unwrap();
        rest.split_once(to).unwrap().0
    };
    assert_eq!(between("<style>", "</style>"), STYLE);
    assert_eq!(between("<script>", "</script>"), SCRIPT);
    assert_eq!(text.matches("<script").count(), 1);
    for source in [STYLE, SCRIPT] {
        assert!(policy().contains(&format!("'sha256-{}'", STANDARD.encode(Sha256::digest(source)))));
        assert!(!source.contains("http") && !source.contains("url("), "nothing is fetched");
    }
    assert!(policy().starts_with("default-src 'none'; "));
}

#[test]
fn no_text_of_an_input_reaches_the_page_as_html_or_hidden() {
    let mut report = hostile();
    let markup = "</script><img src=x onerror=alert(1)>'\"&</style>";
    for row in &mut report.requirements {
        row.resource.push_str(markup);
        row.id.push_str(markup);
        row.way = Some(way(&[markup, "\u{1b}[2J\u{202e}"]));
        row.sources.iter_mut().for_each(|source| source.url = format!("javascript:alert(1)//{markup}"));
    }
    report.notices.push(markup.to_owned());
    let text = page(&report);
    let found = text.chars().find(|&character| is_hidden(character) && character != '\n');
    assert_eq!(found, None);
    assert!(!text.contains("<img") && text.matches("</script>").count() == 1 && text.matches("</style>").count() == 1);
    assert!(!text.contains("href=\"javascript"));
    let ids: Vec<&str> = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let distinct: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "an id stands twice: {ids:?}");
}

#[test]
fn rows_that_share_their_answer_are_one_with_all_their_names() {
    let mut report = blocked();
    let (shared, other) = (way(&["one"]), way(&["two"]));
    let row =
        |number: usize, way| denied("read-object", &format!("arn:aws:s3:::acme-line-7/images/{number:05}.png"), way);
    report.requirements = (0..20_000).map(|number| row(number, &shared)).chain([row(20_000, &other)]).collect();
    let text = page(&report);
    assert_eq!(text.matches("<details class=\"row ").count(), 2);
    assert!(text.contains("20,000 objects"));
    assert!(text.contains("All names begin with <code>arn:aws:s3:::acme-line-7/images/</code>"));
    assert!(text.contains("\n00000.png\n") || text.contains(">00000.png\n"));
    assert!(text.contains("\n19999.png\n"));
    assert!(!text.contains("are not named here"));
    assert!(text.len() < 2_000_000);
}

#[test]
fn names_that_have_no_room_are_counted() {
    let shared = way(&["one"]);
    let long = "x".repeat(300);
    let mut report = blocked();
    let row = |number: usize| denied("read-object", &format!("arn:aws:s3:::b/{number}-{long}"), &shared);
    report.requirements = (0..20_000).map(row).collect();
    let text = page(&report);
    let left_out: usize =
        text.split_once(" of the 20000 are not named here").unwrap().0.rsplit_once("<b>").unwrap().1.parse().unwrap();
    let named = text.matches(&format!("-{long}\n")).count();
    assert_eq!(named + left_out, 20_000);
    assert!(text.len() < 2_000_000, "{}", text.len());
}

#[test]
fn a_page_that_would_be_too_large_is_cut_and_says_so_the_gravest_rows_first() {
    let line = "y".repeat(500);
    let lines: Vec<&str> = std::iter::repeat_n(line.as_str(), 40).collect();
    let mut report = blocked();
    let row = |number: usize| denied(&format!("row-{number}"), &format!("arn:aws:s3:::bucket-{number}"), &way(&lines));
    let allowed = |number: usize| allowed(&format!("fine-{number}"), "s3:GetObject", "arn:aws:s3:::fine");
    report.requirements = (0..500).map(allowed).chain((0..200).map(row)).collect();
    let text = page(&report);
    assert!(text.len() < 2_000_000, "{}", text.len());
    assert_eq!(text.matches("<details class=\"row denied\"").count(), 200, "what stops the request is all there");
    let shown = text.matches("<details class=\"row ").count();
    let number = |sentence: &str| -> usize {
        text.split_once(sentence).map_or(0, |(before, _)| before.rsplit_once("<b>").unwrap().1.parse().unwrap())
    };
    assert!(number(" rows are shown without their statements") > 100);
    assert_eq!(shown + number(" of 700 rows are not on this page"), 700);
}
