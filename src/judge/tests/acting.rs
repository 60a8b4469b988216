//! Roles and services that act for a request

use super::*;
use crate::evaluate::{Layer, Reason};
use crate::facts::{ActingRole, Organization};
use crate::iam::{ContextKey, ContextValue};

const EXEC: &str = "arn:aws:iam::111122223333:role/ml/Exec";
const SERVICE: &str = "sagemaker.amazonaws.com";
const JOB: &str = "arn:aws:sagemaker:us-east-1:111122223333:training-job/bottles";
const ANY: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
const TRUST: &str = r#"{"Sid": "Trust", "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;

fn role(arn: &str, identity: Fact<Identity>) -> ActingRole {
    ActingRole { arn: arn.parse().unwrap(), identity, near: None, context: UserContext::new() }
}

fn exec(own: &str, trust: &str) -> Identity {
    Identity {
        arn: EXEC.parse().unwrap(),
        unique_id: None,
        tags_open: false,
        tags: Vec::new(),
        policies: vec![document("exec", PolicyType::Identity, own)],
        unread: Vec::new(),
        boundary: Fact::Absent,
        trust: Fact::Known(document("trust", PolicyType::Trust, trust)),
        groups: Vec::new(),
    }
}

/// An account whose caller may do nothing, with a role `exec`
fn with_exec(own: &str, trust: &str) -> Facts {
    let mut facts = facts(r#"{"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}"#);
    facts.roles.insert("exec".to_owned(), role(EXEC, Fact::Known(exec(own, trust))));
    facts
}

fn of(actor: Actor, action: &str, resource: &str, context: &[(&str, Option<&str>)]) -> Need {
    let value =
        |value: Option<&str>| value.map_or(ContextValue::Unknown, |text| ContextValue::Known(vec![text.into()]));
    let key = |key: &str| key.parse::<ContextKey>().unwrap();
    let context = context.iter().map(|(name, text)| (key(name), value(*text))).collect();
    Need { actor, context, ..need(action, resource, &[&[]]) }
}

fn runs(action: &str, resource: &str) -> Need {
    of(Actor::Role("exec".to_owned()), action, resource, &[])
}

fn assumes(action: &str, arn: Option<&str>) -> Need {
    let source = [("aws:SourceAccount", Some(ACCOUNT)), ("aws:SourceArn", arn)];
    of(Actor::Service(SERVICE.to_owned()), action, EXEC, &source)
}

fn layers(row: &JudgedRow) -> Vec<(Layer, Role)> {
    row.decided_by.iter().map(|Reason { part, role }| (part.layer, *role)).collect()
}

#[test]
fn a_role_needs_its_own_permissions_not_the_callers() {
    let log = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/sagemaker/TrainingJobs:log-stream:x";
    let row = judged(&with_exec(ANY, TRUST), &runs("logs:PutLogEvents", log));
    assert_eq!((row.decision, layers(&row)), (Decision::Allowed, vec![(Layer::Identity, Role::Allows)]));
    assert_eq!(row.principal.as_deref(), Some(EXEC));
    let nothing = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}"#;
    let mut facts = with_exec(nothing, TRUST);
    if let Fact::Known(caller) = &mut facts.identity {
        caller.policies = vec![document("own", PolicyType::Identity, ANY)];
    }
    let row = judged(&facts, &runs("logs:PutLogEvents", log));
    assert_eq!((row.decision, layers(&row)), (Decision::ImplicitDeny, vec![(Layer::Identity, Role::LacksAllow)]));
}

#[test]
fn a_role_is_limited_by_its_boundary_and_the_organization() {
    let mut facts = with_exec(ANY, TRUST);
    let deny = r#"{"Sid": "NoLogs", "Effect": "Deny", "Action": "logs:*", "Resource": "*"}"#;
    facts.organization =
        Fact::Known(Organization { id: None, management_account: "999988887777".parse().ok(), paths: vec![] });
    facts.scps = Fact::Known(vec![Level {
        name: "01-root".to_owned(),
        policies: vec![document("scp", PolicyType::ServiceControl, &format!("{ANY}, {deny}"))],
        unread: None,
    }]);
    let row = judged(&facts, &runs("logs:PutLogEvents", "*"));
    assert_eq!((row.decision, layers(&row)), (Decision::ExplicitDeny, vec![(Layer::Scp, Role::Denies)]));
    let role = facts.roles.get_mut("exec").unwrap();
    let Fact::Known(identity) = &mut role.identity else { panic!() };
    identity.boundary = Fact::Known(document(
        "boundary",
        PolicyType::Boundary,
        r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#,
    ));
    let row = judged(&facts, &runs("ecr:GetAuthorizationToken", "*"));
    assert_eq!((row.decision, layers(&row)), (Decision::ImplicitDeny, vec![(Layer::Boundary, Role::LacksAllow)]));
}

#[test]
fn a_role_of_which_nothing_is_known_is_undetermined() {
    let mut facts = with_exec(ANY, TRUST);
    facts.roles.insert("exec".to_owned(), role(EXEC, Fact::Unknown(missing("the policies of Exec"))));
    for need in [runs("logs:DescribeLogGroups", "*"), assumes("sts:AssumeRole", Some(JOB))] {
        let row = judged(&facts, &need);
        assert_eq!(row.decision, Decision::Undetermined, "{}", need.action);
        assert!(
            row.missing_facts.contains(&missing("the policies of Exec")),
            "{}: {:?}",
            need.action,
            row.missing_facts
        );
    }
    facts.roles.clear();
    let unnamed = Need { missing: vec![missing("the role")], ..runs("logs:DescribeLogGroups", "*") };
    let row = judged(&facts, &unnamed);
    assert_eq!((row.decision, row.missing_facts), (Decision::Undetermined, vec![missing("the role")]));
}

#[test]
fn the_trust_policy_decides_whether_the_service_may_assume_the_role() {
    let open = TRUST.strip_suffix('}').unwrap();
    let condition = |test: &str| format!("{open}, \"Condition\": {{{test}}}}}");
    let jobs = r#""ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/*"}"#;
    let one = r#""ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/bottles-1"}"#;
    let closed = TRUST.to_owned();
    for (trust, arn, expected) in [
        (closed.clone(), Some(JOB), Decision::Allowed),
        (condition(r#""StringEquals": {"aws:SourceAccount": "111122223333"}"#), Some(JOB), Decision::Allowed),
        (condition(r#""StringEquals": {"aws:SourceAccount": "444455556666"}"#), Some(JOB), Decision::ImplicitDeny),
        (condition(jobs), Some(JOB), Decision::Allowed),
        (condition(one), Some(JOB), Decision::ImplicitDeny),
        (condition(one), None, Decision::Undetermined),
        (condition(r#""Bool": {"aws:PrincipalIsAWSService": "true"}"#), Some(JOB), Decision::Allowed),
        (closed.replace("sagemaker.amazonaws.com", "comprehend.amazonaws.com"), Some(JOB), Decision::ImplicitDeny),
    ] {
        let row = judged(&with_exec(ANY, &trust), &assumes("sts:AssumeRole", arn));
        assert_eq!(row.decision, expected, "{trust}");
        let expected_by = match expected {
            Decision::Allowed => (Layer::Resource, Role::Allows),
            Decision::ImplicitDeny => (Layer::Resource, Role::LacksAllow),
            _ => (Layer::Resource, Role::MayAllow),
        };
        assert_eq!(layers(&row), [expected_by], "{trust}");
    }
}

#[test]
fn tags_of_a_session_need_a_permission_of_their_own() {
    let facts = with_exec(ANY, TRUST);
    assert_eq!(judged(&facts, &assumes("sts:TagSession", Some(JOB))).decision, Decision::ImplicitDeny);
    let both = TRUST.replace(r#""sts:AssumeRole""#, r#"["sts:AssumeRole", "sts:TagSession"]"#);
    assert_eq!(judged(&with_exec(ANY, &both), &assumes("sts:TagSession", Some(JOB))).decision, Decision::Allowed);
}

#[test]
fn a_role_of_another_account_cannot_be_passed() {
    let caller = facts(ANY);
    let theirs = "arn:aws:iam::444455556666:role/Exec";
    assert_eq!(judged(&caller, &of(Actor::Caller, "iam:PassRole", theirs, &[])).decision, Decision::ImplicitDeny);
    let own = of(Actor::Caller, "iam:PassRole", EXEC, &[("iam:PassedToService", Some(SERVICE))]);
    assert_eq!(judged(&caller, &own).decision, Decision::Allowed);
    let to = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}"#;
    assert_eq!(judged(&facts(to), &own).decision, Decision::ImplicitDeny);
}

#[test]
fn what_the_user_says_of_the_caller_does_not_hold_for_the_role() {
    let only = r#"{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}"#;
    let facts = with_exec(only, TRUST);
    let vpc = UserContext::from([("aws:SourceVpc".parse().unwrap(), ContextValue::Known(vec!["vpc-1".into()]))]);
    let decide = |facts: &Facts| {
        let account = Account::compile(facts, &ROLE.parse().unwrap(), &settings());
        let judge = Judge {
            account: &account,
            objects: &DatasetObjects::default(),
            user: &vpc,
            service_keys: &|_| None,
            dataset_missing: &[],
            decider: &OwnEngine,
            traced: false,
        };
        let row = judge.judge(&runs("logs:DescribeLogGroups", "*")).remove(0);
        (row.decision, row.missing_context)
    };
    assert_eq!(decide(&facts), (Decision::Undetermined, vec!["aws:SourceVpc".to_owned()]));
    let mut told = facts.clone();
    told.roles.get_mut("exec").unwrap().context = vpc.clone();
    assert_eq!(decide(&told), (Decision::Allowed, vec![]));
}

#[test]
fn a_repository_of_another_account_has_a_policy_that_is_not_read() {
    let theirs = "arn:aws:ecr:us-east-1:444455556666:repository/train";
    let row = judged(&with_exec(ANY, TRUST), &runs("ecr:BatchGetImage", theirs));
    assert_eq!(row.decision, Decision::Undetermined);
    let missing: Vec<&str> = row.missing_facts.iter().map(|missing| missing.what.as_str()).collect();
    assert!(missing.contains(&format!("the resource policy of `{theirs}`").as_str()), "{missing:?}");
    let own = judged(&with_exec(ANY, TRUST), &runs("ecr:BatchGetImage", &theirs.replace("444455556666", ACCOUNT)));
    assert_eq!((own.decision, own.assumptions), (Decision::Allowed, vec!["other-resource-policies"]));
}

#[test]
fn what_a_role_that_does_not_exist_could_do_is_open() {
    let mut facts = with_exec(ANY, TRUST);
    facts.roles.insert("exec".to_owned(), role(EXEC, Fact::Absent));
    for need in [runs("logs:DescribeLogGroups", "*"), assumes("sts:AssumeRole", Some(JOB))] {
        let row = judged(&facts, &need);
        assert_eq!(row.decision, Decision::Undetermined, "{}", need.action);
        assert_eq!(row.missing_facts[0].why, "there is no such role", "{}", need.action);
    }
}

/// Nobody has read the tags of somebody of whom nothing is known
#[test]
fn a_denial_that_tests_tags_is_open_for_who_could_not_be_read() {
    let untagged = r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "vision"}}}"#;
    let guarded = |mut facts: Facts| {
        facts.organization =
            Fact::Known(Organization { id: None, management_account: "999988887777".parse().ok(), paths: vec![] });
        facts.scps = Fact::Known(vec![Level {
            name: "01-root".to_owned(),
            policies: vec![document("scp", PolicyType::ServiceControl, &format!("{ANY}, {untagged}"))],
            unread: None,
        }]);
        facts
    };
    let mut known = guarded(with_exec(ANY, TRUST));
    let of_caller = of(Actor::Caller, "logs:DescribeLogGroups", "*", &[]);
    for need in [runs("logs:DescribeLogGroups", "*"), of_caller] {
        assert_eq!(judged(&known, &need).decision, Decision::ExplicitDeny, "{:?} has no tags", need.actor);
        known.roles.insert("exec".to_owned(), role(EXEC, Fact::Unknown(missing("the policies of Exec"))));
        let unread = Facts { identity: Fact::Unknown(missing("the caller's policies")), ..known.clone() };
        assert_eq!(judged(&unread, &need).decision, Decision::Undetermined, "{:?} may have it", need.actor);
    }
}

/// A need of a generated operation, asked of a caller without any permission for it
fn generated(action: &str, resource: &str) -> JudgedRow {
    let own = r#"{"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}"#;
    judged(&facts(own), &Need { is_generated: true, ..of(Actor::Caller, action, resource, &[]) })
}

#[test]
fn whom_no_identity_policy_lets_in_a_policy_that_is_not_read_may() {
    let repository = "arn:aws:ecr:us-east-1:111122223333:repository/train";
    let nothing = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}"#;
    for row in [
        judged(&with_exec(nothing, TRUST), &runs("ecr:BatchGetImage", repository)),
        generated("sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q"),
        generated("glue:GetTable", "arn:aws:glue:us-east-1:111122223333:table/d/t"),
        generated("glue:CreateTable", "arn:aws:glue:us-east-1:111122223333:table/d/t"),
        generated("lambda:CreateAlias", "arn:aws:lambda:us-east-1:111122223333:function:f"),
    ] {
        assert_eq!(row.decision, Decision::Undetermined, "{}", row.resource);
        let facts: Vec<String> = row.missing_facts.iter().map(ToString::to_string).collect();
        assert!(facts.iter().any(|fact| fact.contains("--assume other-resource-policies=own-none")), "{facts:?}");
        assert_eq!(row.assumptions, ["other-resource-policies"]);
    }
    for (action, resource) in [
        // No resource, no policy; nor is there one of these types, or of what is not there yet.
        ("lambda:CreateFunction", "arn:aws:lambda:us-east-1:111122223333:function:f"),
        ("ecr:GetAuthorizationToken", "*"),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:111122223333:instance/*"),
        ("personalize:CreateSolutionVersion", "arn:aws:personalize:us-east-1:111122223333:solution/s"),
        ("iam:CreateUser", "arn:aws:iam::111122223333:user/u"),
        ("s3:ListAllMyBuckets", "*"),
        ("kms:CreateKey", "*"),
    ] {
        let row = generated(action, resource);
        assert_eq!((row.decision, layers(&row)), (Decision::ImplicitDeny, vec![(Layer::Identity, Role::LacksAllow)]));
        assert!(row.assumptions.is_empty(), "{action}");
    }
}

#[test]
fn an_allowed_call_about_no_resource_asks_no_bucket_and_no_key() {
    for action in ["s3:ListAllMyBuckets", "kms:CreateKey", "kms:ListKeys"] {
        let row = judged(&facts(ANY), &of(Actor::Caller, action, "*", &[]));
        assert_eq!(
            (row.decision, layers(&row)),
            (Decision::Allowed, vec![(Layer::Identity, Role::Allows)]),
            "{action}"
        );
    }
}

/// An operation of the user's own files may be of a service that nobody here looked at
#[test]
fn an_action_of_a_service_that_nobody_looked_at_rests_on_an_assumption() {
    let queue = of(Actor::Caller, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:q", &[]);
    let row = judged(&facts(ANY), &queue);
    assert_eq!((row.decision, row.assumptions), (Decision::Allowed, vec!["other-resource-policies"]));
    let nothing = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}"#;
    let row = judged(&facts(nothing), &queue);
    assert_eq!((row.decision, row.assumptions), (Decision::Undetermined, vec!["other-resource-policies"]));
}
