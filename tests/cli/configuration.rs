//! `preflight.toml` and the environment: where they are found, what they may say, who wins

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{ANA, Ran, Run, Scratch, TRAINER, example};

fn absolute(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(example(path))
}

/// A repository with a configuration file at its root, and a folder in it
fn repository(text: &str) -> (Scratch, PathBuf) {
    let scratch = Scratch::new();
    scratch.write("repo/.git/HEAD", "ref: refs/heads/main\n");
    scratch.write("repo/preflight.toml", text);
    scratch.write("repo/deep/er/file", "");
    let folder = scratch.path("repo/deep/er");
    (scratch, folder)
}

fn settings() -> String {
    let path = |path: &str| absolute(path).to_str().unwrap().to_owned();
    format!(
        "snapshot = \"{}\"\nprincipal = \"{TRAINER}\"\n\n[check]\nfail-on = \"denied\"\ntrain = [\"{}\"]\ntest = [\"{}\"]\n",
        path("account"),
        path("manifests/train.manifest"),
        path("manifests/test.manifest")
    )
}

fn check(folder: &Path, request: &str) -> Run {
    Run::new("check").arg(absolute(&format!("requests/{request}.json"))).inside(folder)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

#[test]
fn the_file_is_found_upward_and_named() {
    let (_scratch, folder) = repository(&settings());
    let ran = check(&folder, "undetermined").args(["-o", "json"]).exits(0);
    let report = json(&ran);
    assert_eq!((&report["verdict"], &report["gate"]["fail_on"]), (&"undetermined".into(), &"denied".into()));
    assert_eq!(report["gate"]["configuration"], "../../preflight.toml");
    assert!(ran.stderr.contains("note: `../../preflight.toml` sets "), "{ran}");
    assert!(ran.stderr.contains("fail-on"), "{ran}");
    let settings = report["gate"]["settings"].as_array().unwrap();
    let of = |flag: &str| settings.iter().find(|setting| setting["flag"] == flag).unwrap();
    assert_eq!(of("fail-on")["values"], serde_json::json!(["denied"]));
    assert_eq!(
        of("fail-on")["location"],
        serde_json::json!({ "file": "../../preflight.toml", "line": 5, "column": 1 })
    );
    assert_eq!(of("principal")["location"]["line"], 2);

    let ran = check(&folder, "undetermined").args(["--no-config"]).run();
    ran.refuses(&["`--principal ARN` is missing"]);
}

#[test]
fn the_file_is_not_looked_for_beyond_the_repository() {
    let (scratch, folder) = repository(&settings());
    std::fs::rename(scratch.path("repo/preflight.toml"), scratch.path("preflight.toml")).unwrap();
    check(&folder, "ready").run().refuses(&["`--principal ARN` is missing"]);
    // A worktree has a file where a repository has a folder.
    std::fs::remove_dir_all(scratch.path("repo/.git")).unwrap();
    scratch.write("repo/.git", "gitdir: elsewhere\n");
    check(&folder, "ready").run().refuses(&["`--principal ARN` is missing"]);
    scratch.remove("repo/.git");
    let ran = check(&folder, "ready").exits(0);
    assert!(ran.stderr.contains("`../../../preflight.toml` sets"), "{ran}");
    // The nearest one counts, and it alone.
    scratch.write("repo/preflight.toml", format!("principal = \"{ANA}\"\n"));
    let ran = check(&folder, "ready").args(["-o", "json"]).run();
    assert_eq!(json(&ran)["principal"]["arn"], ANA, "{ran}");
}

#[test]
fn the_command_line_beats_the_environment_and_that_the_file() {
    let (_scratch, folder) = repository(&settings());
    let name = "IAM_PREFLIGHT_FAIL_ON";
    let fail_on = |run: Run| {
        let ran = run.args(["-o", "json"]).run();
        let report = json(&ran);
        let set = report["gate"]["settings"].as_array().unwrap().iter().find(|set| set["flag"] == "fail-on").cloned();
        let by = match set {
            None => "command line",
            Some(set) if set["environment"] == name => "environment",
            Some(set) if set["location"]["line"] == 5 => "file",
            Some(set) => panic!("{set:#}"),
        };
        format!("{} by {by}", crate::harness::word(&report["gate"]["fail_on"]))
    };
    assert_eq!(fail_on(check(&folder, "ready")), "denied by file");
    assert_eq!(fail_on(check(&folder, "ready").env(name, "")), "denied by file", "an empty variable is none");
    assert_eq!(fail_on(check(&folder, "ready").env(name, "any")), "any by environment");
    assert_eq!(fail_on(check(&folder, "ready").env(name, "any").args(["--fail-on", "none"])), "none by command line");
    let all = check(&folder, "ready").env("IAM_PREFLIGHT_NO_CONFIG", "yes").env(name, "any");
    all.run().refuses(&["`--principal ARN` is missing"]);
    // A list on the command line takes the place of the file's.
    let ran =
        check(&folder, "ready").arg("--train").arg(absolute("manifests/test.manifest")).args(["-o", "json"]).run();
    let set = json(&ran)["gate"]["settings"].to_string();
    assert!(!set.contains("train.manifest") && set.contains("test.manifest"), "{set}");
}

#[test]
fn switches_are_set_and_unset() {
    // A waiver that nobody needs is what a strict run fails on.
    let unused = "\n[[waiver]]\nid = \"none\"\nowner = \"o\"\nreason = \"r\"\nexpires = 9999-12-31\n";
    let text = settings().replace("fail-on = \"denied\"", "strict = true");
    let (scratch, folder) = repository(&format!("{text}{unused}"));
    check(&folder, "ready").exits(3);
    for (value, code) in [("false", 0), ("0", 0), ("no", 0), ("true", 3), ("1", 3), ("yes", 3)] {
        check(&folder, "ready").env("IAM_PREFLIGHT_STRICT", value).exits(code);
    }
    check(&folder, "ready").env("IAM_PREFLIGHT_STRICT", "maybe").run().refuses(&["invalid value 'maybe'"]);
    check(&folder, "ready").args(["--exit-zero"]).run().refuses(&[
        "`--strict` and `--exit-zero` contradict each other",
        "`strict` is set in ../../preflight.toml:5:1",
    ]);
    scratch.edit("repo/preflight.toml", |text| text.replace("strict = true", "strict = false"));
    check(&folder, "ready").exits(0);
}

#[test]
fn a_variable_that_is_no_flag_is_refused() {
    let run = |name: &str| Run::example("ready").env(name, "1");
    run("IAM_PREFLIGHT_STRCT").run().refuses(&["`IAM_PREFLIGHT_STRCT`", "did you mean `IAM_PREFLIGHT_STRICT`?"]);
    run("IAM_PREFLIGHT_XYZZY").run().refuses(&["no flag is called so", "unset it"]);
    // A flag of another command is one all the same.
    run("IAM_PREFLIGHT_GRANULARITY").exits(0);
}

/// What a file says, and what is said about it
const REFUSED: [(&str, &[&str]); 19] = [
    ("fial-on = \"any\"", &["preflight.toml:1:1", "unknown key `fial-on`", "did you mean `fail-on`?"]),
    ("[chekc]\nstrict = true", &["preflight.toml:1:2", "unknown key `chekc`", "did you mean `check`?"]),
    ("[check]\n\nstrickt = true", &["preflight.toml:3:1", "unknown key `strickt`", "did you mean `strict`?"]),
    ("[derive]\nstrict = true", &["preflight.toml:2:1", "unknown key `strict`"]),
    ("fail_on = \"any\"", &["unknown key `fail_on`", "did you mean `fail-on`?"]),
    ("as-of = \"2020-01-01\"", &["preflight.toml:1:1", "`as-of` cannot stand in a file", "on the command line"]),
    ("config = \"x\"", &["`config` cannot stand in a file"]),
    ("no-config = true", &["`no-config` cannot stand in a file"]),
    (
        "fail-on = \"denid\"",
        &["preflight.toml:1:11", "`fail-on` of `check` does not take `denid`", "did you mean `denied`?"],
    ),
    ("max-age = \"soon\"", &["preflight.toml:1:11", "does not take `soon`", "expected an age such as 12h"]),
    ("max-age = 7", &["does not take `7`"]),
    ("sample = 0", &["`sample` of `check` does not take `0`"]),
    ("strict = \"yes\"", &["preflight.toml:1:10", "`strict` is true or false"]),
    ("principal = true", &["a value of `principal` must be a string, this is a TOML boolean"]),
    ("principal = [\"a\"]", &["`principal` has one value only"]),
    ("train = [1.5]", &["preflight.toml:1:10", "a value of `train` must be a string, this is a TOML float"]),
    ("context = [\"novalue\"]", &["does not take `novalue`", "expected NAME=VALUE"]),
    ("a = 1\nb = 2", &["preflight.toml:1:1", "preflight.toml:2:1"]),
    ("[[waiver]]\nactoin = \"x\"\n", &["preflight.toml:2:1", "unknown key `actoin`", "did you mean `action`?"]),
];

#[test]
fn what_no_flag_takes_is_refused_at_its_place() {
    for (text, words) in REFUSED {
        let (_scratch, folder) = repository(text);
        check(&folder, "ready").args(["--principal", TRAINER]).run().refuses(words);
    }
    let (_scratch, folder) = repository("strict = ");
    check(&folder, "ready").run().refuses(&["preflight.toml:1:10", "not valid TOML"]);
    let missing = check(&folder, "ready").args(["--config", "../../prefligt.toml"]).run();
    missing.refuses(&["`../../prefligt.toml` does not exist", "did you mean `../../preflight.toml`?"]);
    check(&folder, "ready").args(["--config", "x", "--no-config"]).run().refuses(&["contradict each other"]);
    // Help needs no configuration.
    Run::new("check").arg("--help").inside(&folder).exits(0);
}

#[test]
fn paths_are_taken_from_where_the_file_is() {
    let (scratch, folder) = repository("");
    for file in ["requests/ready.json", "manifests/train.manifest", "manifests/test.manifest"] {
        std::fs::create_dir_all(scratch.path("repo/in")).unwrap();
        std::fs::copy(absolute(file), scratch.path("repo/in").join(file.split('/').next_back().unwrap())).unwrap();
    }
    let account = Scratch::account();
    std::fs::rename(account.root(), scratch.path("repo/account")).unwrap();
    scratch.write("repo/policies/none.json", "null");
    scratch.write(
        "repo/preflight.toml",
        format!(
            "snapshot = \"account\"\n\n[check]\nprincipal = \"{TRAINER}\"\ntrain = \"in/train.manifest\"\n\
             test = [\"in/test.manifest\"]\noutput = [\"human\", \"json=out.json\"]\n\
             bucket-policy = {{ \"acme-vision-results\" = \"policies/none.json\" }}\n"
        ),
    );
    let ran = Run::new("check").arg("../../in/ready.json").inside(&folder).run();
    assert!(matches!(ran.code, 0 | 1), "{ran}");
    let report: Value = serde_json::from_str(&scratch.text("repo/out.json")).unwrap();
    let settings = report["gate"]["settings"].to_string();
    for path in ["../../account", "../../in/train.manifest", "json=../../out.json", "results=../../policies/none.json"]
    {
        assert!(settings.contains(path), "`{path}` is not in {settings}");
    }
}

#[test]
fn a_flag_and_a_command_may_have_one_name() {
    let (scratch, folder) = repository(&settings());
    scratch.edit("repo/preflight.toml", |text| {
        let test = absolute("manifests/test.manifest");
        let without: Vec<&str> = text.lines().filter(|line| !line.starts_with("test")).collect();
        format!("test = [\"{}\"]\n{}\n", test.display(), without.join("\n"))
    });
    let ran = check(&folder, "ready").args(["-o", "json"]).exits(0);
    assert!(json(&ran)["gate"]["settings"].to_string().contains("test.manifest"), "{ran}");
}

#[test]
fn a_section_beats_what_stands_above_all_sections() {
    let (scratch, folder) = repository(&format!("fail-on = \"none\"\n{}", settings()));
    let ran = check(&folder, "ready").args(["-o", "json"]).exits(0);
    assert_eq!(json(&ran)["gate"]["fail_on"], "denied");
    // Another command has its own.
    scratch.edit("repo/preflight.toml", |text| format!("{text}\n[explain]\nprincipal = \"{ANA}\"\n"));
    let explain = Run::new("explain").arg(absolute("requests/ready.json")).args(["-o", "json"]).inside(&folder);
    assert!(explain.run().stdout.contains(ANA));
}

#[test]
fn waivers_stand_in_the_configuration_too() {
    let waiver = "\n[[waiver]]\nid = \"key-grant\"\nowner = \"o\"\nreason = \"r\"\nexpires = \"2027-01-01\"\n\
                  \n[[waiver]]\naction = \"s3:PutObject\"\nowner = \"o\"\nreason = \"r\"\nexpires = 2027-02-30\n";
    let text = format!("{}{waiver}", settings());
    let (_scratch, folder) = repository(&text);
    let ran = check(&folder, "blocked").args(["--as-of", "2026-11-25", "-o", "json"]).exits(1);
    let report = json(&ran);
    let row = report["requirements"].as_array().unwrap().iter().find(|row| row["id"] == "key-grant").unwrap();
    let place = &row["waived"]["location"];
    assert_eq!(place["file"], "../../preflight.toml");
    let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
    assert_eq!(text.lines().nth(line - 1), Some("[[waiver]]"));
    let findings = report["findings"].as_array().unwrap();
    let malformed = findings.iter().find(|finding| finding["id"] == "waiver-malformed").unwrap();
    assert!(crate::harness::word(&malformed["message"]).contains("2027-02-30"), "{malformed:#}");
    assert_eq!(report["summary"]["waived"], 1);
}

#[test]
fn a_table_of_names_and_values_sets_a_flag_as_the_page_on_the_gate_says() {
    let context = "context = { \"aws:SourceVpce\" = \"vpce-0a1b2c3d\" }\n";
    let (_scratch, folder) = repository(&format!("{}{context}", settings()));
    let report = json(&check(&folder, "ready").args(["-o", "json"]).exits(0));
    let settings = report["gate"]["settings"].as_array().unwrap();
    let set = settings.iter().find(|setting| setting["flag"] == "context").unwrap();
    assert_eq!(set["values"], serde_json::json!(["aws:SourceVpce=vpce-0a1b2c3d"]));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_there_and_cannot_be_read_is_not_passed_over() {
    let (scratch, folder) = repository("");
    let run = || check(&folder, "ready").args(["--principal", TRAINER]).run();
    scratch.remove("repo/preflight.toml");
    std::os::unix::fs::symlink("nowhere.toml", scratch.path("repo/preflight.toml")).unwrap();
    run().refuses(&["`../../preflight.toml` is a link to something that does not exist", "mend the link"]);
    scratch.remove("repo/preflight.toml");
    std::fs::create_dir(scratch.path("repo/preflight.toml")).unwrap();
    run().refuses(&["`../../preflight.toml` is a folder, a file is needed here"]);
}
