//! `verify`: whether documents are enough, what of them is needed, what they grant beyond

use std::path::Path;
use std::sync::Arc;

use crate::facts::snapshot;
use crate::generate::{self, Claim, InPlace};
use crate::policy::{Document, PolicyType};
use crate::report::{Verified, render_verification};
use crate::source::{Problem, Problems};

use super::args::{VerifyArgs, WhatIfArgs};
use super::check::write_all;
use super::generate::{problems, verdict, weakest};
use super::inputs::Inputs;
use super::preflight::{self, Keep, Planned, Prepared};
use super::terminal::Terminal;
use super::{Exit, Failure, input};

pub(super) fn run(args: &VerifyArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let request = args.request();
    let principal = args.principal.as_deref().map(preflight::principal).transpose()?;
    let said = preflight::said(&args.context)?;
    let planned = Planned { said, ..Planned::read(&request, &args.account.assume, Inputs::default())? };
    let what_if = WhatIfArgs::default();
    let prepared = planned.prepare((&request, &args.account, &what_if), principal.as_ref(), Keep::Neighbours)?;
    let documents = documents(args, &prepared)?;
    let service_keys = preflight::service_keys(&planned.catalog);
    let nobody = generate::nobody(&prepared.facts);
    let caller = principal.as_ref().or(nobody.as_ref()).unwrap_or(&prepared.account.caller.who.principal);
    let claim = Claim {
        world: prepared.world(&planned.said.caller, &service_keys, caller),
        needs: &prepared.derivation.needs,
        weakest: weakest(args.strength),
        documents: &documents,
        listed: &prepared.listed,
    };
    let verification = claim.verify().map_err(problems)?;
    let verdict = verdict(verification.decision(), &planned);
    let verified = Verified {
        operation: planned.operation.name(),
        verification: &verification,
        verdict,
        notices: planned.operation.notices().collect(),
    };
    write_all(&args.output, terminal, &|output, style, out| render_verification(&verified, output.format, style, out))?;
    Ok(Exit::of(verdict, false))
}

/// Reads the documents, all problems at once
fn documents(args: &VerifyArgs, prepared: &Prepared) -> Result<InPlace, Problems> {
    let mut placed = InPlace::default();
    let mut problems = Vec::new();
    for path in &args.policies {
        placed.identity.extend(read(path, PolicyType::Identity, &mut problems));
    }
    for (bucket, path) in &args.bucket_policy {
        if !prepared.facts.buckets.contains_key(bucket) {
            problems.push(untouched("--bucket-policy", bucket, prepared.facts.buckets.keys()));
        }
        if let Some(document) = read(Path::new(path), PolicyType::Resource, &mut problems) {
            placed.buckets.insert(bucket.clone(), document);
        }
    }
    let known: Vec<String> = prepared.account.keys().map(|(arn, _)| arn.to_owned()).collect();
    for (key, path) in &args.key_policy {
        let arn = known.iter().find(|arn| *arn == key || arn.rsplit('/').next() == Some(key));
        if arn.is_none() {
            problems.push(untouched("--key-policy", key, known.iter()));
        }
        if let (Some(arn), Some(document)) = (arn, read(Path::new(path), PolicyType::Key, &mut problems)) {
            placed.keys.insert(arn.clone(), document);
        }
    }
    if problems.is_empty() { Ok(placed) } else { Err(Problems(problems)) }
}

fn untouched<'k>(flag: &str, name: &str, touched: impl Iterator<Item = &'k String>) -> Problem {
    let touched: Vec<&str> = touched.map(String::as_str).collect();
    let touched = if touched.is_empty() { "none".to_owned() } else { touched.join(", ") };
    Problem::general(format!("`{flag} {name}`: the request does not touch it"))
        .with_help(format!("it touches {touched}"))
}

/// Reads one document
pub(super) fn read(path: &Path, kind: PolicyType, problems: &mut Vec<Problem>) -> Option<Arc<Document>> {
    let name = path.file_stem().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let read = input::read_document(path).map_err(Problems::from);
    match read.and_then(|file| snapshot::document(&file, &name, kind)) {
        Ok(document) => Some(document),
        Err(found) => {
            problems.extend(found.0);
            None
        }
    }
}
