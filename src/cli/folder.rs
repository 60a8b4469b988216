//! A snapshot folder on disk

use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

use crate::facts::snapshot::SnapshotFiles;

/// The files of a snapshot folder
#[derive(Debug, Clone)]
pub(super) struct Folder(pub PathBuf);

fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl SnapshotFiles for Folder {
    fn text(&self, path: &str) -> io::Result<Option<String>> {
        let Some(bytes) = unless_missing(std::fs::read(self.0.join(path)))? else { return Ok(None) };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error.utf8_error().to_string()))
    }

    fn lines(&self, path: &str) -> io::Result<Option<Box<dyn BufRead>>> {
        let file = unless_missing(std::fs::File::open(self.0.join(path)))?;
        Ok(file.map(|file| Box::new(BufReader::with_capacity(1 << 16, file)) as Box<dyn BufRead>))
    }

    fn names(&self, folder: &str) -> io::Result<Vec<String>> {
        let Some(entries) = unless_missing(std::fs::read_dir(self.0.join(folder)))? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn label(&self, path: &str) -> Arc<str> {
        self.0.join(path).to_string_lossy().into()
    }
}
