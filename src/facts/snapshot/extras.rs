//! What stands in a snapshot but is read by nothing: most often a misspelt name

use crate::facts::{Fact, Organization};
use crate::source::{Position, Problem, nearest};

use super::files::is_visible;
use super::{SnapshotFiles, account, export, keys, manifests, roles};

const TOP: [&str; 5] = [account::PATH, export::FOLDER, "organizations", "s3", "kms"];
const BUCKET: [&str; 7] = [
    "location.json",
    "owner.json",
    "encryption.json",
    "policy.json",
    "public-access-block.json",
    "ownership-controls.json",
    "objects.jsonl",
];
const KEY: [&str; 3] = ["key.json", "policy.json", "grants.json"];

/// One warning for each file or folder that is not part of a snapshot; hidden ones are passed over
///
/// The folders of levels are not looked into: there, a stray file is a problem of its own.
pub(super) fn extras(files: &dyn SnapshotFiles, organization: &Fact<Organization>) -> Vec<Problem> {
    let mut walk = Walk { files, warnings: Vec::new() };
    walk.folder("", &TOP, |name| TOP.contains(&name));
    walk.folder(export::FOLDER, &[export::FILE, roles::ROLES], |name| export::is_page(name) || name == roles::ROLES);
    walk.folder("organizations", &["scps", "rcps"], |name| matches!(name, "scps" | "rcps"));
    walk.organizations(organization);
    walk.folders("s3", &BUCKET, &[]);
    let aliases = keys::ALIASES.rsplit('/').next().unwrap_or_default();
    walk.folders("kms", &KEY, &[aliases]);
    walk.warnings
}

struct Walk<'f> {
    files: &'f dyn SnapshotFiles,
    warnings: Vec<Problem>,
}

impl Walk<'_> {
    /// Visible entries; what cannot be listed is reported by the reader of its files
    fn names(&self, folder: &str) -> Vec<String> {
        let names = self.files.names(folder).unwrap_or_default();
        names.into_iter().filter(|name| is_visible(name)).collect()
    }

    fn warn(&mut self, path: &str, message: &str, help: String) {
        let warning = Problem::at(&self.files.label(path), Position::START, message);
        self.warnings.push(warning.with_help(help));
    }

    fn folder(&mut self, folder: &str, known: &[&str], is_read: impl Fn(&str) -> bool) {
        for name in self.names(folder) {
            if is_read(&name) {
                continue;
            }
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let help = nearest(&name, known.iter().copied())
                .map_or_else(|| format!("known here: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
            self.warn(&path, "nothing reads this", help);
        }
    }

    /// A folder of folders that are named by their bucket or key, and of a few files
    fn folders(&mut self, parent: &str, known: &[&str], beside: &[&str]) {
        for name in self.names(parent) {
            let path = format!("{parent}/{name}");
            if beside.contains(&name.as_str()) {
                continue;
            }
            if self.names(&path).is_empty() {
                let help = match nearest(&name, beside.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("expected {parent}/NAME/ with any of {}", known.join(", ")),
                };
                self.warn(&path, "nothing reads this", help);
            }
            let manifests = (parent == "s3").then_some(manifests::FOLDER);
            self.folder(&path, known, |name| known.contains(&name) || Some(name) == manifests);
        }
    }

    fn organizations(&mut self, organization: &Fact<Organization>) {
        if matches!(organization, Fact::Known(_)) || self.names("organizations").is_empty() {
            return;
        }
        let message = "nothing reads this: snapshot.toml has no [organization] table";
        self.warn("organizations", message, "add the table, or delete the folder".to_owned());
    }
}
