use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;

/// The HTML that is written on purpose
const OWN: [&str; 4] = ["<!-- iam-preflight -->", "<details><summary>", "</details>", "<sub>"];

#[track_caller]
pub(super) fn reads_back(report: &Report) {
    let shown = shown(report, Format::Markdown);
    let (mut rows, mut cells) = (0, 0);
    for event in Parser::new_ext(&shown, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link in {shown}"),
            Event::Start(Tag::List(_) | Tag::Emphasis) => panic!("markup in {shown}"),
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim();
                assert!(OWN.iter().any(|own| html.starts_with(own)) || html == "</sub>", "`{html}` in {shown}");
                let inner = html.strip_prefix("<details><summary>").and_then(|rest| rest.strip_suffix("</summary>"));
                if let Some(inner) = inner {
                    let inner = inner.replace("<code>", "").replace("</code>", "");
                    assert!(!inner.contains(['<', '>']), "{html}");
                }
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(TagEnd::TableRow) => {
                assert!(cells == 3 || cells == 4, "{cells} cells in {shown}");
                rows += 1;
            }
            _ => {}
        }
    }
    assert_eq!(rows, report.requirements.len() + report.assumptions.len() + report.coverage.len(), "{shown}");
}

/// The code of a document, in order
fn code(shown: &str) -> Vec<String> {
    let events = Parser::new_ext(shown, Options::ENABLE_TABLES | Options::ENABLE_GFM);
    events.filter_map(|event| if let Event::Code(code) = event { Some(code.into_string()) } else { None }).collect()
}

#[test]
fn hostile_text_stays_text() {
    let report = hostile(HOSTILE);
    reads_back(&report);
    let shown = shown(&report, Format::Markdown);
    let wanted = visible(HOSTILE);
    let whole = code(&shown).iter().filter(|code| **code == wanted).count();
    assert!(whole >= 2 + 2 * report.requirements.len(), "{whole} in {shown}");
}

#[test]
fn mentions_and_addresses_in_sentences_lead_nowhere() {
    let mut report = ready();
    report.notices = vec!["ask @team or a@b.example about #12, www.evil.example, https://evil.example, `kms:*`".into()];
    let shown = shown(&report, Format::Markdown);
    let text: String = Parser::new(&shown)
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.into_string()),
            _ => None,
        })
        .collect();
    assert!(!text.contains('@') && !text.contains("#12"), "{text}");
    assert!(!shown.contains("https://evil") && !shown.contains("www.evil"), "{shown}");
    assert!(code(&shown).contains(&"kms:*".to_owned()));
}

#[test]
fn a_comment_shows_verdict_table_details_assumptions_and_coverage() {
    insta::assert_snapshot!(shown(&blocked(), Format::Markdown));
}

#[test]
fn a_long_report_fits_a_comment_and_counts_what_is_left_out() {
    let shown = shown(&long(5_000), Format::Markdown);
    assert!(shown.chars().count() < 65_536, "{}", shown.chars().count());
    assert!(shown.contains("\n4,940 rows not shown, 0 of them allowed.\n"), "{shown}");
    assert!(shown.contains(" further problems not shown for want of room.\n"));
    assert_eq!(shown.matches("✗ **explicitDeny**").count(), 60, "the denied come first: {shown}");
}
