//! Texts of the input, fit for a page

use std::fmt;

use crate::report::excerpt;
use crate::report::text::visible;

/// A text whose hidden characters are shown as escapes; the template engine escapes what HTML would read
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn of(text: impl AsRef<str>) -> Self {
        Self(visible(text.as_ref()).into_owned())
    }

    /// A line of a file: one visible character for each of its own
    pub(super) fn line(text: &str) -> Self {
        Self(text.chars().map(excerpt::shown).collect())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Texts of a list
pub(super) fn texts<S: AsRef<str>>(texts: &[S]) -> Vec<Text> {
    texts.iter().map(Text::of).collect()
}

/// A page of the web; only `https` and `http` may become a link
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) text: Text,
    pub(super) followed: bool,
}

impl Link {
    pub(super) fn of(url: &str) -> Self {
        let plain = !url.contains(|c: char| c.is_whitespace() || c.is_control());
        Self { text: Text::of(url), followed: plain && (url.starts_with("https://") || url.starts_with("http://")) }
    }
}

/// A name for an element: letters, digits and hyphens of a text
pub(super) fn anchor(kind: &str, text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{kind}-{plain}")
}

/// What all of these begin with, up to the last slash or colon
pub(super) fn common_folder<'t>(texts: &[&'t str]) -> &'t str {
    let Some((first, rest)) = texts.split_first() else { return "" };
    let mut end = first.len();
    for text in rest {
        let same = first.bytes().zip(text.bytes()).take(end).take_while(|(one, other)| one == other).count();
        end = end.min(same);
    }
    let common = first.as_bytes().get(..end).unwrap_or_default();
    let folder = common.iter().rposition(|byte| matches!(byte, b'/' | b':')).map_or(0, |at| at + 1);
    first.get(..folder).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_become_links() {
        for (url, followed) in [
            ("https://a.example/x", true),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("https://a b", false),
        ] {
            assert_eq!(Link::of(url).followed, followed, "{url}");
        }
    }

    #[test]
    fn names_are_cut_to_the_folder_that_all_have() {
        assert_eq!(common_folder(&["a:b/c/d1", "a:b/c/d2"]), "a:b/c/");
        assert_eq!(common_folder(&["größe/ä", "größe/ö"]), "größe/");
        assert_eq!(common_folder(&["abc", "abd"]), "");
        assert_eq!(common_folder(&["a/b"]), "a/");
        assert_eq!(common_folder(&[]), "");
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(Text::of("a\u{202e}b").to_string(), r"a\u{202e}b");
        assert_eq!(Text::line("a\u{202e}b\u{1b}").to_string(), "a\u{fffd}b␛");
        assert_eq!(anchor("row", "read-object#2 <x>"), "row-read-object-2--x-");
    }
}
