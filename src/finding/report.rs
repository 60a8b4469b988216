//! The report's shape; the JSON form is `iam-preflight/report/v1`

use std::sync::Arc;

use super::{Input, Making, Way};
use crate::evaluate::{Decision, Layer};
use crate::need::{Phase, Source, Strength};
use crate::source::{Location, Problem};

use super::gated::{Gate, Standing, Waived};

/// Everything one check found out
#[derive(Debug, Clone)]
pub struct Report {
    /// How the facts were read
    pub mode: Mode,
    /// The operation, `service:Name`
    pub operation: String,
    /// The request file, as the user named it
    pub request: Arc<str>,
    /// The answer
    pub verdict: Verdict,
    /// Counts over the rows that must be allowed
    pub summary: Summary,
    /// Who would send the request
    pub principal: ReportPrincipal,
    /// What the service would answer, as far as it can be told
    pub predicted_response: PredictedResponse,
    /// All needed permissions, in the order of the catalog
    pub requirements: Vec<Requirement>,
    /// Everything else worth a line: violations of the request model, preconditions, manifest problems, quotas
    pub findings: Vec<Finding>,
    /// Sentences for every reader: the service's end, its successors
    pub notices: Vec<String>,
    /// The assumptions that rows rest on
    pub assumptions: Vec<AssumptionUse>,
    /// Which layers were seen, which were not
    pub coverage: Vec<Coverage>,
    /// When the snapshot was taken
    pub captured_at: Option<String>,
    /// What was read to find it out; empty where no output shows it
    pub inputs: Vec<Input>,
    /// When and with what it was made, where an output shows it; the edge has the clock
    pub making: Option<Making>,
    /// What decides the verdict besides the rows
    pub standing: Standing,
    /// What the gate made of it; `None` before a gate saw it
    pub gate: Option<Gate>,
}

impl Report {
    /// Counts the rows and decides anew, after a row was waived or something was found out
    ///
    /// Denied beats undetermined; nothing unknown ever counts as ready. The predicted response stays: no waiver
    /// changes what the service would answer.
    pub fn settle(&mut self) {
        self.summary = Summary::of(&self.requirements);
        self.verdict = Verdict::of(&self.summary, self.standing);
    }
}

/// Where the facts come from
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A snapshot and what-if documents, decided by the own engine
    Offline,
    /// AWS: its policy simulator decides on the caller's own policies, the engine on what the simulator does not see
    Live,
    /// Both engines decide every row
    Both,
}

impl Mode {
    /// The word of the contract
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Live => "live",
            Self::Both => "both",
        }
    }
}

/// The answer (contract section 2)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every needed permission is allowed or waived
    Ready,
    /// At least one is denied and not waived, or the service would reject the request
    Blocked,
    /// None is denied, at least one is undetermined
    Undetermined,
}

impl Verdict {
    /// What the counts and the standing amount to
    #[must_use]
    pub fn of(summary: &Summary, standing: Standing) -> Self {
        if standing.rejected || summary.denied > 0 {
            Self::Blocked
        } else if standing.incomplete || standing.stale || summary.undetermined > 0 || summary.needed == 0 {
            Self::Undetermined
        } else {
            Self::Ready
        }
    }

    /// The word of the contract
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Blocked => "blocked",
            Self::Undetermined => "undetermined",
        }
    }
}

/// Counts over the rows that must be allowed
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows with `need = "must"`
    pub needed: usize,
    /// Of these allowed
    pub allowed: usize,
    /// Of these denied and not waived
    pub denied: usize,
    /// Of these undetermined and not waived
    pub undetermined: usize,
    /// Of these neither allowed nor counted against the verdict: a waiver or the baseline accepts them
    pub waived: usize,
}

impl Summary {
    /// Counts rows
    #[must_use]
    pub fn of(rows: &[Requirement]) -> Self {
        let mut summary = Self::default();
        for row in rows.iter().filter(|row| super::decides(row)) {
            summary.needed += 1;
            match row.decision {
                Decision::Allowed => summary.allowed += 1,
                _ if row.waived.is_some() => summary.waived += 1,
                Decision::ExplicitDeny | Decision::ImplicitDeny => summary.denied += 1,
                Decision::Undetermined => summary.undetermined += 1,
            }
        }
        summary
    }
}

/// Who would send the request
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPrincipal {
    /// The ARN as resolved (a role with its path)
    pub arn: String,
    /// The kind in words
    pub kind: &'static str,
    /// The account id, empty where there is none
    pub account: String,
}

/// What the service would answer
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictedResponse {
    /// The HTTP status, `None` when it cannot be told
    pub status: Option<u16>,
    /// The error code, `None` for success or when it cannot be told
    pub error: Option<String>,
}

/// One needed permission and its decision
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The row's id; rows that one need was split into carry a number: `read-object#2`
    pub id: String,
    /// `caller`, `role:NAME`, `service:NAME`
    pub actor: String,
    /// Who that is, where it is not the caller and known: the ARN of a role, or a service principal
    pub principal: Option<String>,
    /// The action
    pub action: String,
    /// An ARN, or a pattern where the row stands for several resources
    pub resource: String,
    /// How many resources the row stands for
    pub resource_count: u64,
    /// Up to five of them, when the row stands for several
    pub examples: Vec<String>,
    /// What the row is about one by one, when that was kept; of a key the objects whose key it is
    pub members: Vec<String>,
    /// How strongly it is needed
    pub need: Strength,
    /// When a lack would show
    pub phase: Phase,
    /// The decision
    pub decision: Decision,
    /// Whether names alone say that it is needed: no page was read
    pub is_generated: bool,
    /// Why it is needed
    pub because: String,
    /// The pages that say so
    pub sources: Vec<Source>,
    /// Ids of the assumptions it rests on
    pub assumptions: Vec<String>,
    /// What decided
    pub decided_by: Vec<DecidedBy>,
    /// Condition keys whose value would settle it
    pub missing_context: Vec<String>,
    /// Facts that would settle it, in words with the way to supply them
    pub missing_facts: Vec<String>,
    /// What each unknown would do: "allowed if `aws:SourceVpce` is `vpce-1` (statement Net in `net.json`)"
    pub outcomes: Vec<String>,
    /// The context of the call: key and value in words, for `derive` and `explain`
    pub context: Vec<(String, String)>,
    /// What is missing and what would close it, for rows that are not allowed
    pub gap: Option<Gap>,
    /// Who judged which layer
    pub coverage: Vec<LayerCoverage>,
    /// Who accepts it although it is not allowed
    pub waived: Option<Waived>,
    /// The way through the layers, where an output shows it; rows of one class share theirs
    pub way: Option<Arc<Way>>,
    /// The place in the request file that makes it necessary
    pub asked_at: Location,
}

impl Requirement {
    /// The word for a row that names alone say is needed
    #[must_use]
    pub fn origin(&self) -> Option<&'static str> {
        self.is_generated.then_some("generated")
    }

    /// Who judged which layers, in words; `None` where nobody but the own engine was asked
    #[must_use]
    pub fn judged(&self) -> Option<String> {
        let by = |who: &str| {
            let layers = self.coverage.iter().filter(|view| view.judged_by == who);
            layers.map(|view| view.layer.words()).collect::<Vec<_>>().join(", ")
        };
        let [both, simulator, engine, nobody] = ["both", "simulator", "engine", "nobody"].map(by);
        if both.is_empty() && simulator.is_empty() {
            return None;
        }
        let parts =
            [(both, "both engines"), (simulator, "AWS's simulator"), (engine, "the own engine"), (nobody, "nobody")];
        let parts = parts.into_iter().filter(|(layers, _)| !layers.is_empty());
        Some(parts.map(|(layers, who)| format!("{who}: {layers}")).collect::<Vec<_>>().join("; "))
    }
}

/// Who judged one layer of a row
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerCoverage {
    /// The layer
    pub layer: Layer,
    /// `engine`, `simulator`, `both` or `nobody`
    pub judged_by: &'static str,
    /// From what, or why nobody could
    pub why: String,
}

/// What is missing and what would close it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// One sentence: what is missing
    pub message: String,
    /// The smallest change that would close it, one sentence each
    pub help: Vec<String>,
}

/// What decided a row
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedBy {
    /// The layer
    pub layer: Layer,
    /// The policy's name, empty when the layer as a whole decided
    pub policy: String,
    /// The statement's Sid, empty when it has none
    pub sid: String,
    /// What it did: `allows`, `denies`, `does not allow`, `may deny`, `may allow`, `is not known`
    pub effect: &'static str,
    /// The statement's place
    pub location: Option<Location>,
    /// The text of the line there, for the reader
    pub line_text: Option<String>,
}

/// How grave a finding is
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The request fails, or something could not be checked
    Error,
    /// It may fail or cost
    Warning,
    /// Worth knowing
    Note,
}

/// Something found beside the permissions
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable id, kebab-case: `request-constraint`, `bucket-region`, `manifest-line`
    pub id: &'static str,
    /// How grave
    pub severity: Severity,
    /// One sentence
    pub message: String,
    /// A way out
    pub help: Option<String>,
    /// A page that explains it
    pub url: Option<String>,
    /// Where
    pub location: Option<Location>,
}

impl Finding {
    /// A problem that the check can do without
    #[must_use]
    pub fn warning(id: &'static str, problem: Problem) -> Self {
        Self {
            id,
            severity: Severity::Warning,
            message: problem.message,
            help: problem.help,
            url: None,
            location: problem.location,
        }
    }
}

/// An assumption in force
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumptionUse {
    /// Its name, as for `--assume`
    pub id: String,
    /// Its value in this run
    pub value: String,
    /// What that value means
    pub meaning: String,
}

/// Whether a layer or fact was seen
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// What: `identity policies`, `bucket policy of acme-results`
    pub what: String,
    /// Whether it was seen (known to be absent counts as seen)
    pub seen: bool,
    /// How it was seen, or why not
    pub why: String,
}
