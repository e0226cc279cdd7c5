//! `annals import`: the rows of a CSV file as new records.
//!
//! The file is read twice. First to its end, so that whatever is wrong with it is found before anything
//! is sent; then row by row, in memory that does not grow with it.

mod columns;
mod examine;
mod fault;
mod report;
mod rows;
mod send;
mod tally;
mod task;

use crate::api::Api;
use crate::args::Import;
use crate::error::{Failure, Usage, exit};
use crate::interrupt::listen;
use crate::output::{Output, data, say};
use crate::progress::{Bar, Progress};
use crate::types::{self, Type};
use columns::Columns;
use examine::{Examined, Source};
pub(crate) use fault::Fault;
use report::{Refused, Report};
use send::{News, Outcome, Sending};
use serde_json::json;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use tally::{Summary, Tally};
use task::Tasks;

/// What is said after Ctrl-C.
const INTERRUPTED: &str = "Interrupted. What was sent is kept; run the same command again to go on, \
    nothing is sent twice.";

const BAR: &str = "{bar:30} {pos} of {len} rows, {rate} rows/s, {eta} left {msg}";
/// So many refused rows are told one by one; the report has all of them.
const TOLD_MAX: u64 = 20;

/// A file that was found to be good, and what is to be done with it.
struct Checked<'a> {
    asked: &'a Import,
    of: Type,
    source: Source,
    columns: Columns,
    examined: Examined,
}

/// `annals import`: the exit code.
pub(crate) fn import(
    api: &Api,
    asked: &Import,
    stop: &Arc<AtomicBool>,
    output: Output,
) -> Result<u8, Failure> {
    let source = Source::new(&asked.file, &asked.delimiter)?;
    let of = types::named(api, &asked.of)?;
    of.kept_by_editors()?;
    let examined = source.examined()?;
    let fault = |fault| fault_in(&asked.file, fault);
    let columns = Columns::new(&examined.head, &asked.map, &of).map_err(fault)?;
    if examined.rows == 0 {
        say("There is nothing to import after the first line.");
    }
    let checked = Checked { asked, of, source, columns, examined };
    if asked.dry_run {
        return checked.tried(output);
    }
    listen(stop)?;
    checked.sent(api, stop, output)
}

/// What is wrong with the file that was named.
fn fault_in(path: &Path, fault: Fault) -> Failure {
    Usage::Import { path: path.display().to_string(), fault: Box::new(fault) }.into()
}

impl Checked<'_> {
    /// Sends the rows, and tells how it went.
    fn sent(&self, api: &Api, stop: &AtomicBool, output: Output) -> Result<u8, Failure> {
        let (asked, names) = (self.asked, self.columns.names());
        let path = asked.report.clone().unwrap_or_else(|| beside(&asked.file));
        let mut report = Report::begin(&path, names, self.source.delimiter)?;
        let correlation = format!("import-{}", self.examined.digest);
        let sending = self.sending(api, stop, &correlation);
        let (mut tally, mut progress) = self.begun();
        let (begun, mut failure) = (Instant::now(), None);
        let counting = sending.send(|news| {
            match news {
                Some(News::Row { number, line, outcome }) => {
                    let refused = counted(&mut tally, outcome, line);
                    if let Some(refused) = &refused {
                        tell_refused(&progress, &tally, line, &refused.reason);
                    }
                    report.settled(number, refused, names)?;
                }
                Some(News::Stopped { line, failure: cause }) if failure.is_none() => {
                    failure = Some(Failure::Stopped { line, cause: Box::new(cause) });
                }
                Some(News::Unreadable(cause)) if failure.is_none() => failure = Some(cause),
                // The first failure is the one to tell; the others follow from it.
                None | Some(News::Stopped { .. } | News::Unreadable(_)) => {}
            }
            progress.tick(&tally);
            Ok(())
        });
        progress.end(&tally);
        let report = report.finish(names)?;
        counting?;
        let complete = failure.is_none() && tally.settled() == tally.rows;
        let (file, report) = (asked.file.as_path(), report.as_deref());
        let (tally, correlation, elapsed) = (&tally, correlation.as_str(), begun.elapsed());
        Summary { file, tally, elapsed, report, correlation, complete }.write(output)?;
        match failure {
            Some(failure) => Err(failure),
            None if !complete => {
                say(INTERRUPTED);
                Ok(exit::CANCELLED)
            }
            None if tally.refused > 0 => Ok(exit::REFUSED_ROWS),
            None => Ok(0),
        }
    }

    fn sending<'a>(
        &'a self,
        api: &'a Api,
        stop: &'a AtomicBool,
        correlation: &'a str,
    ) -> Sending<'a> {
        Sending {
            api,
            source: &self.source,
            columns: &self.columns,
            plural: &self.of.plural,
            reason: self.asked.reason.as_deref(),
            correlation,
            rows: self.examined.rows,
            jobs: usize::from(self.asked.jobs),
            stop,
        }
    }

    fn begun(&self) -> (Tally, Progress) {
        let rows = self.examined.rows;
        let bar = Bar { length: rows, form: BAR };
        let progress = Progress::begin(self.asked.progress, stderr().is_terminal(), bar);
        (Tally { rows, ..Tally::default() }, progress)
    }

    /// `--dry-run`: goes through the file and sends nothing.
    fn tried(&self, output: Output) -> Result<u8, Failure> {
        let (mut tally, progress) = self.begun();
        let mut tasks = Tasks::new(&self.of.plural, self.asked.reason.as_deref(), tally.rows);
        let mut rows = self.source.rows()?;
        self.source.checked(rows.next())?;
        while let Some(row) = self.source.checked(rows.next())? {
            if row.is_blank() {
                continue;
            }
            let faults = match self.columns.body(&row) {
                Ok(body) => {
                    drop(tasks.keyed(body));
                    self.columns.faults(&row).join("; ")
                }
                Err(ragged) => ragged,
            };
            if faults.is_empty() {
                tally.created += 1;
            } else {
                tally.refused += 1;
                tell_refused(&progress, &tally, row.line, &faults);
            }
        }
        progress.end(&tally);
        self.told_of_trial(&tally, output)?;
        Ok(if tally.refused > 0 { exit::REFUSED_ROWS } else { 0 })
    }

    fn told_of_trial(&self, tally: &Tally, output: Output) -> Result<(), Failure> {
        let Tally { rows, created: good, refused: wrong, .. } = tally;
        if output.for_people() {
            return data(&format!(
                "{good} of {rows} rows would be sent as {}, {wrong} are wrong already. Nothing was sent.\nColumns: {}\n",
                self.of.plural,
                self.columns.told(),
            ));
        }
        output.document(&json!({
            "file": self.asked.file.display().to_string(),
            "rows": rows,
            "would_be_sent": good,
            "wrong": wrong,
            "dry_run": true,
        }))
    }
}

/// Counts what became of a row; a refused one comes back for the report.
fn counted(tally: &mut Tally, outcome: Outcome, line: u64) -> Option<Refused> {
    match outcome {
        Outcome::Created => tally.created += 1,
        Outcome::AlreadyThere => tally.already_there += 1,
        Outcome::Refused { reason, cells } => {
            tally.refused += 1;
            return Some(Refused { line, reason, cells });
        }
    }
    None
}

/// Tells people of a refused row; programs read the report.
fn tell_refused(progress: &Progress, tally: &Tally, line: u64, reason: &str) {
    if !progress.is_for_people() {
        return;
    }
    if tally.refused <= TOLD_MAX {
        progress.above(&format!("line {line}: {reason}"));
    } else if tally.refused == TOLD_MAX + 1 {
        progress.above("further refused rows are in the report only");
    }
}

/// `customers.csv` → `customers.refused.csv`.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("refused.csv")
}
