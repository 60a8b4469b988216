//! Text that stays text in Markdown as GitHub and GitLab render it

use crate::report::text::visible;

/// A text as code: nothing in it is markup, a mention, a link or the end of a table cell
///
/// In a table GitHub splits cells at `|` even inside code, unless it is escaped.
pub(super) fn code(text: &str) -> String {
    let shown = visible(text);
    if shown.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&shown, '`') + 1);
    let pad = if shown.starts_with(['`', ' ']) || shown.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// The same in a cell of a table
pub(super) fn code_cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A sentence of the report: names in backticks become code, everything else plain text
pub(super) fn sentence(text: &str) -> String {
    let shown = visible(text);
    let mut written = String::with_capacity(shown.len() + 16);
    let parts: Vec<&str> = shown.split('`').collect();
    // With an odd number of backticks nobody can say which part is a name.
    if parts.len().is_multiple_of(2) {
        return code(&shown);
    }
    for (index, part) in parts.into_iter().enumerate() {
        if index % 2 == 1 {
            written.push_str(&code(part));
        } else {
            plain(part, &mut written);
        }
    }
    written
}

/// The same in a cell of a table
pub(super) fn sentence_cell(text: &str) -> String {
    // An escaped bar is escaped already; only code has bare ones.
    let written = sentence(text);
    let mut cell = String::with_capacity(written.len());
    let mut before = ' ';
    for character in written.chars() {
        if character == '|' && before != '\\' {
            cell.push('\\');
        }
        cell.push(character);
        before = character;
    }
    cell
}

/// Every mark is escaped; what GitHub looks for in finished text (mentions, issues, links) stands as code
fn plain(text: &str, written: &mut String) {
    for character in text.chars() {
        match character {
            '@' | '#' => written.extend(['`', character, '`']),
            mark if mark.is_ascii_punctuation()
                && !matches!(mark, ',' | ';' | '\'' | '"' | '/' | '%' | '?' | '(' | ')') =>
            {
                written.extend(['\\', mark]);
            }
            other => written.push(other),
        }
    }
}

/// Lines in a block of code that nothing in them can end
pub(super) fn block(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| visible(line).into_owned()).collect();
    let longest = lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

/// A text inside an HTML element
pub(super) fn html(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            other => written.push(other),
        }
    }
    written
}

fn longest_run(text: &str, mark: char) -> usize {
    text.split(|character| character != mark).map(str::len).max().unwrap_or(0)
}
