//! Each need decided: one row for every resource or class of resources with one answer

use std::collections::BTreeMap;

use crate::evaluate::{
    Authorization, Decision, ENCRYPTION_CONTEXT_ARN, Layer, Reason, Reasons, ResourceSide, Role, StatementRef,
};
use crate::facts::{MissingFact, ObjectEncryption};
use crate::iam::{Arn, Context, ContextValue, Resource};
use crate::need::{Need, Target};

use super::ServiceKeys;
use super::account::Account;
use super::leg::{Leg, UserContext};
use super::objects::{DatasetObjects, ObjectClass};

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
    /// What each unknown would do
    pub outcomes: Vec<String>,
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
}

impl std::fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").finish_non_exhaustive()
    }
}

/// What tells two judged resources apart for a reader
type Answer = (Decision, Vec<Reason>, Vec<String>, Vec<MissingFact>);

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
            Target::DatasetKeys => self.keys_of(need),
            Target::Unnamed(words) => return vec![unnamed(words, &need.missing)],
        };
        if matches!(need.target, Target::DatasetObjects | Target::DatasetKeys) {
            if !need.missing.is_empty() {
                rows.push(unnamed("dataset objects that could not be read", &need.missing));
            }
        } else {
            rows.iter_mut().for_each(|row| leave_open(row, &need.missing));
        }
        rows
    }

    fn side(&self, need: &Need, resource: &Resource) -> ResourceSide {
        let named = resource.text().splitn(6, ':').nth(5).unwrap_or_default();
        match need.action.service() {
            "s3" => self.account.bucket_side(named.split('/').next().unwrap_or_default()),
            "kms" => self.account.key_side(resource.text()),
            _ => self.account.plain_side(),
        }
    }

    fn single(&self, need: &Need, resource: &Resource, side: &ResourceSide) -> JudgedRow {
        let (answer, context) = self.answer(need, resource, side, None);
        row(resource.text().to_owned(), 1, answer, context)
    }

    /// Decides one resource over all ways the call may be forwarded: nobody knows which, so they must agree
    fn answer(
        &self,
        need: &Need,
        resource: &Resource,
        side: &ResourceSide,
        encryption: Option<&str>,
    ) -> (Answer, Context) {
        let mut answers: Vec<(Answer, Context)> = Vec::new();
        for via in &need.via {
            let leg = Leg { account: self.account, via, user: self.user, service_keys: self.service_keys };
            let mut context = leg.context(need, &side.owner);
            if let (Some(arn), Ok(key)) = (encryption, ENCRYPTION_CONTEXT_ARN.parse()) {
                context.set_text(key, arn);
            }
            let question = self.account.program.question(&need.action, &context);
            let caller_side = if via.is_empty() { &self.account.direct } else { &self.account.forwarded };
            let caller = &self.account.caller;
            let request = Authorization { caller, question: &question, resource, caller_side, resource_side: side };
            let reasons = self.account.program.reasons(&request);
            answers.push((plain(reasons), context));
        }
        let mut answers = answers.into_iter();
        let Some(first) = answers.next() else {
            return ((Decision::Undetermined, Vec::new(), Vec::new(), Vec::new()), Context::closed());
        };
        answers.fold(first, |sum, next| (agree(sum.0, next.0, &need.via), sum.1))
    }

    /// The objects, one row for each bucket and answer
    fn objects_of(&self, need: &Need) -> Vec<JudgedRow> {
        let mut rows = Vec::new();
        for (bucket, classes) in self.objects.iter() {
            let side = self.account.bucket_side(bucket);
            let mut merged = Merged::default();
            for class in classes.iter().filter(|class| class.count > 0) {
                let Some(resource) = self.object(bucket, &class.representative) else { continue };
                let (answer, context) = self.answer(need, &resource, &side, None);
                merged.add(answer, context, class);
            }
            rows.extend(merged.rows.into_iter().map(|group| group.into_object_row(&self.object_prefix(bucket))));
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

    /// The keys that encrypt the objects, one row for each key and answer
    fn keys_of(&self, need: &Need) -> Vec<JudgedRow> {
        let mut by_key: BTreeMap<String, Merged> = BTreeMap::new();
        let mut rows = Vec::new();
        for (bucket, classes) in self.objects.iter() {
            let mut unknown: u64 = 0;
            for class in classes.iter().filter(|class| class.count > 0) {
                match &class.encryption {
                    Some(ObjectEncryption::Kms { key, bucket_key }) => {
                        let Ok(resource) = Resource::parse(key) else { continue };
                        let side = self.account.key_side(key);
                        // With a Bucket Key the encryption context names the bucket, not the object (rule E350).
                        let prefix = self.object_prefix(bucket);
                        let bound = if *bucket_key {
                            prefix.trim_end_matches('/').to_owned()
                        } else {
                            format!("{prefix}{}", class.representative)
                        };
                        let (answer, context) = self.answer(need, &resource, &side, Some(&bound));
                        by_key.entry(key.clone()).or_default().add(answer, context, class);
                    }
                    Some(ObjectEncryption::NoKms | ObjectEncryption::CustomerProvided) => {}
                    Some(ObjectEncryption::Other(_)) | None => unknown += class.count,
                }
            }
            if unknown > 0 {
                rows.push(unknown_encryption(bucket, unknown));
            }
        }
        for (key, merged) in by_key {
            rows.extend(merged.rows.into_iter().map(|group| group.into_key_row(&key)));
        }
        rows
    }
}

fn unknown_encryption(bucket: &str, count: u64) -> JudgedRow {
    let missing = MissingFact {
        what: format!("how {count} dataset object(s) in bucket `{bucket}` are encrypted, and with which key"),
        source: format!("s3/{bucket}/objects.jsonl in the snapshot (aws s3api head-object for each object)"),
        why: "not in the snapshot".to_owned(),
    };
    let mut row = unnamed(&format!("the key of {count} object(s) in {bucket}"), &[missing]);
    row.count = count;
    row
}

fn plain(reasons: Reasons) -> Answer {
    let missing_context = reasons.missing_context.into_iter().collect();
    (reasons.decision, reasons.decided_by, missing_context, reasons.missing_facts.into_iter().collect())
}

/// Two ways of forwarding: one decision if they agree, else it depends on which is true
fn agree(one: Answer, other: Answer, via: &[Vec<String>]) -> Answer {
    if one.0 == other.0 {
        return one;
    }
    let (mut reasons, mut keys, mut facts) = (one.1, one.2, one.3);
    reasons.extend(other.1);
    keys.extend(other.2);
    facts.extend(other.3);
    let ways: Vec<String> = via.iter().map(|chain| chain.join(" through ")).collect();
    facts.push(MissingFact {
        what: format!("which service makes this call: {}", ways.join(", or ")),
        source: "--assume datakey-via=SERVICE".to_owned(),
        why: "AWS does not document it, and the policies answer differently".to_owned(),
    });
    keys.sort();
    keys.dedup();
    (Decision::Undetermined, reasons, keys, facts)
}

/// A row whose resource is known may still rest on a fact that is not
fn leave_open(row: &mut JudgedRow, missing: &[MissingFact]) {
    if !missing.is_empty() && row.decision == Decision::Allowed {
        row.decision = Decision::Undetermined;
        row.missing_facts.extend_from_slice(missing);
    }
}

fn unnamed(words: &str, missing: &[MissingFact]) -> JudgedRow {
    let part = StatementRef { layer: Layer::Service, policy: None, sid: None, index: None, location: None };
    let answer = (Decision::Undetermined, vec![Reason { part, role: Role::NotKnown }], Vec::new(), missing.to_vec());
    row(words.to_owned(), 1, answer, Context::closed())
}

fn row(resource: String, count: u64, answer: Answer, context: Context) -> JudgedRow {
    let (decision, decided_by, missing_context, missing_facts) = answer;
    JudgedRow {
        resource,
        count,
        examples: Vec::new(),
        members: Vec::new(),
        decision,
        decided_by,
        missing_context,
        missing_facts,
        context: words(&context),
        outcomes: Vec::new(),
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

/// Classes with the same answer, put together
#[derive(Default)]
struct Merged {
    rows: Vec<Group>,
}

struct Group {
    answer: Answer,
    context: Context,
    prefix: String,
    count: u64,
    examples: Vec<String>,
    members: Vec<String>,
}

impl Merged {
    fn add(&mut self, answer: Answer, context: Context, class: &ObjectClass) {
        if let Some(group) = self.rows.iter_mut().find(|group| group.answer == answer) {
            group.count += class.count;
            group.examples.extend(class.examples.iter().cloned());
            group.examples.truncate(5);
            group.members.extend(class.members.iter().cloned());
            let common = group.prefix.char_indices().zip(class.prefix.chars()).find(|((_, own), other)| own != other);
            let end = common.map_or(group.prefix.len().min(class.prefix.len()), |((at, _), _)| at);
            group.prefix.truncate(end);
            return;
        }
        self.rows.push(Group {
            answer,
            context,
            prefix: class.prefix.clone(),
            count: class.count,
            examples: class.examples.clone(),
            members: class.members.clone(),
        });
    }
}

impl Group {
    fn into_object_row(self, arn_prefix: &str) -> JudgedRow {
        let resource = if self.count == 1 {
            format!("{arn_prefix}{}", self.examples.first().map_or(&*self.prefix, |key| key))
        } else {
            format!("{arn_prefix}{}*", escaped(&self.prefix))
        };
        let mut judged = row(resource, self.count, self.answer, self.context);
        let named = |keys: Vec<String>| keys.into_iter().map(|key| format!("{arn_prefix}{key}")).collect();
        judged.examples = if self.count > 1 { named(self.examples) } else { Vec::new() };
        judged.members = named(self.members);
        judged
    }

    fn into_key_row(self, key: &str) -> JudgedRow {
        row(key.to_owned(), 1, self.answer, self.context)
    }
}

/// A text in which wildcard characters stand for themselves
fn escaped(text: &str) -> String {
    text.replace('$', "${$}").replace('*', "${*}").replace('?', "${?}")
}
