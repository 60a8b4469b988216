//! Whole manifests: good and bad lines together, long ones, arbitrary bytes

use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::*;

type Found = (String, String, u32, ReferenceKind);

fn read_with(buffer: usize, bytes: &[u8]) -> (Vec<Found>, ManifestSummary) {
    let mut found = Vec::new();
    let mut sink = |object: ObjectRef<'_>| {
        found.push((object.bucket.to_owned(), object.key.to_owned(), object.line, object.kind));
    };
    let reader = BufReader::with_capacity(buffer, bytes);
    let summary = read(reader, &Arc::from("train.jsonl"), DatasetRole::Train, &mut sink).unwrap();
    (found, summary)
}

fn places(summary: &ManifestSummary) -> Vec<String> {
    let name = Arc::from("m");
    summary.problems.iter().map(|problem| format!("{}: {}", problem.location(&name), problem.reason)).collect()
}

fn image(key: &str, class: &str) -> String {
    format!(
        r#"{{"source-ref": "s3://images/{key}", "label": 0, "label-metadata": {{"class-name": "{class}", "type": "groundtruth/image-classification"}}}}"#
    )
}

#[test]
fn a_manifest_is_counted() {
    let masked = r#"{"source-ref": "s3://images/c", "m-ref": "s3://masks/c", "l-metadata": {"class-name": "anomaly"}}"#;
    let text = [image("a", "normal"), image("b", "unsure"), masked.to_owned()].join("\r\n");
    let (found, summary) = read_with(64, text.as_bytes());
    let found: Vec<_> = found.iter().map(|(bucket, key, line, kind)| (&**bucket, &**key, *line, *kind)).collect();
    assert_eq!(
        found,
        [
            ("images", "a", 1, ReferenceKind::Image),
            ("images", "b", 2, ReferenceKind::Image),
            ("images", "c", 3, ReferenceKind::Image),
            ("masks", "c", 3, ReferenceKind::Mask),
        ]
    );
    let mut expected = ManifestSummary::new(&Arc::from("train.jsonl"), DatasetRole::Train);
    (expected.lines, expected.images, expected.masks) = (3, 3, 1);
    (expected.normal, expected.anomaly, expected.unlabeled) = (1, 1, 1);
    expected.bytes = u64::try_from(text.len()).unwrap();
    expected.buckets = [("images".to_owned(), 3), ("masks".to_owned(), 1)].into();
    expected.labels = [("label".to_owned(), 2), ("l".to_owned(), 1)].into();
    expected.mask_attributes = [("m-ref".to_owned(), 1)].into();
    (expected.masked, expected.segmentation) = (1, true);
    assert_eq!(summary, expected);
}

#[test]
fn line_ends_and_blank_lines() {
    let line = image("a", "normal");
    for (text, lines, problems) in [
        (String::new(), 0, vec![]),
        ("\n\r\n \t\n".to_owned(), 0, vec![]),
        (line.clone(), 1, vec![]),
        (format!("{line}\r\n\n  \n"), 1, vec![]),
        (
            format!("\n{line}\n\r\n\n{line}\n\n"),
            2,
            vec![
                "m:1:1: the line is blank, blank lines may stand only at the end",
                "m:3:1: the line is blank, blank lines may stand only at the end",
                "m:4:1: the line is blank, blank lines may stand only at the end",
            ],
        ),
        (
            format!("{line}\n\n{}", line.get(..20).unwrap()),
            1,
            vec![
                "m:2:1: the line is blank, blank lines may stand only at the end",
                "m:3:20: the line is cut off: EOF while parsing a string",
            ],
        ),
        (
            format!("\u{feff}{line}\n{line}"),
            1,
            vec!["m:1:1: the line begins with a byte order mark (BOM); save the manifest as UTF-8 without BOM"],
        ),
    ] {
        let (found, summary) = read_with(16, text.as_bytes());
        assert_eq!(
            (summary.lines, places(&summary)),
            (lines, problems.iter().map(ToString::to_string).collect()),
            "{text:?}"
        );
        assert_eq!(u64::try_from(found.len()).unwrap(), lines);
    }
}

#[test]
fn a_bad_line_passes_on_none_of_its_references() {
    let half = r#"{"source-ref": "s3://images/a", "m-ref": "s3://masks"}"#;
    let (found, summary) = read_with(8192, half.as_bytes());
    assert_eq!(found, []);
    assert_eq!(places(&summary), ["m:1:42: `m-ref` is `s3://masks`, which names a bucket but no object"]);
    assert_eq!((summary.lines, summary.images, summary.buckets.len(), summary.problem_count), (0, 0, 0, 1));
}

#[test]
fn long_lines_are_skipped_without_being_kept() {
    let good = image("a", "normal");
    let text = std::io::Cursor::new(format!("{good}\n"))
        .chain(std::io::repeat(b'[').take(2 * 1024 * 1024))
        .chain(std::io::Cursor::new(format!("\n{good}\n")))
        .chain(std::io::repeat(b'{').take(200 * 1024 * 1024));
    let mut lines = Vec::new();
    let mut sink = |object: ObjectRef<'_>| lines.push(object.line);
    let summary = read(BufReader::new(text), &Arc::from("m"), DatasetRole::Test, &mut sink).unwrap();
    assert_eq!(lines, [1, 3]);
    assert_eq!(
        places(&summary),
        [
            "m:2:1: the line is longer than 1048576 bytes (1 MiB)",
            "m:4:1: the line is longer than 1048576 bytes (1 MiB)"
        ]
    );
}

#[test]
fn a_line_of_the_longest_permitted_length_is_read() {
    let good = image("a", "normal");
    let padded = format!("{good}{}", " ".repeat(LONGEST_LINE - good.len()));
    assert_eq!(read_with(8192, format!("{padded}\n").as_bytes()).1.lines, 1);
    assert_eq!(read_with(8192, format!("{padded} \n").as_bytes()).1.lines, 0);
    let deep = format!("{{\"source-ref\": \"s3://abc/k\", \"x\": {}{}}}", "[".repeat(500_000), "]".repeat(500_000));
    assert_eq!(read_with(8192, deep.as_bytes()).1.lines, 1);
}

#[test]
fn problems_are_all_counted_but_not_all_kept() {
    let text = format!("{}{}\n{}", "x\n".repeat(60), "\n".repeat(1000), image("a", "normal"));
    let (_, summary) = read_with(8192, text.as_bytes());
    assert_eq!((summary.problems.len(), summary.problem_count, summary.lines), (PROBLEMS_KEPT, 1061, 1));
    assert_eq!((summary.problems[59].line, summary.problems[60].line, summary.problems[99].line), (60, 61, 100));
}

#[test]
fn very_many_buckets_are_counted_without_names() {
    let lines: Vec<String> = (0..1005).map(|n| format!(r#"{{"source-ref": "s3://bucket-{n}/k"}}"#)).collect();
    let (found, summary) = read_with(8192, lines.join("\n").as_bytes());
    assert_eq!((found.len(), summary.buckets.len(), summary.unnamed_buckets), (1005, 1000, 5));
}

#[test]
fn a_failing_reader_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::PermissionDenied.into())
        }
    }
    let error = read(BufReader::new(Broken), &Arc::from("m"), DatasetRole::Train, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
}

/// A line that can be read, and what it refers to
#[derive(Debug, Clone)]
struct Good {
    text: String,
    objects: Vec<(String, String, ReferenceKind)>,
}

fn good() -> impl Strategy<Value = Good> {
    let object = || ("[a-z0-9][a-z0-9.-]{1,20}[a-z0-9]", "[^\\x00]{1,40}");
    let class = prop_oneof![Just("normal"), Just("anomaly"), Just("other")];
    (object(), proptest::option::of(object()), class, any::<bool>()).prop_map(|(image, mask, class, escaped)| {
        let mut line = serde_json::Map::new();
        let mut objects = vec![(image.0.clone(), image.1.clone(), ReferenceKind::Image)];
        line.insert("label".to_owned(), 1.into());
        line.insert("source-ref".to_owned(), format!("s3://{}/{}", image.0, image.1).into());
        line.insert("label-metadata".to_owned(), serde_json::json!({ "class-name": class, "x-ref": "s3://no/no" }));
        if let Some((bucket, key)) = mask {
            line.insert("mask-ref".to_owned(), format!("s3://{bucket}/{key}").into());
            line.insert(
                "mask-ref-metadata".to_owned(),
                serde_json::json!({ "type": "groundtruth/semantic-segmentation" }),
            );
            objects.push((bucket, key, ReferenceKind::Mask));
        }
        let text = serde_json::Value::Object(line).to_string();
        let text =
            if escaped { text.replace("s3://", "\\u0073\\u0033:\\/\\/").replace("e-ref", "e\\u002dref") } else { text };
        Good { text, objects }
    })
}

fn bad() -> impl Strategy<Value = Vec<u8>> {
    let fixed: Vec<Vec<u8>> = [
        &b"{"[..],
        b"[]",
        b"null",
        b"{} {}",
        b"not json",
        b"{\"source-ref\": 1}",
        b"{\"source-ref\": \"s3: //abc/k\"}",
        b"{\"source-ref\": \"s3://abc\"}",
        b"{\"source-ref\": \"s3://abc/k\", \"source-ref\": \"s3://abc/k\"}",
        b"{\"source-ref\": \"s3://abc/k\", \"m-ref\": \"k\"}",
        b"{\"source-ref\": \"s3://abc/k\", \"x\": \"\0\"}",
        b"{\"source-ref\": \"s3://abc/k\", \"x\": \"\xff\"}",
        b"\xef\xbb\xbf{\"source-ref\": \"s3://abc/k\"}",
        b"{\"other\": \"s3://abc/k\"}",
        b"",
        b"  \r",
    ]
    .map(<[u8]>::to_vec)
    .into();
    proptest::sample::select(fixed)
}

#[derive(Debug, Clone)]
enum Line {
    Good(Good),
    Bad(Vec<u8>),
}

fn rendered(lines: &[Line], line_end: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        match line {
            Line::Good(good) => bytes.extend_from_slice(good.text.as_bytes()),
            Line::Bad(bad) => bytes.extend_from_slice(bad),
        }
        bytes.extend_from_slice(line_end.as_bytes());
    }
    bytes
}

fn expected(lines: &[Line]) -> Vec<Found> {
    let numbered = (1..).zip(lines);
    let good =
        numbered.filter_map(|(number, line)| if let Line::Good(good) = line { Some((number, good)) } else { None });
    good.flat_map(|(number, good)| {
        good.objects.iter().map(move |(bucket, key, kind)| (bucket.clone(), key.clone(), number, *kind))
    })
    .collect()
}

proptest! {
    #[test]
    fn good_lines_yield_exactly_their_references_whatever_stands_between_them(
        lines in proptest::collection::vec(
            prop_oneof![3 => good().prop_map(Line::Good), 1 => bad().prop_map(Line::Bad)], 0..30),
        last in good(),
        crlf in any::<bool>(),
        buffer in 1_usize..600,
    ) {
        let mut lines = lines;
        lines.push(Line::Good(last));
        let (found, summary) = read_with(buffer, &rendered(&lines, if crlf { "\r\n" } else { "\n" }));
        prop_assert_eq!(found, expected(&lines));
        let bad = lines.iter().filter(|line| matches!(line, Line::Bad(_))).count();
        prop_assert_eq!(summary.problem_count, u64::try_from(bad).unwrap());
        prop_assert_eq!(summary.lines, u64::try_from(lines.len() - bad).unwrap());
        prop_assert_eq!(summary.normal + summary.anomaly + summary.unlabeled, summary.images);
    }

    #[test]
    fn arbitrary_bytes_are_read_the_same_through_any_buffer(
        pieces in proptest::collection::vec(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            proptest::sample::select(vec![&b"{\"source-ref\":"[..], b"\"s3://abc/k\"", b"}\n", b"\n", b"\\u00", b"[[{", b"-metadata"])
                .prop_map(<[u8]>::to_vec),
        ], 0..30),
        buffer in 1_usize..64,
    ) {
        let bytes = pieces.concat();
        let (found, summary) = read_with(buffer, &bytes);
        let lines = bytes.split(|byte| *byte == b'\n').count();
        prop_assert!(summary.lines + summary.problem_count <= u64::try_from(lines).unwrap());
        prop_assert_eq!(summary.bytes, u64::try_from(bytes.len()).unwrap());
        prop_assert_eq!((found, summary), read_with(1 << 16, &bytes));
    }
}
