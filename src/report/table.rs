//! Tables that keep to the terminal's width

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle, Width};

use super::Style;
use super::paint::{Ink, paint};
use super::text::visible;

/// Thin lines everywhere, a line between rows because a row takes several lines
const THIN: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .row_separator(LineStyle::new('├', '─', '┼', '┤'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// A line at each end of a row and one between two columns
pub(crate) const fn border_width(columns: usize) -> usize {
    columns + 1
}

/// A space at each side of a cell
pub(crate) const PADDING: usize = 2;

/// What stands before the first cell
const LEAD: &str = "│ ";

/// The layout of one table
#[derive(Debug)]
pub(crate) struct Layout {
    table: Table,
    marks: Vec<(String, Ink)>,
}

impl Layout {
    /// A table; each column has a title and the characters its content may take at most
    pub(crate) fn new(style: Style, columns: &[(&str, usize)]) -> Self {
        let mut table = Table::new();
        table.load_style(THIN).set_content_arrangement(ContentArrangement::Dynamic).set_width(style.width);
        table.set_header(columns.iter().map(|(title, _)| Cell::new(title)));
        let limits = columns.iter().map(|(_, limit)| {
            let limit = u16::try_from(limit + PADDING).unwrap_or(u16::MAX);
            ColumnConstraint::UpperBoundary(Width::Fixed(limit))
        });
        table.set_constraints(limits);
        Self { table, marks: Vec::new() }
    }

    /// Adds a row; a cell is made of lines, and the first cell's first line is coloured
    pub(crate) fn row(&mut self, ink: Ink, cells: &[Vec<String>]) {
        let cells = cells.iter().map(|lines| {
            let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
            Cell::new_owned(lines.join("\n"))
        });
        let cells: Vec<Cell> = cells.collect();
        let mark = cells.first().map(Cell::content).unwrap_or_default();
        let mark = mark.lines().next().unwrap_or_default().to_owned();
        if !self.marks.iter().any(|(known, _)| *known == mark) {
            self.marks.push((mark, ink));
        }
        self.table.add_row(cells);
    }

    /// The table's lines, each with its line end
    pub(crate) fn render(&self, style: Style) -> String {
        let mut shown = String::new();
        for line in self.table.lines() {
            shown.push_str(&self.colored(style, line.trim_end()));
            shown.push('\n');
        }
        shown
    }

    /// Colours the mark with which a line begins; the widths are settled by then
    fn colored(&self, style: Style, line: &str) -> String {
        let marks = self.marks.iter();
        let found = marks.filter_map(|(mark, ink)| {
            let rest = line.strip_prefix(LEAD)?.strip_prefix(mark.as_str())?;
            Some((mark, *ink, rest))
        });
        match found.max_by_key(|(mark, ..)| mark.len()) {
            Some((mark, ink, rest)) => format!("{LEAD}{}{rest}", paint(style, ink, mark)),
            None => line.to_owned(),
        }
    }
}
