use std::sync::OnceLock;

use serde_json::Value;

use super::*;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/published/sarif-2.1.0.schema.json");

fn log(report: &Report) -> Value {
    serde_json::from_str(&shown(report, Format::Sarif)).unwrap()
}

fn invalid(log: &Value) -> Vec<String> {
    static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| {
        // A pattern of the published schema has a bare bracket, which a strict reader of patterns refuses.
        let published = std::fs::read_to_string(SCHEMA).unwrap();
        let schema = serde_json::from_str(&published.replace("{2}]?$", r"{2}\\]?$")).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

/// A message as the standard says that it is read
fn message(text: &str) -> String {
    let mut read = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '{' | '}' => assert_eq!(characters.next(), Some(character), "a lone brace in {text}"),
            '\\' => {
                read.extend(characters.next());
                continue;
            }
            '[' | ']' => panic!("a link in {text}"),
            _ => {}
        }
        read.push(character);
    }
    read
}

#[track_caller]
pub(super) fn reads_back(report: &Report) {
    let log = log(report);
    assert_eq!(invalid(&log), [""; 0], "{log:#}");
    let issues = issue::issues(report);
    assert_eq!(results(&log).len(), issues.len());
    for (result, issue) in results(&log).iter().zip(&issues) {
        let said = message(result["message"]["text"].as_str().unwrap());
        assert_eq!(said, visible(&issue.message()));
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.is_ascii() && !uri.contains([' ', '"', '<', '\\', '{', '`']), "{uri}");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
}

#[test]
fn hostile_text_is_neither_placeholder_nor_link_nor_address() {
    reads_back(&hostile(HOSTILE));
}

#[test]
fn reports_of_every_verdict_are_valid() {
    for report in [ready(), blocked(), undetermined(), long(30)] {
        assert_eq!(invalid(&log(&report)), [""; 0]);
    }
    assert_eq!(results(&log(&ready())).len(), 1, "the row that should be allowed");
}

#[test]
fn the_schema_refuses_what_is_no_sarif() {
    let mut log = log(&blocked());
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    assert_eq!(invalid(&log).len(), 1);
}

#[test]
fn a_result_points_at_the_deciding_statement_or_at_the_request() {
    insta::assert_snapshot!(shown(&blocked(), Format::Sarif));
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_permissions_apart() {
    let prints = |report: &Report| -> Vec<String> {
        let log = log(report);
        let of = |result: &Value| result["partialFingerprints"]["iamPreflight/v1"].as_str().unwrap().to_owned();
        results(&log).iter().map(of).collect()
    };
    let before = prints(&blocked());
    let mut moved = blocked();
    for row in &mut moved.requirements {
        row.asked_at.at.line += 7;
        for by in &mut row.decided_by {
            by.location = by.location.clone().map(|place| location(&place.file, place.at.line + 40, 2));
        }
    }
    for finding in &mut moved.findings {
        finding.location = finding.location.clone().map(|place| location(&place.file, place.at.line + 3, 1));
    }
    assert_eq!(before, prints(&moved));
    let different: std::collections::BTreeSet<&String> = before.iter().collect();
    assert_eq!(different.len(), before.len());

    for change in [
        |report: &mut Report| report.operation = "sagemaker:CreateTrainingJob".into(),
        |report: &mut Report| report.principal.arn.push('x'),
        |report: &mut Report| report.requirements[4].resource.push('x'),
        |report: &mut Report| report.requirements[4].action.push('x'),
        |report: &mut Report| report.requirements[4].actor.push('x'),
    ] {
        let mut other = blocked();
        change(&mut other);
        assert_ne!(before, prints(&other));
    }
    // The same every time and everywhere: stored alerts depend on it.
    assert_eq!(before[1], "b5cb0df089036c2b1575a99512a81873");
}

#[test]
fn more_results_than_code_scanning_takes_are_cut_the_denied_first() {
    let log = log(&long(25_100));
    assert_eq!(results(&log).len(), 25_000);
    let denied = results(&log).iter().take_while(|result| result["level"] == "error").count();
    assert_eq!(denied, 2_510);
    let notices = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let cut = notices.iter().find(|notice| notice["level"] == "warning").unwrap();
    assert_eq!(cut["message"]["text"], "100 further results are left out, the gravest are here; `-o json` has all");
}

#[test]
fn paths_are_addresses() {
    for (file, uri, base) in [
        ("policies/a b.json", "policies/a%20b.json", Some("%SRCROOT%")),
        ("./request.json", "request.json", Some("%SRCROOT%")),
        ("a\\b.json", "a/b.json", Some("%SRCROOT%")),
        ("aws:iam/x#1?.json", "aws%3Aiam/x%231%3F.json", Some("%SRCROOT%")),
        ("/srv/account/画.json", "file:///srv/account/%E7%94%BB.json", None),
        ("C:\\x\\y.json", "file:///C:/x/y.json", None),
    ] {
        let mut report = blocked();
        report.findings = vec![Finding { location: Some(location(file, 4, 9)), ..report.findings[0].clone() }];
        report.requirements.clear();
        let place = &log(&report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], uri);
        assert_eq!(place["artifactLocation"]["uriBaseId"].as_str(), base);
        assert_eq!(
            (&place["region"]["startLine"], &place["region"]["startColumn"]),
            (&Value::from(4), &Value::from(9))
        );
    }
}

#[test]
fn every_rule_has_help_and_fits_code_scanning() {
    let layers = ["scp", "rcp", "vpce", "resource", "grant", "boundary", "session", "identity", "service"];
    let mut seen = Vec::new();
    for layer in crate::evaluate::Layer::ALL {
        for decision in [Decision::ExplicitDeny, Decision::ImplicitDeny] {
            let mut report = blocked();
            let effect = if decision == Decision::ExplicitDeny { "denies" } else { "does not allow" };
            let row = &mut report.requirements[1];
            row.decision = decision;
            row.decided_by[0].layer = layer;
            row.decided_by[0].effect = effect;
            report.findings.clear();
            report.requirements = vec![report.requirements[1].clone()];
            let log = log(&report);
            let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
            for member in ["shortDescription", "fullDescription", "help"] {
                let text = rule[member]["text"].as_str().unwrap();
                assert!(!text.is_empty() && text.len() <= 1024, "{text}");
            }
            assert!(rule["helpUri"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"));
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
            seen.push(rule["id"].as_str().unwrap().to_owned());
        }
    }
    let wanted =
        layers.iter().flat_map(|layer| [format!("explicit-deny-{layer}"), format!("missing-permission-{layer}")]);
    assert_eq!(seen, wanted.collect::<Vec<_>>());
}

#[test]
fn a_very_long_message_is_cut() {
    let mut report = blocked();
    report.findings[0].message = "[{é".repeat(4_000);
    report.requirements.clear();
    let log = log(&report);
    assert_eq!(invalid(&log), [""; 0]);
    let text = message(results(&log)[0]["message"]["text"].as_str().unwrap());
    assert_eq!((text.chars().count(), text.chars().last()), (4_001, Some('…')));
}
