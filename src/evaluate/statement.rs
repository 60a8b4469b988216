//! Compiled statements and whether they match (rule E2)

use std::sync::Arc;

use crate::iam::wildcard::{self, Token};
use crate::iam::{Action, Resource};
use crate::policy::{self, Document, Effect, Listing, PolicyType, Version};

use super::arn_pattern::ArnPattern;
use super::condition::{Condition, ConditionRules};
use super::context::{BoundContext, KeyTable};
use super::principal_test::PrincipalTest;
use super::template::Reading;
use super::truth::Truth;
use super::verdict::{Layer, StatementRef};

/// One statement, ready to be matched
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) principal: Option<PrincipalTest>,
    pub(super) actions: ActionTest,
    pub(super) resources: ResourceTest,
    pub(super) conditions: Box<[Condition]>,
    /// Whether a condition tests `aws:PrincipalArn` (rule E267)
    pub(super) tests_principal_arn: bool,
    /// Where it stands
    pub(super) document: Arc<Document>,
    pub(super) index: usize,
}

/// The action element
#[derive(Debug, Clone)]
pub(super) struct ActionTest {
    pub(super) listing: Listing,
    pub(super) patterns: Box<[ActionPattern]>,
}

/// One action pattern, in lower case (rules E50–E53)
#[derive(Debug, Clone)]
pub(super) enum ActionPattern {
    /// `*`
    Everything,
    /// `service:Name`
    Exactly(Box<str>),
    /// `service:Na*e`; `None` stands for `*:`
    Names { service: Option<Box<str>>, name: Vec<Token<Box<str>>> },
    /// A wildcard inside the prefix is no valid syntax
    Never,
}

/// The resource element
#[derive(Debug, Clone)]
pub(super) struct ResourceTest {
    listing: Listing,
    pub(super) patterns: Box<[ArnPattern]>,
    /// What a missing element means (rule E70)
    if_missing: Option<Truth>,
}

/// The bucket-listing exception that is contested (rule E67)
const LIST_BUCKETS: &str = "s3:listallmybuckets";

impl Statement {
    pub(super) fn compile(
        document: &Arc<Document>,
        source: &policy::Statement,
        kind: PolicyType,
        keys: &mut KeyTable,
    ) -> Self {
        Self {
            effect: source.effect,
            principal: source.principal.as_ref().map(PrincipalTest::compile),
            actions: ActionTest::compile(&source.action),
            resources: ResourceTest::compile(source.resource.as_ref(), kind, document.version, keys),
            conditions: source
                .conditions
                .iter()
                .map(|condition| Condition::compile(condition, document.version, keys))
                .collect(),
            tests_principal_arn: source.conditions.iter().any(|condition| condition.key.folded() == "aws:principalarn"),
            document: Arc::clone(document),
            index: source.index,
        }
    }

    /// Whether its resource element covers the resource
    pub(super) fn covers(&self, action: &Action, resource: &Resource, context: &BoundContext, rules: &Rules) -> Truth {
        let resources = &self.resources;
        if rules.all_buckets_cover_listing && *resource == Resource::Any && resources.lists_all_buckets(action) {
            return Truth::True;
        }
        resources.matches(resource, context, self.effect)
    }

    /// The statement as one of the parts that decide in a layer
    pub(super) fn reference(&self, layer: Layer) -> StatementRef {
        StatementRef::of(layer, &self.document, self.index)
    }

    pub(super) fn source(&self) -> Option<&policy::Statement> {
        self.document.statements.get(self.index)
    }

    /// Everything but the principal, for an action that the action element matches
    pub(super) fn matches(&self, action: &Action, resource: &Resource, context: &BoundContext, rules: &Rules) -> Truth {
        let resource_matches = self.covers(action, resource, context, rules);
        if resource_matches == Truth::False {
            return Truth::False;
        }
        resource_matches
            & Truth::all(self.conditions.iter().map(|condition| condition.holds(context, &rules.conditions)))
    }
}

/// Readings of contested points, each set by a named assumption
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) conditions: ConditionRules,
    /// Whether `arn:aws:s3:::*` covers `s3:ListAllMyBuckets` (rule E67)
    pub(super) all_buckets_cover_listing: bool,
}

impl ActionTest {
    fn compile(element: &policy::ActionElement) -> Self {
        let patterns = element.patterns.iter().map(|pattern| ActionPattern::compile(&pattern.text)).collect();
        Self { listing: element.listing, patterns }
    }

    /// An empty list never matches (rule E16)
    pub(super) fn matches(&self, action: &Action) -> bool {
        let listed = self.patterns.iter().any(|pattern| pattern.matches(action));
        match self.listing {
            Listing::Only => listed,
            Listing::AllBut => !listed && !self.patterns.is_empty(),
        }
    }
}

impl ActionPattern {
    fn compile(text: &str) -> Self {
        let folded = text.to_ascii_lowercase();
        if folded == "*" {
            return Self::Everything;
        }
        let Some((service, name)) = folded.split_once(':') else { return Self::Never };
        let wild = |part: &str| part.contains(['*', '?']);
        match (service, wild(service), wild(name)) {
            ("*", ..) => Self::Names { service: None, name: wildcard::tokenize(name, false) },
            (_, true, _) => Self::Never,
            (_, false, false) => Self::Exactly(folded.into()),
            (_, false, true) => Self::Names { service: Some(service.into()), name: wildcard::tokenize(name, false) },
        }
    }

    fn matches(&self, action: &Action) -> bool {
        match self {
            Self::Everything => true,
            Self::Never => false,
            Self::Exactly(text) => **text == *action.folded(),
            Self::Names { service, name } => {
                service.as_deref().is_none_or(|service| service == action.service())
                    && wildcard::matches(name, action.folded_name())
            }
        }
    }
}

impl ResourceTest {
    fn compile(
        element: Option<&policy::ResourceElement>,
        kind: PolicyType,
        version: Version,
        keys: &mut KeyTable,
    ) -> Self {
        let Some(element) = element else {
            // A key policy statement without Resource has no effect (rule E321); elsewhere it means the
            // resource that the policy is attached to (rule E70).
            let if_missing = Some(Truth::from(kind != PolicyType::Key));
            return Self { listing: Listing::Only, patterns: Box::default(), if_missing };
        };
        let reading = Reading::new(true, version);
        let patterns =
            element.patterns.iter().map(|pattern| ArnPattern::of_resource(&pattern.text, reading, keys)).collect();
        Self { listing: element.listing, patterns, if_missing: None }
    }

    fn matches(&self, resource: &Resource, context: &BoundContext, effect: Effect) -> Truth {
        if let Some(truth) = self.if_missing {
            return truth;
        }
        let listed = Truth::any(self.patterns.iter().map(|pattern| pattern.matches_resource(resource, context)));
        match self.listing {
            Listing::Only => listed,
            Listing::AllBut if self.patterns.is_empty() => Truth::False,
            Listing::AllBut => self.all_but(listed, context, effect),
        }
    }

    /// Whether it names all buckets, for the action that lists them (rule E67)
    fn lists_all_buckets(&self, action: &Action) -> bool {
        self.listing == Listing::Only && action.folded() == LIST_BUCKETS && self.patterns.iter().any(covers_all_buckets)
    }

    /// `NotResource` with an entry that has no value: safe for a Deny, not decidable for an Allow (rule E231)
    fn all_but(&self, listed: Truth, context: &BoundContext, effect: Effect) -> Truth {
        let unresolved = effect == Effect::Allow && self.patterns.iter().any(|pattern| pattern.is_unresolved(context));
        if unresolved { !listed & Truth::Unknown } else { !listed }
    }
}

fn covers_all_buckets(pattern: &ArnPattern) -> bool {
    let anything: Resource = Resource::Set(wildcard::Glob::parse("arn:aws:s3:::*"));
    matches!(pattern, ArnPattern::Parts(parts) if parts.covers(&anything))
}
