//! `simulate`, from outside: the real program on streams of cases

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helpers fail loudly")]

use std::fmt::Write as _;

use assert_cmd::Command;
use predicates::prelude::*;
use serde_json::{Value, json};

const TRUTH_TABLE: &str = include_str!("data/truth-table.json");

fn simulate(arguments: &[&str], input: impl Into<Vec<u8>>) -> assert_cmd::assert::Assert {
    Command::cargo_bin("iam-preflight").unwrap().arg("simulate").args(arguments).write_stdin(input).assert()
}

fn truth_table() -> Vec<Value> {
    serde_json::from_str(TRUTH_TABLE).unwrap()
}

fn lines(cases: &[Value]) -> String {
    cases.iter().fold(String::new(), |mut text, case| {
        writeln!(text, "{case}").unwrap();
        text
    })
}

/// What the program printed, line by line
fn printed(assert: &assert_cmd::assert::Assert) -> Vec<Value> {
    let text = std::str::from_utf8(&assert.get_output().stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A case that is allowed, by the statement `Read`
fn allowed(id: &str) -> Value {
    json!({
        "id": id,
        "principal": "arn:aws:iam::210000000011:user/ana",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::plans/a.txt",
        "identityPolicies": [{"Version": "2012-10-17", "Statement":
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::plans/*"}}],
        "expected": "allowed",
    })
}

/// A case that hangs on the VPC endpoint in use
fn behind_endpoint() -> Value {
    let mut case = allowed("net");
    case["identityPolicies"][0]["Statement"]["Condition"] = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
    case
}

#[test]
fn the_truth_table_checks_as_an_array_and_as_lines() {
    simulate(&["--check", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/truth-table.json")], "")
        .success()
        .stdout("");
    simulate(&["--check"], lines(&truth_table())).success().stdout("").stderr("");
    simulate(&["--check", "-"], serde_json::to_string_pretty(&truth_table()).unwrap()).success().stdout("");
}

#[test]
fn decisions_stand_in_the_order_of_the_cases_also_over_many_batches() {
    let table = truth_table();
    let many: Vec<Value> = (0..8_000)
        .map(|number| {
            let mut case = table[number % table.len()].clone();
            case["id"] = json!(number.to_string());
            case
        })
        .collect();
    for text in [lines(&many), serde_json::to_string(&many).unwrap()] {
        assert!(text.len() > 4 << 20, "the input must span many batches");
        let assert = simulate(&[], text).success();
        let printed = printed(&assert);
        assert_eq!(printed.len(), many.len());
        for (line, case) in printed.iter().zip(&many) {
            assert_eq!((&line["id"], &line["decision"]), (&case["id"], &case["expected"]));
        }
    }
}

#[test]
fn a_decision_names_its_statement_and_nothing_that_is_not_there() {
    let assert = simulate(&[], lines(&[allowed("a")])).success();
    let expected = json!({
        "id": "a",
        "decision": "allowed",
        "decided_by": [{"layer": "identity", "policy": "identity[0]", "sid": "Read", "index": 0}],
        "missing_context": [],
    });
    assert_eq!(printed(&assert), [expected]);
}

#[test]
fn a_wrong_expectation_is_the_only_line_and_exit_1() {
    let mut wrong = allowed("wrong");
    wrong["expected"] = json!("explicitDeny");
    let assert = simulate(&["--check"], lines(&[allowed("right"), wrong, allowed("right too")])).code(1);
    let printed = printed(&assert);
    assert_eq!(printed.len(), 1);
    assert_eq!(printed[0]["id"], "wrong");
    assert_eq!(printed[0]["expected"], "explicitDeny");
    assert_eq!(printed[0]["decision"], "allowed");
    assert_eq!(printed[0]["decided_by"][0]["sid"], "Read");
}

#[test]
fn a_check_without_an_expectation_passes_nothing() {
    let mut silent = allowed("silent");
    silent.as_object_mut().unwrap().remove("expected");
    let none =
        predicate::str::contains("standard input:2:1").and(predicate::str::contains("`silent` has no `expected`"));
    simulate(&["--check"], lines(&[allowed("a"), silent])).code(2).stderr(none);
    let mut odd = allowed("odd");
    odd["expected"] = json!("allow");
    simulate(&["--check"], lines(&[odd])).code(2).stderr(predicate::str::contains("`odd` expects `allow`"));
}

#[test]
fn a_malformed_case_is_exit_2_at_its_line_and_nothing_is_decided() {
    let text = format!("{}\n\n{{\"id\": \"c\", \"principal\": 7}}\n{}\n", allowed("a"), allowed("d"));
    let assert = simulate(&[], text).code(2).stderr(predicate::str::contains("standard input:3:26"));
    assert!(printed(&assert).is_empty(), "exit 2 says that nothing was decided");
}

#[test]
fn a_malformed_element_of_an_array_is_named_by_line_and_column() {
    let text = format!("[\n  {},\n  {{\"id\": \"b\", \"actoin\": \"s3:GetObject\"}}\n]", allowed("a"));
    let named = predicate::str::contains("standard input:3:").and(predicate::str::contains("unknown field `actoin`"));
    let assert = simulate(&[], text).code(2).stderr(named);
    assert!(printed(&assert).is_empty(), "exit 2 says that nothing was decided");
}

#[test]
fn a_malformed_policy_is_named_at_its_own_place() {
    let text = "{\"principal\": \"arn:aws:iam::210000000011:user/ana\", \"action\": \"s3:GetObject\", \
                \"resource\": \"*\", \"boundary\": {\"Statement\": [{\"Effect\": \"allow\"}]}}";
    let column = text.find("\"allow\"").unwrap() + 1;
    let place = format!("standard input:2:{column}");
    simulate(&[], format!("\n{text}\n"))
        .code(2)
        .stderr(predicate::str::contains(place).and(predicate::str::contains("`Effect` must be")));
}

#[test]
fn broken_arrays_and_odd_bytes_are_problems_not_silence() {
    let case = allowed("a").to_string();
    for (text, message) in [
        (format!("[{case}"), "the array of cases is not closed"),
        (format!("[{case},]"), "a case is missing here"),
        (format!("[{case}] x"), "nothing may follow the array of cases"),
        (format!("[{case}}}"), "expected `,` or `]` after a case"),
        (format!("\u{feff}{case}"), "byte order mark"),
    ] {
        simulate(&[], text.clone()).code(2).stderr(predicate::str::contains(message));
    }
    simulate(&[], b"{\"id\": \"\xff\"}".to_vec()).code(2).stderr(predicate::str::contains("not UTF-8"));
    let twice = r#"{"principal":"anonymous","action":"a:B","resource":"*","context":{"aws:X":"1","AWS:x":"2"}}"#;
    simulate(&[], twice).code(2).stderr(predicate::str::contains("`AWS:x` stands twice"));
}

#[test]
fn nothing_to_decide_is_exit_5() {
    for nothing in ["", " \n\n", "[]", "[\n]\n"] {
        simulate(&[], nothing).code(5).stdout("");
        simulate(&["--check"], nothing).code(5).stdout("");
    }
}

#[test]
fn an_unknown_key_leaves_the_decision_open_and_says_what_would_settle_it() {
    let mut case = behind_endpoint();
    case["unknownContext"] = json!(["aws:SourceVpce"]);
    let assert = simulate(&[], lines(&[case])).success();
    let printed = printed(&assert);
    assert_eq!(printed[0]["decision"], "undetermined");
    assert_eq!(printed[0]["missing_context"], json!(["aws:SourceVpce"]));
    assert_eq!(printed[0]["decided_by"][0]["sid"], "Read");
    let outcomes = printed[0]["outcomes"].as_array().unwrap();
    let allowing = outcomes.iter().find(|outcome| outcome["decision"] == "allowed").unwrap();
    assert_eq!(allowing["key"], "aws:SourceVpce");
    assert!(allowing["values"].as_str().unwrap().contains("vpce-1"), "{allowing}");
    assert_eq!(allowing["decided_by"]["sid"], "Read");
}

/// Found by fuzzing: it was an explicit deny, whatever the key
#[test]
fn a_negated_if_exists_without_values_hangs_on_whether_the_key_is_there() {
    let mut case = allowed("tags");
    let guard = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition":
        {"StringNotEqualsIfExists": {"aws:TagKeys": []}}});
    let read = case["identityPolicies"][0]["Statement"].clone();
    case["identityPolicies"][0]["Statement"] = json!([read, guard]);
    case["unknownContext"] = json!(["aws:TagKeys"]);
    let open = simulate(&[], lines(&[case.clone()])).success();
    assert_eq!(printed(&open)[0]["decision"], "undetermined");
    assert_eq!(printed(&open)[0]["missing_context"], json!(["aws:TagKeys"]));
    case["unknownContext"] = json!([]);
    let absent = simulate(&[], lines(&[case.clone()])).success();
    assert_eq!(printed(&absent)[0]["decision"], "explicitDeny");
    case["context"] = json!({"aws:TagKeys": ["team"]});
    let present = simulate(&[], lines(&[case])).success();
    assert_eq!(printed(&present)[0]["decision"], "allowed");
}

#[test]
fn an_open_context_leaves_open_what_the_request_could_carry() {
    let mut case = behind_endpoint();
    let closed = simulate(&[], lines(&[case.clone()])).success();
    assert_eq!(printed(&closed)[0]["decision"], "implicitDeny");
    case["openContext"] = json!(true);
    let open = simulate(&[], lines(&[case.clone()])).success();
    assert_eq!(printed(&open)[0]["decision"], "undetermined");
    assert_eq!(printed(&open)[0]["missing_context"], json!(["aws:SourceVpce"]));
    case["context"] = json!({"aws:SourceVpce": "vpce-1"});
    let listed = simulate(&[], lines(&[case])).success();
    assert_eq!(printed(&listed)[0]["decision"], "allowed");
}

#[test]
fn a_named_assumption_changes_the_reading_it_names() {
    let mut case = allowed("list");
    case["action"] = json!("s3:ListAllMyBuckets");
    case["resource"] = json!("*");
    let grant = json!({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::*"});
    case["identityPolicies"][0]["Statement"] = grant;
    let usual = simulate(&[], lines(&[case.clone()])).success();
    assert_eq!(printed(&usual)[0]["decision"], "allowed");
    let denied = simulate(&["--assume", "list-buckets-on-all=denied"], lines(&[case.clone()])).success();
    assert_eq!(printed(&denied)[0]["decision"], "implicitDeny");
    assert_eq!(printed(&denied)[0]["decided_by"][0]["layer"], "identity");
    simulate(&["--assume", "list-buckets=denied"], lines(&[case]))
        .code(2)
        .stderr(predicate::str::contains("did you mean `list-buckets-on-all`?"));
}
