//! An account, a need and what the simulator says

use std::sync::Arc;

use super::super::*;
use crate::facts::{Bucket, Fact, Facts, Key, Level, ObjectOwnership};
use crate::iam::{ContextKey, ContextValue};
pub(super) use crate::judge::tests::{ROLE, missing};
use crate::judge::{Account, CalledVia, DatasetObjects, Decider, Judge, JudgedRow, Settings, UserContext, tests};
use crate::need::Need;
use crate::policy::{Document, PolicyType};

pub(super) const ALLOW_ALL: &str = r#"{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}"#;
pub(super) const NOTHING: &str = r#"{"Sid": "Other", "Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#;
pub(super) const DENY_S3: &str = r#"{"Sid": "NoS3", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;

pub(super) fn document(name: &str, kind: PolicyType, statements: &[&str]) -> Arc<Document> {
    tests::document(name, kind, &statements.join(","))
}

/// Facts of a role with these identity statements, no boundary, no organization
pub(super) fn facts(identity: &[&str]) -> Facts {
    tests::facts(&identity.join(","))
}

pub(super) fn without_identity(mut facts: Facts) -> Facts {
    facts.identity = Fact::Unknown(missing("the principal's policies"));
    facts
}

pub(super) fn without_boundary(mut facts: Facts) -> Facts {
    if let Fact::Known(identity) = &mut facts.identity {
        identity.boundary = Fact::Unknown(missing("the boundary"));
    }
    facts
}

pub(super) fn without_scps(mut facts: Facts) -> Facts {
    facts.scps = Fact::Unknown(missing("the service control policies"));
    facts
}

pub(super) fn with_scp(mut facts: Facts, statements: &[&str]) -> Facts {
    let policies = vec![document("guardrail", PolicyType::ServiceControl, statements)];
    facts.scps = Fact::Known(vec![Level { name: "root".to_owned(), policies, unread: None }]);
    facts
}

pub(super) fn need(action: &str, resource: &str, via: &[&str]) -> Need {
    Need { id: action.to_owned(), ..tests::need(action, resource, &[via]) }
}

/// What the simulator says of one action on one resource
#[derive(Clone)]
pub(super) struct Said {
    pub(super) decision: &'static str,
    pub(super) organizations: Option<bool>,
    pub(super) boundary: Option<bool>,
    pub(super) matched: Vec<MatchedStatement>,
    pub(super) missing: Vec<&'static str>,
}

pub(super) fn says(decision: &'static str) -> Said {
    Said { decision, organizations: None, boundary: None, matched: Vec::new(), missing: Vec::new() }
}

impl Said {
    fn result(&self, resource: Option<&str>) -> ResourceResult {
        ResourceResult {
            resource: resource.map(str::to_owned),
            decision: self.decision.into(),
            boundary: self.boundary,
            matched: self.matched.clone(),
            missing: self.missing.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The two shapes in which the API has answered
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    BeforeJuly2026,
    SinceJuly2026,
}

pub(super) const SHAPES: [Shape; 2] = [Shape::BeforeJuly2026, Shape::SinceJuly2026];

pub(super) type Script<'s> = &'s dyn Fn(&PlannedCall, &str, &str) -> Said;

/// The answer to a call as the API would send it
pub(super) fn respond(call: &PlannedCall, shape: Shape, script: Script<'_>) -> Vec<SimulationResult> {
    let mut results = Vec::new();
    for action in &call.actions {
        let said: Vec<(&str, Said)> =
            call.resources.iter().map(|resource| (&**resource, script(call, action, resource))).collect();
        match shape {
            Shape::BeforeJuly2026 => results.extend(said.iter().map(|(resource, said)| SimulationResult {
                action: action.to_string(),
                top: said.result(Some(resource)),
                organizations: said.organizations,
                specific: Vec::new(),
            })),
            Shape::SinceJuly2026 => {
                let rank = |said: &Said| {
                    ["explicitDeny", "implicitDeny", "allowed"].iter().position(|word| *word == said.decision)
                };
                let worst = said.iter().map(|(_, said)| said).min_by_key(|said| rank(said)).unwrap();
                results.push(SimulationResult {
                    action: action.to_string(),
                    top: worst.result(Some("arn:${Partition}:s3:::${BucketName}/${KeyName}")),
                    organizations: worst.organizations,
                    specific: said.iter().map(|(resource, said)| said.result(Some(resource))).collect(),
                });
            }
        }
    }
    results
}

pub(super) struct World {
    pub(super) facts: Facts,
    pub(super) user: UserContext,
    pub(super) buckets: Vec<(&'static str, Bucket)>,
    pub(super) keys: Vec<(&'static str, Key)>,
    pub(super) unread_scps: UnreadScps,
    pub(super) missing: Missing,
    /// Whether the simulator takes bucket policies
    pub(super) resource_policy: ResourcePolicy,
    pub(super) principal: &'static str,
}

impl World {
    pub(super) fn new(facts: Facts) -> Self {
        Self {
            facts,
            user: UserContext::new(),
            buckets: Vec::new(),
            keys: Vec::new(),
            unread_scps: UnreadScps::AsSimulated,
            missing: Missing::LeavesOpen,
            resource_policy: ResourcePolicy::LeftOut,
            principal: ROLE,
        }
    }

    pub(super) fn bucket(mut self, name: &'static str, statements: &[&str]) -> Self {
        let policy = document(name, PolicyType::Resource, statements);
        let bucket = Bucket {
            location: Fact::Absent,
            owner: Fact::Absent,
            encryption: Fact::Absent,
            policy: Fact::Known(policy),
            public_access_block: Fact::Absent,
            ownership: Fact::Known(ObjectOwnership::Bucket),
            objects: Fact::Absent,
        };
        self.buckets.push((name, bucket));
        self
    }

    pub(super) fn key(mut self, arn: &'static str, statements: &[&str]) -> Self {
        let policy = Fact::Known(document("key", PolicyType::Key, statements));
        self.keys.push((arn, Key { metadata: Fact::Absent, policy, grants: Fact::Absent }));
        self
    }

    pub(super) fn context(mut self, key: &str, value: &str) -> Self {
        let key: ContextKey = key.parse().unwrap();
        self.user.insert(key, ContextValue::Known(vec![value.into()]));
        self
    }

    fn account(&self) -> Account {
        let settings = Settings { called_via: CalledVia::Absent, ..tests::settings() };
        let mut account = Account::compile(&self.facts, &self.principal.parse().unwrap(), &settings);
        for (name, bucket) in &self.buckets {
            account.add_bucket(name, bucket);
        }
        for (arn, key) in &self.keys {
            account.add_key(arn, key, None);
        }
        account
    }

    fn judged(&self, account: &Account, decider: &dyn Decider, needs: &[Need]) -> Vec<JudgedRow> {
        let objects = DatasetObjects::default();
        let judge = Judge {
            account,
            objects: &objects,
            user: &self.user,
            service_keys: &|_| None,
            dataset_missing: &[],
            decider,
            traced: false,
        };
        needs.iter().flat_map(|need| judge.judge(need)).collect()
    }

    pub(super) fn asks(&self, needs: &[Need]) -> std::collections::BTreeSet<Ask> {
        let recorder = Recorder::default();
        self.judged(&self.account(), &recorder, needs);
        recorder.into_asks()
    }

    pub(super) fn answers(&self, needs: &[Need], shape: Shape, script: Script<'_>) -> Answers {
        let mut answers = Answers::default();
        for call in plan(&self.asks(needs), &[]) {
            answers.add(attribute(&call, &respond(&call, shape, script), self.resource_policy));
        }
        for call in follow_ups(&answers) {
            answers.add_without(attribute(&call, &respond(&call, shape, script), self.resource_policy));
        }
        answers
    }

    pub(super) fn rows_of(&self, needs: &[Need], answers: &Answers) -> Vec<JudgedRow> {
        let merging = Merging { answers, missing: self.missing, unread_scps: self.unread_scps };
        self.judged(&self.account(), &merging, needs)
    }

    pub(super) fn rows(&self, needs: &[Need], shape: Shape, script: Script<'_>) -> Vec<JudgedRow> {
        self.rows_of(needs, &self.answers(needs, shape, script))
    }
}
