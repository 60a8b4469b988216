//! What the formats for machines must hold: schemas, limits, and hostile text that stays text

mod csv;
mod github;
mod junit;
mod markdown;
mod sarif;

use proptest::prelude::*;

use super::fixture::{allowed, blocked, derived, location, ready, undetermined, waived};
use super::text::visible;
use super::*;
use crate::evaluate::Decision;
use crate::finding::{DerivedReport, Finding, Requirement, Verdict, Waived, WaivedBy};

/// Everything that has a meaning somewhere: terminals, tables, XML, Markdown, spreadsheets, workflow commands
const HOSTILE: &str = "=cmd|' /C calc'!A0 a|b\\|c `tick` ``two`` \u{1b}[31m\r\n::error file=x,line=1::owned %0A%3A ]]> --> \
     </details><img src=x onerror=alert(1)> <!-- &amp; \"q\" [l](https://evil.example) https://evil.example www.evil.example \
     @team #1 {0} {{1}} \\[x](y) \\ a;b, \u{202e}\u{200b}\u{fffe}\u{85} größe 画像";

fn shown(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    render(report, format, Style { color: false, width: 100, expand: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A blocked report in which every text that comes from an input is the given one
fn hostile(text: &str) -> Report {
    let mut report = blocked();
    report.operation = text.to_owned();
    report.principal.arn = text.to_owned();
    report.request = text.into();
    report.captured_at = Some(text.to_owned());
    report.notices = vec![text.to_owned()];
    for row in &mut report.requirements {
        for part in [&mut row.id, &mut row.actor, &mut row.action, &mut row.resource, &mut row.because] {
            *part = text.to_owned();
        }
        row.examples = vec![text.to_owned()];
        row.missing_context = vec![text.to_owned()];
        row.missing_facts = vec![text.to_owned()];
        row.outcomes = vec![text.to_owned()];
        if row.decision == Decision::ImplicitDeny {
            let by = WaivedBy::Waiver { owner: text.to_owned(), reason: text.to_owned(), expires: text.to_owned() };
            row.waived = Some(Waived { by, location: location(text, 9, 1) });
        }
        row.asked_at = location(text, 3, 5);
        for by in &mut row.decided_by {
            (by.policy, by.sid) = (text.to_owned(), text.to_owned());
            by.location = Some(location(text, 12, 5));
        }
        if let Some(gap) = &mut row.gap {
            gap.message = text.to_owned();
            gap.help = vec![text.to_owned()];
        }
    }
    for finding in &mut report.findings {
        (finding.message, finding.help) = (text.to_owned(), Some(text.to_owned()));
        finding.location = Some(location(text, 1, 1));
    }
    for used in &mut report.assumptions {
        (used.id, used.value, used.meaning) = (text.to_owned(), text.to_owned(), text.to_owned());
    }
    for covered in &mut report.coverage {
        (covered.what, covered.why) = (text.to_owned(), text.to_owned());
    }
    report
}

/// The derivation that the same texts make
fn needs(report: &Report) -> DerivedReport {
    let mut needs = derived();
    needs.operation.clone_from(&report.operation);
    needs.notices.clone_from(&report.notices);
    needs.findings.clone_from(&report.findings);
    needs.assumptions.clone_from(&report.assumptions);
    for row in &mut needs.rows {
        let text = &report.operation;
        for part in [&mut row.id, &mut row.actor, &mut row.action, &mut row.resource, &mut row.because] {
            part.clone_from(text);
        }
        row.context = vec![(text.clone(), text.clone())];
        row.missing_facts = vec![text.clone()];
    }
    needs
}

fn shown_needs(needs: &DerivedReport, format: Format) -> String {
    let mut out = Vec::new();
    render_needs(needs, format, Style { color: false, width: 100, expand: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A report with this many rows that are not allowed, every tenth of them denied
fn long(rows: usize) -> Report {
    let row = |number: usize| Requirement {
        decision: if number.is_multiple_of(10) { Decision::ExplicitDeny } else { Decision::Undetermined },
        ..allowed(&format!("row-{number}"), "s3:GetObject", &format!("arn:aws:s3:::images/{number:05}.png"))
    };
    Report { verdict: Verdict::Blocked, requirements: (0..rows).map(row).collect(), findings: Vec::new(), ..blocked() }
}

/// Texts made of what has a meaning somewhere
fn texts() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(vec![
        "|",
        "`",
        "``",
        "\\",
        "::",
        "%0A",
        "\r",
        "\n",
        "]]>",
        "<",
        ">",
        "&",
        "\"",
        "'",
        "@a",
        "#1",
        "{",
        "}",
        "[",
        "](",
        ")",
        "=",
        "+",
        "-",
        "*",
        "_",
        "~",
        ";",
        ",",
        "\u{1b}",
        "\u{202e}",
        "\u{fffe}",
        "\u{0}",
        "-->",
        "www.a.de",
        "https://a",
        " ",
        "x",
        "é",
        "画",
    ]);
    prop::collection::vec(marks, 1..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_format_lets_hidden_characters_through(text in texts()) {
        let report = hostile(&text);
        for format in Format::ALL {
            let shown = shown(&report, format);
            let hidden = shown.chars().find(|&character| text::is_hidden(character) && character != '\n');
            prop_assert_eq!(hidden, None, "{:?}", format);
        }
    }

    #[test]
    fn every_format_can_be_read_back(text in texts()) {
        let report = hostile(&text);
        csv::reads_back(&report, &text);
        github::reads_back(&report);
        junit::reads_back(&report, &text);
        markdown::reads_back(&report);
        sarif::reads_back(&report);
        csv::needs_read_back(&needs(&report));
        markdown::needs_read_back(&needs(&report));
    }
}

#[test]
fn words_name_formats() {
    for format in Format::ALL {
        assert_eq!(Format::named(format.word()), Some(format));
    }
    assert_eq!(Format::named("xml"), None);
}

/// The two waived rows of the fixture: neither is lost, neither stops anything
#[test]
fn a_waived_row_is_shown_with_the_reason_and_stops_nothing() {
    let report = waived();
    let (by, baseline) = (report.requirements[4].waived.as_ref(), report.requirements[1].waived.as_ref());
    let (by, baseline) = (by.unwrap().to_string(), baseline.unwrap().to_string());
    let junit = shown(&report, Format::Junit);
    assert_eq!(junit.matches("<failure ").count() + junit.matches("<error ").count(), 0, "{junit}");
    for reason in [&by, &baseline] {
        assert!(junit.contains(&format!("<skipped type=\"{}", cause_of(reason, &report))), "{junit}");
        assert!(junit.contains(&format!("message=\"{reason}: ")), "{junit}");
    }
    let log: serde_json::Value = serde_json::from_str(&shown(&report, Format::Sarif)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let suppressed = results.iter().filter(|result| result["suppressions"][0]["kind"] == "external");
    let reasons: Vec<&str> =
        suppressed.map(|result| result["suppressions"][0]["justification"].as_str().unwrap()).collect();
    assert_eq!(reasons, [baseline.as_str(), by.as_str()]);
    assert!(results.iter().all(|result| result["level"] != "error"), "{log:#}");
    let github = shown(&report, Format::Github);
    assert!(!github.contains("::error") && github.contains(&format!("is not allowed, but {by}. Why")), "{github}");
    let markdown = shown(&report, Format::Markdown);
    assert_eq!(markdown.matches("** (waived) |").count(), 2, "{markdown}");
    assert!(markdown.contains(&format!("\naccepted: {by}\n")), "{markdown}");
    let csv = shown(&report, Format::Csv);
    assert!(csv.contains(&by) && csv.contains(&baseline), "{csv}");
}

fn cause_of(reason: &str, report: &Report) -> String {
    let row =
        report.requirements.iter().find(|row| row.waived.as_ref().is_some_and(|waived| waived.to_string() == reason));
    cause::Cause::of(row.unwrap()).unwrap().id()
}
