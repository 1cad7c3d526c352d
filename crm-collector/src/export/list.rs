//! Lists of what is kept beside figures: users, keys, imports.

use anstyle::Style;

use super::cells::printable;
use super::grid::{Cell, Column, Grid};
use super::look::Look;

/// What a text is given.
const LEAST: usize = 16;

/// Texts under their heads, each line ending with a line break. Nothing gives way: what is too long is
/// broken into lines.
pub fn list(heads: &[&str], rows: Vec<Vec<String>>, look: &Look) -> String {
    let column = |head: &&str| Column {
        head: (*head).to_owned(),
        is_number: false,
        least: LEAST,
        most_lines: usize::MAX,
    };
    let cell = |text: String| Cell { text: printable(&text), style: Style::new() };
    let grid = Grid {
        columns: heads.iter().map(column).collect(),
        rows: rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
        totals: Vec::new(),
        give_way: Vec::new(),
    };
    grid.lay_out(look, false).lines.into_iter().map(|line| line + "\n").collect()
}
