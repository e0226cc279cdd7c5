//! `annals log export`: the log of a table into a file.
//!
//! It is written beside the file's name, with the ending `.part`, and takes the name when it is whole. What was
//! begun is gone on with where it ended, after it was read and re-hashed like everything else.

use super::fault::Fault;
use super::file::{ENDING, Line, header, whole_line};
use super::follow::{Follower, with};
use super::line::{End, Ending, FORMAT, Header, Item};
use super::table::{Place, Table, place};
use super::told::{self, Carried};
use crate::error::Failure;
use crate::operations::args::ExportLog;
use crate::output::{Output, say};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use verify::Report;
use vocabulary::Digest;

/// A file that is being written.
struct Writing {
    path: PathBuf,
    file: BufWriter<File>,
    follower: Follower,
}

/// `annals log export`: the exit code.
///
/// # Errors
/// [`Failure`].
pub(super) async fn export(
    asked: &ExportLog,
    output: Output,
    stop: &AtomicBool,
) -> Result<u8, Failure> {
    if asked.file.exists() {
        return Err(Fault::There { path: asked.file.clone() }.into());
    }
    let table = Table::reached(&asked.at).await;
    let about = table.fits().await?.ok_or_else(|| table.missing())?;
    let (mut writing, mut after) = Writing::begun(&part_of(&asked.file), &table).await?;
    let mut progress = told::progress(asked.progress, about.items);
    loop {
        let (items, next) = table.page(after).await?;
        writing.items(&items)?;
        progress.tick(&Carried { commits: writing.follower.commits(), of: about.items });
        after = next;
        if after.is_none() {
            break;
        }
        if stop.load(Ordering::Relaxed) {
            writing.flushed()?;
            say("Interrupted. What was read is kept; run the same command again to go on.");
            return Err(Failure::Cancelled);
        }
    }
    drop(progress);
    let (end, report, sha256) = writing.ended(&asked.file)?;
    if report.worst().is_some() {
        say("The log is not what it should be. The file holds it as it is; it cannot be imported.");
        return told::findings(&report, output);
    }
    told::told(&asked.file, &end, &sha256.to_string(), &[("exported", end.commits)], output)?;
    Ok(0)
}

/// Where a file is until it is whole.
fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

impl Writing {
    /// Begins a file, or goes on with one that was begun; and where the table is to be read from.
    async fn begun(path: &Path, table: &Table) -> Result<(Self, Option<Place>), Failure> {
        let unusable =
            |cause| Failure::File { path: path.to_owned(), what: "it cannot be written", cause };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // It holds people's records.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(unusable)?;
        let (follower, last, size) = followed(&file, path, table)?;
        file.set_len(size).map_err(unusable)?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.seek(SeekFrom::Start(size)).map_err(unusable)?;
        let mut writing = Self { path: path.to_owned(), file, follower };
        if size == 0 {
            let by = format!("annals {}", env!("CARGO_PKG_VERSION"));
            let header = Header { annals_log: FORMAT, table: table.name.clone(), by };
            writing.line(serde_json::to_string(&header))?;
        }
        let Some(last) = last else { return Ok((writing, None)) };
        let after = place((last.pk(), last.rev()));
        if table.get(after.clone()).await?.as_ref() != Some(&last) {
            return Err(Fault::NotItsBeginning { path: path.to_owned() }.into());
        }
        say(&format!("Going on after {} commits.", writing.follower.commits()));
        Ok((writing, Some(after)))
    }

    fn items(&mut self, items: &[Item]) -> Result<(), Failure> {
        for item in items {
            if let Some(what) = item.oddity() {
                let (pk, rev) = (item.pk().to_owned(), item.rev().to_owned());
                return Err(Fault::Item { pk, rev, what }.into());
            }
            self.line(item.line())?;
            self.follower.item(item);
        }
        Ok(())
    }

    fn line(&mut self, text: serde_json::Result<String>) -> Result<(), Failure> {
        let unwritten = self.unwritten();
        let write = || {
            let line = format!("{}\n", text?);
            self.file.write_all(line.as_bytes())?;
            self.follower.bytes(line.as_bytes());
            Ok::<(), std::io::Error>(())
        };
        write().map_err(unwritten)
    }

    fn flushed(&mut self) -> Result<(), Failure> {
        let unwritten = self.unwritten();
        let outcome = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        outcome.map_err(unwritten)
    }

    fn unwritten(&self) -> impl FnOnce(std::io::Error) -> Failure + use<> {
        let path = self.path.clone();
        |cause| Failure::File { path, what: "it cannot be written", cause }
    }

    /// Writes the last line and gives the file its name: what it holds, what was found, its digest.
    fn ended(mut self, name: &Path) -> Result<(End, Report, Digest), Failure> {
        let follower = std::mem::replace(&mut self.follower, Follower::new());
        let (end, report, bytes) = follower.finish();
        let line = serde_json::to_string(&Ending { end: end.clone() });
        let line = line.map_err(std::io::Error::from)? + "\n";
        let unwritten = self.unwritten();
        self.file.write_all(line.as_bytes()).map_err(unwritten)?;
        self.flushed()?;
        let unnamed = self.unwritten();
        std::fs::rename(&self.path, name).map_err(unnamed)?;
        Ok((end, report, with(bytes, line.as_bytes())))
    }
}

/// Reads what was written before: how far it was followed, its last item, and how long it is up to there.
fn followed(
    file: &File,
    path: &Path,
    table: &Table,
) -> Result<(Follower, Option<Item>, u64), Failure> {
    let unread = |cause| Failure::File { path: path.to_owned(), what: "it cannot be read", cause };
    let (mut file, mut line) = (BufReader::with_capacity(1 << 20, file), Vec::new());
    let (mut follower, mut last, mut size) = (Follower::new(), None, 0);
    let mut number = 0;
    while whole_line(&mut file, &mut line).map_err(unread)? == Line::Whole {
        number += 1;
        if number == 1 {
            if header(&line, path)?.table != table.name {
                return Err(Fault::NotItsBeginning { path: path.to_owned() }.into());
            }
        } else if line.starts_with(ENDING) {
            break;
        } else {
            let item: Item = serde_json::from_slice(&line).map_err(|_shape| {
                unread(std::io::Error::new(ErrorKind::InvalidData, format!("line {number}")))
            })?;
            follower.item(&item);
            last = Some(item);
        }
        follower.bytes(&line);
        size += u64::try_from(line.len()).unwrap_or(0);
    }
    Ok((follower, last, size))
}
