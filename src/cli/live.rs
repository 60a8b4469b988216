//! Live mode: the check runs over what is known, AWS is asked what it missed, and it runs again

mod progress;

use std::io::Read;
use std::time::Duration;

use crate::aws::{self, Account, Connection, Questions, Session, Tree};
use crate::iam::{AccountId, Principal, Region};
use crate::source::{Location, Problem, Problems};

use super::args::{AccountArgs, CheckArgs, ContextArgs, GenerateArgs, LiveArgs, OutputArgs, RequestArgs, WhatIfArgs};
use super::evidence::{Asked, Evidence};
use super::inputs::Inputs;
use super::preflight::{Keep, Planned, Prepared, principal, said};
use super::{Failure, clock};
use progress::Bar;

/// Every round answers what the last one asked; four are usual
const MOST_ROUNDS: usize = 20;

/// What was gathered for one check
pub(super) struct Gathered {
    tree: Tree,
}

impl Gathered {
    /// Every file of the snapshot that it is
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, String)> {
        self.tree.files()
    }

    /// Folders that may be without files
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.tree.folders()
    }

    /// What was asked for and could not be read, and why
    pub(super) fn causes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tree.causes()
    }

    /// The line of a document that came from AWS
    pub(super) fn line(&self, location: &Location) -> Option<String> {
        self.tree.line(&location.file, location.at.line)
    }
}

/// What is asked of AWS, and for whom
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    request: &'a RequestArgs,
    account: &'a AccountArgs,
    live: &'a LiveArgs,
    what_if: &'a WhatIfArgs,
    context: &'a ContextArgs,
    output: &'a OutputArgs,
    /// Who sends the request; the owner of the credentials when nobody is named
    principal: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// What a check wants
    pub(super) fn of(args: &'a CheckArgs) -> Self {
        let CheckArgs { request, account, live, what_if, context, output, .. } = args;
        Self { request, account, live, what_if, context, output, principal: args.principal.principal.as_deref() }
    }

    /// What documents to be generated rest on; they are made without what-if documents
    pub(super) fn of_documents(args: &'a GenerateArgs, what_if: &'a WhatIfArgs) -> Self {
        let GenerateArgs { request, account, live, context, documents, output, .. } = args;
        Self { request, account, live, what_if, context, output, principal: documents.principal.as_deref() }
    }
}

/// A request with everything that its decisions rest on, asked of AWS
pub(super) fn gathered(args: Wish<'_>, keep: Keep) -> Result<(Planned, Prepared, Gathered), Failure> {
    if args.account.offline {
        let problem = Problem::general("`--offline` forbids the network that asking AWS needs");
        return Err(problem.with_help("leave it out, or give a snapshot").into());
    }
    let said = said(args.context)?;
    let named = args.principal.map(principal).transpose()?;
    let inputs = Inputs::for_outputs(args.output);
    let planned = Planned { said, ..Planned::read(args.request, &args.account.assume, inputs)? };
    let session = session(args, args.account.region.as_ref())?;
    let account = session.wait(session.account()).map_err(|failure| not_checked(&failure))?;
    let principal = match named {
        Some(principal) => principal,
        None => own(&account)?,
    };
    let (prepared, tree) = rounds(&planned, args, (&session, &account, &principal), keep)?;
    if tree.is_bare() && !args.what_if.names_identity() {
        return Err(Failure::Aws(Problems(tree.causes().map(|(path, cause)| left_out(path, cause)).collect())));
    }
    prepared.contradicts(&planned.said.caller)?;
    Ok((planned, prepared, Gathered { tree }))
}

/// The caller's own identity, when nobody else is meant
fn own(account: &Account) -> Result<Principal, Failure> {
    let principal = principal(&account.caller.arn)?;
    super::terminal::note(&format!("checking the caller's own identity: {principal}"));
    Ok(principal)
}

fn rounds(
    planned: &Planned,
    args: Wish<'_>,
    who: (&Session, &Account, &Principal),
    keep: Keep,
) -> Result<(Prepared, Tree), Failure> {
    let (session, account, principal) = who;
    let id: AccountId = account
        .caller
        .account
        .parse()
        .map_err(|error: crate::iam::VocabularyError| Failure::Aws(Problem::general(error.to_string()).into()))?;
    let mut tree = Tree::new(&id, session.region(), &clock::now().to_string(), &account.membership);
    let asked = Asked { stdin: standard_input(args)?, ..Asked::default() };
    let bar = Bar::new();
    for _ in 0..MOST_ROUNDS {
        let given = (args.request, args.account, args.what_if);
        let evidence = Evidence { files: Some(&tree), asked: Some(&asked), inputs: None };
        let result = planned.prepare_from(given, Some(principal), (evidence, keep));
        let wanted = tree.take_wanted();
        match result {
            Err(problems) if !tree.withdraw(&problems) => return Err(problems.into()),
            Ok(prepared) if wanted.is_empty() => return Ok((prepared, tree)),
            _ => {}
        }
        let objects = asked.objects.borrow();
        let questions = Questions {
            wanted,
            account: &id,
            principal,
            roles: &asked.roles.borrow(),
            lineage: &account.lineage,
            keys: &asked.keys.borrow(),
            objects: objects.iter().map(|(bucket, objects)| (bucket.as_str(), objects.keys.as_slice())).collect(),
            manifests: &asked.manifests.borrow(),
            sample: args.live.sample.and_then(|sample| usize::try_from(sample).ok()),
        };
        session
            .wait(aws::gather(session.calls(), &questions, &mut tree, &bar))
            .map_err(|near| no_principal(principal, near))?;
    }
    Err(Problem::general("AWS was asked again and again without an end").into())
}

fn no_principal(principal: &Principal, near: Option<String>) -> Problem {
    let words = principal.kind().words();
    let problem = Problem::general(format!("AWS knows no {words} `{principal}`"));
    match near {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// A connection for questions about a request in this Region
pub(super) fn session(args: Wish<'_>, region: Option<&Region>) -> Result<Session, Failure> {
    let connection = Connection {
        region: region.cloned(),
        profile: args.live.profile.clone(),
        endpoint: args.live.endpoint_url.clone(),
        deadline: args.live.deadline.unwrap_or(Duration::from_mins(5)),
    };
    Session::open(&connection).map_err(|failure| not_checked(&failure))
}

pub(super) fn not_checked(failure: &aws::CallFailure) -> Failure {
    let help = match failure.kind {
        aws::FailureKind::Credentials => "check the credentials: AWS_PROFILE, --profile, or aws sso login",
        aws::FailureKind::Unreachable | aws::FailureKind::TooSlow => "check the network and the endpoint",
        _ => "see docs/live.md for what live mode needs",
    };
    Failure::Aws(Problem::general(failure.to_string()).with_help(help).into())
}

fn left_out(path: &str, cause: &str) -> Problem {
    Problem::general(format!("`{path}` could not be read: {cause}"))
}

/// All of standard input, when a manifest comes from there: every round reads it
fn standard_input(args: Wish<'_>) -> Result<Option<std::sync::Arc<[u8]>>, Problem> {
    let mut manifests = args.request.train.iter().chain(&args.request.test);
    if !manifests.any(|path| path.as_os_str() == "-") {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Problem::general(format!("standard input cannot be read: {error}")))?;
    Ok(Some(bytes.into()))
}
