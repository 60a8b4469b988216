//! A stream of cases decided on all cores, the results in the order of the cases
//!
//! One thread reads and cuts, rayon's threads decide, the calling thread writes. Between them stand a
//! few batches at most, so memory does not grow with the stream.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::evaluate::{Decision, Readings};
use crate::source::{Position, Problem, Problems};

use super::batch::{Batch, Batches};
use super::case::Case;
use super::decide::{CaseError, Fault, Simulator};
use super::line::Line;

/// How the cases of a stream are decided
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// How contested points are read
    pub readings: Readings,
    /// Compare with `expected` and print only differences
    pub check: bool,
}

/// What became of a stream
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Cases decided
    pub cases: u64,
    /// Cases that differ from their `expected`; none without `check`
    pub differences: u64,
}

/// Why a stream was not decided to its end
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// A case is malformed; the results of all cases before it are written
    #[error(transparent)]
    Input(#[from] Problems),
    /// The results cannot be written
    #[error("the output cannot be written")]
    Output(#[from] io::Error),
}

/// The results of a batch, ready to be written
#[derive(Debug, Default)]
struct Answer {
    lines: Vec<u8>,
    summary: Summary,
    problems: Option<Problems>,
}

/// Simulators at rest: each batch takes one, so that compiled policies outlive the batch
#[derive(Debug, Default)]
struct Pool(Mutex<Vec<Simulator>>);

impl Pool {
    fn take(&self) -> Option<Simulator> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put(&self, simulator: Simulator) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(simulator);
    }
}

/// Decides all cases of a stream, JSON Lines or one JSON array, and writes a line for each
///
/// # Errors
/// At the first malformed case, with its place, after the results before it; or when `out` fails. The
/// reading thread then ends with its next read.
pub fn run(
    source: impl Read + Send + 'static,
    name: &str,
    settings: Settings,
    out: &mut dyn Write,
) -> Result<Summary, Stopped> {
    let (queue, answers) = sync_channel(2 * rayon::current_num_threads() + 2);
    let batches = Batches::new(source, name.into());
    thread::spawn(move || feed(batches, settings, &queue));
    let mut summary = Summary::default();
    while let Some(answer) = next(&answers, out)? {
        out.write_all(&answer.lines)?;
        summary.cases += answer.summary.cases;
        summary.differences += answer.summary.differences;
        if let Some(problems) = answer.problems {
            out.flush()?;
            return Err(problems.into());
        }
    }
    out.flush()?;
    Ok(summary)
}

/// Hands batch after batch to the cores; ends when nobody waits for answers any more
fn feed(batches: Batches<impl Read>, settings: Settings, queue: &SyncSender<Receiver<Answer>>) {
    let pool = Arc::new(Pool::default());
    for batch in batches {
        let (sender, answer) = sync_channel(1);
        if queue.send(answer).is_err() {
            return;
        }
        let pool = Arc::clone(&pool);
        rayon::spawn(move || {
            let mut simulator = pool.take().unwrap_or_else(|| Simulator::new(settings.readings));
            let answer = decide_batch(&batch, settings.check, &mut simulator);
            pool.put(simulator);
            // The other side is gone when the output failed.
            let _ = sender.send(answer);
        });
    }
}

/// The next answer in order; what is written so far is flushed before waiting, for those who read along
fn next(answers: &Receiver<Receiver<Answer>>, out: &mut dyn Write) -> io::Result<Option<Answer>> {
    let waiting = match answers.try_recv() {
        Ok(answer) => answer,
        Err(TryRecvError::Disconnected) => return Ok(None),
        Err(TryRecvError::Empty) => {
            out.flush()?;
            let Ok(answer) = answers.recv() else { return Ok(None) };
            answer
        }
    };
    Ok(waiting.recv().ok())
}

fn decide_batch(batch: &Batch, check: bool, simulator: &mut Simulator) -> Answer {
    let mut answer = Answer::default();
    for case in &batch.cases {
        let decided = match batch.text(case) {
            Ok(text) => decide_text(text, check, simulator, &mut answer)
                .map_err(|malformed| malformed.problems(batch, case.start, text)),
            Err(problem) => Err(problem.into()),
        };
        if let Err(problems) = decided {
            answer.problems = Some(problems);
            return answer;
        }
    }
    answer.problems = batch.problem.clone().map(Problems::from);
    answer
}

fn decide_text<'a>(
    text: &'a str,
    check: bool,
    simulator: &mut Simulator,
    answer: &mut Answer,
) -> Result<(), Malformed<'a>> {
    let case: Case<'a> = serde_json::from_str(text).map_err(Malformed::Json)?;
    answer.summary.cases += 1;
    let named = |fault| Malformed::Case { id: case.id.clone(), fault };
    let expected = if check { Some(expectation(&case)?) } else { None };
    if let Some(expected) = expected
        && simulator.decision(&case).map_err(named)?.word() == expected
    {
        return Ok(());
    }
    let outcome = simulator.outcome(&case).map_err(named)?;
    answer.summary.differences += u64::from(check);
    let line = Line::new(case.id.as_deref(), expected, &outcome);
    serde_json::to_writer(&mut answer.lines, &line).map_err(Malformed::Json)?;
    answer.lines.push(b'\n');
    Ok(())
}

/// The expected word, which must be one that can be decided
fn expectation<'c>(case: &'c Case<'_>) -> Result<&'c str, Malformed<'static>> {
    let words = [Decision::Allowed, Decision::ExplicitDeny, Decision::ImplicitDeny, Decision::Undetermined];
    match case.expected.as_deref() {
        Some(word) if words.iter().any(|known| known.word() == word) => Ok(word),
        other => Err(Malformed::Expectation { id: case.id.clone(), word: other.map(str::to_owned) }),
    }
}

/// What is wrong with one case
#[derive(Debug)]
enum Malformed<'a> {
    Json(serde_json::Error),
    Expectation { id: Option<String>, word: Option<String> },
    Case { id: Option<String>, fault: Fault<'a> },
}

impl Malformed<'_> {
    /// The problems with their places in the stream; the case begins at the byte `start` of its batch
    fn problems(self, batch: &Batch, start: usize, text: &str) -> Problems {
        let called = |id: Option<String>| id.map(|id| format!(" `{id}`")).unwrap_or_default();
        match self {
            Self::Json(error) => {
                let offset = start + crate::json::byte_offset(text, error.line(), error.column());
                let words = crate::json::reason(&error);
                batch.problem_at(offset, format!("this case cannot be read: {words}")).into()
            }
            Self::Expectation { id, word: None } => batch
                .problem_at(start, format!("the case{} has no `expected`, which `--check` compares with", called(id)))
                .with_help("add \"expected\": \"allowed\", or leave out `--check`")
                .into(),
            Self::Expectation { id, word: Some(word) } => batch
                .problem_at(start, format!("the case{} expects `{word}`, which is no decision", called(id)))
                .with_help("the decisions are allowed, explicitDeny, implicitDeny and undetermined")
                .into(),
            Self::Case { fault: Fault::Policy(policy), .. } => {
                let inner = policy.text.as_ptr().addr().saturating_sub(text.as_ptr().addr());
                let at = batch.position(start + inner);
                Problems(policy.problems.0.into_iter().map(|problem| moved(problem, batch.file(), at)).collect())
            }
            Self::Case { id, fault } => {
                let why = CaseError::from(fault);
                batch.problem_at(start, format!("the case{} cannot be decided: {why}", called(id))).into()
            }
        }
    }
}

/// A problem with a place in a policy, moved to the policy's place in the stream
fn moved(problem: Problem, file: &Arc<str>, begin: Position) -> Problem {
    let Some(location) = problem.location else { return problem };
    let lines_down = location.at.line.saturating_sub(1);
    let column = if lines_down == 0 { begin.column.saturating_add(location.at.column - 1) } else { location.at.column };
    let at = Position { line: begin.line.saturating_add(lines_down), column };
    let message = format!("{} ({})", problem.message, location.file);
    Problem { help: problem.help, ..Problem::at(file, at, message) }
}
