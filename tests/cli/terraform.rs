//! `--terraform-plan`: facts as a plan will leave them

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Report, Run, Scratch, TRAINER, example, example_text, word};

const NEXT: &str = "arn:aws:iam::111122223333:role/ml/VisionTrainerNext";

fn plan() -> PathBuf {
    example("terraform/plan.json")
}

/// The example's plan with changes, as a file of one line, the way Terraform prints it
fn changed(scratch: &Scratch, change: impl FnOnce(&mut Value)) -> PathBuf {
    let mut plan: Value = serde_json::from_str(&example_text("terraform/plan.json")).unwrap();
    change(&mut plan);
    scratch.write("plan.json", plan.to_string())
}

fn check(principal: &str, plan: &Path) -> Run {
    Run::example("ready").principal(principal).arg("--terraform-plan").arg(plan)
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/terraform").join(name)
}

#[test]
fn the_role_of_the_example_plan_will_be_ready() {
    let report = check(NEXT, &plan()).report("ready");
    assert_eq!(report.assumption("terraform-references"), Some("followed"));
    assert!(report.decided_by("out-put").contains(&"identity:aws_iam_policy.training/WriteEvaluations".to_owned()));
    assert!(
        report
            .decided_by("key-grant")
            .contains(&"identity:aws_iam_role_policy.models_key/GrantModelsKeyToTheService".to_owned())
    );
    let note =
        &report.0["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == "terraform-plan").unwrap();
    assert!(word(&note["message"]).ends_with("4 to add, 1 to change, 0 to destroy"), "{note}");
}

#[test]
fn without_the_plan_there_is_no_such_role() {
    Run::example("ready").principal(NEXT).run().refuses(&["the snapshot has no role", "VisionTrainerNext"]);
}

#[test]
fn every_place_in_the_plan_is_that_of_the_deciding_statement() {
    let scratch = Scratch::new();
    for plan in [plan(), changed(&scratch, |_| ())] {
        let text = std::fs::read_to_string(&plan).unwrap();
        let report = check(NEXT, &plan).report("ready");
        let parts = report.rows().iter().flat_map(|row| row["decided_by"].as_array().unwrap());
        let own: Vec<&Value> = parts.filter(|part| word(&part["location"]["file"]).ends_with("plan.json")).collect();
        assert!(own.len() > 8, "{own:#?}");
        for part in own {
            let number = |key: &str| usize::try_from(part["location"][key].as_u64().unwrap()).unwrap();
            let line = text.lines().nth(number("line") - 1).unwrap();
            let from: String = line.chars().skip(number("column") - 1).take(200).collect();
            let sid = format!(r#"{{\"Sid\":\"{}\""#, word(&part["sid"]));
            assert!(from.starts_with(&sid), "{part}: {from}");
        }
    }
}

#[test]
fn a_key_policy_that_is_known_after_apply_leaves_the_key_open() {
    let scratch = Scratch::new();
    let plan = changed(&scratch, |plan| {
        let change = &mut plan["resource_changes"][4]["change"];
        change["after"].as_object_mut().unwrap().remove("policy");
        change["after_unknown"] = serde_json::json!({"policy": true});
    });
    let report = check(NEXT, &plan).report("undetermined");
    let missing = report.missing();
    assert!(missing.contains(r#"`policy` of `module.key_policies.aws_kms_key_policy.this["datasets"]`"#), "{missing}");
    assert!(missing.contains("known after apply") && missing.contains("plan.json:1:"), "{missing}");
}

#[test]
fn references_are_an_assumption_that_can_be_switched_off() {
    let report = check(NEXT, &plan()).args(["--assume", "terraform-references=unknown"]).report("undetermined");
    assert!(
        report.missing().contains("`policy_arn` of `aws_iam_role_policy_attachment.training`"),
        "{}",
        report.missing()
    );
}

#[test]
fn a_plan_that_narrows_a_policy_blocks_the_role_that_was_ready() {
    let scratch = Scratch::new();
    let plan = changed(&scratch, |plan| {
        let before = serde_json::json!({"arn": "arn:aws:iam::111122223333:policy/ml/VisionDataAccess", "name": "VisionDataAccess",
            "path": "/ml/", "policy": "{}"});
        let mut after = before.clone();
        after["policy"] = r#"{"Version":"2012-10-17","Statement":[{"Sid":"OnlyLocate","Effect":"Allow","Action":"s3:GetBucketLocation","Resource":"*"}]}"#.into();
        plan["resource_changes"][0]["address"] = "aws_iam_policy.data".into();
        plan["resource_changes"][0]["name"] = "data".into();
        plan["resource_changes"][0]["change"] = serde_json::json!({"actions": ["update"], "before": before, "after": after,
            "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}});
    });
    let report = check(TRAINER, &plan).report("blocked");
    assert_eq!(report.decision("out-put"), "implicitDeny");
    Run::example("ready").report("ready");
}

#[test]
fn nothing_of_a_sensitive_value_is_shown_not_even_from_the_line_it_stands_on() {
    let scratch = Scratch::new();
    let plan = changed(&scratch, |plan| {
        plan["resource_changes"][1]["change"]["after"]["description"] = "s3cr3t-value".into();
        plan["resource_changes"][1]["change"]["after_sensitive"] = serde_json::json!({"description": true});
        plan["resource_changes"][2]["change"]["after_sensitive"] = serde_json::json!({"policy": true});
    });
    for format in ["human", "json"] {
        for command in ["check", "explain"] {
            let ran = Run::new(command)
                .arg(example("requests/ready.json"))
                .arg("--principal")
                .arg(NEXT)
                .snapshot(&example("account"))
                .manifests()
                .arg("--terraform-plan")
                .arg(&plan)
                .args(["-o", format])
                .run();
            // A long path wraps lines anywhere.
            let words: Vec<&str> = ran.stdout.split_whitespace().chain(ran.stderr.split_whitespace()).collect();
            let all = words.join(" ");
            assert!(!all.contains("s3cr3t") && !all.contains("GrantModelsKeyToTheService"), "{all}");
            assert!(all.contains("`policy` of `aws_iam_role_policy.models_key`"), "{all}");
            assert!(command == "explain" || all.contains("the plan marks it as sensitive"), "{all}");
        }
    }
    // A problem is shown with its line, but not from a plan.
    let broken = changed(&scratch, |plan| {
        plan["resource_changes"][1]["change"]["after"]["description"] = "s3cr3t-value".into();
        plan["resource_changes"][2]["change"]["after"]["policy"] = "{\"Statement\": 7}".into();
    });
    let ran = check(NEXT, &broken).run();
    ran.refuses(&["plan.json:1:", "`aws_iam_role_policy.models_key`: `Statement` must be"]);
    assert!(!ran.stderr.contains("s3cr3t"), "{ran}");
}

#[test]
fn live_mode_and_files_that_are_no_plan_are_refused() {
    let scratch = Scratch::new();
    check(NEXT, &plan())
        .args(["--mode", "both"])
        .run()
        .refuses(&["`--terraform-plan` says what will be", "--snapshot DIR"]);
    let binary = scratch.write("plan", "PK\u{3}\u{4}");
    check(NEXT, &binary).run().refuses(&["Terraform's own form", "terraform show -json PLAN"]);
    let state = scratch.write("state.json", r#"{"format_version": "1.0", "values": {"root_module": {}}}"#);
    check(NEXT, &state).run().refuses(&["the file is a state, not a plan"]);
    check(NEXT, Path::new("plan.jsno")).run().refuses(&["`plan.jsno` does not exist"]);
}

#[test]
fn a_plan_comes_from_standard_input_too() {
    let text = example_text("terraform/plan.json");
    let report = check(NEXT, Path::new("-")).stdin(text).report("ready");
    let place = &report.row("key-grant")["decided_by"][0]["location"]["file"];
    assert_eq!(place, "standard input");
}

#[test]
fn derive_explain_generate_and_verify_take_the_plan() {
    let scratch = Scratch::new();
    let policy = scratch
        .write("policy.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
    let request = example("requests/ready.json");
    let with_plan = |run: Run| run.snapshot(&example("account")).manifests().arg("--terraform-plan").arg(plan());
    with_plan(Run::new("derive").arg(&request)).exits(0);
    let explained =
        with_plan(Run::new("explain").arg(&request).arg("--principal").arg(NEXT).args(["--action", "kms:CreateGrant"]))
            .exits(0);
    assert!(explained.stdout.contains("aws_iam_role_policy.models_key"), "{explained}");
    with_plan(Run::new("generate").arg(&request).arg("--principal").arg(NEXT)).exits(0);
    with_plan(Run::new("verify").arg(&policy).arg("--request").arg(&request).arg("--principal").arg(NEXT)).exits(0);
}

/// A plan of another project, checked without a snapshot for one of its principals
fn of_regula(principal: &str, verdict: &str) -> Report {
    Run::bare(&example("requests/ready.json"), &format!("arn:aws:iam::111122223333:{principal}"))
        .manifests()
        .args(["--region", "us-west-2", "--assume", "organization=none", "--terraform-plan"])
        .arg(fixture("regula-user-policies.json"))
        .report(verdict)
}

#[test]
fn a_real_plan_denies_what_its_policy_denies() {
    let report = of_regula("user/invalid_normal_policy_user", "blocked");
    assert_eq!(report.decision("create"), "explicitDeny");
    assert_eq!(report.decided_by("create"), ["identity:aws_iam_policy.invalid_normal_policy"]);
    for principal in ["user/invalid_user_policy_attachment_user", "user/invalid_user_policy_user", "role/valid_role"] {
        let report = of_regula(principal, "blocked");
        assert_eq!(report.decision("create"), "implicitDeny", "{principal}");
    }
    // Of somebody who is not in the plan nothing is known.
    let report = of_regula("role/elsewhere", "undetermined");
    assert!(report.missing().contains("what else is attached to"), "{}", report.missing());
}

#[test]
fn a_real_plan_of_keys_says_nothing_of_keys_that_have_no_id_yet() {
    let run =
        |principal| Run::example("ready").principal(principal).arg("--terraform-plan").arg(fixture("regula-kms.json"));
    let report = run(TRAINER).report("ready");
    let findings = report.0["findings"].as_array().unwrap();
    let note = findings.iter().find(|finding| finding["id"] == "terraform-plan").unwrap();
    assert!(word(&note["message"]).ends_with("3 to add, 0 to change, 0 to destroy"), "{note}");
}
