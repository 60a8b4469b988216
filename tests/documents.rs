//! Every command shown in a document runs, and prints what the document shows
//!
//! A `console` block holds commands (`$ …`, continued with `\`) and what they print. A line `[…]`
//! stands for any lines.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail loudly"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const DOCUMENTS: [&str; 2] = ["README.md", "policies/examples/README.md"];

struct Shown {
    document: String,
    command: String,
    output: Vec<String>,
}

fn all_documents() -> Vec<String> {
    let mut paths: Vec<String> = DOCUMENTS.iter().map(ToString::to_string).collect();
    for entry in fs::read_dir("docs").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path.to_string_lossy().into_owned());
        }
    }
    paths.sort();
    paths
}

fn shown(document: &str) -> Vec<Shown> {
    let text = fs::read_to_string(document).unwrap();
    let mut all: Vec<Shown> = Vec::new();
    let mut fence: Option<&str> = None;
    let mut continued = false;
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            fence = if fence.is_none() { Some(language) } else { None };
            continued = false;
            continue;
        }
        match fence {
            Some("console") if continued => {
                let last = all.last_mut().unwrap();
                last.command = last.command.trim_end_matches('\\').to_owned() + line.trim_start();
                continued = line.ends_with('\\');
            }
            Some("console") => match line.strip_prefix("$ ") {
                Some(command) => {
                    continued = line.ends_with('\\');
                    all.push(Shown { document: document.to_owned(), command: command.to_owned(), output: Vec::new() });
                }
                None => all.last_mut().expect("output follows a command").output.push(line.to_owned()),
            },
            // A command with words in capitals is a pattern, not a command.
            Some("sh") if is_command(line) => {
                all.push(Shown {
                    document: document.to_owned(),
                    command: line.to_owned(),
                    output: vec!["[…]".to_owned()],
                });
            }
            _ => {}
        }
    }
    all
}

fn is_command(line: &str) -> bool {
    let runs = line.starts_with("iam-preflight ") || line.starts_with("cargo run ");
    let pattern = |word: &str| word == "request.json" || word.chars().all(|c| c.is_ascii_uppercase() || c == '=');
    runs && !line.split_whitespace().any(pattern)
}

/// Whether the lines match, `[…]` standing for any number of lines
fn matches(expected: &[String], actual: &[&str]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((first, rest)) if first == "[…]" => (0..=actual.len()).any(|skipped| matches(rest, &actual[skipped..])),
        Some((first, rest)) => actual.first() == Some(&first.as_str()) && matches(rest, &actual[1..]),
    }
}

fn run(shown: &Shown) -> (Option<i32>, String, String) {
    let words: Vec<&str> = shown.command.split_whitespace().collect();
    let (["iam-preflight", arguments @ ..] | ["cargo", "run", "--release", "--", arguments @ ..]) = words.as_slice()
    else {
        panic!("{}: only iam-preflight is run: {}", shown.document, shown.command)
    };
    let mut command = Command::cargo_bin("iam-preflight").unwrap();
    let output = command
        .args(arguments)
        .env_remove("IAM_PREFLIGHT_CASES")
        .env_remove("IAM_PREFLIGHT_SEED")
        .env_remove("CLICOLOR_FORCE")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn commands_in_documents_print_what_is_shown() {
    let commands: Vec<Shown> = all_documents().iter().flat_map(|document| shown(document)).collect();
    assert!(commands.iter().any(|shown| shown.document == "README.md"), "the README shows commands");
    for shown in commands {
        let (code, stdout, stderr) = run(&shown);
        assert!(matches!(code, Some(0 | 1 | 3)), "{}: {}\nexit {code:?}\n{stderr}", shown.document, shown.command);
        let actual: Vec<&str> = stdout.lines().collect();
        let fits = matches(&shown.output, &actual);
        assert!(fits, "{}: {}\nshown:\n{}\nprinted:\n{stdout}", shown.document, shown.command, shown.output.join("\n"));
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in all_documents() {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let target = Path::new(&document).parent().unwrap().join(path);
            assert!(target.exists(), "{document} links to {link}, which is not there");
        }
    }
}
