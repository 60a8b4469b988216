//! Raw cases: one call each, decided against a setting that is read and compiled once
//!
//! As with `simulate`, condition keys that a case does not list are absent. Without a snapshot, policies that a case
//! does not give are absent too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::catalog::{Assumptions, Catalog, nearest_listed};
use crate::evaluate::{Authorization, ResourceSide, Source};
use crate::expect::{self, Difference, RawCase, Setting};
use crate::facts::snapshot::SnapshotFiles;
use crate::facts::{Bucket, Fact, Facts, Key};
use crate::finding::{DecidedBy, decided_by};
use crate::iam::{Action, Context, ContextKey, ContextValue, Principal, Resource};
use crate::judge::{Account, Leg, UserContext};
use crate::policy::PolicyType;
use crate::reference;
use crate::source::{Location, Problem, Problems, nearest};

use super::super::evidence::Evidence;
use super::super::folder::Folder;
use super::super::gather::Gatherer;
use super::super::preflight::{self, context};
use super::super::{terminal, verify};
use super::setting;

/// What one setting comes to, once it was needed
#[derive(Default)]
pub(super) struct World(Option<Opened>);

struct Opened {
    catalog: Catalog,
    assumptions: Assumptions,
    folder: Option<Folder>,
    facts: Facts,
    account: Account,
    /// Buckets and keys whose policies are compiled
    known: BTreeSet<String>,
}

impl World {
    /// How a call differs from what is expected of it
    pub(super) fn difference(
        &mut self,
        setting: (&Path, &Setting),
        case: &RawCase,
    ) -> Result<Option<Difference>, Problems> {
        let opened = match &mut self.0 {
            Some(opened) => opened,
            none => none.insert(Opened::new(setting)?),
        };
        opened.difference(setting, case)
    }
}

fn principal(setting: &Setting) -> Result<Principal, Problem> {
    let text = setting.principal.as_deref().unwrap_or_default();
    text.parse().map_err(|error: crate::iam::VocabularyError| Problem::general(error.to_string()))
}

impl Opened {
    fn new((folder, setting): (&Path, &Setting)) -> Result<Self, Problems> {
        let catalog = Catalog::load(&[])?;
        let mut assume: Vec<(String, String)> =
            setting.assume.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if setting.snapshot.is_none() && !setting.assume.contains_key("organization") {
            assume.push(("organization".to_owned(), "none".to_owned()));
        }
        let assumptions = Assumptions::resolve(&catalog.assumptions, &assume)?;
        let principal = principal(setting)?;
        let snapshot = setting.snapshot.as_ref().map(|path| preflight::folder(&folder.join(path))).transpose()?;
        let (account, facts) = {
            let files = snapshot.as_ref().map(|folder| folder as &dyn SnapshotFiles);
            let evidence = Evidence { files, ..Evidence::default() };
            let args = setting::account(folder, setting)?;
            let what_if = setting::what_if(folder, setting);
            let (_, mut facts) = Gatherer::facts(evidence, &args, &what_if, Some(&principal), &assumptions)?;
            if snapshot.is_none() {
                close(&mut facts);
            }
            (Account::compile(&facts, &principal, &context::settings(&assumptions)), facts)
        };
        Ok(Self { catalog, assumptions, folder: snapshot, facts, account, known: BTreeSet::new() })
    }

    fn difference(&mut self, setting: (&Path, &Setting), case: &RawCase) -> Result<Option<Difference>, Problems> {
        let word = |error: crate::iam::VocabularyError| Problem::general(error.to_string());
        let action: Action = case.action.parse().map_err(word)?;
        if let Some(problem) = misspelt(&action) {
            return Err(problem.into());
        }
        let resource = Resource::parse(&case.resource).map_err(word)?;
        let side = self.side(setting, case, &resource)?;
        let context = self.context(case, &action, &side)?;
        let program = &self.account.program;
        let question = program.question(&action, &context);
        let reasons = program.reasons(&Authorization {
            caller: &self.account.caller.who,
            question: &question,
            resource: &resource,
            caller_side: &self.account.caller.direct,
            resource_side: &side,
        });
        let lines = |location: &Location| terminal::source_line(location);
        let deciders: Vec<DecidedBy> =
            reasons.decided_by.iter().filter_map(|reason| decided_by(reason, &|_| None)).collect();
        let mut missing: Vec<String> =
            reasons.missing_context.iter().map(|key| format!("the value of `{key}`")).collect();
        missing.extend(reasons.missing_facts.iter().map(ToString::to_string));
        let what = format!("{action} on {}", case.resource);
        let mut difference = expect::raw(&case.expected, what, reasons.decision, &deciders, &missing);
        // Only what differs is shown with its lines.
        for part in difference.iter_mut().flat_map(|difference| &mut difference.decided_by) {
            part.line_text = part.location.as_ref().and_then(lines);
        }
        Ok(difference)
    }

    /// The resource's layers, its policy read and compiled once
    fn side(
        &mut self,
        (folder, setting): (&Path, &Setting),
        case: &RawCase,
        resource: &Resource,
    ) -> Result<ResourceSide, Problems> {
        let named = resource.text().splitn(6, ':').nth(5).unwrap_or_default().to_owned();
        match resource.service() {
            Some("s3") => {
                let bucket = named.split('/').next().unwrap_or_default();
                self.open(folder, setting, (bucket, false))?;
                Ok(self.account.bucket_side(bucket))
            }
            Some("kms") if named.starts_with("key/") => {
                self.open(folder, setting, (resource.text(), true))?;
                Ok(self.account.key_side(resource.text()))
            }
            _ => {
                let mut side = self.account.plain_side();
                if let Some(path) = &case.resource_policy {
                    let trust = resource.service() == Some("iam") && named.starts_with("role/");
                    let kind = if trust { PolicyType::Trust } else { PolicyType::Resource };
                    let mut problems = Vec::new();
                    let path: PathBuf = folder.join(path);
                    let document = verify::read(&path, kind, &mut problems).ok_or(Problems(problems))?;
                    side.policy = Source::Set(self.account.program.add([&document], kind));
                    side.policy_is_mandatory = trust;
                }
                Ok(side)
            }
        }
    }

    /// Reads and compiles the policy of a bucket or a key, once
    fn open(&mut self, folder: &Path, setting: &Setting, (name, is_key): (&str, bool)) -> Result<(), Problems> {
        if !self.known.insert(name.to_owned()) {
            return Ok(());
        }
        let files = self.folder.as_ref().map(|folder| folder as &dyn SnapshotFiles);
        let evidence = Evidence { files, ..Evidence::default() };
        let args = setting::account(folder, setting)?;
        let what_if = setting::what_if(folder, setting);
        let principal = principal(setting)?;
        let (gatherer, _) = Gatherer::facts(evidence, &args, &what_if, Some(&principal), &self.assumptions)?;
        if is_key {
            let mut key = gatherer.key(name, &self.facts)?;
            if files.is_none() {
                close_key(&mut key);
            }
            self.account.add_key(name, &key, None);
        } else {
            let mut bucket = gatherer.bucket(name)?;
            if files.is_none() {
                close_bucket(&mut bucket);
            }
            self.account.add_bucket(name, &bucket);
        }
        Ok(())
    }

    /// What follows from caller, account and resource, with what the case says over it
    fn context(&self, case: &RawCase, action: &Action, side: &ResourceSide) -> Result<Context, Problems> {
        let service_keys = preflight::service_keys(&self.catalog);
        let user = UserContext::new();
        let leg = Leg {
            account: &self.account,
            party: &self.account.caller,
            via: &[],
            user: &user,
            service_keys: &service_keys,
        };
        let follows = leg.of_action((action, false), &side.owner);
        let mut context = if case.open_context { follows.clone() } else { Context::closed() };
        if !case.open_context {
            for (key, value) in follows.iter() {
                context.set(key.clone(), value.clone());
            }
        }
        let known = case.context.iter().map(|(key, values)| {
            (key, ContextValue::Known(values.iter().map(|value| value.as_str().into()).collect()))
        });
        let unknown = case.unknown.iter().map(|key| (key, ContextValue::Unknown));
        let absent = case.absent.iter().map(|key| (key, ContextValue::Absent));
        let mut seen = BTreeSet::new();
        let mut problems = Vec::new();
        for (name, value) in known.chain(unknown).chain(absent) {
            match name.parse::<ContextKey>() {
                Err(error) => problems.push(Problem::general(error.to_string())),
                Ok(key) if !seen.insert(key.folded().to_owned()) => {
                    problems.push(Problem::general(format!("the condition key `{key}` is given twice")));
                }
                Ok(key) => context.set(key, value),
            }
        }
        if problems.is_empty() { Ok(context) } else { Err(Problems(problems)) }
    }
}

fn absent<T>(fact: &mut Fact<T>) {
    if matches!(fact, Fact::Unknown(_)) {
        *fact = Fact::Absent;
    }
}

/// Without a snapshot, what is not given is not there
fn close(facts: &mut Facts) {
    absent(&mut facts.organization);
    absent(&mut facts.scps);
    absent(&mut facts.rcps);
    absent(&mut facts.identity);
    absent(&mut facts.session);
    absent(&mut facts.vpc_endpoint);
    absent(&mut facts.aliases);
    for levels in [&mut facts.scps, &mut facts.rcps] {
        if let Fact::Known(levels) = levels {
            for level in levels {
                level.unread = None;
            }
        }
    }
    if let Fact::Known(identity) = &mut facts.identity {
        identity.unread.clear();
    }
}

fn close_bucket(bucket: &mut Bucket) {
    absent(&mut bucket.policy);
    absent(&mut bucket.public_access_block);
}

fn close_key(key: &mut Key) {
    absent(&mut key.policy);
    absent(&mut key.grants);
}

/// An action that the lists do not know and that reads like one of theirs: nothing allows it, so a denial would prove nothing
fn misspelt(action: &Action) -> Option<Problem> {
    if reference::action(action).is_some() {
        return None;
    }
    let near = match reference::service(action.service()) {
        Some(_) => nearest_listed(action)?,
        None => format!("{}:{}", nearest(action.service(), reference::prefixes())?, action.name()),
    };
    Some(Problem::general(format!("`{action}` is no known action")).with_help(format!("did you mean `{near}`?")))
}
