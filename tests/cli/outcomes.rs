//! Every exit code in every format: the formats say the same, and none changes the exit code

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Ran, Run, Scratch, TRAINER, example, word};

/// Every format of `check`
const FORMATS: [&str; 8] = ["human", "json", "sarif", "junit", "github", "markdown", "csv", "html"];

/// One way in which a check ends
struct Case {
    name: &'static str,
    run: fn(&Scratch) -> Run,
    /// The exit code, and the one with `--exit-zero` where that is no contradiction
    exits: (i32, Option<i32>),
    /// The verdict that every format tells; none where nothing is decided and nothing is written
    verdict: Option<&'static str>,
}

/// A row for each way; further flags come as further rows
const CASES: [Case; 12] = [
    case("ready", |_| Run::example("ready"), (0, Some(0)), Some("ready")),
    case("blocked", |_| Run::example("blocked"), (1, Some(0)), Some("blocked")),
    case("rejected", |_| Run::example("rejected"), (1, Some(0)), Some("blocked")),
    case("undetermined", |_| Run::example("undetermined"), (3, Some(0)), Some("undetermined")),
    case("unreadable", |_| Run::bare(&PathBuf::from("no-such-file.json"), TRAINER), (2, Some(2)), None),
    case("nothing", nothing, (5, Some(5)), Some("undetermined")),
    case("strict", |_| Run::example("ready").args(["--strict"]), (0, None), Some("ready")),
    case(
        "passing although blocked",
        |_| Run::example("blocked").args(["--fail-on", "none"]),
        (0, Some(0)),
        Some("blocked"),
    ),
    case("waived", |scratch| waived(scratch, "2027-01-01"), (0, Some(0)), Some("ready")),
    case("waived and strict", |scratch| waived(scratch, "2027-01-01").args(["--strict"]), (1, None), Some("ready")),
    case("expired", |scratch| waived(scratch, "2026-11-24"), (1, Some(0)), Some("blocked")),
    case("unused and strict", |scratch| unused(scratch).args(["--strict"]), (3, None), Some("ready")),
];

const fn case(
    name: &'static str,
    run: fn(&Scratch) -> Run,
    exits: (i32, Option<i32>),
    verdict: Option<&'static str>,
) -> Case {
    Case { name, run, exits, verdict }
}

/// The blocked request with a waiver for each of its two gaps that lasts to this day, seen on the 25th of November
fn waived(scratch: &Scratch, expires: &str) -> Run {
    waivers(scratch, "blocked", expires)
}

/// The ready request with two waivers that nothing needs
fn unused(scratch: &Scratch) -> Run {
    waivers(scratch, "ready", "2027-01-01")
}

fn waivers(scratch: &Scratch, request: &str, expires: &str) -> Run {
    let waiver =
        |row: &str| format!("[[waiver]]\nid = \"{row}\"\nowner = \"o\"\nreason = \"r\"\nexpires = {expires}\n");
    let file = scratch.write("waivers.toml", waiver("key-grant") + &waiver("out-put"));
    Run::example(request).args(["--as-of", "2026-11-25", "--waivers"]).arg(file)
}

/// A request of an operation that needs nothing for it
fn nothing(scratch: &Scratch) -> Run {
    scratch.write(
        "catalog/example.CreateNothing.toml",
        r#"format = 1
operation = "example:CreateNothing"
model = "example/2026-01-01"
schema = "example.CreateNothing.schema.json"

[service]
name = "Example"
principal = "example.amazonaws.com"
via = "example"

[status]
state = "active"

[source]
api = { kind = "api-reference", url = "https://docs.aws.amazon.com/example/API_CreateNothing.html" }

[[require]]
id = "tag"
when = "Tags"
action = "s3:PutObjectTagging"
resource = "arn:{partition}:s3:::results/*"
src = ["api"]
because = "the request tags the results"
"#,
    );
    scratch.write(
        "catalog/example.CreateNothing.schema.json",
        r#"{"type": "object", "properties": {"Tags": {"type": "array"}}}"#,
    );
    let request = scratch.write("nothing.json", "{}");
    let run = Run::bare(&request, TRAINER).snapshot(&example("account"));
    run.args(["--operation", "example:CreateNothing", "--catalog"]).arg(scratch.path("catalog"))
}

/// The verdict as a format tells it
fn told(format: &str, text: &str) -> String {
    let value = || serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let after = |mark: &str| {
        let rest = text.split_once(mark).unwrap_or_else(|| panic!("no `{mark}` in {text}")).1;
        rest.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_lowercase()
    };
    match format {
        "json" => word(&value()["verdict"]).to_owned(),
        "sarif" => word(&value()["runs"][0]["properties"]["verdict"]).to_owned(),
        "human" => after(""),
        "github" => after("::notice title=iam-preflight%3A "),
        "markdown" => after("IAM preflight: "),
        // The page paints what is ready only by waiver in a colour of its own.
        "html" => match after("<header class=\"") {
            waived if waived == "waived" && text.contains("Ready only by waiver") => "ready".to_owned(),
            verdict => verdict,
        },
        // The gate's own case follows.
        "junit" => match text.split_once("<testcase name=\"verdict\"").unwrap().1.split("<testcase").next().unwrap() {
            rest if rest.contains("<failure ") => "blocked".to_owned(),
            rest if rest.contains("<error ") => "undetermined".to_owned(),
            _ => "ready".to_owned(),
        },
        other => panic!("{other} tells no verdict by itself"),
    }
}

#[track_caller]
fn agrees(case: &Case, format: &str, text: &str, ran: &Ran) {
    let Some(verdict) = case.verdict else { return };
    if format == "csv" {
        let mut lines = csv::Reader::from_reader(text.as_bytes());
        let cells: Vec<String> = lines.records().map(|line| line.unwrap()[2].to_owned()).collect();
        assert!(
            cells.iter().all(|cell| cell == verdict) && cells.is_empty() == (case.name == "nothing"),
            "{ran}\n{text}"
        );
    } else {
        assert_eq!(told(format, text), verdict, "{} in {format}: {ran}\n{text}", case.name);
    }
}

#[test]
fn every_exit_code_in_every_format() {
    for case in &CASES {
        let scratch = Scratch::new();
        let ways = [(None, Some(case.exits.0)), (Some("--exit-zero"), case.exits.1)];
        for (flag, code) in ways.into_iter().filter_map(|(flag, code)| Some((flag, code?))) {
            for format in FORMATS {
                let run = (case.run)(&scratch).args(["-o", format]).args(flag);
                let ran = run.exits(code);
                assert_eq!(ran.stdout.is_empty(), case.verdict.is_none(), "{}: {ran}", case.name);
                agrees(case, format, &ran.stdout, &ran);
            }
        }
    }
}

/// Without the lines of the page that tell when it was made
fn timeless(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("<dt>Made") && !line.starts_with("<footer>"));
    lines.filter(|line| !line.starts_with("<dt>Facts from")).collect()
}

#[test]
fn all_formats_in_one_run_say_what_each_says_alone() {
    for case in CASES.iter().filter(|case| case.verdict.is_some()) {
        let scratch = Scratch::new();
        let outputs = FORMATS.map(|format| format!("{format}={}", scratch.path(&format!("out.{format}")).display()));
        let run = outputs.iter().fold((case.run)(&scratch), |run, output| run.args(["-o", output]));
        let ran = run.exits(case.exits.0);
        assert_eq!(ran.stdout, "", "{ran}");
        for format in FORMATS {
            let text = scratch.text(&format!("out.{format}"));
            agrees(case, format, &text, &ran);
            let alone = (case.run)(&scratch).args(["-o", format]).exits(case.exits.0);
            assert_eq!(timeless(&alone.stdout), timeless(&text), "{} in {format}", case.name);
        }
    }
}

#[test]
fn nothing_is_written_where_nothing_is_decided() {
    let scratch = Scratch::new();
    let output = format!("sarif={}", scratch.path("out.sarif").display());
    Run::bare(&PathBuf::from("no-such-file.json"), TRAINER).args(["-o", &output]).exits(2);
    assert_eq!(scratch.files(), [""; 0]);
}

#[test]
fn outputs_that_would_spoil_each_other_are_refused_before_anything_is_read() {
    let refused = |outputs: &[&str], words: &[&str]| {
        let run = Run::bare(&PathBuf::from("no-such-file.json"), TRAINER);
        let ran = outputs.iter().fold(run, |run, output| run.args(["-o", output])).run();
        ran.refuses(words);
        assert!(!ran.stderr.contains("no-such-file"), "{ran}");
    };
    refused(&["json", "sarif"], &["`json` and `sarif` cannot both be written to standard output", "-o sarif=PATH"]);
    refused(&["csv", "human", "csv=-"], &["the output format `csv` is asked for twice on standard output"]);
    refused(&["json=x", "sarif=x"], &["`json` and `sarif` cannot both be written to `x`"]);
    refused(
        &["json", "junit", "json=x", "human=x"],
        &[
            "`json` and `junit` cannot both be written to standard output",
            "`json` and `human` cannot both be written to `x`",
        ],
    );
    // Lines for people and for the log may stand beside one document.
    Run::example("ready").args(["-o", "human", "-o", "json", "-o", "github", "-o", "sarif=/dev/null"]).exits(0);
}

#[test]
fn a_format_that_a_command_does_not_have_is_refused_with_those_that_it_has() {
    let request = example("requests/ready.json");
    let commands: [(&str, Vec<&str>); 4] = [
        ("derive", vec![]),
        ("explain", vec!["--principal", TRAINER]),
        ("generate", vec![]),
        ("verify", vec!["--request", "policies/examples/requests/ready.json"]),
    ];
    for (command, further) in commands {
        let run = Run::new(command).arg(&request).args(further).args(["-o", "sarif", "-o", "junit=x"]);
        run.run().refuses(&[
            &format!("`{command}` has no output format `sarif`"),
            &format!("`{command}` has no output format `junit`"),
            if command == "derive" { "it has human, json, markdown, csv; " } else { "it has human, json; " },
            "`check` has all: human, json, sarif, junit, github, markdown, csv, html",
        ]);
    }
    let ran = Run::example("ready").args(["-o", "sarfi"]).run();
    ran.refuses(&["`sarfi` is no output format, did you mean `sarif`? (known: human, json, sarif, junit, github"]);
}

#[test]
fn a_job_of_github_gets_its_summary_and_keeps_what_is_there() {
    let scratch = Scratch::new();
    let summary = scratch.write("summary.md", "before\n");
    let run = |format: &str| Run::example("blocked").args(["-o", format]).env("GITHUB_STEP_SUMMARY", &summary);
    run("human").exits(1);
    assert_eq!(scratch.text("summary.md"), "before\n", "only with the format `github`");
    run("github").exits(1);
    let markdown = Run::example("blocked").args(["-o", "markdown"]).exits(1).stdout;
    assert_eq!(scratch.text("summary.md"), format!("before\n{markdown}"));

    let ran =
        Run::example("blocked").args(["-o", "github"]).env("GITHUB_STEP_SUMMARY", scratch.path("no/where")).exits(1);
    assert!(ran.stderr.contains("the job summary"), "{ran}");
}

#[test]
fn places_count_from_one_and_hold_what_they_name() {
    let scratch = Scratch::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let at = |uri: &str, line: u64, column: u64| {
        let text = std::fs::read_to_string(root.join(uri)).unwrap();
        let line = text.lines().nth(usize::try_from(line).unwrap() - 1).unwrap().to_owned();
        line.chars().skip(usize::try_from(column).unwrap() - 1).collect::<String>()
    };
    let output = format!("sarif={}", scratch.path("out.sarif").display());
    let ran = Run::example("blocked").args(["-o", &output, "-o", "github"]).exits(1);
    let log: Value = serde_json::from_str(&scratch.text("out.sarif")).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let place = |rule: &str| {
        let result = results.iter().find(|result| result["ruleId"] == rule).unwrap();
        let place = &result["locations"][0]["physicalLocation"];
        let region = &place["region"];
        let number = |member: &str| region[member].as_u64().unwrap();
        (word(&place["artifactLocation"]["uri"]).to_owned(), number("startLine"), number("startColumn"))
    };
    let (uri, line, column) = place("explicit-deny-resource");
    assert_eq!(uri, "policies/examples/account/s3/acme-vision-results/policy.json");
    let statement = at(&uri, line, column);
    assert!(statement.starts_with(r#"{\"Sid\":\"DenyReleasedResultsToAllButTheReleasePipeline\""#), "{statement}");

    // Nothing allows it: the place is the member of the request that makes it necessary.
    let (uri, line, column) = place("missing-permission-identity");
    assert_eq!(uri, "policies/examples/requests/blocked.json");
    assert!(at(&uri, line, column).starts_with(r#""a81d5e02-47b3-4f9c-8a6e-2c93b7f4105d""#));
    let annotation = format!("::error file={uri},line={line},col={column},title=missing-permission-identity%3A ");
    assert!(ran.stdout.contains(&annotation), "{ran}");
}
