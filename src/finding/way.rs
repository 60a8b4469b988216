//! The way of one permission through the layers: where it stops, and the statements that were asked

mod quote;

use std::sync::Arc;

use crate::evaluate::{Decision, Held, Layer, LayerAnswer, LayerTrace, Reason, Role, Truth};
use crate::judge::{JudgedBy, JudgedRow};
use crate::need::Need;

use super::LineText;
use super::rows::{name, statement};

pub use quote::{Quote, QuotedLine};

/// At most this many statements of a row are quoted; the others are named
const MOST_QUOTES: usize = 16;

/// How a permission fares on its way through the layers
#[derive(Debug, Clone)]
pub struct Way {
    /// The resource that it was traced for; it stands for all of the row
    pub resource: String,
    /// The services through which the call is made, one chain for each possible way; an empty chain is the caller's own call
    pub via: Vec<Vec<String>>,
    /// Every layer that takes part, in order
    pub steps: Vec<Step>,
    /// The statements about the action, by layer; of several possible ways those of the first
    pub layers: Vec<TracedLayer>,
}

/// One layer on the way
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The layer
    pub layer: Layer,
    /// What it does to the permission
    pub outcome: StepOutcome,
    /// Why, in words
    pub why: String,
}

/// What a layer does to a permission
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// It lets it pass: a statement allows
    Allows,
    /// It leaves it to identity policies
    Delegates,
    /// There is none, or it does not bind the caller
    Nothing,
    /// It says nothing, and does not decide
    Silent,
    /// It is not known, and does not decide
    Immaterial,
    /// Something that is not known may stop it here
    Open,
    /// It would have to allow, and does not
    Lacks,
    /// A statement denies
    Denies,
}

impl StepOutcome {
    /// Whether the way ends here
    #[must_use]
    pub fn stops(self) -> bool {
        matches!(self, Self::Lacks | Self::Denies)
    }
}

/// A layer's statements about the action
#[derive(Debug, Clone)]
pub struct TracedLayer {
    /// All of them
    pub trace: LayerTrace,
    /// For each of them its text where it is worth a look
    pub quotes: Vec<Option<Arc<Quote>>>,
    /// For each of them whether the decision names it
    pub deciding: Vec<bool>,
}

/// The way of a judged row; `None` where it was not traced, or no policy was asked
pub(super) fn of(need: &Need, row: &JudgedRow, lines: LineText<'_>) -> Option<Way> {
    if row.layers.is_empty() {
        return None;
    }
    let resource = row.examples.first().unwrap_or(&row.resource).clone();
    let mut quotes = 0;
    let mut traced = |trace: &LayerTrace| {
        let deciding: Vec<bool> = trace.statements.iter().map(|traced| decides(row, &traced.part())).collect();
        let texts = trace.statements.iter().zip(&deciding).map(|(traced, decides)| {
            let worth = (*decides || traced.matched.is_possible() || traced.nearly_matched()) && quotes < MOST_QUOTES;
            quotes += usize::from(worth);
            worth.then(|| quote::of(traced, (&need.action, &resource), lines)).flatten().map(Arc::new)
        });
        let quotes = texts.collect();
        TracedLayer { trace: trace.clone(), quotes, deciding }
    };
    let layers = row.trace.iter().map(&mut traced).collect();
    let steps = row.layers.iter().map(|answer| step(row, *answer)).collect();
    Some(Way { resource, via: need.via.clone(), steps, layers })
}

fn decides(row: &JudgedRow, part: &crate::evaluate::StatementRef) -> bool {
    row.decided_by.iter().any(|reason| reason.part == *part)
}

/// What decided speaks first; what a layer says by itself only where it had no part in the decision
fn step(row: &JudgedRow, answer: LayerAnswer) -> Step {
    let own: Vec<&Reason> = row.decided_by.iter().filter(|reason| reason.part.layer == answer.layer).collect();
    let with = |roles: &[Role]| own.iter().find(|reason| roles.contains(&reason.role));
    let layer = answer.layer;
    // A row that stays open may have a way on which the layer stops it and another on which it does not.
    let stop = |outcome| if row.decision == Decision::Undetermined { StepOutcome::Open } else { outcome };
    let (outcome, why) = if let Some(reason) = with(&[Role::Denies]) {
        (stop(StepOutcome::Denies), format!("denies it by {}", told(reason)))
    } else if let Some(reason) = with(&[Role::LacksAllow]) {
        (stop(StepOutcome::Lacks), lacks(reason))
    } else if let Some(reason) = with(&[Role::MayDeny]) {
        (StepOutcome::Open, format!("may deny it by {}", told(reason)))
    } else if let Some(reason) = with(&[Role::MayAllow]) {
        (StepOutcome::Open, format!("may allow it by {}", told(reason)))
    } else if with(&[Role::NotKnown]).is_some() {
        (StepOutcome::Open, format!("is not known{}", unseen(row, layer)))
    } else if let Some(reason) = with(&[Role::Allows]) {
        (StepOutcome::Allows, format!("allows it by {}", told(reason)))
    } else {
        by_itself(row, answer)
    };
    Step { layer, outcome, why }
}

fn by_itself(row: &JudgedRow, answer: LayerAnswer) -> (StepOutcome, String) {
    let words = |outcome, why: &str| (outcome, why.to_owned());
    let simulated = row.views.iter().any(|view| view.layer == answer.layer && view.by == JudgedBy::Simulator);
    let unknown = answer.denies == Truth::Unknown || answer.allows == Truth::Unknown;
    let undetermined = row.decision == Decision::Undetermined;
    match (answer.held, unknown) {
        _ if simulated && row.decision == Decision::Allowed => {
            words(StepOutcome::Allows, "lets it pass, as AWS's simulator says; the policies themselves were not seen")
        }
        _ if simulated => words(StepOutcome::Silent, "was judged by AWS's simulator and did not decide"),
        (Held::NotBinding, _) => words(StepOutcome::Nothing, "does not bind this caller"),
        (_, true) if undetermined => (StepOutcome::Open, format!("is not settled{}", unseen(row, answer.layer))),
        (_, true) => (StepOutcome::Immaterial, format!("does not change the answer{}", unseen(row, answer.layer))),
        (Held::Nothing, _) if answer.layer == Layer::Vpce => words(
            StepOutcome::Nothing,
            "takes no part: no endpoint, or one with a policy that allows all, as is assumed",
        ),
        (Held::Nothing, _) => words(StepOutcome::Nothing, "there is none"),
        _ if answer.denies.is_true() => words(StepOutcome::Silent, "would deny it, and did not decide"),
        _ if answer.layer == Layer::Rcp => words(StepOutcome::Allows, "denies nothing here"),
        _ if answer.delegates => {
            words(StepOutcome::Delegates, "names the account, which leaves it to identity policies")
        }
        _ if answer.allows.is_true() => words(StepOutcome::Allows, "allows it"),
        _ if row.decision == Decision::Allowed => words(StepOutcome::Silent, "says nothing about it, and need not"),
        _ => words(StepOutcome::Silent, "says nothing about it"),
    }
}

fn lacks(reason: &Reason) -> String {
    match &reason.part.policy {
        Some(level) => format!("would have to allow it, and does not on level `{level}`"),
        None => "would have to allow it, and does not".to_owned(),
    }
}

fn told(reason: &Reason) -> String {
    let part = &reason.part;
    if part.policy.is_none() && part.location.is_none() { format!("the {}", name(part)) } else { statement(part) }
}

/// Why nobody could see a layer
fn unseen(row: &JudgedRow, layer: Layer) -> String {
    let view = row.views.iter().find(|view| view.layer == layer && view.by == JudgedBy::Nobody);
    view.map(|view| format!(": {}", view.why)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Fact, Level};
    use crate::finding::{Requirement, Shape, requirements};
    use crate::iam::Principal;
    use crate::judge::tests::{ROLE, document, facts, missing, need, settings};
    use crate::judge::{Account, CalledVia, DatasetObjects, Judge, OwnEngine, UserContext};
    use crate::policy::PolicyType;

    const MODEL: &str = "arn:aws:lookoutvision:us-east-1:111122223333:model/p/*";
    const ALLOW: &str = r#"{"Sid": "All", "Effect": "Allow", "Action": ["s3:*", "lookoutvision:*"], "Resource": "*"}"#;
    const DIRECT: &[&[&str]] = &[&[]];

    fn judged(facts: &crate::facts::Facts, need: &Need) -> Requirement {
        let principal: Principal = ROLE.parse().unwrap();
        let called_via = CalledVia::Service;
        let account = Account::compile(facts, &principal, &crate::judge::Settings { called_via, ..settings() });
        let (objects, user) = (DatasetObjects::default(), UserContext::new());
        let judge = Judge {
            account: &account,
            objects: &objects,
            user: &user,
            service_keys: &|_| None,
            dataset_missing: &[],
            decider: &OwnEngine,
            traced: true,
        };
        let text = |at: &crate::source::Location| Some(format!("text of {at}"));
        let shape = Shape { expand: false, ways: true, lines: &text };
        requirements(need, judge.judge(need), shape).remove(0)
    }

    fn steps(row: &Requirement) -> Vec<(Layer, StepOutcome)> {
        row.way.as_ref().unwrap().steps.iter().map(|step| (step.layer, step.outcome)).collect()
    }

    fn scp(statement: &str) -> Fact<Vec<Level>> {
        let policies = vec![document("guard", PolicyType::ServiceControl, statement)];
        Fact::Known(vec![Level { name: "root".to_owned(), policies, unread: None }])
    }

    #[test]
    fn an_allowed_permission_passes_every_layer() {
        let row = judged(&facts(ALLOW), &need("lookoutvision:CreateModel", MODEL, DIRECT));
        assert_eq!(row.decision, Decision::Allowed);
        let nothing = [Layer::Scp, Layer::Rcp, Layer::Boundary, Layer::Session];
        let expected = nothing
            .map(|layer| (layer, StepOutcome::Nothing))
            .into_iter()
            .chain([(Layer::Identity, StepOutcome::Allows), (Layer::Resource, StepOutcome::Nothing)])
            .chain([(Layer::Vpce, StepOutcome::Nothing)]);
        assert_eq!(steps(&row), expected.collect::<Vec<_>>());
        let way = row.way.unwrap();
        let identity = way.layers.iter().find(|layer| layer.trace.layer == Layer::Identity).unwrap();
        let quote = identity.quotes[0].as_ref().unwrap();
        assert_eq!((&*quote.file, identity.deciding[0]), ("own", true));
        assert!(quote.lines.iter().all(|line| line.marked && line.text.starts_with("text of own:1")), "{quote:?}");
    }

    #[test]
    fn a_deny_stops_the_way_where_it_stands_and_the_others_say_what_they_say() {
        let mut facts = facts(ALLOW);
        facts.scps = scp(
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Sid": "No", "Effect": "Deny", "Action": "lookoutvision:*", "Resource": "*"}"#,
        );
        let row = judged(&facts, &need("lookoutvision:CreateModel", MODEL, DIRECT));
        assert_eq!(row.decision, Decision::ExplicitDeny);
        let way = row.way.as_ref().unwrap();
        let stops: Vec<&Step> = way.steps.iter().filter(|step| step.outcome.stops()).collect();
        let [stop] = &*stops else { panic!("one stop: {stops:?}") };
        assert_eq!((stop.layer, stop.outcome), (Layer::Scp, StepOutcome::Denies));
        assert!(stop.why.contains("statement `No` of `guard`, guard:1:"), "{}", stop.why);
        assert!(steps(&row).contains(&(Layer::Identity, StepOutcome::Allows)));
    }

    #[test]
    fn a_layer_that_would_have_to_allow_stops_the_way() {
        let other = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
        let row = judged(&facts(other), &need("lookoutvision:CreateModel", MODEL, DIRECT));
        assert_eq!(row.decision, Decision::ImplicitDeny);
        assert!(steps(&row).contains(&(Layer::Identity, StepOutcome::Lacks)));
    }

    #[test]
    fn what_is_not_known_is_open_where_it_decides_and_never_an_allow() {
        let mut facts = facts(ALLOW);
        facts.session = Fact::Unknown(missing("the session policies"));
        let row = judged(&facts, &need("lookoutvision:CreateModel", MODEL, DIRECT));
        assert_eq!(row.decision, Decision::Undetermined);
        let step = row.way.as_ref().unwrap().steps.iter().find(|step| step.layer == Layer::Session).unwrap().clone();
        assert_eq!(step.outcome, StepOutcome::Open);
        assert!(step.why.contains("the session policies"), "{}", step.why);
        let open = steps(&row).iter().filter(|(_, outcome)| *outcome == StepOutcome::Open).count();
        assert_eq!(open, 1, "{:?}", steps(&row));
    }

    #[test]
    fn two_ways_that_differ_leave_the_layer_open() {
        let through_s3 = r#"{"Effect": "Allow", "Action": "lookoutvision:*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}}}"#;
        let ways: &[&[&str]] = &[&["lookoutvision", "s3"], &["lookoutvision"]];
        let row = judged(&facts(through_s3), &need("lookoutvision:CreateModel", MODEL, ways));
        assert_eq!(row.decision, Decision::Undetermined);
        let identity = steps(&row).into_iter().find(|(layer, _)| *layer == Layer::Identity).unwrap();
        assert_eq!(identity.1, StepOutcome::Open, "one way allows, the other does not");
    }

    #[test]
    fn rows_that_were_not_traced_have_no_way() {
        let facts = facts(ALLOW);
        let need = need("sts:GetCallerIdentity", "*", DIRECT);
        assert!(judged(&facts, &need).way.is_none(), "no policy is asked");
    }
}
