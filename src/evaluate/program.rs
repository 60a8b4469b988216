//! Policies compiled once: statements indexed by action, conditions typed, keys interned

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::iam::wildcard::{self, Token};
use crate::iam::{Action, Context, ContextValue};
use crate::policy::{Document, Effect, Listing, PolicyType};

use super::arn_pattern::ArnPattern;
use super::condition::{Condition, ConditionRules};
use super::context::{BoundContext, KeyTable};
use super::principal_test::PrincipalTest;
use super::statement::{ActionPattern, Rules, Statement};

/// The policies of one layer, or of one level of it, in a program
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PolicySetId(u32);

/// How contested or undocumented points are read; each field is a named assumption of the catalog
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each an assumption with a name")]
pub struct Readings {
    /// A multivalued key without a set operator matches as with `ForAnyValue` (E104; `multivalued-without-set`)
    pub multivalued_as_any: bool,
    /// `arn:aws:s3:::*` covers `s3:ListAllMyBuckets` (E67; `list-buckets-on-all`)
    pub all_buckets_cover_listing: bool,
    /// Boundary and session policies limit a grant to `*` without a condition on `aws:PrincipalArn` (E268; `any-principal-limits`)
    pub any_principal_limited: bool,
    /// Boundary and session policies limit KMS grants (E324; `grant-limits`)
    pub grants_limited: bool,
}

impl Default for Readings {
    fn default() -> Self {
        Self {
            multivalued_as_any: false,
            all_buckets_cover_listing: true,
            any_principal_limited: false,
            grants_limited: false,
        }
    }
}

/// Compiled policies
#[derive(Debug, Clone)]
pub struct Program {
    pub(super) keys: KeyTable,
    pub(super) statements: Vec<Statement>,
    pub(super) rules: Rules,
    pub(super) readings: Readings,
    sets: Vec<Index>,
}

/// The statements of one set, by what their action element can match
#[derive(Debug, Clone, Default)]
struct Index {
    all: Range<u32>,
    /// By a whole action
    exact: HashMap<Box<str>, Vec<u32>>,
    /// By service and pattern of the action's name: each pattern is compared once, however many statements have it
    names: HashMap<Box<str>, HashMap<NamePattern, Vec<u32>>>,
    /// Those that can match in any service
    every: Vec<u32>,
}

type NamePattern = Vec<Token<Box<str>>>;

/// A program narrowed to one action and one context; resources are then decided one after the other
#[derive(Debug, Clone)]
pub struct Question {
    /// The action
    pub action: Action,
    pub(super) context: BoundContext,
    pub(super) encryption: EncryptionContext,
    candidates: Arc<Candidates>,
}

/// The statements whose action element matches, set by set; sets in order, each with its part of the numbers
#[derive(Debug, Default)]
struct Candidates {
    sets: Vec<(PolicySetId, Range<usize>)>,
    numbers: Vec<u32>,
}

impl Candidates {
    fn of(&self, set: PolicySetId) -> &[u32] {
        let found = self.sets.binary_search_by_key(&set, |(own, _)| *own).ok().and_then(|at| self.sets.get(at));
        found.and_then(|(_, range)| self.numbers.get(range.clone())).unwrap_or_default()
    }
}

/// The KMS encryption context of a call: what grants are limited by (rule E325)
#[derive(Debug, Clone, Default)]
pub(super) struct EncryptionContext {
    /// Name and value of each pair, the name as written
    pub(super) pairs: Vec<(String, ContextValue)>,
    /// Whether there may be further pairs
    pub(super) open: bool,
}

impl EncryptionContext {
    fn of(context: &Context) -> Self {
        const PREFIX: usize = "kms:encryptioncontext:".len();
        let pairs = context.iter().filter(|(key, _)| key.folded().starts_with("kms:encryptioncontext:"));
        let pairs =
            pairs.map(|(key, value)| (key.as_str().get(PREFIX..).unwrap_or_default().to_owned(), value.clone()));
        Self { pairs: pairs.collect(), open: context.is_open() }
    }
}

impl Question {
    /// The statements of a set whose action element matches
    pub(super) fn candidates(&self, set: PolicySetId) -> &[u32] {
        self.candidates.of(set)
    }

    /// The same question in another context
    pub(super) fn in_context(&self, context: BoundContext) -> Self {
        Self {
            action: self.action.clone(),
            context,
            encryption: self.encryption.clone(),
            candidates: Arc::clone(&self.candidates),
        }
    }
}

impl Program {
    /// An empty program
    #[must_use]
    pub fn new(readings: Readings) -> Self {
        let rules = Rules {
            conditions: ConditionRules { multivalued_as_any: readings.multivalued_as_any },
            all_buckets_cover_listing: readings.all_buckets_cover_listing,
        };
        Self { keys: KeyTable::default(), statements: Vec::new(), rules, readings, sets: Vec::new() }
    }

    /// Compiles the policies of one layer or level
    pub fn add<'d>(&mut self, documents: impl IntoIterator<Item = &'d Arc<Document>>, kind: PolicyType) -> PolicySetId {
        let count = |statements: &Vec<Statement>| u32::try_from(statements.len()).unwrap_or(u32::MAX);
        let mut index = Index { all: count(&self.statements)..0, ..Index::default() };
        for document in documents {
            for source in &document.statements {
                let number = count(&self.statements);
                let statement = Statement::compile(document, source, kind, &mut self.keys);
                index.insert(&statement, number);
                self.statements.push(statement);
            }
        }
        index.all.end = count(&self.statements);
        let id = PolicySetId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        self.sets.push(index);
        id
    }

    /// Narrows the program to one action and one context; made once for many resources
    ///
    /// Sets added later are not part of it.
    #[must_use]
    pub fn question(&self, action: &Action, context: &Context) -> Question {
        let sets = 0..u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.question_about(action, context, sets.map(PolicySetId))
    }

    /// Narrows only these sets of the program; the others count as empty
    ///
    /// For programs that hold the policies of many principals, of which one request concerns a few.
    #[must_use]
    pub fn question_about(
        &self,
        action: &Action,
        context: &Context,
        sets: impl IntoIterator<Item = PolicySetId>,
    ) -> Question {
        let mut sets: Vec<PolicySetId> = sets.into_iter().collect();
        sets.sort_unstable();
        sets.dedup();
        let mut candidates = Candidates::default();
        for set in sets {
            let Some(index) = self.sets.get(set.0 as usize) else { continue };
            let start = candidates.numbers.len();
            self.collect_candidates(index, action, &mut candidates.numbers);
            candidates.sets.push((set, start..candidates.numbers.len()));
        }
        let encryption = EncryptionContext::of(context);
        let context = self.keys.bind(context);
        Question { action: action.clone(), context, encryption, candidates: Arc::new(candidates) }
    }

    pub(super) fn question_context(&self, context: &Context) -> BoundContext {
        self.keys.bind(context)
    }

    /// Appends the statements of a set whose action element matches, each once, in the order of the policies
    fn collect_candidates(&self, index: &Index, action: &Action, numbers: &mut Vec<u32>) {
        let mut found: Vec<u32> = Vec::new();
        let patterns = index.names.get(action.service()).into_iter().flatten();
        let fitting = patterns.filter(|(pattern, _)| wildcard::matches(pattern, action.folded_name()));
        for listed in index.exact.get(action.folded()).into_iter().chain(fitting.map(|(_, listed)| listed)) {
            found.extend_from_slice(listed);
        }
        let matches = |number: &u32| self.statement(*number).is_some_and(|statement| statement.actions.matches(action));
        found.extend(index.every.iter().copied().filter(matches));
        found.sort_unstable();
        found.dedup();
        numbers.append(&mut found);
    }

    pub(super) fn statement(&self, number: u32) -> Option<&Statement> {
        self.statements.get(number as usize)
    }

    /// Whether any policy tests or expands a key that begins so (in lower case)
    #[must_use]
    pub fn mentions(&self, beginning: &str) -> bool {
        self.keys.ids().filter_map(|id| self.keys.key(id)).any(|key| key.folded().starts_with(beginning))
    }

    /// The text of a set's document, where it was kept
    #[must_use]
    pub fn document_text(&self, set: PolicySetId) -> Option<&Arc<str>> {
        self.statements_of(set).next().and_then(|statement| statement.document.text.as_ref())
    }

    /// Whether a statement of these sets tests or expands a key that begins so (in lower case)
    #[must_use]
    pub fn mentions_in(&self, sets: &[PolicySetId], beginning: &str) -> bool {
        let keys = sets.iter().flat_map(|set| self.statements_of(*set)).flat_map(|statement| {
            let tested = statement.conditions.iter().map(|condition| condition.key);
            let expanded = statement.conditions.iter().flat_map(Condition::variables);
            let in_resources = statement.resources.patterns.iter().flat_map(ArnPattern::keys);
            tested.chain(expanded).chain(in_resources)
        });
        keys.filter_map(|id| self.keys.key(id)).any(|key| key.folded().starts_with(beginning))
    }

    /// Whether any condition tests a list without a set operator, which AWS does not define (rule E104)
    #[must_use]
    pub fn tests_lists_without_set_operator(&self) -> bool {
        self.statements.iter().flat_map(|statement| &statement.conditions).any(Condition::is_list_without_set_operator)
    }

    /// Whether any statement of a set allows something to `*` without naming an ARN in a condition (rule E268)
    #[must_use]
    pub fn allows_everyone(&self, set: PolicySetId) -> bool {
        let arn = self.keys.find("aws:principalarn");
        self.statements_of(set).any(|statement| {
            let everyone = statement.effect == Effect::Allow
                && statement.principal.as_ref().is_some_and(PrincipalTest::names_everyone);
            everyone && !statement.conditions.iter().any(|condition| Some(condition.key) == arn)
        })
    }

    /// How many statements a set has
    pub(super) fn count(&self, set: PolicySetId) -> usize {
        self.sets.get(set.0 as usize).map_or(0, |index| index.all.len())
    }

    /// All statements of a set
    pub(super) fn statements_of(&self, set: PolicySetId) -> impl Iterator<Item = &Statement> {
        let all = self.sets.get(set.0 as usize).map(|index| index.all.clone()).unwrap_or_default();
        all.filter_map(|number| self.statement(number))
    }

    /// The statements of a set that a question concerns
    pub(super) fn relevant<'p>(
        &'p self,
        question: &'p Question,
        set: PolicySetId,
    ) -> impl Iterator<Item = (u32, &'p Statement)> {
        question.candidates(set).iter().filter_map(|number| Some((*number, self.statement(*number)?)))
    }
}

impl Index {
    fn insert(&mut self, statement: &Statement, number: u32) {
        if statement.actions.listing == Listing::AllBut {
            self.every.push(number);
            return;
        }
        for pattern in &statement.actions.patterns {
            match pattern {
                ActionPattern::Everything | ActionPattern::Names { service: None, .. } => self.every.push(number),
                ActionPattern::Exactly(text) => self.exact.entry(text.clone()).or_default().push(number),
                ActionPattern::Names { service: Some(service), name } => {
                    let patterns = self.names.entry(service.clone()).or_default();
                    patterns.entry(name.clone()).or_default().push(number);
                }
                ActionPattern::Never => {}
            }
        }
    }
}
