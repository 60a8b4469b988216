use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::*;

/// The HTML that is written on purpose
const OWN: [&str; 4] = ["<!-- iam-preflight -->", "<details><summary>", "</details>", "<sub>"];

#[track_caller]
pub(super) fn reads_back(report: &Report) {
    let rows = report.requirements.len() + report.assumptions.len() + report.coverage.len();
    is_plain(&shown(report, Format::Markdown), rows);
}

#[track_caller]
pub(super) fn needs_read_back(needs: &DerivedReport) {
    is_plain(&shown_needs(needs, Format::Markdown), needs.rows.len() + needs.assumptions.len());
}

/// No markup but what is written on purpose, and tables with this many rows in all
#[track_caller]
fn is_plain(shown: &str, expected: usize) {
    let (mut rows, mut cells) = (0, 0);
    for event in Parser::new_ext(shown, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
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
    assert_eq!(rows, expected, "{shown}");
}

#[test]
fn a_derivation_is_a_table_of_what_is_needed() {
    needs_read_back(&needs(&hostile(HOSTILE)));
    insta::assert_snapshot!(shown_needs(&derived(), Format::Markdown));
}
