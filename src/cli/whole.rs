//! Files and folders that appear whole or not at all, also when Ctrl-C comes in between

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// What the shell expects of a program that Ctrl-C ended
#[cfg(unix)]
const INTERRUPTED: i32 = 130;

/// What is being written at this moment, beside its later place
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// A file or folder that is written beside its place and moved there in the end; given up, it leaves nothing
pub(super) struct Unfinished {
    beside: PathBuf,
    place: PathBuf,
}

impl Unfinished {
    /// Begins beside this place
    pub(super) fn begin(place: &Path) -> Self {
        static HANDLED: Once = Once::new();
        // Without a handler Ctrl-C still ends the program; it may then leave the unfinished file behind.
        HANDLED.call_once(await_interrupt);
        let name = place.file_name().unwrap_or(place.as_os_str()).to_string_lossy();
        let beside = place.with_file_name(format!(".{name}.unfinished-{}", std::process::id()));
        *unfinished() = Some(beside.clone());
        Self { beside, place: place.to_owned() }
    }

    /// One step of writing; it is finished before Ctrl-C counts
    pub(super) fn step<T>(&self, write: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let _held = unfinished();
        write(&self.beside)
    }

    /// Moves it to its place
    pub(super) fn finish(self) -> io::Result<()> {
        self.step(|beside| {
            // An empty folder may be there; a folder cannot be moved onto it on every system.
            if self.place.is_dir() {
                fs::remove_dir(&self.place)?;
            }
            fs::rename(beside, &self.place)
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut unfinished = unfinished();
        remove(&self.beside);
        *unfinished = None;
    }
}

/// Writes a file; what is no file, such as a pipe, is written to as it is
pub(super) fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let is_other = fs::symlink_metadata(path).is_ok_and(|found| !found.is_file());
    if is_other {
        return fs::write(path, text);
    }
    let file = Unfinished::begin(path);
    file.step(|beside| fs::write(beside, text))?;
    file.finish()
}

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove(path: &Path) {
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

/// Waits beside the program for Ctrl-C
#[cfg(unix)]
fn await_interrupt() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) {
        std::thread::spawn(move || {
            if signals.forever().next().is_some() {
                give_up();
            }
        });
    }
}

#[cfg(not(unix))]
fn await_interrupt() {}

/// Ctrl-C: takes away what is not finished and ends the program
#[cfg(unix)]
#[expect(clippy::exit, reason = "a signal has no caller to return to")]
fn give_up() {
    // Held to the end: nobody writes any more.
    let unfinished = unfinished();
    if let Some(path) = unfinished.as_deref() {
        remove(path);
    }
    std::process::exit(INTERRUPTED);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_there_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("report.json");
        let file = Unfinished::begin(&place);
        file.step(|beside| fs::write(beside, "half")).unwrap();
        assert!(!place.exists());
        drop(file);
        assert_eq!(names(folder.path()), [""; 0], "given up, it leaves nothing");
        fs::write(&place, "before").unwrap();
        write(&place, b"after").unwrap();
        assert_eq!((fs::read_to_string(&place).unwrap().as_str(), names(folder.path()).len()), ("after", 1));
    }

    #[test]
    fn a_folder_takes_the_place_of_an_empty_one_only() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("account");
        let begun = || {
            let begun = Unfinished::begin(&place);
            begun.step(|beside| fs::create_dir(beside)).unwrap();
            begun.step(|beside| fs::write(beside.join("a"), "1")).unwrap();
            begun
        };
        fs::create_dir(&place).unwrap();
        begun().finish().unwrap();
        assert_eq!(names(&place), ["a"]);
        assert!(begun().finish().is_err());
        assert_eq!((names(&place), names(folder.path())), (vec!["a".to_owned()], vec!["account".to_owned()]));
    }
}
