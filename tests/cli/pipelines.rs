//! Use in pipelines: the action, the hook, the template, manual pages and completions say what the program does

use std::collections::BTreeSet;
use std::path::Path;

use clap::{Command, CommandFactory, Parser};
use iam_preflight::cli::Cli;
use yaml_rust2::{Yaml, YamlLoader};

use crate::harness::{Run, Scratch};

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn yaml(path: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn keys(table: &Yaml) -> BTreeSet<String> {
    table.as_hash().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// Names between `before` and the next character that is no part of a name
fn named(text: &str, before: &str) -> BTreeSet<String> {
    let after = text.split(before).skip(1);
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    after.map(name).collect()
}

/// The program with all its commands, as the command line defines them
fn program() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program
}

fn all(command: &Command) -> Vec<Command> {
    let mut found = vec![command.clone()];
    found.extend(command.get_subcommands().filter(|sub| !sub.is_hide_set()).flat_map(all));
    found
}

fn flags(command: &Command) -> Vec<String> {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    shown.filter_map(|argument| argument.get_long().map(|long| format!("--{long}"))).collect()
}

/// Whether the program takes these words; what they name need not exist
#[track_caller]
fn takes(words: &[&str], told: &str) {
    let parsed = Cli::try_parse_from(std::iter::once("iam-preflight").chain(words.iter().copied()));
    assert!(parsed.is_ok(), "{told}: {words:?}\n{}", parsed.unwrap_err());
}

#[test]
fn every_command_has_a_manual_page_with_all_its_flags() {
    let scratch = Scratch::new();
    Run::new("man").arg("--out").arg(scratch.path("man")).exits(0);
    let commands = all(&program());
    for command in &commands {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        // In a page a hyphen is written with a backslash.
        let page = scratch.text(&format!("man/{name}.1")).replace('\\', "");
        assert!(page.contains(&format!(".TH {name} ")), "{name}: {page}");
        for flag in flags(command) {
            assert!(page.contains(&flag), "`{flag}` is not in the page of {name}");
        }
        for sub in command.get_subcommands() {
            assert!(page.contains(sub.get_name()), "`{}` is not in the page of {name}", sub.get_name());
        }
    }
    assert_eq!(scratch.files().len(), commands.len());
    let alone = Run::new("man").args(["catalog", "show"]).exits(0).stdout;
    assert_eq!(alone, scratch.text("man/iam-preflight-catalog-show.1"));
    assert_eq!(Run::new("man").exits(0).stdout, scratch.text("man/iam-preflight.1"));
    Run::new("man").arg("chek").run().refuses(&["`chek` is no command of `iam-preflight`", "did you mean `check`?"]);
    Run::new("man").args(["check", "x"]).run().refuses(&["`x` is no command of `check`", "no commands of its own"]);
}

#[test]
fn completions_know_every_command_and_flag() {
    let commands = all(&program());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Run::new("completions").arg(shell).exits(0).stdout;
        for command in &commands {
            assert!(script.contains(command.get_name()), "{shell}: `{}`", command.get_name());
            for flag in flags(command) {
                // Fish writes flags without their hyphens.
                let written = if shell == "fish" { flag.replace("--", "-l ") } else { flag.clone() };
                assert!(script.contains(&written), "{shell}: `{flag}` of {}", command.get_name());
            }
        }
    }
}

#[test]
fn the_action_names_only_inputs_and_outputs_that_it_has() {
    let document = yaml("action.yml").remove(0);
    let written = text("action.yml");
    let inputs = keys(&document["inputs"]);
    assert_eq!(named(&written, "inputs."), inputs, "inputs that are declared and inputs that are used");
    assert_eq!(document["runs"]["using"].as_str(), Some("composite"));
    let ids: BTreeSet<&str> =
        document["runs"]["steps"].as_vec().unwrap().iter().filter_map(|step| step["id"].as_str()).collect();
    assert!(named(&written, "steps.").iter().all(|id| ids.contains(id.as_str())));
    for step in document["runs"]["steps"].as_vec().unwrap() {
        if let Some(script) = step["run"].as_str() {
            assert_eq!(step["shell"].as_str(), Some("bash"), "a composite step needs its shell");
            assert!(!script.contains("${{"), "an expression in a script would be read as shell:\n{script}");
        }
        if let Some(uses) = step["uses"].as_str() {
            let commit = uses.split_once('@').unwrap().1;
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "not pinned: {uses}");
        }
    }
}

/// The check step of the action, run as GitHub runs it
#[cfg(unix)]
#[test]
fn the_action_checks_annotates_and_tells_its_exit_code() {
    let document = yaml("action.yml").remove(0);
    let step = document["runs"]["steps"].as_vec().unwrap().iter().find(|step| step["id"].as_str() == Some("check"));
    let script = step.unwrap()["run"].as_str().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_iam-preflight")).parent().unwrap();
    let run = |request: &str, fail: &str, arguments: &str| {
        let scratch = Scratch::new();
        scratch.write("output", "");
        let mut bash = std::process::Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).env_clear();
        bash.current_dir(env!("CARGO_MANIFEST_DIR"));
        bash.env("PATH", format!("{}:/usr/bin:/bin", binary.display()));
        for (name, value) in [
            ("REQUEST", request),
            ("PRINCIPAL", crate::harness::TRAINER),
            ("SNAPSHOT", "policies/examples/account"),
            ("TRAIN", "policies/examples/manifests/train.manifest\n"),
            ("TEST", "policies/examples/manifests/test.manifest"),
            ("MODE", "offline"),
            ("ARGUMENTS", arguments),
            ("FAIL", fail),
        ] {
            bash.env(name, value);
        }
        for (name, file) in [("SARIF", "a b.sarif"), ("JUNIT", "junit.xml"), ("COMMENT", "comment.md")] {
            bash.env(name, scratch.path(file));
        }
        bash.env("RUNNER_TEMP", scratch.root());
        bash.env("GITHUB_OUTPUT", scratch.path("output")).env("GITHUB_STEP_SUMMARY", scratch.path("summary"));
        let output = bash.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.lines().all(|line| line.starts_with("| ")), "{said}");
        scratch.remove("iam-preflight.stderr");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap() + &said, scratch)
    };
    let (code, log, scratch) = run("policies/examples/requests/blocked.json", "true", "--assume\nresults-key=both\n");
    assert_eq!(code, 1, "{log}");
    assert!(
        log.starts_with("::error file=policies/examples/account/s3/acme-vision-results/policy.json,line=2,"),
        "{log}"
    );
    assert_eq!(scratch.files(), ["a b.sarif", "comment.md", "junit.xml", "output", "summary"]);
    assert_eq!(scratch.text("output"), format!("exit-code=1\nsarif={}\n", scratch.path("a b.sarif").display()));
    assert_eq!(scratch.text("summary"), scratch.text("comment.md"));

    let (code, log, scratch) = run("policies/examples/requests/undetermined.json", "false", "");
    assert_eq!((code, scratch.text("output").lines().next()), (0, Some("exit-code=3")), "{log}");

    let (code, log, scratch) = run("$(touch owned) ::error::a ##[error]b", "true", "");
    assert_eq!((code, scratch.text("output").as_str()), (2, "exit-code=2\n"), "{log}");
    assert!(log.contains("::error::a ## [error]b` does not exist"), "{log}");
    assert!(!Path::new(env!("CARGO_MANIFEST_DIR")).join("owned").exists());
}

#[test]
fn the_hook_runs_a_command_that_exists() {
    for hook in yaml(".pre-commit-hooks.yaml").remove(0).as_vec().unwrap() {
        let entry: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
        assert_eq!(entry[0], "iam-preflight");
        assert!(program().find_subcommand(entry[1]).is_some(), "{entry:?}");
        assert_eq!(hook["language"].as_str(), Some("rust"));
    }
}

#[test]
fn the_template_runs_a_command_line_that_the_program_takes() {
    let documents = yaml("templates/iam-preflight.yml");
    let written = text("templates/iam-preflight.yml");
    assert_eq!(named(&written, "$[[ inputs."), keys(&documents[0]["spec"]["inputs"]));
    let job = &documents[1]["iam-preflight"];
    let script: Vec<&str> = job["script"].as_vec().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let variables = keys(&job["variables"]);
    for line in &script {
        let used: Vec<&str> = line.split([' ', '"', '=']).filter_map(|word| word.strip_prefix('$')).collect();
        assert!(used.iter().all(|name| variables.contains(*name)), "{line}");
    }
    let check = script.iter().find_map(|line| line.strip_prefix("iam-preflight ")).unwrap();
    let further = ["--train", "train.manifest"];
    let words = check.split(' ').flat_map(|word| if word == "$ARGUMENTS" { further.to_vec() } else { vec![word] });
    takes(&words.collect::<Vec<_>>(), "the template");
    for file in job["artifacts"]["paths"].as_vec().unwrap().iter().chain([&job["artifacts"]["reports"]["junit"]]) {
        assert!(check.contains(&format!("={}", file.as_str().unwrap())), "{file:?} is not written");
    }
}

/// The YAML recipes of `docs/for-ci.md`
#[test]
fn recipes_use_inputs_and_arguments_that_exist() {
    let document = text("docs/for-ci.md");
    let blocks: Vec<&str> = document.split("```yaml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert_eq!(blocks.len(), 4);
    let recipe = |block: &str| YamlLoader::load_from_str(block).unwrap().remove(0);
    let inputs = keys(&yaml("action.yml").remove(0)["inputs"]);
    let workflow = recipe(blocks[0]);
    let steps = [&workflow["jobs"]["preflight"]["steps"][1], &recipe(blocks[1])[0]].map(|step| keys(&step["with"]));
    for used in steps {
        assert!(used.is_subset(&inputs), "{used:?} of {inputs:?}");
        assert!(used.contains("request"));
    }
    let include = recipe(blocks[2]);
    let given = keys(&include["include"][0]["inputs"]);
    assert!(given.is_subset(&keys(&yaml("templates/iam-preflight.yml")[0]["spec"]["inputs"])), "{given:?}");
    let hooks = yaml(".pre-commit-hooks.yaml").remove(0);
    for hook in recipe(blocks[3])["repos"][0]["hooks"].as_vec().unwrap() {
        let known = hooks.as_vec().unwrap().iter().find(|known| known["id"] == hook["id"]).unwrap();
        let entry = known["entry"].as_str().unwrap().split(' ').skip(1);
        let words = entry.chain(hook["args"].as_vec().unwrap().iter().map(|argument| argument.as_str().unwrap()));
        takes(&words.collect::<Vec<_>>(), "docs/for-ci.md");
    }
}

#[test]
fn the_documents_for_users_list_every_exit_code_and_format() {
    let (ci, reports) = (text("docs/for-ci.md"), text("docs/reports.md"));
    for code in 0..=5 {
        assert!(ci.contains(&format!("\n| {code} |")), "{code}");
    }
    let refused = Run::bare(Path::new("x"), "y").args(["-o", "?"]).run().stderr;
    let known = refused.split_once("(known: ").unwrap().1.split_once(')').unwrap().0.replace(char::is_whitespace, " ");
    for format in known.split(',').map(str::trim) {
        assert!(reports.contains(&format!("`{format}`")), "docs/reports.md does not have `{format}`");
    }
}

#[test]
fn pipelines_build_with_the_rust_that_the_package_promises() {
    let manifest = text("Cargo.toml");
    let version = manifest.split_once("rust-version = \"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let document = yaml("action.yml").remove(0);
    assert_eq!(document["runs"]["steps"][0]["env"]["RUST_VERSION"].as_str(), Some(format!("{version}.0").as_str()));
    let image = &yaml("templates/iam-preflight.yml")[0]["spec"]["inputs"]["image"]["default"];
    assert_eq!(image.as_str(), Some(format!("rust:{version}").as_str()));
}
