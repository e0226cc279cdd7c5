//! Refused rows, in the order of the file: each with its line and the reason before its cells, so that
//! the report can be mended and imported.

use super::columns::REPORTED;
use crate::error::Failure;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A row that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) line: u64,
    pub(super) reason: String,
    pub(super) cells: Vec<String>,
}

/// The report under way. It takes its place when it is finished, and leaves nothing when no row was
/// refused.
#[derive(Debug)]
pub(super) struct Report {
    path: PathBuf,
    scratch: PathBuf,
    file: BufWriter<File>,
    delimiter: u8,
    rows: u64,
    /// The number of the row to be written next.
    next: u64,
    /// Rows that were settled before an earlier one was.
    early: BTreeMap<u64, Option<Refused>>,
}

impl Report {
    /// Begins a report. Done before anything is sent, so that a folder that cannot be written to
    /// is found out in time.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(super) fn begin(path: &Path, columns: &[String], delimiter: u8) -> Result<Self, Failure> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        // Two imports of one file at once must not write into each other's.
        name.push(format!(".{}.part", std::process::id()));
        let scratch = path.with_file_name(name);
        let file = File::create(&scratch).map_err(|cause| failed(path, cause))?;
        let mut report = Self {
            path: path.to_owned(),
            scratch,
            file: BufWriter::new(file),
            delimiter,
            rows: 0,
            next: 0,
            early: BTreeMap::new(),
        };
        let names = columns.iter().filter(|name| !REPORTED.contains(&name.as_str()));
        let head: Vec<&str> = REPORTED.into_iter().chain(names.map(String::as_str)).collect();
        report.write(&head)?;
        Ok(report)
    }

    /// Takes note of a settled row, in whatever order they come.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(super) fn settled(
        &mut self,
        number: u64,
        refused: Option<Refused>,
        columns: &[String],
    ) -> Result<(), Failure> {
        self.early.insert(number, refused);
        while let Some(refused) = self.early.remove(&self.next) {
            self.next += 1;
            self.refused(refused, columns)?;
        }
        Ok(())
    }

    /// Finishes the report: its path, if any row was refused.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(super) fn finish(mut self, columns: &[String]) -> Result<Option<PathBuf>, Failure> {
        for refused in std::mem::take(&mut self.early).into_values() {
            self.refused(refused, columns)?;
        }
        let outcome = self.file.flush().and_then(|()| {
            if self.rows == 0 {
                return std::fs::remove_file(&self.scratch);
            }
            std::fs::rename(&self.scratch, &self.path)
        });
        outcome.map_err(|cause| failed(&self.path, cause))?;
        Ok((self.rows > 0).then_some(self.path))
    }

    fn refused(&mut self, refused: Option<Refused>, columns: &[String]) -> Result<(), Failure> {
        let Some(Refused { line, reason, cells }) = refused else { return Ok(()) };
        self.rows += 1;
        let line = line.to_string();
        // The columns of an earlier report make room for those of this one.
        let kept = cells.iter().enumerate().filter(|(index, _)| {
            columns.get(*index).is_none_or(|name| !REPORTED.contains(&name.as_str()))
        });
        let kept = kept.map(|(_, cell)| cell.as_str());
        let row: Vec<&str> = [line.as_str(), reason.as_str()].into_iter().chain(kept).collect();
        self.write(&row)
    }

    fn write(&mut self, cells: &[&str]) -> Result<(), Failure> {
        let separator = char::from(self.delimiter).to_string();
        let row: Vec<String> = cells.iter().map(|cell| quoted(cell, self.delimiter)).collect();
        let written = writeln!(self.file, "{}", row.join(&separator));
        written.map_err(|cause| failed(&self.path, cause))
    }
}

/// A cell as RFC 4180 has it.
fn quoted(cell: &str, delimiter: u8) -> String {
    let marks = |c: char| matches!(c, '"' | '\n' | '\r') || c == char::from(delimiter);
    if cell.contains(marks) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

fn failed(path: &Path, cause: io::Error) -> Failure {
    let what = "the report cannot be written; choose another place with --report";
    Failure::File { path: path.to_owned(), what, cause }
}
