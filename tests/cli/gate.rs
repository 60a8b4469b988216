//! Flags, waivers and baselines at work on the example account

use serde_json::Value;

use crate::harness::{Run, Scratch, TRAINER, example, word};

const WAIVED: &str = "[[waiver]]\nid = \"key-grant\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2027-01-01\n\n\
                      [[waiver]]\naction = \"s3:PutObject\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2027-01-01\n";

fn waivers(scratch: &Scratch, text: &str) -> String {
    scratch.write("waivers.toml", text).to_str().unwrap().to_owned()
}

/// A check as of a day on which the example's snapshot is five days old
fn check(request: &str) -> Run {
    Run::example(request).args(["--as-of", "2026-11-25"])
}

/// Request, flags (`W` stands for the file of waivers), verdict, exit code
const FLAGS: [(&str, &str, &str, i32); 28] = [
    ("ready", "", "ready", 0),
    ("ready", "--strict", "ready", 0),
    ("ready", "--strict --waivers W", "ready", 3),
    ("ready", "--max-age 7d", "ready", 0),
    ("ready", "--max-age 4d", "undetermined", 3),
    ("ready", "--max-age 4d --fail-on denied", "undetermined", 0),
    ("blocked", "", "blocked", 1),
    ("blocked", "--fail-on denied", "blocked", 1),
    ("blocked", "--fail-on any", "blocked", 1),
    ("blocked", "--fail-on undetermined", "blocked", 0),
    ("blocked", "--fail-on none", "blocked", 0),
    ("blocked", "--exit-zero", "blocked", 0),
    ("blocked", "--exit-zero --fail-on none", "blocked", 0),
    ("blocked", "--strict", "blocked", 1),
    ("blocked", "--max-age 1h", "blocked", 1),
    ("blocked", "--waivers W", "ready", 0),
    ("blocked", "--waivers W --max-age 1h", "undetermined", 3),
    ("blocked", "--waivers W --strict", "ready", 1),
    ("blocked", "--waivers W --as-of 2027-01-01", "ready", 0),
    ("blocked", "--waivers W --as-of 2027-01-02", "blocked", 1),
    ("undetermined", "", "undetermined", 3),
    ("undetermined", "--fail-on denied", "undetermined", 0),
    ("undetermined", "--fail-on undetermined", "undetermined", 3),
    ("undetermined", "--strict", "undetermined", 3),
    ("undetermined", "--waivers W", "undetermined", 3),
    ("undetermined", "--exit-zero", "undetermined", 0),
    ("rejected", "--waivers W", "blocked", 1),
    ("rejected", "--fail-on denied", "blocked", 1),
];

#[test]
fn flags_on_the_four_requests() {
    let scratch = Scratch::new();
    let file = waivers(&scratch, WAIVED);
    for (request, flags, verdict, code) in FLAGS {
        let run = if flags.contains("--as-of") { Run::example(request) } else { check(request) };
        let flags = flags.split_whitespace().map(|flag| if flag == "W" { file.as_str() } else { flag });
        let (flags, bytes) = (flags.collect::<Vec<_>>(), scratch.path("report.json"));
        let json = format!("json={}", bytes.display());
        let ran = run.args(flags).args(["-o", "human", "-o", &json]).exits(code);
        let report: Value = serde_json::from_str(&scratch.text("report.json")).unwrap();
        crate::harness::assert_valid("report.v1.schema.json", &report, &ran.to_string());
        assert_eq!(report["verdict"], verdict, "{ran}");
        let waived = report["summary"]["waived"].as_u64().unwrap();
        let headline = match waived {
            0 => format!("{}  ", verdict.to_uppercase()),
            waived => format!("{}, {waived} waived  ", verdict.to_uppercase()),
        };
        assert!(ran.stdout.starts_with(&headline), "{ran}");
        if waived > 0 && verdict == "ready" {
            assert_eq!(report["gate"]["verdict_without_waivers"], "blocked");
            assert!(ran.stdout.contains("ready, 2 waived; blocked without"), "{ran}");
            assert_eq!(report["predicted_response"]["status"], 403, "a waiver changes no answer of the service");
        }
        // Whatever passes without being ready is named on standard error too, for those who keep the report away.
        if code == 0 && verdict != "ready" && !ran.to_string().contains("--exit-zero") {
            assert!(ran.stderr.contains("lets it pass"), "{ran}");
        }
    }
}

#[test]
fn contradictory_flags_are_refused() {
    for (flags, words) in [
        ("--strict --exit-zero", "`--strict` and `--exit-zero` contradict each other"),
        ("--strict --fail-on denied", "`--strict` and `--fail-on denied` contradict each other"),
        ("--strict --fail-on undetermined", "`--strict` and `--fail-on undetermined` contradict each other"),
        ("--strict --fail-on none", "`--strict` and `--fail-on none` contradict each other"),
        ("--exit-zero --fail-on any", "`--fail-on any` and `--exit-zero` contradict each other"),
        ("--exit-zero --fail-on denied", "`--fail-on denied` and `--exit-zero` contradict each other"),
        ("--fail-on both", "invalid value 'both'"),
        ("--max-age soon", "expected an age such as 12h, 7d or 2w"),
        ("--as-of 2026-02-30", "expected a date such as"),
    ] {
        Run::example("ready").args(flags.split_whitespace()).run().refuses(&[words]);
    }
    check("ready").args(["--strict", "--fail-on", "any"]).exits(0);
}

#[test]
fn all_that_is_wrong_with_the_files_of_a_gate_is_said_at_once() {
    let scratch = Scratch::new();
    let file = waivers(&scratch, "[[waiver]]\nid = \"x\"\nownr = \"o\"\n");
    let baseline = scratch.write("baseline.toml", "format = 1\n[[gap]]\naction = 1\n");
    let run = check("ready").args(["--waivers", &file, "--waivers", "missing.toml", "--baseline"]).arg(&baseline);
    run.run().refuses(&[
        "waivers.toml:3:1",
        "unknown key `ownr`",
        "did you mean `owner`?",
        "`missing.toml` does not exist",
        "baseline.toml:3:10",
        "the gap has no `action` that is a string",
    ]);
}

#[test]
fn expired_unused_and_malformed_waivers_are_findings_with_their_place() {
    let scratch = Scratch::new();
    let text = "[[waiver]]\nid = \"key-grant\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-11-24\n\n\
                [[waiver]]\nid = \"out-location\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2027-01-01\n\n\
                [[waiver]]\naction = \"s3:PutObject\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2026-02-30\n";
    let file = waivers(&scratch, text);
    let report = check("blocked").args(["--waivers", &file]).report("blocked");
    for (id, line, column) in [("waiver-expired", 1, 1), ("waiver-unused", 7, 1), ("waiver-malformed", 17, 11)] {
        let found = report.findings(id);
        assert_eq!(found.len(), 1, "{id}: {:#}", report.0["findings"]);
        let location = &found[0]["location"];
        assert_eq!((&location["line"], &location["column"]), (&line.into(), &column.into()), "{id}");
        assert!(word(&location["file"]).ends_with("waivers.toml"));
        assert_eq!(found[0]["severity"], "warning");
    }
    assert_eq!(report.0["summary"]["waived"], 0);
    let inputs = report.0["inputs"].as_array().unwrap();
    assert!(inputs.iter().any(|input| input["role"] == "gate"), "{inputs:#?}");
}

#[test]
fn a_baseline_accepts_what_is_known_and_nothing_else() {
    let scratch = Scratch::new();
    let path = scratch.path("baseline.toml").to_str().unwrap().to_owned();
    let ran = check("blocked").args(["--write-baseline", &path]).exits(1);
    assert!(ran.stderr.contains("note: the gaps of this run are in "), "{ran}");
    let text = scratch.text("baseline.toml");
    assert_eq!(text.matches("[[gap]]").count(), 3, "two needed, one recommended: {text}");

    let known = check("blocked").args(["--baseline", &path]).report("ready");
    assert_eq!(known.0["gate"]["known"], 2);
    let row = known.row("key-grant");
    assert_eq!((word(&row["decision"]), word(&row["waived"]["by"])), ("implicitDeny", "baseline"));
    let line = row["waived"]["location"]["line"].as_u64().unwrap();
    let entry: Vec<&str> = text.lines().skip(usize::try_from(line).unwrap() - 1).take(6).collect();
    assert_eq!((entry[0], entry[4]), ("[[gap]]", "action = \"kms:CreateGrant\""), "the place is that of the entry");

    check("ready").args(["--baseline", &path]).report("ready").findings("baseline-stale").first().unwrap();
    check("ready").args(["--baseline", &path, "--strict"]).exits(3);
    let undetermined = check("undetermined").args(["--baseline", &path]).report("undetermined");
    assert_eq!(undetermined.0["summary"]["waived"], 0, "what is undetermined was not known as denied");

    let other = scratch.text("baseline.toml").replace("role/ml/VisionTrainer", "role/ml/Other");
    scratch.write("baseline.toml", other);
    check("blocked").args(["--baseline", &path]).report("blocked");
}

#[test]
fn facts_without_a_date_are_too_old_for_any_age() {
    let scratch = Scratch::account();
    scratch.edit("snapshot.toml", |text| {
        text.lines().filter(|line| !line.starts_with("captured_at")).collect::<Vec<_>>().join("\n")
    });
    let report = Run::with_account("ready", scratch.root()).args(["--max-age", "52w"]).report("undetermined");
    assert_eq!(report.findings("snapshot-stale").len(), 1);
    Run::with_account("ready", scratch.root()).report("ready");
}

#[test]
fn the_example_of_a_gate_is_ready_by_its_waivers() {
    let run = |request: &str| {
        let run = Run::new("check").arg(example(&format!("requests/{request}.json")));
        run.arg("--config").arg(example("gate/preflight.toml"))
    };
    let report = run("blocked").args(["--as-of", "2026-11-25"]).report("ready");
    assert_eq!(report.0["summary"]["waived"], 2);
    assert_eq!(report.0["principal"]["arn"], TRAINER);
    assert_eq!(report.0["gate"]["configuration"], "policies/examples/gate/preflight.toml");
    let place = &report.row("key-grant")["waived"]["location"];
    let text = crate::harness::example_text("gate/preflight.toml");
    let line = text.lines().nth(usize::try_from(place["line"].as_u64().unwrap()).unwrap() - 1).unwrap();
    assert_eq!(line, "[[waiver]]");
    run("blocked").args(["--as-of", "2027-02-01", "--max-age", "52w"]).report("blocked");
    run("ready").args(["--as-of", "2027-02-01"]).report("undetermined");
}

#[test]
fn formats_that_people_read_name_what_the_gate_fails_on_and_what_it_lets_pass() {
    let scratch = Scratch::new();
    let file = waivers(&scratch, WAIVED);
    let strict = |format: &str| check("blocked").args(["--waivers", &file, "--strict", "-o", format]).exits(1).stdout;
    let passing = |format: &str| check("blocked").args(["--fail-on", "none", "-o", format]).exits(0).stdout;
    let (fails, passes) =
        ("fails: 1 recommended permission is denied", "let pass: 2 needed permissions are denied: --fail-on none");

    let annotations = strict("github");
    let last = annotations.lines().last().unwrap();
    assert!(last.starts_with("::notice title=iam-preflight%3A ready%2C 2 waived%2C but the gate fails::"), "{last}");
    assert!(last.contains(fails) && last.contains("as of 2026-11-25"), "{last}");
    let annotations = passing("github");
    let last = annotations.lines().last().unwrap();
    assert!(last.contains("iam-preflight%3A blocked::") && last.contains(passes), "{last}");

    let comment = strict("markdown").replace('\\', "");
    assert!(comment.contains("### ❌ IAM preflight: ready, 2 waived, but the gate fails\n"), "{comment}");
    assert!(comment.contains(fails), "{comment}");
    let comment = passing("markdown").replace('\\', "");
    assert!(comment.contains("### ❌ IAM preflight: blocked\n") && comment.contains("let pass: 2 needed"), "{comment}");

    let log: Value = serde_json::from_str(&strict("sarif")).unwrap();
    let gate = &log["runs"][0]["properties"]["gate"];
    assert_eq!(
        (&gate["ending"], &gate["failures"][0]),
        (&"denied".into(), &"1 recommended permission is denied".into())
    );
}

#[test]
fn every_output_that_cannot_be_written_is_named_and_the_others_are_written() {
    let scratch = Scratch::new();
    let output = |format: &str, path: &str| format!("{format}={}", scratch.path(path).display());
    let (csv, junit, json) = (output("csv", "no/a.csv"), output("junit", "no/b.xml"), output("json", "c.json"));
    let ran = check("ready").args(["-o", &csv, "-o", &junit, "-o", &json]).run();
    ran.refuses(&["no/a.csv` cannot be written", "no/b.xml` cannot be written"]);
    assert!(scratch.text("c.json").contains("\"verdict\": \"ready\""));
}

#[test]
fn outputs_of_one_place_are_refused_however_it_is_written() {
    let scratch = Scratch::new();
    scratch.write("deep/file", "");
    let output = |format: &str, path: &str| format!("{format}={}", scratch.path(path).display());
    let (json, sarif) = (output("json", "report"), output("sarif", "deep/../report"));
    check("ready").args(["-o", &json, "-o", &sarif]).run().refuses(&["`json` and `sarif` cannot both be written to"]);
    let baseline = scratch.path("deep/../report");
    let ran = check("ready").args(["-o", &json, "--write-baseline"]).arg(&baseline).run();
    ran.refuses(&["`json` and the baseline cannot both be written to", "give each its own path: -o json=PATH"]);
    assert!(!scratch.path("report").exists(), "nothing was written");
}
