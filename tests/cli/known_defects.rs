//! Known defects: what the program answers today, and what it should answer
//!
//! Each case fails as soon as its defect is gone; then it moves, with the right answer, to where it belongs.

use crate::harness::{Run, Scratch, TRAINER, example, policy};

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

/// The service would refuse this request, whichever permission is explained: should not exit with 0
#[test]
fn explaining_one_row_of_a_rejected_request_ends_with_success() {
    let run = Run::new("explain").arg(example("requests/rejected.json")).args(["--principal", TRAINER]);
    let run = run.snapshot(&example("account")).manifests().args(["--action", "s3:PutObject"]);
    run.exits(0);
}
