//! What-if documents: read, and put over or beside what the account has

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::facts::{Fact, Facts, Identity, KeyReference, Level, snapshot};
use crate::finding::InputRole;
use crate::iam::Arn;
use crate::policy::{Document, Effect, PolicyType};
use crate::source::Problem;

use super::unknown::nothing_given;
use crate::cli::args::WhatIfArgs;
use crate::cli::input;
use crate::cli::inputs::Inputs;

/// Adds the what-if documents to what the account has
pub(super) fn overlay(facts: &mut Facts, what_if: &WhatIfArgs, complete: bool, documents: &mut Documents<'_>) {
    let identity = documents.read_all(&what_if.identity_policy, PolicyType::Identity);
    let boundary = what_if.boundary.as_deref().and_then(|path| documents.read(path, PolicyType::Boundary));
    if !identity.is_empty() || boundary.is_some() {
        add_identity(facts, identity, boundary, complete);
    }
    let session = documents.read_all(&what_if.session_policy, PolicyType::Session);
    if !session.is_empty() {
        facts.session = Fact::Known(session);
    }
    if let Some(endpoint) =
        what_if.vpce_policy.as_deref().and_then(|path| documents.read(path, PolicyType::VpcEndpoint))
    {
        facts.vpc_endpoint = endpoint;
    }
    let scps = documents.read_all(&what_if.scp, PolicyType::ServiceControl);
    add_level(&mut facts.scps, scps);
    let rcps = documents.read_all(&what_if.rcp, PolicyType::ResourceControl);
    add_level(&mut facts.rcps, rcps);
}

fn add_identity(
    facts: &mut Facts,
    documents: Vec<Arc<Document>>,
    boundary: Option<Fact<Arc<Document>>>,
    complete: bool,
) {
    // Without a snapshot the documents given are all that the principal has (assumption `principal-policies`).
    if complete && let Some(arn) = placeholder() {
        let none_given =
            documents.is_empty().then(|| nothing_given("the principal's policies", "--identity-policy FILE"));
        let unread = none_given.into_iter().collect();
        facts.identity = Fact::Known(Identity { unread, ..Identity::bare(arn) });
    }
    if let Fact::Known(identity) = &mut facts.identity {
        identity.policies.extend(documents);
        if let Some(boundary) = boundary {
            identity.boundary = boundary;
        }
    }
}

pub(super) fn placeholder() -> Option<Arn> {
    "arn:aws:iam::000000000000:role/unknown".parse().ok()
}

/// Attaches what-if policies to the account's level; a level without any Allow keeps the one that AWS attaches
fn add_level(levels: &mut Fact<Vec<Level>>, mut documents: Vec<Arc<Document>>) {
    if documents.is_empty() {
        return;
    }
    match levels {
        Fact::Known(levels) => match levels.last_mut() {
            Some(account) => account.policies.append(&mut documents),
            None => levels.push(Level { name: "what-if".to_owned(), policies: documents, unread: None }),
        },
        Fact::Absent => {
            *levels = Fact::Known(vec![Level {
                name: "what-if".to_owned(),
                policies: with_full_access(documents),
                unread: None,
            }]);
        }
        // What else is attached stays unknown; a Deny given here is a Deny all the same.
        Fact::Unknown(missing) => {
            let unread = Some(missing.clone());
            *levels =
                Fact::Known(vec![Level { name: "what-if".to_owned(), policies: with_full_access(documents), unread }]);
        }
    }
}

fn with_full_access(mut documents: Vec<Arc<Document>>) -> Vec<Arc<Document>> {
    const FULL: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "FullAWSAccess", "Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    let allows =
        documents.iter().flat_map(|document| &document.statements).any(|statement| statement.effect == Effect::Allow);
    if !allows {
        let file = crate::source::SourceFile::new("FullAWSAccess (attached by AWS)", FULL);
        documents.extend(snapshot::document(&file, "FullAWSAccess", PolicyType::ServiceControl).ok());
    }
    documents
}

/// What-if documents being read
pub(super) struct Documents<'a> {
    /// Notes what is read
    pub(super) inputs: Option<&'a Inputs>,
    /// What is wrong with them, all of it
    pub(super) problems: Vec<Problem>,
}

impl Documents<'_> {
    /// A policy file; one that holds `null` says that there is no policy
    fn read(&mut self, path: &Path, kind: PolicyType) -> Option<Fact<Arc<Document>>> {
        let file = match input::read_document(path) {
            Ok(file) => file,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        if let Some(inputs) = self.inputs {
            inputs.document(InputRole::WhatIf, &file);
        }
        if file.text.trim() == "null" {
            return Some(Fact::Absent);
        }
        let name =
            path.file_stem().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        match snapshot::document(&file, &name, kind) {
            Ok(document) => Some(Fact::Known(document)),
            Err(found) => {
                self.problems.extend(found.0);
                None
            }
        }
    }

    fn read_all(&mut self, paths: &[PathBuf], kind: PolicyType) -> Vec<Arc<Document>> {
        paths.iter().filter_map(|path| self.read(path, kind)?.known().cloned()).collect()
    }

    /// Policies given for a bucket or a key by its name
    pub(super) fn named(&mut self, pairs: &[(String, String)], kind: PolicyType) -> Vec<(String, Fact<Arc<Document>>)> {
        for (index, (name, _)) in pairs.iter().enumerate() {
            if pairs.iter().take(index).any(|(before, _)| before == name) {
                self.problems
                    .push(Problem::general(format!("two policies are given for `{name}`, which has only one")));
            }
            if kind == PolicyType::Key && matches!(KeyReference::of(name), KeyReference::Unreadable(_)) {
                self.problems.push(
                    Problem::general(format!("`{name}` does not name a key"))
                        .with_help("expected a key id, a key ARN, `alias/NAME` or an alias ARN"),
                );
            }
        }
        pairs.iter().filter_map(|(name, path)| Some((name.clone(), self.read(Path::new(path), kind)?))).collect()
    }
}
