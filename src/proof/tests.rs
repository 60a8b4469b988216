//! What a dry run confirms, contradicts and leaves alone

use super::*;
use crate::evaluate::Decision;
use crate::facts::{Fact, Facts, Key};
use crate::judge::tests::{ROLE, document, facts, need, settings};
use crate::judge::{Account, DatasetObjects, Decider, Judge, JudgedRow, OwnEngine, UserContext};
use crate::need::Need;
use crate::policy::PolicyType;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/Trainer/run";
/// The account's policies decide about the key
const DELEGATES: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
const ANYHOW: &str = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}"#;
const THROUGH_S3: &str = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}"#;
const FOR_A_SERVICE: &str = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}"#;
const TO_THIS_SESSION: &str = r#"{"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*", "Condition": {"StringEquals": {"kms:GranteePrincipal": "arn:aws:sts::111122223333:assumed-role/Trainer/run"}, "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "GenerateDataKey", "Encrypt"]}}}"#;

fn with_judge<T>(facts: &Facts, decider: &dyn Decider, call: impl FnOnce(&Judge<'_>) -> T) -> T {
    let mut account = Account::compile(facts, &ROLE.parse().unwrap(), &settings());
    let policy = Fact::Known(document("key", PolicyType::Key, DELEGATES));
    account.add_key(KEY, &Key { metadata: Fact::Absent, policy, grants: Fact::Absent }, None);
    let (objects, user) = (DatasetObjects::default(), UserContext::new());
    call(&Judge {
        account: &account,
        objects: &objects,
        user: &user,
        service_keys: &|_| None,
        dataset_missing: &[],
        decider,
        traced: false,
    })
}

fn expected(identity: &str, need: &Need) -> Vec<Expected> {
    with_judge(&facts(identity), &OwnEngine, |judge| expectations(judge, std::slice::from_ref(need), SESSION))
}

/// The forwarded row after such an answer to its dry run
fn row_after(identity: &str, need: &Need, said: &Said) -> JudgedRow {
    let results = expected(identity, need).into_iter().map(|expected| (expected, said.clone())).collect();
    let proof = Proof { results };
    let proven = Proven { by: &OwnEngine, proof: &proof };
    with_judge(&facts(identity), &proven, |judge| judge.judge(need)).remove(0)
}

fn forwarded(action: &str) -> Need {
    need(action, KEY, &[&["lookoutvision", "s3"]])
}

#[test]
fn a_trial_is_expected_to_end_as_the_direct_call_would() {
    for (identity, action, decision) in [
        (ANYHOW, "kms:GenerateDataKey", Decision::Allowed),
        (ANYHOW, "kms:Decrypt", Decision::Allowed),
        (ANYHOW, "kms:CreateGrant", Decision::Allowed),
        (THROUGH_S3, "kms:GenerateDataKey", Decision::ImplicitDeny),
        (FOR_A_SERVICE, "kms:CreateGrant", Decision::ImplicitDeny),
        (TO_THIS_SESSION, "kms:CreateGrant", Decision::Allowed),
    ] {
        let trials = expected(identity, &forwarded(action));
        let named: Vec<_> = trials.iter().map(|trial| (trial.trial.action.words(), trial.decision)).collect();
        assert_eq!(named, [(action, decision)], "{identity}");
        assert_eq!(&*trials[0].trial.key, KEY);
    }
}

#[test]
fn only_named_keys_and_the_three_actions_are_tried() {
    for need in [
        need("kms:DescribeKey", KEY, &[&[]]),
        need("s3:PutObject", "arn:aws:s3:::b/*", &[&[]]),
        need("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/*", &[&[]]),
        need("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:alias/a", &[&[]]),
    ] {
        assert_eq!(expected(ANYHOW, &need), [], "{need:?}");
    }
}

#[test]
fn a_dry_run_that_agrees_stands_in_the_ledger_and_changes_nothing() {
    let need = forwarded("kms:GenerateDataKey");
    let row = row_after(ANYHOW, &need, &Said::Permitted);
    assert_eq!(row.decision, Decision::Allowed);
    assert!(row.views.iter().any(|view| view.why.ends_with("KMS permits the direct call (dry run), as the facts say")));
    // KMS denies the direct call, and the forwarded one is allowed all the same: no contradiction.
    let row = row_after(THROUGH_S3, &need, &Said::Denied(None));
    assert_eq!(row.decision, Decision::Allowed);
    assert!(row.views.iter().any(|view| view.why.ends_with("KMS denies the direct call (dry run), as the facts say")));
}

#[test]
fn a_dry_run_that_contradicts_the_facts_leaves_the_row_open() {
    let need = forwarded("kms:GenerateDataKey");
    for (identity, said, why) in [
        (
            ANYHOW,
            Said::Denied(None),
            "why KMS denies the direct call of kms:GenerateDataKey that is allowed by the facts",
        ),
        (
            THROUGH_S3,
            Said::Permitted,
            "why KMS permits the direct call of kms:GenerateDataKey that is denied by the facts",
        ),
    ] {
        let row = row_after(identity, &need, &said);
        assert_eq!(row.decision, Decision::Undetermined, "{why}");
        assert_eq!(row.missing_facts.iter().map(|fact| fact.what.as_str()).collect::<Vec<_>>(), [why]);
    }
}

#[test]
fn a_dry_run_without_an_answer_says_nothing() {
    let row = row_after(ANYHOW, &forwarded("kms:Decrypt"), &Said::Nothing("was throttled".to_owned()));
    assert_eq!(row.decision, Decision::Allowed);
    assert!(!row.views.iter().any(|view| view.why.contains("dry run")));
}

#[test]
fn what_the_facts_leave_open_is_no_contradiction() {
    let from_office = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    let need = forwarded("kms:Decrypt");
    assert_eq!(expected(from_office, &need)[0].decision, Decision::Undetermined);
    let row = row_after(from_office, &need, &Said::Permitted);
    assert_eq!(row.missing_context, ["aws:SourceIp"]);
    assert!(row.views.iter().any(|view| view.why.ends_with("of which the facts leave it open")));
}

#[test]
fn a_role_is_known_by_its_sessions() {
    let is = |principal: &str, caller: &str| is_caller(&principal.parse().unwrap(), &caller.parse().unwrap());
    let role = "arn:aws:iam::111122223333:role/ml/Trainer";
    assert!(is(role, "arn:aws:sts::111122223333:assumed-role/Trainer/run-7"));
    assert!(is("arn:aws:sts::111122223333:assumed-role/Trainer/a", "arn:aws:sts::111122223333:assumed-role/Trainer/b"));
    assert!(is("arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:user/ana"));
    for other in [
        "arn:aws:sts::111122223333:assumed-role/Trainer2/run-7",
        "arn:aws:sts::444455556666:assumed-role/Trainer/run-7",
        "arn:aws:iam::111122223333:user/Trainer",
        "arn:aws:iam::111122223333:root",
    ] {
        assert!(!is(role, other), "{other}");
    }
}
