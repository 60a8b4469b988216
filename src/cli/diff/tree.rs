//! Policy documents as a folder holds them: which layer each is, and what takes the place of what

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::source::{Problem, Problems};

use super::super::args::{PolicyLayer, Replaced, WhatIfArgs};
use super::super::input;

/// Folders nested deeper than this are refused
const DEEPEST: usize = 32;

/// The documents of one side
#[derive(Debug, Default)]
pub(super) struct Tree {
    documents: Vec<(PolicyLayer, PathBuf)>,
}

/// All JSON files below a folder, in the order of their names; hidden ones are left out
pub(super) fn documents(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    collect(folder, 0, &mut found)?;
    Ok(found)
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Problem> {
    if depth > DEEPEST {
        return Err(Problem::general(format!("`{}` is nested too deeply", folder.display())));
    }
    let entries = std::fs::read_dir(folder).map_err(|error| input::unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| input::unreadable(folder, &error))?;
        // A link to a folder may lead back here, so links are followed to files only.
        let is_folder = entry.file_type().map_err(|error| input::unreadable(&entry.path(), &error))?.is_dir();
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push((entry.path(), is_folder));
        }
    }
    paths.sort();
    for (path, is_folder) in paths {
        if is_folder {
            collect(&path, depth + 1, found)?;
        } else if path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            found.push(path);
        }
    }
    Ok(())
}

impl Tree {
    /// The documents at a path; `other` is what those are whose folder does not tell
    pub(super) fn read(path: &Path, other: &PolicyLayer) -> Result<Self, Problem> {
        if !path.is_dir() {
            return Ok(Self { documents: vec![(other.clone(), path.to_owned())] });
        }
        let layered = documents(path)?.into_iter().map(|document| {
            let inside = document.strip_prefix(path).unwrap_or(&document);
            (layer(inside).unwrap_or_else(|| other.clone()), document)
        });
        Ok(Self { documents: layered.collect() })
    }

    fn of(&self, layer: &PolicyLayer) -> Vec<PathBuf> {
        self.documents.iter().filter(|(own, _)| own == layer).map(|(_, path)| path.clone()).collect()
    }

    fn names(&self, layer: &PolicyLayer) -> BTreeSet<String> {
        self.of(layer).iter().map(|path| stem(path)).collect()
    }

    fn named(&self) -> Vec<(&PolicyLayer, &PathBuf)> {
        let named = |layer: &PolicyLayer| matches!(layer, PolicyLayer::Bucket(_) | PolicyLayer::Key(_));
        self.documents.iter().filter(|(layer, _)| named(layer)).map(|(layer, path)| (layer, path)).collect()
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The layer that the first folder on the way to a document names
fn layer(inside: &Path) -> Option<PolicyLayer> {
    let mut parts = inside.components().map(|part| part.as_os_str().to_string_lossy());
    let first = parts.next()?;
    let in_folder = parts.next().is_some();
    let word = if in_folder { first.into_owned() } else { stem(inside) };
    match (word.as_str(), in_folder) {
        ("identity", true) => Some(PolicyLayer::Identity),
        ("boundary" | "boundaries", _) => Some(PolicyLayer::Boundary),
        ("session", true) => Some(PolicyLayer::Session),
        ("scp" | "scps", true) => Some(PolicyLayer::Scp),
        ("rcp" | "rcps", true) => Some(PolicyLayer::Rcp),
        ("vpce", _) => Some(PolicyLayer::Vpce),
        ("bucket" | "buckets", true) => Some(PolicyLayer::Bucket(stem(inside))),
        ("key" | "keys", true) => Some(PolicyLayer::Key(stem(inside))),
        _ => None,
    }
}

/// The what-if documents of both sides
///
/// A document takes the place of the account's policy of the same name. What one side has and the other has not
/// is not there on that other side, in the account neither.
pub(super) fn in_place(trees: &(Tree, Tree), given: &WhatIfArgs) -> Result<(WhatIfArgs, WhatIfArgs), Problems> {
    let (before, after) = trees;
    let mut problems = Vec::new();
    let mut side = |own: &Tree, other: &Tree| {
        let mut what_if = given.clone();
        what_if.replaced = replaced(own, other);
        what_if.identity_policy.extend(own.of(&PolicyLayer::Identity));
        what_if.session_policy.extend(own.of(&PolicyLayer::Session));
        what_if.scp.extend(own.of(&PolicyLayer::Scp));
        what_if.rcp.extend(own.of(&PolicyLayer::Rcp));
        single(own, &PolicyLayer::Boundary, &mut what_if.boundary, &mut problems);
        single(own, &PolicyLayer::Vpce, &mut what_if.vpce_policy, &mut problems);
        for (layer, path) in own.named() {
            let path = path.to_string_lossy().into_owned();
            match layer {
                PolicyLayer::Bucket(name) => what_if.bucket_policy.push((name.clone(), path)),
                PolicyLayer::Key(name) => what_if.key_policy.push((name.clone(), path)),
                _ => {}
            }
        }
        what_if
    };
    let sides = (side(before, after), side(after, before));
    if problems.is_empty() { Ok(sides) } else { Err(Problems(problems)) }
}

/// The one document of a layer that has no more than one
fn single(tree: &Tree, layer: &PolicyLayer, given: &mut Option<PathBuf>, problems: &mut Vec<Problem>) {
    let own = tree.of(layer);
    if own.len() + usize::from(given.is_some()) > 1 {
        let names: Vec<String> = own.iter().chain(given.as_ref()).map(|path| format!("`{}`", path.display())).collect();
        problems.push(
            Problem::general(format!("there can be one document of this layer, not {}", names.join(" and ")))
                .with_help("name the folder or file that is meant"),
        );
        return;
    }
    if let Some(path) = own.into_iter().next() {
        *given = Some(path);
    }
}

fn replaced(own: &Tree, other: &Tree) -> Replaced {
    let names = |layer: &PolicyLayer| own.names(layer).union(&other.names(layer)).cloned().collect();
    let lists = [PolicyLayer::Identity, PolicyLayer::Scp, PolicyLayer::Rcp];
    let own_layers: Vec<&PolicyLayer> = own.documents.iter().map(|(layer, _)| layer).collect();
    let gone = other.documents.iter().map(|(layer, _)| layer).filter(|layer| !own_layers.contains(layer));
    let identity = PolicyLayer::Identity;
    Replaced {
        identity: names(&identity),
        identity_is_given: !own.of(&identity).is_empty() || !other.of(&identity).is_empty(),
        scps: names(&PolicyLayer::Scp),
        rcps: names(&PolicyLayer::Rcp),
        absent: gone.filter(|layer| !lists.contains(layer)).cloned().collect(),
    }
}
