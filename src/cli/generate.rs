//! `generate`: least-privilege documents, proven

use std::io::Write;

use crate::catalog;
use crate::evaluate::Decision;
use crate::finding::Verdict;
use crate::generate::{self, Carrier, Fault, Order, Place, Production, limit};
use crate::iam::Principal;
use crate::report::{Delivery, Format, Syntax, render_production};
use crate::source::{Problem, Problems};

use super::args::{self, GenerateArgs, Granularity, Layer, Mode, Output, Strength, WhatIfArgs};
use super::inputs::Inputs;
use super::live::{self, Wish};
use super::preflight::{self, Keep, Planned, Prepared};
use super::terminal::{self, Terminal};
use super::{Exit, Failure, input, simulated};

pub(super) fn run(args: &GenerateArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let kind =
        limit(&args.documents.limit).filter(|_| args.documents.policies > 1 && args.documents.limit != "managed");
    if let Some(kind) = kind {
        return Err(Problem::general(format!("{} have one limit, so several are no larger than one", kind.what))
            .with_help("leave `--policies` out, or write managed policies")
            .into());
    }
    let (planned, prepared, principal) = ready(args)?;
    let production = produce(args, &planned, &prepared, principal.as_ref())?;
    let simulated = simulated::simulated(args, (&planned, &prepared), &production)?;
    let decision = simulated::worse(production.decision(), simulated.as_ref());
    let shown = shown(args, &production, principal.is_some())?;
    let patched = patched(args, &shown)?;
    let delivery = Delivery {
        operation: planned.operation.name(),
        production: &production,
        shown: &shown,
        syntax: syntax(args.documents.format),
        patched,
        simulated,
        size: size(args),
        verdict: verdict(decision, &planned),
        notices: planned.operation.notices().collect(),
    };
    write(args, &delivery, terminal)?;
    if production.composed.documents.is_empty() && decision == Decision::Allowed {
        return Ok(Exit::Nothing);
    }
    Ok(Exit::of(verdict(decision, &planned), false))
}

/// The request, what is known of the account, and who sends the request: from AWS, or offline and from a snapshot
fn ready(args: &GenerateArgs) -> Result<(Planned, Prepared, Option<Principal>), Failure> {
    if args.account.offline && args.account.mode != Mode::Offline {
        let problem = Problem::general("`--offline` forbids the network that `--mode live` and `--mode both` need");
        return Err(problem.with_help("leave one of the two out").into());
    }
    let what_if = WhatIfArgs::default();
    if args.account.mode != Mode::Offline && args.account.snapshot.is_none() {
        let (planned, prepared, _) = live::gathered(Wish::of_documents(args, &what_if), Keep::Keys)?;
        let principal = prepared.account.caller.who.principal.clone();
        return Ok((planned, prepared, Some(principal)));
    }
    let principal = args.documents.principal.as_deref().map(preflight::principal).transpose()?;
    if args.account.mode != Mode::Offline && principal.is_none() {
        return Err(
            Problem::general("the policy simulator is asked about somebody: `--principal ARN` is missing").into()
        );
    }
    let said = preflight::said(&args.context)?;
    let planned = Planned { said, ..Planned::read(&args.request, &args.account.assume, Inputs::default())? };
    let given = (&args.request, &args.account, &what_if);
    let prepared = planned.prepare(given, principal.as_ref(), Keep::Neighbours)?;
    Ok((planned, prepared, principal))
}

/// The verdict on documents: those for a request that the service would refuse are of no use
pub(super) fn verdict(decision: Decision, planned: &Planned) -> Verdict {
    match decision {
        _ if !planned.violations.is_empty() => Verdict::Blocked,
        Decision::Allowed if planned.operation.has_open_side_effects(&planned.assumptions) => Verdict::Undetermined,
        Decision::Allowed => Verdict::Ready,
        Decision::ExplicitDeny | Decision::ImplicitDeny => Verdict::Blocked,
        Decision::Undetermined => Verdict::Undetermined,
    }
}

fn syntax(format: args::Syntax) -> Syntax {
    match format {
        args::Syntax::Json => Syntax::Json,
        args::Syntax::Terraform => Syntax::Terraform,
        args::Syntax::TerraformPlain => Syntax::TerraformPlain,
        args::Syntax::CloudFormation => Syntax::CloudFormation,
    }
}

fn size(args: &GenerateArgs) -> usize {
    let known = limit(&args.documents.limit).map_or(0, |limit| limit.characters);
    args.documents.max_size.unwrap_or(known)
}

fn produce(
    args: &GenerateArgs,
    planned: &Planned,
    prepared: &Prepared,
    principal: Option<&Principal>,
) -> Result<Production, Problems> {
    let service_keys = preflight::service_keys(&planned.catalog);
    let nobody = generate::nobody(&prepared.facts);
    let caller = principal.or(nobody.as_ref()).unwrap_or(&prepared.account.caller.who.principal);
    let order = Order {
        world: prepared.world(&planned.said.caller, &service_keys, caller),
        needs: &prepared.derivation.needs,
        weakest: weakest(args.documents.strength),
        carrier: match args.documents.layer {
            Layer::Identity | Layer::All => Carrier::Identity,
            Layer::Bucket => Carrier::Bucket,
            Layer::Key => Carrier::Key,
        },
        granularity: match args.documents.granularity {
            Granularity::Object => generate::Granularity::Object,
            Granularity::Prefix => generate::Granularity::Prefix,
            Granularity::Bucket => generate::Granularity::Bucket,
        },
        size: size(args),
        policies: usize::from(args.documents.policies),
        listed: &prepared.listed,
        in_account: principal.is_some()
            && (args.account.snapshot.is_some()
                || args.account.terraform_plan.is_some()
                || args.account.mode != Mode::Offline),
    };
    order.produce().map_err(problems)
}

/// Why there are no documents, for the user
pub(super) fn problems(fault: Fault) -> Problems {
    match fault {
        Fault::TooLarge(error) => Problem::general(error.to_string())
            .with_help("allow more with `--max-size N`, another `--limit`, or several policies with `--policies N`")
            .into(),
        Fault::Unreadable(problems) => problems,
    }
}

pub(super) fn weakest(strength: Strength) -> catalog::Strength {
    match strength {
        Strength::Must => catalog::Strength::Must,
        Strength::Should => catalog::Strength::Should,
        Strength::Advisory => catalog::Strength::Advisory,
    }
}

/// The documents of the layers asked for; policies of buckets and keys need somebody to name
fn shown(args: &GenerateArgs, production: &Production, named: bool) -> Result<Vec<generate::Generated>, Problem> {
    let wanted = |place: &Place| match args.documents.layer {
        Layer::All => true,
        Layer::Identity => matches!(place, Place::Identity(_)),
        Layer::Bucket => matches!(place, Place::Bucket(_)),
        Layer::Key => matches!(place, Place::Key(_)),
    };
    let documents = production.composed.documents.iter().filter(|document| wanted(&document.place));
    let documents: Vec<_> = documents.cloned().collect();
    let naming = documents.iter().find(|document| !matches!(document.place, Place::Identity(_)));
    let identity = documents.iter().any(|document| matches!(document.place, Place::Identity(_)));
    if args.documents.format == args::Syntax::CloudFormation && !documents.is_empty() && !identity {
        // A bucket policy or key policy in a template replaces the one that lies there.
        return Err(Problem::general("CloudFormation cannot add statements to the policy of a bucket or a key")
            .with_help("take `--format json` or `terraform` and add the statements where that policy is kept"));
    }
    match naming {
        Some(document) if !named => {
            let name = document.place.name();
            Err(Problem::general(format!("the policy `{name}` has to name who sends the request"))
                .with_help("give it with `--principal ARN`"))
        }
        _ => Ok(documents),
    }
}

/// The existing document with the statements added that it lacks
fn patched(args: &GenerateArgs, shown: &[generate::Generated]) -> Result<Option<serde_json::Value>, Problems> {
    let Some(path) = &args.documents.against else { return Ok(None) };
    if args.documents.format != args::Syntax::Json {
        return Err(
            Problem::general("`--against` prints the policy language itself, so `--format` must be json").into()
        );
    }
    let [document] = shown else {
        return Err(Problem::general(format!("`--against` is about one document, and there are {}", shown.len()))
            .with_help("choose one with `--layer`")
            .into());
    };
    let mut problems = Vec::new();
    let existing = super::verify::read(path, document.place.policy_type(), &mut problems);
    existing.map(|existing| Some(document.added_to(&existing))).ok_or(Problems(problems))
}

/// Documents to standard output or into files, what is proven of them to where it does not disturb
fn write(args: &GenerateArgs, delivery: &Delivery<'_>, terminal: Terminal) -> Result<(), Failure> {
    if let Some(folder) = &args.documents.out {
        std::fs::create_dir_all(folder).map_err(|error| input::unwritable(folder, &error))?;
        for (name, text) in delivery.files() {
            let path = folder.join(name);
            super::whole::write(&path, text.as_bytes()).map_err(|error| input::unwritable(&path, &error))?;
        }
    }
    for output in &args.output.output {
        to(output, args.documents.out.is_some(), delivery, terminal)?;
    }
    Ok(())
}

fn to(output: &Output, in_files: bool, delivery: &Delivery<'_>, terminal: Terminal) -> Result<(), Failure> {
    let mut text = Vec::new();
    match (&output.path, output.format) {
        (Some(path), format) => {
            render_production(delivery, format, Terminal::file_style(false), &mut text)?;
            super::whole::write(path, &text).map_err(|error| input::unwritable(path, &error))?;
        }
        (None, Format::Human) if !in_files => {
            let mut out = terminal::stdout();
            out.write_all(delivery.text().as_bytes())?;
            out.flush()?;
            render_production(delivery, Format::Human, terminal.stderr_style(), &mut text)?;
            std::io::stderr().lock().write_all(&text)?;
        }
        (None, format) => {
            render_production(delivery, format, terminal.stdout_style(false), &mut text)?;
            let mut out = terminal::stdout();
            out.write_all(&text)?;
            out.flush()?;
        }
    }
    Ok(())
}
