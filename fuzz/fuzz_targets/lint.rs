//! Findings in policy documents: the same each time, each at a place of the text, whatever the document is taken for
#![no_main]

use iam_preflight::lint::{Expect, Kind, LintReport};
use iam_preflight::source::SourceFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = SourceFile::new("policy.json", text);
    for kind in Kind::ALL.map(Some).into_iter().chain([None]) {
        let findings = |expect| {
            let mut report = LintReport::default();
            report.add(&file, kind, expect).ok().map(|()| report)
        };
        let named = findings(Expect::Policy);
        assert_eq!(named, findings(Expect::Policy));
        let Some(report) = named else { continue };
        for found in &report.findings {
            let at = found.finding.location.as_ref().expect("a finding has a place").at;
            assert!(file.line(at.line).is_some(), "{at}");
            assert!(!found.finding.message.is_empty());
        }
        // What lies in a folder is read the same, if it is read at all.
        let passed = findings(Expect::Anything).unwrap_or_default();
        assert!(passed.documents.is_empty() || passed == report);
    }
});
