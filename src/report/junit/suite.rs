//! Test suites as XML, in the form that Jenkins, GitLab and others read

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::report::text::visible;
use crate::source::Location;

/// Cases that belong together
#[derive(Debug, Clone)]
pub struct Suite {
    /// Its name
    pub name: String,
    /// What holds for all its cases: name and value
    pub properties: Vec<(String, String)>,
    /// The cases, in order
    pub cases: Vec<Case>,
}

/// One case
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name
    pub name: String,
    /// The group that dashboards sort it into, parts separated by dots
    pub classname: String,
    /// Where it is decided
    pub place: Option<Location>,
    /// How it ended
    pub outcome: Outcome,
}

/// How a case ended
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it should
    Passed,
    /// Not as it should
    Failed {
        /// A stable name of the cause
        kind: String,
        /// One sentence
        message: String,
        /// What else there is to say, lines
        details: String,
    },
    /// It could not be found out
    Errored {
        /// A stable name of the cause
        kind: String,
        /// One sentence
        message: String,
        /// What else there is to say, lines
        details: String,
    },
    /// It does not count
    Skipped {
        /// A stable name of the cause
        kind: String,
        /// One sentence
        message: String,
    },
}

/// How many cases there are, and how many of each bad end
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'c>(cases: impl Iterator<Item = &'c Case>) -> Self {
        cases.fold(Self::default(), |mut counts, case| {
            counts.tests += 1;
            match case.outcome {
                Outcome::Passed => {}
                Outcome::Failed { .. } => counts.failures += 1,
                Outcome::Errored { .. } => counts.errors += 1,
                Outcome::Skipped { .. } => counts.skipped += 1,
            }
            counts
        })
    }
}

/// Writes suites as one document
///
/// # Errors
/// Those of the sink.
pub fn write(name: &str, suites: &[Suite], out: &mut dyn io::Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = Counts::of(suites.iter().flat_map(|suite| &suite.cases));
    let mut root = element("testsuites", &[("name", name)]);
    for (name, count) in [("tests", counts.tests), ("failures", counts.failures), ("errors", counts.errors)] {
        root.push_attribute((name, count.to_string().as_str()));
    }
    xml.write_event(Event::Start(root))?;
    for suite in suites {
        write_suite(suite, &mut xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    xml.into_inner().write_all(b"\n")
}

type Xml<'o> = Writer<&'o mut dyn io::Write>;

fn write_suite(suite: &Suite, xml: &mut Xml<'_>) -> io::Result<()> {
    let counts = Counts::of(suite.cases.iter());
    let mut start = element("testsuite", &[("name", &suite.name)]);
    for (name, count) in
        [("tests", counts.tests), ("failures", counts.failures), ("errors", counts.errors), ("skipped", counts.skipped)]
    {
        start.push_attribute((name, count.to_string().as_str()));
    }
    xml.write_event(Event::Start(start))?;
    if !suite.properties.is_empty() {
        xml.write_event(Event::Start(BytesStart::new("properties")))?;
        for (name, value) in &suite.properties {
            xml.write_event(Event::Empty(element("property", &[("name", name), ("value", value)])))?;
        }
        xml.write_event(Event::End(BytesEnd::new("properties")))?;
    }
    for case in &suite.cases {
        write_case(case, xml)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn write_case(case: &Case, xml: &mut Xml<'_>) -> io::Result<()> {
    let mut start = element("testcase", &[("name", &case.name), ("classname", &case.classname)]);
    if let Some(place) = &case.place {
        start.push_attribute(("file", visible(&place.file).as_ref()));
        start.push_attribute(("line", place.at.line.to_string().as_str()));
    }
    let (tag, kind, message, details) = match &case.outcome {
        Outcome::Passed => return xml.write_event(Event::Empty(start)),
        Outcome::Failed { kind, message, details } => ("failure", kind, message, details.as_str()),
        Outcome::Errored { kind, message, details } => ("error", kind, message, details.as_str()),
        Outcome::Skipped { kind, message } => ("skipped", kind, message, ""),
    };
    xml.write_event(Event::Start(start))?;
    let bad = element(tag, &[("type", kind), ("message", message)]);
    if details.is_empty() && case.place.is_none() {
        xml.write_event(Event::Empty(bad))?;
    } else {
        let place = case.place.iter().map(|place| format!("at {place}"));
        let lines = details.lines().map(str::to_owned).chain(place);
        let lines: Vec<String> = lines.map(|line| visible(&line).into_owned()).collect();
        xml.write_event(Event::Start(bad))?;
        xml.write_event(Event::Text(BytesText::new(&lines.join("\n"))))?;
        xml.write_event(Event::End(BytesEnd::new(tag)))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

/// A start tag; no character that XML does not know gets into a value
fn element<'e>(tag: &'e str, attributes: &[(&str, &str)]) -> BytesStart<'e> {
    let mut start = BytesStart::new(tag);
    for (name, value) in attributes {
        start.push_attribute((*name, visible(value).as_ref()));
    }
    start
}
