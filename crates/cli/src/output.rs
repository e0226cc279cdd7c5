//! What is written where: data on stdout, as a table for people or JSON for programs; everything
//! else on stderr.

use crate::error::Failure;
use crate::grid::Grid;
use clap::ValueEnum;
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

/// A text as it is shown on a terminal: what could steer the terminal is replaced.
pub(crate) fn shown(text: &str) -> String {
    let safe = |c: char| match c {
        '\n' => c,
        '\t' | '\r' => ' ',
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

/// The thousandths of a share of one, which is a number from 0 to 1.
pub(crate) fn per_mille(share: &Value) -> u64 {
    let text = share.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "0"));
    // A number such as `1e-7` is as good as none.
    let rest = if rest.contains('e') { "0" } else { rest };
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    format!("{whole}{digits}").parse::<u64>().unwrap_or_default().min(1_000)
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

/// Asks for a line of text. The caller has seen to it that somebody is there.
///
/// # Errors
/// [`Failure::Output`] when nobody can be asked after all.
pub(crate) fn ask_for(question: &str) -> Result<String, Failure> {
    let mut err = io::stderr().lock();
    write!(err, "{} ", shown(question))?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// Whether somebody is there who can be asked.
pub(crate) fn is_anybody_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_plain() {
        assert_eq!(plain(&json!({"city": "Wien", "line1": "Ring 1"})), "Wien, Ring 1");
        assert_eq!(plain(&json!(["a", "b"])), "a; b");
        assert_eq!(plain(&json!({"redacted": "erased"})), "(erased)");
        assert_eq!(instant("2026-11-24T05:03:07.123Z"), "2026-11-24 05:03:07Z");
    }

    #[test]
    fn a_share_is_told_in_thousandths() {
        let shares = [
            (json!(0), 0),
            (json!(0.4), 400),
            (json!(0.0571), 57),
            (json!(1.0), 1_000),
            (json!(1), 1_000),
            (json!(1.2), 1_000),
            (json!(0.000_000_1), 0),
            (Value::Null, 0),
        ];
        for (share, thousandths) in shares {
            assert_eq!(per_mille(&share), thousandths, "{share}");
        }
    }
}
