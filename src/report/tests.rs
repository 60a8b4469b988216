//! What every renderer must show, and what none may let through

use serde_json::Value;

use super::fixture::{allowed, blocked, derived, location, ready, undetermined, waived};
use super::*;
use crate::evaluate::{Decision, Layer};
use crate::finding::{
    DerivedReport, Gate, LayerCoverage, PredictedResponse, SetBy, Setting, Summary, Verdict, Waived, WaivedBy,
};
use crate::source::Problem;

const PLAIN: Style = Style { color: false, width: 100, expand: false };

fn shown(report: &Report, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    render(report, format, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn human(report: &Report, width: u16) -> String {
    shown(report, Format::Human, Style { width, ..PLAIN })
}

fn shown_needs(derived: &DerivedReport, format: Format, style: Style) -> String {
    let mut out = Vec::new();
    render_needs(derived, format, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn shown_problems(problems: &[Problem], line: Option<&str>, style: Style) -> String {
    let mut out = Vec::new();
    render_problems(problems, &|_| line.map(str::to_owned), style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The text without line breaks and table lines, to look for a sentence that was wrapped
fn flat(text: &str) -> String {
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_human_report_at_two_widths() {
    let reports = [("ready", ready()), ("blocked", blocked()), ("undetermined", undetermined()), ("waived", waived())];
    for (name, report) in reports {
        for width in [100, 60] {
            insta::assert_snapshot!(format!("{name}_{width}"), human(&report, width));
        }
    }
}

#[test]
fn the_derivation_at_two_widths() {
    for width in [100, 60] {
        let style = Style { width, ..PLAIN };
        insta::assert_snapshot!(format!("needs_{width}"), shown_needs(&derived(), Format::Human, style));
    }
}

#[test]
fn problems_point_at_their_line() {
    let problems = [
        Problem::at(&location("policy.json", 7, 15).file, location("", 7, 15).at, "unknown effect `Denny`")
            .with_help("did you mean `Deny`?"),
        Problem::general("no principal is given").with_help("name one with `--principal ARN`"),
    ];
    insta::assert_snapshot!(
        shown_problems(&problems, Some(r#"    "Effect": "Denny","#), Style { width: 60, ..PLAIN }),
        @r#"
error: unknown effect `Denny`
 --> policy.json:7:15
  |
7 |     "Effect": "Denny",
  |               ^^^^^^^
  |
  = help: did you mean `Deny`?

error: no principal is given
 |
 = help: name one with `--principal ARN`
"#
    );
    let without = shown_problems(&problems, None, PLAIN);
    assert!(without.contains("--> policy.json:7:15"), "{without}");
}

#[test]
fn a_long_line_is_cut_around_its_column() {
    let line = format!("{}\"Effect\": \"Denny\"{}", "\"filler\", ".repeat(900), ", \"filler\"".repeat(900));
    let problem = Problem::at(&location("minified.json", 1, 1).file, location("", 1, 9011).at, "unknown effect");
    for width in [40, 60, 100, 300] {
        let text = shown_problems(std::slice::from_ref(&problem), Some(&line), Style { width, ..PLAIN });
        assert!(text.contains("--> minified.json:1:9011\n"), "{text}");
        assert!(text.contains("\"Denny\""), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 160), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let column = |line: &str, part: &str| line.split_once(part).map(|(before, _)| before.chars().count());
        assert_eq!(column(lines[4], "^^^^^^^"), column(lines[3], "\"Denny\""), "{text}");
    }
}

#[test]
fn each_statement_that_decides_is_shown() {
    let mut report = undetermined();
    let row = &mut report.requirements[3];
    row.decided_by[1].location = Some(location("s3/acme-results/policy.json", 9, 7));
    row.decided_by[1].line_text = Some("      { \"Effect\": \"Deny\",".into());
    let third = crate::finding::DecidedBy {
        location: Some(location("session.json", 1200, 1)),
        line_text: None,
        ..row.decided_by[1].clone()
    };
    row.decided_by.push(third);
    report.requirements = vec![report.requirements[3].clone()];
    insta::assert_snapshot!(human(&report, 100));
}

#[test]
fn every_action_and_every_gap_is_shown() {
    for report in [ready(), blocked(), undetermined()] {
        for width in [20, 60, 79, 80, 100, 300] {
            let text = human(&report, width);
            let flat = flat(&text);
            for row in &report.requirements {
                assert!(width < 60 || text.contains(&row.action), "{} at {width}\n{text}", row.action);
                let titles = flat.matches(&format!("{} on {}", row.action, row.resource)).count();
                assert_eq!(titles, usize::from(row.decision != Decision::Allowed), "{} at {width}\n{text}", row.id);
                for part in row.gap.iter().flat_map(|gap| gap.help.iter().chain([&gap.message])) {
                    assert!(flat.contains(part.as_str()), "{part} at {width}\n{text}");
                }
            }
            for sentence in report.findings.iter().map(|finding| &finding.message).chain(&report.notices) {
                assert!(flat.contains(sentence.as_str()), "{sentence} at {width}\n{text}");
            }
            for assumption in &report.assumptions {
                assert!(flat.contains(&assumption.meaning), "{text}");
            }
        }
    }
}

#[test]
fn a_row_that_must_be_allowed_comes_before_one_that_should() {
    let text = human(&blocked(), 100);
    let must = text.find("error[missing-permission]: kms:CreateGrant").unwrap();
    let should = text.find("warning[missing-permission]: kms:DescribeKey").unwrap();
    assert!(must < should, "{text}");
    assert!(
        text.contains(
            "error[explicit-deny]: s3:GetObject on arn:aws:s3:::acme-line-7/images/* (312 objects) is denied"
        )
    );
    assert!(human(&undetermined(), 100).contains("warning[undetermined]: s3:PutObject"));
}

#[test]
fn a_gap_without_a_word_about_it_still_has_a_block() {
    let mut report = ready();
    report.requirements = vec![crate::finding::Requirement {
        decision: Decision::ImplicitDeny,
        decided_by: Vec::new(),
        ..allowed("create", "lookoutvision:CreateModel", "*")
    }];
    assert!(human(&report, 100).contains("error[missing-permission]: lookoutvision:CreateModel on * is not allowed"));
}

#[test]
fn the_headline_says_what_the_verdict_rests_on() {
    let mut report = blocked();
    report.summary = Summary { needed: 5, allowed: 4, denied: 0, undetermined: 1, waived: 0 };
    let rejected = "No needed permission is denied, and 1 cannot be decided, but the service would reject the request";
    assert!(flat(&human(&report, 60)).contains(rejected));
    report.summary = Summary { needed: 1200, allowed: 1196, denied: 1, undetermined: 3, waived: 0 };
    assert!(flat(&human(&report, 60)).contains("Of 1,200 needed permissions, 1 is denied, and 3 cannot be decided."));
    let mut report = undetermined();
    report.summary = Summary { needed: 5, allowed: 5, ..Summary::default() };
    assert!(
        flat(&human(&report, 60)).contains("is denied, but something else is not known that decides; the findings say")
    );
    report.summary = Summary::default();
    assert!(human(&report, 60).contains("\nNothing is needed, so there is nothing to check.\n"));
    let mut report = ready();
    assert!(human(&report, 60).contains("\nEvery needed permission is allowed.\n"));
    report.summary.waived = 1;
    assert!(
        human(&report, 60).contains("\nReady only by waiver: of 5 needed permissions, 1 is not\nallowed but waived.\n")
    );
    (report.summary, report.requirements) = (Summary::default(), Vec::new());
    assert!(human(&report, 60).contains("\nNothing is needed.\n"));
}

#[test]
fn a_report_that_is_ready_only_by_waivers_says_so_everywhere() {
    let report = waived();
    assert_eq!((report.verdict, report.summary.waived, report.summary.denied), (Verdict::Ready, 2, 0));
    let text = human(&report, 100);
    assert!(text.starts_with("READY, 2 waived  lookoutvision:CreateModel\n"), "{text}");
    for words in [
        "Ready only by waiver: of 5 needed permissions, 2 are not allowed but waived.",
        "accepted: waived by vision-platform until 2026-03-31: the grant comes with the key of the new account \
         (preflight.toml:9:1)",
        "accepted: known from the baseline (baseline.toml:12:1)",
        "ready, 2 waived (1 of them known from the baseline); blocked without",
        "set: fail-on = denied (preflight.toml:3:1)",
        "predicted response: AccessDeniedException (HTTP 403)",
        "5 needed: 3 allowed, 0 denied, 0 undetermined, 2 waived",
    ] {
        assert!(flat(&text).contains(words), "`{words}` is not in {text}");
    }
    let json: Value = serde_json::from_str(&shown(&report, Format::Json, PLAIN)).unwrap();
    assert_eq!(json["gate"]["verdict_without_waivers"], "blocked");
    let row = &json["requirements"][4];
    assert_eq!((&row["decision"], &row["waived"]["by"]), (&"implicitDeny".into(), &"waiver".into()));
    assert_eq!(row["waived"]["location"], serde_json::json!({ "file": "preflight.toml", "line": 9, "column": 1 }));
    assert_eq!(json["requirements"][1]["waived"]["owner"], Value::Null);
}

#[test]
fn the_predicted_response_in_words() {
    let said = |status, error: Option<&str>| {
        let mut report = ready();
        report.predicted_response = PredictedResponse { status, error: error.map(str::to_owned) };
        let text = human(&report, 100);
        text.lines().rev().nth(1).unwrap().to_owned()
    };
    assert_eq!(said(Some(202), None), "predicted response: success (HTTP 202)");
    assert_eq!(said(Some(400), None), "predicted response: HTTP 400");
    assert_eq!(said(Some(400), Some("ValidationException")), "predicted response: ValidationException (HTTP 400)");
    assert_eq!(said(None, Some("ConflictException")), "predicted response: ConflictException");
    assert_eq!(said(None, None), "predicted response: cannot be told");
}

#[test]
fn other_actors_are_named_and_many_deciders_are_counted() {
    let mut report = blocked();
    let row = &mut report.requirements[1];
    row.actor = "role:training".into();
    row.decided_by = vec![row.decided_by[0].clone(); 7];
    let text = human(&report, 100);
    assert!(text.contains("│ s3:GetObject (role:training) "), "{text}");
    assert!(text.contains("(312 objects) is denied for role:training\n"), "{text}");
    assert!(text.contains("│ OnlyFromTheFactory, 6 more "), "{text}");
    let deciders = |text: &str| text.matches("│ OnlyFromTheFactory").count();
    assert_eq!(deciders(&text), 1, "{text}");
    assert_eq!(text.matches("^ statement `OnlyFromTheFactory` of").count(), 7, "{text}");
    let expanded = shown(&report, Format::Human, Style { expand: true, ..PLAIN });
    assert_eq!(deciders(&expanded), 7, "{expanded}");
}

#[test]
fn the_whole_mark_is_coloured() {
    let mut needs = derived();
    needs.rows[0].id = "key".into();
    let text = shown_needs(&needs, Format::Human, Style { color: true, ..PLAIN });
    assert!(text.contains("\u{1b}[1mkey\u{1b}[0m ") && text.contains("\u{1b}[1mkey-grant\u{1b}[0m "), "{text:?}");
}

#[test]
fn the_table_keeps_to_the_width() {
    for report in [ready(), blocked(), undetermined()] {
        for width in 40..160 {
            for expand in [false, true] {
                let text = shown(&report, Format::Human, Style { color: false, width, expand });
                let table = text.lines().filter(|line| line.starts_with(['┌', '│', '├', '└']));
                let widths: Vec<usize> = table.map(|line| line.chars().count()).collect();
                assert!(widths.len() > 10, "{text}");
                assert!(widths.iter().all(|&line| line <= usize::from(width) && line == widths[0]), "{width}\n{text}");
            }
        }
    }
}

#[test]
fn no_width_is_too_narrow() {
    for width in [0, 1, 20, 39] {
        for report in [ready(), blocked(), undetermined()] {
            assert_eq!(human(&report, width), human(&report, 40));
        }
        shown_needs(&derived(), Format::Human, Style { width, ..PLAIN });
    }
}

#[test]
fn expanding_shows_whole_resources_and_all_examples() {
    let report = blocked();
    let style = Style { expand: true, ..PLAIN };
    let text = shown(&report, Format::Human, style);
    assert!(!text.contains('…'), "{text}");
    for example in &report.requirements[1].examples {
        assert!(text.contains(example.as_str()), "{text}");
    }
}

#[test]
fn colour_only_where_it_is_wanted() {
    for report in [ready(), blocked(), undetermined()] {
        let plain = human(&report, 100);
        assert!(!plain.contains('\u{1b}'), "{plain}");
        let colored = shown(&report, Format::Human, Style { color: true, ..PLAIN });
        assert!(colored.contains("\u{1b}["), "{colored}");
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
    }
}

const HOSTILE: &str = "x\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\r\n\u{202e}gnp\u{2066}\u{8}\u{0}y";

pub(super) fn hostile() -> Report {
    let mut report = undetermined();
    let text = || HOSTILE.to_owned();
    for row in &mut report.requirements {
        for part in [&mut row.id, &mut row.actor, &mut row.action, &mut row.resource, &mut row.because] {
            part.push_str(HOSTILE);
        }
        row.decision = Decision::Undetermined;
        row.examples = vec![text(); 2];
        row.assumptions = vec![text()];
        row.missing_context = vec![text()];
        row.missing_facts = vec![text()];
        row.outcomes = vec![text()];
        row.context = vec![(text(), text())];
        row.sources.iter_mut().for_each(|source| source.url.push_str(HOSTILE));
        row.gap = Some(crate::finding::Gap { message: text(), help: vec![text()] });
        for by in &mut row.decided_by {
            (by.policy, by.sid) = (text(), text());
            by.location = Some(location(HOSTILE, 3, 4));
            by.line_text = Some(text());
        }
    }
    report.findings = blocked().findings;
    for finding in &mut report.findings {
        finding.message = text();
        (finding.help, finding.url) = (Some(text()), Some(text()));
        finding.location = Some(location(HOSTILE, 1, 1));
    }
    for coverage in &mut report.coverage {
        (coverage.what, coverage.why) = (text(), text());
    }
    for assumption in &mut report.assumptions {
        (assumption.id, assumption.value, assumption.meaning) = (text(), text(), text());
    }
    let by = WaivedBy::Waiver { owner: text(), reason: text(), expires: text() };
    report.requirements[0].waived = Some(Waived { by, location: location(HOSTILE, 1, 1) });
    report.requirements[1].waived = Some(Waived { by: WaivedBy::Baseline, location: location(HOSTILE, 1, 1) });
    let gate = waived().gate.map(|gate| {
        let by = SetBy::Environment(text());
        let settings = vec![Setting { flag: text(), values: vec![text()], by }];
        Gate { failures: vec![text()], let_pass: vec![text()], as_of: Some(text()), settings, ..gate }
    });
    report.gate = gate;
    report.notices = vec![text()];
    (report.operation, report.principal.arn, report.captured_at) = (text(), text(), Some(text()));
    report.predicted_response.error = Some(text());
    report
}

fn assert_harmless(text: &str) {
    let found = text.chars().find(|&character| text::is_hidden(character) && character != '\n');
    assert_eq!(found, None, "{text:?}");
}

#[test]
fn no_input_text_commands_the_terminal() {
    let hostile = hostile();
    for width in [40, 60, 100, 200] {
        for expand in [false, true] {
            let text = shown(&hostile, Format::Human, Style { color: false, width, expand });
            assert_harmless(&text);
            assert!(text.contains(r"\u{1b}[2J") && text.contains(r"\u{202e}gnp"), "{text}");
        }
    }
    let problem = Problem::at(&location(HOSTILE, 1, 2).file, location("", 1, 2).at, HOSTILE).with_help(HOSTILE);
    assert_harmless(&shown_problems(&[problem], Some(HOSTILE), PLAIN));

    let mut needs = derived();
    needs.operation = HOSTILE.into();
    for row in &mut needs.rows {
        for part in [&mut row.id, &mut row.actor, &mut row.action, &mut row.resource, &mut row.because] {
            part.push_str(HOSTILE);
        }
        row.context = vec![(HOSTILE.into(), HOSTILE.into())];
        row.missing_facts = vec![HOSTILE.into()];
        row.assumptions = vec![HOSTILE.into()];
    }
    assert_harmless(&shown_needs(&needs, Format::Human, PLAIN));
}

#[test]
fn json_escapes_hidden_characters_and_reads_back_the_same() {
    let text = shown(&hostile(), Format::Json, PLAIN);
    assert_harmless(&text);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["notices"][0], HOSTILE);
    assert_eq!(value["coverage"][0]["what"], HOSTILE);
}

fn schema(text: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

fn report_schema() -> jsonschema::Validator {
    schema(include_str!("../../policies/schema/report.v1.schema.json"))
}

#[test]
fn json_reports_keep_to_their_schema() {
    for report in [ready(), blocked(), undetermined(), waived()] {
        let value: Value = serde_json::from_str(&shown(&report, Format::Json, PLAIN)).unwrap();
        let errors: Vec<String> = report_schema().iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let needs: Value = serde_json::from_str(&shown_needs(&derived(), Format::Json, PLAIN)).unwrap();
    let errors: Vec<String> = schema(include_str!("../../policies/schema/needs.v1.schema.json"))
        .iter_errors(&needs)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(needs["rows"].as_array().unwrap().len(), derived().rows.len());
}

/// Every object of a value, by its JSON pointer
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            members.iter().for_each(|(name, member)| objects(member, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| objects(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

#[test]
fn the_schema_refuses_a_member_too_many_and_a_member_too_few() {
    let schema = report_schema();
    let mut report = blocked();
    (report.requirements[4].waived, report.gate) = (waived().requirements[4].waived.clone(), waived().gate);
    let report: Value = serde_json::from_str(&shown(&report, Format::Json, PLAIN)).unwrap();
    let mut pointers = Vec::new();
    objects(&report, "", &mut pointers);
    assert!(pointers.len() > 30, "{pointers:?}");
    for pointer in pointers {
        let names: Vec<String> =
            report.pointer(&pointer).unwrap().as_object().unwrap().keys().map(String::clone).collect();
        let mut more = report.clone();
        more.pointer_mut(&pointer).unwrap()["surplus"] = Value::Null;
        assert!(!schema.is_valid(&more), "a surplus member at `{pointer}`");
        for name in names {
            let mut fewer = report.clone();
            fewer.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().shift_remove(&name);
            assert!(!schema.is_valid(&fewer), "no `{name}` at `{pointer}`");
        }
    }
}

#[test]
fn json_has_the_members_of_the_contract() {
    let report: Value = serde_json::from_str(&shown(&blocked(), Format::Json, PLAIN)).unwrap();
    assert_eq!(report["schema"], "iam-preflight/report/v1");
    assert_eq!(report["tool"]["name"], "iam-preflight");
    assert_eq!(report["mode"], "offline");
    assert_eq!(report["verdict"], "blocked");
    assert_eq!(report["summary"]["denied"], 2);
    assert_eq!(report["principal"]["account"], "123456789012");
    assert_eq!(report["predicted_response"]["status"], 403);
    let row = &report["requirements"][1];
    assert_eq!(row["decision"], "explicitDeny");
    assert_eq!(row["need"], "must");
    assert_eq!(row["phase"], "run");
    assert_eq!(row["resource_count"], 312);
    assert_eq!(row["sources"][0]["kind"], "api-reference");
    assert_eq!(
        row["decided_by"][0]["location"],
        serde_json::json!({ "file": "s3/acme-line-7/policy.json", "line": 12, "column": 5 })
    );
    assert_eq!(report["requirements"][4]["decided_by"][0]["sid"], Value::Null);
    assert_eq!(report["requirements"][4]["decided_by"][0]["location"], Value::Null);
    assert_eq!(report["requirements"][0]["missing_context"], serde_json::json!([]));
    assert_eq!(report["findings"][1]["severity"], "note");
    assert_eq!(report["findings"][1]["location"], Value::Null);
}

#[test]
fn a_gap_says_who_judged_it_where_a_simulator_was_asked() {
    let mut report = blocked();
    assert!(!human(&report, 100).contains("judged by"), "nobody but the own engine was asked");
    let view = |layer, judged_by| LayerCoverage { layer, judged_by, why: "read".to_owned() };
    report.requirements[4].coverage = vec![
        view(Layer::Identity, "both"),
        view(Layer::Scp, "simulator"),
        view(Layer::Resource, "engine"),
        view(Layer::Rcp, "nobody"),
    ];
    let words = "judged by: both engines: identity policy; AWS's simulator: service control policy; the own engine: \
                 resource policy; nobody: resource control policy";
    assert!(flat(&human(&report, 100)).contains(words), "{}", human(&report, 100));
}
