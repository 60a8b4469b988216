//! One request's way: read, name the operation, gather facts, read the dataset, derive

pub(super) mod context;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::catalog::{Assumptions, Catalog, Operation, Via};
use crate::facts::snapshot::SnapshotFiles;
use crate::facts::{Fact, Facts, KeyReference, plan};
use crate::finding::{Finding, InputRole};
use crate::generate::World;
use crate::iam::{Action, Context, ContextValue, Openness, Principal, PrincipalKind, Resource};
use crate::judge::{Account, Decider, Judge, Leg, ServiceKeys, UserContext};
use crate::need::{Actor, Derivation, DeriveInput, Target, check_dataset, derive};
use crate::request::quota::{self, DatasetQuotas, QuotaFinding};
use crate::request::{Request, RequestSchema, Violation, ViolationKind, recognize};
use crate::source::{Problem, Problems, SourceFile};

use super::acting::{add_roles, told};
use super::args::{AccountArgs, CheckArgs, RequestArgs, WhatIfArgs};
use super::dataset::{self, Dataset, Lookup};
use super::evidence::Evidence;
use super::folder::Folder;
use super::gather::Gatherer;
use super::input;
use super::inputs::Inputs;
use context::settings;

pub(super) use context::{Said, said};

/// The request with its operation
pub(super) struct Planned {
    pub(super) catalog: Catalog,
    pub(super) operation: Operation,
    pub(super) request: Request,
    pub(super) violations: Vec<Violation>,
    pub(super) assumptions: Assumptions,
    /// What the user said of the context
    pub(super) said: Said,
    /// What was read for it
    pub(super) inputs: Inputs,
}

/// Everything read and derived
pub(super) struct Prepared {
    pub(super) facts: Facts,
    pub(super) account: Account,
    pub(super) dataset: Dataset,
    pub(super) derivation: Derivation,
    pub(super) quotas: Vec<QuotaFinding>,
    pub(super) extra: Vec<Finding>,
    /// The keys that the snapshot lists of the dataset's buckets, if they were asked for
    pub(super) listed: BTreeMap<String, BTreeSet<String>>,
}

/// What is kept of objects while they are read
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Their number
    Counts,
    /// The keys of the dataset's objects
    Keys,
    /// The same, and the keys of all other objects that the snapshot lists in their buckets
    Neighbours,
}

impl Keep {
    pub(super) fn keys_if(wanted: bool) -> Self {
        if wanted { Self::Keys } else { Self::Counts }
    }
}

impl Prepared {
    /// Who decides about it
    pub(super) fn judge<'a>(
        &'a self,
        user: &'a UserContext,
        service_keys: ServiceKeys<'a>,
        decider: &'a dyn Decider,
        traced: bool,
    ) -> Judge<'a> {
        Judge {
            account: &self.account,
            objects: &self.dataset.objects,
            user,
            service_keys,
            dataset_missing: &self.dataset.missing,
            decider,
            traced,
        }
    }

    /// Where documents can be put in place and judged
    pub(super) fn world<'a>(
        &'a self,
        user: &'a UserContext,
        service_keys: ServiceKeys<'a>,
        principal: &'a Principal,
    ) -> World<'a> {
        World {
            account: &self.account,
            principal,
            facts: &self.facts,
            user,
            service_keys,
            dataset_missing: &self.dataset.missing,
            objects: &self.dataset.objects,
        }
    }

    /// Refuses what the user says of the context against the facts (rule E133)
    pub(super) fn contradicts(&self, user: &UserContext) -> Result<(), Problems> {
        let organization = match &self.facts.organization {
            Fact::Known(organization) => organization.id.as_deref(),
            Fact::Absent => None,
            Fact::Unknown(_) => return Ok(()),
        };
        if organization.is_none() && self.facts.organization.known().is_some() {
            return Ok(());
        }
        let known = organization.map_or(ContextValue::Absent, |id| ContextValue::Known(vec![id.into()]));
        let said = user.iter().filter(|(key, value)| key.folded() == "aws:principalorgid" && **value != known);
        let problems = said.filter(|(_, value)| **value != ContextValue::Unknown).map(|(key, _)| {
            let words = organization.map_or_else(|| "none".to_owned(), |id| format!("`{id}`"));
            Problem::general(format!("`{key}` contradicts the facts: the organization of the account is {words}"))
                .with_help("leave it out, or change the [organization] table of snapshot.toml")
        });
        let problems: Vec<Problem> = problems.collect();
        if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
    }
}

impl Planned {
    /// A check's request with everything that its decisions rest on; and what was to be kept of objects
    pub(super) fn for_check(args: &CheckArgs, keep: Keep) -> Result<(Self, Prepared), Problems> {
        let named = args.principal.principal.as_deref();
        let principal = principal(named.ok_or_else(|| {
            Problem::general("`--principal ARN` is missing: whose permissions are meant?")
                .with_help("the ARN of a user, role, role session, federated user or root user")
        })?)?;
        let said = said(&args.context)?;
        let planned =
            Self { said, ..Self::read(&args.request, &args.account.assume, Inputs::for_outputs(&args.output))? };
        let given = (&args.request, &args.account, &args.what_if);
        let prepared = planned.prepare(given, Some(&principal), keep)?;
        prepared.contradicts(&planned.said.caller)?;
        Ok((planned, prepared))
    }

    pub(super) fn read(args: &RequestArgs, assume: &[(String, String)], inputs: Inputs) -> Result<Self, Problems> {
        let mut catalog = catalog(args.catalog.as_deref(), &inputs)?;
        let assumptions = Assumptions::resolve(&catalog.assumptions, assume)?;
        let file = input::read_document(&args.request)?;
        inputs.document(InputRole::Request, &file);
        let request = Request::read(file)?;
        request.finished()?;
        let operation = match args.operation.as_deref() {
            Some(name) => {
                catalog.add_generated(name)?;
                catalog.named(name)?.clone()
            }
            None => recognize(&catalog, &request)?.clone(),
        };
        let name = operation.name();
        let text = catalog.schema(&operation).map_or("{}", |schema| &schema.text);
        let schema = RequestSchema::load(text)
            .map_err(|error| Problem::general(format!("the request schema of {name}: {error}")))?;
        let violations = schema.check(&request);
        // What cannot even be put on the wire is bad input; what the service would refuse is a result.
        if violations.iter().any(|violation| violation.kind == ViolationKind::WrongType) {
            return Err(Problems(violations.into_iter().map(problem).collect()));
        }
        Ok(Self { catalog, operation, request, violations, assumptions, said: Said::default(), inputs })
    }

    /// Gathers the facts, reads the dataset and derives the needs
    pub(super) fn prepare(
        &self,
        args: (&RequestArgs, &AccountArgs, &WhatIfArgs),
        principal: Option<&Principal>,
        keep: Keep,
    ) -> Result<Prepared, Problems> {
        let folder = args.1.snapshot.as_deref().map(folder).transpose()?;
        let files = folder.as_ref().map(|folder| folder as &dyn SnapshotFiles);
        let evidence = Evidence { files, ..Evidence::default() };
        self.prepare_from(args, principal, (evidence, keep))
    }

    /// The same with facts from anywhere
    pub(super) fn prepare_from(
        &self,
        args: (&RequestArgs, &AccountArgs, &WhatIfArgs),
        principal: Option<&Principal>,
        reading: (Evidence<'_>, Keep),
    ) -> Result<Prepared, Problems> {
        let (request_args, account_args, what_if) = args;
        let (evidence, keep) = reading;
        standard_input_once(request_args, account_args)?;
        let noted = evidence.files.map(|files| self.inputs.of_snapshot(files));
        let files = noted.as_ref().map(|files| files as &dyn SnapshotFiles);
        let evidence = Evidence { files, inputs: Some(&self.inputs), ..evidence };
        let (gatherer, mut facts) = Gatherer::facts(evidence, account_args, what_if, principal, &self.assumptions)?;
        let anonymous = "anonymous".parse().map_err(|_| Problem::general("no principal"))?;
        facts.told = told(&account_args.fact, &self.operation)?;
        let planned = (&self.operation, &self.request, &self.assumptions);
        add_roles(&mut facts, planned, (&gatherer, &self.said, evidence.asked))?;
        let mut account = Account::compile(&facts, principal.unwrap_or(&anonymous), &settings(&self.assumptions));
        let context = self.object_context(&account);
        let mut lookup = Lookup {
            gatherer: &gatherer,
            evidence,
            facts: &mut facts,
            account: &mut account,
            context: &context,
            formats: self.operation.manifest_formats(),
        };
        let planned = plan::plan(&self.operation, &self.request);
        planned.buckets.iter().try_for_each(|bucket| lookup.bucket(bucket))?;
        let dataset = dataset::read(&request_args.train, &request_args.test, &mut lookup, keep != Keep::Counts)?;
        let mut derivation = self.derive_with_facts(&mut lookup, &dataset, &planned.keys)?;
        derivation.assumptions_used.extend(gatherer.assumed().map(str::to_owned));
        let mut listed = BTreeMap::new();
        if keep == Keep::Neighbours {
            for bucket in dataset.objects.bucket_names() {
                if let Fact::Known(keys) = gatherer.object_keys(&bucket)? {
                    listed.insert(bucket, keys);
                }
            }
        }
        let quotas = self.quotas()?.map(|quotas| quota::check(&dataset.manifests, &quotas)).unwrap_or_default();
        let unused = gatherer.unused(&facts).into_iter().map(|problem| Finding::warning("what-if-unused", problem));
        let unread = gatherer.extras().into_iter().map(|problem| Finding::warning("snapshot-unread", problem));
        let planned = gatherer.plan_findings();
        let extra = planned.into_iter().chain(unread).chain(unused).collect();
        Ok(Prepared { facts, account, dataset, derivation, quotas, extra, listed })
    }

    /// The context in which the dataset's objects are read
    fn object_context(&self, account: &Account) -> Context {
        let service_keys = service_keys(&self.catalog);
        let reads = self.operation.dataset_row();
        let party = reads.and_then(|row| account.party(&Actor::named(&row.actor)));
        let party = party.unwrap_or(Cow::Borrowed(&account.caller));
        let via = match reads.map(|row| &row.via) {
            Some(Via::Chain(chain)) => chain.as_slice(),
            _ => std::slice::from_ref(&self.operation.header.service.via),
        };
        let of_caller = reads.is_none_or(|row| Actor::named(&row.actor) == Actor::Caller);
        let user = if of_caller { &self.said.caller } else { &party.said };
        let leg = Leg { account, party: &party, via, user, service_keys: &service_keys };
        dataset::READ_ACTION.parse().map_or_else(|_| Context::open(Openness::default()), |action| leg.reading(&action))
    }

    /// The dataset limits of the operation, if it has any
    fn quotas(&self) -> Result<Option<DatasetQuotas>, Problem> {
        let table = &self.operation.header.quota;
        if table.is_empty() {
            return Ok(None);
        }
        let quotas = DatasetQuotas::deserialize(table.clone());
        quotas
            .map(Some)
            .map_err(|error| Problem::general(format!("the quotas of {}: {}", self.operation.name(), error.message())))
    }

    /// Derives; keys and buckets that only the derivation names are read, and it is made again with them
    fn derive_with_facts(
        &self,
        lookup: &mut Lookup<'_, '_>,
        dataset: &Dataset,
        planned: &[KeyReference],
    ) -> Result<Derivation, Problems> {
        for reference in planned {
            if let KeyReference::KeyArn(arn) = reference {
                lookup.key(arn.as_str(), None)?;
            }
        }
        loop {
            let input = DeriveInput {
                operation: &self.operation,
                request: &self.request,
                facts: lookup.facts,
                assumptions: &self.assumptions,
                dataset_missing: &dataset.missing,
            };
            let mut derivation = derive(&input);
            let checked = check_dataset(&input, &dataset.objects.bucket_names(), &dataset.objects.key_arns());
            derivation.add_preconditions(checked);
            let known = |facts: &Facts| (facts.keys.len(), facts.buckets.len());
            let before = known(lookup.facts);
            for need in &derivation.needs {
                match &need.target {
                    Target::Resource(Resource::One(arn)) if arn.service() == "kms" => lookup.key(arn.as_str(), None)?,
                    Target::Resource(resource) if need.action.service() == "s3" => {
                        bucket_of(resource).map_or(Ok(()), |bucket| lookup.bucket(bucket))?;
                    }
                    Target::AwsManagedKey { alias, key } => {
                        let name = if matches!(key, Resource::One(_)) { key.text() } else { alias };
                        lookup.key(name, Some(alias))?;
                    }
                    _ => {}
                }
            }
            if known(lookup.facts) == before {
                return Ok(derivation);
            }
        }
    }
}

/// The bucket that a resource is, or is in, where its name is known; an access point is none
fn bucket_of(resource: &Resource) -> Option<&str> {
    let (_, named) = resource.text().split_once(":s3:::")?;
    named.split('/').next().filter(|name| !name.is_empty() && !name.contains(['*', '?', '$', '{']))
}

fn standard_input_once(args: &RequestArgs, account: &AccountArgs) -> Result<(), Problem> {
    let named = [&args.request].into_iter().chain(&args.train).chain(&args.test).chain(&account.terraform_plan);
    if named.filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Problem::general(
            "standard input (`-`) can be only one of the request, the manifests and the plan",
        )
        .with_help("give the others as files"));
    }
    Ok(())
}

fn problem(violation: Violation) -> Problem {
    Problem { location: Some(violation.location), message: violation.message, help: violation.help }
}

pub(super) fn folder(path: &Path) -> Result<Folder, Problem> {
    if path.is_dir() {
        return Ok(Folder(path.to_owned()));
    }
    let problem = if path.exists() {
        Problem::general(format!("`{}` is a file; a snapshot is a folder", path.display()))
    } else {
        Problem::general(format!("the snapshot folder `{}` does not exist", path.display()))
    };
    Err(problem.with_help("docs/snapshot.md says how to make one"))
}

/// The embedded catalog, with a folder of the user's own files over it
pub(super) fn catalog(folder: Option<&Path>, inputs: &Inputs) -> Result<Catalog, Problems> {
    let Some(folder) = folder else { return Catalog::load(&[]) };
    let entries = std::fs::read_dir(folder).map_err(|error| input::unreadable(folder, &error))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let files: Vec<SourceFile> = paths.iter().map(|path| input::read_document(path)).collect::<Result<_, _>>()?;
    for file in &files {
        inputs.document(InputRole::Catalog, file);
    }
    Catalog::load(&files)
}

/// The principal of a check: somebody who can send the request
pub(super) fn principal(text: &str) -> Result<Principal, Problem> {
    let principal: Principal =
        text.parse().map_err(|error: crate::iam::VocabularyError| Problem::general(error.to_string()))?;
    match principal.kind() {
        PrincipalKind::Service | PrincipalKind::WebIdentity | PrincipalKind::Anonymous => {
            Err(Problem::general(format!("a {} cannot send this request: `{text}`", principal.kind().words()))
                .with_help("give the ARN of a user, role, role session, federated user or root user"))
        }
        _ => Ok(principal),
    }
}

/// The condition keys of an action, as the judge asks for them
pub(super) fn service_keys(catalog: &Catalog) -> impl Fn(&Action) -> Option<Vec<String>> {
    let reference = catalog.reference.clone();
    move |action| reference.folded_keys(action)
}
