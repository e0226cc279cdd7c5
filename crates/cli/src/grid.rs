//! Tables for people: as wide as the terminal, and as it comes where there is none.

use crate::error::Failure;
use crate::output::{data, say, shown};
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, presets};
use console::{Style, Term, measure_text_width};
use std::io::{self, IsTerminal};

/// A cell that is cut to less than this says too little.
const CUT_MIN: usize = 14;
/// Between two columns.
const GAP: usize = 2;

/// A column of a list.
#[derive(Debug)]
pub(crate) struct Column {
    head: String,
    /// The lowest are shown first when there is not room for all.
    importance: u8,
    may_be_cut: bool,
}

impl Column {
    /// A column whose cells are shown whole: something to be copied, or short anyway.
    pub(crate) fn whole(head: &str, importance: u8) -> Self {
        Self { head: head.to_owned(), importance, may_be_cut: false }
    }

    /// A column whose cells may be cut.
    pub(crate) fn cut(head: &str, importance: u8) -> Self {
        Self { may_be_cut: true, ..Self::whole(head, importance) }
    }
}

/// A table.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    /// Whether a row is one line on a terminal, and columns without room are left out.
    of_lines: bool,
}

impl Grid {
    /// A table with these heads, whose cells may have several lines.
    pub(crate) fn new(heads: impl IntoIterator<Item = &'static str>) -> Self {
        let columns = heads.into_iter().map(|head| Column::cut(head, 0)).collect();
        Self { columns, ..Self::default() }
    }

    /// A list: one line each.
    pub(crate) fn of_lines(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new(), of_lines: true }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(|cell| shown(&cell.into())).collect());
    }

    /// Writes it, and says which columns had no room.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(crate) fn write(self) -> Result<(), Failure> {
        let width = io::stdout().is_terminal().then(|| Term::stdout().size().1);
        let kept = self.kept(width);
        let gone: Vec<&str> = self
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| (!kept.contains(&index)).then_some(column.head.as_str()))
            .collect();
        data(&self.text(width, &kept, console::colors_enabled()))?;
        if !gone.is_empty() {
            say(&format!("Not shown for want of room: {}. -o json shows all.", gone.join(", ")));
        }
        Ok(())
    }

    /// The columns that there is room for, in their order.
    fn kept(&self, width: Option<u16>) -> Vec<usize> {
        let all = 0..self.columns.len();
        let Some(width) = width.filter(|_| self.of_lines).map(usize::from) else {
            return all.collect();
        };
        let mut by_importance: Vec<(usize, &Column)> = self.columns.iter().enumerate().collect();
        by_importance.sort_by_key(|(_, column)| column.importance);
        let mut room = width;
        let mut kept: Vec<usize> = Vec::new();
        for (index, column) in by_importance {
            let widest = self.rows.iter().filter_map(|row| row.get(index));
            let widest = widest.map(|cell| measure_text_width(cell)).max().unwrap_or(0);
            let widest = widest.max(measure_text_width(&column.head));
            let needed = if column.may_be_cut { widest.min(CUT_MIN) } else { widest } + GAP;
            // What identifies a row is shown even where there is no room for it.
            if needed <= room || column.importance == 0 {
                kept.push(index);
                room = room.saturating_sub(needed);
            }
        }
        kept.sort_unstable();
        kept
    }

    fn text(&self, width: Option<u16>, kept: &[usize], coloured: bool) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let heads = kept.iter().filter_map(|index| self.columns.get(*index));
        if !self.columns.is_empty() {
            table.set_header(heads.clone().map(|column| column.head.to_uppercase()));
        }
        for row in &self.rows {
            let cells = row.iter().enumerate();
            let cells = cells.filter(|(index, _)| self.columns.is_empty() || kept.contains(index));
            let mut row = Row::from(cells.map(|(_, cell)| cell).collect::<Vec<_>>());
            if self.of_lines && width.is_some() {
                row.max_height(1);
            }
            table.add_row(row);
        }
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            for (index, column) in heads.enumerate().filter(|_| self.of_lines) {
                if let Some(of) = table.column_mut(index).filter(|_| !column.may_be_cut) {
                    of.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
        }
        if let Some(first) = table.column_mut(0) {
            first.set_padding((0, 1));
        }
        let bold = Style::new().bold().force_styling(coloured);
        let lines = table.lines().enumerate().map(|(number, line)| {
            let line = line.trim_end();
            let is_head = number == 0 && !self.columns.is_empty();
            if is_head { format!("{}\n", bold.apply_to(line)) } else { format!("{line}\n") }
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Grid {
        let mut grid = Grid::of_lines(vec![
            Column::whole("id", 0),
            Column::cut("name", 0),
            Column::cut("notes", 2),
            Column::whole("changed", 1),
        ]);
        grid.row(["0123456789", "Ann\u{1b}[31m", "", "2026-11-24"]);
        grid.row([
            "9876543210",
            "a name that is rather long",
            "notes about 東京 and more",
            "2026-11-23",
        ]);
        grid
    }

    fn text(width: Option<u16>) -> String {
        let grid = list();
        grid.text(width, &grid.kept(width), false)
    }

    #[test]
    fn without_a_terminal_everything_is_shown_and_a_row_is_a_line() {
        assert_eq!(
            text(None),
            "ID          NAME                        NOTES                      CHANGED\n\
             0123456789  Ann\u{fffd}[31m                                               2026-11-24\n\
             9876543210  a name that is rather long  notes about 東京 and more  2026-11-23\n"
        );
    }

    #[test]
    fn on_a_narrow_terminal_cells_are_cut_and_the_least_important_columns_left_out() {
        for (width, columns) in [(80, 4), (60, 4), (45, 3), (30, 2)] {
            let text = text(Some(width));
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 3, "{width}: {text}");
            assert_eq!(lines[0].split_whitespace().count(), columns, "{width}: {text}");
            assert!(lines[1].starts_with("0123456789 "), "an id can be copied: {text}");
            let widest = lines.iter().map(|line| measure_text_width(line)).max().unwrap();
            assert!(widest <= usize::from(width), "{width}: {text}");
        }
    }

    #[test]
    fn a_record_has_no_heads() {
        let mut grid = Grid::default();
        grid.row(["Name", "Ann"]);
        grid.row(["Notes", "two\nlines"]);
        let text = grid.text(None, &grid.kept(None), false);
        assert_eq!(text, "Name   Ann\nNotes  two\n       lines\n");
    }
}
