//! Grants put together into statements that grant exactly their union
//!
//! A statement grants every action on every resource. Two grants share one only where that is no
//! more than both: equal conditions, and actions with the same set of resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::grant::Grant;
use super::restriction::Restrictions;

/// A generated statement; its effect is always `Allow`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its id, unique in the document and the same in every run
    pub sid: String,
    /// Whom it names, in a resource's policy
    pub principal: Option<String>,
    /// The actions, sorted
    pub actions: Vec<String>,
    /// The resources, sorted
    pub resources: Vec<String>,
    /// What must hold
    pub restrictions: Restrictions,
    /// The needs it serves
    pub needs: BTreeSet<String>,
}

/// Puts grants together, in the order in which the first of each statement stands
#[must_use]
pub fn merge(grants: &[Grant]) -> Vec<Statement> {
    let kept: Vec<&Grant> =
        grants.iter().enumerate().filter(|(place, _)| !redundant(grants, *place)).map(|(_, grant)| grant).collect();
    let mut reach: BTreeMap<(&Restrictions, &str), BTreeSet<&str>> = BTreeMap::new();
    for grant in &kept {
        reach.entry((&grant.restrictions, grant.action.as_str())).or_default().insert(&grant.resource);
    }
    let mut statements: Vec<Statement> = Vec::new();
    let mut places: BTreeMap<(&Restrictions, &BTreeSet<&str>), usize> = BTreeMap::new();
    for grant in &kept {
        let Some(resources) = reach.get(&(&grant.restrictions, grant.action.as_str())) else { continue };
        let place = *places.entry((&grant.restrictions, resources)).or_insert_with(|| {
            statements.push(Statement {
                sid: String::new(),
                principal: None,
                actions: Vec::new(),
                resources: resources.iter().map(|resource| (*resource).to_owned()).collect(),
                restrictions: grant.restrictions.clone(),
                needs: BTreeSet::new(),
            });
            statements.len() - 1
        });
        if let Some(statement) = statements.get_mut(place) {
            let action = grant.action.as_str();
            if !statement.actions.iter().any(|own| own == action) {
                statement.actions.push(action.to_owned());
                statement.actions.sort();
            }
            statement.needs.insert(grant.need.clone());
        }
    }
    name(&mut statements);
    statements
}

/// Whether another grant gives the same or more; of two equal ones the first stays
fn redundant(grants: &[Grant], place: usize) -> bool {
    let Some(own) = grants.get(place) else { return true };
    grants.iter().enumerate().any(|(other, grant)| {
        let same = grant.action == own.action && grant.resource == own.resource;
        let wider = same && grant.restrictions.admit_all_of(&own.restrictions);
        other != place && wider && (grant.restrictions != own.restrictions || other < place)
    })
}

/// Names statements after their needs: `read-object` becomes `ReadObject`
pub(super) fn name(statements: &mut [Statement]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for statement in statements {
        let base: String = statement.needs.iter().map(|need| camel(need)).collect();
        let numbered = (2..).map(|number| format!("{base}{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        statement.sid = names.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(statement.sid.clone());
    }
}

/// Letters and digits only, as the `Sid` of an identity policy wants them
fn camel(need: &str) -> String {
    let words = need.split(|character: char| !character.is_ascii_alphanumeric());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}

impl Statement {
    /// The statement as a policy holds it
    #[must_use]
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("Sid".to_owned(), json!(self.sid));
        object.insert("Effect".to_owned(), json!("Allow"));
        if let Some(principal) = &self.principal {
            object.insert("Principal".to_owned(), json!({ "AWS": principal }));
        }
        object.insert("Action".to_owned(), one_or_many(&self.actions));
        object.insert("Resource".to_owned(), one_or_many(&self.resources));
        let mut condition = Map::new();
        for (test, key, values) in self.restrictions.iter() {
            let values: Vec<String> = values.iter().cloned().collect();
            let block = condition.entry(test.to_string()).or_insert_with(|| json!({}));
            if let Some(block) = block.as_object_mut() {
                block.insert(key.to_owned(), one_or_many(&values));
            }
        }
        if !condition.is_empty() {
            object.insert("Condition".to_owned(), Value::Object(condition));
        }
        Value::Object(object)
    }
}

fn one_or_many(values: &[String]) -> Value {
    match values {
        [value] => json!(value),
        values => json!(values),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::generate::Test;

    fn grant(need: &str, action: &str, resource: &str, limits: &[&str]) -> Grant {
        let mut restrictions = Restrictions::default();
        for value in limits {
            restrictions.add(Test::Equals, "aws:ResourceAccount", [(*value).to_owned()]);
        }
        Grant { need: need.into(), action: action.parse().unwrap(), resource: resource.into(), restrictions }
    }

    fn words(statements: &[Statement]) -> Vec<String> {
        statements
            .iter()
            .map(|own| format!("{} {} on {}", own.sid, own.actions.join("+"), own.resources.join("+")))
            .collect()
    }

    #[test]
    fn actions_share_a_statement_only_with_the_same_resources() {
        let statements = merge(&[
            grant("read", "s3:GetObject", "a", &[]),
            grant("read", "s3:GetObject", "b", &[]),
            grant("read-version", "s3:GetObjectVersion", "b", &[]),
            grant("read-version", "s3:GetObjectVersion", "a", &[]),
            grant("put", "s3:PutObject", "b", &[]),
        ]);
        assert_eq!(
            words(&statements),
            ["ReadReadVersion s3:GetObject+s3:GetObjectVersion on a+b", "Put s3:PutObject on b"]
        );
    }

    #[test]
    fn a_looser_grant_takes_in_a_tighter_one() {
        let statements =
            merge(&[grant("tight", "s3:GetObject", "a", &["1"]), grant("loose", "s3:GetObject", "a", &["1", "2"])]);
        assert_eq!(words(&statements), ["Loose s3:GetObject on a"]);
    }

    #[test]
    fn two_statements_for_one_need_have_two_names() {
        let statements = merge(&[grant("use", "kms:Decrypt", "a", &["1"]), grant("use", "kms:Decrypt", "b", &["2"])]);
        assert_eq!(words(&statements), ["Use kms:Decrypt on a", "Use2 kms:Decrypt on b"]);
    }

    fn grants() -> impl Strategy<Value = Vec<Grant>> {
        let one = ("[a-d]", "[x-z]", "[p-s]", proptest::collection::vec("[12]", 0..3)).prop_map(
            |(need, action, resource, limits)| {
                let limits: Vec<&str> = limits.iter().map(String::as_str).collect();
                grant(&need, &format!("s3:{action}"), &resource, &limits)
            },
        );
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn merging_never_grows_what_is_granted(grants in grants()) {
            let granted = |statements: &[Statement]| -> BTreeSet<(String, String, Restrictions)> {
                let pairs = statements.iter().flat_map(|own| own.actions.iter().flat_map(move |action| {
                    own.resources.iter().map(move |resource| (action.clone(), resource.clone(), own.restrictions.clone()))
                }));
                pairs.collect()
            };
            let after = granted(&merge(&grants));
            for (action, resource, restrictions) in &after {
                prop_assert!(grants.iter().any(|own| own.action.as_str() == action && own.resource == *resource && own.restrictions == *restrictions));
            }
            for own in &grants {
                let kept = after.iter().any(|(action, resource, restrictions)| {
                    own.action.as_str() == action && own.resource == *resource && restrictions.admit_all_of(&own.restrictions)
                });
                prop_assert!(kept);
            }
            let mut reversed = grants.clone();
            reversed.reverse();
            prop_assert_eq!(granted(&merge(&reversed)), after);
        }
    }
}
