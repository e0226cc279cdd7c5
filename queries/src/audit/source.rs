//! Something that commits or alarms come from in their order: a partition of a list, the alarms of a
//! tenant, or the log of one record.

use super::search::{Bounds, Found, Place};
use crate::Queries;
use projections::{CommitRow, commit_rows};
use std::collections::VecDeque;
use store::{
    AlarmRange, Damaged, Generation, LoadError, Order, Reached, Recorded, RowRange, StoreError,
    Table,
};
use vocabulary::{Instant, RecordKey, Tenant, Version};

/// The most that is read at a time.
const READ_MAX: usize = 250;
/// The most bytes of commits of one record that are read at a time.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// A source: what was read of it, and what is still to come.
#[derive(Debug)]
pub(super) struct Source {
    from: From,
    order: Order,
    /// How many are read next; twice as many each time.
    asked: usize,
    read: VecDeque<Found>,
    ended: bool,
    /// The last key that was read, which a stretch downwards ends with once more.
    last: Option<String>,
}

#[derive(Debug)]
enum From {
    Rows(RowRange),
    Alarms(AlarmRange),
    /// The versions that are still to come; `None` when there are none.
    Record(RecordKey, Generation, Option<(Version, Version)>),
}

impl Source {
    fn new(from: From, order: Order, asked: usize) -> Self {
        let asked = asked.clamp(2, READ_MAX);
        Self { from, order, asked, read: VecDeque::new(), ended: false, last: None }
    }

    /// A partition of one day of a list.
    pub(super) fn rows(partition: String, bounds: &Bounds, asked: usize) -> Self {
        let (from, to) = bounds.commits();
        let order = bounds.order;
        let attributes = &[];
        let table = Table::Audit;
        let range = RowRange { table, partition, from, to, order, limit: asked, attributes };
        Self::new(From::Rows(range), order, asked)
    }

    /// The alarms of a tenant.
    pub(super) fn alarms(tenant: &Tenant, bounds: &Bounds, asked: usize) -> Self {
        let (from, to) = bounds.alarms();
        let (tenant, order) = (tenant.clone(), bounds.order);
        let range = AlarmRange { tenant, from, to, order, limit: asked };
        Self::new(From::Alarms(range), order, asked)
    }

    /// The commits of one record, from the log.
    pub(super) async fn record(
        queries: &Queries,
        key: RecordKey,
        generation: Generation,
        bounds: &Bounds,
        asked: usize,
    ) -> Result<Self, StoreError> {
        let versions = versions(queries, &key, bounds).await?;
        Ok(Self::new(From::Record(key, generation, versions), bounds.order, asked))
    }

    /// What comes first; nothing as long as [`Source::lacks`] something.
    pub(super) fn first(&self) -> Option<&Found> {
        self.read.front()
    }

    /// Takes what comes first.
    pub(super) fn take(&mut self) -> Option<Found> {
        self.read.pop_front()
    }

    /// Whether more has to be read before it is known what comes first.
    pub(super) fn lacks(&self) -> bool {
        self.read.is_empty() && !self.ended
    }

    /// Reads on.
    pub(super) async fn fill(&mut self, queries: &Queries) -> Result<(), StoreError> {
        while self.lacks() {
            let asked = self.asked;
            self.asked = (asked * 2).min(READ_MAX);
            let (last, order) = (self.last.clone(), self.order);
            let read = match &mut self.from {
                From::Rows(range) => {
                    range.limit = asked;
                    begin_after(&mut range.from, &mut range.to, last.as_ref(), order);
                    let rows = queries.store.rows_between::<CommitRow>(range).await?;
                    self.ended = rows.len() < asked;
                    rows.into_iter().map(|row| (row.sk.clone(), Found::commit(row))).collect()
                }
                From::Alarms(range) => {
                    range.limit = asked;
                    begin_after(&mut range.from, &mut range.to, last.as_ref(), order);
                    let alarms = queries.store.alarms_of(range).await?;
                    self.ended = alarms.len() < asked;
                    alarms.into_iter().map(|one| (one.place.clone(), Found::Alarm(one))).collect()
                }
                From::Record(key, generation, versions) => {
                    let read = commits(queries, key, *generation, versions, order, asked).await?;
                    self.ended = versions.is_none();
                    read
                }
            };
            let read: Vec<(String, Found)> = read;
            let fresh = read.into_iter().filter(|(key, _)| last.as_ref() != Some(key));
            for (key, found) in fresh {
                self.last = Some(key);
                self.read.push_back(found);
            }
        }
        Ok(())
    }
}

/// Moves the beginning of a stretch behind the last key that was read of it. Downwards the key itself is
/// read once more: there is no text of which one could say that it comes just before another.
fn begin_after(from: &mut String, to: &mut String, last: Option<&String>, order: Order) {
    match (last, order) {
        (Some(last), Order::Ascending) => *from = format!("{last}!"),
        (Some(last), Order::Descending) => to.clone_from(last),
        (None, _) => {}
    }
}

/// Which versions of a record lie within the bounds.
async fn versions(
    queries: &Queries,
    key: &RecordKey,
    bounds: &Bounds,
) -> Result<Option<(Version, Version)>, StoreError> {
    let at = |instant: Instant| queries.store.version_at(key, instant);
    let (mut from, mut to) = (Version::FIRST, Version::LAST);
    if let Some(since) = bounds.since {
        match at(since.plus_millis(-1)).await? {
            Reached::NoRecord => return Ok(None),
            Reached::NotBegun => {}
            Reached::Version(before) => from = before.next(),
        }
    }
    if let Some(until) = bounds.until {
        match at(until.plus_millis(-1)).await? {
            Reached::NoRecord | Reached::NotBegun => return Ok(None),
            Reached::Version(last) => to = last,
        }
    }
    match (&bounds.after, bounds.order) {
        (None, _) => {}
        (Some(Place { version, alarm: None, .. }), Order::Ascending) => {
            from = from.max(version.next());
        }
        (Some(Place { version, alarm: None, .. }), Order::Descending) => match version.previous() {
            Some(previous) => to = to.min(previous),
            None => return Ok(None),
        },
        // An alarm stands at the instant at which it was noticed, among the commits of that time.
        (Some(place), order) => match (at(place.at).await?, order) {
            (Reached::Version(last), Order::Ascending) => from = from.max(last.next()),
            (Reached::Version(last), Order::Descending) => to = to.min(last),
            (Reached::NotBegun | Reached::NoRecord, Order::Ascending) => {}
            (Reached::NotBegun | Reached::NoRecord, Order::Descending) => return Ok(None),
        },
    }
    Ok((from <= to).then_some((from, to)))
}

/// Some commits of a record, told as the view would. Moves the versions that are still to come.
async fn commits(
    queries: &Queries,
    key: &RecordKey,
    generation: Generation,
    versions: &mut Option<(Version, Version)>,
    order: Order,
    asked: usize,
) -> Result<Vec<(String, Found)>, StoreError> {
    let Some((from, to)) = *versions else { return Ok(Vec::new()) };
    let stretch = queries.store.stretch(key, (from, to), order, (asked, BYTES_MAX)).await?;
    let number = |read: &Result<Recorded, Damaged>| match read {
        Ok(commit) => commit.version().get(),
        Err(damaged) => damaged.rev,
    };
    let last = stretch.commits.last().map(number);
    let last = last.and_then(|number| Version::new(number).ok());
    *versions = match (last, order) {
        (Some(last), Order::Ascending) if !stretch.ended && last < to => Some((last.next(), to)),
        (Some(last), Order::Descending) if !stretch.ended => {
            last.previous().filter(|to| from <= *to).map(|to| (from, to))
        }
        (Some(_) | None, _) => None,
    };
    // A commit that cannot be read is told of by the record's history.
    let mut read: Vec<&Recorded> = stretch.commits.iter().flatten().collect();
    if order == Order::Descending {
        read.reverse();
    }
    let mut rows = told(queries, key, generation, &read).await?;
    if order == Order::Descending {
        rows.reverse();
    }
    Ok(rows.into_iter().map(|row| (row.sk.clone(), Found::commit(row))).collect())
}

/// Commits in ascending order with the fields that they changed.
async fn told(
    queries: &Queries,
    key: &RecordKey,
    generation: Generation,
    commits: &[&Recorded],
) -> Result<Vec<CommitRow>, StoreError> {
    let unfolded = || {
        let row = |commit: &&Recorded| {
            let [row, _, _] = CommitRow::of(generation, commit, "", &[]);
            row
        };
        commits.iter().map(row).collect()
    };
    let Some(of) = queries.registry.by_name(key.record_type.as_str()) else {
        return Ok(unfolded());
    };
    let before = commits.first().and_then(|first| first.version().previous());
    let base = match before {
        Some(version) => queries.store.load_at(of, key, version).await,
        None => Ok(None),
    };
    match base {
        Ok(record) => Ok(commit_rows(of, generation, record.map(|record| record.folded), commits)),
        Err(LoadError::Store(error)) => Err(error),
        Err(LoadError::Damaged { .. } | LoadError::Fold { .. }) => Ok(unfolded()),
    }
}
