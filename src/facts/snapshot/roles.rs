//! Roles that AWS says do not exist: `iam/roles/PATH-AND-NAME.json`, which holds `null`
//!
//! A role that is there stands in the export of IAM. One that the export does not list may still be there: an
//! export can be filtered, and a snapshot of one request lists the roles of this request alone.

use crate::iam::Arn;
use crate::source::{Position, Problem, Problems};

use super::SnapshotFiles;
use super::export::FOLDER;
use super::files::{self, file_name};

/// The folder in the folder of the export
pub(super) const ROLES: &str = "roles";

/// Where a snapshot notes that there is no such role: its path and name percent-encoded, a long one told by a hash
#[must_use]
pub fn role_path(arn: &Arn) -> String {
    let name = arn.resource().strip_prefix("role/").unwrap_or(arn.resource());
    format!("{FOLDER}/{ROLES}/{}.json", file_name(name))
}

/// Whether it is noted that there is no such role
///
/// # Errors
/// When the file cannot be read, or holds anything but `null`.
pub(super) fn is_gone(files: &dyn SnapshotFiles, path: &str) -> Result<bool, Problems> {
    match files::json(files, path)? {
        None => Ok(false),
        Some(json) if json.node.is_null() => Ok(true),
        Some(json) => {
            let message = "expected `null`, which says that there is no such role";
            let problem = Problem::at(&json.file.name, Position::START, message);
            Err(problem.with_help("roles that are there stand in the export of IAM").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_name_become_one_plain_file_name() {
        for (arn, path) in [
            ("arn:aws:iam::111122223333:role/Exec", "iam/roles/Exec.json"),
            ("arn:aws:iam::111122223333:role/ml/Exec", "iam/roles/ml%2FExec.json"),
            ("arn:aws:iam::111122223333:role/../Exec", "iam/roles/%2E.%2FExec.json"),
        ] {
            assert_eq!(role_path(&arn.parse().unwrap()), path);
        }
    }
}
