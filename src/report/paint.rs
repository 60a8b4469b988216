//! Colour, where the reader wants it

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Ansi};

use super::Style;

/// What a piece of text means to the eye
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// All is well
    Good,
    /// It fails
    Bad,
    /// It cannot be told
    Open,
    /// A heading
    Heading,
}

impl Ink {
    fn style(self) -> Ansi {
        let color = |color: AnsiColor| color.on_default().effects(Effects::BOLD);
        match self {
            Self::Good => color(AnsiColor::Green),
            Self::Bad => color(AnsiColor::BrightRed),
            Self::Open => color(AnsiColor::Yellow),
            Self::Heading => Ansi::new().effects(Effects::BOLD),
        }
    }
}

/// Colours a text that holds no hidden characters
pub(crate) fn paint(style: Style, ink: Ink, text: &str) -> String {
    if !style.color {
        return text.to_owned();
    }
    let ansi = ink.style();
    format!("{}{text}{}", ansi.render(), ansi.render_reset())
}
