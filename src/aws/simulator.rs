//! Planned simulations, made: paged, a few at a time, each failure with its own outcome

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_iam::operation::simulate_principal_policy::builders::SimulatePrincipalPolicyFluentBuilder;
use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PermissionsBoundaryDecisionDetail, PolicyIdentifier,
    PolicyIdentifierPolicyType, ResourceSpecificResult, Statement,
};

use crate::simulator::{
    Answers, Ask, Failure, MatchedStatement, PlannedCall, ResourcePolicy, ResourceResult, Simulated, Simulation,
    SimulationResult, attribute, follow_ups, plan,
};

use super::{CallFailure, FailureKind, Session};

const CALL: &str = "iam:SimulatePrincipalPolicy";

/// Pages of one call that are read at most: a page holds at least one result, a call has few actions
const PAGES: usize = 200;

/// What came of one call
type Made = (PlannedCall, Result<(Vec<SimulationResult>, ResourcePolicy), Failure>);

/// One run's calls
struct Run<'a> {
    session: &'a Session,
    simulation: &'a Simulation,
    /// Whether AWS has refused a call for the bucket policy in it: then none is sent any more
    refused: AtomicBool,
}

impl Session {
    /// Asks everything, then asks again about denials that name no layer
    pub fn simulate(&self, simulation: &Simulation, asks: &BTreeSet<Ask>) -> Answers {
        let run = Run { session: self, simulation, refused: AtomicBool::new(false) };
        self.wait(async {
            let mut answers = Answers::default();
            for made in run.all(plan(asks, &[])).await {
                answers.add(outcome(made));
            }
            for made in run.all(follow_ups(&answers)).await {
                answers.add_without(outcome(made));
            }
            answers
        })
    }
}

impl Run<'_> {
    /// All calls, four at a time; after a failure that every call would meet, no more of them
    async fn all(&self, mut calls: Vec<PlannedCall>) -> Vec<Made> {
        // The first call goes alone: it shows whether the principal's simulations take bucket policies.
        calls.sort_by_key(|call| call.resource_policy.is_none());
        let mut made = Vec::new();
        let mut hopeless: Option<Failure> = None;
        let (first, others) = calls.split_at(calls.len().min(1));
        for four in std::iter::once(first).chain(others.chunks(4)) {
            if let Some(failure) = &hopeless {
                made.extend(four.iter().map(|call| (call.clone(), Err(failure.clone()))));
                continue;
            }
            let nth = |index: usize| self.one(four.get(index));
            let (a, b, c, d) = tokio::join!(nth(0), nth(1), nth(2), nth(3));
            for result in [a, b, c, d].into_iter().flatten() {
                hopeless = hopeless.or_else(|| result.1.as_ref().err().filter(|failure| failure.meets_all()).cloned());
                made.push(result);
            }
        }
        made
    }

    /// One call; where it is refused with a bucket policy, once more without
    ///
    /// AWS documents no bucket policies for roles and takes them all the same; older answers refuse them.
    async fn one(&self, call: Option<&PlannedCall>) -> Option<Made> {
        let call = call?;
        if call.resource_policy.is_some() && !self.refused.load(Ordering::Relaxed) {
            match self.pages(call, ResourcePolicy::Simulated).await {
                Err(Failure::InvalidInput(_)) => self.refused.store(true, Ordering::Relaxed),
                made => return Some((call.clone(), made)),
            }
        }
        Some((call.clone(), self.pages(call, ResourcePolicy::LeftOut).await))
    }

    /// All pages of one call
    async fn pages(
        &self,
        call: &PlannedCall,
        policy: ResourcePolicy,
    ) -> Result<(Vec<SimulationResult>, ResourcePolicy), Failure> {
        let mut results = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..PAGES {
            let mut sent = request(self.session.iam().simulate_principal_policy(), self.simulation, call);
            if policy == ResourcePolicy::Simulated {
                let caller = self.simulation.subject.arn.to_string();
                sent = sent.set_resource_policy(call.resource_policy.as_deref().map(str::to_owned)).caller_arn(caller);
            }
            let sent = sent.set_marker(marker.clone()).customize().mutate_request(|request| {
                if let Some(body) = request.body().bytes().and_then(with_policy_types) {
                    request.headers_mut().insert("content-length", body.len().to_string());
                    *request.body_mut() = body.into();
                }
            });
            let page = self.session.answer(CALL, sent.send()).await.map_err(|failure| self.failed(&failure))?;
            results.extend(page.evaluation_results.unwrap_or_default().into_iter().map(result));
            if !page.is_truncated {
                return Ok((results, policy));
            }
            if page.marker.is_none() || page.marker == marker {
                return Err(Failure::Garbled("a page says that there is another and not where".to_owned()));
            }
            marker = page.marker;
        }
        Err(Failure::Garbled(format!("more than {PAGES} pages")))
    }

    fn failed(&self, failure: &CallFailure) -> Failure {
        let words =
            || failure.detail.clone().or_else(|| failure.code.clone()).unwrap_or_else(|| "no message".to_owned());
        match (failure.kind.clone(), failure.code.as_deref()) {
            (_, Some("PolicyEvaluation" | "PolicyEvaluationException")) => Failure::PolicyEvaluation(words()),
            (FailureKind::Refused, _) => Failure::NotPermitted,
            (FailureKind::NotThere, _) => Failure::NoSuchPrincipal,
            (FailureKind::Throttled, _) => Failure::Throttled,
            (FailureKind::Rejected, _) => Failure::InvalidInput(words()),
            (FailureKind::Garbled, _) => Failure::Garbled(words()),
            (FailureKind::TooSlow, _) if self.session.is_over() => Failure::Deadline,
            _ => Failure::Unreachable(failure.to_string()),
        }
    }
}

/// The body with the types of left-out policies named as the API wants them
///
/// aws-sdk-iam 1.133 leaves out the name of the union's member: `PolicyExclusionList.member.1.member=scp`.
fn with_policy_types(body: &[u8]) -> Option<String> {
    const LIST: &str = "PolicyExclusionList.member.";
    const UNNAMED: &str = ".member";
    let text = std::str::from_utf8(body).ok().filter(|text| text.contains(LIST))?;
    let named = |pair: &str| match pair.split_once('=') {
        Some((name, value)) if name.starts_with(LIST) && name.ends_with(UNNAMED) => {
            format!("{}.PolicyType={value}", name.trim_end_matches(UNNAMED))
        }
        _ => pair.to_owned(),
    };
    Some(text.split('&').map(named).collect::<Vec<_>>().join("&"))
}

fn outcome((call, made): Made) -> BTreeMap<Ask, Result<Simulated, Failure>> {
    match made {
        Ok((results, policy)) => attribute(&call, &results, policy),
        Err(failure) => call.asks().map(|ask| (ask, Err(failure.clone()))).collect(),
    }
}

fn request(
    builder: SimulatePrincipalPolicyFluentBuilder,
    simulation: &Simulation,
    call: &PlannedCall,
) -> SimulatePrincipalPolicyFluentBuilder {
    let texts = |texts: &[std::sync::Arc<str>]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
    let entries = call.context.iter().map(|entry| {
        ContextEntry::builder()
            .context_key_name(&*entry.name)
            .context_key_type(ContextKeyTypeEnum::from(entry.kind.word()))
            .set_context_key_values(texts(&entry.values))
            .build()
    });
    let exclusions = call
        .exclusions
        .iter()
        .map(|exclusion| PolicyIdentifier::PolicyType(PolicyIdentifierPolicyType::from(exclusion.word())));
    let exclusions: Vec<PolicyIdentifier> = exclusions.collect();
    builder
        .policy_source_arn(&*simulation.subject.arn)
        .set_action_names(texts(&call.actions))
        .set_resource_arns(texts(&call.resources).filter(|resources| resources != &["*"]))
        .set_resource_owner(call.owner.as_deref().map(str::to_owned))
        .set_context_entries(Some(entries.collect()))
        .set_policy_exclusion_list(Some(exclusions).filter(|exclusions| !exclusions.is_empty()))
        .set_policy_input_list(texts(&simulation.policies).filter(|policies| !policies.is_empty()))
        .set_permissions_boundary_policy_input_list(simulation.boundary.as_ref().map(|text| vec![text.to_string()]))
}

fn result(sent: EvaluationResult) -> SimulationResult {
    SimulationResult {
        action: sent.eval_action_name,
        top: ResourceResult {
            resource: sent.eval_resource_name,
            decision: sent.eval_decision.as_str().into(),
            boundary: boundary(sent.permissions_boundary_decision_detail.as_ref()),
            matched: sent.matched_statements.unwrap_or_default().into_iter().map(matched).collect(),
            missing: sent.missing_context_values.unwrap_or_default(),
        },
        organizations: sent.organizations_decision_detail.map(|detail| detail.allowed_by_organizations),
        specific: sent.resource_specific_results.unwrap_or_default().into_iter().map(specific).collect(),
    }
}

fn specific(sent: ResourceSpecificResult) -> ResourceResult {
    ResourceResult {
        resource: Some(sent.eval_resource_name),
        decision: sent.eval_resource_decision.as_str().into(),
        boundary: boundary(sent.permissions_boundary_decision_detail.as_ref()),
        matched: sent.matched_statements.unwrap_or_default().into_iter().map(matched).collect(),
        missing: sent.missing_context_values.unwrap_or_default(),
    }
}

fn boundary(detail: Option<&PermissionsBoundaryDecisionDetail>) -> Option<bool> {
    detail.map(|detail| detail.allowed_by_permissions_boundary)
}

fn matched(sent: Statement) -> MatchedStatement {
    let at = sent.start_position.and_then(|at| Some((u32::try_from(at.line).ok()?, u32::try_from(at.column).ok()?)));
    MatchedStatement {
        policy: sent.source_policy_id,
        kind: sent.source_policy_type.map(|kind| kind.as_str().to_owned()),
        // A place counts from 1; some answers carry zeros for none.
        at: at.filter(|(line, column)| *line > 0 && *column > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_out_policy_types_are_named_once() {
        for (sent, expected) in [
            (
                "A=1&PolicyExclusionList.member.1.member=scp&PolicyExclusionList.member.2.member=permission-boundary&B=2",
                Some(
                    "A=1&PolicyExclusionList.member.1.PolicyType=scp&PolicyExclusionList.member.2.PolicyType=permission-boundary&B=2",
                ),
            ),
            ("PolicyExclusionList.member.1.PolicyType=scp", Some("PolicyExclusionList.member.1.PolicyType=scp")),
            ("A=1", None),
        ] {
            assert_eq!(with_policy_types(sent.as_bytes()).as_deref(), expected);
        }
    }
}
