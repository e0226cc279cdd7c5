//! The view `audit`: the cursor row of a record, and the rows of its commits in all their lists.

use super::differing::differing;
use super::{DRIFT, Found, LAG, MISSING, Parking, Place, Read, TRIES_MAX, difference};
use crate::audit::{AuditCursor, CommitRow, LISTS, list_of, told_of_log};
use crate::projector::{Projector, Work};
use crate::views::row_key;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use store::{Difference, Folded, Generation, Order, Recorded, RowKey, StoreError, Table, backoff};
use vocabulary::{Instant, RecordKey, Version};

/// Commits that are read and compared at a time.
const COMMITS: usize = 100;

/// The days of directories that were found there: many records share them.
#[derive(Debug, Default)]
pub(super) struct DaysSeen(Mutex<BTreeSet<RowKey>>);

impl DaysSeen {
    fn unseen(&self, days: BTreeSet<RowKey>) -> BTreeSet<RowKey> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        days.into_iter().filter(|day| !seen.contains(day)).collect()
    }

    fn add(&self, days: impl Iterator<Item = RowKey>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(days);
    }
}

/// Rows of commits as the log says they must be, and what of them is not so.
#[derive(Debug, Default)]
pub(super) struct Unlike {
    /// Rows that are missing or of another content, as they must be.
    pub(super) rows: Vec<CommitRow>,
    /// Days that the directories do not name.
    pub(super) days: BTreeSet<RowKey>,
    /// By kind and place, the first version at which it was seen.
    pub(super) found: BTreeMap<(&'static str, String), Version>,
}

impl Unlike {
    fn note(&mut self, kind: &'static str, detail: String, version: Version) {
        let first = self.found.entry((kind, detail)).or_insert(version);
        *first = version.min(*first);
    }
}

/// How far the cursor row of a record is.
enum Verdict {
    /// It is not to be compared, or differs like this.
    Judged(Option<(&'static str, String)>),
    /// It is behind; why.
    Behind(String),
    /// It claims that all rows up to its version are there.
    Claims(AuditCursor),
}

impl Projector {
    /// Judges the rows of one record.
    pub(super) async fn judge_commits(
        &self,
        place: &Place,
        work: &Work<'_>,
        days: &DaysSeen,
    ) -> Result<Found, StoreError> {
        let at = row_key(place.generation, work.key);
        let found = |version, kind, detail| difference(place.view, work.key, version, kind, detail);
        let mut lag: Option<Difference> = None;
        // The head as it was first seen: a cursor that reaches it is not behind, however the log grows.
        let mut target = None;
        for tries in 1..=TRIES_MAX {
            let cursor: Read<AuditCursor> = self.read(Table::Audit, &at).await?;
            let Some(head) = self.head(work.key).await? else {
                return Ok(Found::Compared(Vec::new()));
            };
            let seen = *target.get_or_insert(head);
            let verdict = self.verdict(place, work, cursor, (seen, head)).await?;
            let is_whole = matches!(verdict, Verdict::Claims(_));
            let parking =
                if is_whole { Parking::None } else { self.parking(place, work.key).await? };
            if parking != Parking::None {
                return Ok(Found::Parked(parking));
            }
            match verdict {
                Verdict::Judged(differs) => {
                    let differs = differs.map(|(kind, detail)| found(seen, kind, detail));
                    return Ok(Found::Compared(lag.into_iter().chain(differs).collect()));
                }
                Verdict::Behind(detail) => {
                    lag.get_or_insert_with(|| found(seen, LAG, detail));
                    self.bring_to_head(place, work.key, seen).await?;
                    if tries > 1 {
                        backoff(tries).await;
                    }
                }
                Verdict::Claims(cursor) => {
                    let Some(unlike) = self.unlike(place.generation, work, &cursor, days).await?
                    else {
                        return self.judged_parked(place, work.key, seen).await;
                    };
                    let differs = unlike.found.into_iter();
                    let differs = differs.map(|((kind, detail), at)| found(at, kind, detail));
                    return Ok(Found::Compared(lag.into_iter().chain(differs).collect()));
                }
            }
        }
        let left = "the cursor cannot be brought to the head".to_owned();
        let left = target.map(|seen| found(seen, MISSING, left));
        Ok(Found::Compared(lag.into_iter().chain(left).collect()))
    }

    async fn verdict(
        &self,
        place: &Place,
        work: &Work<'_>,
        cursor: Read<AuditCursor>,
        (seen, head): (Version, Version),
    ) -> Result<Verdict, StoreError> {
        let differs = |kind, detail: &str| Verdict::Judged(Some((kind, detail.to_owned())));
        let cursor = match cursor {
            Read::Row(cursor) => cursor,
            Read::Unreadable => return Ok(differs(DRIFT, "the cursor cannot be read")),
            Read::Absent => {
                let began = self.began(work.key).await?;
                let is_old = began.zip(place.whole_before).is_some_and(|(at, before)| at < before);
                // One of which nothing folds has no cursor, and is parked.
                return Ok(if is_old && self.begins(work).await? {
                    differs(MISSING, "no cursor")
                } else {
                    Verdict::Behind("no cursor yet".to_owned())
                });
            }
        };
        // The cursor was read before the log.
        if cursor.version > head {
            return Ok(differs(DRIFT, "the cursor is ahead of the log"));
        }
        if cursor.stale_at.is_some() {
            return Ok(Verdict::Behind("marked stale".to_owned()));
        }
        if cursor.ghosts.is_some() {
            return Ok(Verdict::Behind("rows of another log are left".to_owned()));
        }
        if cursor.version < seen {
            let behind = seen.get() - cursor.version.get();
            return Ok(Verdict::Behind(format!("{behind} commits behind")));
        }
        if cursor.fold != work.of.fingerprint.to_string() {
            // Its rows stand under keys of that fold.
            return Ok(differs(DRIFT, "fold"));
        }
        Ok(Verdict::Claims(cursor))
    }

    /// What of the rows that a cursor claims is not as the log says. `None` where the log does not fold so
    /// far.
    pub(super) async fn unlike(
        &self,
        generation: Generation,
        work: &Work<'_>,
        cursor: &AuditCursor,
        days: &DaysSeen,
    ) -> Result<Option<Unlike>, StoreError> {
        let mut unlike = Unlike::default();
        let mut state: Option<Folded> = None;
        loop {
            let next = state.as_ref().map_or(Version::FIRST, |state| state.version().next());
            if next > cursor.version {
                break;
            }
            let range = (next, cursor.version);
            let read = self.store.commits(work.key, range, Order::Ascending, COMMITS).await?;
            if read.is_empty() {
                unlike.note(DRIFT, "the cursor is ahead of the log".to_owned(), cursor.version);
                return Ok(Some(unlike));
            }
            let page = told_of_log(work, generation, state, read.iter(), next);
            if page.stuck.is_some() {
                return Ok(None);
            }
            self.compare_rows(page.rows, &mut unlike).await?;
            self.compare_days(page.days, next, days, &mut unlike).await?;
            state = page.state;
        }
        let Some(state) = state else { return Ok(Some(unlike)) };
        match AuditCursor::of(generation, &state, None, None) {
            Ok(expected) => {
                let names = differing(&expected, cursor);
                if !names.is_empty() {
                    let detail = format!("cursor: {}", names.join(", "));
                    unlike.note(DRIFT, detail, cursor.version);
                }
                Ok(Some(unlike))
            }
            // What cannot be written is parked.
            Err(_error) => Ok(None),
        }
    }

    async fn compare_rows(
        &self,
        rows: Vec<CommitRow>,
        unlike: &mut Unlike,
    ) -> Result<(), StoreError> {
        let key = |row: &CommitRow| RowKey { pk: row.pk.clone(), sk: row.sk.clone() };
        let keys: BTreeSet<RowKey> = rows.iter().map(key).collect();
        let there = self.store.rows_of::<CommitRow>(Table::Audit, &keys).await?;
        for (row, list) in rows.into_iter().zip(LISTS.iter().cycle()) {
            let at = row.version;
            match there.get(&key(&row)) {
                Some(Some(own)) => {
                    let names = differing(&row, own);
                    if names.is_empty() {
                        continue;
                    }
                    unlike.note(DRIFT, format!("row in list `{list}`: {}", names.join(", ")), at);
                }
                Some(None) => {
                    unlike.note(DRIFT, format!("row in list `{list}` cannot be read"), at);
                }
                None => unlike.note(MISSING, format!("row in list `{list}`"), at),
            }
            unlike.rows.push(row);
        }
        Ok(())
    }

    async fn compare_days(
        &self,
        expected: BTreeSet<RowKey>,
        from: Version,
        days: &DaysSeen,
        unlike: &mut Unlike,
    ) -> Result<(), StoreError> {
        let unseen = days.unseen(expected);
        if unseen.is_empty() {
            return Ok(());
        }
        let there = self.store.rows_of::<serde::de::IgnoredAny>(Table::Audit, &unseen).await?;
        for day in unseen.iter().filter(|day| !there.contains_key(day)) {
            let list = list_of(&day.pk).unwrap_or("?");
            unlike.note(MISSING, format!("a day in the directory of list `{list}`"), from);
            unlike.days.insert(day.clone());
        }
        days.add(there.into_keys());
        Ok(())
    }

    /// The number of a record's newest commit; one that cannot be read counts too.
    pub(super) async fn head(&self, key: &RecordKey) -> Result<Option<Version>, StoreError> {
        let newest = self.store.newest(key).await?;
        Ok(newest.map(|newest| match newest {
            Ok(commit) => commit.version(),
            Err(damaged) => Version::new(damaged.rev).unwrap_or(Version::FIRST),
        }))
    }

    /// Whether a record's first commit folds.
    async fn begins(&self, work: &Work<'_>) -> Result<bool, StoreError> {
        let anew = self.store.fold_anew(work.of, work.key, None).await?;
        Ok(anew.pulled.folded.is_some())
    }

    /// When a record's first commit was recorded, where that can be read.
    async fn began(&self, key: &RecordKey) -> Result<Option<Instant>, StoreError> {
        let range = (Version::FIRST, Version::FIRST);
        let first = self.store.commits(key, range, Order::Ascending, 1).await?.pop();
        let first: Option<Recorded> = first.and_then(Result::ok);
        Ok(first.map(|commit| commit.commit().at))
    }
}
