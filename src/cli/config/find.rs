//! Where the configuration file is when nobody names it

use std::path::{Path, PathBuf};

/// Its name
pub(super) const NAME: &str = "preflight.toml";

/// The nearest file, looked for from the working folder upward to the root of the repository or the file system
pub(super) fn upward() -> Option<PathBuf> {
    upward_from(&std::env::current_dir().ok()?)
}

/// The path is relative to `start`, as a user who is there would write it
fn upward_from(start: &Path) -> Option<PathBuf> {
    let mut up = PathBuf::new();
    for folder in start.ancestors() {
        // A folder or a link to nothing counts too: to pass it over would weaken a gate unseen.
        if folder.join(NAME).symlink_metadata().is_ok() {
            return Some(up.join(NAME));
        }
        // A worktree or a submodule has a file of this name.
        if folder.join(".git").exists() {
            return None;
        }
        up.push("..");
    }
    None
}
