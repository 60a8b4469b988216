//! The shipped examples: every verdict of `policies/examples/README.md`, row by row

use serde_json::Value;

use crate::harness::{ANA, Report, Run, Scratch, TRAINER, assert_valid, example, word};

const LEGACY: &str = "arn:aws:iam::111122223333:role/ml/VisionTrainerLegacy";
const ADMIN: &str = "arn:aws:iam::111122223333:role/platform/PlatformAdmin";

/// Request, principal, verdict, exit code, predicted status and error
const MATRIX: [(&str, &str, &str, i32, &str); 7] = [
    ("ready", TRAINER, "ready", 0, "202 null"),
    ("blocked", TRAINER, "blocked", 1, "403 \"AccessDeniedException\""),
    ("undetermined", TRAINER, "undetermined", 3, "null null"),
    ("rejected", TRAINER, "blocked", 1, "400 \"ValidationException\""),
    ("ready", ANA, "blocked", 1, "403 \"AccessDeniedException\""),
    ("ready", LEGACY, "blocked", 1, "403 \"AccessDeniedException\""),
    ("ready", ADMIN, "blocked", 1, "403 \"AccessDeniedException\""),
];

/// One line a row: what was decided, and by which statements
fn decisions(report: &Report) -> String {
    let mut lines = Vec::new();
    for row in report.rows() {
        let id = word(&row["id"]);
        lines.push(format!(
            "{id} ({}, {}): {} {}",
            word(&row["need"]),
            row["resource_count"],
            word(&row["decision"]),
            word(&row["action"])
        ));
        let places = row["decided_by"].as_array().unwrap().iter().map(|part| &part["location"]);
        for (part, place) in report.decided_by(id).iter().zip(places) {
            let place =
                if place.is_null() { String::new() } else { format!(" at {}:{}", word(&place["file"]), place["line"]) };
            lines.push(format!("    {part}{place}"));
        }
    }
    lines.join("\n")
}

#[test]
fn every_example_has_its_verdict_its_prediction_and_its_reasons() {
    for (request, principal, verdict, exit, response) in MATRIX {
        let (report, ran) = Run::example(request).principal(principal).judged();
        assert_eq!((report.verdict(), ran.code), (verdict, exit), "{ran}");
        let predicted = &report.0["predicted_response"];
        assert_eq!(format!("{} {}", predicted["status"], predicted["error"]), response, "{ran}");
        assert_eq!(report.0["principal"]["arn"], principal);
        assert_eq!(report.0["operation"], "lookoutvision:CreateModel");
        let name = format!("{request}_{}", principal.rsplit('/').next().unwrap());
        insta::assert_snapshot!(name, decisions(&report));
    }
}

#[test]
fn the_readme_of_the_examples_tells_the_same_verdicts() {
    let readme = crate::harness::example_text("README.md");
    for (request, principal, verdict, exit, _) in MATRIX {
        let short = principal.splitn(6, ':').nth(5).unwrap();
        let line = format!("| `{request}.json` | `{short}` | `{verdict}` | {exit} |");
        assert!(readme.contains(&line), "{line}");
    }
    assert_eq!(readme.matches(".json` | `").count(), MATRIX.len(), "the README has rows that no test checks");
}

#[test]
fn the_denials_name_the_statement_and_the_layer() {
    let report = Run::example("blocked").report("blocked");
    assert_eq!(report.gaps(), ["out-put explicitDeny", "key-grant implicitDeny"]);
    assert_eq!(
        report.decided_by("out-put"),
        ["resource:s3/acme-vision-results/policy.json/DenyReleasedResultsToAllButTheReleasePipeline"]
    );
    assert_eq!(report.decided_by("key-grant"), ["identity"]);
}

#[test]
fn the_undetermined_example_names_the_file_that_would_settle_it() {
    let report = Run::example("undetermined").report("undetermined");
    assert_eq!(report.gaps(), ["out-location undetermined", "out-put undetermined"]);
    for row in report.lacking() {
        let facts = row["missing_facts"].as_array().unwrap();
        assert_eq!(facts.len(), 1, "{row:#}");
        assert!(word(&facts[0]).contains("s3/acme-vision-archive/policy.json"), "{row:#}");
    }
}

#[test]
fn the_rejected_example_names_both_violations_with_their_places() {
    let report = Run::example("rejected").report("blocked");
    let found = report.findings("request-constraint");
    let lines: Vec<&Value> = found.iter().map(|finding| &finding["location"]["line"]).collect();
    assert_eq!(lines, [4, 8], "{found:#?}");
    assert!(report.lacking().is_empty(), "no permission is missing: {:#}", report.0);
}

#[test]
fn a_session_is_judged_as_its_role() {
    let session = "arn:aws:sts::111122223333:assumed-role/VisionTrainer/run-7";
    let report = Run::example("ready").principal(session).report("ready");
    assert_eq!(report.0["principal"]["kind"], "role session");
    assert_eq!(
        report.decided_by("create")[0],
        Run::example("ready").report("ready").decided_by("create")[0],
        "the role's policies decide for its session"
    );
}

#[test]
fn exit_zero_changes_the_exit_code_alone() {
    for (request, verdict) in [("ready", "ready"), ("blocked", "blocked"), ("undetermined", "undetermined")] {
        let with = Run::example(request).args(["--exit-zero", "-o", "json"]).exits(0);
        let without = Run::example(request).args(["-o", "json"]).run();
        assert_eq!(with.stdout, without.stdout);
        assert!(with.stdout.contains(&format!(r#""verdict": "{verdict}""#)), "{with}");
    }
    let broken = Run::new("check").args(["no-such-file.json", "--principal", TRAINER, "--exit-zero"]).run();
    broken.refuses(&["does not exist"]);
}

#[test]
fn json_to_a_file_and_words_to_the_terminal_agree() {
    let scratch = Scratch::new();
    for (request, principal, verdict, exit, _) in MATRIX {
        let path = scratch.path("report.json");
        let mut json = std::ffi::OsString::from("json=");
        json.push(&path);
        let ran = Run::example(request).principal(principal).arg("-o").arg(&json).args(["-o", "human"]).exits(exit);
        let report: Value = serde_json::from_str(&scratch.text("report.json")).unwrap();
        assert_valid("report.v1.schema.json", &report, request);
        assert_eq!(report["verdict"], verdict);
        assert!(ran.stdout.starts_with(&format!("{}  lookoutvision:CreateModel", verdict.to_uppercase())), "{ran}");
        let summary = &report["summary"];
        let counts = format!(
            "{} needed: {} allowed, {} denied, {} undetermined, {} waived",
            summary["needed"], summary["allowed"], summary["denied"], summary["undetermined"], summary["waived"]
        );
        assert!(ran.stdout.contains(&counts), "`{counts}` is not in {ran}");
        assert!(!ran.stdout.contains('\u{1b}'), "no colours without a terminal: {ran}");
        let alone = Run::example(request).principal(principal).args(["-o", "json"]).exits(exit);
        assert_eq!(serde_json::from_str::<Value>(&alone.stdout).unwrap(), report);
    }
}

#[test]
fn the_same_question_gets_the_same_bytes() {
    let run = || Run::example("blocked").args(["-o", "json", "-o", "human"]).exits(1).stdout;
    assert_eq!(run(), run());
}

#[test]
fn derive_prints_what_is_needed_without_a_principal() {
    for request in ["ready", "blocked", "undetermined", "rejected"] {
        let run = Run::new("derive").arg(example(&format!("requests/{request}.json"))).manifests();
        let run = run.args(["--region", "us-east-1", "--account", "111122223333", "-o", "json"]);
        let ran = run.exits(i32::from(request == "rejected"));
        let needs: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_valid("needs.v1.schema.json", &needs, &ran.to_string());
        assert!(!ran.stdout.contains("\"decision\""), "derive decides nothing: {ran}");
    }
}

#[test]
fn derive_and_check_name_the_same_needs() {
    let derived = Run::new("derive").arg(example("requests/ready.json")).manifests();
    let derived = derived.arg("--snapshot").arg(example("account")).args(["-o", "json"]).exits(0);
    let derived: Value = serde_json::from_str(&derived.stdout).unwrap();
    let names = |rows: &[Value]| {
        let name = |row: &Value| format!("{} {}", word(&row["action"]), row["resource_count"]);
        rows.iter().map(name).collect::<std::collections::BTreeSet<_>>()
    };
    let rows = derived["rows"].as_array().unwrap();
    let report = Run::example("ready").report("ready");
    assert_eq!(names(rows), names(report.rows()));
}
