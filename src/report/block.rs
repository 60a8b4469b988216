//! One block in the manner of rustc: a title, the places it points at, notes

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Padding, Renderer, Snippet};

use super::Style;
use super::excerpt::{Excerpt, excerpt};
use super::text::{visible, wrap};
use crate::finding::Severity;
use crate::source::Location;

/// Source lines are not shown longer
const LONGEST_LINE: usize = 140;
/// Notes are not broken shorter than this
const NARROWEST_NOTE: usize = 24;

/// A block to be written; texts are made fit for the terminal as they come in
#[derive(Debug)]
pub(crate) struct Block {
    severity: Option<Severity>,
    id: Option<&'static str>,
    title: String,
    places: Vec<Place>,
    notes: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Place {
    file: String,
    line: u32,
    column: u32,
    source: Option<Excerpt>,
    label: String,
}

impl Block {
    /// `error[id]: title`, or the title alone
    pub(crate) fn new(severity: impl Into<Option<Severity>>, id: Option<&'static str>, title: &str) -> Self {
        let (severity, title) = (severity.into(), visible(title).into_owned());
        Self { severity, id, title, places: Vec::new(), notes: Vec::new() }
    }

    /// Points at a place, with the text of its line where that is known; says whether the label could be put there
    pub(crate) fn place(&mut self, location: &Location, line_text: Option<&str>, label: &str) -> bool {
        let source = line_text.and_then(|line| excerpt(line, location.at.column));
        let is_labelled = source.is_some();
        let (line, column) = (location.at.line, location.at.column);
        let (file, label) = (visible(&location.file).into_owned(), visible(label).into_owned());
        self.places.push(Place { file, line, column, source, label });
        is_labelled
    }

    /// Adds `= name: text`
    pub(crate) fn note(&mut self, name: &'static str, text: &str) {
        self.notes.push((name, visible(text).into_owned()));
    }

    /// The block's lines, without a line end after the last
    pub(crate) fn render(&self, style: Style) -> String {
        let title = level(self.severity).primary_title(self.title.as_str());
        let title = match self.id {
            Some(id) => title.id(id),
            None => title,
        };
        let gutter = self.places.iter().map(|place| digits(place.line)).max().unwrap_or(0);
        let group = self.places.iter().fold(Group::with_title(title), |group, place| group.element(place.element()));
        let notes = self.notes.iter().map(|(name, text)| message(name, text, style.columns(), gutter));
        let bare = self.places.last().is_some_and(|place| place.source.is_none());
        let padding = (bare && !self.notes.is_empty()).then_some(Padding);
        renderer(style).render(&[group.elements(padding).elements(notes)])
    }
}

impl Place {
    /// The excerpt with the place above it, or the place alone; the column follows from the marker
    fn element(&self) -> Element<'_> {
        let line = usize::try_from(self.line).unwrap_or(usize::MAX);
        let column = usize::try_from(self.column).unwrap_or(usize::MAX);
        let Some(Excerpt { text, marker }) = &self.source else {
            return Origin::path(self.file.as_str()).line(line).char_column(column).into();
        };
        let marker = AnnotationKind::Primary.span(marker.clone());
        let marker = if self.label.is_empty() { marker } else { marker.label(self.label.as_str()) };
        Snippet::source(text.as_str()).path(self.file.as_str()).line_start(line).annotation(marker).into()
    }
}

fn message<'t>(name: &'static str, text: &str, width: usize, gutter: usize) -> Element<'t> {
    let indent = gutter + " = ".len() + name.len() + ": ".len();
    let text = wrap(text, width.saturating_sub(indent).max(NARROWEST_NOTE)).join("\n");
    let level = if name == "help" { Level::HELP } else { Level::NOTE };
    level.with_name(name).message(text).into()
}

fn level(severity: Option<Severity>) -> Level<'static> {
    match severity {
        Some(Severity::Error) => Level::ERROR,
        Some(Severity::Warning) => Level::WARNING,
        Some(Severity::Note) => Level::NOTE,
        None => Level::NOTE.no_name(),
    }
}

fn renderer(style: Style) -> Renderer {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).term_width(style.columns().min(LONGEST_LINE))
}

fn digits(line: u32) -> usize {
    line.to_string().len()
}
