//! What flags and assumptions say of the calls: condition keys, and how to judge

use std::collections::BTreeMap;

use crate::catalog::Assumptions;
use crate::evaluate::Readings;
use crate::iam::{ContextKey, ContextValue};
use crate::judge::{CalledVia, Leg, ObjectOwner, OtherPolicies, Settings, UserContext};
use crate::source::{Problem, Problems};

use crate::cli::args::ContextArgs;

/// What the user says of the context of calls
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Said {
    /// Of the caller's
    pub(in crate::cli) caller: UserContext,
    /// Of those of roles, by their names in the catalog
    pub(in crate::cli) roles: BTreeMap<String, UserContext>,
}

/// Reads what the user says of the context, all problems at once
pub(in crate::cli) fn said(args: &ContextArgs) -> Result<Said, Problems> {
    let mut said = Said::default();
    let mut problems = Vec::new();
    let known = args.context.iter().map(|(key, values)| {
        let values = values.split(',').map(Into::into).collect();
        (key, ContextValue::Known(values))
    });
    let unknown = args.context_unknown.iter().map(|key| (key, ContextValue::Unknown));
    let absent = args.context_absent.iter().map(|key| (key, ContextValue::Absent));
    for (name, value) in known.chain(unknown).chain(absent) {
        // `aws:PrincipalTag/team` has its slash after a colon.
        let (context, name) = match name.split_once('/') {
            Some((role, key)) if !role.contains(':') => (said.roles.entry(role.to_owned()).or_default(), key),
            _ => (&mut said.caller, name.as_str()),
        };
        match name.parse::<ContextKey>() {
            Err(error) => problems.push(Problem::general(error.to_string())),
            Ok(key) if Leg::is_derived(&key) => problems.push(
                Problem::general(format!(
                    "`{key}` follows from the request and the principal and cannot be set by hand"
                ))
                .with_help("change the request, the principal, the Region or an assumption instead"),
            ),
            Ok(key) if context.contains_key(&key) => {
                problems.push(Problem::general(format!("the condition key `{key}` is given twice")));
            }
            Ok(key) => {
                context.insert(key, value);
            }
        }
    }
    if problems.is_empty() { Ok(said) } else { Err(Problems(problems)) }
}

/// The assumptions that judging rests on
pub(in crate::cli) fn settings(assumptions: &Assumptions) -> Settings {
    let is = |name, value| assumptions.is(name, value);
    Settings {
        readings: Readings {
            multivalued_as_any: is("multivalued-without-set", "any-value"),
            all_buckets_cover_listing: is("list-buckets-on-all", "allowed"),
            any_principal_limited: is("any-principal-limits", "limited"),
            grants_limited: is("grant-limits", "limited"),
        },
        buckets_are_own: is("bucket-owner", "account"),
        object_owner: match assumptions.value("object-owner") {
            Some("bucket") => ObjectOwner::Bucket,
            Some("open") => ObjectOwner::Open,
            _ => ObjectOwner::AsKnown,
        },
        no_session_tags: is("session-tags", "none"),
        called_via: match assumptions.value("called-via") {
            Some("absent") => CalledVia::Absent,
            Some("service") => CalledVia::Service,
            _ => CalledVia::Unknown,
        },
        source_ip_kept: is("source-ip-via-service", "kept"),
        managed_key_policy_published: is("aws-managed-key-policy", "published"),
        unseen_like_seen: is("unseen-objects", "like-seen"),
        endpoint_policy_full: is("vpc-endpoint-policy", "full"),
        other_policies: match assumptions.value("other-resource-policies") {
            Some("open") => OtherPolicies::Open,
            Some("own-none") => OtherPolicies::None,
            Some("unknown") => OtherPolicies::Unknown,
            _ => OtherPolicies::Silent,
        },
    }
}
