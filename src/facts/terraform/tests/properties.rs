//! What holds for every plan

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ACCOUNT, Plan, Reading, TRAINER, configured, create, document, environment, planned, read, role, text};
use crate::evaluate::{
    Authorization, Caller, CallerSide, Decision, Program, Readings, ResourceSide, Source, ToldLayers, Truth,
};
use crate::facts::{Bucket, Fact, Key, MissingFact};
use crate::iam::{Context, Resource};
use crate::policy::PolicyType;

fn missing<T>() -> Fact<T> {
    Fact::Unknown(MissingFact { what: String::new(), source: String::new(), why: String::new() })
}

/// Asks a plan for everything that it can say
fn ask_all(plan: &Plan) {
    for principal in [TRAINER, "arn:aws:iam::210000000011:user/ana", "arn:aws:sts::210000000011:assumed-role/Trainer/s"]
    {
        let _ = plan.identity(None, &principal.parse().unwrap());
    }
    let bucket = Bucket {
        owner: missing(),
        location: missing(),
        encryption: missing(),
        policy: missing(),
        public_access_block: missing(),
        ownership: missing(),
        objects: missing(),
    };
    let _ = plan.bucket("images", bucket);
    let _ = plan.key("k", Key { metadata: missing(), policy: missing(), grants: Fact::Known(Vec::new()) });
    let _ = (plan.aliases(missing()), plan.open_aliases().count(), plan.unread(), plan.changes());
}

fn leaf() -> impl Strategy<Value = Value> {
    let texts = [
        "Trainer",
        "images",
        "k",
        "",
        "arn:aws:iam::210000000011:policy/p",
        "aws_iam_role.trainer",
        "{\"Statement\":[]}",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        proptest::sample::select(texts.to_vec()).prop_map(Value::from),
    ]
}

/// Any small JSON, with the words that matter among its keys
fn any_json() -> impl Strategy<Value = Value> {
    let keys = [
        "role",
        "name",
        "policy",
        "policy_arn",
        "bucket",
        "users",
        "rule",
        "key_id",
        "constraints",
        "tags_all",
        "references",
    ];
    leaf().prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(keys.to_vec()), inner), 0..4).prop_map(|members| {
                Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_values_make_a_plan_panic(
        kind in proptest::sample::select(vec!["aws_iam_role", "aws_iam_role_policy", "aws_iam_policy_attachment", "aws_iam_policy",
            "aws_s3_bucket", "aws_s3_bucket_policy", "aws_s3_bucket_server_side_encryption_configuration", "aws_kms_key",
            "aws_kms_grant", "aws_kms_alias", "aws_iam_group_membership", "aws_iam_role_policies_exclusive"]),
        action in proptest::sample::select(vec!["no-op", "create", "update", "delete", "forget", "read"]),
        before in any_json(), after in any_json(), unknown in any_json(), expressions in any_json(),
    ) {
        let address = format!("{kind}.x");
        let change = super::change(&address, &[action], before, after, unknown);
        let expressions = if expressions.is_object() { expressions } else { json!({}) };
        let text = text(&[role(), change], &configured(&[(&address, expressions)]));
        if let Ok(plan) = read(&text) {
            ask_all(&plan.applied_in(&environment(), Reading { follows_references: true, manages_everything: false }));
        }
    }

    /// Every policy is one action of three; leaving one out may only make something more allowed when it denied
    #[test]
    fn leaving_out_a_policy_that_allows_allows_nothing_more(
        policies in proptest::collection::vec((any::<bool>(), 0_usize..3, 0_usize..3), 1..6), dropped in any::<prop::sample::Index>(),
    ) {
        const ACTIONS: [&str; 3] = ["s3:GetObject", "s3:PutObject", "s3:*"];
        let dropped = dropped.index(policies.len());
        let changes = |without: Option<usize>| {
            let kept = policies.iter().enumerate().filter(|(index, _)| Some(*index) != without);
            let mut changes = vec![role()];
            changes.extend(kept.map(|(index, (denies, action, openness))| {
                let effect = if *denies { "Deny" } else { "Allow" };
                let mut after = json!({"name": format!("p{index}"), "role": "Trainer"});
                let unknown = match openness { 0 => json!({"policy": true}), _ => json!({}) };
                if *openness > 0 {
                    after["policy"] = document(effect, ACTIONS[*action]).into();
                }
                create(&format!("aws_iam_role_policy.p{index}"), after, unknown)
            }));
            changes
        };
        let decisions = |changes: &[Value]| ["s3:GetObject", "s3:PutObject"].map(|action| decide(&planned(changes, &configured(&[])), action));
        let (all, fewer) = (decisions(&changes(None)), decisions(&changes(Some(dropped))));
        let (denied, _, openness) = policies[dropped];
        for (with, without) in all.into_iter().zip(fewer) {
            if !denied && openness > 0 {
                prop_assert!(rank(without) <= rank(with), "{with:?} became {without:?}");
            }
        }
    }
}

/// What the trainer of a plan may do with an object of its own account, which has no policy
fn decide(plan: &Plan, action: &str) -> Decision {
    let identity = super::identity(plan);
    let mut program = Program::new(Readings::default());
    let set = program.add(&identity.policies, PolicyType::Identity);
    let caller = Caller::new(TRAINER.parse().unwrap());
    let caller_side = CallerSide {
        identity: Source::Set(set),
        unread: identity.unread,
        boundary: Source::Absent,
        session: Source::Absent,
        scps: Fact::Absent,
        in_management_account: Truth::False,
        vpc_endpoint: Source::Absent,
        told: ToldLayers::default(),
    };
    let resource_side = ResourceSide::plain(Fact::Known(ACCOUNT.parse().unwrap()), Fact::Absent, Truth::False);
    let question = program.question(&action.parse().unwrap(), &Context::closed());
    let resource = Resource::parse("arn:aws:s3:::images/1.jpg").unwrap();
    program.decide(&Authorization {
        caller: &caller,
        question: &question,
        resource: &resource,
        caller_side: &caller_side,
        resource_side: &resource_side,
    })
}

fn rank(decision: Decision) -> u8 {
    match decision {
        Decision::Allowed => 2,
        Decision::Undetermined => 1,
        Decision::ImplicitDeny | Decision::ExplicitDeny => 0,
    }
}
