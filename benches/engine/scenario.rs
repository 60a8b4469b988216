//! The common workload: one principal, ten identity policies, a boundary, three SCP levels, a key policy, eight requests

use std::collections::BTreeMap;
use std::sync::Arc;

use iam_preflight::evaluate::{
    Authorization, Caller, CallerSide, LevelSet, Program, Question, Readings, ResourceSide, Source, ToldLayers, Truth,
    complete_principal_context,
};
use iam_preflight::facts::Fact;
use iam_preflight::iam::{AccountId, Action, Context, Principal, Resource};
use iam_preflight::policy::{Document, PolicyType, parse};
use iam_preflight::source::SourceFile;
use serde::Deserialize;
use serde_json::Value;

/// `data/bench-scenario.json`
#[derive(Deserialize)]
pub(crate) struct Scenario {
    acct: String,
    principal: String,
    identity: Vec<Value>,
    scp: Value,
    boundary: Value,
    keypol: Value,
    reqs: Vec<(String, String, BTreeMap<String, String>)>,
}

/// The scenario's policies as texts
pub(crate) struct Texts {
    identity: Vec<String>,
    boundary: String,
    scp: String,
    key: String,
}

/// The scenario compiled, with its requests
pub(crate) struct Compiled {
    pub(crate) program: Program,
    caller_side: CallerSide,
    pub(crate) requests: Vec<Request>,
}

/// One request in the terms of the engine
pub(crate) struct Request {
    caller: Caller,
    pub(crate) action: Action,
    pub(crate) context: Context,
    pub(crate) question: Question,
    resource: Resource,
    resource_side: ResourceSide,
}

fn document(text: &str, name: &str, kind: PolicyType) -> Arc<Document> {
    Arc::new(parse::parse(&SourceFile::new(name, text), name, kind).unwrap())
}

impl Scenario {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("../data/bench-scenario.json")).unwrap()
    }

    /// The texts, the identity policies repeated so many times with a changed service in the copies
    pub(crate) fn texts(&self, times: usize) -> Texts {
        let copy = |number: usize| {
            self.identity.iter().map(move |policy| {
                let text = policy.to_string();
                // Copies concern the same services and other resources, so that none of them is skipped by its action.
                if number == 0 {
                    text
                } else {
                    text.replace(":thing", &format!(":other{number}-")).replace("widgets", "gadgets")
                }
            })
        };
        Texts {
            identity: (0..times).flat_map(copy).collect(),
            boundary: self.boundary.to_string(),
            scp: self.scp.to_string(),
            key: self.keypol.to_string(),
        }
    }

    pub(crate) fn compile(&self, texts: &Texts) -> Compiled {
        let mut program = Program::new(Readings::default());
        let (caller_side, key) = texts.add_to(&mut program);
        let owner: AccountId = self.acct.parse().unwrap();
        let requests = self.reqs.iter().map(|(action, resource, context)| {
            let action: Action = action.parse().unwrap();
            let caller = Caller::new(self.principal.parse::<Principal>().unwrap());
            let mut known = Context::closed();
            for (key, value) in context {
                known.set_text(key.parse().unwrap(), value.as_str());
            }
            complete_principal_context(&mut known, &caller);
            let mut side = ResourceSide::plain(Fact::Known(owner.clone()), Fact::Absent, Truth::False);
            if action.service() == "kms" {
                (side.policy, side.policy_is_mandatory) = (key.clone(), true);
            }
            let question = program.question(&action, &known);
            let resource = Resource::parse(resource).unwrap();
            Request { caller, action, context: known, question, resource, resource_side: side }
        });
        let requests = requests.collect();
        Compiled { program, caller_side, requests }
    }
}

impl Texts {
    pub(crate) fn bytes(&self) -> usize {
        self.identity.iter().chain([&self.boundary, &self.scp, &self.scp, &self.scp, &self.key]).map(String::len).sum()
    }

    /// Parses and compiles all of it; the SCP stands on three levels
    pub(crate) fn add_to(&self, program: &mut Program) -> (CallerSide, Source) {
        let identity: Vec<_> =
            self.identity.iter().map(|text| document(text, "identity", PolicyType::Identity)).collect();
        let boundary = document(&self.boundary, "boundary", PolicyType::Boundary);
        let level = |number: usize, program: &mut Program| {
            let scp = document(&self.scp, "scp", PolicyType::ServiceControl);
            LevelSet {
                name: format!("level {number}").into(),
                set: program.add([&scp], PolicyType::ServiceControl),
                unread: None,
            }
        };
        let side = CallerSide {
            identity: Source::Set(program.add(&identity, PolicyType::Identity)),
            unread: Vec::new(),
            boundary: Source::Set(program.add([&boundary], PolicyType::Boundary)),
            session: Source::Absent,
            scps: Fact::Known((0..3).map(|number| level(number, program)).collect()),
            in_management_account: Truth::False,
            vpc_endpoint: Source::Absent,
            told: ToldLayers::default(),
        };
        let key = document(&self.key, "key", PolicyType::Key);
        (side, Source::Set(program.add([&key], PolicyType::Key)))
    }
}

impl Compiled {
    /// The question that stands for the request, asked with this prepared question
    pub(crate) fn authorization<'a>(&'a self, request: &'a Request, question: &'a Question) -> Authorization<'a> {
        Authorization {
            caller: &request.caller,
            question,
            resource: &request.resource,
            caller_side: &self.caller_side,
            resource_side: &request.resource_side,
        }
    }
}
