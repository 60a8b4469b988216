//! The embedded catalog is sound, and each way of being unsound is noticed

use std::collections::BTreeMap;

use super::lint::lint;
use super::*;
use crate::request::quota::DatasetQuotas;

const CREATE_MODEL: &str = include_str!("../../policies/catalog/lookoutvision.CreateModel.toml");
const ASSUMPTIONS: &str = include_str!("../../policies/catalog/assumptions.toml");

fn changed(text: &str, from: &str, to: &str) -> SourceFile {
    assert!(text.contains(from), "the file has no `{from}` to change");
    SourceFile::new("mine.toml", text.replacen(from, to, 1))
}

fn words(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// What loading, or else the lint, says of the operation with one change
fn complaints(from: &str, to: &str) -> Vec<Problem> {
    match Catalog::load(&[changed(CREATE_MODEL, from, to)]) {
        Ok(catalog) => lint(&catalog),
        Err(problems) => problems.0,
    }
}

#[test]
fn the_embedded_catalog_is_sound() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(words(&lint(&catalog)), [] as [&str; 0]);
    let operation = catalog.operation("LookoutVision:createmodel").unwrap();
    assert!(catalog.schema(operation).is_some());
    assert!(operation.rows.iter().all(|row| !operation.sources(&row.src).is_empty()));
}

#[test]
fn the_quotas_are_those_of_the_service() {
    let catalog = Catalog::embedded().unwrap();
    let quota = catalog.operation("lookoutvision:CreateModel").unwrap().header.quota.clone();
    assert_eq!(quota.try_into::<DatasetQuotas>().unwrap(), DatasetQuotas::LOOKOUT_FOR_VISION);
}

#[test]
fn the_end_of_the_service_is_noticed() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(
        catalog.operation("lookoutvision:CreateModel").unwrap().notice().unwrap(),
        "Amazon Lookout for Vision ended on 2025-10-31: AWS no longer answers this request; AWS names in its place: \
         sagemaker:CreateTrainingJob, Amazon Bedrock, AWS Partner solutions. `derive REQUEST --as OPERATION` makes the \
         request one of its successors: rekognition:CreateProjectVersion, sagemaker:CreateTrainingJob."
    );
}

#[test]
fn a_name_that_stands_for_nothing_is_refused() {
    for (from, to, message, help) in [
        ("{out.bucket}\"", "{out.buckte}\"", "the fact `out` has no field `buckte`", "did you mean `out.bucket`?"),
        ("{out.bucket}\"", "{out}\"", "the fact `out` has no text of its own", ""),
        ("resource = \"{key}\"\nsrc", "resource = \"x{key}\"\nsrc", "the key `key` stands for a whole ARN", ""),
        (
            "{?model-version}",
            "{?model-versoin}",
            "there is no assumption `model-versoin`",
            "did you mean `model-version`?",
        ),
        ("== 'both'", "== 'bth'", "the assumption `results-key` has no value `bth`", "did you mean `both`?"),
        (
            "lookoutvision = [\"lookoutvision\"], s3",
            "lov = [\"lookoutvision\"], s3",
            "has no value `lov`",
            "its values are",
        ),
        (
            "row     = \"out-location\"",
            "row     = \"out-locatoin\"",
            "there is no row `out-locatoin`",
            "did you mean `out-location`?",
        ),
        ("of      = \"key\"", "of      = \"out\"", "`out` is no fact with a KMS key", ""),
        ("id       = \"tag\"", "id       = \"create\"", "the id `create` stands twice", "choose another"),
        (
            "src      = [\"api\", \"sar\"]",
            "src      = [\"api\", \"saar\"]",
            "names `saar`, which is no entry of `[source]`",
            "did you mean `sar`?",
        ),
        ("src      = [\"api\", \"sar\"]", "src      = []", "a row without a source", "name in `src`"),
        ("because  = \"the request tags the new model\"", "", "a row without a reason", "one sentence"),
        ("id       = \"tag\"", "id       = \"tag\"\nas = \"role\"", "there is no principal `role`", ""),
        ("id       = \"tag\"", "id       = \"tag\"\nany_of = \"x\"", "`any_of = \"x\"` has no other row", ""),
        (
            "resource = \"{image}\"",
            "resource = \"arn:aws:s3:::{image}\"",
            "a row for each element of a dataset is about the element itself",
            "write `resource = \"{image}\"`",
        ),
        ("image in images", "image in out", "`out` is no list", ""),
        (
            "dataset_keys = { of = \"images\" }",
            "dataset_keys = { of = \"out\" }",
            "`out` is no fact with dataset objects",
            "",
        ),
        ("s3 = [\"lookoutvision\", \"s3\"] }", "}", "`one_of` needs at least two alternatives", ""),
    ] {
        let found = complaints(from, to);
        let hit = found.iter().find(|problem| problem.message.contains(message));
        let hit = hit.unwrap_or_else(|| panic!("{to}: expected `{message}`, got {:?}", words(&found)));
        assert!(hit.help.as_deref().unwrap_or_default().contains(help), "{to}: {:?}", hit.help);
    }
}

#[test]
fn the_lint_sees_what_loading_does_not() {
    for (from, to, message) in [
        (
            "\"s3:GetBucketLocation\"",
            "\"s3:GetBucketLocaton\"",
            "the reference does not know the action `s3:GetBucketLocaton`",
        ),
        (
            "\"s3:GetBucketLocation\"",
            "\"s3:PutObject\"",
            "`arn:{partition}:s3:::{out.bucket}` is no resource of s3:PutObject",
        ),
        ("\"s3:PutObject\"", "\"s3:ListBucket\"", "is no resource of s3:ListBucket"),
        ("model/{ProjectName}/", "model/{ProjectNme}/", "the request has no member `ProjectNme`"),
        ("when     = \"Tags\"", "when     = \"Tag\"", "the request has no member `Tag`"),
        (
            "\"kms:GrantOperations\" ",
            "\"kms:GrantOperation\" ",
            "calls of kms:CreateGrant do not carry `kms:GrantOperation`",
        ),
        ("inert     = [\"ClientToken\", ", "inert     = [", "nothing says what the request member `ClientToken` needs"),
        ("[fact]\n", "[fact]\nspare = { kms_key = { reference = \"KmsKeyId\" } }\n", "nothing uses the fact `spare`"),
        (
            "[source]\n",
            "[source]\nspare = { kind = \"guide\", url = \"https://docs.aws.amazon.com\" }\n",
            "nothing uses the source `spare`",
        ),
        ("CreateModel.schema.json", "CreateModle.schema.json", "there is no request schema"),
    ] {
        let found = complaints(from, to);
        let hit = found.iter().any(|problem| problem.message.contains(message));
        assert!(hit, "{to}: expected `{message}`, got {:?}", words(&found));
        assert!(found.iter().all(|problem| problem.location.is_some()), "{:?}", words(&found));
    }
}

#[test]
fn all_problems_of_a_file_come_at_once_with_their_places() {
    let text = CREATE_MODEL
        .replacen("phase    = \"run\"", "pahse = \"run\"", 1)
        .replacen("need      = \"advisory\"", "need      = \"advisry\"", 1)
        .replacen("check   = \"bucket_owner_equals\"", "check   = \"bucket_owner\"", 1)
        .replacen("state       = \"ended\"", "state       = \"endet\"", 1);
    let found = Catalog::load(&[SourceFile::new("mine.toml", text.as_str())]).unwrap_err().0;
    let line = |needle: &str| text.lines().position(|line| line.contains(needle)).unwrap() + 1;
    let shown: Vec<(String, Option<String>)> =
        found.into_iter().map(|problem| (problem.to_string(), problem.help)).collect();
    let mean = |word: &str| Some(format!("did you mean `{word}`?"));
    assert_eq!(
        shown,
        [
            (format!("mine.toml:{}:1: unknown field `pahse`", line("pahse")), mean("phase")),
            (format!("mine.toml:{}:13: unknown variant `advisry`", line("advisry")), mean("advisory")),
            (
                format!("mine.toml:{}:11: unknown variant `bucket_owner`", line("\"bucket_owner\"")),
                mean("bucket_owner_equals")
            ),
            (format!("mine.toml:{}:15: unknown variant `endet`", line("endet")), mean("ended")),
        ]
    );
}

#[test]
fn files_that_are_no_catalog_are_refused() {
    for (text, message) in [
        ("x = ", "mine.toml:1:"),
        ("", "this is no file of the catalog"),
        ("[action]\n[assumption]", "this is no file of the catalog"),
        ("[action]\n[spare]", "mine.toml:2:2: `spare` has no place here"),
        ("[action.nonsense]\nresources = []\nkeys = []", "`nonsense` is not an action"),
        ("operation = 'a:B'\nrequire = 3", "expected `[[…]]`, a list of tables"),
    ] {
        let found = words(&Catalog::load(&[SourceFile::new("mine.toml", text)]).unwrap_err().0);
        assert!(found.iter().any(|problem| problem.contains(message)), "{text}: {found:?}");
    }
    let format = complaints("format    = 1", "format    = 2");
    assert_eq!(words(&format), ["mine.toml:1:1: format 2 of the catalog is not known"]);
}

#[test]
fn a_users_file_replaces_the_embedded_one() {
    let mine = changed(CREATE_MODEL, "because  = \"the request tags the new model\"", "because = \"mine\"");
    let catalog = Catalog::load(&[mine]).unwrap();
    let operation = catalog.operation("lookoutvision:CreateModel").unwrap();
    assert!(operation.rows.iter().any(|row| row.because == "mine"));
    assert_eq!(catalog.operations().count(), Catalog::embedded().unwrap().operations().count());
}

#[test]
fn an_unknown_operation_names_the_nearest() {
    let catalog = Catalog::embedded().unwrap();
    let problem = catalog.operation("lookoutvision:CreateModle").unwrap_err();
    assert_eq!(problem.help.as_deref(), Some("did you mean `lookoutvision:CreateModel`?"));
}

#[test]
fn the_reference_says_which_keys_a_call_can_carry() {
    let reference = Catalog::embedded().unwrap().reference;
    let carries = |action: &str, key: &str| reference.carries(&action.parse().unwrap(), key);
    assert_eq!(carries("kms:Decrypt", "kms:encryptioncontext:aws:s3:arn"), Some(true));
    assert_eq!(carries("kms:DescribeKey", "kms:encryptioncontext:aws:s3:arn"), Some(false));
    assert_eq!(carries("kms:CreateGrant", "kms:requestalias"), Some(false));
    assert_eq!(carries("s3:PutObject", "s3:x-amz-acl"), Some(true));
    assert_eq!(carries("s3:GetObject", "s3:versionid"), Some(false));
    assert_eq!(carries("s3:GetObjekt", "ec2:vpc"), None);
    // What the catalog's own table does not have is known from AWS's list.
    assert_eq!(carries("ecr:BatchGetImage", "ecr:resourcetag/team"), Some(true));
    assert_eq!(carries("ecr:BatchGetImage", "ecr:nonsense"), Some(false));
    assert!(
        reference.service_keys(&"lookoutvision:CreateModel".parse().unwrap()).unwrap().contains(&"aws:TagKeys".into())
    );
}

fn registry() -> Registry {
    Catalog::embedded().unwrap().assumptions
}

fn resolve(choices: &[(&str, &str)]) -> Result<Assumptions, Problems> {
    let choices: Vec<_> = choices.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Assumptions::resolve(&registry(), &choices)
}

#[test]
fn assumptions_have_defaults_that_choices_replace() {
    let assumptions = resolve(&[("model-version", "17"), ("results-key", "both")]).unwrap();
    assert_eq!(assumptions.value("model-version"), Some("17"));
    assert_eq!(assumptions.meaning("model-version"), Some("the service authorizes against version 17"));
    assert!(assumptions.is("results-key", "both"));
    assert_eq!(assumptions.value("datasets"), Some("complete"));
    assert_eq!(assumptions.value("no-such"), None);
}

#[test]
fn wrong_choices_are_refused_together() {
    let problems = resolve(&[("result-key", "both"), ("datasets", "all"), ("model-version", "0")]).unwrap_err().0;
    let shown: Vec<(String, Option<&str>)> =
        problems.iter().map(|problem| (problem.to_string(), problem.help.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("there is no assumption `result-key`".into(), Some("did you mean `results-key`?")),
            ("the assumption `datasets` has no value `all`".into(), Some("its values are `complete`, `partial`")),
            (
                "the assumption `model-version` has no value `0`".into(),
                Some("its values are `any`, `latest`, a version number")
            ),
        ]
    );
}

#[test]
fn a_default_must_be_a_value() {
    let mine = changed(ASSUMPTIONS, "default = \"complete\"", "default = \"whole\"");
    let found = words(&Catalog::load(&[mine]).unwrap_err().0);
    assert_eq!(found, ["the default does not fit: the assumption `datasets` has no value `whole`"]);
}

/// The table of docs/assumptions.md: name, default, and the meaning of each value
fn documented() -> BTreeMap<String, (String, BTreeMap<String, String>)> {
    let mut table: BTreeMap<String, (String, BTreeMap<String, String>)> = BTreeMap::new();
    for line in include_str!("../../docs/assumptions.md").lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, value, meaning] = cells.as_slice() else { panic!("three cells in {line}") };
        let name = name.trim_matches('`').to_owned();
        let (value, is_default) = value.strip_suffix(" (default)").map_or((*value, false), |value| (value, true));
        let value = value.trim_matches('`').to_owned();
        let entry = table.entry(name).or_default();
        if is_default {
            entry.0.clone_from(&value);
        }
        entry.1.insert(value, (*meaning).to_owned());
    }
    table
}

#[test]
fn the_documented_assumptions_are_those_of_the_registry() {
    let registry = registry();
    let registered: BTreeMap<_, _> = registry
        .iter()
        .map(|(name, assumption)| {
            let other = assumption.other.as_ref().map(|other| (other.kind.words().to_owned(), other.meaning.clone()));
            let values = assumption.values.clone().into_iter().chain(other).collect();
            (name.to_owned(), (assumption.default.clone(), values))
        })
        .collect();
    assert_eq!(documented(), registered);
}

#[test]
fn the_assumptions_that_code_reads_are_registered() {
    let registry = registry();
    for (name, values) in [
        (assumption::MANAGED_KEY_POLICY, ["published", "unknown"]),
        (assumption::BUCKET_OWNER, ["account", "unknown"]),
        ("multivalued-without-set", ["no-match", "any-value"]),
        ("list-buckets-on-all", ["allowed", "denied"]),
        ("any-principal-limits", ["not-limited", "limited"]),
        ("grant-limits", ["not-limited", "limited"]),
        ("session-tags", ["none", "unknown"]),
        ("called-via", ["absent", "service"]),
        ("source-ip-via-service", ["kept", "hidden"]),
        ("vpc-endpoint-policy", ["full", "unknown"]),
        ("organization", ["as-known", "none"]),
        ("session-policy", ["none", "unknown"]),
        ("principal-policies", ["given", "unknown"]),
        ("terraform-references", ["followed", "unknown"]),
        ("terraform-manages", ["part", "everything"]),
    ] {
        for value in values {
            assert_eq!(registry.objection(name, Some(value)), None);
        }
    }
}
