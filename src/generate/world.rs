//! Accounts with other documents in place, in which the needs are judged again

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::evaluate::Decision;
use crate::facts::{Fact, Facts, Identity, MissingFact};
use crate::iam::{Action, Principal};
use crate::judge::{Account, DatasetObjects, Decider, Judge, JudgedRow, Leg, OwnEngine, ServiceKeys, UserContext};
use crate::need::{Need, Target};
use crate::policy::{Document, PolicyType, parse};
use crate::source::SourceFile;

use super::rewrite;

/// What every judging of the same request shares
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The account as it is, compiled
    pub account: &'a Account,
    /// Who calls: the principal, or one that no policy names
    pub principal: &'a Principal,
    /// The facts it was compiled from
    pub facts: &'a Facts,
    /// What the user said of the context
    pub user: &'a UserContext,
    /// The condition keys of each action
    pub service_keys: ServiceKeys<'a>,
    /// What is not known of the dataset
    pub dataset_missing: &'a [MissingFact],
    /// The dataset's objects, their keys kept
    pub objects: &'a DatasetObjects,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("principal", &self.principal.as_str()).finish_non_exhaustive()
    }
}

/// Documents by where they lie
#[derive(Debug, Clone, Default)]
pub struct InPlace {
    /// Of the principal
    pub identity: Vec<Arc<Document>>,
    /// Of buckets, by name
    pub buckets: BTreeMap<String, Arc<Document>>,
    /// Of keys, by ARN
    pub keys: BTreeMap<String, Arc<Document>>,
}

/// A need with its rows
#[derive(Debug, Clone)]
pub struct Answered<'n> {
    /// The need
    pub need: &'n Need,
    /// Its decisions
    pub rows: Vec<JudgedRow>,
}

impl Answered<'_> {
    /// The decision over all rows: the worst
    #[must_use]
    pub fn decision(&self) -> Decision {
        worst(&self.rows)
    }
}

/// Denied is worse than undetermined, and that than allowed
#[must_use]
pub fn worst(rows: &[JudgedRow]) -> Decision {
    let rank = |decision: &Decision| match decision {
        Decision::Allowed => 0,
        Decision::Undetermined => 1,
        Decision::ImplicitDeny => 2,
        Decision::ExplicitDeny => 3,
    };
    rows.iter().map(|row| row.decision).max_by_key(rank).unwrap_or(Decision::Undetermined)
}

impl World<'_> {
    /// Facts in which only these documents speak: no organization, no boundary, no session policy, no grants,
    /// buckets without policies, keys that delegate to IAM
    #[must_use]
    pub fn bare(&self, documents: &InPlace) -> Facts {
        let mut facts = Facts {
            organization: Fact::Absent,
            scps: Fact::Absent,
            rcps: Fact::Absent,
            session: Fact::Absent,
            vpc_endpoint: Fact::Absent,
            identity: self.alone(documents),
            ..self.facts.clone()
        };
        for (name, bucket) in &mut facts.buckets {
            bucket.policy = documents.buckets.get(name).map_or(Fact::Absent, |policy| Fact::Known(Arc::clone(policy)));
            bucket.public_access_block = Fact::Absent;
        }
        for (arn, _) in self.account.keys().filter(|(_, side)| !side.aws_managed_key) {
            let Some(key) = facts.keys.get_mut(arn.rsplit('/').next().unwrap_or_default()) else { continue };
            key.grants = Fact::Known(Vec::new());
            let own = documents.keys.get(arn).cloned();
            key.policy = own.or_else(|| self.delegating()).map_or_else(|| key.policy.clone(), Fact::Known);
        }
        facts
    }

    /// The account as it is with these documents added to it
    #[must_use]
    pub fn added(&self, documents: &InPlace) -> Facts {
        let mut facts = self.facts.clone();
        if let Fact::Known(identity) = &mut facts.identity {
            identity.policies.extend(documents.identity.iter().cloned());
        }
        for (name, document) in &documents.buckets {
            if let Some(bucket) = facts.buckets.get_mut(name) {
                add(&mut bucket.policy, document, PolicyType::Resource);
            }
        }
        for (arn, document) in &documents.keys {
            if let Some(key) = facts.keys.get_mut(arn.rsplit('/').next().unwrap_or_default()) {
                add(&mut key.policy, document, PolicyType::Key);
            }
        }
        facts
    }

    /// The ARN that names the principal in policies: of a session that of its role
    #[must_use]
    pub fn named(&self) -> String {
        let is_own = self.principal.is_role_based() && *self.principal == self.account.caller.who.principal;
        let known = self.facts.identity.known().filter(|_| is_own);
        known.map_or_else(|| self.principal.as_str().to_owned(), |identity| identity.arn.to_string())
    }

    fn alone(&self, documents: &InPlace) -> Fact<Identity> {
        let Ok(arn) = self.named().parse() else { return self.facts.identity.clone() };
        Fact::Known(Identity { policies: documents.identity.clone(), ..Identity::bare(arn) })
    }

    /// The key policy that hands a key over to the IAM policies of its account (rule E316)
    fn delegating(&self) -> Option<Arc<Document>> {
        let account = self.facts.environment.account.as_ref()?;
        let partition = self.facts.environment.partition.as_ref().map_or("aws", |partition| partition.as_str());
        let text = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow", "Principal": { "AWS": format!("arn:{partition}:iam::{account}:root") },
                "Action": "kms:*", "Resource": "*"
            }
        });
        let file = SourceFile::new("a key policy that delegates to IAM", text.to_string());
        parse::parse(&file, "a key policy that delegates to IAM", PolicyType::Key).ok().map(Arc::new)
    }

    /// Judges needs with other facts
    #[must_use]
    pub fn judge<'n>(&self, facts: &Facts, needs: impl IntoIterator<Item = &'n Need>) -> Vec<Answered<'n>> {
        self.judge_by(&OwnEngine, facts, needs)
    }

    /// The same, decided by somebody
    #[must_use]
    pub fn judge_by<'n>(
        &self,
        decider: &dyn Decider,
        facts: &Facts,
        needs: impl IntoIterator<Item = &'n Need>,
    ) -> Vec<Answered<'n>> {
        let needs: Vec<&Need> = needs.into_iter().collect();
        let account = self.account.compile_again(facts, self.principal);
        let objects = self.sorted(&account, &needs);
        let judge = Judge {
            account: &account,
            objects: &objects,
            user: self.user,
            service_keys: self.service_keys,
            dataset_missing: self.dataset_missing,
            traced: false,
            decider,
        };
        needs.into_iter().map(|need| Answered { need, rows: judge.judge(need) }).collect()
    }

    /// One object of each kind that the policies of these facts can tell apart
    pub(super) fn one_of_each(&self, facts: &Facts, needs: &[&Need]) -> DatasetObjects {
        let account = self.account.compile_again(facts, self.principal);
        self.sorted(&account, needs).one_of_each()
    }

    /// The objects, sorted by the account's policies as far as these needs' actions can tell them apart
    fn sorted(&self, account: &Account, needs: &[&Need]) -> DatasetObjects {
        let about_objects = |need: &&&Need| {
            matches!(need.target, Target::DatasetObjects | Target::DatasetBuckets | Target::DatasetKeys)
        };
        let actions: Vec<Action> = needs.iter().filter(about_objects).map(|need| need.action.clone()).collect();
        let Some(first) = needs.iter().find(about_objects) else { return DatasetObjects::new(true) };
        let via = first.via.first().map(Vec::as_slice).unwrap_or_default();
        let party = account.party(&first.actor).unwrap_or(Cow::Borrowed(&account.caller));
        let leg = Leg { account, party: &party, via, user: self.user, service_keys: self.service_keys };
        self.objects.sorted_again(account, (&actions, &leg.reading(&first.action)))
    }
}

/// Adds the statements of a document to a policy; one that is not known stays so
fn add(policy: &mut Fact<Arc<Document>>, document: &Arc<Document>, kind: PolicyType) {
    let changed = match policy {
        Fact::Known(own) => {
            let statements = own.statements.iter().chain(&document.statements).map(rewrite::statement);
            rewrite::parsed(&rewrite::document(Some(own), &statements.collect::<Vec<_>>()), &own.origin.name, kind)
        }
        Fact::Absent => Some(Arc::clone(document)),
        Fact::Unknown(_) => None,
    };
    if let Some(changed) = changed {
        *policy = Fact::Known(changed);
    }
}
