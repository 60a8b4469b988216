//! Policies of the organization

use std::sync::Arc;

use serde_json::{Value, json};

use super::{change, configured, create, delete, document, planned};
use crate::facts::{Fact, Level, Organization};
use crate::policy::{PolicyType, parse};
use crate::source::SourceFile;

fn level(name: &str, policy: &str) -> Level {
    let file = SourceFile::new(policy, document("Allow", "*"));
    let document = parse::parse(&file, policy, PolicyType::ServiceControl).unwrap();
    Level { name: name.to_owned(), policies: vec![Arc::new(document)], unread: None }
}

/// Names of the policies on each of the three levels, and what is not known there
fn levels(changes: &[Value], paths: &[&str]) -> Vec<(Vec<String>, String)> {
    let organization = Organization {
        id: Some("o-example".to_owned()),
        management_account: None,
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    let base = vec![level("01-root", "Full"), level("02-unit", "Unit"), level("03-account", "Own")];
    let plan = planned(changes, &configured(&[]));
    let levels = plan.levels(Fact::Known(base), &Fact::Known(organization), PolicyType::ServiceControl).unwrap();
    let shown = levels.known().unwrap().iter().map(|level| {
        let names = level.policies.iter().map(|policy| policy.origin.name.to_string()).collect();
        (names, level.unread.as_ref().map(ToString::to_string).unwrap_or_default())
    });
    shown.collect()
}

const PATH: &str = "o-example/r-ab12/ou-ab12-11111111/";

fn policy() -> Value {
    change(
        "aws_organizations_policy.deny",
        &["no-op"],
        json!({"id": "p-1", "name": "Deny", "type": "SERVICE_CONTROL_POLICY", "content": document("Deny", "kms:*")}),
        json!({"id": "p-1", "name": "Deny", "type": "SERVICE_CONTROL_POLICY", "content": document("Deny", "kms:*")}),
        json!({}),
    )
}

fn attached_to(target: &str) -> Value {
    create("aws_organizations_policy_attachment.a", json!({"policy_id": "p-1", "target_id": target}), json!({}))
}

#[test]
fn an_attachment_finds_its_level() {
    for (target, expected) in [("r-ab12", 0), ("ou-ab12-11111111", 1), ("210000000011", 2)] {
        let levels = levels(&[policy(), attached_to(target)], &[PATH]);
        let with: Vec<usize> =
            (0..3).filter(|index| levels[*index].0.contains(&"aws_organizations_policy.deny".to_owned())).collect();
        assert_eq!(with, [expected], "{target}");
        assert!(levels.iter().all(|(_, unread)| unread.is_empty()), "{levels:?}");
    }
    for elsewhere in ["ou-ab12-22222222", "999900001111"] {
        let levels = levels(&[policy(), attached_to(elsewhere)], &[PATH]);
        assert!(levels.iter().all(|(names, unread)| names.len() == 1 && unread.is_empty()), "{levels:?}");
    }
}

#[test]
fn without_paths_a_unit_may_be_any_unit() {
    let levels = levels(&[policy(), attached_to("ou-ab12-11111111")], &[]);
    assert!(levels[2].1.contains("`target_id` of `aws_organizations_policy_attachment.a`"), "{levels:?}");
}

#[test]
fn a_policy_changes_where_it_is_attached_and_goes_when_it_is_deleted() {
    let before =
        json!({"id": "p-2", "name": "Unit", "type": "SERVICE_CONTROL_POLICY", "content": document("Allow", "*")});
    let after =
        json!({"id": "p-2", "name": "Unit", "type": "SERVICE_CONTROL_POLICY", "content": document("Allow", "s3:*")});
    let changed = change("aws_organizations_policy.unit", &["update"], before.clone(), after, json!({}));
    assert_eq!(levels(&[changed], &[PATH])[1].0, ["aws_organizations_policy.unit"]);
    assert_eq!(levels(&[delete("aws_organizations_policy.unit", before.clone())], &[PATH])[1].0, [""; 0]);
    let unseen = json!({"id": "p-3", "name": "Unseen", "content": document("Deny", "*")});
    let levels = levels(&[delete("aws_organizations_policy.unseen", unseen)], &[PATH]);
    assert!(levels[2].1.contains("where `aws_organizations_policy.unseen` is attached now"), "{levels:?}");
}

#[test]
fn what_is_taken_away_and_not_found_may_be_any_policy_there() {
    let target = json!({"policy_id": "p-1", "target_id": "210000000011"});
    let detached = levels(&[policy(), delete("aws_organizations_policy_attachment.a", target.clone())], &[PATH]);
    assert_eq!(detached[2].0, [""; 0]);
    assert!(detached[2].1.contains("which policy `aws_organizations_policy_attachment.a` takes away"), "{detached:?}");
    assert_eq!((detached[1].0.len(), detached[1].1.as_str()), (1, ""));
    let untold = levels(&[delete("aws_organizations_policy_attachment.a", target)], &[PATH]);
    assert_eq!(untold[2].0, [""; 0]);
    assert!(untold[2].1.contains("the plan does not have it"), "{untold:?}");
    let unseen = json!({"id": "p-3", "name": "Unseen", "content": document("Deny", "*")});
    for level in levels(&[delete("aws_organizations_policy.unseen", unseen)], &[PATH]) {
        assert_eq!(level.0, [""; 0]);
        assert!(level.1.contains("where `aws_organizations_policy.unseen` is attached now"), "{level:?}");
    }
}
