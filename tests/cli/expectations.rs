//! `test`, from outside

use serde_json::{Value, json};

use crate::harness::{Ran, Run, Scratch, TRAINER, assert_valid, example, example_text, policy, word};

const SHIPPED: &str = "expectations/training.toml";

/// Runs with JSON output and holds it against its schema and the exit code
#[track_caller]
fn outcomes(run: Run, code: i32) -> Value {
    let ran = run.args(["-o", "json"]).exits(code);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    assert_valid("expectations.v1.schema.json", &value, &ran.to_string());
    let cases = value["cases"].as_array().unwrap();
    let failed = cases.iter().filter(|case| case["passed"] == false).count();
    assert_eq!(value["summary"], json!({"cases": cases.len(), "passed": cases.len() - failed, "failed": failed}));
    for case in cases {
        assert_eq!(case["passed"] == true, case["differences"] == json!([]), "{case:#}");
    }
    value
}

/// Defaults that name the example account from anywhere
fn defaults() -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let at = |path: &str| format!("{root}/{}", example(path).display());
    format!(
        "[defaults]\nsnapshot = \"{}\"\nprincipal = \"{TRAINER}\"\ntrain = \"{}\"\ntest = [\"{}\"]\nrequest = \"{}\"\n",
        at("account"),
        at("manifests/train.manifest"),
        at("manifests/test.manifest"),
        at("requests/ready.json")
    )
}

/// A file of one case under the defaults
fn file(scratch: &Scratch, case: &str) -> Run {
    let path = scratch.write("cases.toml", format!("{}\n[[case]]\nname = \"it\"\n{case}\n", defaults()));
    Run::new("test").arg(path)
}

#[test]
fn the_shipped_expectations_hold() {
    let value = outcomes(Run::new("test").arg(example(SHIPPED)), 0);
    let text = example_text(SHIPPED);
    let cases = value["cases"].as_array().unwrap();
    assert_eq!(cases.len(), text.matches("[[case]]").count());
    for case in cases {
        let line = usize::try_from(case["location"]["line"].as_u64().unwrap()).unwrap();
        let after: Vec<&str> = text.lines().skip(line - 1).take(2).collect();
        assert_eq!(after, ["[[case]]".to_owned(), format!("name = \"{}\"", word(&case["name"]))], "{case:#}");
    }
    let ran = Run::new("test").arg(example(SHIPPED)).exits(0);
    assert_eq!(ran.stdout, format!("passed: {} cases, {} as expected, 0 not\n", cases.len(), cases.len()));
}

#[test]
fn each_expectation_turned_around_fails() {
    let scratch = Scratch::new();
    let cases = [
        ("verdict = \"ready\"", "verdict = \"blocked\"", "verdict", "ready"),
        (
            "[[case.expect]]\nid = \"read-object\"\ndecision = \"allowed\"",
            "[[case.expect]]\nid = \"read-object\"\ndecision = \"implicitDeny\"",
            "read-object s3:GetObject",
            "allowed",
        ),
        (
            "[[case.expect]]\nid = \"create\"\ndecision = \"allowed\"\ndecided_by = { layer = \"identity\", policy = \"VisionTrainingCore\" }",
            "[[case.expect]]\nid = \"create\"\ndecision = \"allowed\"\ndecided_by = { layer = \"identity\", policy = \"Another\" }",
            "create lookoutvision:CreateModel",
            "allowed",
        ),
        (
            "action = \"kms:CreateKey\"\nresource = \"*\"\ndecision = \"implicitDeny\"",
            "action = \"kms:CreateKey\"\nresource = \"*\"\ndecision = \"undetermined\"",
            "kms:CreateKey on *",
            "implicitDeny",
        ),
        (
            "action = \"s3:GetBucketLocation\"\nresource = \"arn:aws:s3:::acme-vision-archive\"\ncontext = { \"aws:ViaAWSService\" = true }\ndecision = \"undetermined\"",
            "action = \"s3:GetBucketLocation\"\nresource = \"arn:aws:s3:::acme-vision-archive\"\ncontext = { \"aws:ViaAWSService\" = true }\ndecision = \"allowed\"",
            "s3:GetBucketLocation on",
            "undetermined",
        ),
    ];
    for (right, wrong, what, got) in cases {
        outcomes(file(&scratch, right), 0);
        let value = outcomes(file(&scratch, wrong), 1);
        let difference = &value["cases"][0]["differences"][0];
        assert!(word(&difference["what"]).starts_with(what), "{wrong}: {difference:#}");
        assert!(word(&difference["got"]).starts_with(got), "{wrong}: {difference:#}");
    }
}

#[test]
fn an_expected_row_that_is_not_there_fails() {
    let scratch = Scratch::new();
    for (selector, hint) in [
        ("id = \"read-objekt\"", "did you mean the row `read-object`?"),
        ("action = \"s3:DeleteObject\"", "the rows are create"),
        (
            "id = \"read-object\"\nresource = \"arn:aws:s3:::acme-vision-datasets/no-such-object\"",
            "it is about arn:aws:s3:::acme-vision-datasets/casting/*",
        ),
    ] {
        let case = format!("[[case.expect]]\n{selector}\ndecision = \"allowed\"");
        let value = outcomes(file(&scratch, &case), 1);
        let difference = &value["cases"][0]["differences"][0];
        assert_eq!(difference["got"], "no such row", "{difference:#}");
        assert!(word(&difference["help"]).contains(hint), "{difference:#}");
    }
    // One object of a row of eighty is found in it.
    let one = "[[case.expect]]\naction = \"s3:GetObject\"\nresource = \"arn:aws:s3:::acme-vision-datasets/casting/train/normal/img-0001.jpg\"\ndecision = \"allowed\"";
    outcomes(file(&scratch, one), 0);
}

#[test]
fn malformed_files_are_refused_with_every_place_and_nothing_is_decided() {
    let scratch = Scratch::new();
    for (text, words) in [
        ("[[case]]\nnam = \"x\"", vec!["unknown field `nam`", "did you mean `name`?", ":2:1"]),
        ("[default]\n", vec!["unknown key `default`", "did you mean `defaults`?", ":1:2"]),
        (
            "[[case]]\nname = \"x\"\nprincipal = \"p\"\naction = \"s3:GetObject\"\nresource = \"*\"\ndecision = \"alowed\"",
            vec!["unknown variant `alowed`", "did you mean `allowed`?", ":6:12"],
        ),
        (
            "[[case]]\nname = \"x\"\nrequest = \"r\"\naction = \"a:B\"",
            vec!["a case has either a `request` or an `action`"],
        ),
        (
            "[[case]]\nname = \"x\"\n[[case]]\n",
            vec!["this case asks nothing", "this case has no `name`", ":1:1", ":3:1"],
        ),
        ("[defaults]\nverdict = \"ready\"", vec!["`verdict` has no place in the defaults"]),
        ("[[case]]\nname = \"x\"\nrequest = \"r.json\"", vec!["this case expects nothing"]),
        (
            "[[case]]\nname = \"x\"\nrequest = \"r.json\"\n[[case.expect]]\ndecision = \"allowed\"",
            vec!["an expected row names no row"],
        ),
        ("[[case]]\nname = \"x\"\nrequest = \"r.json\"\nverdict = \"ready\"", vec!["this case has no `principal`"]),
        ("case = 1", vec!["expected `[[case]]`"]),
        ("[[case]\n", vec!["not valid TOML"]),
    ] {
        let path = scratch.write("bad.toml", text);
        Run::new("test").arg(path).run().refuses(&words);
    }
    let twice = format!(
        "{}[[case]]\nname = \"a\"\nverdict = \"ready\"\n[[case]]\nname = \"a\"\nverdict = \"ready\"",
        defaults()
    );
    let twice = scratch.write("twice.toml", twice);
    Run::new("test").arg(twice).run().refuses(&["a second case is called `a`"]);
    Run::new("test").arg("no-such.toml").run().refuses(&["`no-such.toml` does not exist"]);
}

#[test]
fn a_case_that_cannot_be_evaluated_never_passes() {
    let scratch = Scratch::new();
    let refused = |case: &str, words: &[&str]| file(&scratch, case).run().refuses(words);
    refused("request = \"no-such.json\"\nverdict = \"ready\"", &["no-such.json` does not exist"]);
    refused("snapshot = \"nowhere\"\nverdict = \"ready\"", &["nowhere` does not exist", "cases.toml:"]);
    refused("principal = \"bob\"\nverdict = \"ready\"", &["`bob`", "cases.toml:"]);
    refused("action = \"GetObject\"\nresource = \"*\"\ndecision = \"allowed\"", &["`GetObject`", "cases.toml:"]);
    refused("action = \"s3:GetObject\"\nresource = \"bucket\"\ndecision = \"allowed\"", &["`bucket`"]);
    refused(
        "identity = \"none.json\"\naction = \"s3:GetObject\"\nresource = \"*\"\ndecision = \"allowed\"",
        &["none.json` does not exist"],
    );
    refused(
        "action = \"s3:GetObject\"\nresource = \"*\"\ndecision = \"allowed\"\nunknown = \"aws:SourceIp\"\nabsent = \"aws:sourceip\"",
        &["given twice"],
    );
    let slip = |action: &str| format!("action = \"{action}\"\nresource = \"*\"\ndecision = \"implicitDeny\"");
    refused(&slip("s3:GetObjet"), &["`s3:GetObjet` is no known action", "did you mean `s3:GetObject`?", "cases.toml:"]);
    refused(&slip("sagemakr:CreateModel"), &["did you mean `sagemaker:CreateModel`?"]);
    refused("assume = { no-such = \"x\" }\nverdict = \"ready\"", &["`no-such`"]);
}

#[test]
fn an_empty_text_takes_a_list_of_the_defaults_back() {
    let scratch = Scratch::new();
    let case = |test: &str| format!("test = {test}\nverdict = \"undetermined\"");
    let results =
        ["\"\"", "[]"].map(|test| outcomes(file(&scratch, &case(test)), 1)["cases"][0]["differences"].clone());
    assert_eq!(results[0][0]["got"], results[1][0]["got"], "{results:#?}");
}

#[test]
fn no_cases_are_no_success() {
    let scratch = Scratch::new();
    let empty = scratch.write("empty.toml", "");
    Run::new("test").arg(&empty).exits(5);
    Run::new("test").arg(example(SHIPPED)).args(["--filter", "no case has this in its name"]).exits(5);
    let some = outcomes(Run::new("test").arg(example(SHIPPED)).args(["--filter", "sample policy"]), 0);
    assert_eq!(some["summary"]["cases"], 2);
}

#[test]
fn documents_decide_without_a_snapshot_and_their_statements_are_named() {
    let scratch = Scratch::new();
    let allow = r#"{"Sid": "All", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    let deny = r#"{"Sid": "Never", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}"#;
    let trust = r#"{"Sid": "Trust", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ana"}, "Action": "sts:AssumeRole"}"#;
    scratch.write("policies/all.json", policy(allow));
    scratch.write("policies/bucket.json", policy(deny));
    scratch.write("policies/narrow.json", policy(&allow.replace("s3:*", "s3:Get*")));
    scratch.write("policies/trust.json", policy(trust));
    let case = |name: &str, text: &str| format!("[[case]]\nname = \"{name}\"\n{text}\n");
    let put = "action = \"s3:PutObject\"\nresource = \"arn:aws:s3:::b/k\"\n";
    let cases = [
        case(
            "plain",
            &format!(
                "{put}decision = \"allowed\"\ndecided_by = {{ layer = \"identity\", policy = \"all\", sid = \"All\" }}"
            ),
        ),
        case(
            "bucket",
            &format!(
                "{put}bucket_policy = {{ b = \"policies/bucket.json\" }}\ndecision = \"explicitDeny\"\ndecided_by = {{ layer = \"resource\", policy = \"bucket\", sid = \"Never\" }}"
            ),
        ),
        case(
            "boundary",
            &format!(
                "{put}boundary = \"policies/narrow.json\"\ndecision = \"implicitDeny\"\ndecided_by = {{ layer = \"boundary\" }}"
            ),
        ),
        case(
            "scp",
            &format!(
                "{put}scp = \"policies/narrow.json\"\ndecision = \"implicitDeny\"\ndecided_by = {{ layer = \"scp\" }}"
            ),
        ),
        case("session", &format!("{put}session = [\"policies/narrow.json\"]\ndecision = \"implicitDeny\"")),
        case("none", &format!("{put}identity = []\ndecision = \"implicitDeny\"")),
        case(
            "trust",
            "principal = \"arn:aws:iam::111122223333:user/ana\"\nidentity = []\naction = \"sts:AssumeRole\"\nresource = \"arn:aws:iam::111122223333:role/r\"\nresource_policy = \"policies/trust.json\"\ndecision = \"allowed\"\ndecided_by = { policy = \"trust\", sid = \"Trust\" }",
        ),
        case(
            "unknown",
            &format!("{put}identity = \"policies/vpc.json\"\nunknown = \"aws:SourceVpc\"\ndecision = \"undetermined\""),
        ),
        case(
            "known",
            &format!(
                "{put}identity = \"policies/vpc.json\"\ncontext = {{ \"aws:SourceVpc\" = \"vpc-1\" }}\ndecision = \"allowed\""
            ),
        ),
        case("absent", &format!("{put}identity = \"policies/vpc.json\"\ndecision = \"implicitDeny\"")),
    ];
    let vpc = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}"#;
    scratch.write("policies/vpc.json", policy(vpc));
    let text = format!("[defaults]\nprincipal = \"{TRAINER}\"\nidentity = \"policies/all.json\"\n{}", cases.concat());
    let path = scratch.write("raw.toml", text);
    outcomes(Run::new("test").arg(path), 0);
}

fn shown(ran: &Ran, scratch: &Scratch) -> String {
    let text = ran.stdout.replace(&scratch.root().display().to_string(), "folder");
    text.replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), "")
}

#[test]
fn a_person_reads_what_was_expected_and_what_is_so() {
    let scratch = Scratch::new();
    let ran = file(&scratch, "action = \"s3:PutObject\"\nresource = \"arn:aws:s3:::acme-vision-results/released/x\"\ncontext = { \"aws:ViaAWSService\" = true }\ndecision = \"allowed\"").exits(1);
    insta::assert_snapshot!("expectation_failed", shown(&ran, &scratch));
}

#[test]
fn junit_has_a_case_for_each_case_and_a_failure_for_each_that_differs() {
    let scratch = Scratch::new();
    let cases = "verdict = \"blocked\"\n[[case]]\nname = \"other <&> \\\"one\\\"\"\nverdict = \"ready\"";
    let xml = scratch.path("report.xml");
    let ran = file(&scratch, cases).arg("-o").arg(format!("junit={}", xml.display())).args(["-o", "human"]).exits(1);
    assert!(ran.stdout.contains("failed: 2 cases, 1 as expected, 1 not"), "{ran}");
    let text = scratch.text("report.xml");
    assert!(text.contains(r#"tests="2" failures="1" errors="0""#), "{text}");
    assert!(text.contains("<testcase name=\"other &lt;&amp;&gt; &quot;one&quot;\""), "{text}");
    assert!(text.contains("message=\"verdict: expected blocked, got ready\""), "{text}");
    assert!(text.contains("iam-preflight explain"), "the way to the trace: {text}");
    Run::new("test")
        .arg(example(SHIPPED))
        .args(["-o", "sarif"])
        .run()
        .refuses(&["`test` has no output format `sarif`"]);
}

/// The commands of a document that are about the shipped examples
fn commands(document: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(format!("{}/{document}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("iam-preflight "));
    let shipped = lines.filter(|line| line.contains("policies/examples"));
    shipped.map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn the_commands_of_the_documents_run() {
    for (document, code) in [("docs/diff.md", 1), ("docs/expectations.md", 0)] {
        let commands = commands(document);
        assert_eq!(commands.len(), 1, "{document}");
        for words in commands {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Run::new(words[0]).args(words[1..].iter().copied()).exits(code);
        }
    }
}

/// A job that runs as a role, of the example account, but for what is told of it
fn job(told: &str, expected: &str) -> String {
    format!(
        "principal = \"arn:aws:iam::111122223333:role/ml/TrainingLauncher\"\nrequest = \"{root}/requests/bottles-training-job.json\"\noperation = \"sagemaker:CreateTrainingJob\"\ntrain = \"{root}/manifests/bottles.manifest\"\ntest = []\n{told}\n{expected}",
        root = example("requests")
            .parent()
            .map(|examples| format!("{}/{}", env!("CARGO_MANIFEST_DIR"), examples.display()))
            .unwrap(),
    )
}

#[test]
fn what_no_file_holds_is_told_in_the_case() {
    let scratch = Scratch::new();
    let key = "7d9e4c30-5a16-4f7b-92c8-0e6b1f3a8d55";
    let row = "[[case.expect]]\nid = \"manifest-decrypt\"\n";
    for (told, expected, code) in [
        (
            format!("fact = {{ manifest_keys = \"{key}\" }}"),
            format!("verdict = \"ready\"\n{row}decision = \"allowed\""),
            0,
        ),
        (String::new(), format!("verdict = \"undetermined\"\n{row}decision = \"undetermined\""), 0),
        // Known to be none: there is no such row, and no row is no answer.
        ("fact = { manifest_keys = [] }".to_owned(), "verdict = \"ready\"".to_owned(), 0),
        ("fact = { manifest_keys = [] }".to_owned(), format!("{row}decision = \"allowed\""), 1),
    ] {
        outcomes(file(&scratch, &job(&told, &expected)), code);
    }
    let misspelt = job("fact = { manifest_key = \"x\" }", "verdict = \"ready\"");
    file(&scratch, &misspelt).run().refuses(&["manifest_key", "did you mean `manifest_keys`?"]);
    let raw = "action = \"s3:GetObject\"\nresource = \"*\"\ndecision = \"allowed\"\nfact = { x = \"y\" }";
    file(&scratch, raw).run().refuses(&["cases.toml:8:1", "`catalog` and `fact` belong to a case with a `request`"]);
}
