//! One line of a manifest: the references and the label of one image

mod member;
mod shallow;

use serde::Deserializer as _;

use super::super::words::shortened;
use super::reference::Object;
use member::Members;

/// Why a line cannot be read
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// In characters, from 1, where one can be told
    pub(super) column: Option<u32>,
    pub(super) reason: String,
}

/// The label of an image
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Normal,
    Anomaly,
    /// Any other name: the service imports the image without label
    Other,
}

/// What a good line holds
#[derive(Debug)]
pub(super) struct ReadLine<'l> {
    pub(super) image: Object<'l>,
    /// The masks by their keys
    pub(super) masks: Vec<(&'l str, Object<'l>)>,
    pub(super) class: Option<Class>,
    /// The key that the class is the label of
    pub(super) label: Option<&'l str>,
    pub(super) segmentation: bool,
}

/// Reads a line (without its line feed) and hands it over when all of it is good
pub(super) fn read(bytes: &[u8], good: &mut dyn FnMut(&ReadLine<'_>)) -> Result<(), Fault> {
    let text = text_of(bytes)?;
    let members = members_of(text)?;
    if let Some(fault) = members.fault {
        return Err(fault);
    }
    let Some(source) = &members.source else {
        return Err(Fault { column: None, reason: "`source-ref` is missing".to_owned() });
    };
    let image = object("source-ref", source, text)?;
    let others = members.others.iter().filter_map(|(key, uri)| Some((key, uri.as_ref()?)));
    let masks = others.map(|(key, uri)| object(key, uri, text).map(|object| (&**key, object)));
    let masks = masks.collect::<Result<Vec<_>, _>>()?;
    let segmentation = members.segmentation || !masks.is_empty();
    good(&ReadLine { image, masks, class: members.class, label: members.label.as_deref(), segmentation });
    Ok(())
}

/// The line as text, when it can be text of a JSON file at all
fn text_of(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        let reason = "the line begins with a byte order mark (BOM); save the manifest as UTF-8 without BOM".to_owned();
        return Err(Fault { column: Some(1), reason });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let column = column_after(&String::from_utf8_lossy(before));
        Fault { column, reason: "the line is not UTF-8 text".to_owned() }
    })?;
    match memchr::memchr(0, bytes) {
        Some(nul) => {
            let reason = "the line contains a NUL byte".to_owned();
            Err(Fault { column: column_after(text.get(..nul).unwrap_or_default()), reason })
        }
        None => Ok(text),
    }
}

fn members_of(text: &str) -> Result<Members<'_>, Fault> {
    let mut json = serde_json::Deserializer::from_str(text);
    let members = json.deserialize_map(member::Visitor { line: text });
    members.and_then(|members| json.end().map(|()| members)).map_err(|error| {
        let words = error.to_string();
        let words = shortened(words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words));
        let reason = match error.classify() {
            serde_json::error::Category::Eof => format!("the line is cut off: {words}"),
            serde_json::error::Category::Data => format!("not a manifest line: {words}"),
            _ => format!("not valid JSON: {words}"),
        };
        let column = text.get(..error.column().saturating_sub(1)).and_then(column_after);
        Fault { column, reason }
    })
}

fn object<'l>(key: &str, uri: &'l str, line: &str) -> Result<Object<'l>, Fault> {
    Object::of_uri(uri).map_err(|reason| {
        let reason = format!("`{}` {reason}", shortened(key));
        Fault { column: column_of(uri, line), reason }
    })
}

/// The column of the quote that opens a string of the line; unknown for a copy, which lies elsewhere
fn column_of(content: &str, line: &str) -> Option<u32> {
    let offset = content.as_ptr().addr().checked_sub(line.as_ptr().addr())?;
    column_after(line.get(..offset.checked_sub(1)?)?)
}

fn column_after(before: &str) -> Option<u32> {
    u32::try_from(before.chars().count() + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `bucket/key` of image and masks, the class, and whether it is a segmentation line
    fn parsed(line: &str) -> Result<(Vec<String>, Option<Class>, bool), String> {
        let mut result = None;
        read(line.as_bytes(), &mut |read| {
            let objects = std::iter::once(&read.image).chain(read.masks.iter().map(|(_, object)| object));
            let objects = objects.map(|object| format!("{}/{}", object.bucket, object.key)).collect();
            result = Some((objects, read.class, read.segmentation));
        })
        .map_err(|fault| format!("{}: {}", fault.column.unwrap_or(0), fault.reason))?;
        Ok(result.expect("a good line is handed over"))
    }

    const SEGMENTATION: &str = r##"{"source-ref": "s3://images/a.png", "anomaly-label": 1, "anomaly-label-metadata": {"class-name": "anomaly", "confidence": 1, "human-annotated": "yes", "type": "groundtruth/image-classification"}, "anomaly-mask-ref": "s3://images/mask/a.png", "anomaly-mask-ref-metadata": {"internal-color-map": {"0": {"class-name": "BACKGROUND", "hex-color": "#ffffff", "confidence": 0.0}}, "type": "groundtruth/semantic-segmentation"}}"##;

    #[test]
    fn references_and_labels_are_found_by_shape() {
        let line = |metadata: &str| format!(r#"{{"source-ref": "s3://abc/k", "x": 0, "x-metadata": {metadata}}}"#);
        for (line, objects, class, segmentation) in [
            (SEGMENTATION.to_owned(), vec!["images/a.png", "images/mask/a.png"], Some(Class::Anomaly), true),
            (r#"{"source-ref": "s3://abc/k"}"#.to_owned(), vec!["abc/k"], None, false),
            (line(r#"{"class-name": "normal"}"#), vec!["abc/k"], Some(Class::Normal), false),
            (line(r#"{"class-name": "Normal"}"#), vec!["abc/k"], Some(Class::Other), false),
            (line(r#"{"class-name": 1, "type": [1, {"a": 2}]}"#), vec!["abc/k"], None, false),
            (line(r#"{"class-name": "normal", "type": "groundtruth/object-detection"}"#), vec!["abc/k"], None, false),
            (line("\"normal\""), vec!["abc/k"], None, false),
            (
                r#"{"source\u002dref":"s3:\/\/abc\/a\u00fc\"b", "b-ref": "s3://def/2", "a-ref": "s3://ghi/1"}"#.to_owned(),
                vec!["abc/aü\"b", "ghi/1", "def/2"],
                None,
                true,
            ),
            (
                r#"{"source-ref": "s3://abc/k", "source-ref-metadata": {"class-name": "normal"}, "a-ref": 1, "b-ref": null, "c-ref": ["s3://x/y"], "d-ref": {"e-ref": "s3://x/y"}, "-reference": "x"}"#.to_owned(),
                vec!["abc/k"],
                None,
                false,
            ),
            (
                r#"{"source-ref": "s3://abc/k", "a-metadata": {"class-name": "normal"}, "b-metadata": {"class-name": "anomaly"}}"#.to_owned(),
                vec!["abc/k"],
                Some(Class::Normal),
                false,
            ),
            ("\t{\"source-ref\": \"s3://abc/k\"} \r".to_owned(), vec!["abc/k"], None, false),
        ] {
            let objects = objects.into_iter().map(str::to_owned).collect();
            assert_eq!(parsed(&line), Ok((objects, class, segmentation)), "{line}");
        }
    }

    #[test]
    fn bad_lines_say_where_and_why() {
        let uri = "expected an S3 URI `s3://bucket/key`";
        for (line, expected) in [
            ("{}".to_owned(), "0: `source-ref` is missing".to_owned()),
            (r#"{"a-ref": "s3://abc/k"}"#.to_owned(), "0: `source-ref` is missing".to_owned()),
            (r#"{"Source-Ref": "s3://abc/k"}"#.to_owned(), "0: `source-ref` is missing".to_owned()),
            (r#"{"source-ref": 12}"#.to_owned(), "2: `source-ref` is a number, expected an S3 URI".to_owned()),
            (r#"{"source-ref": null}"#.to_owned(), "2: `source-ref` is null, expected an S3 URI".to_owned()),
            (
                r#"{"source-ref": ["s3://abc/k"]}"#.to_owned(),
                "2: `source-ref` is an array, expected an S3 URI".to_owned(),
            ),
            (
                r#"{"source-ref": "s3://abc/k", "source-ref": "s3://abc/l"}"#.to_owned(),
                "30: `source-ref` stands twice in the line".to_owned(),
            ),
            (
                r#"{"source-ref": "s3://abc/k", "ü-ref": "s3://abc/l", "ü-ref": 0}"#.to_owned(),
                "53: `ü-ref` stands twice in the line".to_owned(),
            ),
            (
                r#"{"ü": 1, "source-ref": "s3: //abc/k"}"#.to_owned(),
                format!("24: `source-ref` is `s3: //abc/k`, {uri} without spaces"),
            ),
            (
                r#"{"source-ref": "s3://abc/k", "m-ref": "http://abc/k"}"#.to_owned(),
                format!("39: `m-ref` is `http://abc/k`, {uri}"),
            ),
            (r#"{"source-ref": "\u0041"}"#.to_owned(), format!("0: `source-ref` is `A`, {uri}")),
            (
                r#"{"source-ref": "s3://abc/\u0000"}"#.to_owned(),
                "0: `source-ref` is `s3://abc/\\0`, which contains a NUL character".to_owned(),
            ),
            ("[1]".to_owned(), "1: not a manifest line: invalid type: sequence, expected one JSON object".to_owned()),
            ("nul".to_owned(), "3: the line is cut off: EOF while parsing a value".to_owned()),
            (
                r#"{"source-ref": "s3://abc/k"#.to_owned(),
                "26: the line is cut off: EOF while parsing a string".to_owned(),
            ),
            (r#"{"source-ref": "s3://abc/k"} {"#.to_owned(), "30: not valid JSON: trailing characters".to_owned()),
            (r#"{"source-ref": "s3://abc/k",}"#.to_owned(), "29: not valid JSON: trailing comma".to_owned()),
            (
                "{\"source-ref\": \"s3://abc/\tk\"}".to_owned(),
                "26: not valid JSON: control character (\\u0000-\\u001F) found while parsing a string".to_owned(),
            ),
            ("{\"ü\0\": 1}".to_owned(), "4: the line contains a NUL byte".to_owned()),
            (
                "\u{feff}{}".to_owned(),
                "1: the line begins with a byte order mark (BOM); save the manifest as UTF-8 without BOM".to_owned(),
            ),
        ] {
            assert_eq!(parsed(&line), Err(expected), "{line}");
        }
        let fault = read(b"{\"\xc3\xbc\xff\": 1}", &mut |_| {}).unwrap_err();
        assert_eq!(fault, Fault { column: Some(4), reason: "the line is not UTF-8 text".to_owned() });
    }
}
