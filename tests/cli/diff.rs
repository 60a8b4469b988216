//! `diff`, from outside

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Run, Scratch, TRAINER, assert_valid, example, policy, word};

const AUTHORIZATION: &str = "iam/account-authorization-details.json";

fn diff(before: &Path, after: &Path) -> Run {
    Run::new("diff").arg(before).arg(after)
}

/// A comparison of what the example request needs
fn needs(before: &Path, after: &Path) -> Run {
    diff(before, after).arg("--request").arg(example("requests/ready.json")).args(["--principal", TRAINER]).manifests()
}

/// Runs with JSON output; holds it against its schema and against the exit code
#[track_caller]
fn compared(run: Run, code: i32) -> Value {
    let ran = run.args(["-o", "json"]).exits(code);
    let value: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"));
    assert_valid("diff.v1.schema.json", &value, &ran.to_string());
    let outcome = match code {
        0 => "notWorse",
        1 => "worse",
        3 => "unclear",
        _ => "nothing",
    };
    assert_eq!(value["outcome"], outcome, "{ran}");
    value
}

/// `class id: before → after (count)` of every change that is for the worse or the better
fn steps(value: &Value) -> Vec<String> {
    let changes = value["changes"].as_array().unwrap().iter().filter(|change| !change["direction"].is_null());
    let state = |state: &Value| state["decision"].as_str().unwrap_or("not needed").to_owned();
    let step = |change: &Value| {
        let (before, after) = (state(&change["before"]), state(&change["after"]));
        format!("{} {}: {before} → {after} ({})", word(&change["class"]), word(&change["id"]), change["resource_count"])
    };
    changes.map(step).collect()
}

/// `on role layer:policy/sid` of the causes of a change
fn causes(change: &Value) -> Vec<String> {
    let cause = |cause: &Value| {
        let [on, layer, policy, sid] = ["on", "layer", "policy", "sid"].map(|member| word(&cause[member]));
        format!("{on} {layer}:{policy}/{sid}")
    };
    change["causes"].as_array().unwrap().iter().map(cause).collect()
}

struct Case {
    name: &'static str,
    edit: fn(&Scratch),
    steps: &'static [&'static str],
    causes: &'static [&'static str],
    sentence: &'static str,
}

const CASES: [Case; 6] = [
    Case {
        name: "an Allow is gone",
        edit: |account| {
            account.edit(AUTHORIZATION, |text| {
                let (head, statement) = text.split_once("\"ReadImagesAndMasks\"").unwrap();
                format!("{head}\"ReadImagesAndMasks\"{}", statement.replacen("s3:GetObject", "s3:PutObject", 2))
            });
        },
        steps: &["worse read-object: allowed → implicitDeny (80)", "worse read-version: allowed → implicitDeny (80)"],
        causes: &["before identity:VisionDataAccess/ReadImagesAndMasks", "after identity:/"],
        sentence: "this change removes the right the training needs: statement `ReadImagesAndMasks`",
    },
    Case {
        name: "an Allow is narrowed: some objects of a larger class are lost",
        edit: |account| {
            account.edit(AUTHORIZATION, |text| {
                text.replace("acme-vision-datasets/casting/*\"", "acme-vision-datasets/casting/train/*\"")
            });
        },
        steps: &["worse read-object: allowed → implicitDeny (40)", "worse read-version: allowed → implicitDeny (40)"],
        causes: &["before identity:VisionDataAccess/ReadImagesAndMasks", "after identity:/"],
        sentence: "this change removes the right the training needs: statement `ReadImagesAndMasks`",
    },
    Case {
        name: "a Deny came",
        edit: |account| {
            let deny =
                r#"{"Sid": "NoTraining", "Effect": "Deny", "Action": "lookoutvision:CreateModel", "Resource": "*"}"#;
            account.write("organizations/scps/03-account/NoTraining.json", policy(deny));
        },
        steps: &["worse create: allowed → explicitDeny (1)"],
        causes: &["after scp:NoTraining/NoTraining"],
        sentence: "this change denies what the training needs: statement `NoTraining`",
    },
    Case {
        name: "a policy is not known any more",
        edit: |account| account.remove("s3/acme-vision-results/policy.json"),
        steps: &["worse out-location: allowed → undetermined (1)", "worse out-put: allowed → undetermined (1)"],
        causes: &["after resource:/"],
        sentence: "this change makes it uncertain",
    },
    Case {
        name: "a boundary came that lets less pass",
        edit: |account| {
            account.edit(AUTHORIZATION, |text| {
                text.replace("\"KeysOfThisAccount\"", "\"KeysOfNobody\"")
                    .replace("arn:aws:kms:us-east-1:111122223333:key/*", "arn:aws:kms:us-east-1:111122223333:key/none")
            });
        },
        steps: &[],
        causes: &[],
        sentence: "this change removes the right the training needs",
    },
    Case {
        name: "a statement is called differently",
        edit: |account| account.edit(AUTHORIZATION, |text| text.replace("\"ReadImagesAndMasks\"", "\"ReadThem\"")),
        steps: &[],
        causes: &[],
        sentence: "",
    },
];

#[test]
fn a_changed_snapshot_names_what_got_worse_and_its_statement_and_the_way_back_is_better() {
    for Case { name, edit, steps: wanted, causes: because, sentence } in CASES {
        let account = Scratch::account();
        edit(&account);
        let code = i32::from(!sentence.is_empty());
        let there = compared(needs(&example("account"), account.root()), code);
        let back = compared(needs(account.root(), &example("account")), 0);
        if !wanted.is_empty() {
            assert_eq!(steps(&there), wanted, "{name}: {there:#}");
        }
        let mirrored: Vec<String> = steps(&there).iter().map(|step| mirror(step)).collect();
        let mut better = steps(&back);
        let mut mirrored_sorted = mirrored.clone();
        better.sort();
        mirrored_sorted.sort();
        assert_eq!(better, mirrored_sorted, "{name}: there and back differ");
        if let Some(change) = there["changes"].as_array().unwrap().iter().find(|change| change["direction"] == "worse")
        {
            assert!(word(&change["sentence"]).starts_with(sentence), "{name}: {change:#}");
            if !because.is_empty() {
                assert_eq!(causes(change), because, "{name}: {change:#}");
            }
            places_hold(change, account.root(), name);
        }
    }
}

fn mirror(step: &str) -> String {
    let (class, rest) = step.split_once(' ').unwrap();
    let (id, rest) = rest.split_once(": ").unwrap();
    let (states, count) = rest.split_once(" (").unwrap();
    let (from, to) = states.split_once(" → ").unwrap();
    let class = match class {
        "worse" => "better",
        "better" => "worse",
        "added" => "removed",
        _ => "added",
    };
    format!("{class} {id}: {to} → {from} ({count}")
}

/// Each cause's place is that of its statement, in the file of its own side
#[track_caller]
fn places_hold(change: &Value, after: &Path, name: &str) {
    for cause in change["causes"].as_array().unwrap().iter().filter(|cause| !cause["location"].is_null()) {
        let file = word(&cause["location"]["file"]);
        assert_eq!(Path::new(file).starts_with(after), cause["on"] == "after", "{name}: {cause:#}");
        let line = usize::try_from(cause["location"]["line"].as_u64().unwrap()).unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let column = usize::try_from(cause["location"]["column"].as_u64().unwrap()).unwrap();
        let from: String = text.lines().nth(line - 1).unwrap().chars().skip(column - 1).collect();
        assert!(from.starts_with('{'), "{name}: a statement begins at {}, not {from}", cause["location"]);
        let rest: Vec<&str> = text.lines().skip(line - 1).take(2).collect();
        assert!(rest.join(" ").contains(word(&cause["sid"])), "{name}: {cause:#}");
    }
}

#[test]
fn only_the_objects_that_lost_a_right_are_told() {
    let account = Scratch::account();
    account.edit(AUTHORIZATION, |text| {
        text.replace("acme-vision-datasets/casting/*\"", "acme-vision-datasets/casting/train/*\"")
    });
    let value = compared(needs(&example("account"), account.root()), 1);
    let change = value["changes"].as_array().unwrap().iter().find(|change| change["id"] == "read-object").unwrap();
    assert_eq!(change["resource_count"], 40, "{change:#}");
    for example in change["examples"].as_array().unwrap() {
        let key = word(example).strip_prefix("arn:aws:s3:::acme-vision-datasets/casting/").unwrap();
        assert!(!key.starts_with("train/"), "{change:#}");
    }
}

#[test]
fn a_snapshot_beside_itself_is_unchanged() {
    for principal in [TRAINER, crate::harness::ANA] {
        for request in ["ready", "blocked", "undetermined", "rejected"] {
            let run = diff(&example("account"), &example("account")).args(["--principal", principal]).manifests();
            let value = compared(run.arg("--request").arg(example(&format!("requests/{request}.json"))), 0);
            assert_eq!(value["changes"], json!([]), "{request} {principal}");
            assert_eq!(value["findings"], json!([]), "{request} {principal}");
        }
    }
}

#[test]
fn requests_are_compared_in_one_account() {
    let requests = |before: &str, after: &str| {
        let path = |name: &str| example(&format!("requests/{name}.json"));
        diff(&path(before), &path(after)).args(["--principal", TRAINER]).snapshot(&example("account")).manifests()
    };
    let worse = compared(requests("ready", "blocked"), 1);
    assert_eq!([&worse["before"]["verdict"], &worse["after"]["verdict"]], ["ready", "blocked"]);
    let added = "added out-put: not needed → explicitDeny (1)";
    assert!(steps(&worse).contains(&added.to_owned()), "{:?}", steps(&worse));
    compared(requests("blocked", "ready"), 0);
    // The service would refuse it: no row differs, and it got worse all the same.
    let rejected = compared(requests("ready", "rejected"), 1);
    assert!(steps(&rejected).is_empty() || rejected["findings"] != json!([]), "{rejected:#}");
    let found = rejected["findings"].as_array().unwrap();
    assert!(found.iter().any(|finding| finding["id"] == "request-constraint" && finding["on"] == "after"));
}

#[test]
fn two_reports_are_compared_and_agree_with_their_snapshots() {
    let account = Scratch::account();
    account.edit(AUTHORIZATION, |text| {
        text.replace("acme-vision-datasets/casting/*\"", "acme-vision-datasets/casting/train/*\"")
    });
    let scratch = Scratch::new();
    let report = |name: &str, account: &Path, expand: bool| {
        let run = Run::with_account("ready", account).args(["-o", "json"]);
        let run = if expand { run.arg("--expand") } else { run };
        scratch.write(name, run.run().stdout)
    };
    for expand in [false, true] {
        let before = report("before.json", &example("account"), expand);
        let after = report("after.json", account.root(), expand);
        let value = compared(diff(&before, &after), 1);
        let worse = |id: &str| {
            let all = value["changes"].as_array().unwrap().iter();
            let own = all.filter(|change| change["id"] == id && change["direction"] == "worse");
            own.map(|change| change["resource_count"].as_u64().unwrap()).sum::<u64>()
        };
        let direct = compared(needs(&example("account"), account.root()), 1);
        let lost = direct["changes"].as_array().unwrap().iter().find(|change| change["id"] == "read-object").unwrap();
        assert_eq!(worse("read-object"), lost["resource_count"].as_u64().unwrap(), "{value:#}");
        let same = compared(diff(&before, &before), 0);
        assert_eq!(same["changes"], json!([]));
        compared(diff(&after, &before), 0);
    }
}

#[test]
fn reports_that_hide_which_objects_changed_rows_are_unclear() {
    let scratch = Scratch::new();
    let report = Run::example("ready").report("ready").0;
    let with_rows = |name: &str, first: &str, decisions: [&str; 2]| {
        let mut report = report.clone();
        let mut rows: Vec<Value> = Vec::new();
        for (number, decision) in decisions.into_iter().enumerate() {
            let mut row = report["requirements"][2].clone();
            row["id"] = json!(format!("read-object#{}", number + 1));
            row["decision"] = json!(decision);
            row["resource_count"] = json!(40);
            row["examples"] = json!([format!("arn:aws:s3:::acme-vision-datasets/casting/{first}{number}")]);
            rows.push(row);
        }
        report["requirements"] = json!(rows);
        report["verdict"] = json!("blocked");
        scratch.write(name, report.to_string())
    };
    let before = with_rows("before.json", "a", ["allowed", "implicitDeny"]);
    let after = with_rows("after.json", "b", ["allowed", "implicitDeny"]);
    let value = compared(diff(&before, &after), 3);
    assert!(word(&value["notices"][0]).contains("--expand"), "{value:#}");
    diff(&before, &after).arg("--exit-zero").exits(0);
    let denied = with_rows("denied.json", "b", ["implicitDeny", "implicitDeny"]);
    compared(diff(&before, &denied), 1);
}

fn statement(sid: &str, action: &str) -> String {
    format!(r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#)
}

#[test]
fn two_versions_of_a_policy_folder_are_compared_alone_and_over_a_snapshot() {
    let scratch = Scratch::new();
    let all = ["lookoutvision:*", "s3:*", "kms:*"].map(|action| statement("Some", action)).join(", ");
    scratch.write("base/policies/training.json", policy(&all));
    scratch.write("base/policies/README.md", "no policy");
    scratch.write("head/policies/training.json", policy(&statement("Some", "s3:*")));
    scratch.write("head/policies/data/keys.json", policy(&statement("Data", "kms:*")));
    let tree = |name: &str| scratch.path(&format!("{name}/policies"));
    let alone = |before: &str, after: &str| {
        needs(&tree(before), &tree(after)).args(["--region", "us-east-1", "--assume", "organization=none"])
    };
    let value = compared(alone("base", "head"), 1);
    assert_eq!(steps(&value), ["worse create: allowed → implicitDeny (1)", "worse tag: allowed → implicitDeny (1)"]);
    assert_eq!(causes(&value["changes"][0]), ["before identity:training/Some", "after identity:/"]);
    compared(alone("base", "base"), 0);

    // Over a snapshot, a document takes the place of the account's policy of the same name.
    scratch.write("base/own/VisionDataAccess.json", policy(&statement("Data", "s3:*")));
    scratch.write("head/own/VisionDataAccess.json", policy(&statement("Data", "s3:GetBucketLocation")));
    let over = |before: &str, after: &str| {
        let path = |name: &str| scratch.path(&format!("{name}/own"));
        needs(&path(before), &path(after)).snapshot(&example("account"))
    };
    let value = compared(over("base", "head"), 1);
    let read = value["changes"].as_array().unwrap().iter().find(|change| change["id"] == "read-object").unwrap();
    assert_eq!(causes(read)[0], "before identity:VisionDataAccess/Data", "{read:#}");
    assert_eq!(read["resource_count"], 80);
    let better = compared(over("head", "base"), 0);
    assert_eq!(better["summary"]["worse"], 0);
}

#[test]
fn folders_of_a_policy_tree_name_the_layers() {
    let scratch = Scratch::new();
    let allow = |action: &str| policy(&statement("All", action));
    let deny = r#"{"Sid": "Never", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}"#;
    let principals = r#"{"Sid": "NoUpload", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-vision-results/*"}"#;
    for side in ["base", "head"] {
        scratch.write(&format!("{side}/identity/all.json"), allow("*"));
        scratch.write(&format!("{side}/boundary.json"), allow(if side == "base" { "*" } else { "s3:*" }));
    }
    scratch.write("head/scp/never.json", policy(deny));
    scratch.write("head/buckets/acme-vision-results.json", policy(principals));
    let value = compared(needs(&scratch.path("base"), &scratch.path("head")).snapshot(&example("account")), 1);
    let cause = |id: &str| {
        let change = value["changes"].as_array().unwrap().iter().find(|change| change["id"] == id);
        causes(change.unwrap_or_else(|| panic!("no change of {id}: {value:#}")))
    };
    assert_eq!(cause("read-object"), ["after scp:never/Never"]);
    assert_eq!(cause("create"), ["before boundary:boundary/All", "after boundary:/"]);
    assert_eq!(cause("out-put"), ["after resource:acme-vision-results/NoUpload"]);
    // What only BEFORE has is not there in AFTER, in the account neither.
    let back = compared(needs(&scratch.path("head"), &scratch.path("base")).snapshot(&example("account")), 0);
    assert!(steps(&back).iter().any(|step| step.starts_with("better out-put: explicitDeny → allowed")), "{back:#}");
    let single = |layer: &str| {
        needs(&scratch.path("base/boundary.json"), &scratch.path("head/boundary.json"))
            .snapshot(&example("account"))
            .args(["--as", layer])
    };
    let value = compared(single("boundary"), 1);
    assert!(steps(&value).iter().any(|step| step.starts_with("worse create: allowed → implicitDeny")), "{value:#}");
}

#[test]
fn sides_that_cannot_be_compared_are_refused() {
    let scratch = Scratch::new();
    let report = scratch.write("report.json", Run::example("ready").args(["-o", "json"]).run().stdout);
    let needs_report = scratch.write("needs.json", r#"{"schema": "iam-preflight/needs/v1"}"#);
    let empty = scratch.write("empty/README.md", "nothing").parent().unwrap().to_owned();
    let list = scratch.write("list.json", "[1]");
    let cut = scratch
        .write("cut.json", r#"{"schema": "iam-preflight/report/v1", "verdict": "redy", "requirements": [{"id": 1}]}"#);
    let request = example("requests/ready.json");
    let account = example("account");
    let cases: [(&Path, &Path, &[&str]); 10] = [
        (&account, &request, &["is a snapshot", "is a request", "compare two of a kind"]),
        (&report, &account, &["is a JSON report", "is a snapshot"]),
        (&report, &needs_report, &["`iam-preflight/needs/v1` is no report"]),
        (&empty, &account, &["holds neither snapshot.toml nor policy documents"]),
        (&list, &request, &["an array is neither a request, a policy nor a report"]),
        (&cut, &report, &["`verdict` cannot be `redy`", "did you mean `ready`?", "the report has no `findings` here"]),
        (Path::new("-"), &report, &["`diff` does not read standard input"]),
        (Path::new("no-such-folder"), &account, &["`no-such-folder` does not exist"]),
        (&account, &account, &["`--request REQUEST` is missing"]),
        (&example("account/iam"), &account, &["is policies", "is a snapshot"]),
    ];
    for (before, after, words) in cases {
        diff(before, after).run().refuses(words);
    }
    diff(&account, &account).arg("--request").arg(&request).run().refuses(&["`--principal ARN` is missing"]);
    diff(&report, &report).arg("--request").arg(&request).run().refuses(&["`--request` has no place here"]);
    needs(&account, &account).snapshot(&account).run().refuses(&["`--snapshot` has no place here"]);
    needs(&account, &account).args(["--mode", "live"]).run().refuses(&["asks AWS nothing"]);
    needs(&account, &account).args(["--as", "bondary"]).run().refuses(&["did you mean `boundary`?"]);
}

#[test]
fn reports_without_rows_are_nothing_to_compare() {
    let scratch = Scratch::new();
    let mut report = Run::example("ready").report("ready").0;
    report["requirements"] = json!([]);
    report["findings"] = json!([]);
    let path = scratch.write("nothing.json", report.to_string());
    compared(diff(&path, &path), 5);
}

#[test]
fn a_person_reads_what_got_worse_with_the_statement() {
    let account = Scratch::account();
    (CASES[0].edit)(&account);
    let ran = needs(&example("account"), account.root()).exits(1);
    let shown = ran.stdout.replace(&account.root().display().to_string(), "after");
    insta::assert_snapshot!("diff_snapshots", shown);
}

#[test]
fn a_pull_request_reads_the_same_as_markdown() {
    let account = Scratch::account();
    (CASES[0].edit)(&account);
    let ran = needs(&example("account"), account.root()).args(["-o", "markdown"]).exits(1);
    for part in [
        "### ❌ IAM preflight: worse",
        "verdict: ready before, blocked now",
        "| ❌ | `s3:GetObject` | `arn:aws:s3:::acme-vision-datasets/casting/*` (80 objects) | allowed → implicitDeny |",
        "**2 worse, 0 added, 0 better, 0 removed, 0 reason, 9 unchanged**",
        "`ReadImagesAndMasks`",
        "account-authorization-details.json:514:29`)",
    ] {
        assert!(ran.stdout.contains(part), "`{part}` is not in {ran}");
    }
}
