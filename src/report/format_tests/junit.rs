use std::sync::OnceLock;

use super::*;

const XSD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/published/junit-10.xsd");

/// What the published schema finds wrong
fn invalid(xml: &str) -> Vec<String> {
    static VALIDATOR: OnceLock<uppsala::XsdValidator> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| {
        let schema = std::fs::read_to_string(XSD).unwrap();
        uppsala::XsdValidator::from_schema(&uppsala::parse(&schema).unwrap()).unwrap()
    });
    match uppsala::parse(xml) {
        Ok(document) => validator.validate(&document).iter().map(ToString::to_string).collect(),
        Err(error) => vec![format!("not XML: {error}")],
    }
}

/// Start tags with their attributes, in order
fn tags(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut tags = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let name = attribute.key.as_ref().to_owned();
                    (name, quick_xml::escape::unescape(&attribute.value).unwrap().into_owned())
                });
                tags.push((tag.name().as_ref().to_owned(), attributes.collect()));
            }
            Event::Eof => return tags,
            _ => {}
        }
    }
}

fn attribute<'t>(tag: &'t (String, Vec<(String, String)>), name: &str) -> &'t str {
    tag.1.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

fn named<'t>(tags: &'t [(String, Vec<(String, String)>)], name: &str) -> Vec<&'t (String, Vec<(String, String)>)> {
    tags.iter().filter(|tag| tag.0 == name).collect()
}

#[track_caller]
pub(super) fn reads_back(report: &Report, text: &str) {
    let xml = shown(report, Format::Junit);
    assert_eq!(invalid(&xml), [""; 0], "{xml}");
    let tags = tags(&xml);
    let cases = named(&tags, "testcase");
    assert_eq!(cases.len(), report.requirements.len() + report.findings.len() + 1, "{xml}");
    let wanted = visible(text);
    for (case, row) in cases.iter().zip(&report.requirements) {
        assert_eq!(attribute(case, "name"), visible(&format!("{} {} on {}", row.id, row.action, row.resource)));
        assert!(row.decision == Decision::Allowed || attribute(case, "file") == wanted, "{xml}");
    }
}

#[test]
fn hostile_text_comes_back_as_it_is_shown() {
    reads_back(&hostile(HOSTILE), HOSTILE);
}

#[test]
fn reports_of_every_verdict_are_valid_and_fail_as_the_verdict_says() {
    for report in [ready(), blocked(), undetermined(), long(30)] {
        let xml = shown(&report, Format::Junit);
        assert_eq!(invalid(&xml), [""; 0], "{xml}");
        let tags = tags(&xml);
        let root = &tags[0];
        let (failures, errors) = (attribute(root, "failures"), attribute(root, "errors"));
        assert_eq!(failures == "0" && errors == "0", report.verdict == Verdict::Ready, "{xml}");
        assert_eq!(named(&tags, "failure").len().to_string(), failures);
        assert_eq!(named(&tags, "error").len().to_string(), errors);
    }
}

#[test]
fn the_schema_refuses_what_is_no_junit() {
    let xml = shown(&blocked(), Format::Junit);
    for (from, to) in [("<testcase name=", "<testcase title="), ("<failure ", "<failed "), (" tests=", " checks=")] {
        let broken = xml.replacen(from, to, 1);
        assert_ne!(broken, xml);
        assert!(!invalid(&broken).is_empty(), "{from}");
    }
}

#[test]
fn an_undetermined_permission_is_an_error_and_never_passes() {
    let xml = shown(&undetermined(), Format::Junit);
    let tags = tags(&xml);
    let at = tags.iter().position(|tag| attribute(tag, "name").starts_with("out-put ")).unwrap();
    assert_eq!((tags[at + 1].0.as_str(), attribute(&tags[at + 1], "type")), ("error", "undetermined-fact"), "{xml}");
    assert_eq!(attribute(&tags[at], "file"), "organizations/scps/01-root/net.json");
    assert_eq!(attribute(&tags[at], "line"), "107");
}

#[test]
fn rows_that_decide_nothing_are_skipped_with_their_reason() {
    insta::assert_snapshot!(shown(&blocked(), Format::Junit));
}
