//! The text of source lines, for outputs that quote many of them

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::source::{Location, SourceFile};

use super::input;
use super::readied::Readied;

/// Reads each file once more and keeps it; a file that is no longer what was judged is not quoted
pub(super) struct Lines<'r> {
    readied: &'r Readied,
    files: RefCell<HashMap<Arc<str>, Option<SourceFile>>>,
}

impl<'r> Lines<'r> {
    pub(super) fn of(readied: &'r Readied) -> Self {
        Self { readied, files: RefCell::default() }
    }

    /// The text of a line
    pub(super) fn line(&self, location: &Location) -> Option<String> {
        if let Some(line) = self.readied.gathered_line(location) {
            return Some(line);
        }
        let mut files = self.files.borrow_mut();
        let file = files.entry(Arc::clone(&location.file)).or_insert_with(|| self.read(&location.file));
        file.as_ref()?.line(location.at.line).map(str::to_owned)
    }

    fn read(&self, name: &str) -> Option<SourceFile> {
        let path = Path::new(name);
        let file = path.is_file().then(|| input::read_document(path).ok()).flatten()?;
        self.readied.planned.inputs.holds(&file).then_some(file)
    }
}
