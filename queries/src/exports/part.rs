//! One part of an export: as many commits as fit into a file of bounded size.

use super::jobs::Failed;
use super::lines::{Lines, header, landmark, lines};
use super::told::Teller;
use super::walk::{Found, Walk};
use events::access::Format;
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::HashMap;
use store::{Damaged, Order, Recorded, Store};
use vocabulary::{Instant, RecordKey, Version};

/// How many commits of the search are read together.
const TOGETHER: usize = 100;
/// How many queries of the log run at the same time.
const AT_ONCE: usize = 8;

/// How large a part may be. It ends before the commit with which it would be larger, and holds at
/// least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Lines or rows. 20,000.
    pub rows: u64,
    /// Bytes. 8 MB.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 20_000, bytes: 8 * 1024 * 1024 }
    }
}

/// A part as it is written.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) content: Vec<u8>,
    pub(super) rows: u64,
    pub(super) commits: u64,
    pub(super) unreadable: u64,
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    /// When its last commit was recorded.
    pub(super) reached: Option<Instant>,
    /// Where the next one begins.
    pub(super) position: Option<String>,
    /// Whether nothing comes after it.
    pub(super) ended: bool,
}

type Read = Result<Recorded, Damaged>;
type Reads = HashMap<(String, Version), Read>;

/// Writes the part that begins at a position.
pub(super) async fn part(
    walk: &Walk<'_>,
    format: Format,
    limits: Limits,
    position: Option<String>,
) -> Result<Part, Failed> {
    let mut teller = Teller::new(&walk.queries.store, &walk.queries.registry);
    let mut part = Part { position, content: header(format).into_bytes(), ..Part::default() };
    loop {
        let page = walk.page(part.position.as_deref(), TOGETHER).await?;
        let mut reads = read(&walk.queries.store, &page.found).await?;
        for found in &page.found {
            let recorded = reads.remove(&(found.key.pk(), found.version)).and_then(Result::ok);
            let item = if let Some(recorded) = &recorded {
                Some(teller.tell(found, recorded).await?)
            } else {
                teller.lose(found);
                None
            };
            let lines = lines(format, found, item);
            if !part.takes(&lines, limits) {
                return Ok(part);
            }
            part.add(found, recorded.as_ref(), &lines);
        }
        match page.next {
            Some(next) => part.position = Some(next),
            None => return Ok(Part { ended: true, ..part }),
        }
    }
}

impl Part {
    fn takes(&self, lines: &Lines, limits: Limits) -> bool {
        let fits = self.rows.saturating_add(lines.rows) <= limits.rows
            && self.content.len().saturating_add(lines.text.len()) <= limits.bytes;
        fits || self.commits == 0
    }

    fn add(&mut self, found: &Found, recorded: Option<&Recorded>, lines: &Lines) {
        self.content.extend_from_slice(lines.text.as_bytes());
        self.rows += lines.rows;
        self.commits += 1;
        self.unreadable += u64::from(recorded.is_none());
        let mark = landmark(found, recorded);
        self.first.get_or_insert_with(|| mark.clone());
        self.last = Some(mark);
        self.reached = Some(found.recorded_at);
        self.position = Some(found.place.clone());
    }
}

/// The commits that were found, read from the log; those that follow one another in their record
/// with one query.
async fn read(store: &Store, found: &[Found]) -> Result<Reads, Failed> {
    let queries = runs(found).into_iter().map(|(key, from, to)| async move {
        let limit = usize::try_from(to.get() - from.get() + 1).unwrap_or(usize::MAX);
        let commits = store.commits(&key, (from, to), Order::Ascending, limit).await?;
        Ok::<_, Failed>((key.pk(), commits))
    });
    let read: Vec<(String, Vec<Read>)> =
        stream::iter(queries).buffer_unordered(AT_ONCE).try_collect().await?;
    let commits = read.into_iter().flat_map(|(pk, commits)| {
        commits.into_iter().filter_map(move |read| Some(((pk.clone(), version(&read)?), read)))
    });
    Ok(commits.collect())
}

/// The number in a commit's key.
fn version(read: &Read) -> Option<Version> {
    match read {
        Ok(recorded) => Some(recorded.version()),
        Err(damaged) => Version::new(damaged.rev).ok(),
    }
}

/// Stretches of versions without a gap.
fn runs(found: &[Found]) -> Vec<(RecordKey, Version, Version)> {
    let mut versions: HashMap<&RecordKey, Vec<Version>> = HashMap::new();
    for one in found {
        versions.entry(&one.key).or_default().push(one.version);
    }
    let mut runs: Vec<(RecordKey, Version, Version)> = Vec::new();
    for (key, mut versions) in versions {
        versions.sort_unstable();
        let begun = runs.len();
        for version in versions {
            match runs.last_mut().filter(|(_, _, to)| to.get() + 1 == version.get()) {
                Some((of, _, to)) if of == key => *to = version,
                Some(_) | None => runs.push((key.clone(), version, version)),
            }
        }
        debug_assert!(runs.len() > begun, "every record that was found has a version");
    }
    runs
}
