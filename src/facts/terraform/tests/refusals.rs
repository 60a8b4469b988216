//! Files that are no plan, or none that says what will be

use super::{document, planned, read, role};
use crate::source::Problems;
use serde_json::json;

fn refusal(text: &str) -> String {
    match read(text) {
        Err(Problems(problems)) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Ok(_) => panic!("`{text}` was read"),
    }
}

#[test]
fn what_is_no_plan_is_refused_with_a_reason() {
    for (text, reason) in [
        ("", "a plan of Terraform is a JSON object"),
        ("[1]", "a plan of Terraform is a JSON object"),
        ("{", "not valid JSON"),
        (r#"{"planned_values": {}}"#, "no `format_version`"),
        (r#"{"format_version": "2.0", "planned_values": {}, "resource_changes": []}"#, "format version 2.0"),
        (r#"{"format_version": 1}"#, "plan.json:1:20: not a plan of Terraform: invalid type"),
        (r#"{"format_version": "1.0", "values": {"root_module": {}}}"#, "the file is a state, not a plan"),
        (
            r#"{"format_version": "1.2", "planned_values": {}, "resource_changes": [], "errored": true}"#,
            "the plan failed",
        ),
        (r#"{"format_version": "1.2"}"#, "neither `planned_values` nor `resource_changes`"),
        (
            r#"{"format_version": "1.2", "planned_values": {"root_module": {"resources": [{"address": "a.b"}]}}}"#,
            "no `resource_changes`",
        ),
        ("{\"@level\":\"info\"}\n{\"@level\":\"info\"}\n", "the log that `terraform plan -json` prints"),
        (r#"{"format_version": "1.2", "resource_changes": [7]}"#, "plan.json:1:48: a resource change is a JSON object"),
        (
            r#"{"format_version": "1.2", "resource_changes": [{"address": "a"}]}"#,
            "plan.json:1:48: not a resource change",
        ),
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains(reason), "{text}: {refusal}");
    }
}

#[test]
fn a_plan_without_resources_is_a_plan() {
    read(r#"{"format_version": "1.2", "planned_values": {"root_module": {}}, "configuration": {"root_module": {}}}"#)
        .unwrap();
}

#[test]
fn a_broken_policy_names_its_address_and_place() {
    let mut own = role();
    own["change"]["after"]["assume_role_policy"] = document("Allw", "sts:AssumeRole").into();
    let plan = planned(&[own], &json!({}));
    let problems = plan.identity(None, &super::TRAINER.parse().unwrap()).unwrap_err();
    let lines: Vec<String> = problems.0.iter().map(ToString::to_string).collect();
    assert!(
        lines.iter().all(|line| line.starts_with("plan.json:1:") && line.contains("`aws_iam_role.trainer`: ")),
        "{lines:?}"
    );
}

#[test]
fn what_is_not_understood_is_told() {
    let mut changes = [role(), role()];
    changes[0]["change"]["actions"] = json!(["teleport"]);
    changes[1]["type"] = "awscc_iam_role_policy".into();
    changes[1]["address"] = "awscc_iam_role_policy.p".into();
    let plan = planned(&changes, &json!({}));
    let told: Vec<String> = plan.unread().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("`awscc_iam_role_policy.p`, which is not read"), "{told:?}");
    assert!(told[1].contains("what the plan does with `aws_iam_role.trainer`"), "{told:?}");
}
