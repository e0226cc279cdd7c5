//! `annals import`: the rows of a CSV file as new records.
//!
//! The file is read twice. First to its end, so that whatever is wrong with it is found before anything
//! is sent; then row by row, in memory that does not grow with it.

mod columns;
mod examine;
mod fault;
pub(crate) mod progress;
mod report;
mod rows;
mod send;
mod task;

use crate::api::Api;
use crate::args::Import;
use crate::error::{Failure, Usage, exit};
use crate::output::{Output, data, say};
use crate::types::{self, Type};
use columns::Columns;
use examine::{Examined, Source};
pub(crate) use fault::Fault;
use progress::Progress;
use report::{Refused, Report};
use send::{News, Outcome, Sending};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many rows there are, and what became of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    rows: u64,
    created: u64,
    already_there: u64,
    refused: u64,
}

impl Tally {
    fn settled(&self) -> u64 {
        self.created + self.already_there + self.refused
    }

    fn rows_per_second(&self, elapsed: Duration) -> u64 {
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        self.settled().saturating_mul(1_000) / elapsed_ms
    }

    fn in_words(&self, elapsed: Duration) -> String {
        format!(
            "{} of {} rows: {} created, {} already there, {} refused; {} rows/s",
            self.settled(),
            self.rows,
            self.created,
            self.already_there,
            self.refused,
            self.rows_per_second(elapsed),
        )
    }
}

/// How an import ended.
enum End {
    Whole,
    Interrupted,
    Stopped(Failure),
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
    if asked.dry_run {
        return tried(asked, &source, &columns, &of, &examined, output);
    }
    if examined.rows == 0 {
        say("There is nothing to import after the first line.");
    }
    listen(stop)?;
    sent(api, asked, &source, &columns, &of, &examined, stop, output)
}

/// What is wrong with the file that was named.
fn fault_in(path: &Path, fault: Fault) -> Failure {
    Usage::Import { path: path.display().to_string(), fault: Box::new(fault) }.into()
}

/// The first Ctrl-C asks to stop, the second does not ask.
fn listen(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    let register = || {
        let code = i32::from(exit::CANCELLED);
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, code, stop.clone())?;
            signal_hook::flag::register(signal, stop.clone())?;
        }
        Ok::<(), io::Error>(())
    };
    register().map_err(|_unsupported| Failure::Machine("signals"))
}

#[expect(
    clippy::too_many_arguments,
    reason = "each is a thing of its own, and there is one caller"
)]
fn sent(
    api: &Api,
    asked: &Import,
    source: &Source,
    columns: &Columns,
    of: &Type,
    examined: &Examined,
    stop: &AtomicBool,
    output: Output,
) -> Result<u8, Failure> {
    let path = asked.report.clone().unwrap_or_else(|| beside(&asked.file));
    let mut report = Report::begin(&path, columns.names(), source.delimiter)?;
    let correlation = format!("import-{}", examined.digest);
    let sending = Sending {
        api,
        source,
        columns,
        plural: &of.plural,
        reason: asked.reason.as_deref(),
        correlation: &correlation,
        rows: examined.rows,
        jobs: usize::from(asked.jobs),
        stop,
    };
    let mut tally = Tally { rows: examined.rows, ..Tally::default() };
    let begun = Instant::now();
    let mut progress = Progress::begin(asked.progress, io::stderr().is_terminal(), tally.rows);
    let mut end = None;
    let counting = sending.send(|news| {
        match news {
            Some(News::Row { number, line, outcome }) => {
                let refused = tally.add(outcome, line);
                if let Some(refused) = &refused {
                    progress.refused(&tally, line, &refused.reason);
                }
                report.settled(number, refused, columns.names())?;
            }
            Some(News::Stopped { line, failure }) if end.is_none() => {
                end = Some(Failure::Stopped { line, cause: Box::new(failure) });
            }
            Some(News::Unreadable(failure)) if end.is_none() => end = Some(failure),
            // The first failure is the one to tell; the others follow from it.
            None | Some(News::Stopped { .. } | News::Unreadable(_)) => {}
        }
        progress.tick(&tally);
        Ok(())
    });
    progress.end(&tally);
    let report = report.finish(columns.names())?;
    counting?;
    let end = match end {
        Some(failure) => End::Stopped(failure),
        None if stop.load(Ordering::Relaxed) && tally.settled() < tally.rows => End::Interrupted,
        None => End::Whole,
    };
    told(asked, &tally, &correlation, report.as_deref(), begun.elapsed(), &end, output)?;
    ended(end, &tally)
}

impl Tally {
    /// Counts what became of a row; a refused one comes back for the report.
    fn add(&mut self, outcome: Outcome, line: u64) -> Option<Refused> {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::AlreadyThere => self.already_there += 1,
            Outcome::Refused { reason, cells } => {
                self.refused += 1;
                return Some(Refused { line, reason, cells });
            }
        }
        None
    }
}

fn ended(end: End, tally: &Tally) -> Result<u8, Failure> {
    match end {
        End::Stopped(failure) => Err(failure),
        End::Interrupted => {
            say(
                "Interrupted. What was sent is kept; run the same command again to go on, nothing is sent twice.",
            );
            Ok(exit::CANCELLED)
        }
        End::Whole if tally.refused > 0 => Ok(exit::REFUSED_ROWS),
        End::Whole => Ok(0),
    }
}

fn told(
    asked: &Import,
    tally: &Tally,
    correlation: &str,
    report: Option<&Path>,
    elapsed: Duration,
    end: &End,
    output: Output,
) -> Result<(), Failure> {
    if let Some(report) = report.filter(|_| output.for_people()) {
        say(&format!(
            "The refused rows are in {}; mend them and import that file.",
            report.display()
        ));
    }
    if output.for_people() {
        return data(&format!("{}\n", tally.in_words(elapsed)));
    }
    output.document(&json!({
        "file": asked.file.display().to_string(),
        "rows": tally.rows,
        "created": tally.created,
        "already_there": tally.already_there,
        "refused": tally.refused,
        "elapsed_ms": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        "rows_per_second": tally.rows_per_second(elapsed),
        "report": report.map(|path| path.display().to_string()),
        "correlation_id": correlation,
        "complete": matches!(end, End::Whole),
    }))
}

/// `customers.csv` → `customers.refused.csv`.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("refused.csv")
}

/// `--dry-run`: goes through the file and sends nothing.
fn tried(
    asked: &Import,
    source: &Source,
    columns: &Columns,
    of: &Type,
    examined: &Examined,
    output: Output,
) -> Result<u8, Failure> {
    let mut rows = source.rows()?;
    let mut tasks = task::Tasks::new(&of.plural, asked.reason.as_deref(), examined.rows);
    let mut tally = Tally { rows: examined.rows, ..Tally::default() };
    let progress = Progress::begin(asked.progress, io::stderr().is_terminal(), tally.rows);
    source.checked(rows.next())?;
    while let Some(row) = source.checked(rows.next())? {
        if row.is_blank() {
            continue;
        }
        let faults = match columns.body(&row) {
            Ok(body) => {
                drop(tasks.keyed(body));
                columns.faults(&row).join("; ")
            }
            Err(ragged) => ragged,
        };
        if faults.is_empty() {
            tally.created += 1;
        } else {
            tally.refused += 1;
            progress.refused(&tally, row.line, &faults);
        }
    }
    progress.end(&tally);
    if output.for_people() {
        data(&format!(
            "{} of {} rows would be sent as {}, {} are wrong already. Nothing was sent.\nColumns: {}\n",
            tally.created,
            tally.rows,
            of.plural,
            tally.refused,
            columns.told(),
        ))?;
    } else {
        output.document(&json!({
            "file": asked.file.display().to_string(), "rows": tally.rows,
            "would_be_sent": tally.created, "wrong": tally.refused, "dry_run": true,
        }))?;
    }
    Ok(if tally.refused > 0 { exit::REFUSED_ROWS } else { 0 })
}
