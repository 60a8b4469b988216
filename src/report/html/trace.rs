//! A row's trace: the statements that were asked, with their text and the lines that matter

use super::picture::symbol;
use super::text::Text;
use crate::evaluate::{ConditionTrace, LayerTrace, StatementTrace, Truth};
use crate::finding::{Quote, TracedLayer, Way};
use crate::policy::{Condition, Effect};

/// Statements that have no part in the decision are listed, for each layer at most so many
const MOST_OTHERS: usize = 40;

/// What a row shows of its way
pub(super) struct Trace {
    pub(super) steps: Vec<Step>,
    pub(super) layers: Vec<Layer>,
    /// The services that the call is made through, one text for each possible way
    pub(super) via: Vec<Text>,
    pub(super) resource: Text,
}

/// A layer and what it does
pub(super) struct Step {
    pub(super) symbol: &'static str,
    pub(super) layer: &'static str,
    pub(super) why: Text,
}

/// A layer's statements
pub(super) struct Layer {
    pub(super) name: &'static str,
    pub(super) level: Option<Text>,
    /// Those that decide, or might
    pub(super) statements: Vec<Statement>,
    /// Those that have no part in it
    pub(super) beside: Vec<Statement>,
    /// Further ones, which are not listed
    pub(super) more: usize,
    /// Statements about other actions
    pub(super) others: usize,
}

/// A statement
pub(super) struct Statement {
    pub(super) sign: &'static str,
    pub(super) kind: &'static str,
    pub(super) effect: &'static str,
    pub(super) name: Text,
    pub(super) policy: Text,
    pub(super) place: Option<Text>,
    pub(super) matches: &'static str,
    pub(super) decides: bool,
    pub(super) parts: Vec<Text>,
    pub(super) file: Option<Text>,
    pub(super) lines: Vec<Line>,
}

/// A line of a policy
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) text: Text,
    pub(super) marked: bool,
    /// Lines were left out before it
    pub(super) skips: bool,
}

impl Trace {
    pub(super) fn of(way: &Way) -> Self {
        let chain = |chain: &Vec<String>| match chain.as_slice() {
            [] => Text::of("the caller's own call"),
            services => {
                Text::of(format!("a call that {} makes with the caller's permissions", services.join(", then ")))
            }
        };
        Self {
            steps: way.steps.iter().map(Step::of).collect(),
            layers: way.layers.iter().map(Layer::of).collect(),
            via: way.via.iter().map(chain).collect(),
            resource: Text::of(&way.resource),
        }
    }
}

impl Step {
    fn of(step: &crate::finding::Step) -> Self {
        Self { symbol: symbol(step.outcome), layer: step.layer.words(), why: Text::of(&step.why) }
    }
}

impl Layer {
    fn of(layer: &TracedLayer) -> Self {
        let LayerTrace { statements, others, level, layer: kind } = &layer.trace;
        let quotes = layer.quotes.iter().map(|quote| quote.as_deref());
        let all = statements.iter().zip(quotes).zip(layer.deciding.iter().copied());
        let (mut shown, mut beside) = (Vec::new(), Vec::new());
        let mut more = 0;
        for ((traced, quote), decides) in all {
            if decides || traced.matched == Truth::Unknown {
                shown.push(Statement::of(traced, quote, decides));
            } else if beside.len() < MOST_OTHERS {
                beside.push(Statement::of(traced, quote, false));
            } else {
                more += 1;
            }
        }
        // What decided comes first; else a reader of a long list has to look for it.
        shown.sort_by_key(|statement| !statement.decides);
        let level = level.as_ref().map(Text::of);
        Self { name: kind.words(), level, statements: shown, beside, more, others: *others }
    }
}

impl Statement {
    fn of(traced: &StatementTrace, quote: Option<&Quote>, decides: bool) -> Self {
        let allow = traced.effect == Effect::Allow;
        let (sign, kind, matches) = match traced.matched {
            Truth::True if allow => ("✓", "allows", "matches"),
            Truth::True => ("✗", "denies", "matches"),
            Truth::Unknown => ("?", "open", "may match"),
            Truth::False => ("·", "silent", "does not match"),
        };
        let part = traced.part();
        let sid = part.sid.as_deref().filter(|sid| !sid.is_empty());
        Self {
            sign,
            kind,
            effect: if allow { "Allow" } else { "Deny" },
            name: sid.map_or_else(|| Text::of(format!("statement {}", traced.index + 1)), Text::of),
            policy: Text::of(&traced.document.origin.name),
            place: part.location.as_ref().map(|location| Text::of(location.to_string())),
            matches,
            decides,
            parts: parts(traced),
            file: quote.map(|quote| Text::of(&quote.file)),
            lines: quote.map(lines).unwrap_or_default(),
        }
    }
}

fn lines(quote: &Quote) -> Vec<Line> {
    let mut next = quote.lines.first().map_or(0, |line| line.number);
    let line = |line: &crate::finding::QuotedLine| {
        let skips = line.number != next;
        next = line.number.saturating_add(1);
        Line { number: line.number, text: Text::line(&line.text), marked: line.marked, skips }
    };
    quote.lines.iter().map(line).collect()
}

/// The parts that do not simply match
fn parts(traced: &StatementTrace) -> Vec<Text> {
    let said = |truth: Truth, yes: &str, no: &str| match truth {
        Truth::True => yes.to_owned(),
        Truth::False => no.to_owned(),
        Truth::Unknown => format!("it is not known whether it {yes}"),
    };
    let reached = traced.principal.filter(|reached| *reached != Truth::True);
    let reached = reached
        .map(|reached| format!("principal: {}", said(reached, "reaches the caller", "does not reach the caller")));
    let resource = (traced.resource != Truth::True)
        .then(|| format!("resource: {}", said(traced.resource, "matches", "does not match")));
    let conditions = traced.conditions().map(|(condition, result)| condition_words(condition, result));
    reached.into_iter().chain(resource).chain(conditions).map(Text::of).collect()
}

fn condition_words(condition: &Condition, result: &ConditionTrace) -> String {
    let wanted: Vec<String> = condition.values.iter().map(|value| format!("`{value}`")).collect();
    let holds = match result.holds {
        Truth::True => "holds",
        Truth::False => "does not hold",
        Truth::Unknown => "is not known",
    };
    format!(
        "condition {} on {} wants {}; the call has it {}: {holds}",
        condition.operator,
        condition.key,
        wanted.join(", "),
        result.actual_words()
    )
}
