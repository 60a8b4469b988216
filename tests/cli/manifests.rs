//! Manifests that are not as they should be: each bad line is named, the rest is read, nothing is forgotten

use crate::harness::{Run, Scratch, TRAINER, example, example_text, word};

fn check(manifest: &std::path::Path) -> Run {
    Run::bare(&example("requests/ready.json"), TRAINER).snapshot(&example("account")).train(manifest)
}

#[test]
fn line_ends_of_windows_are_fine() {
    let scratch = Scratch::new();
    let text = example_text("manifests/train.manifest").replace('\n', "\r\n");
    let report = check(&scratch.write("crlf.manifest", text)).report("ready");
    assert!(report.findings("manifest-line").is_empty());
    let unix = check(&example("manifests/train.manifest")).report("ready");
    assert_eq!(report.row("read-object")["resource_count"], unix.row("read-object")["resource_count"]);
}

#[test]
fn a_bad_line_is_named_and_leaves_the_verdict_open() {
    let scratch = Scratch::new();
    let good = example_text("manifests/train.manifest");
    let cases: [(&[u8], &str); 12] = [
        (b"", "blank"),
        (b"garbage", "not"),
        (b"{\"source-ref\": \"s3://acme-vision-datasets/a", "cut off"),
        (b"{\"source-ref\": \"s3://acme-vision-datasets/\0\"}", "NUL"),
        (b"\xef\xbb\xbf{\"source-ref\": \"s3://acme-vision-datasets/casting/a.jpg\"}", "byte order mark"),
        (b"{\"source-ref\": \"s3://acme-vision-datasets/\xff\"}", "not UTF-8"),
        (b"{}", "`source-ref` is missing"),
        (b"{\"source-ref\": 3}", "a number"),
        (b"{\"source-ref\": \"https://example.com/a.jpg\"}", "expected an S3 URI"),
        (b"{\"source-ref\": \"s3://acme-vision-datasets\"}", "no object"),
        (
            b"{\"source-ref\": \"s3://acme-vision-datasets/a\", \"source-ref\": \"s3://acme-vision-datasets/b\"}",
            "stands twice",
        ),
        (b"[\"s3://acme-vision-datasets/a\"]", "JSON object"),
    ];
    for (line, word_of_it) in cases {
        let mut bytes = Vec::new();
        for (number, text) in good.lines().enumerate() {
            if number == 6 {
                bytes.extend_from_slice(line);
                bytes.push(b'\n');
            }
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(b'\n');
        }
        let path = scratch.write("bad.manifest", &bytes);
        let report = check(&path).report("undetermined");
        let found = report.findings("manifest-line");
        assert_eq!(found.len(), 1, "{word_of_it}: {found:#?}");
        assert_eq!(found[0]["location"]["line"], 7, "{found:#?}");
        assert!(word(&found[0]["message"]).contains(word_of_it), "`{word_of_it}`: {found:#?}");
        let whole = check(&example("manifests/train.manifest")).report("ready");
        let count = &whole.row("read-object")["resource_count"];
        assert_eq!(&report.row("read-object")["resource_count"], count, "the other lines are read all the same");
        assert!(report.missing().contains("which objects 1 line(s)"), "{}", report.missing());
    }
}

#[test]
fn many_bad_lines_are_counted() {
    let scratch = Scratch::new();
    let mut text = example_text("manifests/train.manifest");
    text.push_str(&"oops\n".repeat(5000));
    let report = check(&scratch.write("bad.manifest", text)).report("undetermined");
    assert!(report.missing().contains("which objects 5000 line(s)"), "{}", report.missing());
    assert!(report.findings("manifest-line").len() < 200);
}

#[test]
fn a_manifest_without_a_good_line_is_refused() {
    let scratch = Scratch::new();
    for text in ["oops\noops\n", "{}\n{}\n", "\0", "[\n"] {
        let ran = check(&scratch.write("bad.manifest", text)).run();
        ran.refuses(&["bad.manifest:1:", "could be read"]);
    }
    check(&scratch.write("policy.json", r#"{"Version": "2012-10-17", "Statement": []}"#))
        .run()
        .refuses(&["source-ref"]);
}

#[test]
fn an_overlong_line_is_one_bad_line() {
    let scratch = Scratch::new();
    let mut text = example_text("manifests/train.manifest");
    text.push_str(&"x".repeat(3 << 20));
    text.push('\n');
    let report = check(&scratch.write("long.manifest", text)).report("undetermined");
    assert!(word(&report.findings("manifest-line")[0]["message"]).contains("1 MiB"));
}

#[test]
fn escaped_names_hide_no_object() {
    let scratch = Scratch::new();
    let line = r#"{"source\u002dref": "s3:\/\/acme-vision-datasets\/outside\/a.jpg", "b\u002dref": "s3://acme-vision-datasets/outside/b.png"}"#;
    let report = check(&scratch.write("escaped.manifest", line)).report("blocked");
    assert_eq!(report.decision("read-object"), "implicitDeny");
    assert_eq!(report.row("read-object")["resource_count"], 2);
}

#[test]
fn manifests_in_s3_are_not_taken_for_read() {
    check(std::path::Path::new("s3://bucket/train.manifest")).run().refuses(&["is in S3", "aws s3 cp", "--mode live"]);
}

#[test]
fn a_manifest_may_come_from_standard_input() {
    let run = check(std::path::Path::new("-")).stdin(example_text("manifests/train.manifest"));
    let report = run.report("ready");
    let file = check(&example("manifests/train.manifest")).report("ready");
    assert_eq!(report.rows(), file.rows());
}

#[test]
fn a_request_may_come_from_standard_input() {
    let run = Run::bare(std::path::Path::new("-"), TRAINER).snapshot(&example("account")).manifests();
    let report = run.stdin(example_text("requests/ready.json")).report("ready");
    assert_eq!(report.rows(), Run::example("ready").report("ready").rows());
}
