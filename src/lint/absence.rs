//! Rules about requests that do not carry a key, or not as the writer thought

use crate::finding::Severity;
use crate::policy::{Listing, OperatorKind, Quantifier};

use super::linter::{Raised, Sheet};
use super::parts::{Statement, Test};
use super::{Kind, Rule};

pub(super) fn check(statement: &Statement<'_>, kind: Kind, sheet: &mut Sheet) {
    for test in &statement.tests {
        if statement.allows() {
            for_all_values(statement, test, sheet);
            negated(statement, test, sheet);
        }
        if statement.denies() {
            mfa(statement, test, sheet);
            // Nobody assumes a role through a service on behalf of a caller.
            if kind != Kind::Trust {
                network(statement, test, sheet);
            }
        }
        owner(statement, test, sheet);
    }
}

/// `ForAllValues` holds for a request without the key (rule E184)
fn for_all_values(statement: &Statement<'_>, test: &Test<'_>, sheet: &mut Sheet) {
    let key = &*test.key.text;
    if test.operator.quantifier != Some(Quantifier::All) || test.kind() == OperatorKind::Null || statement.demands(key)
    {
        return;
    }
    // A request with a tag has tag keys.
    let has_tags = statement.tests.iter().any(|other| {
        let is_tag = other.key.text.to_ascii_lowercase().starts_with("aws:requesttag/");
        is_tag && statement.demands(&other.key.text)
    });
    if key.eq_ignore_ascii_case("aws:TagKeys") && has_tags {
        return;
    }
    let message = format!("`{}` holds for requests without `{key}`, which this statement then allows", test.name.text);
    let help = format!("add \"Null\": {{\"{key}\": \"false\"}} if the key has to be there");
    sheet.add(Raised::new(Rule::ForAllValuesWithAllow, test.name.at, message).help(help));
}

/// Keys that every signed request carries (rules E110–E112, E115, E122, E125–E130)
const ALWAYS: [&str; 12] = [
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:securetransport",
    "aws:useragent",
    "aws:userid",
    "aws:viaawsservice",
];

/// Negated operators hold for a request without the key (rule E160)
fn negated(statement: &Statement<'_>, test: &Test<'_>, sheet: &mut Sheet) {
    let folded = test.key.text.to_ascii_lowercase();
    let opens = test.kind().is_negated() && test.operator.quantifier.is_none();
    if !opens || ALWAYS.contains(&folded.as_str()) || statement.demands(&folded) {
        return;
    }
    let key = &test.key.text;
    let message = format!("`{}` holds for requests without `{key}`, which this statement then allows", test.name.text);
    let help = format!("add \"Null\": {{\"{key}\": \"false\"}} if the key has to be there");
    let raised = Raised::new(Rule::NegatedOperatorOnAbsentKey, test.name.at, message).help(help);
    // Whether requests always carry a service's own key is not listed; that tags can be missing is certain.
    let can_be_absent = folded.starts_with("aws:") || folded.contains("tag/");
    sheet.add(if can_be_absent { raised } else { raised.severity(Severity::Note) });
}

/// Requests with access keys carry no `aws:MultiFactorAuthPresent` (rule E116)
fn mfa(statement: &Statement<'_>, test: &Test<'_>, sheet: &mut Sheet) {
    const KEY: &str = "aws:MultiFactorAuthPresent";
    let says_false = test.values.words.iter().any(|value| value.text.eq_ignore_ascii_case("false"));
    let is_tested = test.kind() == OperatorKind::Bool && says_false && !test.operator.if_exists;
    let has_null = statement.tests_of(KEY).any(|other| other.kind() == OperatorKind::Null);
    if is_tested && !has_null && test.key.text.eq_ignore_ascii_case(KEY) {
        let message = "requests signed with access keys carry no `aws:MultiFactorAuthPresent`, so they are not denied";
        let raised = Raised::new(Rule::MfaDenyMissesAccessKeys, test.name.at, message);
        sheet.add(raised.help("use `BoolIfExists`, which also holds without the key").fix("BoolIfExists"));
    }
}

/// Keys by which a statement sets calls apart that services make
const CARVE_OUTS: [&str; 6] = [
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:principalisawsservice",
    "aws:principalservicename",
];

/// Calls that a service makes for the caller come from its network (rules E120, E121, E348)
fn network(statement: &Statement<'_>, test: &Test<'_>, sheet: &mut Sheet) {
    let folded = test.key.text.to_ascii_lowercase();
    let is_network = matches!(folded.as_str(), "aws:sourceip" | "aws:sourcevpc" | "aws:sourcevpce" | "aws:vpcsourceip");
    let carve_out =
        statement.tests.iter().any(|other| CARVE_OUTS.contains(&other.key.text.to_ascii_lowercase().as_str()));
    if is_network && test.kind().is_negated() && !carve_out {
        let message = format!(
            "this denies by `{}` also what services do for the caller, such as S3 reads of a training job",
            test.key.text
        );
        let help = "add \"Bool\": {\"aws:ViaAWSService\": \"false\"} to spare calls that services make for the caller";
        sheet.add(Raised::new(Rule::NetworkDenyWithoutServices, test.key.at, message).help(help));
    }
}

/// Resources of AWS itself are in no organization of yours and have no tags
fn owner(statement: &Statement<'_>, test: &Test<'_>, sheet: &mut Sheet) {
    let folded = test.key.text.to_ascii_lowercase();
    let is_about_owner =
        matches!(folded.as_str(), "aws:resourceorgid" | "aws:resourceorgpaths" | "aws:resourceaccount")
            || folded.starts_with("aws:resourcetag/");
    let Some(resources) = statement.resource.as_ref().filter(|list| list.listing == Listing::Only) else { return };
    let Some(own) = resources.words.iter().find(|word| belongs_to_aws(&word.text)) else { return };
    let never_allows = statement.allows() && statement.demands(&folded);
    let always_denies = statement.denies() && test.kind().is_negated();
    if is_about_owner && (never_allows || always_denies) {
        let effect = if never_allows { "is never allowed" } else { "is always denied" };
        let message = format!("`{}` belongs to AWS and has no `{}`, so it {effect}", own.text, test.key.text);
        let help = "put resources of AWS into a statement without this condition";
        sheet.add(Raised::new(Rule::OwnerKeyOnAwsResource, test.key.at, message).help(help));
    }
}

/// Foundation models and AWS managed policies
fn belongs_to_aws(resource: &str) -> bool {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    match parts.as_slice() {
        [_, _, "bedrock", _, account, name] => account.is_empty() && name.starts_with("foundation-model/"),
        [_, _, "iam", _, "aws", name] => name.starts_with("policy/"),
        _ => false,
    }
}
