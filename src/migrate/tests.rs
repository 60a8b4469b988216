//! Migrations applied to requests: what the skeleton holds, what is asked for, and that it always fits

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::catalog::{Catalog, Dataset};
use crate::request::manifest::{self, DatasetRole};
use crate::request::{Request, RequestSchema};
use crate::source::SourceFile;

use super::*;

const SAGEMAKER: &str = "sagemaker:CreateTrainingJob";
const REKOGNITION: &str = "rekognition:CreateProjectVersion";

const LABELLED: &str = r#"{"source-ref": "s3://data/1.png", "defect": 1, "defect-metadata": {"class-name": "anomaly", "type": "groundtruth/image-classification"}}"#;
const MASKED: &str = r#"{"source-ref": "s3://data/2.png", "defect": 1, "defect-metadata": {"class-name": "anomaly"}, "spot-ref": "s3://data/m.png", "spot-ref-metadata": {"type": "groundtruth/semantic-segmentation"}}"#;
const OTHERWISE: &str =
    r#"{"source-ref": "s3://data/3.png", "flaw-metadata": {"class-name": "normal"}, "area-ref": "s3://data/n.png"}"#;

fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::embedded().unwrap())
}

fn given(dataset: Dataset, name: &str, lines: &[&str]) -> GivenManifest {
    let role = match dataset {
        Dataset::Train => DatasetRole::Train,
        Dataset::Test => DatasetRole::Test,
    };
    let text = lines.join("\n");
    let summary = manifest::read(text.as_bytes(), &Arc::from(name), role, &mut |_| ()).unwrap();
    GivenManifest { dataset, name: name.to_owned(), summary: Some(summary) }
}

fn made(to: &str, request: &Value, manifests: &[GivenManifest], set: &[(&str, &str)]) -> Result<Migrated, Vec<String>> {
    let catalog = catalog();
    let from = catalog.operation("lookoutvision:CreateModel").unwrap();
    let request = Request::read(SourceFile::new("old.json", request.to_string())).unwrap();
    let set: Vec<(String, String)> =
        set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let target = catalog.operation(to).unwrap();
    let told = |problem: &Problem| {
        let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{problem}{help}")
    };
    migrate(&OldRequest {
        migration: catalog.migration(from, to).unwrap(),
        request: &request,
        manifests,
        schema: &catalog.schema(target).unwrap().text,
        settings: &set,
    })
    .map_err(|problems| problems.0.iter().map(told).collect())
}

fn plain() -> Value {
    json!({"ProjectName": "bottles", "OutputConfig": {"S3Location": {"Bucket": "results"}}})
}

fn names(asks: &[Asked]) -> Vec<&str> {
    asks.iter().map(|ask| ask.name.as_str()).collect()
}

#[test]
fn members_of_the_old_request_stand_where_the_new_one_has_them() {
    let full = json!({
        "ProjectName": "bottles",
        "OutputConfig": {"S3Location": {"Bucket": "results", "Prefix": "out/"}},
        "KmsKeyId": "alias/models",
        "Tags": [{"Key": "team", "Value": "vision"}, {"Key": "bare", "Value": ""}],
        "Description": "november",
    });
    let bare = plain();
    for (to, request, pointer, expected) in [
        (
            SAGEMAKER,
            &full,
            "/OutputDataConfig",
            json!({"S3OutputPath": "s3://results/out/", "KmsKeyId": "alias/models"}),
        ),
        (SAGEMAKER, &bare, "/OutputDataConfig", json!({"S3OutputPath": "s3://results"})),
        (SAGEMAKER, &full, "/Tags", full["Tags"].clone()),
        (SAGEMAKER, &bare, "/Tags", Value::Null),
        (SAGEMAKER, &bare, "/EnableNetworkIsolation", json!(true)),
        (SAGEMAKER, &full, "/ResourceConfig/VolumeKmsKeyId", Value::Null),
        (REKOGNITION, &full, "/OutputConfig", json!({"S3Bucket": "results", "S3KeyPrefix": "out/"})),
        (REKOGNITION, &bare, "/OutputConfig", json!({"S3Bucket": "results"})),
        (REKOGNITION, &full, "/KmsKeyId", json!("alias/models")),
        (REKOGNITION, &full, "/Tags", json!({"team": "vision", "bare": ""})),
        (REKOGNITION, &full, "/VersionDescription", json!("november")),
        (REKOGNITION, &bare, "/TestingData", json!({"AutoCreate": true})),
    ] {
        let migrated = made(to, request, &[], &[]).unwrap();
        let found = migrated.request.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found, expected, "{to} {pointer}");
    }
}

#[test]
fn manifests_tell_places_attributes_and_the_type_of_the_model() {
    let train = |name: &str, lines: &[&str]| given(Dataset::Train, name, lines);
    let test = |name: &str, lines: &[&str]| given(Dataset::Test, name, lines);
    let plain_names = "source-ref,defect-metadata,defect";
    let masked_names = "source-ref,defect-metadata,defect,spot-ref-metadata,spot-ref";
    for (manifests, kind, train_names, test_names, open) in [
        (vec![train("s3://man/t", &[LABELLED])], "classification", plain_names, plain_names, vec![]),
        (vec![train("t", &[LABELLED, MASKED])], "segmentation", masked_names, masked_names, vec!["TrainManifest"]),
        (
            vec![train("s3://man/t", &[MASKED]), test("e", &[LABELLED])],
            "segmentation",
            masked_names,
            plain_names,
            vec!["TestChannelName", "TestManifest"],
        ),
        (vec![], "", "", "", vec!["ModelType", "TrainAttributeNames", "TestAttributeNames", "TrainManifest"]),
        (
            vec![train("s3://man/t", &[LABELLED, OTHERWISE])],
            "segmentation",
            "",
            "",
            vec!["TrainAttributeNames", "TestAttributeNames"],
        ),
        (vec![train("s3://man/t", &["{"])], "", "", "", vec!["ModelType", "TrainAttributeNames", "TestAttributeNames"]),
        (
            vec![train("s3://man/t", &[LABELLED]), train("s3://man/u", &[LABELLED])],
            "classification",
            plain_names,
            plain_names,
            vec!["TrainManifest"],
        ),
    ] {
        let migrated = made(SAGEMAKER, &plain(), &manifests, &[]).unwrap();
        let told: Vec<&str> = manifests.iter().map(|manifest| manifest.name.as_str()).collect();
        let always = ["TrainingJobName", "RoleArn", "AlgorithmName", "InstanceType"];
        let rest: Vec<&str> = names(&migrated.asks).into_iter().filter(|name| !always.contains(name)).collect();
        assert_eq!(rest, open, "{told:?}");
        let hyper = &migrated.request["HyperParameters"];
        for (name, expected) in [
            ("ModelType", kind),
            ("TrainingInputDataAttributeNames", train_names),
            ("TestInputDataAttributeNames", test_names),
        ] {
            let found = hyper[name].as_str().unwrap();
            assert!(
                if expected.is_empty() { found.starts_with("<<") } else { found == expected },
                "{told:?} {name}: {found}"
            );
        }
        if !train_names.is_empty() {
            let listed: Vec<&str> = train_names.split(',').collect();
            let channel = &migrated.request["InputDataConfig"][0];
            assert_eq!(channel["DataSource"]["S3DataSource"]["AttributeNames"], json!(listed), "{told:?}");
        }
    }
}

#[test]
fn why_a_manifest_does_not_tell_is_said() {
    let twice = [given(Dataset::Train, "a", &[LABELLED, OTHERWISE]), given(Dataset::Train, "b", &[MASKED])];
    for (manifests, name, expected) in [
        (&twice[..1], "TrainManifest", "`a` is a local file"),
        (&twice[..], "TrainManifest", "there are 2 manifests, and room for one"),
        (&twice[..1], "TrainAttributeNames", "the lines have several label attributes: defect, flaw"),
        (&twice[..0], "TrainManifest", "no manifest is given"),
    ] {
        let migrated = made(SAGEMAKER, &plain(), manifests, &[]).unwrap();
        let ask = migrated.asks.iter().find(|ask| ask.name == name).unwrap();
        assert_eq!(ask.why.as_deref(), Some(expected));
    }
    let masks = [given(Dataset::Train, "a", &[MASKED, &MASKED.replace("spot", "area")])];
    let migrated = made(SAGEMAKER, &plain(), &masks, &[]).unwrap();
    let ask = migrated.asks.iter().find(|ask| ask.name == "TrainAttributeNames").unwrap();
    assert_eq!(ask.why.as_deref(), Some("the lines have several mask attributes: area-ref, spot-ref"));
}

#[test]
fn each_manifest_of_a_dataset_is_an_asset_of_rekognition() {
    let manifests = [
        given(Dataset::Train, "s3://man/one", &[LABELLED]),
        given(Dataset::Train, "two", &[LABELLED]),
        given(Dataset::Test, "three", &[LABELLED]),
    ];
    let migrated = made(REKOGNITION, &plain(), &manifests, &[("TrainManifest2", "s3://man/f/two")]).unwrap();
    let asset = |bucket: &str, key: &str| json!({"GroundTruthManifest": {"S3Object": {"Bucket": bucket, "Name": key}}});
    assert_eq!(migrated.request["TrainingData"], json!({"Assets": [asset("man", "one"), asset("man", "f/two")]}));
    assert_eq!(
        migrated.request["TestingData"],
        json!({"Assets": [asset("<<TestManifest>>", "<<TestManifest>>")]}),
        "no split where there is a test dataset"
    );
    assert_eq!(names(&migrated.asks), ["ProjectArn", "VersionName", "TestManifest"]);
    let places = [
        "TestingData.Assets[0].GroundTruthManifest.S3Object.Bucket",
        "TestingData.Assets[0].GroundTruthManifest.S3Object.Name",
    ];
    assert_eq!(migrated.asks[2].to, places);
}

#[test]
fn what_is_lost_and_what_changes_depends_on_the_request() {
    let request =
        json!({"ProjectName": "p", "OutputConfig": {"S3Location": {"Bucket": "results"}}, "ClientToken": "t"});
    let whats = |all: &[Told]| -> Vec<String> { all.iter().map(|told| told.what.clone()).collect() };
    let masked = [given(Dataset::Train, "t", &[LABELLED, MASKED])];
    let migrated = made(SAGEMAKER, &request, &masked, &[]).unwrap();
    assert_eq!(whats(&migrated.lost), ["ProjectName", "ClientToken"]);
    assert!(whats(&migrated.changes).contains(&"images without a mask".to_owned()));
    assert!(whats(&migrated.changes).contains(&"no test dataset".to_owned()));
    let migrated = made(REKOGNITION, &plain(), &masked, &[]).unwrap();
    assert_eq!(whats(&migrated.lost), ["ProjectName", "the masks of the manifests"]);
    let both = [given(Dataset::Train, "t", &[MASKED]), given(Dataset::Test, "e", &[MASKED])];
    let migrated = made(SAGEMAKER, &plain(), &both, &[]).unwrap();
    let changes = whats(&migrated.changes);
    assert!(!changes.iter().any(|what| what.contains("mask") || what.contains("no test")), "{changes:?}");
    let every = migrated.members.iter().all(|member| !member.sources.is_empty() && !member.because.is_empty());
    assert!(every && migrated.asks.iter().all(|ask| !ask.sources.is_empty()));
}

#[test]
fn a_setting_is_refused_when_nothing_asks_for_it_or_when_it_does_not_fit() {
    for (to, set, expected) in [
        (SAGEMAKER, ("RolArn", "x"), "has nothing to set that is called `RolArn` (did you mean `RoleArn`?)"),
        (
            REKOGNITION,
            ("RoleArn", "x"),
            "rekognition:CreateProjectVersion has nothing to set that is called `RoleArn` (it knows ProjectArn,",
        ),
        (SAGEMAKER, ("RoleArn", "someone"), "what is set as `RoleArn` does not fit: `RoleArn` is"),
        (SAGEMAKER, ("VolumeSizeInGB", "many"), "`many` does not fit `VolumeSizeInGB`: expected a whole number"),
        (SAGEMAKER, ("MaxRuntimeInSeconds", "0"), "what is set as `MaxRuntimeInSeconds` does not fit"),
        (
            SAGEMAKER,
            ("TrainManifest", "train.manifest"),
            "`train.manifest` does not fit `TrainManifest`: it is no S3 URI",
        ),
        (SAGEMAKER, ("RoleArn", ""), "`RoleArn` cannot be left out"),
        (SAGEMAKER, ("S3OutputPath", ""), "`S3OutputPath` cannot be left out"),
        (SAGEMAKER, ("TestManifest", "s3://man/e"), "has nothing to set that is called `TestManifest`"),
    ] {
        let problems = made(to, &plain(), &[], &[set]).expect_err(expected);
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}\n{problems:#?}");
        let name = set.0;
        assert!(problems.iter().all(|problem| problem.contains(name)), "of nothing else: {problems:#?}");
    }
    let twice = made(SAGEMAKER, &plain(), &[], &[("RoleArn", "a"), ("RoleArn", "b")]).unwrap_err();
    assert!(twice.contains(&"`--set RoleArn` is given twice".to_owned()), "{twice:?}");
    let all = made(SAGEMAKER, &plain(), &[], &[("RolArn", "x"), ("VolumeSizeInGB", "many")]).unwrap_err();
    assert_eq!(all.len(), 2, "all at once: {all:?}");
}

#[test]
fn a_value_that_the_new_operation_does_not_take_is_asked_for() {
    let tags: Vec<Value> = (0..60).map(|n| json!({"Key": format!("k{n}"), "Value": "v"})).collect();
    let mut request = plain();
    request["Tags"] = json!(tags);
    request["KmsKeyId"] = json!("key,with=marks");
    request["Description"] = json!("d".repeat(300));
    let migrated = made(SAGEMAKER, &request, &[], &[]).unwrap();
    assert_eq!(migrated.request["Tags"], json!("<<Tags>>"));
    assert_eq!(migrated.request["OutputDataConfig"]["KmsKeyId"], json!("<<OutputKmsKeyId>>"));
    let ask = migrated.asks.iter().find(|ask| ask.name == "Tags").unwrap();
    assert!(ask.why.as_deref().is_some_and(|why| why.contains("60") && why.contains("50")), "{ask:?}");
    let migrated = made(REKOGNITION, &request, &[], &[("VersionDescription", "")]).unwrap();
    assert_eq!(migrated.request["Tags"].as_object().map(serde_json::Map::len), Some(60), "a map of 60 fits there");
    assert_eq!(migrated.request.get("VersionDescription"), None, "left out as the user wants it");
    let migrated = made(REKOGNITION, &request, &[], &[]).unwrap();
    assert_eq!(migrated.request["VersionDescription"], json!("<<VersionDescription>>"));
}

/// A value for everything that may be asked for
const SAMPLES: [(&str, &str); 14] = [
    ("TrainingJobName", "bottles-1"),
    ("RoleArn", "arn:aws:iam::111122223333:role/ml/TrainingExecution"),
    ("AlgorithmName", "arn:aws:sagemaker:us-east-1:865070037744:algorithm/lfv-public-algorithm-2025-02-0-example"),
    ("ModelType", "classification"),
    ("TrainAttributeNames", "source-ref,a-metadata,a"),
    ("TestAttributeNames", "source-ref,a-metadata,a"),
    ("TestChannelName", "test"),
    ("TrainManifest", "s3://data/train.manifest"),
    ("TestManifest", "s3://data/test.manifest"),
    ("TrainManifest2", "s3://data/second.manifest"),
    ("InstanceType", "ml.g4dn.2xlarge"),
    ("ProjectArn", "arn:aws:rekognition:us-east-1:111122223333:project/bottles/1764150000000"),
    ("VersionName", "2026-11-26"),
    ("S3OutputPath", "s3://results/out"),
];

fn create_model() -> impl Strategy<Value = Value> {
    let prefix = prop::option::of("[a-zA-Z0-9!_.*'()-][/a-zA-Z0-9!_.*'()-]{0,200}");
    let key = prop::option::of("[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,60}");
    let tags = prop::collection::btree_map("[\\p{L} 0-9_.:/=+@-]{1,20}", "[\\p{L} 0-9_.:/=+@-]{0,20}", 0..70);
    let description = prop::option::of("[0-9A-Za-z._-]{1,500}");
    ("[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}", "[0-9A-Za-z._-]{3,63}", prefix, key, tags, description).prop_map(
        |(project, bucket, prefix, key, tags, description)| {
            let mut request = json!({"ProjectName": project, "OutputConfig": {"S3Location": {"Bucket": bucket}}});
            if let Some(prefix) = prefix {
                request["OutputConfig"]["S3Location"]["Prefix"] = json!(prefix);
            }
            if let Some(key) = key {
                request["KmsKeyId"] = json!(key);
            }
            if let Some(description) = description {
                request["Description"] = json!(description);
            }
            let tags: Vec<Value> = tags.into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
            if !tags.is_empty() {
                request["Tags"] = json!(tags);
            }
            request
        },
    )
}

fn manifests() -> impl Strategy<Value = Vec<GivenManifest>> {
    let line = prop::sample::select(vec![LABELLED, MASKED, OTHERWISE, "{"]);
    let name = prop::sample::select(vec!["train.manifest", "s3://data/some/train.manifest"]);
    let dataset = prop::sample::select(vec![Dataset::Train, Dataset::Test]);
    let one = (dataset, name, prop::collection::vec(line, 0..3));
    prop::collection::vec(one, 0..3).prop_map(|all| {
        let mut all: Vec<GivenManifest> =
            all.iter().map(|(dataset, name, lines)| given(*dataset, name, lines)).collect();
        all.dedup_by_key(|manifest| manifest.dataset == Dataset::Test);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A request that Lookout for Vision takes becomes one that the new operation takes, once the placeholders are filled
    #[test]
    fn a_valid_request_becomes_a_valid_one(request in create_model(), manifests in manifests()) {
        let catalog = catalog();
        let schema = |name: &str| {
            RequestSchema::load(&catalog.schema(catalog.operation(name).unwrap()).unwrap().text).unwrap()
        };
        let read = |value: &Value| Request::read(SourceFile::new("r", value.to_string())).unwrap();
        prop_assert_eq!(schema("lookoutvision:CreateModel").check(&read(&request)), vec![]);
        for to in [SAGEMAKER, REKOGNITION] {
            let migrated = made(to, &request, &manifests, &[]).unwrap();
            let skeleton = read(&migrated.request);
            let open = skeleton.placeholders();
            let violations = schema(to).check(&skeleton);
            let beside = violations.iter().find(|violation| !open.iter().any(|(pointer, _)| *pointer == violation.pointer));
            prop_assert_eq!(beside, None);
            let mut asked: Vec<&str> = open.iter().map(|(_, placeholder)| placeholder.name()).collect();
            asked.sort_unstable();
            asked.dedup();
            let mut named = names(&migrated.asks);
            named.sort_unstable();
            prop_assert_eq!(&asked, &named, "each placeholder is told, and nothing else");
            let filled: Vec<(&str, &str)> = asked
                .iter()
                .map(|name| (*name, SAMPLES.iter().find(|(known, _)| known == name).map_or("", |(_, value)| *value)))
                .collect();
            let whole = made(to, &request, &manifests, &filled).unwrap();
            prop_assert_eq!(names(&whole.asks), Vec::<&str>::new());
            let whole = read(&whole.request);
            prop_assert!(whole.finished().is_ok());
            prop_assert_eq!(schema(to).check(&whole), vec![]);
        }
    }
}
