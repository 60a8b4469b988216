//! What kind of thing a side is

use std::path::Path;

use crate::compare;
use crate::json::{self, Value};
use crate::source::{Problem, Problems};

use super::super::args::DiffArgs;
use super::super::input;
use super::tree;

/// What can be compared with another of its kind
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder with `snapshot.toml`
    Snapshot,
    /// A planned request
    Request,
    /// A policy document, or a folder of them
    Policies,
    /// A report of `check -o json`
    Report,
}

/// The members that tell a policy document, plain or wrapped
const POLICY: [&str; 5] = ["Statement", "Policy", "PolicyVersion", "PolicyDocument", "Version"];

/// The kind of both sides, which must be the same
pub(super) fn of_both(before: &Path, after: &Path) -> Result<Kind, Problems> {
    match (of(before), of(after)) {
        (Ok(one), Ok(other)) if one == other => Ok(one),
        (Ok(one), Ok(other)) => Err(Problem::general(format!(
            "`{}` is {}, `{}` is {}",
            before.display(),
            one.words(),
            after.display(),
            other.words()
        ))
        .with_help("compare two of a kind: snapshots, requests, policies, or JSON reports")
        .into()),
        (Err(mut problems), Err(others)) => {
            problems.0.extend(others.0);
            Err(problems)
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
    }
}

fn of(path: &Path) -> Result<Kind, Problems> {
    if path == Path::new("-") {
        return Err(Problem::general("`diff` does not read standard input")
            .with_help("give two files or folders")
            .into());
    }
    if path.is_dir() { Ok(of_folder(path)?) } else { of_file(path) }
}

fn of_folder(path: &Path) -> Result<Kind, Problem> {
    if path.join("snapshot.toml").is_file() {
        return Ok(Kind::Snapshot);
    }
    let name = path.display();
    if path.join("iam").is_dir() || path.join("organizations").is_dir() {
        return Err(Problem::general(format!("`{name}` looks like a snapshot, but has no snapshot.toml"))
            .with_help("docs/snapshot.md says what stands in it; of a folder of policies, name the folder below it"));
    }
    if tree::documents(path)?.is_empty() {
        return Err(Problem::general(format!("`{name}` holds neither snapshot.toml nor policy documents (*.json)"))
            .with_help("give a snapshot, a request, a policy document or a folder of them, or a JSON report"));
    }
    Ok(Kind::Policies)
}

fn of_file(path: &Path) -> Result<Kind, Problems> {
    let file = input::read_document(path)?;
    let node = json::parse(&file)?;
    if compare::is_report(&node) {
        return Ok(Kind::Report);
    }
    let unlike = |message: String| {
        let help = "diff compares snapshots (folders), requests, policies, and reports of `check -o json`";
        Err(Problem::at(&file.name, node.at, message).with_help(help).into())
    };
    if let Some(schema) = node.member("schema").and_then(json::Node::text) {
        return unlike(format!("`{schema}` is no report that can be compared"));
    }
    match &node.value {
        Value::Object(members) if members.is_empty() => {
            unlike("an empty object is neither a request nor a policy".to_owned())
        }
        Value::Object(_) if POLICY.iter().any(|member| node.member(member).is_some()) => Ok(Kind::Policies),
        Value::Object(_) => Ok(Kind::Request),
        _ => unlike(format!("{} is neither a request, a policy nor a report", node.kind())),
    }
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Snapshot => "a snapshot",
            Self::Request => "a request",
            Self::Policies => "policies",
            Self::Report => "a JSON report",
        }
    }

    /// Refuses options that would be ignored
    pub(super) fn refuse_what_changes_nothing(self, args: &DiffArgs) -> Result<(), Problems> {
        let request = [("--request", args.request.is_some())];
        let snapshot = [("--snapshot", args.account.snapshot.is_some())];
        let what_if = &args.what_if;
        let check = [
            ("--principal", args.principal.is_some()),
            ("--operation", args.operation.is_some()),
            ("--train", !args.train.is_empty()),
            ("--test", !args.test.is_empty()),
            ("--assume", !args.account.assume.is_empty()),
            ("--account", args.account.account.is_some()),
            ("--region", args.account.region.is_some()),
            ("--partition", args.account.partition.is_some()),
            ("--identity-policy", !what_if.identity_policy.is_empty()),
            ("--boundary", what_if.boundary.is_some()),
            ("--session-policy", !what_if.session_policy.is_empty()),
            ("--scp", !what_if.scp.is_empty()),
            ("--rcp", !what_if.rcp.is_empty()),
            ("--bucket-policy", !what_if.bucket_policy.is_empty()),
            ("--key-policy", !what_if.key_policy.is_empty()),
            ("--vpce-policy", what_if.vpce_policy.is_some()),
            ("--context", !args.context.context.is_empty()),
            ("--context-unknown", !args.context.context_unknown.is_empty()),
            ("--context-absent", !args.context.context_absent.is_empty()),
        ];
        let (useless, why): (Vec<(&str, bool)>, &str) = match self {
            Self::Policies => return Ok(()),
            Self::Snapshot => (snapshot.to_vec(), "the snapshots to compare are BEFORE and AFTER"),
            Self::Request => (request.to_vec(), "the requests to compare are BEFORE and AFTER"),
            Self::Report => {
                ([&request[..], &snapshot[..], &check[..]].concat(), "two reports are compared as they are")
            }
        };
        let given = useless.into_iter().filter(|(_, given)| *given);
        let problems: Vec<Problem> =
            given.map(|(flag, _)| Problem::general(format!("`{flag}` has no place here: {why}"))).collect();
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }
}
