//! `annals log import`: a log from a file into a table that holds no other.
//!
//! The file is read to its end first, each commit re-hashed and held against the one before it; then the table
//! is looked at; only then is anything written, each item under the condition that its place is free. A record's
//! commits are written in their order, so that whoever reads meanwhile sees a beginning of it and no gap.

use super::fault::Fault;
use super::file::{Reading, Whole, is_the_one};
use super::line::Item;
use super::table::{About, Put, Table};
use super::told::{self, Carried};
use crate::error::Failure;
use crate::operations::args::ImportLog;
use crate::output::{Output, say};
use crate::progress::Progress;
use crate::records::Consent;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

/// How many items are read before they are written.
const WINDOW_ITEMS: usize = 1_000;
/// And how many bytes of them, about.
const WINDOW_BYTES: usize = 8 * 1024 * 1024;

/// What became of the commits of a file.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    written: u64,
    there: u64,
}

/// `annals log import`: the exit code.
///
/// # Errors
/// [`Failure`].
pub(super) async fn import(
    asked: &ImportLog,
    consent: Consent,
    output: Output,
    stop: &AtomicBool,
) -> Result<u8, Failure> {
    let whole = Reading::open(&asked.file)?.rest()?;
    if whole.report.worst().is_some() {
        say("The log in the file is not what it should be; nothing is written.");
        return told::findings(&whole.report, output);
    }
    is_the_one(&asked.file, &whole, asked.sha256.as_deref())?;
    let table = Table::reached(&asked.at).await;
    let about = table.fits().await?;
    let present = match about {
        Some(about) => {
            warn_of_stream(&table, about);
            present(&table, &asked.file, stop).await?
        }
        None if asked.create => Vec::new(),
        None => return Err(table.missing().into()),
    };
    let there = u64::try_from(present.len()).unwrap_or(u64::MAX);
    if asked.dry_run {
        let would = whole.end.commits.saturating_sub(there);
        let did = [("already_there", there), ("would_be_written", would)];
        told::told(&asked.file, &whole.end, &whole.sha256.to_string(), &did, output)?;
        return Ok(0);
    }
    consent.to(&format!("Write {} commits into {}", whole.end.commits - there, table.name))?;
    if about.is_none() {
        table.create().await?;
    }
    let done = written(asked, &table, &present, whole.end.commits, stop).await?;
    ended(asked, &whole, done, output)
}

fn ended(asked: &ImportLog, whole: &Whole, done: Done, output: Output) -> Result<u8, Failure> {
    let did = [("written", done.written), ("already_there", done.there)];
    told::told(&asked.file, &whole.end, &whole.sha256.to_string(), &did, output)?;
    told::next_steps(&asked.at.table, asked.create);
    Ok(0)
}

fn warn_of_stream(table: &Table, about: About) {
    if about.has_stream {
        say(&format!(
            "{} has a stream: what reads it projects every commit that is written, and publishes it to the event bus.",
            table.name
        ));
    }
}

/// The marks of what the table holds already, in their order. All of it must be in the file: 16 bytes for each
/// commit of the file are kept meanwhile, and nothing where the table is empty.
async fn present(table: &Table, file: &Path, stop: &AtomicBool) -> Result<Vec<u128>, Failure> {
    let (mut items, mut next) = table.page(None).await?;
    if items.is_empty() && next.is_none() {
        return Ok(Vec::new());
    }
    let known = marks(file)?;
    let mut present = Vec::new();
    loop {
        for item in &items {
            let mark = item.mark().map_err(std::io::Error::from)?;
            if known.binary_search(&mark).is_err() {
                return Err(another(table, item).into());
            }
            present.push(mark);
        }
        if next.is_none() {
            present.sort_unstable();
            return Ok(present);
        }
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::Cancelled);
        }
        (items, next) = table.page(next).await?;
    }
}

/// The marks of all items of a file, in their order.
fn marks(file: &Path) -> Result<Vec<u128>, Failure> {
    let (mut reading, mut marks) = (Reading::open(file)?, Vec::new());
    while let Some(item) = reading.next()? {
        marks.push(item.mark().map_err(std::io::Error::from)?);
    }
    marks.sort_unstable();
    Ok(marks)
}

fn another(table: &Table, item: &Item) -> Fault {
    let (pk, rev) = (item.pk().to_owned(), item.rev().to_owned());
    Fault::Another { table: table.name.clone(), pk, rev }
}

/// Writes what is not there yet.
async fn written(
    asked: &ImportLog,
    table: &Table,
    present: &[u128],
    of: u64,
    stop: &AtomicBool,
) -> Result<Done, Failure> {
    let mut reading = Reading::open(&asked.file)?;
    let mut progress: Progress = told::progress(asked.progress, of);
    let mut done = Done::default();
    loop {
        let (window, ended) = window(&mut reading, present, &mut done)?;
        write(table, window, usize::from(asked.jobs), &mut done).await?;
        progress.tick(&Carried { commits: reading.commits(), of });
        if ended {
            break;
        }
        if stop.load(Ordering::Relaxed) {
            drop(progress);
            say("Interrupted. What was written is kept; run the same command again to go on.");
            return Err(Failure::Cancelled);
        }
    }
    drop(progress);
    // What was read the second time is what was checked the first time.
    reading.rest()?;
    Ok(done)
}

/// The next items that are not there yet, by their records; and whether the file has ended.
fn window(
    reading: &mut Reading,
    present: &[u128],
    done: &mut Done,
) -> Result<(BTreeMap<String, Vec<Item>>, bool), Failure> {
    let (mut items, mut bytes) = (BTreeMap::<String, Vec<Item>>::new(), 0);
    for _item in 0..WINDOW_ITEMS {
        let Some(item) = reading.next()? else { return Ok((items, true)) };
        let mark = item.mark().map_err(std::io::Error::from)?;
        if present.binary_search(&mark).is_ok() {
            done.there += 1;
            continue;
        }
        bytes += item.text("e").map_or(0, str::len);
        items.entry(item.pk().to_owned()).or_default().push(item);
        if bytes >= WINDOW_BYTES {
            break;
        }
    }
    Ok((items, false))
}

/// Writes the items of some records, so many records at the same time, each one's in their order.
async fn write(
    table: &Table,
    records: BTreeMap<String, Vec<Item>>,
    jobs: usize,
    done: &mut Done,
) -> Result<(), Failure> {
    let mut tasks = JoinSet::new();
    let mut waiting = records.into_values();
    loop {
        while tasks.len() < jobs {
            let Some(items) = waiting.next() else { break };
            tasks.spawn(record(table.clone(), items));
        }
        let Some(ended) = tasks.join_next().await else { return Ok(()) };
        let of = ended.map_err(Fault::Broken)??;
        done.written += of.written;
        done.there += of.there;
    }
}

async fn record(table: Table, items: Vec<Item>) -> Result<Done, Fault> {
    let mut done = Done::default();
    for item in items {
        match table.put(&item).await? {
            Put::Written => done.written += 1,
            Put::There => done.there += 1,
            Put::Other => return Err(another(&table, &item)),
        }
    }
    Ok(done)
}
