//! From a case's setting to the arguments of a check; paths are relative to the file that names them

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::expect::{RequestCase, Setting};
use crate::report::Format;
use crate::source::{Location, Problem};

use super::super::args::{
    AccountArgs, CheckArgs, ContextArgs, LiveArgs, Mode, Output, OutputArgs, PrincipalArgs, RequestArgs, WhatIfArgs,
};

/// The folder of an expectation file
pub(super) fn folder(location: &Location) -> &Path {
    Path::new(&*location.file).parent().unwrap_or(Path::new(""))
}

/// The check that a request case stands for
pub(super) fn check(folder: &Path, setting: &Setting, case: &RequestCase) -> Result<CheckArgs, Problem> {
    let manifests = |names: &[String]| names.iter().map(|name| manifest(folder, name)).collect();
    Ok(CheckArgs {
        request: RequestArgs {
            request: folder.join(&case.request),
            operation: case.operation.clone(),
            train: manifests(&case.train),
            test: manifests(&case.test),
            catalog: case.catalog.as_ref().map(|catalog| folder.join(catalog)),
        },
        principal: PrincipalArgs { principal: setting.principal.clone() },
        account: AccountArgs { fact: facts(case), ..account(folder, setting)? },
        live: LiveArgs::default(),
        prove_kms: false,
        what_if: what_if(folder, setting),
        context: ContextArgs {
            context: case.context.iter().map(|(key, values)| (key.clone(), values.join(","))).collect(),
            context_unknown: case.unknown.clone(),
            context_absent: case.absent.clone(),
        },
        output: OutputArgs { output: vec![Output { format: Format::Human, path: None }], expand: false },
        exit_zero: false,
    })
}

/// As `--fact` takes them
fn facts(case: &RequestCase) -> Vec<(String, String)> {
    let written = |values: &[String]| if values.is_empty() { "none".to_owned() } else { values.join(",") };
    case.fact.iter().map(|(name, values)| (name.clone(), written(values))).collect()
}

fn manifest(folder: &Path, name: &str) -> PathBuf {
    if name.starts_with("s3://") { PathBuf::from(name) } else { folder.join(name) }
}

/// Account, snapshot and assumptions
pub(super) fn account(folder: &Path, setting: &Setting) -> Result<AccountArgs, Problem> {
    Ok(AccountArgs {
        terraform_plan: None,
        snapshot: setting.snapshot.as_ref().map(|snapshot| folder.join(snapshot)),
        account: word(setting.account.as_deref(), "account")?,
        region: word(setting.region.as_deref(), "region")?,
        partition: word(setting.partition.as_deref(), "partition")?,
        assume: setting.assume.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        fact: Vec::new(),
        mode: Mode::Offline,
        offline: true,
    })
}

fn word<T: FromStr<Err: Display>>(text: Option<&str>, key: &str) -> Result<Option<T>, Problem> {
    text.map(str::parse).transpose().map_err(|error: T::Err| Problem::general(format!("`{key}`: {error}")))
}

/// The policies that a setting names
pub(super) fn what_if(folder: &Path, setting: &Setting) -> WhatIfArgs {
    let paths = |names: &[String]| names.iter().map(|name| folder.join(name)).collect();
    let path = |name: &Option<String>| name.as_ref().map(|name| folder.join(name));
    let named = |entries: &BTreeMap<String, String>| {
        let entry = |(name, path): (&String, &String)| (name.clone(), folder.join(path).to_string_lossy().into_owned());
        entries.iter().map(entry).collect()
    };
    WhatIfArgs {
        identity_policy: paths(&setting.identity),
        boundary: path(&setting.boundary),
        session_policy: paths(&setting.session),
        scp: paths(&setting.scp),
        rcp: paths(&setting.rcp),
        bucket_policy: named(&setting.bucket_policy),
        key_policy: named(&setting.key_policy),
        vpce_policy: path(&setting.vpce),
        ..WhatIfArgs::default()
    }
}
