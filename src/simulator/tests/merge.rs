//! One decision out of two: for each combination the decision and the reason

use super::super::*;
use super::world::*;
use crate::evaluate::{Decision, Layer, Role};
use crate::judge::{JudgedBy, JudgedRow};
use crate::policy::PolicyType;

const OBJECT: &str = "arn:aws:s3:::images/good/1.png";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/3f6c2b1e-8d47-4c1a-9f25-6b0e7a91d2c4";

fn row(world: &World, said: &Said) -> JudgedRow {
    let needs = [need("s3:GetObject", OBJECT, &["lookoutvision"])];
    let mut rows: Vec<JudgedRow> =
        SHAPES.iter().flat_map(|shape| world.rows(&needs, *shape, &|_, _, _| said.clone())).collect();
    let (last, first) = (rows.pop().unwrap(), rows.pop().unwrap());
    assert_eq!(first.decision, last.decision, "both shapes of one answer say the same");
    last
}

/// Layer, role and policy of each reason
fn because(row: &JudgedRow) -> Vec<(Layer, Role, &str)> {
    row.decided_by.iter().map(|by| (by.part.layer, by.role, by.part.policy.as_deref().unwrap_or(""))).collect()
}

fn judge_of(row: &JudgedRow, layer: Layer) -> JudgedBy {
    row.views.iter().find(|view| view.layer == layer).unwrap().by
}

fn with(said: Said, organizations: Option<bool>, boundary: Option<bool>) -> Said {
    Said { organizations, boundary, ..said }
}

#[test]
fn two_that_agree_decide_with_the_engines_reasons() {
    let seen = row(&World::new(facts(&[ALLOW_ALL])).bucket("images", &[NOTHING_FOR_ALL]), &says("allowed"));
    assert_eq!(seen.decision, Decision::Allowed);
    assert_eq!(because(&seen), [(Layer::Identity, Role::Allows, "own")]);
    assert_eq!(judge_of(&seen, Layer::Identity), JudgedBy::Both);
    let unseen = row(&World::new(facts(&[ALLOW_ALL])), &says("allowed"));
    assert_eq!(unseen.decision, Decision::Undetermined, "no bucket policy was read, and it may deny");
    assert_eq!(judge_of(&unseen, Layer::Resource), JudgedBy::Nobody);
}

#[test]
fn a_layer_that_was_not_read_is_settled_by_the_simulator() {
    for (facts, layer) in [
        (without_scps(facts(&[ALLOW_ALL])), Layer::Scp),
        (without_boundary(facts(&[ALLOW_ALL])), Layer::Boundary),
        (without_identity(facts(&[ALLOW_ALL])), Layer::Identity),
    ] {
        let world = World::new(facts).bucket("images", &[NOTHING_FOR_ALL]);
        let open = row(&World { missing: Missing::FallsBack, ..World::new(world.facts.clone()) }, &says("unknownWord"));
        assert_eq!(open.decision, Decision::Undetermined, "{layer:?}: the facts alone leave it open");
        let allowed = row(&world, &with(says("allowed"), Some(true), Some(true)));
        assert_eq!(allowed.decision, Decision::Allowed, "{layer:?}");
        assert_eq!(judge_of(&allowed, layer), JudgedBy::Simulator);
        let denied =
            row(&world, &with(says("implicitDeny"), Some(layer != Layer::Scp), Some(layer != Layer::Boundary)));
        assert_eq!(denied.decision, Decision::ImplicitDeny, "{layer:?}");
        assert!(because(&denied).contains(&(layer, Role::LacksAllow, "")), "{layer:?}: {:?}", because(&denied));
    }
}

const NOTHING_FOR_ALL: &str = r#"{"Sid": "Nobody", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "s3:*", "Resource": "*"}"#;
const DENY_BUCKET: &str = r#"{"Sid": "Closed", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;
const ALLOW_ROLE: &str = r#"{"Sid": "Trainer", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/ml/Trainer"}, "Action": "s3:GetObject", "Resource": "*"}"#;

#[test]
fn what_the_simulator_cannot_see_still_denies() {
    let world = World::new(without_scps(facts(&[ALLOW_ALL]))).bucket("images", &[DENY_BUCKET]);
    let row = row(&world, &with(says("allowed"), Some(true), None));
    assert_eq!(row.decision, Decision::ExplicitDeny);
    assert_eq!(because(&row), [(Layer::Resource, Role::Denies, "images")]);
    assert!(row.disagreements.is_empty(), "the simulator was never asked about the bucket policy");
}

#[test]
fn a_resource_policy_that_names_the_role_makes_up_for_silent_identity_policies() {
    let world = World::new(facts(&[NOTHING])).bucket("images", &[ALLOW_ROLE]);
    let row = row(&world, &says("implicitDeny"));
    assert_eq!(row.decision, Decision::Allowed);
    assert_eq!(because(&row), [(Layer::Resource, Role::Allows, "images")]);
}

#[test]
fn a_key_policy_is_never_left_to_the_simulator() {
    let nobody = r#"{"Sid": "Admins", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/Admin"}, "Action": "kms:*", "Resource": "*"}"#;
    let enabling = r#"{"Sid": "Enable", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
    for (statement, expected) in [(nobody, Decision::ImplicitDeny), (enabling, Decision::Allowed)] {
        let world = World::new(without_scps(facts(&[ALLOW_ALL]))).key(KEY, &[statement]);
        let needs = [need("kms:Decrypt", KEY, &["lookoutvision", "s3"])];
        let rows = world.rows(&needs, Shape::SinceJuly2026, &|_, _, _| says("allowed"));
        assert_eq!(rows[0].decision, expected);
        assert_eq!(judge_of(&rows[0], Layer::Resource), JudgedBy::Engine);
        assert_eq!(judge_of(&rows[0], Layer::Grant), JudgedBy::Engine);
    }
}

#[test]
fn a_contradiction_leaves_the_row_open_and_shows_both() {
    let cases: [(&[&str], &str, Decision); 4] = [
        (&[ALLOW_ALL], "implicitDeny", Decision::Allowed),
        (&[ALLOW_ALL], "explicitDeny", Decision::Allowed),
        (&[NOTHING], "allowed", Decision::ImplicitDeny),
        (&[ALLOW_ALL, DENY_S3], "allowed", Decision::ExplicitDeny),
    ];
    for (identity, said, engine) in cases {
        let row = row(&World::new(facts(identity)).bucket("images", &[NOTHING_FOR_ALL]), &says(said_of(said)));
        assert_eq!(row.decision, Decision::Undetermined, "{said}");
        let parted = &row.disagreements[0];
        assert_eq!((parted.engine, parted.simulator.word()), (engine, said));
        assert!(!parted.engine_by.is_empty() && !parted.simulator_by.is_empty());
        assert!(parted.known.words.contains("may have changed"), "{}", parted.known.words);
        assert!(row.missing_facts.iter().any(|fact| fact.what.contains("which of two engines is right")));
    }
}

fn said_of(word: &str) -> &'static str {
    ["allowed", "explicitDeny", "implicitDeny"].into_iter().find(|known| *known == word).unwrap()
}

#[test]
fn two_denials_of_different_kinds_agree() {
    let row =
        row(&World::new(facts(&[ALLOW_ALL, DENY_S3])).bucket("images", &[NOTHING_FOR_ALL]), &says("implicitDeny"));
    assert_eq!(row.decision, Decision::ExplicitDeny);
    assert_eq!(because(&row), [(Layer::Identity, Role::Denies, "own")]);
    assert!(row.disagreements.is_empty());
}

#[test]
fn an_organization_that_the_facts_contradict_is_a_known_reason() {
    let world = World::new(with_scp(facts(&[ALLOW_ALL]), &[ALLOW_ALL])).bucket("images", &[NOTHING_FOR_ALL]);
    let row = row(&world, &with(says("implicitDeny"), Some(false), None));
    assert_eq!(row.decision, Decision::Undetermined);
    assert!(row.disagreements[0].known.words.contains("service control policy"));
    assert!(row.disagreements[0].known.url.ends_with("/10525"));
}

#[test]
fn a_known_denial_of_a_level_read_in_part_outweighs_the_simulators_allow() {
    let mut facts = with_scp(facts(&[ALLOW_ALL]), &[DENY_S3]);
    if let crate::facts::Fact::Known(levels) = &mut facts.scps {
        levels[0].unread = Some(missing("another policy"));
    }
    let row = row(&World::new(facts).bucket("images", &[NOTHING_FOR_ALL]), &with(says("allowed"), Some(true), None));
    assert_eq!(row.decision, Decision::Undetermined, "never allowed over a denial that was seen");
    assert_eq!(row.disagreements[0].engine, Decision::ExplicitDeny);
}

#[test]
fn a_key_that_was_not_sent_and_matters_leaves_the_row_open() {
    let office = r#"{"Sid": "Office", "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    let world = World::new(without_scps(facts(&[office]))).bucket("images", &[NOTHING_FOR_ALL]);
    for said in ["allowed", "implicitDeny"] {
        let row = row(&world, &with(says(said_of(said)), Some(true), None));
        assert_eq!(row.decision, Decision::Undetermined, "{said}");
        assert_eq!(row.missing_context, ["aws:SourceIp"]);
    }
    let told = World::new(without_scps(facts(&[office])))
        .bucket("images", &[NOTHING_FOR_ALL])
        .context("aws:SourceIp", "203.0.113.9");
    assert_eq!(row(&told, &with(says("allowed"), Some(true), None)).decision, Decision::Allowed);
}

#[test]
fn a_key_that_only_the_simulator_knows_to_be_tested_leaves_the_row_open() {
    let world = World::new(without_identity(facts(&[ALLOW_ALL]))).bucket("images", &[NOTHING_FOR_ALL]);
    let said =
        Said { missing: vec!["aws:SourceIp", "aws:SourceVpce"], ..with(says("allowed"), Some(true), Some(true)) };
    let row = row(&world, &said);
    assert_eq!(row.decision, Decision::Undetermined);
    assert_eq!(row.missing_context, ["aws:SourceIp"], "a forwarded call carries no VPC endpoint");
}

#[test]
fn one_resource_says_nothing_of_others_when_the_policies_were_not_read() {
    let resources = "arn:aws:s3:::images/out/*";
    let needs = [need("s3:PutObject", resources, &["lookoutvision"])];
    let said = |decision| with(says(decision), Some(true), Some(true));
    let unread = World::new(without_identity(facts(&[ALLOW_ALL]))).bucket("images", &[NOTHING_FOR_ALL]);
    let rows = unread.rows(&needs, Shape::SinceJuly2026, &|_, _, _| said("allowed"));
    assert_eq!(rows[0].decision, Decision::Undetermined);
    assert!(rows[0].missing_facts[0].why.contains("arn:aws:s3:::images/out/1"));
    let rows = unread.rows(&needs, Shape::SinceJuly2026, &|_, _, _| said("implicitDeny"));
    assert_eq!(rows[0].decision, Decision::ImplicitDeny);
    let read = World::new(without_scps(facts(&[ALLOW_ALL]))).bucket("images", &[NOTHING_FOR_ALL]);
    let rows = read.rows(&needs, Shape::SinceJuly2026, &|_, _, _| said("allowed"));
    assert_eq!(rows[0].decision, Decision::Allowed);
    assert_eq!(rows[0].assumptions, [UNREAD_SCPS]);
}

#[test]
fn the_word_on_unread_service_control_policies_is_an_assumption() {
    let base = || World::new(without_scps(facts(&[ALLOW_ALL]))).bucket("images", &[NOTHING_FOR_ALL]);
    let said = with(says("allowed"), Some(true), None);
    assert_eq!(row(&base(), &said).assumptions, [UNREAD_SCPS]);
    for unread_scps in [UnreadScps::Open, UnreadScps::Changed] {
        let row = row(&World { unread_scps, ..base() }, &said);
        assert_eq!(row.decision, Decision::Undetermined, "{unread_scps:?}");
        assert!(row.missing_facts.iter().any(|fact| fact.what == "the service control policies"));
    }
}

#[test]
fn a_row_without_an_answer_is_open_or_falls_back_as_asked() {
    let needs = [need("s3:GetObject", OBJECT, &["lookoutvision"])];
    for failure in [Failure::NotPermitted, Failure::Throttled, Failure::NoSuchPrincipal, Failure::Unanswered] {
        let answers = Answers::none(failure.clone());
        let world = World::new(facts(&[ALLOW_ALL])).bucket("images", &[NOTHING_FOR_ALL]);
        let live = world.rows_of(&needs, &answers).remove(0);
        assert_eq!(live.decision, Decision::Undetermined);
        assert!(live.missing_facts[0].why.contains(&failure.to_string()));
        let both = World { missing: Missing::FallsBack, ..world }.rows_of(&needs, &answers).remove(0);
        assert_eq!(both.decision, Decision::Allowed);
        let identity = both.views.iter().find(|view| view.layer == Layer::Identity).unwrap();
        assert!(identity.why.contains("no word of the simulator"), "{}", identity.why);
        assert_eq!(identity.by, JudgedBy::Engine);
    }
}

/// Two objects, of which the organization closes one; asked again without its policies, `behind` is the answer
fn one_of_two(behind: &'static str) -> Vec<JudgedRow> {
    let world = World::new(without_scps(without_identity(facts(&[ALLOW_ALL])))).bucket("images", &[ALLOW_ROLE]);
    let needs = [
        need("s3:GetObject", "arn:aws:s3:::images/open", &["lookoutvision"]),
        need("s3:GetObject", "arn:aws:s3:::images/closed", &["lookoutvision"]),
    ];
    world.rows(&needs, Shape::SinceJuly2026, &|call, _, resource| match (
        resource.ends_with("closed"),
        call.exclusions.as_slice(),
    ) {
        (true, []) => with(says("implicitDeny"), Some(false), Some(true)),
        (true, _) => with(says(behind), None, Some(true)),
        (false, _) => with(says("allowed"), Some(true), Some(true)),
    })
}

#[test]
fn the_denying_organization_is_named_by_asking_again_without_it() {
    let rows = one_of_two("allowed");
    assert_eq!(rows[0].decision, Decision::Allowed);
    assert_eq!(rows[1].decision, Decision::ImplicitDeny);
    assert_eq!(because(&rows[1]), [(Layer::Scp, Role::LacksAllow, "")]);
}

#[test]
fn a_gap_behind_the_organization_does_not_prove_that_the_organization_denies_this_resource() {
    let rows = one_of_two("implicitDeny");
    assert_eq!(
        rows[1].decision,
        Decision::Undetermined,
        "the bucket policy allows it, unless the organization denies it"
    );
    assert!(rows[1].missing_facts.iter().any(|fact| fact.what == "the service control policies"));
}

#[test]
fn a_denial_by_boundary_and_organization_shows_the_gap_behind_them() {
    let world = World::new(without_scps(without_boundary(facts(&[NOTHING])))).bucket("images", &[NOTHING_FOR_ALL]);
    let needs = [need("s3:GetObject", OBJECT, &["lookoutvision"])];
    let rows = world.rows(&needs, Shape::SinceJuly2026, &|call, _, _| match call.exclusions.as_slice() {
        [] => with(says("implicitDeny"), Some(false), Some(false)),
        [Exclusion::Scp, Exclusion::Boundary] => says("implicitDeny"),
        other => panic!("{other:?}"),
    });
    let lacking = [Layer::Scp, Layer::Identity, Layer::Boundary];
    assert_eq!(because(&rows[0]), lacking.map(|layer| (layer, Role::LacksAllow, "")));
}

#[test]
fn a_named_statement_carries_the_name_and_place_that_aws_gives() {
    let matched = MatchedStatement {
        policy: Some("role_Trainer_inline".to_owned()),
        kind: Some("IAM Policy".to_owned()),
        at: Some((3, 17)),
    };
    let world = World::new(without_identity(facts(&[ALLOW_ALL]))).bucket("images", &[NOTHING_FOR_ALL]);
    for (decision, role) in [("allowed", Role::Allows), ("explicitDeny", Role::Denies)] {
        let said = Said { matched: vec![matched.clone()], ..with(says(said_of(decision)), Some(true), Some(true)) };
        let row = row(&world, &said);
        assert_eq!(because(&row), [(Layer::Identity, role, "role_Trainer_inline")]);
        let place = row.decided_by[0].part.location.as_ref().unwrap().to_string();
        assert_eq!(place, "AWS:role_Trainer_inline:3:17");
    }
}

#[test]
fn a_boundary_that_the_answer_does_not_mention_is_judged_by_the_engine() {
    let mut facts = facts(&[ALLOW_ALL]);
    if let crate::facts::Fact::Known(identity) = &mut facts.identity {
        identity.boundary = crate::facts::Fact::Known(document("limit", PolicyType::Boundary, &[NOTHING]));
    }
    let row = row(&World::new(facts).bucket("images", &[NOTHING_FOR_ALL]), &says("allowed"));
    assert_eq!(row.decision, Decision::ImplicitDeny);
    assert_eq!(because(&row), [(Layer::Boundary, Role::LacksAllow, "")]);
    assert_eq!(judge_of(&row, Layer::Boundary), JudgedBy::Engine);
}

const USER: &str = "arn:aws:iam::111122223333:user/ana";

fn simulated_with_bucket(principal: &'static str, identity: &[&str], bucket: &str, said: &Said) -> JudgedRow {
    let mut facts = facts(identity);
    if let crate::facts::Fact::Known(identity) = &mut facts.identity {
        identity.arn = principal.parse().unwrap();
    }
    let world = World { resource_policy: ResourcePolicy::Simulated, principal, ..World::new(facts) };
    row(&world.bucket("images", &[bucket]), said)
}

#[test]
fn a_bucket_policy_that_both_judged_is_shown_so() {
    let row = simulated_with_bucket(ROLE, &[ALLOW_ALL], NOTHING_FOR_ALL, &says("allowed"));
    assert_eq!((row.decision, judge_of(&row, Layer::Resource)), (Decision::Allowed, JudgedBy::Both));
}

#[test]
fn a_denial_that_only_the_simulator_finds_in_the_bucket_policy_leaves_the_row_open() {
    let matched =
        MatchedStatement { policy: Some("ResourcePolicy".into()), kind: Some("Resource Policy".into()), at: None };
    let said = Said { matched: vec![matched], ..says("explicitDeny") };
    let open = simulated_with_bucket(ROLE, &[ALLOW_ALL], NOTHING_FOR_ALL, &said);
    assert_eq!((open.decision, open.disagreements[0].simulator), (Decision::Undetermined, Decision::ExplicitDeny));
    assert_eq!(open.disagreements[0].simulator_by[0].part.layer, Layer::Resource);
    let agreed = simulated_with_bucket(ROLE, &[ALLOW_ALL], DENY_BUCKET, &said);
    assert_eq!(because(&agreed), [(Layer::Resource, Role::Denies, "images")]);
}

#[test]
fn an_allow_of_the_bucket_policy_alone_counts_for_users_and_is_not_documented_for_roles() {
    let to_all = r#"{"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}"#;
    let user = simulated_with_bucket(USER, &[NOTHING], to_all, &says("implicitDeny"));
    assert_eq!(user.decision, Decision::Undetermined, "two that saw the same policy contradict each other");
    let role = simulated_with_bucket(ROLE, &[NOTHING], to_all, &says("implicitDeny"));
    assert_eq!(role.decision, Decision::Allowed);
    let named =
        MatchedStatement { policy: Some("ResourcePolicy".into()), kind: Some("Resource Policy".into()), at: None };
    let agreed = simulated_with_bucket(USER, &[NOTHING], to_all, &Said { matched: vec![named], ..says("allowed") });
    assert_eq!(because(&agreed), [(Layer::Resource, Role::Allows, "images")]);
}
