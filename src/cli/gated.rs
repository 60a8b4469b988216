//! The gate's files, its moment, and what it says beside the report

use std::path::Path;

use jiff::Timestamp;

use crate::finding::{self, Ending, InputRole, Report, SetBy, Setting, Verdict};
use crate::gate::{Baseline, Gate, Provenance, Waivers};
use crate::source::{Problem, Problems, SourceFile};

use super::args::{FailOn, GateArgs, GatedArgs};
use super::config::Configuration;
use super::inputs::Inputs;
use super::{Exit, Failure, clock, input, terminal};

/// Everything that a check is held to, read before anything is checked
pub(super) struct Held<'a> {
    args: &'a GateArgs,
    exit_zero: bool,
    waivers: Waivers,
    inputs: Inputs,
    baseline: Option<Baseline>,
    now: Timestamp,
    provenance: Provenance,
}

impl<'a> Held<'a> {
    /// Reads the waivers and the baseline
    ///
    /// # Errors
    /// Flags that contradict each other, and files that cannot be read, all at once.
    pub(super) fn to(args: &'a GatedArgs, configuration: Configuration) -> Result<Self, Problems> {
        let Configuration { file, waivers, settings } = configuration;
        let gate = &args.gate;
        let inputs = Inputs::for_outputs(&args.check.output);
        if let Some(file) = &file {
            inputs.document(InputRole::Gate, file);
        }
        let read = |path: &Path| {
            let file = input::read_document(path)?;
            inputs.document(InputRole::Gate, &file);
            Ok::<SourceFile, Problem>(file)
        };
        let mut problems: Vec<Problem> = contradiction(args, &settings).into_iter().collect();
        let mut all = waivers;
        for path in &gate.waivers {
            match read(path).map_err(Problems::from).and_then(|file| Waivers::read(&file)) {
                Ok(waivers) => all.extend(waivers),
                Err(Problems(found)) => problems.extend(found),
            }
        }
        let baseline = gate.baseline.as_deref().map(|path| Baseline::read(&read(path)?)).transpose();
        let baseline = baseline.unwrap_or_else(|Problems(found)| {
            problems.extend(found);
            None
        });
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let now = gate.as_of.as_ref().map_or_else(now, |given| Ok(given.moment()))?;
        let as_of = gate.as_of.as_ref().map(|given| given.text().to_owned());
        let configuration = file.map(|file| file.name.to_string());
        let provenance = Provenance { as_of, configuration, settings };
        Ok(Self { args: gate, exit_zero: args.check.exit_zero, waivers: all, inputs, baseline, now, provenance })
    }

    /// Applies the gate to a report; `unanswered` says that AWS had to be asked and answered nothing at all
    ///
    /// # Errors
    /// When the baseline that was wanted cannot be written.
    pub(super) fn judge(self, report: &mut Report, unanswered: bool) -> Result<Exit, Failure> {
        let gate = Gate {
            fail_on: self.args.fail_on.map(finding::FailOn::from).unwrap_or_default(),
            strict: self.args.strict,
            waivers: &self.waivers,
            baseline: self.baseline.as_ref(),
            max_age: self.args.max_age,
            now: self.now,
            unanswered,
        };
        let ending = gate.apply(report, self.provenance);
        report.inputs.extend(self.inputs.list());
        if let Some(path) = &self.args.write_baseline {
            write_baseline(path, report, ending)?;
        }
        tell(report, ending);
        Ok(Exit::of_gate(ending, self.exit_zero))
    }
}

/// What could not be checked is no gap that is known
fn write_baseline(path: &Path, report: &Report, ending: Ending) -> Result<(), Failure> {
    if matches!(ending, Ending::Unchecked | Ending::Nothing) {
        terminal::note(&format!("`{}` was not written: nothing was checked", path.display()));
        return Ok(());
    }
    std::fs::write(path, Baseline::of(report)).map_err(|error| input::unwritable(path, &error))?;
    terminal::note(&format!("the gaps of this run are in `{}`", path.display()));
    Ok(())
}

/// Says on standard error what passed although it is not allowed, whatever the formats on standard output show
fn tell(report: &Report, ending: Ending) {
    let passed = report.gate.iter().flat_map(|gate| &gate.let_pass);
    if ending == Ending::Passed {
        for words in passed {
            terminal::note(words);
        }
    } else if report.verdict == Verdict::Ready {
        for words in report.gate.iter().flat_map(|gate| &gate.failures) {
            terminal::note(&format!("ready, but the gate fails: {words}"));
        }
    }
}

/// Flags of which one says to fail and the other not to
fn contradiction(args: &GatedArgs, settings: &[Setting]) -> Option<Problem> {
    let (strict, exit_zero, fail_on) = (args.gate.strict, args.check.exit_zero, args.gate.fail_on);
    let (one, other) = match fail_on {
        _ if strict && exit_zero => ("strict", "exit-zero"),
        Some(FailOn::Denied | FailOn::Undetermined | FailOn::None) if strict => ("strict", "fail-on"),
        Some(FailOn::Denied | FailOn::Undetermined | FailOn::Any) if exit_zero => ("fail-on", "exit-zero"),
        _ => return None,
    };
    let set: Vec<String> = settings
        .iter()
        .filter(|setting| setting.flag == one || setting.flag == other)
        .map(|setting| match &setting.by {
            SetBy::File(location) => format!("`{}` is set in {location}", setting.flag),
            SetBy::Environment(name) => format!("`{}` is set by {name}", setting.flag),
        })
        .collect();
    let help = if set.is_empty() { "leave one of the two out".to_owned() } else { set.join(", ") };
    let word = fail_on.map(finding::FailOn::from).map(finding::FailOn::word).unwrap_or_default();
    let shown = |flag: &str| if flag == "fail-on" { format!("--fail-on {word}") } else { format!("--{flag}") };
    let message = format!("`{}` and `{}` contradict each other", shown(one), shown(other));
    Some(Problem::general(message).with_help(help))
}

/// The moment
///
/// # Errors
/// When the clock of the machine shows no moment: then nobody knows what has expired.
fn now() -> Result<Timestamp, Problem> {
    let now = clock::now();
    if now > Timestamp::UNIX_EPOCH {
        return Ok(now);
    }
    Err(Problem::general("the clock of this machine shows no usable date").with_help("give --as-of DATE"))
}
