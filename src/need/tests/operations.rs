//! What each operation needs, for a small and a full request: who, when, what, on what, and which page says so

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::*;
use crate::catalog::{Catalog, FactSource};
use crate::request::{RequestSchema, recognize};

pub(super) const OPERATIONS: [&str; 15] = [
    "bedrock:CreateModelCustomizationJob",
    "bedrock:CreateModelInvocationJob",
    "comprehend:CreateDocumentClassifier",
    "comprehend:CreateEntityRecognizer",
    "lookoutvision:CreateDataset",
    "lookoutvision:CreateModel",
    "lookoutvision:StartModel",
    "lookoutvision:StartModelPackagingJob",
    "rekognition:CreateDataset",
    "rekognition:CreateProjectVersion",
    "sagemaker:CreateAutoMLJobV2",
    "sagemaker:CreateModel",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
];

fn path(operation: &str, size: &str) -> PathBuf {
    let name = operation.replace(':', ".");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/operations/{name}.{size}.json"))
}

pub(super) fn case(operation: &'static str, size: &str) -> Case {
    let text = std::fs::read_to_string(path(operation, size)).unwrap();
    let case = Case { operation, ..Case::of(&text) };
    case.knowing(|facts| {
        facts.buckets.insert("images".to_owned(), bucket(Fact::Absent));
        let second = "1a2b3c4d-0000-4000-8000-000000000002";
        for id in ["1a2b3c4d-0000-4000-8000-000000000001", second] {
            facts.keys.insert(id.to_owned(), key(&format!("arn:aws:kms:us-east-1:111122223333:key/{id}")));
        }
    })
}

pub(super) fn target(target: &Target) -> String {
    match target {
        Target::Resource(resource) => resource.text().to_owned(),
        Target::DatasetObjects => "every object of the dataset".to_owned(),
        Target::DatasetBuckets => "every bucket of the dataset's objects".to_owned(),
        Target::DatasetKeys => "every key of the dataset's objects".to_owned(),
        Target::AwsManagedKey { alias, .. } => alias.clone(),
        Target::Unnamed(words) => format!("? {words}"),
    }
}

fn listed(derivation: &Derivation) -> String {
    let mut text = String::new();
    for need in &derivation.needs {
        let label = need.any_of.as_ref().map(|label| format!(" any of {label}")).unwrap_or_default();
        let strength =
            if need.strength == Strength::Must { String::new() } else { format!(" {}", need.strength.word()) };
        let via: Vec<String> = need.via.iter().map(|chain| chain.join("+")).filter(|chain| !chain.is_empty()).collect();
        let via = if via.is_empty() { String::new() } else { format!(" via {}", via.join(" or ")) };
        let open: Vec<String> = need.missing.iter().map(|missing| format!(" lacks {}", missing.what)).collect();
        let open = open.concat();
        let url = need.sources.first().map_or("", |source| source.url.as_str());
        let _ = writeln!(
            text,
            "{}{strength}{label}: {} {} {} on {}{via}{open}\n    {url}",
            need.id,
            need.actor,
            need.phase.word(),
            need.action,
            target(&need.target),
        );
    }
    text
}

#[test]
fn each_operation_needs_these_rows_and_no_others() {
    for operation in OPERATIONS {
        for size in ["minimal", "maximal"] {
            let case = case(operation, size);
            let text = listed(&case.with(derive));
            insta::assert_snapshot!(format!("{}_{size}", operation.replace(':', "_")), text);
        }
    }
}

#[test]
fn each_request_is_accepted_and_tells_its_operation() {
    let catalog = Catalog::embedded().unwrap();
    for operation in OPERATIONS {
        let schema = catalog.schema(catalog.operation(operation).unwrap()).unwrap();
        let schema = RequestSchema::load(&schema.text).unwrap();
        for size in ["minimal", "maximal"] {
            let request = case(operation, size).request;
            let violations: Vec<String> = schema.check(&request).into_iter().map(|found| found.message).collect();
            assert_eq!(violations, [] as [&str; 0], "{operation} {size}");
            assert_eq!(recognize(&catalog, &request).unwrap().name(), operation, "{size}");
        }
    }
}

#[test]
fn a_stored_role_is_told_or_missing() {
    let case = case("sagemaker:CreateTransformJob", "minimal");
    let exec = Actor::Role("exec".to_owned());
    let open = case.with(derive);
    let own: Vec<&Need> = open.needs.iter().filter(|need| need.actor == exec).collect();
    let said = "the execution role of the model";
    assert!(!own.is_empty() && own.iter().all(|need| need.missing.iter().any(|missing| missing.what == said)));
    let told = case.knowing(|facts| {
        facts.told.insert("model_role".to_owned(), vec!["arn:aws:iam::111122223333:role/ml/Exec".to_owned()]);
        facts.told.insert("model_subnets".to_owned(), Vec::new());
        facts.told.insert("input_keys".to_owned(), vec!["alias/vision".to_owned()]);
    });
    let told = told.with(derive);
    assert!(told.needs.iter().all(|need| need.missing.is_empty()), "{}", listed(&told));
    assert!(!told.needs.iter().any(|need| need.id.starts_with("network")));
    let key = told.needs.iter().find(|need| need.id == "input-prefix-decrypt").unwrap();
    assert_eq!(target(&key.target), KEY);
    let trust = told.needs.iter().find(|need| need.id == "exec-trust").unwrap();
    assert_eq!(target(&trust.target), "arn:aws:iam::111122223333:role/ml/Exec");
}

#[test]
fn told_facts_say_how_to_find_them_out() {
    let catalog = Catalog::embedded().unwrap();
    for operation in catalog.operations() {
        for (name, source) in &operation.header.fact {
            let FactSource::Told { what, how, .. } = source else { continue };
            assert!(!what.is_empty() && !how.is_empty(), "{} {name}", operation.name());
        }
    }
}
