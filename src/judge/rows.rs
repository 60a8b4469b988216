//! Each need decided: one row for every resource or class of resources with one answer

use std::collections::BTreeMap;

use crate::evaluate::{
    Authorization, Decision, ENCRYPTION_CONTEXT_ARN, KeyOutcome, LayerAnswer, LayerTrace, Reason, ResourceSide,
    StatementTrace,
};
use crate::facts::{MissingFact, ObjectEncryption};
use crate::iam::{Arn, Context, ContextValue, Resource};
use crate::need::{Actor, Need, Target};

use super::account::Account;
use super::answer::{Answer, Judged, near_misses};
use super::decider::{Call, Decider};
use super::leg::{Leg, UserContext};
use super::merge::{Merged, named};
use super::objects::{DatasetObjects, ObjectClass};
use super::others::OTHER_POLICIES;
use super::{Disagreement, ServiceKeys, View};

/// A decided row: one resource, or several that got the same decision for the same reason
#[derive(Debug, Clone)]
pub struct JudgedRow {
    /// An ARN, a pattern, or words where the resource cannot be named
    pub resource: String,
    /// How many resources
    pub count: u64,
    /// Some of them, when there are several
    pub examples: Vec<String>,
    /// All of them, when they were kept
    pub members: Vec<String>,
    /// Of a key, or of keys that are not known: all objects whose keys they are, when they were kept
    pub objects: Vec<String>,
    /// The decision
    pub decision: Decision,
    /// What decided
    pub decided_by: Vec<Reason>,
    /// Keys whose value would settle it
    pub missing_context: Vec<String>,
    /// Facts that would settle it
    pub missing_facts: Vec<MissingFact>,
    /// Context of the judged call, for explanations
    pub context: Vec<(String, String)>,
    /// What each value of a missing key would do
    pub outcomes: Vec<KeyOutcome>,
    /// Statements that almost allow what is not allowed
    pub near: Vec<StatementTrace>,
    /// Every statement about the action, where traces were asked for
    pub trace: Vec<LayerTrace>,
    /// What each layer says by itself, where traces were asked for
    pub layers: Vec<LayerAnswer>,
    /// Who judged which layer
    pub views: Vec<View>,
    /// Where the engine and somebody else part
    pub disagreements: Vec<Disagreement>,
    /// Named assumptions that the decision rests on, beside those of the need
    pub assumptions: Vec<&'static str>,
    /// Who needs it, where that is not the caller: the ARN of a role, or a service principal
    pub principal: Option<String>,
}

/// Judges needs
pub struct Judge<'a> {
    /// The compiled account
    pub account: &'a Account,
    /// The dataset's objects, sorted
    pub objects: &'a DatasetObjects,
    /// What the user said of the context
    pub user: &'a UserContext,
    /// The condition keys of each action
    pub service_keys: ServiceKeys<'a>,
    /// What is not known of the dataset itself: it concerns objects that no row names
    pub dataset_missing: &'a [MissingFact],
    /// Who decides each call
    pub decider: &'a dyn Decider,
    /// Whether rows carry their whole trace
    pub traced: bool,
}

impl std::fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Judge<'_> {
    /// Decides one need, in as many rows as it has different answers
    #[must_use]
    pub fn judge(&self, need: &Need) -> Vec<JudgedRow> {
        let mut rows = match &need.target {
            Target::Resource(resource) => vec![self.single(need, resource, &self.side(need, resource))],
            Target::AwsManagedKey { alias, key } => {
                let side = self.account.key_side(if matches!(key, Resource::One(_)) { key.text() } else { alias });
                vec![self.single(need, key, &side)]
            }
            Target::DatasetObjects => self.objects_of(need),
            Target::DatasetBuckets => self.buckets_of(need),
            Target::DatasetKeys => self.keys_of(need),
            Target::Unnamed(words) => vec![unnamed(words, &need.missing)],
        };
        let (unnamed_objects, others): (Vec<_>, Vec<_>) =
            need.missing.iter().cloned().partition(|missing| self.dataset_missing.contains(missing));
        let principal = self.principal(need);
        for row in &mut rows {
            leave_open(row, &others);
            row.principal.clone_from(&principal);
        }
        if !unnamed_objects.is_empty() {
            rows.push(unnamed("dataset objects that are not known", &unnamed_objects));
        }
        rows
    }

    /// Who needs it, where that is not the caller
    fn principal(&self, need: &Need) -> Option<String> {
        let party = self.account.party(&need.actor).filter(|_| need.actor != Actor::Caller)?;
        Some(party.who.principal.as_str().to_owned())
    }

    fn side(&self, need: &Need, resource: &Resource) -> ResourceSide {
        let named = resource.text().splitn(6, ':').nth(5).unwrap_or_default();
        match (need.action.service(), resource) {
            // What is about no resource asks no bucket's and no key's policy.
            (_, Resource::Any) => self.account.plain_side(),
            ("s3", _) => self.account.bucket_side(named.split('/').next().unwrap_or_default()),
            ("kms", _) => self.account.key_side(resource.text()),
            ("sts", Resource::One(role)) => self.account.trust_side(role),
            _ => self.account.other_side(need, resource),
        }
    }

    fn single(&self, need: &Need, resource: &Resource, side: &ResourceSide) -> JudgedRow {
        let mut answer = self.answer(need, (resource, 1), side, None);
        if answer.answer.decision == Decision::ImplicitDeny
            && let Some(policy) = self.account.may_be_let_in(need, resource)
        {
            answer.answer = self.answer(need, (resource, 1), &ResourceSide { policy, ..side.clone() }, None).answer;
        }
        let mut judged = row(resource.text().to_owned(), 1, answer);
        if Account::has_unread_policy(need, resource) {
            judged.assumptions.push(OTHER_POLICIES);
        }
        judged
    }

    /// Decides one resource over all ways the call may be forwarded: nobody knows which, so they must agree
    fn answer(&self, need: &Need, counted: (&Resource, u64), side: &ResourceSide, encryption: Option<&str>) -> Judged {
        let mut ways = need.via.iter().map(|via| self.answer_via(need, via, (counted, side), encryption));
        let Some(first) = ways.next() else { return Judged::default() };
        ways.fold(first, |sum, next| sum.agreed(next, need))
    }

    fn answer_via(
        &self,
        need: &Need,
        via: &[String],
        target: ((&Resource, u64), &ResourceSide),
        encryption: Option<&str>,
    ) -> Judged {
        let ((resource, count), side) = target;
        let Some(party) = self.account.party(&need.actor) else {
            return Judged { answer: Answer::open(need.missing.clone()), ..Judged::default() };
        };
        let user = if need.actor == Actor::Caller { self.user } else { &party.said };
        let leg = Leg { account: self.account, party: &party, via, user, service_keys: self.service_keys };
        let mut context = leg.context(need, &side.owner);
        if let (Some(arn), Ok(key)) = (encryption, ENCRYPTION_CONTEXT_ARN.parse()) {
            context.set_text(key, arn);
        }
        let program = &self.account.program;
        let question = program.question(&need.action, &context);
        let caller_side = if via.is_empty() { &party.direct } else { &party.forwarded };
        let request =
            Authorization { caller: &party.who, question: &question, resource, caller_side, resource_side: side };
        let call = Call { need, resource, context: &context, owner: &side.owner, count };
        let answer = Answer::from(self.decider.decide(program, &request, &call));
        let wanted = self.traced || answer.decision == Decision::ImplicitDeny;
        let trace = if wanted { program.trace(&request) } else { Vec::new() };
        let near = near_misses(&answer, &trace);
        let (trace, layers) = if self.traced { (trace, program.answers(&request)) } else { Default::default() };
        Judged { answer, context, near, trace, layers }
    }

    /// The objects, one row for each bucket and answer
    fn objects_of(&self, need: &Need) -> Vec<JudgedRow> {
        let mut rows = Vec::new();
        for (bucket, classes) in self.objects.iter() {
            let side = self.account.bucket_side(bucket);
            let mut merged = Merged::default();
            let prefix = self.object_prefix(bucket);
            for class in classes.iter().filter(|class| class.count > 0) {
                let Some(resource) = self.object(bucket, &class.representative) else { continue };
                merged.add(self.answer(need, (&resource, class.count), &side, None), class, &prefix);
            }
            rows.extend(merged.rows.into_iter().map(|group| group.into_object_row(&prefix)));
        }
        rows
    }

    fn object_prefix(&self, bucket: &str) -> String {
        let partition = self.account.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
        format!("arn:{partition}:s3:::{bucket}/")
    }

    fn object(&self, bucket: &str, key: &str) -> Option<Resource> {
        let arn: Arn = format!("{}{key}", self.object_prefix(bucket)).parse().ok()?;
        Some(Resource::One(arn))
    }

    /// The buckets that hold the objects, one row for each
    fn buckets_of(&self, need: &Need) -> Vec<JudgedRow> {
        let names = self.objects.iter().filter(|(_, classes)| classes.iter().any(|class| class.count > 0));
        let arns = names.filter_map(|(bucket, _)| self.object_prefix(bucket).trim_end_matches('/').parse::<Arn>().ok());
        let resources = arns.map(Resource::One);
        resources.map(|resource| self.single(need, &resource, &self.side(need, &resource))).collect()
    }

    /// The keys that encrypt the objects, one row for each key and answer
    fn keys_of(&self, need: &Need) -> Vec<JudgedRow> {
        let mut by_key: BTreeMap<String, Merged> = BTreeMap::new();
        let mut rows = Vec::new();
        let mut assumed = false;
        for (bucket, classes) in self.objects.iter() {
            let like_seen = self.account.settings().unseen_like_seen && classes.iter().any(was_seen);
            let prefix = self.object_prefix(bucket);
            let mut unknown = UnknownKeys::default();
            for class in classes.iter().filter(|class| class.count > 0) {
                match &class.encryption {
                    Some(ObjectEncryption::Kms { key, bucket_key }) => {
                        let Some(resource) = key_resource(key) else {
                            unknown.add("the key is named in a form that is not an ARN", class, &prefix);
                            continue;
                        };
                        let side = self.account.key_side(key);
                        // With a Bucket Key the encryption context names the bucket, not the object (rule E350).
                        let bound = if *bucket_key {
                            prefix.trim_end_matches('/').to_owned()
                        } else {
                            format!("{prefix}{}", class.representative)
                        };
                        let answer = self.answer(need, (&resource, class.count), &side, Some(&bound));
                        by_key.entry(key.clone()).or_default().add(answer, class, &prefix);
                    }
                    Some(ObjectEncryption::NoKms | ObjectEncryption::CustomerProvided) => {}
                    Some(ObjectEncryption::Unread(_)) | None if like_seen => assumed = true,
                    Some(ObjectEncryption::Unread(why)) => unknown.add(why, class, &prefix),
                    Some(ObjectEncryption::Other(_)) => {
                        unknown.add("the encryption is of a kind not known here", class, &prefix);
                    }
                    None => unknown.add("not in the snapshot", class, &prefix),
                }
            }
            rows.extend(unknown.into_row(bucket));
        }
        for (key, merged) in by_key {
            rows.extend(merged.rows.into_iter().map(|group| group.into_key_row(&key)));
        }
        for row in rows.iter_mut().filter(|_| assumed) {
            row.assumptions.push("unseen-objects");
        }
        rows
    }
}

/// Whether objects of this class were looked at
fn was_seen(class: &ObjectClass) -> bool {
    let told = |encryption: &ObjectEncryption| !matches!(encryption, ObjectEncryption::Unread(_));
    class.count > 0 && class.encryption.as_ref().is_some_and(told)
}

/// The key behind an object, when it is named as `HeadObject` names it; anything else is no known key
fn key_resource(key: &str) -> Option<Resource> {
    match Resource::parse(key) {
        Ok(Resource::One(arn)) if arn.service() == "kms" && arn.resource().starts_with("key/") => {
            Some(Resource::One(arn))
        }
        _ => None,
    }
}

/// Objects of one bucket of which nobody knows the encryption
#[derive(Default)]
struct UnknownKeys<'c> {
    /// How many for each reason
    counts: BTreeMap<&'c str, u64>,
    objects: Vec<String>,
}

impl<'c> UnknownKeys<'c> {
    fn add(&mut self, why: &'c str, class: &ObjectClass, arn_prefix: &str) {
        *self.counts.entry(why).or_default() += class.count;
        self.objects.extend(named(&class.members, arn_prefix));
    }

    fn into_row(self, bucket: &str) -> Option<JudgedRow> {
        let missing = self.counts.iter().map(|(why, count)| MissingFact {
            what: format!("how {count} dataset object(s) in bucket `{bucket}` are encrypted, and with which key"),
            source: format!("s3/{bucket}/objects.jsonl in the snapshot (aws s3api head-object for each object)"),
            why: (*why).to_owned(),
        });
        let missing: Vec<MissingFact> = missing.collect();
        let count = self.counts.values().sum();
        let row = unnamed(&format!("the key of {count} object(s) in {bucket}"), &missing);
        (!missing.is_empty()).then_some(JudgedRow { count, objects: self.objects, ..row })
    }
}

/// A row whose resource is known may still rest on a fact that is not
fn leave_open(row: &mut JudgedRow, missing: &[MissingFact]) {
    if !missing.is_empty() && row.decision == Decision::Allowed {
        row.decision = Decision::Undetermined;
        row.missing_facts.extend_from_slice(missing);
    }
}

fn unnamed(words: &str, missing: &[MissingFact]) -> JudgedRow {
    row(words.to_owned(), 1, Judged { answer: Answer::open(missing.to_vec()), ..Judged::default() })
}

pub(super) fn row(resource: String, count: u64, judged: Judged) -> JudgedRow {
    let answer = judged.answer;
    JudgedRow {
        resource,
        count,
        examples: Vec::new(),
        members: Vec::new(),
        objects: Vec::new(),
        decision: answer.decision,
        decided_by: answer.decided_by,
        missing_context: answer.missing_context,
        missing_facts: answer.missing_facts,
        context: words(&judged.context),
        outcomes: answer.outcomes,
        near: judged.near,
        trace: judged.trace,
        layers: judged.layers,
        views: answer.views,
        disagreements: answer.disagreements,
        assumptions: answer.assumptions,
        principal: None,
    }
}

/// The context in words, unknown keys left out
fn words(context: &Context) -> Vec<(String, String)> {
    let known = context.iter().filter_map(|(key, value)| match value {
        ContextValue::Known(values) => Some((key.to_string(), values.join(", "))),
        ContextValue::Absent | ContextValue::Unknown => None,
    });
    known.collect()
}
