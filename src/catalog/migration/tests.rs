//! Migrations that do not fit their operations are refused with a place and a way out

use crate::catalog::{Catalog, lint};
use crate::source::SourceFile;

const SOUND: &str = r#"format = 1
from = "lookoutvision:StartModel"
to = "rekognition:CreateProjectVersion"
summary = "s"
[source]
page = { kind = "guide", url = "https://example.com/page" }
[[member]]
to = "ProjectArn"
ask = { what = "w" }
because = "b"
src = ["page"]
[[member]]
to = "VersionName"
name = "VersionName"
from = { member = "ModelVersion" }
because = "b"
src = ["page"]
[[member]]
to = "OutputConfig.S3Bucket"
value = "results"
because = "b"
src = ["page"]
[[without]]
from = "ProjectName"
because = "b"
src = ["page"]
[[without]]
from = "MinInferenceUnits"
because = "b"
src = ["page"]
[[without]]
from = "MaxInferenceUnits"
because = "b"
src = ["page"]
[[without]]
from = "ClientToken"
because = "b"
src = ["page"]
"#;

fn loaded(text: &str) -> Result<Catalog, Vec<String>> {
    let told = |problem: &crate::source::Problem| {
        let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{problem}{help}")
    };
    Catalog::load(&[SourceFile::new("mine.toml", text)]).map_err(|problems| problems.0.iter().map(told).collect())
}

#[test]
fn a_migration_from_outside_is_used_and_found() {
    let catalog = loaded(SOUND).unwrap();
    assert_eq!(lint::lint(&catalog), []);
    let from = catalog.operation("lookoutvision:StartModel").unwrap();
    let way = catalog.migration(from, "REKOGNITION:createprojectversion").unwrap();
    assert_eq!((way.members.len(), way.without.len()), (3, 4));
    for (to, message, help) in [
        (
            "rekognition:CreateProjectVersions",
            "there is no way from lookoutvision:StartModel to `rekognition:CreateProjectVersions`",
            "did you mean `rekognition:CreateProjectVersion`?",
        ),
        ("x", "there is no way from lookoutvision:StartModel to `x`", "it can become rekognition:CreateProjectVersion"),
        ("lookoutvision:StartModel", "the request already is one of lookoutvision:StartModel", "leave out --as"),
    ] {
        let problem = catalog.migration(from, to).unwrap_err();
        assert_eq!((problem.message.as_str(), problem.help.as_deref()), (message, Some(help)));
    }
    let none = catalog.operation("bedrock:CreateModelCustomizationJob").unwrap();
    let problem = catalog.migration(none, "sagemaker:CreateTrainingJob").unwrap_err();
    assert_eq!(
        problem.help.as_deref(),
        Some("there are ways from lookoutvision:CreateModel, lookoutvision:StartModel only")
    );
}

/// What stands in the sound file, what stands there instead, and what is said of it
const UNFIT: &[(&str, &str, &str)] = &[
    (
        "to = \"ProjectArn\"",
        "to = \"ProjectARN\"",
        "mine.toml:7:1: the request of rekognition:CreateProjectVersion has no member `ProjectARN` (did you mean `ProjectArn`?)",
    ),
    (
        "member = \"ModelVersion\"",
        "member = \"Version\"",
        "mine.toml:12:1: the request of lookoutvision:StartModel has no member `Version`",
    ),
    (
        "from = \"ProjectName\"",
        "from = \"ProjctName\"",
        "mine.toml:23:1: the request of lookoutvision:StartModel has no member `ProjctName` (did you mean `ProjectName`?)",
    ),
    ("value = \"results\"", "value = 3", "mine.toml:18:1: `3` does not fit `OutputConfig.S3Bucket`"),
    ("value = \"results\"", "value = \"x\"", "mine.toml:18:1: `\"x\"` does not fit `OutputConfig.S3Bucket`"),
    ("value = \"results\"\n", "", "mine.toml:18:1: nothing says what the member is (from, value or ask)"),
    (
        "value = \"results\"",
        "value = \"results\"\nask = { what = \"w\" }",
        "mine.toml:18:1: a member with a `value` has neither `from` nor `ask`",
    ),
    (
        "name = \"VersionName\"\n",
        "",
        "mine.toml:12:1: what the member is made of may not be there, or not fit (give it a `name`, by which the user can give another value)",
    ),
    (
        "name = \"VersionName\"",
        "name = \"ProjectArn\"",
        "mine.toml:12:1: two members are set as `ProjectArn` (give one of them a `name`)",
    ),
    (
        "name = \"VersionName\"",
        "name = \"Version<\"",
        "mine.toml:12:1: `Version<` is no name: letters and digits, a letter first",
    ),
    (
        "because = \"b\"\nsrc = [\"page\"]\n[[member]]\nto = \"V",
        "because = \"b\"\nsrc = [\"pge\"]\n[[member]]\nto = \"V",
        "mine.toml:7:1: there is no source `pge` (did you mean `page`?)",
    ),
    (
        "because = \"b\"\nsrc = [\"page\"]\n[[member]]\nto = \"V",
        "because = \"b\"\nsrc = []\n[[member]]\nto = \"V",
        "mine.toml:7:1: no source backs it (name one of [source] in `src`)",
    ),
    (
        "to = \"rekognition:CreateProjectVersion\"",
        "to = \"rekognition:CreateProjectVersio\"",
        "mine.toml:1:1: there is no operation `rekognition:CreateProjectVersio` in the catalog (did you mean `rekognition:CreateProjectVersion`?)",
    ),
    ("format = 1", "format = 2", "mine.toml:1:1: format 2 of the catalog is not known (write `format = 1`)"),
    ("ask = { what = \"w\" }", "ask = { wat = \"w\" }", "mine.toml:9:9: unknown field `wat` (did you mean `what`?)"),
    (
        "to = \"OutputConfig.S3Bucket\"\nvalue = \"results\"",
        "to = \"OutputConfig.S3Bucket\"\nname = \"B\"\nfrom = { manifest = \"bucket\" }",
        "mine.toml:18:1: `OutputConfig.S3Bucket` goes through no list element of a dataset",
    ),
];

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (from, to, expected) in UNFIT {
        assert!(SOUND.contains(from), "{from}");
        let problems = loaded(&SOUND.replacen(from, to, 1)).expect_err(to);
        assert!(problems.iter().any(|problem| problem == expected), "{expected}\nis not among\n{problems:#?}");
    }
}

#[test]
fn what_nobody_speaks_of_is_found_by_lint() {
    let without = SOUND.replacen("[[without]]\nfrom = \"ClientToken\"\nbecause = \"b\"\nsrc = [\"page\"]\n", "", 1);
    let unwritten = SOUND.replacen("to = \"VersionName\"", "to = \"VersionDescription\"", 1);
    let unused =
        SOUND.replacen("[source]\n", "[source]\nother = { kind = \"guide\", url = \"https://example.com\" }\n", 1);
    for (text, message) in [
        (without, "nothing says what becomes of `ClientToken`"),
        (unwritten, "the request of rekognition:CreateProjectVersion needs `VersionName`"),
        (unused, "nothing uses the source `other`"),
    ] {
        let problems = lint::lint(&loaded(&text).unwrap());
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, [format!("mine.toml:1:1: {message}")]);
    }
}
