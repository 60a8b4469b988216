//! Questions into calls, answers back to questions

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::super::*;
use super::world::{ALLOW_ALL, NOTHING, SHAPES, Shape, World, facts, need, respond, says};
use crate::facts::{ActingRole, Fact, Identity};
use crate::judge::UserContext;
use crate::need::{Actor, Need};
use crate::policy::PolicyType;

fn entry(value: &str) -> Arc<[ContextEntry]> {
    ContextEntry::of(&"aws:RequestedRegion".parse().unwrap(), &[value.into()]).into_iter().collect()
}

fn asks() -> impl Strategy<Value = BTreeSet<Ask>> {
    let ask = (0..3_u8, 0..2_u8, 0..5_u8, 0..60_u8).prop_map(|(context, owner, action, resource)| Ask {
        role: (context > 1).then(|| "arn:aws:iam::111122223333:role/ml/Exec".into()),
        context: entry(&context.to_string()),
        owner: (owner > 0).then(|| "arn:aws:iam::111122223333:root".into()),
        resource_policy: (resource % 2 > 0).then(|| "{}".into()),
        action: format!("s3:Action{action}").into(),
        resource: format!("arn:aws:s3:::b/{resource}").into(),
    });
    prop::collection::btree_set(ask, 0..200)
}

proptest! {
    #[test]
    fn every_question_is_asked_once_and_nothing_else_is(asks in asks()) {
        let calls = plan(&asks, &[]);
        let mut asked: BTreeMap<Ask, usize> = BTreeMap::new();
        for ask in calls.iter().flat_map(PlannedCall::asks) {
            *asked.entry(ask).or_default() += 1;
        }
        prop_assert!(asked.values().all(|times| *times == 1));
        prop_assert_eq!(asked.into_keys().collect::<BTreeSet<_>>(), asks);
        prop_assert!(calls.iter().all(|call| !call.actions.is_empty() && (1..=20).contains(&call.resources.len())));
    }

    #[test]
    fn every_question_gets_its_own_answer_in_both_shapes(asks in asks(), allowed in prop::collection::vec(any::<bool>(), 60)) {
        let script = |_: &PlannedCall, _: &str, resource: &str| {
            let number: usize = resource.rsplit('/').next().and_then(|text| text.parse().ok()).unwrap();
            says(if allowed[number] { "allowed" } else { "implicitDeny" })
        };
        for shape in SHAPES {
            let mut answers = BTreeMap::new();
            for call in plan(&asks, &[]) {
                answers.extend(attribute(&call, &respond(&call, shape, &script), ResourcePolicy::LeftOut));
            }
            prop_assert_eq!(answers.len(), asks.len());
            for (ask, answer) in answers {
                let number: usize = ask.resource.rsplit('/').next().and_then(|text| text.parse().ok()).unwrap();
                let expected = if allowed[number] { Decision::Allowed } else { Decision::ImplicitDeny };
                prop_assert_eq!(answer.unwrap().result.decision, expected);
            }
        }
    }
}

const IMAGES: [&str; 2] = ["arn:aws:s3:::images/good/1.png", "arn:aws:s3:::images/bad/1.png"];

#[test]
fn objects_never_meet_an_action_on_buckets() {
    let world = World::new(facts(&[ALLOW_ALL]));
    let needs = [
        need("s3:GetObject", IMAGES[0], &["lookoutvision"]),
        need("s3:GetObject", IMAGES[1], &["lookoutvision"]),
        need("s3:GetObjectVersion", IMAGES[0], &["lookoutvision"]),
        need("s3:GetObjectVersion", IMAGES[1], &["lookoutvision"]),
        need("s3:GetBucketLocation", "arn:aws:s3:::images", &["lookoutvision"]),
    ];
    let calls = plan(&world.asks(&needs), &[]);
    let shown: Vec<(Vec<&str>, usize)> = calls
        .iter()
        .map(|call| (call.actions.iter().map(|action| &**action).collect(), call.resources.len()))
        .collect();
    assert_eq!(shown, [(vec!["s3:GetBucketLocation"], 1), (vec!["s3:GetObject", "s3:GetObjectVersion"], 2)]);
}

#[test]
fn the_whole_known_context_is_sent_typed_and_unknown_keys_are_not() {
    let world = World::new(facts(&[ALLOW_ALL])).context("aws:SourceIp", "203.0.113.7");
    let direct =
        world.asks(&[need("lookoutvision:CreateModel", "arn:aws:lookoutvision:us-east-1:111122223333:model/p/*", &[])]);
    let ask = direct.first().unwrap();
    assert_eq!(&*ask.resource, "arn:aws:lookoutvision:us-east-1:111122223333:model/p/1");
    assert_eq!(ask.owner.as_deref(), Some("arn:aws:iam::111122223333:root"));
    let sent: Vec<String> =
        ask.context.iter().map(|entry| format!("{} {} {}", entry.name, entry.kind, entry.values.join(","))).collect();
    assert_eq!(
        sent,
        [
            "aws:PrincipalAccount string 111122223333",
            "aws:PrincipalArn string arn:aws:iam::111122223333:role/ml/Trainer",
            "aws:PrincipalIsAWSService boolean false",
            "aws:PrincipalTag/team string inspection",
            "aws:PrincipalType string AssumedRole",
            "aws:RequestedRegion string us-east-1",
            "aws:ResourceAccount string 111122223333",
            "aws:SecureTransport boolean true",
            "aws:SourceIp ip 203.0.113.7",
            "aws:ViaAWSService boolean false",
        ]
    );
    let forwarded =
        world.asks(&[need("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k", &["lookoutvision", "s3"])]);
    let sent = &forwarded.first().unwrap().context;
    let value = |name: &str| sent.iter().find(|entry| &*entry.name == name).map(|entry| entry.values.join(","));
    assert_eq!(value("kms:ViaService").as_deref(), Some("s3.us-east-1.amazonaws.com"));
    assert_eq!(value("aws:ViaAWSService").as_deref(), Some("true"));
    assert_eq!(value("aws:userid"), None, "nobody knows it");
}

fn call(resources: &[&str]) -> PlannedCall {
    PlannedCall {
        role: None,
        context: entry("us-east-1"),
        owner: None,
        resource_policy: None,
        actions: vec!["s3:GetObject".into()],
        resources: resources.iter().map(|resource| Arc::from(*resource)).collect(),
        exclusions: Vec::new(),
    }
}

#[test]
fn the_top_level_is_never_read_for_one_of_several_resources() {
    let call = call(&IMAGES);
    let mut results = respond(&call, Shape::SinceJuly2026, &|_, _, _| says("allowed"));
    results[0].specific.pop();
    let answers = attribute(&call, &results, ResourcePolicy::LeftOut);
    let of = |resource: &str| answers.iter().find(|(ask, _)| &*ask.resource == resource).unwrap().1;
    assert_eq!(of(IMAGES[0]).as_ref().unwrap().result.decision, Decision::Allowed);
    assert_eq!(of(IMAGES[1]), &Err(Failure::Unanswered));
    results[0].specific.clear();
    assert!(
        attribute(&call, &results, ResourcePolicy::LeftOut).values().all(|answer| *answer == Err(Failure::Unanswered))
    );
}

#[test]
fn a_single_resource_is_answered_by_the_top_level_alone() {
    let call = call(&IMAGES[..1]);
    let mut results = respond(&call, Shape::SinceJuly2026, &|_, _, _| says("allowed"));
    results[0].specific.clear();
    assert!(attribute(&call, &results, ResourcePolicy::LeftOut).values().all(Result::is_ok));
}

#[test]
fn words_that_nobody_knows_and_answers_that_contradict_are_no_answers() {
    let call = call(&IMAGES[..1]);
    let results = respond(&call, Shape::BeforeJuly2026, &|_, _, _| says("mostlyAllowed"));
    let garbled = attribute(&call, &results, ResourcePolicy::LeftOut).into_values().next().unwrap();
    assert_eq!(garbled, Err(Failure::Garbled("`mostlyAllowed` is no decision known here".to_owned())));
    let mut results = respond(&call, Shape::BeforeJuly2026, &|_, _, _| says("allowed"));
    results.extend(respond(&call, Shape::BeforeJuly2026, &|_, _, _| says("explicitDeny")));
    assert!(matches!(
        attribute(&call, &results, ResourcePolicy::LeftOut).into_values().next(),
        Some(Err(Failure::Garbled(_)))
    ));
}

#[test]
fn an_answer_about_something_else_answers_nothing() {
    let call = call(&IMAGES[..1]);
    let mut results = respond(&call, Shape::SinceJuly2026, &|_, _, _| says("allowed"));
    results[0].specific[0].resource = Some("arn:aws:s3:::other/key".to_owned());
    assert_eq!(
        attribute(&call, &results, ResourcePolicy::LeftOut).into_values().next(),
        Some(Err(Failure::Unanswered))
    );
    results[0].action = "s3:PutObject".to_owned();
    assert_eq!(
        attribute(&call, &results, ResourcePolicy::LeftOut).into_values().next(),
        Some(Err(Failure::Unanswered))
    );
}

#[test]
fn the_objects_arn_is_sent_only_where_the_simulated_policies_may_test_it() {
    let bound = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::images/*"}}}"#;
    let key = "arn:aws:kms:us-east-1:111122223333:key/k";
    let mut decrypt = need("kms:Decrypt", key, &["lookoutvision", "s3"]);
    let arn = crate::iam::ContextValue::Known(vec![IMAGES[0].into()]);
    decrypt.context.push(("kms:EncryptionContext:aws:s3:arn".parse().unwrap(), arn));
    let sent = |world: World| {
        let asks = world.asks(std::slice::from_ref(&decrypt));
        asks.first().unwrap().context.iter().any(|entry| entry.name.starts_with("kms:EncryptionContext"))
    };
    assert!(!sent(World::new(facts(&[ALLOW_ALL]))));
    assert!(sent(World::new(facts(&[ALLOW_ALL, bound]))));
    assert!(sent(World::new(super::world::without_identity(facts(&[ALLOW_ALL])))));
}

#[test]
fn a_buckets_policy_goes_with_questions_about_that_bucket_alone() {
    let statement = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::images/*"}"#;
    let world = World::new(facts(&[ALLOW_ALL]))
        .bucket("images", &[statement])
        .bucket("other", &[&statement.replace("images", "größe/尺寸")]);
    let asks = world.asks(&[
        need("s3:GetObject", IMAGES[0], &["lookoutvision"]),
        need("s3:GetObject", "arn:aws:s3:::other/1.png", &["lookoutvision"]),
        need("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/k", &["lookoutvision", "s3"]),
    ]);
    let calls = plan(&asks, &[]);
    let with: Vec<&PlannedCall> = calls.iter().filter(|call| call.resource_policy.is_some()).collect();
    assert_eq!(calls.len(), 3);
    assert_eq!(with.len(), 1, "a policy with characters that the API does not take is not sent");
    assert_eq!(&*with[0].resources[0], IMAGES[0]);
    assert!(with[0].resource_policy.as_ref().unwrap().contains("arn:aws:s3:::images/*"));
}

/// The form of answers recorded in April 2025: the resource on top, and the same once more below
#[test]
fn an_answer_that_says_everything_twice_is_one_answer() {
    let call = call(&["arn:aws:s3:::images"]);
    let mut results = respond(&call, Shape::SinceJuly2026, &|_, _, _| super::world::Said {
        organizations: Some(true),
        ..says("allowed")
    });
    results[0].top.resource = Some("arn:aws:s3:::images".to_owned());
    let answer = attribute(&call, &results, ResourcePolicy::LeftOut).into_values().next().unwrap().unwrap();
    assert_eq!((answer.result.decision, answer.organizations), (Decision::Allowed, Organizations::Allow));
}

const EXEC: &str = "arn:aws:iam::111122223333:role/ml/Exec";

fn with_role(identity: Fact<Identity>) -> World {
    let mut world = World::new(facts(&[NOTHING])).context("aws:SourceVpce", "vpce-1");
    let role = ActingRole { arn: EXEC.parse().unwrap(), identity, near: None, context: UserContext::new() };
    world.facts.roles.insert("exec".to_owned(), role);
    world
}

fn exec() -> Fact<Identity> {
    let mut identity = Identity::bare(EXEC.parse().unwrap());
    identity.policies = vec![super::world::document("run", PolicyType::Identity, &[ALLOW_ALL])];
    Fact::Known(identity)
}

#[test]
fn a_role_is_asked_about_by_itself_and_a_service_is_not() {
    let world = with_role(exec());
    let of = |actor: Actor| Need { actor, ..need("logs:DescribeLogGroups", "*", &[]) };
    let needs =
        [Actor::Caller, Actor::Role("exec".to_owned()), Actor::Service("sagemaker.amazonaws.com".to_owned())].map(of);
    let asks = world.asks(&needs);
    let shown: Vec<(Option<&str>, bool)> = asks
        .iter()
        .map(|ask| (ask.role.as_deref(), ask.context.iter().any(|entry| &*entry.name == "aws:SourceVpce")))
        .collect();
    assert_eq!(shown, [(None, true), (Some(EXEC), false)], "the caller's context is the caller's");
    let calls = plan(&asks, &[]);
    assert_eq!(calls.iter().map(|call| call.role.as_deref()).collect::<Vec<_>>(), [None, Some(EXEC)]);
    let rows = world.rows(&needs, Shape::SinceJuly2026, &|call, _, _| {
        says(if call.role.is_some() { "allowed" } else { "implicitDeny" })
    });
    let decisions: Vec<_> = rows.iter().map(|row| row.decision).collect();
    assert_eq!(decisions[..2], [crate::evaluate::Decision::ImplicitDeny, crate::evaluate::Decision::Allowed]);
    assert!(rows[2].missing_facts.is_empty(), "no word of the simulator is missed: {:?}", rows[2].missing_facts);
}

#[test]
fn a_caller_who_cannot_be_simulated_costs_the_role_no_answer() {
    let world = with_role(exec());
    let of_role = Need { actor: Actor::Role("exec".to_owned()), ..need("logs:DescribeLogGroups", "*", &[]) };
    let needs = [need("logs:DescribeLogGroups", "*", &[]), of_role];
    let mut answers = Answers::none(Failure::NotPermitted);
    answers.join(world.answers(&needs[1..], Shape::SinceJuly2026, &|_, _, _| says("allowed")));
    let rows = world.rows_of(&needs, &answers);
    assert!(rows[0].missing_facts[0].why.contains("may not call"), "{:?}", rows[0].missing_facts);
    assert_eq!(rows[1].decision, crate::evaluate::Decision::Allowed);
    let asks = world.asks(&needs[1..]);
    let unasked = Answers::unasked(asks, &Failure::NotPermitted);
    assert_eq!(unasked.failures(), [((Failure::NotPermitted, Some(EXEC.into())), 1)].into());
}

#[test]
fn a_role_that_the_simulator_does_not_take_is_named_so() {
    let subject = |facts: &crate::facts::Facts, arn: &str| role_subject(arn, facts).map(|subject| subject.arn);
    assert_eq!(subject(&with_role(exec()).facts, EXEC), Ok(EXEC.into()));
    assert_eq!(subject(&with_role(Fact::Absent).facts, EXEC), Err(Unsuited::NoRole));
    let facts = with_role(exec()).facts;
    assert_eq!(subject(&facts, "arn:aws:iam::999988887777:role/ml/Exec"), Err(Unsuited::OtherAccount));
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/sagemaker.amazonaws.com/AWSServiceRoleForX";
    assert_eq!(subject(&facts, linked), Err(Unsuited::ServiceLinked));
}
