//! Lists of objects: the manifests of type `ManifestFile` of SageMaker AI
//!
//! A JSON array: first an object with a prefix, then for each object what is appended to the
//! prefix. It may stand on one line, so it is read entry by entry. Source: API reference of
//! SageMaker AI, `S3DataSource`.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

use serde::de::{self, Deserializer as _, SeqAccess};

use super::super::words::{shortened, shown};
use super::LONGEST_LINE;
use super::reference::{Object, ObjectRef, ReferenceKind};
use super::summary::{DatasetRole, LineProblem, ManifestSummary};

/// Reads a list to its end and passes each object that it names to `sink`, in order
///
/// What cannot be read as JSON ends the list: it is one problem, and what follows is not read.
///
/// # Errors
/// What the reader fails with. What is wrong with the list is in the summary's problems instead.
pub fn read_list<R: BufRead>(
    reader: R,
    name: &Arc<str>,
    role: DatasetRole,
    sink: &mut dyn FnMut(ObjectRef<'_>),
) -> io::Result<ManifestSummary> {
    let mut summary = ManifestSummary::new(name, role);
    let place = Place::default();
    let mut reader = Counted { reader, place: &place };
    let mut json = serde_json::Deserializer::from_reader(&mut reader);
    let read = json.deserialize_seq(Entries { summary: &mut summary, place: &place, sink });
    if let Err(error) = read.and_then(|()| json.end()) {
        if error.is_io() && !place.too_long() {
            return Err(error.into());
        }
        let line = if place.too_long() { place.line.get() } else { u32::try_from(error.line()).unwrap_or(u32::MAX) };
        summary.problem(|| LineProblem { line: line.max(1), column: None, reason: reason(&error) });
    }
    drop(json);
    let rest = io::copy(&mut reader.reader, &mut io::sink())?;
    summary.bytes = place.bytes.get().saturating_add(rest);
    Ok(summary)
}

fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = shortened(words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words));
    format!("from here on the list is not read: {words}")
}

/// How far the reader is
struct Place {
    line: Cell<u32>,
    bytes: Cell<u64>,
    /// Bytes since the last entry
    since: Cell<usize>,
}

impl Default for Place {
    fn default() -> Self {
        Self { line: Cell::new(1), bytes: Cell::new(0), since: Cell::new(0) }
    }
}

impl Place {
    fn too_long(&self) -> bool {
        self.since.get() > LONGEST_LINE
    }
}

/// Hands over one byte at a time, so that the place is that of the entry just read
struct Counted<'p, R> {
    reader: R,
    place: &'p Place,
}

impl<R: BufRead> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(to) = into.first_mut() else { return Ok(0) };
        let Some(byte) = self.reader.fill_buf()?.first().copied() else { return Ok(0) };
        let place = self.place;
        place.since.set(place.since.get().saturating_add(1));
        if place.too_long() {
            return Err(io::Error::other(format!("an entry is longer than {LONGEST_LINE} bytes (1 MiB)")));
        }
        self.reader.consume(1);
        place.bytes.set(place.bytes.get().saturating_add(1));
        if byte == b'\n' {
            place.line.set(place.line.get().saturating_add(1));
        }
        *to = byte;
        Ok(1)
    }
}

/// The first entry
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `prefix` as first entry")]
struct Start {
    prefix: String,
}

struct Entries<'e, 's> {
    summary: &'e mut ManifestSummary,
    place: &'e Place,
    sink: &'s mut dyn FnMut(ObjectRef<'_>),
}

impl<'de> de::Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list with a prefix and the objects below it")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let Some(Start { prefix }) = list.next_element()? else {
            return Err(de::Error::custom("the list is empty, expected an object with `prefix` as first entry"));
        };
        if !prefix.strip_prefix("s3://").is_some_and(|path| path.contains('/')) {
            let message = format!("the prefix is {}, expected `s3://bucket/` and more", shown(&prefix));
            return Err(de::Error::custom(message));
        }
        let mut uri = prefix.clone();
        self.place.since.set(0);
        while let Some(rest) = list.next_element::<String>()? {
            self.place.since.set(0);
            uri.truncate(prefix.len());
            uri.push_str(&rest);
            self.entry(&uri);
        }
        Ok(())
    }
}

impl Entries<'_, '_> {
    fn entry(&mut self, uri: &str) {
        let line = self.place.line.get();
        match Object::of_uri(uri) {
            Ok(Object { bucket, key }) => {
                self.summary.count_listed();
                self.summary.count_bucket(bucket);
                (self.sink)(ObjectRef { bucket, key, line, kind: ReferenceKind::Image });
            }
            Err(reason) => {
                let reason = || format!("an entry with its prefix {reason}");
                self.summary.problem(|| LineProblem { line, column: None, reason: reason() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    type Found = (String, String, u32);

    fn read(text: &[u8], buffer: usize) -> (Vec<Found>, ManifestSummary) {
        let mut found = Vec::new();
        let mut sink = |object: ObjectRef<'_>| found.push((object.bucket.into(), object.key.into(), object.line));
        let reader = BufReader::with_capacity(buffer, text);
        let summary = read_list(reader, &Arc::from("list.json"), DatasetRole::Train, &mut sink).unwrap();
        (found, summary)
    }

    /// Objects and problems, and every byte counted
    fn told(text: &str) -> (Vec<String>, Vec<String>) {
        let (found, summary) = read(text.as_bytes(), 16);
        assert_eq!(summary.bytes, u64::try_from(text.len()).unwrap());
        assert_eq!(summary.lines, u64::try_from(found.len()).unwrap());
        let found = found.iter().map(|(bucket, key, line)| format!("{line}: {bucket}/{key}")).collect();
        let problems = summary.problems.iter().map(|problem| format!("{}: {}", problem.line, problem.reason)).collect();
        (found, problems)
    }

    #[test]
    fn entries_are_appended_to_the_prefix() {
        let text = "[ {\"prefix\": \"s3://images/some/pre\"},\n\"fix/a\",\n\n\"b\\u00fc\", \"c\"\n]\n";
        let found = ["2: images/some/prefix/a", "4: images/some/prebü", "4: images/some/prec"].map(str::to_owned);
        assert_eq!(told(text), (found.to_vec(), Vec::new()));
        let one_line = r#"[{"prefix":"s3://images/"},"a","b"]"#;
        assert_eq!(told(one_line), (vec!["1: images/a".to_owned(), "1: images/b".to_owned()], Vec::new()));
        assert_eq!(told(r#"[{"prefix": "s3://images/"}]"#), (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_told_and_ends_the_list_where_it_is_no_list_any_more() {
        let ends = "from here on the list is not read: ";
        for (text, count, problem) in [
            ("", 0, format!("1: {ends}EOF while parsing a value")),
            ("[]", 0, format!("1: {ends}the list is empty, expected an object with `prefix` as first entry")),
            ("{}", 0, format!("1: {ends}invalid type: map, expected a list with a prefix and the objects below it")),
            (
                "[\"a\"]",
                0,
                format!("1: {ends}invalid type: string \"a\", expected an object with `prefix` as first entry"),
            ),
            (
                "[{\"prefix\": \"s3://images\"}, \"a\"]",
                0,
                format!("1: {ends}the prefix is `s3://images`, expected `s3://bucket/` and more"),
            ),
            (
                "[{\"prefix\": \"s3://images/\"},\n\"a\",\n{\"x\": 1},\n\"b\"]",
                1,
                format!("3: {ends}invalid type: map, expected a string"),
            ),
            ("[{\"prefix\": \"s3://images/\"},\n\"a\",\n\"b", 1, format!("3: {ends}EOF while parsing a string")),
            ("[{\"prefix\": \"s3://images/\"},\n\"a\"]\n[]", 1, format!("3: {ends}trailing characters")),
            (
                "[{\"prefix\": \"s3://images/\"}, \"\",\n\"a\"]",
                1,
                "1: an entry with its prefix is `s3://images/`, which names a bucket but no object".to_owned(),
            ),
        ] {
            let (found, problems) = told(text);
            assert_eq!((found.len(), problems), (count, vec![problem]), "{text}");
        }
    }

    #[test]
    fn an_entry_without_end_is_not_held() {
        let text = format!("[{{\"prefix\": \"s3://images/\"}},\n\"a\",\n\"{}\"]", "k".repeat(LONGEST_LINE));
        let (found, problems) = told(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(problems, ["3: from here on the list is not read: an entry is longer than 1048576 bytes (1 MiB)"]);
    }

    #[test]
    fn a_failing_reader_is_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
        let read = read_list(BufReader::new(Broken), &Arc::from("m"), DatasetRole::Train, &mut |_| {});
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    proptest! {
        #[test]
        fn every_list_is_read_whole(
            prefix in "[a-z]{3}/[^\\x00]{0,20}",
            names in proptest::collection::vec("[^\\x00]{1,20}", 0..20),
            pretty in any::<bool>(),
            buffer in 1_usize..64,
        ) {
            let mut list = vec![serde_json::json!({ "prefix": format!("s3://{prefix}") })];
            list.extend(names.iter().map(|name| serde_json::json!(name)));
            let text = if pretty { serde_json::to_string_pretty(&list) } else { serde_json::to_string(&list) }.unwrap();
            let (found, summary) = read(text.as_bytes(), buffer);
            let found: Vec<String> = found.into_iter().map(|(bucket, key, _)| format!("{bucket}/{key}")).collect();
            prop_assert_eq!(found, names.iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>());
            prop_assert_eq!(summary.problem_count, 0);
        }

        #[test]
        fn arbitrary_bytes_are_read_the_same_through_any_buffer(
            pieces in proptest::collection::vec(prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..20),
                proptest::sample::select(vec![&b"[{\"prefix\": \"s3://abc/\"}"[..], b",", b"\"k\"", b"\n", b"]", b"[[{"])
                    .prop_map(<[u8]>::to_vec),
            ], 0..20),
            buffer in 1_usize..64,
        ) {
            let bytes = pieces.concat();
            let (found, summary) = read(&bytes, buffer);
            prop_assert_eq!(summary.bytes, u64::try_from(bytes.len()).unwrap());
            prop_assert_eq!((found, summary), read(&bytes, 1 << 16));
        }
    }
}
