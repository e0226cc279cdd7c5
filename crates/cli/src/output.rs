//! What is written where: data on stdout, as a table for people or JSON for programs; everything
//! else on stderr.

use crate::error::Failure;
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use console::{Style, Term};
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns, for people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON document per line.
    Ndjson,
}

/// Where data goes, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) format: Format,
}

impl Output {
    /// Whether people read it.
    pub(crate) fn for_people(self) -> bool {
        self.format == Format::Table
    }

    /// Writes one document for programs; people have been told in words.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(crate) fn document(self, json: &Value) -> Result<(), Failure> {
        match self.format {
            Format::Table => Ok(()),
            Format::Json => data(&format!("{json:#}\n")),
            Format::Ndjson => data(&format!("{json}\n")),
        }
    }

    /// Writes items: a table, a document that holds them under `items`, or one line each.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(crate) fn items(self, page: &Value, table: impl FnOnce() -> Grid) -> Result<(), Failure> {
        match self.format {
            Format::Table => table().write(),
            Format::Json => data(&format!("{page:#}\n")),
            Format::Ndjson => {
                let items = page.get("items").and_then(Value::as_array).map(Vec::as_slice);
                let lines = items.unwrap_or_default().iter().map(|item| format!("{item}\n"));
                data(&lines.collect::<String>())
            }
        }
    }
}

/// A table for people.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table with these heads.
    pub(crate) fn new(heads: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { heads: heads.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(|cell| shown(&cell.into())).collect());
    }

    /// Writes it, as wide as the terminal; as wide as it is where there is none.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub(crate) fn write(self) -> Result<(), Failure> {
        let width = io::stdout().is_terminal().then(|| Term::stdout().size().1);
        data(&self.text(width, console::colors_enabled()))
    }

    fn text(self, width: Option<u16>, coloured: bool) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        if !self.heads.is_empty() {
            table.set_header(self.heads.iter().map(|head| head.to_uppercase()));
        }
        table.add_rows(self.rows);
        if let Some(first) = table.column_mut(0) {
            first.set_padding((0, 1));
        }
        let text: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        let bold = Style::new().bold().force_styling(coloured);
        let lines = text.iter().enumerate().map(|(number, line)| {
            if number == 0 && !self.heads.is_empty() {
                bold.apply_to(line).to_string() + "\n"
            } else {
                format!("{line}\n")
            }
        });
        lines.collect()
    }
}

/// A text as it is shown on a terminal: what could steer the terminal is replaced.
pub(crate) fn shown(text: &str) -> String {
    let safe = |c: char| match c {
        '\n' => c,
        '\t' => ' ',
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            '\u{fffd}'
        }
        c => c,
    };
    text.replace("\r\n", "\n").chars().map(safe).collect()
}

/// A value as people read it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        Value::Object(parts) if parts.contains_key("redacted") => "(erased)".to_owned(),
        Value::Object(parts) => {
            let parts = parts.values().map(plain).filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The beginning of a text on one line.
pub(crate) fn shortened(text: &str) -> String {
    let line = text.replace('\n', " ");
    if line.chars().count() <= 60 {
        return line;
    }
    line.chars().take(59).chain(['…']).collect()
}

/// An instant as people read it: to the second, in UTC.
pub(crate) fn instant(text: &str) -> String {
    match (text.get(..10), text.get(11..19)) {
        (Some(day), Some(time)) => format!("{day} {time}Z"),
        (None, _) | (_, None) => text.to_owned(),
    }
}

/// Writes data.
///
/// # Errors
/// [`Failure::Output`]; a reader that has gone is one, see [`Failure::is_broken_pipe`].
pub(crate) fn data(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Says something to people. Nobody reads what cannot be written.
pub(crate) fn say(text: &str) {
    writeln!(io::stderr(), "{text}").unwrap_or_default();
}

/// Asks, and takes nothing but a yes for one. The caller has seen to it that somebody is there.
///
/// # Errors
/// [`Failure::Cancelled`] for anything else.
pub(crate) fn ask(question: &str) -> Result<(), Failure> {
    let mut err = io::stderr().lock();
    write!(err, "{} [y/N] ", shown(question))?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    let yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if yes { Ok(()) } else { Err(Failure::Cancelled) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn grid() -> Grid {
        let mut grid = Grid::new(["id", "name"]);
        grid.row(["1", "Ann\u{1b}[31m"]);
        grid.row(["2", "a name that is rather long"]);
        grid
    }

    #[test]
    fn without_a_terminal_a_row_is_a_line() {
        assert_eq!(
            grid().text(None, false),
            "ID  NAME\n1   Ann\u{fffd}[31m\n2   a name that is rather long\n"
        );
    }

    #[test]
    fn on_a_terminal_a_table_is_no_wider_than_it() {
        let text = grid().text(Some(20), false);
        assert!(text.lines().all(|line| line.chars().count() <= 20), "{text}");
    }

    #[test]
    fn values_are_plain() {
        assert_eq!(plain(&json!({"city": "Wien", "line1": "Ring 1"})), "Wien, Ring 1");
        assert_eq!(plain(&json!(["a", "b"])), "a; b");
        assert_eq!(plain(&json!({"redacted": "erased"})), "(erased)");
        assert_eq!(instant("2026-11-24T05:03:07.123Z"), "2026-11-24 05:03:07Z");
    }
}
