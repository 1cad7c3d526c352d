//! How an answer is to look: how wide, whether drawn and in colour, with which columns.

use anstyle::{AnsiColor, Effects, Style};

/// What whoever reads a table sees.
#[derive(Clone, Debug)]
pub struct Look {
    /// Columns of letters that a line may have.
    pub width: usize,
    /// Whether there is a terminal that shows colours, shades and sparklines; or else plain figures.
    pub drawn: bool,
    /// The columns to show, by their keys; those that fit if empty.
    pub columns: Vec<String>,
}

impl Look {
    /// Width of a table that nobody looks at on a terminal.
    pub const WIDTH: usize = 100;
    /// Narrower than this nothing is made.
    pub const LEAST_WIDTH: usize = 40;

    /// A style, where there is a terminal that shows it.
    pub(super) fn style(&self, style: Style) -> Style {
        if self.drawn { style } else { Style::new() }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self { width: Self::WIDTH, drawn: false, columns: Vec::new() }
    }
}

/// Of titles, heads and what the eye is to find first.
pub(super) const STRONG: Style = Style::new().effects(Effects::BOLD);
/// Of rules.
pub(super) const FAINT: Style = Style::new().effects(Effects::DIMMED);
/// Of what grew.
pub(super) const MORE: Style = AnsiColor::Green.on_default();
/// Of what fell.
pub(super) const LESS: Style = AnsiColor::Red.on_default();
/// Of what is missing.
pub(super) const MISSING: Style = AnsiColor::Yellow.on_default();
