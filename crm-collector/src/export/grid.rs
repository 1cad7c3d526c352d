//! Cells in columns that fit a width. What does not fit is made to, in this order: heads are broken
//! between their words, columns give way one by one, and texts are broken into lines.

use anstyle::Style;

use super::look::{FAINT, Look, STRONG};
use super::wrap::{longest_word, width, wrap};

/// Between two columns.
const GAP: &str = "  ";
/// A text is given no less than this where no column gives way any more.
const TIGHT_TEXT: usize = 6;

/// A column.
pub(super) struct Column {
    pub(super) head: String,
    /// Numbers stand to the right, and are not broken.
    pub(super) is_number: bool,
    /// A text is given no less than this, if it has as much: columns give way before.
    pub(super) least: usize,
    /// Lines that a text is cut to.
    pub(super) most_lines: usize,
}

/// A cell.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

/// Rows of cells, one a column.
pub(super) struct Grid {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// Below a rule; empty for none.
    pub(super) totals: Vec<Cell>,
    /// Columns that give way together where there is too little room, the first ones first.
    pub(super) give_way: Vec<Vec<usize>>,
}

/// What a column takes.
#[derive(Clone, Copy)]
struct Size {
    /// With its head in one line, and its cells too.
    whole: usize,
    /// With its head in several.
    head_broken: usize,
    /// The least.
    least: usize,
}

/// Lines, and the columns that are not in them.
pub(super) struct LaidOut {
    pub(super) lines: Vec<String>,
    pub(super) left_out: Vec<usize>,
}

impl Grid {
    /// The cells in lines, each no wider than the look is.
    pub(super) fn lay_out(&self, look: &Look, ruled: bool) -> LaidOut {
        let sizes: Vec<_> = (0..self.columns.len()).map(|column| self.size(column)).collect();
        let mut kept: Vec<_> = (0..self.columns.len()).collect();
        let mut going = self.give_way.iter();
        while taken(kept.iter().map(|column| sizes[*column].least)) > look.width {
            let Some(gone) = going.next() else { break };
            kept.retain(|column| !gone.contains(column));
        }
        let left_out = (0..self.columns.len()).filter(|column| !kept.contains(column)).collect();
        let mut sizes: Vec<_> = kept.iter().map(|column| sizes[*column]).collect();
        if taken(sizes.iter().map(|size| size.least)) > look.width {
            for (size, column) in sizes.iter_mut().zip(&kept) {
                if !self.columns[*column].is_number {
                    size.least = size.least.min(TIGHT_TEXT);
                }
            }
        }
        let shown: Vec<_> = kept.into_iter().zip(widths(&sizes, look.width)).collect();

        let rule = "─".repeat(taken(shown.iter().map(|(_, width)| *width)));
        let rule = styled(&rule, look.style(FAINT));
        let mut lines = self.heads(&shown, look.style(STRONG));
        lines.extend(ruled.then(|| rule.clone()));
        for row in &self.rows {
            lines.extend(self.row(row, &shown));
        }
        if !self.totals.is_empty() {
            lines.push(rule);
            lines.extend(self.row(&self.totals, &shown));
        }
        LaidOut { lines, left_out }
    }

    fn size(&self, column: usize) -> Size {
        let cells = self.rows.iter().chain([&self.totals]).filter_map(|row| row.get(column));
        let cells = cells.map(|cell| width(&cell.text)).max().unwrap_or(0);
        let Column { head, is_number, least, .. } = &self.columns[column];
        let whole = cells.max(width(head));
        let head_broken = cells.max(longest_word(head));
        let least = match is_number {
            true => head_broken,
            false => cells.min(*least).max(longest_word(head).min(*least)),
        };
        Size { whole, head_broken, least }
    }

    /// The heads, whose last lines stand side by side.
    fn heads(&self, shown: &[(usize, usize)], style: Style) -> Vec<String> {
        let heads: Vec<_> =
            shown.iter().map(|(column, width)| wrap(&self.columns[*column].head, *width)).collect();
        let height = heads.iter().map(Vec::len).max().unwrap_or(0);
        let cells = heads.into_iter().map(|mut lines| {
            let above = height - lines.len();
            lines.splice(0..0, std::iter::repeat_n(String::new(), above));
            (lines, style)
        });
        self.side_by_side(shown, cells.collect())
    }

    fn row(&self, row: &[Cell], shown: &[(usize, usize)]) -> Vec<String> {
        let cells = shown.iter().map(|(column, width)| {
            let Some(cell) = row.get(*column) else { return (Vec::new(), Style::new()) };
            (cut(wrap(&cell.text, *width), self.columns[*column].most_lines, *width), cell.style)
        });
        self.side_by_side(shown, cells.collect())
    }

    fn side_by_side(
        &self,
        shown: &[(usize, usize)],
        cells: Vec<(Vec<String>, Style)>,
    ) -> Vec<String> {
        let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
        let line = |number: usize| {
            let mut line = String::new();
            for (position, ((column, most), (lines, style))) in shown.iter().zip(&cells).enumerate()
            {
                let text = lines.get(number).map_or("", String::as_str);
                let blanks = " ".repeat(most.saturating_sub(width(text)));
                let is_number = self.columns[*column].is_number;
                if position > 0 {
                    line.push_str(GAP);
                }
                let (before, after) = if is_number { (&*blanks, "") } else { ("", &*blanks) };
                line.extend([before, &styled(text, *style), after]);
            }
            line.truncate(line.trim_end().len());
            line
        };
        (0..height).map(line).collect()
    }
}

/// A text in a style; blanks have none.
pub(super) fn styled(text: &str, style: Style) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// No more than so many lines; the last of them says that there were more.
fn cut(mut lines: Vec<String>, most: usize, room: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while width(last) + 1 > room && last.pop().is_some() {}
            last.push('…');
        }
    }
    lines
}

/// Columns of letters that some widths take with the gaps between them.
fn taken(widths: impl Iterator<Item = usize>) -> usize {
    let (count, sum) = widths.fold((0, 0), |(count, sum), width| (count + 1_usize, sum + width));
    sum + count.saturating_sub(1) * GAP.len()
}

/// How wide each column is: as it would be, or with broken heads, or with the widest texts broken.
fn widths(sizes: &[Size], most: usize) -> Vec<usize> {
    let whole: Vec<_> = sizes.iter().map(|size| size.whole).collect();
    if taken(whole.iter().copied()) <= most {
        return whole;
    }
    let mut widths: Vec<_> = sizes.iter().map(|size| size.head_broken).collect();
    while taken(widths.iter().copied()) > most {
        let can_give = widths.iter().zip(sizes).map(|(width, size)| (*width > size.least, *width));
        let widest = can_give.enumerate().filter(|(_, (can, _))| *can).max_by_key(|(_, of)| of.1);
        let Some((column, _)) = widest else { break };
        widths[column] -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        Cell { text: text.to_owned(), style: Style::new() }
    }

    fn grid(heads: &[(&str, bool)], rows: &[&[&str]]) -> Grid {
        let column = |(head, is_number): &(&str, bool)| Column {
            head: (*head).to_owned(),
            is_number: *is_number,
            least: 16,
            most_lines: 3,
        };
        Grid {
            columns: heads.iter().map(column).collect(),
            rows: rows.iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect(),
            totals: Vec::new(),
            give_way: (1..heads.len()).rev().map(|column| vec![column]).collect(),
        }
    }

    fn laid_out(grid: &Grid, width: usize) -> (Vec<String>, Vec<usize>) {
        let LaidOut { lines, left_out } = grid.lay_out(&Look { width, ..Look::default() }, true);
        for line in &lines {
            assert!(super::width(line) <= width, "{line}");
        }
        (lines, left_out)
    }

    #[test]
    fn heads_are_broken_before_columns_give_way() {
        let heads = [("sku", false), ("average order", true), ("orders", true)];
        let grid = grid(&heads, &[&["A", "12.00", "7"], &["B", "1,234.00", "12"]]);
        let (lines, left_out) = laid_out(&grid, 40);
        assert_eq!(lines[0], "sku  average order  orders");
        assert!(left_out.is_empty());
        let (lines, left_out) = laid_out(&grid, 22);
        assert_eq!(
            lines,
            [
                "      average",
                "sku     order  orders",
                "─────────────────────",
                "A       12.00       7",
                "B    1,234.00      12"
            ]
        );
        assert!(left_out.is_empty());
        let (lines, left_out) = laid_out(&grid, 20);
        assert_eq!(lines[2], "A            12.00");
        assert_eq!(left_out, [2]);
    }

    #[test]
    fn long_names_are_broken_and_cut_and_numbers_are_not() {
        let heads = [("name", false), ("net", true)];
        let long = "茶".repeat(100);
        let grid = grid(&heads, &[&[&long, "123,456.00"]]);
        let (lines, left_out) = laid_out(&grid, 40);
        assert_eq!(lines[2], format!("{}  123,456.00", "茶".repeat(14)));
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[4], format!("{}…", "茶".repeat(13)));
        assert!(left_out.is_empty());
    }

    #[test]
    fn totals_stand_below_a_rule() {
        let mut grid = grid(&[("a", false), ("b", true)], &[&["x", "1"], &["y", "2"]]);
        grid.totals = vec![cell("total"), cell("3")];
        let (lines, _) = laid_out(&grid, 40);
        assert_eq!(lines, ["a      b", "────────", "x      1", "y      2", "────────", "total  3"]);
    }
}
