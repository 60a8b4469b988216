//! `simulate`: raw authorization cases in, decisions out (contract section 4)

use std::io::{self, Write};

use crate::evaluate::Readings;
use crate::simulate::stream::{self, Settings, Stopped, Summary};
use crate::source::{Problem, nearest};

use super::args::SimulateArgs;
use super::{Exit, Failure, input, terminal};

/// Output up to this size is held back until all cases are decided: a malformed case leaves no decision behind
const HELD: usize = 32 << 20;

/// The engine's assumptions with their two values, the default first
const READINGS: [(&str, [&str; 2]); 4] = [
    ("multivalued-without-set", ["no-match", "any-value"]),
    ("list-buckets-on-all", ["allowed", "denied"]),
    ("any-principal-limits", ["not-limited", "limited"]),
    ("grant-limits", ["not-limited", "limited"]),
];

pub(super) fn run(args: &SimulateArgs) -> Result<Exit, Failure> {
    let settings = Settings { readings: readings(&args.assume)?, check: args.check };
    let source = input::open_lines(&args.file)?;
    let name = if args.file.as_os_str() == "-" { "standard input".to_owned() } else { args.file.display().to_string() };
    let mut out = Held { text: Vec::new(), to: terminal::stdout() };
    let summary = stream::run(source, &name, settings, &mut out).map_err(|stopped| match stopped {
        Stopped::Input(problems) => Failure::Input(problems),
        Stopped::Output(error) => Failure::Output(error),
    })?;
    out.release()?;
    Ok(match summary {
        Summary { cases: 0, .. } => Exit::Nothing,
        Summary { differences: 0, .. } => Exit::Ready,
        _ => Exit::Blocked,
    })
}

/// Output that is held back while it is small; large output is passed on as it comes
struct Held<W> {
    text: Vec<u8>,
    to: W,
}

impl<W: Write> Held<W> {
    fn release(&mut self) -> io::Result<()> {
        self.to.write_all(&self.text)?;
        self.text.clear();
        self.to.flush()
    }
}

impl<W: Write> Write for Held<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(text);
        if self.text.len() > HELD {
            self.release()?;
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The engine's readings that named assumptions ask for
///
/// # Errors
/// A problem that names what is known, for an unknown name or value.
fn readings(assumed: &[(String, String)]) -> Result<Readings, Problem> {
    let mut readings = Readings::default();
    for (name, value) in assumed {
        let Some((known, values)) = READINGS.iter().find(|(known, _)| known == name) else {
            let names = READINGS.map(|(known, _)| known);
            let help = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
            return Err(Problem::general(format!("`{name}` is no assumption that `simulate` makes"))
                .with_help(help.unwrap_or_else(|| format!("it makes {}", names.join(", ")))));
        };
        let Some(choice) = values.iter().position(|known| known == value) else {
            return Err(Problem::general(format!("the assumption `{name}` has no value `{value}`"))
                .with_help(format!("it takes {}", values.join(" or "))));
        };
        let second = choice == 1;
        match *known {
            "multivalued-without-set" => readings.multivalued_as_any = second,
            "list-buckets-on-all" => readings.all_buckets_cover_listing = !second,
            "any-principal-limits" => readings.any_principal_limited = second,
            _ => readings.grants_limited = second,
        }
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assume(name: &str, value: &str) -> Result<Readings, Problem> {
        readings(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn the_first_value_of_each_assumption_is_the_default_and_the_second_is_not() {
        for (name, [first, second]) in READINGS {
            assert_eq!(assume(name, first).unwrap(), Readings::default(), "{name}");
            assert_ne!(assume(name, second).unwrap(), Readings::default(), "{name}");
        }
    }

    #[test]
    fn unknown_names_and_values_are_told_the_known_ones() {
        assert_eq!(assume("grant-limit", "limited").unwrap_err().help.unwrap(), "did you mean `grant-limits`?");
        let value = assume("grant-limits", "yes").unwrap_err();
        assert_eq!(value.message, "the assumption `grant-limits` has no value `yes`");
        assert_eq!(value.help.unwrap(), "it takes not-limited or limited");
    }
}
