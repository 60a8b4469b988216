//! A rule for each cause: what it means, and the way out in general

use super::log::{Configuration, Rule, RuleProperties, Text};
use super::{level, literal};
use crate::evaluate::Layer;
use crate::finding::Finding;
use crate::generate::owner;
use crate::lint;
use crate::report::cause::Cause;
use crate::report::issue::Issue;

const EVALUATION: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html";

/// What a cause means in general
struct Meaning {
    short: String,
    full: String,
    help: String,
    url: Option<String>,
}

/// The rule of an issue; its level is that of the gravest issue that has it, which comes first
pub(super) fn rule(issue: &Issue<'_>) -> Rule {
    let (meaning, tags) = match issue {
        Issue::Row(_, cause) => (meaning(*cause), vec!["iam", "permissions"]),
        Issue::Finding(finding) if lint::Rule::named(finding.id).is_some() => (of_lint(finding), vec!["iam", "policy"]),
        Issue::Finding(finding) => {
            let words = finding.id.replace('-', " ");
            let meaning = Meaning {
                short: format!("Finding: {words}"),
                full: format!("Something beside the permissions that the request meets: {words}."),
                help: "Each result says what was found, where, and the way out where one is known.".to_owned(),
                url: finding.url.clone().filter(|url| url.starts_with("https://")),
            };
            (meaning, vec!["request"])
        }
    };
    Rule {
        id: issue.rule(),
        short_description: Text { text: literal(&meaning.short) },
        full_description: Text { text: literal(&meaning.full) },
        help: Text { text: literal(&meaning.help) },
        help_uri: meaning.url,
        default_configuration: Configuration { level: level(issue.severity()) },
        properties: RuleProperties { tags },
    }
}

/// A rule about policy documents, by the id of one of its findings
fn of_lint(finding: &Finding) -> Meaning {
    Meaning {
        short: lint::Rule::named(finding.id).map_or_else(String::new, |rule| rule.words().to_owned()),
        full: format!("What it means and when it is not reported: section {} of docs/lint.md.", finding.id),
        help: "Each result says what was found, where, and the way out where one is known.".to_owned(),
        url: finding.url.clone(),
    }
}

fn meaning(cause: Cause) -> Meaning {
    let (short, full, help, url) = match cause {
        Cause::Denied(layer) => (
            format!("A {} denies a needed permission", layer.words()),
            format!("A statement of a {} denies it explicitly. No Allow outweighs a Deny.", layer.words()),
            if layer == Layer::Service {
                "The service itself stands in the way: the request, or what it is about, has to change.".to_owned()
            } else {
                format!(
                    "{} can except this call from the statement. `iam-preflight generate REQUEST --principal ARN` writes the \
                 smallest exception and proves it.",
                    capitalized(owner(layer))
                )
            },
            page(layer),
        ),
        Cause::Missing(layer) => (
            format!("No {} allows a needed permission", layer.words()),
            format!("What no {} allows is denied by default.", layer.words()),
            format!(
                "{} can add the statement. `iam-preflight generate REQUEST --principal ARN` writes the smallest one and \
                 proves it.",
                capitalized(owner(layer))
            ),
            page(layer),
        ),
        Cause::UnknownFact => (
            "A fact that is not known decides on a needed permission".to_owned(),
            "The answer hangs on a policy or a setting that was not seen. Unknown never counts as allowed.".to_owned(),
            "Supply what the result names: a file of the snapshot, a document on the command line, or the right to \
             read it."
                .to_owned(),
            EVALUATION,
        ),
        Cause::UnknownContext => (
            "The value of a condition key that is not known decides on a needed permission".to_owned(),
            "The answer hangs on a value that the call will carry and that nobody has given.".to_owned(),
            "Give it with `--context KEY=VALUE`, or say `--context-absent KEY`.".to_owned(),
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
        ),
        Cause::Open => (
            "A needed permission cannot be decided".to_owned(),
            "Two engines part on it, or the service picks a part of the resource's name that decides.".to_owned(),
            "The result says on what it hangs; `iam-preflight explain` shows every layer and statement.".to_owned(),
            EVALUATION,
        ),
    };
    Meaning { short, full, help, url: Some(url.to_owned()) }
}

fn page(layer: Layer) -> &'static str {
    match layer {
        Layer::Scp => "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html",
        Layer::Rcp => "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html",
        Layer::Vpce => "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
        Layer::Resource => "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
        Layer::Grant => "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
        Layer::Boundary => "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        Layer::Session | Layer::Identity => "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html",
        Layer::Service => EVALUATION,
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
