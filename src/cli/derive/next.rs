//! What to do after `derive --as`: the exact commands

use std::path::Path;

use crate::catalog::{FactSource, Operation};
use crate::cli::args::DeriveArgs;
use crate::finding::DerivedReport;
use crate::migrate::{Migrated, NextStep};
use crate::source::shell_word;

/// Where the new request goes when nobody has said it
const FILE: &str = "new-request.json";

/// What the steps follow from
pub(super) struct Steps<'a> {
    pub(super) args: &'a DeriveArgs,
    pub(super) target: &'a Operation,
    pub(super) migrated: &'a Migrated,
    pub(super) after: &'a DerivedReport,
}

impl Steps<'_> {
    pub(super) fn all(&self) -> Vec<NextStep> {
        let mut steps = Vec::new();
        let written = self.args.migration.request_out.is_some();
        if !self.migrated.asks.is_empty() {
            steps.push(step("say what is still open, and write the new request", self.again()));
        } else if !written {
            steps.push(step("write the new request", self.again()));
        }
        steps.push(step("check who may run it", self.check()));
        steps
    }

    fn file(&self) -> String {
        self.args.migration.request_out.as_deref().map_or_else(|| FILE.to_owned(), word)
    }

    /// The same command with a setting for each placeholder
    fn again(&self) -> String {
        let mut words = vec!["iam-preflight derive".to_owned(), word(&self.args.request.request)];
        words.extend(self.args.request.operation.iter().flat_map(|name| flag("--operation", name)));
        words.extend(flag("--as", &self.migrated.to));
        words.extend(self.request());
        words.extend(self.account());
        let facts = self.args.account.fact.iter();
        words.extend(facts.flat_map(|(name, value)| flag("--fact", &format!("{name}={value}"))));
        let given = self.args.migration.set.iter();
        words.extend(given.flat_map(|(name, value)| flag("--set", &format!("{name}={value}"))));
        words.extend(self.migrated.asks.iter().map(|ask| format!("--set {}=VALUE", ask.name)));
        words.extend(["--request-out".to_owned(), self.file()]);
        words.join(" ")
    }

    fn check(&self) -> String {
        let mut words = vec!["iam-preflight check".to_owned(), self.file()];
        words.extend(flag("--operation", self.target.name()));
        words.push("--principal ARN".to_owned());
        words.extend(self.request());
        words.extend(self.account());
        let told = self.target.header.fact.iter().filter(|(_, source)| matches!(source, FactSource::Told { .. }));
        for (name, _) in told {
            let said = self.args.account.fact.iter().find(|(known, _)| known == name);
            match said {
                Some((_, value)) => words.extend(flag("--fact", &format!("{name}={value}"))),
                None if self.lacks(name) => words.push(format!("--fact {name}=VALUE")),
                None => {}
            }
        }
        words.join(" ")
    }

    /// Whether a row hangs on a fact that only the user can tell
    fn lacks(&self, fact: &str) -> bool {
        let flag = format!("--fact {fact}=");
        self.after.rows.iter().any(|row| row.missing_facts.iter().any(|missing| missing.contains(&flag)))
    }

    fn request(&self) -> Vec<String> {
        let request = &self.args.request;
        let train = request.train.iter().map(|path| ["--train".to_owned(), word(path)]);
        let test = request.test.iter().map(|path| ["--test".to_owned(), word(path)]);
        let catalog = request.catalog.iter().map(|path| ["--catalog".to_owned(), word(path)]);
        train.chain(test).chain(catalog).flatten().collect()
    }

    fn account(&self) -> Vec<String> {
        let account = &self.args.account;
        let mut words = Vec::new();
        words.extend(account.snapshot.iter().flat_map(|path| ["--snapshot".to_owned(), word(path)]));
        words.extend(account.terraform_plan.iter().flat_map(|path| ["--terraform-plan".to_owned(), word(path)]));
        words.extend(account.account.iter().flat_map(|id| flag("--account", id.as_str())));
        words.extend(account.region.iter().flat_map(|region| flag("--region", &region.to_string())));
        words.extend(account.partition.iter().flat_map(|partition| flag("--partition", &partition.to_string())));
        let assumed = account.assume.iter();
        words.extend(assumed.flat_map(|(name, value)| flag("--assume", &format!("{name}={value}"))));
        words
    }
}

fn step(what: &str, command: String) -> NextStep {
    NextStep { what: what.to_owned(), command }
}

fn flag(name: &str, value: &str) -> [String; 2] {
    [name.to_owned(), shell_word(value)]
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
