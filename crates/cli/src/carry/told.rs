//! How carrying a log is told, to people and to programs.

use super::file::Whole;
use super::line::End;
use crate::audit;
use crate::error::Failure;
use crate::grid::Grid;
use crate::output::{Output, say};
use crate::progress::{Bar, Far, Mode, Progress};
use serde_json::{Map, Value, json};
use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::time::Duration;
use verify::Report;

const BAR: &str = "{bar:30} {pos} of {len} commits, {rate}/s {msg}";

/// How many commits were carried.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Carried {
    pub(super) commits: u64,
    pub(super) of: u64,
}

impl Far for Carried {
    fn position(&self) -> u64 {
        self.commits
    }

    fn beside(&self) -> String {
        String::new()
    }

    fn in_words(&self, _elapsed: Duration) -> String {
        if self.of < self.commits {
            return format!("{} commits", self.commits);
        }
        format!("{} of {} commits", self.commits, self.of)
    }

    fn json(&self, elapsed: Duration) -> Value {
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        json!({ "commits": self.commits, "of": self.of, "elapsed_ms": elapsed_ms })
    }
}

/// Begins to show how far it is.
pub(super) fn progress(mode: Mode, of: u64) -> Progress {
    Progress::begin(mode, stderr().is_terminal(), Bar { length: of, form: BAR })
}

/// What is wrong with the commits of a log; the exit code.
///
/// # Errors
/// [`Failure::Output`].
pub(super) fn findings(report: &Report, output: Output) -> Result<u8, Failure> {
    audit::findings(report, Map::new(), output)
}

/// What a file holds.
///
/// # Errors
/// [`Failure::Output`].
pub(super) fn whole(did: &str, path: &Path, whole: &Whole, output: Output) -> Result<(), Failure> {
    let numbers = [(did, whole.end.commits)];
    told(path, &whole.end, &whole.sha256.to_string(), &numbers, output)
}

/// What a file holds, and what was done with how many commits of it.
///
/// # Errors
/// [`Failure::Output`].
pub(super) fn told(
    path: &Path,
    end: &End,
    sha256: &str,
    did: &[(&str, u64)],
    output: Output,
) -> Result<(), Failure> {
    let file = path.display().to_string();
    let newest = end.newest.clone().unwrap_or_default();
    if !output.for_people() {
        let mut document = Map::new();
        for (name, value) in [("file", json!(file)), ("newest", json!(newest))] {
            document.insert(name.to_owned(), value);
        }
        let texts = [("heads", end.heads.to_string()), ("sha256", sha256.to_owned())];
        document.extend(texts.map(|(name, text)| (name.to_owned(), text.into())));
        let numbers = [("records", end.records), ("commits", end.commits)];
        let numbers = numbers.iter().chain(did);
        document.extend(numbers.map(|(name, number)| ((*name).to_owned(), (*number).into())));
        return output.document(&Value::Object(document));
    }
    let mut grid = Grid::default();
    grid.row(["File".to_owned(), file]);
    grid.row(["Records".to_owned(), end.records.to_string()]);
    grid.row(["Commits".to_owned(), end.commits.to_string()]);
    for (name, number) in did {
        let (first, rest) = name.split_at(1);
        let name = format!("{}{rest}", first.to_uppercase()).replace('_', " ");
        grid.row([name, number.to_string()]);
    }
    grid.row(["Newest".to_owned(), newest]);
    grid.row(["SHA-256".to_owned(), sha256.to_owned()]);
    grid.write()
}

/// What is to be done after an import.
pub(super) fn next_steps(table: &str, created: bool) {
    if created {
        say(&format!(
            "{table} has no stream, no policy and no point-in-time recovery yet: docs/operate.md, \"Carrying a log to another place\", says what it needs before a stack is pointed at it."
        ));
    }
    say(
        "Views are made of the log, so none was carried. When a stack reads this table, for each of \
        records, counts and audit:\n  annals views rebuild VIEW --promote --watch --reason \"The log was imported\"",
    );
}
