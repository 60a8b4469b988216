//! Users, roles and groups

use serde_json::{Value, json};

use super::{
    Reading, TRAINER, change, configured, create, delete, document, document_of_trust, environment, identity, keep,
    names, of_configuration, planned, read, references, role, text, unread,
};
use crate::facts::Fact;
use crate::source::Position;

fn inline(role: Value, unknown: Value) -> Value {
    let mut after = json!({"name": "train", "policy": document("Allow", "s3:GetObject")});
    let known = !role.is_null();
    if known {
        after["role"] = role;
    }
    create("aws_iam_role_policy.train", after, unknown)
}

fn attachment(after: Value, unknown: Value) -> Value {
    create("aws_iam_role_policy_attachment.core", after, unknown)
}

fn policy() -> Value {
    create(
        "aws_iam_policy.core",
        json!({"name": "core", "path": "/ml/", "policy": document("Allow", "kms:Decrypt")}),
        json!({"arn": true, "id": true}),
    )
}

#[test]
fn a_new_role_has_what_the_plan_gives_it_and_nothing_else() {
    let plan = planned(&[role(), inline(json!("Trainer"), json!({}))], &configured(&[]));
    let identity = identity(&plan);
    assert_eq!(names(&identity), ["aws_iam_role_policy.train"]);
    assert_eq!(unread(&identity), "");
    assert_eq!((identity.boundary, identity.tags_open), (Fact::Absent, false));
    assert_eq!(identity.tags, [("team".to_owned(), "vision".to_owned())]);
    assert_eq!(identity.arn.as_str(), TRAINER);
    assert!(!plan.has_followed());
}

#[test]
fn a_statement_has_its_place_in_the_plan_on_one_line_or_on_many() {
    let changes = [role(), inline(json!("Trainer"), json!({}))];
    let one_line = text(&changes, &configured(&[]));
    let many = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&one_line).unwrap()).unwrap();
    for text in [one_line, many] {
        let plan = read(&text).unwrap().applied_in(&environment(), planned(&[], &json!({})).reading);
        let identity = identity(&plan);
        let document = &identity.policies[0];
        let at = document.location(&document.statements[0]).at;
        let offset = text.find(r#"{\"Sid\":\"S\",\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\""#).unwrap();
        let before = text.get(..offset).unwrap();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let expected =
            Position { line: u32::try_from(line).unwrap(), column: u32::try_from(offset - start + 1).unwrap() };
        assert_eq!(at, expected);
        assert_eq!(&*document.origin.file, "plan.json");
    }
}

#[test]
fn the_id_of_a_new_role_and_the_arn_of_a_new_policy_are_followed() {
    let configuration = configured(&[
        (
            "aws_iam_role_policy.train",
            json!({"role": references(&["aws_iam_role.trainer.id", "aws_iam_role.trainer"])}),
        ),
        (
            "aws_iam_role_policy_attachment.core",
            json!({"policy_arn": references(&["aws_iam_policy.core.arn", "aws_iam_policy.core"])}),
        ),
    ]);
    let changes = [
        role(),
        inline(Value::Null, json!({"role": true})),
        policy(),
        attachment(json!({"role": "Trainer"}), json!({"policy_arn": true})),
    ];
    let plan = planned(&changes, &configuration);
    let followed = identity(&plan);
    assert_eq!(names(&followed), ["aws_iam_policy.core", "aws_iam_role_policy.train"]);
    assert_eq!(unread(&followed), "");
    assert!(plan.has_followed());

    let reading = Reading { follows_references: false, manages_everything: false };
    let plan = read(&text(&changes, &configuration)).unwrap().applied_in(&environment(), reading);
    let open = identity(&plan);
    assert_eq!(names(&open), [""; 0]);
    let lines = unread(&open);
    assert!(lines.contains("`policy_arn` of `aws_iam_role_policy_attachment.core`"), "{lines}");
    assert!(lines.contains("whether `aws_iam_role_policy.train` is about role `Trainer`"), "{lines}");
    assert!(lines.contains("known after apply") && lines.contains("plan.json:1:"), "{lines}");
}

#[test]
fn a_policy_that_cannot_be_told_makes_the_identity_open() {
    for expressions in [
        json!({}),
        json!({"policy_arn": references(&["local.policy"])}),
        json!({"policy_arn": references(&["aws_iam_policy.core.arn", "aws_iam_policy.core", "var.other"])}),
        json!({"policy_arn": references(&["aws_iam_policy.core.policy_id", "aws_iam_policy.core"])}),
        json!({"policy_arn": references(&["aws_iam_role.trainer.arn", "aws_iam_role.trainer"])}),
    ] {
        let configuration = configured(&[("aws_iam_role_policy_attachment.core", expressions)]);
        let changes = [role(), policy(), attachment(json!({"role": "Trainer"}), json!({"policy_arn": true}))];
        let identity = identity(&planned(&changes, &configuration));
        assert_eq!(names(&identity), [""; 0]);
        assert!(unread(&identity).starts_with("`policy_arn` of `aws_iam_role_policy_attachment.core`"));
    }
}

#[test]
fn an_attachment_to_nobody_knows_whom_may_be_to_anybody() {
    let configuration = configured(&[("aws_iam_role_policy.train", json!({"role": references(&["local.role"])}))]);
    let identity = identity(&planned(&[role(), inline(Value::Null, json!({"role": true}))], &configuration));
    assert_eq!(names(&identity), [""; 0]);
    assert!(unread(&identity).contains("whether `aws_iam_role_policy.train` is about role `Trainer`"));
}

#[test]
fn references_lead_through_modules_and_keys() {
    let changes = [
        role(),
        create(
            r#"module.policies["ml"].aws_iam_policy.this[0]"#,
            json!({"name": "core", "path": "/", "policy": document("Allow", "kms:Decrypt")}),
            json!({"arn": true}),
        ),
        create(
            r#"module.attach["a"].aws_iam_role_policy_attachment.this"#,
            json!({"role": "Trainer"}),
            json!({"policy_arn": true}),
        ),
    ];
    let module = |address: &str, expressions: Value| json!({"resources": [of_configuration(address, &expressions)]});
    let mut policies = module("aws_iam_policy.this", json!({}));
    policies["outputs"] = json!({"arn": {"expression": references(&["aws_iam_policy.this[0].arn", "aws_iam_policy.this[0]", "aws_iam_policy.this"])}});
    let configuration = json!({"root_module": {"module_calls": {
        "policies": {"module": policies},
        "attach": {
            "expressions": {"arn": references(&[r#"module.policies["ml"].arn"#, r#"module.policies["ml"]"#, "module.policies"])},
            "module": module("aws_iam_role_policy_attachment.this", json!({"policy_arn": references(&["var.arn"])})),
        },
    }}});
    let identity = identity(&planned(&changes, &configuration));
    assert_eq!(unread(&identity), "");
    assert_eq!(names(&identity), [r#"module.policies["ml"].aws_iam_policy.this[0]"#]);
}

#[test]
fn instances_are_told_by_their_key_or_not_at_all() {
    let policy = |key: &str, action: &str| {
        create(
            &format!("aws_iam_policy.of[\"{key}\"]"),
            json!({"name": key, "path": "/", "policy": document("Allow", action)}),
            json!({"arn": true}),
        )
    };
    let attachment =
        create(r#"aws_iam_role_policy_attachment.of["one"]"#, json!({"role": "Trainer"}), json!({"policy_arn": true}));
    let changes = [role(), policy("one", "s3:GetObject"), policy("other", "s3:*"), attachment];
    for (references_of, expected) in [
        (vec!["aws_iam_policy.of", "each.key"], vec![r#"aws_iam_policy.of["one"]"#]),
        (
            vec![r#"aws_iam_policy.of["other"].arn"#, r#"aws_iam_policy.of["other"]"#, "aws_iam_policy.of"],
            vec![r#"aws_iam_policy.of["other"]"#],
        ),
        (vec!["aws_iam_policy.of"], vec![]),
        (vec!["aws_iam_policy.of", "each.value"], vec![]),
    ] {
        let configuration =
            configured(&[("aws_iam_role_policy_attachment.of", json!({"policy_arn": references(&references_of)}))]);
        let identity = identity(&planned(&changes, &configuration));
        assert_eq!(names(&identity), expected, "{references_of:?}");
        assert_eq!(identity.unread.is_empty(), !expected.is_empty(), "{references_of:?}");
    }
}

#[test]
fn sensitive_values_are_neither_read_nor_shown() {
    let mut secret = inline(json!("Trainer"), json!({}));
    secret["change"]["after_sensitive"] = json!({"policy": true});
    let identity = identity(&planned(&[role(), secret], &configured(&[])));
    assert_eq!(names(&identity), [""; 0]);
    let lines = unread(&identity);
    assert!(lines.contains("`policy` of `aws_iam_role_policy.train`") && lines.contains("sensitive"), "{lines}");
    assert!(!lines.contains("s3:GetObject"), "{lines}");
}

#[test]
fn a_role_that_was_there_before_may_have_more_unless_terraform_manages_everything() {
    let values = json!({"name": "Trainer", "path": "/ml/", "arn": TRAINER, "unique_id": "AROAEXAMPLE", "tags_all": {},
        "assume_role_policy": document_of_trust(), "permissions_boundary": "arn:aws:iam::aws:policy/Limits"});
    let changes = [keep("aws_iam_role.trainer", values), inline(json!("Trainer"), json!({}))];
    let part = identity(&planned(&changes, &configured(&[])));
    assert_eq!(names(&part), ["aws_iam_role_policy.train"]);
    assert!(unread(&part).starts_with(&format!("what else is attached to `{TRAINER}`")), "{}", unread(&part));
    assert_eq!(part.unique_id.as_deref(), Some("AROAEXAMPLE"));
    assert!(
        part.boundary.missing().unwrap().what.contains("the permissions boundary `arn:aws:iam::aws:policy/Limits`")
    );

    let reading = Reading { follows_references: true, manages_everything: true };
    let plan = read(&text(&changes, &configured(&[]))).unwrap().applied_in(&environment(), reading);
    assert_eq!(unread(&identity(&plan)), "");
    assert!(plan.has_completed());
}

#[test]
fn exclusive_resources_say_all() {
    let values = json!({"name": "Trainer", "path": "/ml/", "arn": TRAINER, "tags_all": {}});
    let only = |name: &str, attribute: &str, list: Value| {
        create(&format!("{name}.only"), json!({"role_name": "Trainer", attribute: list}), json!({}))
    };
    let changes = [
        keep("aws_iam_role.trainer", values),
        inline(json!("Trainer"), json!({})),
        attachment(json!({"role": "Trainer", "policy_arn": "arn:aws:iam::aws:policy/Foreign"}), json!({})),
        only("aws_iam_role_policies_exclusive", "policy_names", json!(["unseen"])),
        only("aws_iam_role_policy_attachments_exclusive", "policy_arns", json!(["arn:aws:iam::aws:policy/Listed"])),
    ];
    let identity = identity(&planned(&changes, &configured(&[])));
    assert_eq!(names(&identity), [""; 0]);
    let lines = unread(&identity);
    for expected in [
        "whether the policy of `aws_iam_role_policy.train` stays attached",
        "whether the policy of `aws_iam_role_policy_attachment.core` stays attached",
        "the inline policy `unseen` of role `Trainer`",
        "the policy `arn:aws:iam::aws:policy/Listed` attached to",
    ] {
        assert!(lines.contains(expected), "{expected} is not in {lines}");
    }
}

#[test]
fn blocks_in_a_role_count_only_where_they_are_configured() {
    let mut own = role();
    own["change"]["after"]["inline_policy"] = json!([{"name": "block", "policy": document("Allow", "s3:PutObject")}]);
    own["change"]["after_unknown"] = json!({"arn": true, "managed_policy_arns": true, "inline_policy": [{}]});
    let read_back = identity(&planned(&[own.clone()], &configured(&[("aws_iam_role.trainer", json!({}))])));
    assert_eq!((names(&read_back), unread(&read_back)), (vec![], String::new()));
    let configuration = configured(&[("aws_iam_role.trainer", json!({"inline_policy": [{"name": {}, "policy": {}}]}))]);
    let identity = identity(&planned(&[own], &configuration));
    assert_eq!(names(&identity), ["aws_iam_role.trainer"]);
}

#[test]
fn managed_policy_arns_may_be_partly_known() {
    let mut own = role();
    own["change"]["after"]["managed_policy_arns"] = json!(["arn:aws:iam::aws:policy/Known", null]);
    own["change"]["after_unknown"] = json!({"arn": true, "managed_policy_arns": [false, true], "inline_policy": true});
    let configuration = configured(&[(
        "aws_iam_role.trainer",
        json!({"managed_policy_arns": references(&["aws_iam_policy.core.arn", "aws_iam_policy.core"])}),
    )]);
    let identity = identity(&planned(&[own, policy()], &configuration));
    assert_eq!(names(&identity), ["aws_iam_policy.core"]);
    assert!(unread(&identity).starts_with("the policy `arn:aws:iam::aws:policy/Known`"), "{}", unread(&identity));
}

#[test]
fn what_is_taken_away_and_given_in_one_apply_is_open() {
    let values = json!({"name": "train", "role": "Trainer", "policy": document("Allow", "s3:GetObject")});
    let changes = [role(), delete("aws_iam_role_policy.old", values), inline(json!("Trainer"), json!({}))];
    let identity = identity(&planned(&changes, &configured(&[])));
    assert_eq!(names(&identity), [""; 0]);
    assert!(unread(&identity).contains("`aws_iam_role_policy.old` takes it away in the same apply"));
}

#[test]
fn a_replaced_role_loses_what_the_plan_does_not_replace() {
    let before = json!({"name": "Trainer", "path": "/old/", "arn": "arn:aws:iam::210000000011:role/old/Trainer"});
    let after = json!({"name": "Trainer", "path": "/ml/", "tags_all": {}});
    let replaced =
        change("aws_iam_role.trainer", &["delete", "create"], before, after, json!({"arn": true, "id": true}));
    let kept = keep(
        "aws_iam_role_policy_attachment.core",
        json!({"role": "Trainer", "policy_arn": "arn:aws:iam::aws:policy/P"}),
    );
    let identity = identity(&planned(&[replaced, kept], &configured(&[])));
    assert!(unread(&identity).contains("the plan replaces the role, but not this"), "{}", unread(&identity));
}

#[test]
fn a_deleted_principal_is_refused_and_a_misspelt_one_is_not_mistaken() {
    let values = json!({"name": "Trainer", "path": "/ml/", "arn": TRAINER});
    let plan = planned(&[delete("aws_iam_role.trainer", values)], &configured(&[]));
    let problems = plan.identity(None, &TRAINER.parse().unwrap()).unwrap_err();
    assert!(problems.0[0].to_string().contains("the plan deletes `aws_iam_role.trainer`"), "{problems}");

    let plan = planned(&[role()], &configured(&[]));
    let other = plan.identity(None, &"arn:aws:iam::210000000011:role/ml/Trainr".parse().unwrap()).unwrap();
    assert!(other.missing().unwrap().why.contains("but of `Trainer`"));
    // The same name under another path is another role.
    let other = plan.identity(None, &"arn:aws:iam::210000000011:role/Trainer".parse().unwrap()).unwrap();
    assert!(other.missing().is_some());
}

#[test]
fn resources_of_another_account_say_nothing_and_those_of_an_unclear_one_little() {
    let with_provider = |expressions: Value| {
        let mut configuration =
            configured(&[("aws_iam_role.trainer", json!({})), ("aws_iam_role_policy.train", json!({}))]);
        configuration["provider_config"]["aws.other"] =
            json!({"name": "aws", "alias": "other", "expressions": expressions});
        configuration["root_module"]["resources"][1]["provider_config_key"] = "aws.other".into();
        let mut changes = [role(), inline(json!("Trainer"), json!({}))];
        changes[0]["change"]["after"]["tags_all"] = json!({});
        let found = identity(&planned(&changes, &configuration));
        (names(&found), unread(&found))
    };
    let role_in = |account: &str| json!({"assume_role": [{"role_arn": {"constant_value": format!("arn:aws:iam::{account}:role/Apply")}}]});
    assert_eq!(with_provider(role_in("999900001111")), (vec![], String::new()));
    assert_eq!(with_provider(role_in("210000000011")).0, ["aws_iam_role_policy.train"]);
    assert_eq!(with_provider(json!({"region": {"constant_value": "us-east-1"}})).0, ["aws_iam_role_policy.train"]);
    let (found, open) = with_provider(json!({"profile": {"references": ["var.profile"]}}));
    assert_eq!(found, [""; 0]);
    assert!(open.contains("the account of its provider is not known"), "{open}");
}

/// The names of the policies that a deleted inline policy leaves, and what is open; the resource has this provider key
fn after_deletion_by(provider: Option<&str>, others: &Value) -> (Vec<String>, String) {
    let mut configuration = configured(
        &["aws_iam_role.trainer", "aws_iam_role_policy.train", "aws_iam_role_policy.old"].map(|of| (of, json!({}))),
    );
    configuration["provider_config"]["aws.other"] = json!({"name": "aws", "alias": "other", "expressions": others});
    match provider {
        Some(key) => configuration["root_module"]["resources"][2]["provider_config_key"] = key.into(),
        None => drop(configuration["root_module"]["resources"].as_array_mut().unwrap().pop()),
    }
    let named = |name: &str| json!({"name": name, "role": "Trainer", "policy": document("Allow", "s3:GetObject")});
    let mut changes = [role(), inline(json!("Trainer"), json!({})), delete("aws_iam_role_policy.old", named("Old"))];
    changes[0]["change"]["after"]["tags_all"] = json!({});
    let found = identity(&planned(&changes, &configuration));
    (names(&found), unread(&found))
}

#[test]
fn what_an_unclear_provider_takes_away_may_be_another_account_s() {
    let foreign = json!({"assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::999900001111:role/Apply"}}]});
    assert_eq!(after_deletion_by(Some("aws"), &foreign).1, "");
    assert_eq!(after_deletion_by(Some("aws.other"), &foreign).1, "");
    let (_, open) = after_deletion_by(Some("aws.other"), &json!({"profile": {"references": ["var.profile"]}}));
    assert!(open.contains("whether `aws_iam_role_policy.old` takes something from role `Trainer`"), "{open}");
    // What has left the configuration, or names a provider that is not there, is of any account of the plan.
    for key in [None, Some("module:aws.other")] {
        assert_eq!(after_deletion_by(key, &json!({})).1, "", "{key:?}");
        let (_, open) = after_deletion_by(key, &foreign);
        assert!(open.contains("whether `aws_iam_role_policy.old` takes something from role `Trainer`"), "{open}");
    }
}

#[test]
fn groups_bring_their_policies() {
    let changes = [
        create("aws_iam_user.ana", json!({"name": "ana", "path": "/", "tags_all": {}}), json!({"arn": true})),
        create("aws_iam_group.trainers", json!({"name": "trainers", "path": "/"}), json!({"arn": true})),
        create("aws_iam_group_membership.m", json!({"name": "m", "group": "trainers", "users": ["ana"]}), json!({})),
        create(
            "aws_iam_group_policy.p",
            json!({"name": "p", "group": "trainers", "policy": document("Allow", "s3:GetObject")}),
            json!({}),
        ),
        create("aws_iam_user_group_membership.other", json!({"user": "ana", "groups": ["elsewhere"]}), json!({})),
    ];
    let plan = planned(&changes, &configured(&[]));
    let found = plan.identity(None, &"arn:aws:iam::210000000011:user/ana".parse().unwrap()).unwrap();
    let identity = found.known().unwrap();
    assert_eq!(names(identity), ["aws_iam_group_policy.p"]);
    assert_eq!(identity.groups, ["elsewhere", "trainers"]);
    assert!(unread(identity).starts_with("the policies of group `elsewhere`"), "{}", unread(identity));
}

#[test]
fn an_exclusive_attachment_may_take_the_policy_from_others() {
    let changes = [
        role(),
        attachment(json!({"role": "Trainer", "policy_arn": "arn:aws:iam::aws:policy/P"}), json!({})),
        create(
            "aws_iam_policy_attachment.only",
            json!({"name": "only", "policy_arn": "arn:aws:iam::aws:policy/P", "roles": ["Other"], "users": null, "groups": null}),
            json!({}),
        ),
    ];
    let identity = identity(&planned(&changes, &configured(&[])));
    assert!(unread(&identity).contains("whether role `Trainer` keeps a policy that `aws_iam_policy_attachment.only`"));
}

#[test]
fn a_policy_that_a_data_source_has_read_is_known() {
    let mut plan: Value = serde_json::from_str(&text(
        &[role(), attachment(json!({"role": "Trainer", "policy_arn": "arn:aws:iam::aws:policy/ReadOnly"}), json!({}))],
        &configured(&[]),
    ))
    .unwrap();
    plan["prior_state"] = json!({"format_version": "1.0", "values": {"root_module": {"child_modules": [{"address": "module.m",
        "resources": [{"address": "module.m.data.aws_iam_policy.read", "mode": "data", "type": "aws_iam_policy", "name": "read",
            "values": {"arn": "arn:aws:iam::aws:policy/ReadOnly", "policy": document("Allow", "s3:Get*")},
            "sensitive_values": {}}]}]}}});
    let plan = read(&plan.to_string()).unwrap().applied_in(&environment(), planned(&[], &json!({})).reading);
    let identity = identity(&plan);
    assert_eq!(
        (names(&identity), unread(&identity)),
        (vec!["module.m.data.aws_iam_policy.read".to_owned()], String::new())
    );
}

#[test]
fn tags_that_are_known_after_apply_leave_the_tags_open() {
    let mut own = role();
    own["change"]["after"].as_object_mut().unwrap().remove("tags_all");
    own["change"]["after_unknown"]["tags_all"] = true.into();
    assert!(identity(&planned(&[own], &configured(&[]))).tags_open);
}
