//! Reading a carried log: line by line, each item followed as it comes, the whole held against its end.

use super::fault::Fault;
use super::follow::Follower;
use super::line::{End, Ending, FORMAT, Header, Item};
use super::told;
use crate::error::Failure;
use crate::output::Output;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use verify::Report;
use vocabulary::Digest;

/// An item has at most 400 KB (DynamoDB developer guide, "Quotas", read 2026-11-24); JSON may need six bytes
/// for one of them.
const LINE_MAX: u64 = 3 * 1024 * 1024;
/// How the last line begins.
pub(super) const ENDING: &[u8] = b"{\"end\":";

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    path: PathBuf,
    file: BufReader<File>,
    line: Vec<u8>,
    number: u64,
    follower: Follower,
    /// What the last line says, and the digest of the whole file.
    ending: Option<(End, Digest)>,
}

/// A file that was read to its end.
#[derive(Debug)]
pub(super) struct Whole {
    /// What it holds.
    pub(super) end: End,
    /// What was found wrong with its commits.
    pub(super) report: Report,
    /// SHA-256 of all of it, as `sha256sum` says it.
    pub(super) sha256: Digest,
}

impl Reading {
    /// Opens a file and reads its first line.
    ///
    /// # Errors
    /// [`Failure`]: it cannot be read, or is no carried log.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let unread =
            |cause| Failure::File { path: path.to_owned(), what: "it cannot be read", cause };
        let file = BufReader::with_capacity(1 << 20, File::open(path).map_err(unread)?);
        let (path, line, follower) = (path.to_owned(), Vec::new(), Follower::new());
        let mut reading = Self { path, file, line, number: 0, follower, ending: None };
        if !reading.advance()? {
            return Err(Fault::Cut { path: reading.path }.into());
        }
        header(&reading.line, &reading.path)?;
        reading.follower.bytes(&reading.line);
        Ok(reading)
    }

    /// The next item; `None` at the end, when what the last line says was found to be so.
    ///
    /// # Errors
    /// [`Failure`]: the file is cut off, or is not the one that was written.
    pub(super) fn next(&mut self) -> Result<Option<Item>, Failure> {
        if !self.advance()? {
            return Err(Fault::Cut { path: self.path.clone() }.into());
        }
        if self.line.starts_with(ENDING) {
            self.end()?;
            return Ok(None);
        }
        let item: Item = serde_json::from_slice(&self.line)
            .map_err(|_quotes_the_text| self.altered("the line is no item of an event table"))?;
        if let Some(oddity) = item.oddity() {
            return Err(self.altered(&oddity).into());
        }
        self.follower.bytes(&self.line);
        self.follower.item(&item);
        Ok(Some(item))
    }

    /// The last line, and that nothing comes after it.
    fn end(&mut self) -> Result<(), Failure> {
        let Ending { end } = serde_json::from_slice(&self.line)
            .map_err(|_shape| self.altered("the last line does not say what the file holds"))?;
        let sha256 = self.follower.digest_with(&self.line);
        if self.advance()? {
            return Err(self.altered("there is something after the last line").into());
        }
        self.ending = Some((end, sha256));
        Ok(())
    }

    /// Reads the rest, and compares what there was with what the last line says. Commits that do not hold
    /// together are in the report; they explain every other difference.
    ///
    /// # Errors
    /// As [`Reading::next`].
    pub(super) fn rest(mut self) -> Result<Whole, Failure> {
        while self.ending.is_none() {
            self.next()?;
        }
        let line = self.number;
        let (found, report, _) = self.follower.finish();
        let Some((end, sha256)) = self.ending else {
            return Err(Fault::Cut { path: self.path }.into());
        };
        if report.worst().is_none() && found != end {
            let what = difference(&end, &found);
            return Err(Fault::Altered { path: self.path, line, what }.into());
        }
        Ok(Whole { end, report, sha256 })
    }

    /// Commits that were read.
    pub(super) fn commits(&self) -> u64 {
        self.follower.commits()
    }

    fn altered(&self, what: &str) -> Fault {
        Fault::Altered { path: self.path.clone(), line: self.number, what: what.to_owned() }
    }

    /// Reads a line, with its end; false where there is none. What does not end is cut off.
    fn advance(&mut self) -> Result<bool, Failure> {
        self.number += 1;
        match whole_line(&mut self.file, &mut self.line) {
            Ok(Line::Whole) => Ok(true),
            Ok(Line::None) => Ok(false),
            Ok(Line::Cut) => Err(Fault::Cut { path: self.path.clone() }.into()),
            Ok(Line::Long) => Err(self.altered("the line is longer than an item can be").into()),
            Err(cause) => {
                let path = self.path.clone();
                Err(Failure::File { path, what: "it cannot be read", cause })
            }
        }
    }
}

/// What was read where a line was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// A line with its end.
    Whole,
    /// The file has ended.
    None,
    /// The file ends within it.
    Cut,
    /// It is too long to be one of ours.
    Long,
}

/// Reads a line into `line`, and no more than one can have.
pub(super) fn whole_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<Line> {
    line.clear();
    let read = file.take(LINE_MAX).read_until(b'\n', line)?;
    Ok(match line.last() {
        Some(b'\n') => Line::Whole,
        None => Line::None,
        Some(_) if u64::try_from(read).is_ok_and(|read| read == LINE_MAX) => Line::Long,
        Some(_) => Line::Cut,
    })
}

/// What the first line says.
///
/// # Errors
/// [`Fault::Foreign`].
pub(super) fn header(line: &[u8], path: &Path) -> Result<Header, Fault> {
    let foreign = |what| Fault::Foreign { path: path.to_owned(), what };
    let header: Header = serde_json::from_slice(line)
        .map_err(|_shape| foreign("its first line is not that of a carried log"))?;
    if header.annals_log != FORMAT {
        return Err(foreign("it is of another format"));
    }
    Ok(header)
}

/// In which way a file is not what its last line says.
fn difference(said: &End, found: &End) -> String {
    let numbers = [
        ("records", said.records.to_string(), found.records.to_string()),
        ("commits", said.commits.to_string(), found.commits.to_string()),
        ("SHA-256", said.sha256.to_string(), found.sha256.to_string()),
        ("digest of heads", said.heads.to_string(), found.heads.to_string()),
    ];
    let other = numbers.into_iter().find(|(_, said, found)| said != found);
    other.map_or_else(
        || "the newest commit is another than the last line says".to_owned(),
        |(name, said, found)| format!("{name}: the last line says {said}, there is {found}"),
    )
}

/// `annals log check`: the exit code.
///
/// # Errors
/// [`Failure`].
pub(super) fn check(path: &Path, sha256: Option<&str>, output: Output) -> Result<u8, Failure> {
    let whole = Reading::open(path)?.rest()?;
    if whole.report.worst().is_some() {
        return told::findings(&whole.report, output);
    }
    is_the_one(path, &whole, sha256)?;
    told::whole("checked", path, &whole, output)?;
    Ok(0)
}

/// That a file is the one whose digest was written down.
///
/// # Errors
/// [`Fault::Altered`].
pub(super) fn is_the_one(path: &Path, whole: &Whole, sha256: Option<&str>) -> Result<(), Failure> {
    let found = whole.sha256.to_string();
    match sha256 {
        Some(said) if !said.eq_ignore_ascii_case(&found) => {
            let what = format!("it is another file: its SHA-256 is {found}");
            Err(Fault::Altered { path: path.to_owned(), line: 1, what }.into())
        }
        Some(_) | None => Ok(()),
    }
}
