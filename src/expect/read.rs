//! From TOML to cases, every problem with its place

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use crate::evaluate::{Decision, Layer};
use crate::finding::Verdict;
use crate::source::tables;
use crate::source::{Location, Position, Problem, Problems, SourceFile};

use super::case::{Case, Decider, Expected, ExpectedRow, RawCase, RequestCase, Setting, Subject};

/// What the defaults and a case have in common; what a case leaves out it takes from the defaults
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: Option<String>,
    principal: Option<String>,
    snapshot: Option<String>,
    account: Option<String>,
    region: Option<String>,
    partition: Option<String>,
    #[serde(default)]
    assume: BTreeMap<String, String>,
    identity: Option<Texts>,
    boundary: Option<String>,
    session: Option<Texts>,
    scp: Option<Texts>,
    rcp: Option<Texts>,
    vpce: Option<String>,
    #[serde(default)]
    bucket_policy: BTreeMap<String, String>,
    #[serde(default)]
    key_policy: BTreeMap<String, String>,
    request: Option<String>,
    operation: Option<String>,
    catalog: Option<String>,
    #[serde(default)]
    fact: BTreeMap<String, Texts>,
    train: Option<Texts>,
    test: Option<Texts>,
    #[serde(default)]
    context: BTreeMap<String, Texts>,
    unknown: Option<Texts>,
    absent: Option<Texts>,
    action: Option<String>,
    resource: Option<String>,
    resource_policy: Option<String>,
    open_context: Option<bool>,
    verdict: Option<WrittenVerdict>,
    decision: Option<WrittenDecision>,
    decided_by: Option<WrittenDecider>,
    #[serde(default)]
    expect: Vec<WrittenRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRow {
    id: Option<String>,
    action: Option<String>,
    resource: Option<String>,
    decision: WrittenDecision,
    decided_by: Option<WrittenDecider>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDecider {
    layer: Option<WrittenLayer>,
    policy: Option<String>,
    sid: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WrittenVerdict {
    Ready,
    Blocked,
    Undetermined,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WrittenDecision {
    Allowed,
    ExplicitDeny,
    ImplicitDeny,
    Undetermined,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WrittenLayer {
    Identity,
    Boundary,
    Session,
    Scp,
    Rcp,
    Resource,
    Vpce,
    Grant,
    Service,
}

/// One text or a list of them
#[derive(Debug, Clone, Default)]
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Texts, E> {
                Ok(Texts(vec![value.to_string()]))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Reads the cases of a file
///
/// # Errors
/// All problems of the file, each with its place and a way out where one is known.
pub fn cases(file: &SourceFile) -> Result<Vec<Case>, Problems> {
    let mut table = tables::table(file)?;
    let mut problems = Vec::new();
    let written = table.remove("case");
    let defaults = match table.remove("defaults") {
        Some(value) => {
            let at = file.position(value.span().start);
            let defaults = part(file, value, &mut problems).unwrap_or_default();
            problems.extend(misplaced(file, at, &defaults));
            defaults
        }
        None => Written::default(),
    };
    for key in table.keys() {
        problems.push(tables::unknown_key(file, key.span().start, key.get_ref(), &["defaults", "case"]));
    }
    let mut cases = Vec::new();
    for value in elements(file, written, &mut problems) {
        let at = file.position(value.span().start);
        if let Some(written) = part(file, value, &mut problems) {
            match case(written, &defaults, Location { file: file.name.clone(), at }) {
                Ok(case) => cases.push(case),
                Err(problem) => problems.push(problem),
            }
        }
    }
    twice(&cases, &mut problems);
    if problems.is_empty() { Ok(cases) } else { Err(Problems(problems)) }
}

fn elements<'t>(
    file: &SourceFile,
    value: Option<Spanned<DeValue<'t>>>,
    problems: &mut Vec<Problem>,
) -> Vec<Spanned<DeValue<'t>>> {
    let Some(value) = value else { return Vec::new() };
    let at = file.position(value.span().start);
    if let DeValue::Array(elements) = value.into_inner() {
        return elements.into_iter().collect();
    }
    problems.push(Problem::at(&file.name, at, "expected `[[case]]`, a list of tables"));
    Vec::new()
}

fn part(file: &SourceFile, value: Spanned<DeValue<'_>>, problems: &mut Vec<Problem>) -> Option<Written> {
    let read = Written::deserialize(ValueDeserializer::from(value));
    read.map_err(|error| problems.push(tables::misread(file, &error))).ok()
}

/// What may not stand in the defaults: a name, and what is expected
fn misplaced(file: &SourceFile, at: Position, defaults: &Written) -> Vec<Problem> {
    let given = [
        ("name", defaults.name.is_some()),
        ("verdict", defaults.verdict.is_some()),
        ("decision", defaults.decision.is_some()),
        ("decided_by", defaults.decided_by.is_some()),
        ("expect", !defaults.expect.is_empty()),
    ];
    let problem = |(key, _)| {
        Problem::at(&file.name, at, format!("`{key}` has no place in the defaults")).with_help("give it in each case")
    };
    given.into_iter().filter(|(_, given)| *given).map(problem).collect()
}

fn twice(cases: &[Case], problems: &mut Vec<Problem>) {
    let mut seen = std::collections::BTreeMap::new();
    for case in cases {
        if let Some(first) = seen.insert(case.name.as_str(), &case.location) {
            let message = format!("a second case is called `{}`", case.name);
            let help = format!("the first stands at {first}; a name tells which case failed");
            problems.push(Problem::at(&case.location.file, case.location.at, message).with_help(help));
        }
    }
}

/// A list that a case leaves out is that of the defaults; an empty text takes the default back, as an empty list does
fn list(own: Option<Texts>, default: Option<&Texts>) -> Vec<String> {
    let texts = own.or_else(|| default.cloned()).unwrap_or_default().0;
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}

/// A text that a case leaves out is that of the defaults; an empty one takes the default back
fn text(own: Option<String>, default: Option<&String>) -> Option<String> {
    own.or_else(|| default.cloned()).filter(|text| !text.is_empty())
}

/// The entries of the defaults, with those of the case over them
fn entries<T: Clone>(own: BTreeMap<String, T>, default: &BTreeMap<String, T>) -> BTreeMap<String, T> {
    let mut all = default.clone();
    all.extend(own);
    all
}

fn case(written: Written, defaults: &Written, location: Location) -> Result<Case, Problem> {
    let wrong =
        |message: &str, help: &str| Err(Problem::at(&location.file, location.at, message).with_help(help.to_owned()));
    let Some(name) = written.name.clone().filter(|name| !name.trim().is_empty()) else {
        return wrong("this case has no `name`", "say in a few words what it expects");
    };
    let subject = match (&written.action, &written.request) {
        (Some(_), Some(_)) => return wrong("a case has either a `request` or an `action`", "make two cases of it"),
        (Some(action), None) => raw(action.clone(), &written, defaults).map(Subject::Raw),
        _ => request(&written, defaults).map(Subject::Request),
    };
    let subject = match subject {
        Ok(subject) => subject,
        Err((message, help)) => return wrong(message, help),
    };
    let setting = Setting {
        principal: text(written.principal, defaults.principal.as_ref()),
        snapshot: text(written.snapshot, defaults.snapshot.as_ref()),
        account: text(written.account, defaults.account.as_ref()),
        region: text(written.region, defaults.region.as_ref()),
        partition: text(written.partition, defaults.partition.as_ref()),
        assume: entries(written.assume, &defaults.assume),
        identity: list(written.identity, defaults.identity.as_ref()),
        boundary: text(written.boundary, defaults.boundary.as_ref()),
        session: list(written.session, defaults.session.as_ref()),
        scp: list(written.scp, defaults.scp.as_ref()),
        rcp: list(written.rcp, defaults.rcp.as_ref()),
        vpce: text(written.vpce, defaults.vpce.as_ref()),
        bucket_policy: entries(written.bucket_policy, &defaults.bucket_policy),
        key_policy: entries(written.key_policy, &defaults.key_policy),
    };
    if setting.principal.is_none() {
        return wrong("this case has no `principal`", "give the ARN of who sends the request, here or in [defaults]");
    }
    Ok(Case { name, location, setting, subject })
}

/// What is wrong, and the way out
type Wrong = (&'static str, &'static str);

fn values(texts: BTreeMap<String, Texts>) -> BTreeMap<String, Vec<String>> {
    texts.into_iter().map(|(key, Texts(values))| (key, values)).collect()
}

fn raw(action: String, written: &Written, defaults: &Written) -> Result<RawCase, Wrong> {
    if written.verdict.is_some() || !written.expect.is_empty() {
        return Err((
            "a case with an `action` has a `decision`, no `verdict` and no `expect`",
            "write `decision = \"allowed\"`",
        ));
    }
    if written.catalog.is_some() || !written.fact.is_empty() {
        return Err(("`catalog` and `fact` belong to a case with a `request`", "leave them out"));
    }
    let Some(decision) = written.decision else {
        return Err(("this case expects nothing", "give the `decision` that is expected"));
    };
    let Some(resource) = written.resource.clone().or_else(|| defaults.resource.clone()) else {
        return Err(("this case has no `resource`", "give an ARN, or `*` for an action without a resource"));
    };
    Ok(RawCase {
        action,
        resource,
        context: values(entries(written.context.clone(), &defaults.context)),
        unknown: list(written.unknown.clone(), defaults.unknown.as_ref()),
        absent: list(written.absent.clone(), defaults.absent.as_ref()),
        open_context: written.open_context.or(defaults.open_context).unwrap_or(false),
        resource_policy: written.resource_policy.clone().or_else(|| defaults.resource_policy.clone()),
        expected: expected(decision, written.decided_by.clone()),
    })
}

fn request(written: &Written, defaults: &Written) -> Result<RequestCase, Wrong> {
    let Some(request) = written.request.clone().or_else(|| defaults.request.clone()) else {
        return Err(("this case asks nothing", "give a `request`, or an `action` and a `resource`"));
    };
    if written.decision.is_some() || written.decided_by.is_some() {
        return Err((
            "a case with a `request` has a `verdict`, or rows in [[case.expect]]",
            "put the `decision` into [[case.expect]]",
        ));
    }
    if written.resource.is_some() || written.resource_policy.is_some() || written.open_context.is_some() {
        return Err((
            "`resource`, `resource_policy` and `open_context` belong to a case with an `action`",
            "leave them out",
        ));
    }
    if written.verdict.is_none() && written.expect.is_empty() {
        return Err(("this case expects nothing", "give the `verdict`, or rows in [[case.expect]]"));
    }
    if written.expect.iter().any(|row| row.id.is_none() && row.action.is_none() && row.resource.is_none()) {
        return Err(("an expected row names no row", "give its `id`, `action` or `resource`"));
    }
    let row = |row: &WrittenRow| ExpectedRow {
        id: row.id.clone(),
        action: row.action.clone(),
        resource: row.resource.clone(),
        expected: expected(row.decision, row.decided_by.clone()),
    };
    Ok(RequestCase {
        request,
        operation: written.operation.clone().or_else(|| defaults.operation.clone()),
        catalog: text(written.catalog.clone(), defaults.catalog.as_ref()),
        fact: values(entries(written.fact.clone(), &defaults.fact)),
        train: list(written.train.clone(), defaults.train.as_ref()),
        test: list(written.test.clone(), defaults.test.as_ref()),
        context: values(entries(written.context.clone(), &defaults.context)),
        unknown: list(written.unknown.clone(), defaults.unknown.as_ref()),
        absent: list(written.absent.clone(), defaults.absent.as_ref()),
        verdict: written.verdict.map(|verdict| match verdict {
            WrittenVerdict::Ready => Verdict::Ready,
            WrittenVerdict::Blocked => Verdict::Blocked,
            WrittenVerdict::Undetermined => Verdict::Undetermined,
        }),
        rows: written.expect.iter().map(row).collect(),
    })
}

fn expected(decision: WrittenDecision, decided_by: Option<WrittenDecider>) -> Expected {
    let decision = match decision {
        WrittenDecision::Allowed => Decision::Allowed,
        WrittenDecision::ExplicitDeny => Decision::ExplicitDeny,
        WrittenDecision::ImplicitDeny => Decision::ImplicitDeny,
        WrittenDecision::Undetermined => Decision::Undetermined,
    };
    let decider = |by: WrittenDecider| Decider { layer: by.layer.map(layer), policy: by.policy, sid: by.sid };
    Expected { decision, decided_by: decided_by.map(decider) }
}

fn layer(layer: WrittenLayer) -> Layer {
    match layer {
        WrittenLayer::Identity => Layer::Identity,
        WrittenLayer::Boundary => Layer::Boundary,
        WrittenLayer::Session => Layer::Session,
        WrittenLayer::Scp => Layer::Scp,
        WrittenLayer::Rcp => Layer::Rcp,
        WrittenLayer::Resource => Layer::Resource,
        WrittenLayer::Vpce => Layer::Vpce,
        WrittenLayer::Grant => Layer::Grant,
        WrittenLayer::Service => Layer::Service,
    }
}
