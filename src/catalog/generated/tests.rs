//! All operations of the API models, each as sound as a file of the catalog

use rayon::prelude::*;

use super::*;
use crate::catalog::template::Part;
use crate::catalog::{Catalog, Operation, Row, Strength, Template, lint};

fn loaded(name: &str) -> Operation {
    let mut catalog = Catalog::embedded().unwrap();
    catalog.add_generated(name).unwrap();
    catalog.named(name).unwrap().clone()
}

/// A pattern of the resources that a template stands for
fn pattern(operation: &Operation, template: &Template) -> Option<String> {
    if template.whole().is_some_and(|name| !operation.header.fact.contains_key(name)) {
        return None;
    }
    let form = match template.whole().and_then(|name| operation.header.fact.get(name)) {
        Some(crate::catalog::FactSource::RequestArn { form, .. }) => form,
        Some(_) => return None,
        None => template,
    };
    let text = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        _ => "*".to_owned(),
    };
    Some(form.parts().iter().map(text).collect())
}

#[test]
fn every_operation_of_the_models_has_a_sound_base() {
    let names: Vec<String> = names().collect();
    let found: Vec<(bool, Vec<String>)> = names.par_chunks(256).flat_map_iter(checked).collect();
    let unsound: Vec<&String> = found.iter().flat_map(|(_, unsound)| unsound).collect();
    assert!(unsound.is_empty(), "{} unsound: {:#?}", unsound.len(), unsound.iter().take(30).collect::<Vec<_>>());
    let known = found.iter().filter(|(has_own, _)| *has_own).count();
    assert!(known > 18_000 && found.len() - known < 1_700, "{known} of {}", found.len());
}

/// Whether each of these operations has an own action, and what is wrong with it
fn checked(names: &[String]) -> Vec<(bool, Vec<String>)> {
    let mut catalog = Catalog::embedded().unwrap();
    let mut found = Vec::new();
    for name in names {
        if catalog.named(name).is_ok() {
            continue;
        }
        catalog.add_generated(name).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        let operation = catalog.named(name).unwrap();
        assert!(operation.is_generated() && catalog.schema(operation).is_some(), "{name}");
        let linted = lint::lint_one(&catalog, operation).into_iter().map(|problem| problem.to_string());
        let unsound = linted.chain(objections(operation)).map(|objection| format!("{name}: {objection}")).collect();
        found.push((operation.rows.iter().any(|row| row.id.starts_with("own")), unsound));
        catalog.operations.retain(|_, known| !known.is_generated());
        catalog.schemas.retain(|name, _| !name.ends_with(".generated.json"));
    }
    found
}

/// What is wrong with a base: a resource that is none of its action, no row that counts, no word about what is not known
fn objections(operation: &Operation) -> Vec<String> {
    let mut found = Vec::new();
    let own: Vec<&Row> = operation.rows.iter().filter(|row| row.id.starts_with("own")).collect();
    let notice = operation.header.notice.as_deref().unwrap_or_default();
    if own.is_empty() {
        if !notice.starts_with("own action not known")
            || operation.rows.iter().any(|row| !row.id.starts_with("pass-role"))
        {
            found.push(format!("no own action, and nothing says so: {notice}"));
        }
    } else if !notice.starts_with(WORDS) || !own.iter().any(|row| row.need == Strength::Must || row.must_when.is_some())
    {
        found.push(format!("no own row that counts, or no word: {notice}"));
    }
    for row in &operation.rows {
        for (action, template) in row.action.iter().zip(&row.resource) {
            let Some(listed) = reference::action(action) else {
                found.push(format!("{action} is not listed"));
                continue;
            };
            let Some(pattern) = pattern(operation, template) else { continue };
            let without = listed.resources().iter().all(|used| !used.required);
            if if pattern == "*" { !without } else { !listed.takes(&pattern) } {
                found.push(format!("{}: {pattern} is no resource of {action}", row.id));
            }
        }
    }
    found
}

/// The operations whose files are shown: each has something that the others have not
const SPREAD: [&str; 15] = [
    "bedrock:InvokeModel",
    "dynamodb:Query",
    "ec2:RunInstances",
    "ecs:RunTask",
    "forecast:CreatePredictor",
    "glue:CreateJob",
    "iam:CreateRole",
    "kms:Decrypt",
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:Invoke",
    "s3:GetObject",
    "s3:ListObjectsV2",
    "secretsmanager:GetSecretValue",
    "sts:AssumeRole",
];

#[test]
fn the_files_of_a_spread_of_operations() {
    for name in SPREAD {
        let operation = loaded(name);
        insta::assert_snapshot!(name.replace(':', "_"), operation.file.text);
    }
}

#[test]
fn a_name_may_be_that_of_the_service_or_of_its_actions() {
    for (name, canonical, action) in [
        ("bedrock-runtime:InvokeModel", "bedrock:InvokeModel", "bedrock:InvokeModel"),
        ("accessanalyzer:listfindings", "access-analyzer:ListFindings", "access-analyzer:ListFindings"),
        // The operation of S3 Control is not that of S3.
        ("s3control:DeleteBucket", "s3control:DeleteBucket", "s3:DeleteBucket"),
        ("s3:DeleteBucket", "s3:DeleteBucket", "s3:DeleteBucket"),
    ] {
        let operation = loaded(name);
        let own: Vec<&str> = operation.rows.iter().flat_map(|row| &row.action).map(Action::as_str).take(1).collect();
        assert_eq!((operation.name(), own), (canonical, vec![action]), "{name}");
    }
    let mut catalog = Catalog::embedded().unwrap();
    catalog.add_generated("sagemaker:createtrainingjob").unwrap();
    assert!(!catalog.named("sagemaker:createtrainingjob").unwrap().is_generated(), "a file goes before");
}
