//! Opening what the user names: files, `-`, folders

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use crate::source::{Problem, SourceFile};

/// Request and policy files beyond this size are refused unread; the largest AWS takes are a few hundred KiB
const DOCUMENT_LIMIT: u64 = 8 << 20;
/// Bytes read at once from manifests
const CHUNK: usize = 1 << 16;

/// Terraform plans beyond this size are refused; plans of ten thousand resources have some tens of megabytes
const PLAN_LIMIT: u64 = 1 << 30;

/// Reads a document that has to fit in memory; `-` is standard input
///
/// # Errors
/// A problem that names the file and what to do, for anything that is not readable UTF-8 text.
pub(super) fn read_document(path: &Path) -> Result<SourceFile, Problem> {
    let (label, bytes) = read_up_to(DOCUMENT_LIMIT, path)?;
    if bytes.len() as u64 > DOCUMENT_LIMIT {
        return Err(Problem::general(format!(
            "`{label}` is larger than {} MiB, which no request and no policy is",
            DOCUMENT_LIMIT >> 20
        ))
        .with_help("was a manifest or a snapshot file meant? manifests are given with `--train` and `--test`"));
    }
    text(&label, bytes).map(|text| SourceFile::new(label.as_str(), text))
}

/// Reads a Terraform plan; `-` is standard input
///
/// # Errors
/// A problem that names the file and what to do, for anything that is not readable UTF-8 text.
pub(super) fn read_plan(path: &Path) -> Result<SourceFile, Problem> {
    let (label, bytes) = read_up_to(PLAN_LIMIT, path)?;
    if bytes.len() as u64 > PLAN_LIMIT {
        return Err(Problem::general(format!("`{label}` is larger than {} MiB", PLAN_LIMIT >> 20)));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(Problem::general(format!(
            "`{label}` is a plan in Terraform's own form, which only Terraform reads"
        ))
        .with_help("terraform show -json PLAN > plan.json"));
    }
    text(&label, bytes).map(|text| SourceFile::new(label.as_str(), text))
}

/// The bytes of a file and its label, one byte more than allowed when there are more
fn read_up_to(limit: u64, path: &Path) -> Result<(String, Vec<u8>), Problem> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        let read = io::stdin().lock().take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(path, &error))?;
        return Ok(("standard input".to_owned(), bytes));
    }
    open(path)?.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok((path.to_string_lossy().into_owned(), bytes))
}

/// Opens a file for streaming; `-` is standard input
///
/// # Errors
/// A problem that names the file.
pub(super) fn open_lines(path: &Path) -> Result<Box<dyn BufRead + Send>, Problem> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::with_capacity(CHUNK, io::stdin())));
    }
    Ok(Box::new(BufReader::with_capacity(CHUNK, open(path)?)))
}

/// The length of a file, for progress
#[must_use]
pub(super) fn length(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
}

fn open(path: &Path) -> Result<File, Problem> {
    if path.is_dir() {
        return Err(Problem::general(format!("`{}` is a folder, a file is needed here", path.display())));
    }
    File::open(path).map_err(|error| unreadable(path, &error))
}

/// Bytes as text
///
/// # Errors
/// When they are not UTF-8; the problem names the first bad byte.
pub(super) fn text(name: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let utf16 = matches!(error.as_bytes().first(), Some(0xff | 0xfe));
        let help = if utf16 { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
        Problem::general(format!("`{name}` is not UTF-8 text: byte {at} is not valid")).with_help(help)
    })
}

/// What an I/O error means for a file
#[must_use]
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let name = path.display();
    match error.kind() {
        ErrorKind::NotFound => missing(path),
        ErrorKind::PermissionDenied => Problem::general(format!("`{name}` may not be read: permission denied")),
        ErrorKind::IsADirectory => Problem::general(format!("`{name}` is a folder, a file is needed here")),
        _ => Problem::general(format!("`{name}` cannot be read: {error}")),
    }
}

/// A file that is not there, with its nearest neighbour in the folder
fn missing(path: &Path) -> Problem {
    if path.is_symlink() {
        let message = format!("`{}` is a link to something that does not exist", path.display());
        return Problem::general(message).with_help("mend the link, or remove it");
    }
    let problem = Problem::general(format!("`{}` does not exist", path.display()));
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match crate::source::nearest(&wanted, names.iter().map(String::as_str)) {
        Some(near) => problem.with_help(format!("did you mean `{}`?", folder.join(near).display())),
        None => problem,
    }
}

/// One line of a file (from 1), without reading what follows it
#[must_use]
pub(super) fn line_of(path: &Path, line: u32) -> Option<String> {
    let mut reader = open_lines(path).ok()?;
    let mut bytes = Vec::new();
    for _ in 0..line {
        bytes.clear();
        (&mut reader).take(DOCUMENT_LIMIT).read_until(b'\n', &mut bytes).ok()?;
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// What an I/O error means for a file that should be written
#[must_use]
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::general(format!("`{}` cannot be written: {error}", path.display()))
}
