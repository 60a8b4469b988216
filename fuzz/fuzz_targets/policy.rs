//! Policy documents: read or refused with places, plain and wrapped in a string alike
#![no_main]

use std::sync::Arc;

use iam_preflight::evaluate::{Program, Readings};
use iam_preflight::policy::{PolicyType, parse};
use iam_preflight::source::SourceFile;
use libfuzzer_sys::fuzz_target;

const TYPES: [PolicyType; 9] = [
    PolicyType::Identity,
    PolicyType::Boundary,
    PolicyType::Session,
    PolicyType::ServiceControl,
    PolicyType::ResourceControl,
    PolicyType::Resource,
    PolicyType::Key,
    PolicyType::Trust,
    PolicyType::VpcEndpoint,
];

fuzz_target!(|text: &str| {
    let file = SourceFile::new("policy.json", text);
    for kind in TYPES {
        match parse::parse(&file, "policy", kind) {
            Ok(document) => {
                let mut program = Program::new(Readings::default());
                program.add([&Arc::new(document)], kind);
            }
            Err(problems) => {
                assert!(!problems.0.is_empty());
                for problem in problems.0 {
                    let at = problem.location.expect("a problem has a place").at;
                    assert!(at.line >= 1 && at.column >= 1);
                }
            }
        }
    }
    if text.starts_with('{') {
        let wrapped = SourceFile::new("policy.json", serde_json::to_string(text).unwrap());
        let plain = parse::parse(&file, "policy", PolicyType::Key).is_ok();
        assert_eq!(plain, parse::parse(&wrapped, "policy", PolicyType::Key).is_ok());
    }
});
