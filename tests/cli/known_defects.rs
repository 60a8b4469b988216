//! Known defects: what the program answers today, and what it should answer
//!
//! Each case fails as soon as its defect is gone; then it moves, with the right answer, to where it belongs.

use crate::harness::{DATASETS_KEY, Run, Scratch, TRAINER, example, named, policy};

/// A Deny that is given by hand is a Deny, whatever else is attached: should be `blocked`
#[test]
fn a_given_scp_is_lost_where_the_other_policies_are_unknown() {
    let scratch = Scratch::new();
    let deny =
        scratch.write("deny.json", policy(r#"{"Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*"}"#));
    let all = scratch.write("all.json", policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#));
    let run = Run::bare(&example("requests/ready.json"), TRAINER).manifests().args(["--region", "us-east-1"]);
    let report = run.arg("--identity-policy").arg(&all).arg("--scp").arg(&deny).report("undetermined");
    assert_eq!(report.decision("create"), "undetermined", "mended: expect `explicitDeny`");
}

/// `paths` says how many levels there are; a level without a folder should leave the policies unknown
#[test]
fn a_level_that_is_missing_from_the_snapshot_is_not_missed() {
    let account = Scratch::account();
    std::fs::remove_dir_all(account.path("organizations/scps/02-ou-vision-ml")).unwrap();
    std::fs::remove_dir_all(account.path("organizations/scps/03-account")).unwrap();
    assert!(account.text("snapshot.toml").contains("o-exampleorgid/r-x1y2/ou-x1y2-visionml/"));
    Run::with_account("ready", account.root()).report("ready");
}

/// An Allow to everybody holds beyond the boundary only under `any-principal-limits`: that should be printed
#[test]
fn an_assumption_of_the_engine_is_not_printed_where_it_decides() {
    let scratch = Scratch::new();
    let open = policy(
        r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}"#,
    );
    let key = scratch.write("key.json", open);
    let narrow =
        scratch.write("narrow.json", policy(r#"{"Effect": "Allow", "NotAction": "kms:Decrypt", "Resource": "*"}"#));
    let check =
        || Run::example("ready").arg("--key-policy").arg(named(DATASETS_KEY, &key)).arg("--boundary").arg(&narrow);
    let report = check().report("ready");
    assert_eq!(report.assumption("any-principal-limits"), None, "mended: expect `not-limited`");
    check().args(["--assume", "any-principal-limits=limited"]).report("blocked");
}

/// The service would refuse this request, whichever permission is explained: should not exit with 0
#[test]
fn explaining_one_row_of_a_rejected_request_ends_with_success() {
    let run = Run::new("explain").arg(example("requests/rejected.json")).args(["--principal", TRAINER]);
    let run = run.snapshot(&example("account")).manifests().args(["--action", "s3:PutObject"]);
    run.exits(0);
}
