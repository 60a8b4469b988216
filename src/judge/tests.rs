//! Cases of the judge that the worked cases of the engine do not reach

mod acting;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::evaluate::{Decision, Readings, Role};
use crate::facts::{Environment, Fact, Facts, Identity, Level, MissingFact};
use crate::iam::Resource;
use crate::need::{Actor, Need, Phase, Strength, Target};
use crate::policy::{Document, PolicyType, parse};
use crate::source::{Location, Position, SourceFile};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/ml/Trainer";

pub(crate) fn document(name: &str, kind: PolicyType, statement: &str) -> Arc<Document> {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
    Arc::new(parse::parse(&SourceFile::new(name, text), name, kind).unwrap())
}

pub(crate) fn missing(what: &str) -> MissingFact {
    MissingFact { what: what.to_owned(), source: "nowhere".to_owned(), why: "not given".to_owned() }
}

pub(crate) fn facts(identity: &str) -> Facts {
    let environment = Environment {
        account: ACCOUNT.parse().ok(),
        region: "us-east-1".parse().ok(),
        partition: "aws".parse().ok(),
        captured_at: None,
    };
    let identity = Identity {
        arn: ROLE.parse().unwrap(),
        unique_id: None,
        tags: vec![("team".to_owned(), "inspection".to_owned())],
        tags_open: false,
        policies: vec![document("own", PolicyType::Identity, identity)],
        unread: Vec::new(),
        boundary: Fact::Absent,
        trust: Fact::Absent,
        groups: Vec::new(),
    };
    Facts {
        environment,
        organization: Fact::Absent,
        scps: Fact::Absent,
        rcps: Fact::Absent,
        identity: Fact::Known(identity),
        session: Fact::Absent,
        vpc_endpoint: Fact::Absent,
        buckets: BTreeMap::new(),
        keys: BTreeMap::new(),
        aliases: Fact::Absent,
        roles: BTreeMap::new(),
        told: BTreeMap::new(),
        open_aliases: BTreeMap::new(),
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        readings: Readings::default(),
        buckets_are_own: true,
        object_owner: ObjectOwner::AsKnown,
        no_session_tags: true,
        called_via: CalledVia::Unknown,
        source_ip_kept: true,
        managed_key_policy_published: true,
        unseen_like_seen: false,
        endpoint_policy_full: true,
        other_policies: OtherPolicies::Silent,
    }
}

pub(crate) fn need(action: &str, resource: &str, via: &[&[&str]]) -> Need {
    Need {
        id: "row".to_owned(),
        actor: Actor::Caller,
        action: action.parse().unwrap(),
        target: Target::Resource(Resource::parse(resource).unwrap()),
        via: via.iter().map(|chain| chain.iter().map(ToString::to_string).collect()).collect(),
        via_assumption: None,
        context: Vec::new(),
        strength: Strength::Must,
        any_of: None,
        phase: Phase::Submit,
        because: "a test".to_owned(),
        sources: Vec::new(),
        assumptions: std::collections::BTreeSet::new(),
        missing: Vec::new(),
        asked_at: Location { file: "request.json".into(), at: Position::START },
        is_generated: false,
        creates: false,
    }
}

fn judged(facts: &Facts, need: &Need) -> JudgedRow {
    let account = Account::compile(facts, &ROLE.parse().unwrap(), &settings());
    let objects = DatasetObjects::default();
    let user = UserContext::new();
    let judge = Judge {
        account: &account,
        objects: &objects,
        user: &user,
        service_keys: &|_| None,
        dataset_missing: &[],
        decider: &OwnEngine,
        traced: false,
    };
    let mut rows = judge.judge(need);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

const MODEL: &str = "arn:aws:lookoutvision:us-east-1:111122223333:model/p/*";

#[test]
fn a_level_that_was_not_read_neither_allows_nor_denies() {
    let allow = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let deny = r#"{"Sid": "No", "Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*"}"#;
    for (statements, expected) in [(allow, Decision::Undetermined), (deny, Decision::ExplicitDeny)] {
        let mut facts = facts(allow);
        let known = document("scp", PolicyType::ServiceControl, statements);
        let unread = Some(missing("the root's policies"));
        facts.scps = Fact::Known(vec![Level { name: "root".to_owned(), policies: vec![known], unread }]);
        let row = judged(&facts, &need("lookoutvision:CreateModel", MODEL, &[&[]]));
        assert_eq!(row.decision, expected);
        let named = row.missing_facts.iter().any(|fact| fact.what == "the root's policies");
        assert_eq!(named, expected == Decision::Undetermined, "{:?}", row.missing_facts);
    }
}

#[test]
fn an_allow_must_cover_every_version_that_the_service_may_pick() {
    let some = r#"{"Effect": "Allow", "Action": "lookoutvision:CreateModel", "Resource": "arn:aws:lookoutvision:*:111122223333:model/p/1"}"#;
    let all = r#"{"Effect": "Allow", "Action": "lookoutvision:CreateModel", "Resource": "arn:aws:lookoutvision:*:111122223333:model/p/*"}"#;
    let other = r#"{"Effect": "Allow", "Action": "lookoutvision:CreateModel", "Resource": "arn:aws:lookoutvision:*:111122223333:model/q/*"}"#;
    for (statement, expected) in
        [(some, Decision::Undetermined), (all, Decision::Allowed), (other, Decision::ImplicitDeny)]
    {
        let row = judged(&facts(statement), &need("lookoutvision:CreateModel", MODEL, &[&[]]));
        assert_eq!(row.decision, expected, "{statement}");
    }
}

#[test]
fn a_forwarded_call_shows_the_service_and_a_direct_one_does_not() {
    let through = r#"{"Effect": "Allow", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}"#;
    let direct = judged(&facts(through), &need("lookoutvision:CreateModel", MODEL, &[&[]]));
    assert_eq!(direct.decision, Decision::ImplicitDeny);
    assert_eq!(direct.near.len(), 1, "the statement that only its condition keeps from matching is named");
    let forwarded = judged(&facts(through), &need("lookoutvision:CreateModel", MODEL, &[&["lookoutvision"]]));
    assert_eq!(forwarded.decision, Decision::Allowed);
}

#[test]
fn ways_that_disagree_leave_it_open_and_name_the_question() {
    let through_s3 = r#"{"Effect": "Allow", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}}"#;
    let mut settings = settings();
    settings.called_via = CalledVia::Service;
    let account = Account::compile(&facts(through_s3), &ROLE.parse().unwrap(), &settings);
    let objects = DatasetObjects::default();
    let user = UserContext::new();
    let judge = Judge {
        account: &account,
        objects: &objects,
        user: &user,
        service_keys: &|_| None,
        dataset_missing: &[],
        decider: &OwnEngine,
        traced: false,
    };
    let need = need("lookoutvision:CreateModel", MODEL, &[&["lookoutvision"], &["lookoutvision", "s3"]]);
    let rows = judge.judge(&need);
    assert_eq!(rows[0].decision, Decision::Undetermined);
    assert!(rows[0].missing_facts.iter().any(|fact| fact.what.contains("which service makes this call")));
}

#[test]
fn an_unknown_key_is_named_with_what_each_value_would_do() {
    let from_office = r#"{"Sid": "Office", "Effect": "Allow", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    let row = judged(&facts(from_office), &need("lookoutvision:CreateModel", MODEL, &[&[]]));
    assert_eq!(row.decision, Decision::Undetermined);
    assert_eq!(row.missing_context, ["aws:SourceIp"]);
    assert_eq!(row.decided_by.iter().map(|reason| reason.role).collect::<Vec<_>>(), [Role::MayAllow]);
    let allowed = row.outcomes.iter().find(|outcome| outcome.decision == Decision::Allowed).unwrap();
    assert_eq!(allowed.values, "`203.0.113.0`");
    assert_eq!(allowed.decided_by.as_ref().and_then(|part| part.sid.as_deref()), Some("Office"));
}

#[test]
fn conditions_that_cover_every_value_settle_an_unknown_key() {
    let both = r#"{"Effect": "Allow", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}},
        {"Effect": "Allow", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}"#;
    let row = judged(&facts(both), &need("lookoutvision:CreateModel", MODEL, &[&[]]));
    assert_eq!(row.decision, Decision::Allowed);
    assert!(row.missing_context.is_empty());
}
