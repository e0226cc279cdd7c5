//! A trial generation beside the one that queries read: what a changed projection would change.
//!
//! Told from the side of the live view: `drift` would be another row, `missing` would not be there any more,
//! `surplus` is there in the trial only. Fields are named, values are not; numbers are told, being no contents.

use super::differing::differing;
use super::states::StateRow;
use super::{COUNT, DRIFT, MISSING, Place, Read, SURPLUS, difference, known};
use crate::audit::{AuditCursor, CommitRow, told_of_log};
use crate::counts::{Contribution, Counter};
use crate::heads::Heads;
use crate::image;
use crate::projector::{CONCURRENCY, Hint, Projector, Work};
use crate::records::RecordRow;
use crate::views::{AUDIT, COUNTS, row_key};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::{BTreeMap, BTreeSet};
use store::{Difference, Folded, Generation, LogPart, Order, RowKey, StoreError, Table};
use vocabulary::Version;

/// What is another one in every generation or under every fold, and so tells nothing.
const OWN: [&str; 5] = ["pk", "sk", "fold", "by_status", "by_owner"];
/// Commits that are read and compared at a time.
const COMMITS: usize = 100;

/// A kind of difference, the version at which it was seen, and what differs.
type Changed = (&'static str, Version, String);

impl Projector {
    /// What of some records' rows would be another one if the trial were the live generation. The trial is
    /// brought to the head of each record first; compared is what it says of the version that the live row
    /// has. A record so young that the live view may not have it yet is passed over.
    ///
    /// Reads each record's log up to twice, and its rows in both generations.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was found out then.
    pub async fn compare_page(
        &self,
        view: &str,
        trial: Generation,
        active: Generation,
        heads: &Heads,
    ) -> Result<Vec<Difference>, StoreError> {
        let trial = Place { view: known(view)?, generation: trial, whole_before: None };
        let active = self.place(view, active).await?;
        let mut compared = Vec::new();
        for pk in heads.keys() {
            compared.push(self.compare(&trial, &active, pk));
        }
        let compared: Vec<Option<Difference>> =
            stream::iter(compared).buffer_unordered(CONCURRENCY).try_collect().await?;
        Ok(compared.into_iter().flatten().collect())
    }

    async fn compare(
        &self,
        trial: &Place,
        active: &Place,
        pk: &str,
    ) -> Result<Option<Difference>, StoreError> {
        let Some(key) = image::record_key(pk) else { return Ok(None) };
        let Some(of) = self.registry.by_name(key.record_type.as_str()) else { return Ok(None) };
        let Some(head) = self.head(&key).await? else { return Ok(None) };
        let hint = Hint::logged(head);
        let work = Work { key: &key, of, hint: &hint };
        self.bring_to_head(trial, &key, head).await?;
        // On the heap: what a record holds on its way is large.
        let changed = match trial.view {
            COUNTS => Box::pin(self.compare_states::<Contribution>(trial, active, &work)).await?,
            AUDIT => Box::pin(self.compare_commits(trial, active, &work)).await?,
            _ => Box::pin(self.compare_states::<RecordRow>(trial, active, &work)).await?,
        };
        let told = |(kind, at, detail)| difference(trial.view, &key, at, kind, detail);
        Ok(changed.map(told))
    }

    async fn compare_states<R: StateRow>(
        &self,
        trial: &Place,
        active: &Place,
        work: &Work<'_>,
    ) -> Result<Option<Changed>, StoreError> {
        let live: Read<R> = self.read(R::TABLE, &row_key(active.generation, work.key)).await?;
        let new: Read<R> = self.read(R::TABLE, &row_key(trial.generation, work.key)).await?;
        let head = work.hint.version;
        let (live, new) = match (live, new) {
            (Read::Absent, Read::Absent) => return Ok(None),
            (Read::Unreadable, _) => {
                return Ok(Some((DRIFT, head, "the row cannot be read".to_owned())));
            }
            (Read::Row(_), Read::Absent | Read::Unreadable) => {
                return Ok(Some((MISSING, head, "the trial has no row".to_owned())));
            }
            (Read::Absent, _) => {
                let anew = self.store.fold_anew(work.of, work.key, None).await?;
                let began = anew.pulled.folded.as_ref().map(|folded| folded.created().at);
                let is_old = began.zip(active.whole_before).is_some_and(|(at, whole)| at < whole);
                let detail = "only the trial has a row".to_owned();
                return Ok(is_old.then_some((SURPLUS, head, detail)));
            }
            (Read::Row(live), Read::Row(new)) => (live, new),
        };
        let at = live.own_marks().version;
        let names = if new.own_marks().version == at {
            differing(&new, &live)
        } else {
            // One of the two has moved on.
            let anew = self.store.fold_anew(work.of, work.key, Some(at)).await?;
            let new = anew.at.and_then(|state| R::of_state(trial.generation, &state).ok());
            new.map_or_else(|| vec!["version".to_owned()], |new| differing(&new, &live))
        };
        Ok(changed_fields(names).map(|detail| (DRIFT, at, detail)))
    }

    /// The rows of commits in the list of all, up to where both have followed the record.
    async fn compare_commits(
        &self,
        trial: &Place,
        active: &Place,
        work: &Work<'_>,
    ) -> Result<Option<Changed>, StoreError> {
        let cursor = |place: &Place| row_key(place.generation, work.key);
        let live: Read<AuditCursor> = self.read(Table::Audit, &cursor(active)).await?;
        let new: Read<AuditCursor> = self.read(Table::Audit, &cursor(trial)).await?;
        let head = work.hint.version;
        let (live, new) = match (live, new) {
            (Read::Row(live), Read::Row(new)) => (live, new),
            (Read::Row(_), _) => {
                return Ok(Some((MISSING, head, "the trial has no rows".to_owned())));
            }
            (_, _) => return Ok(None),
        };
        let last = live.version.min(new.version);
        let mut state: Option<Folded> = None;
        loop {
            let next = state.as_ref().map_or(Version::FIRST, |state| state.version().next());
            if next > last {
                return Ok(None);
            }
            let read =
                self.store.commits(work.key, (next, last), Order::Ascending, COMMITS).await?;
            let page = told_of_log(work, active.generation, state, read.iter(), next);
            if let Some(changed) = self.compare_page_of(&live.fold, &page.rows).await? {
                return Ok(Some(changed));
            }
            if page.stuck.is_some() || read.is_empty() {
                return Ok(None);
            }
            state = page.state;
        }
    }

    /// The first commit of a page whose row would be another one. `rows` are as the trial's fold makes them,
    /// in the places of the live generation.
    async fn compare_page_of(
        &self,
        live_fold: &str,
        rows: &[CommitRow],
    ) -> Result<Option<Changed>, StoreError> {
        // Of the three rows of a commit the first is in the list of all.
        let rows: Vec<&CommitRow> = rows.iter().step_by(3).collect();
        let key = |row: &CommitRow| RowKey {
            pk: row.pk.clone(),
            sk: format!("{}#{live_fold}", row.place()),
        };
        let keys: BTreeSet<RowKey> = rows.iter().map(|row| key(row)).collect();
        let there = self.store.rows_of::<CommitRow>(Table::Audit, &keys).await?;
        for row in rows {
            let live = there.get(&key(row)).and_then(Option::as_ref);
            let Some(live) = live else {
                return Ok(Some((SURPLUS, row.version, "only the trial has a row".to_owned())));
            };
            if let Some(detail) = changed_fields(differing(row, live)) {
                return Ok(Some((DRIFT, row.version, detail)));
            }
        }
        Ok(None)
    }

    /// The numbers of both generations by type and status, of all tenants together, where they are not the
    /// same. Read one after the other: what changes meanwhile may be in one of them only.
    ///
    /// Reads the table of the view twice.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn compare_numbers(
        &self,
        trial: Generation,
        active: Generation,
    ) -> Result<Vec<Difference>, StoreError> {
        let before = self.totals(active).await?;
        let after = self.totals(trial).await?;
        let names: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
        let mut found = Vec::new();
        for name in names {
            let number = |of: &BTreeMap<(String, String), i64>| of.get(name).copied().unwrap_or(0);
            let (before, after) = (number(&before), number(&after));
            if before != after {
                let (record_type, status) = name;
                found.push(Difference {
                    record: String::new(),
                    tenant: None,
                    view: COUNTS.to_owned(),
                    version: 0,
                    kind: COUNT.to_owned(),
                    detail: format!("{record_type} {status}: {before} -> {after}"),
                });
            }
        }
        Ok(found)
    }

    /// The numbers of a generation by type and status.
    async fn totals(
        &self,
        generation: Generation,
    ) -> Result<BTreeMap<(String, String), i64>, StoreError> {
        let prefix = format!("{}#n#", generation.number);
        let mut totals = BTreeMap::new();
        let mut from: Option<RowKey> = None;
        loop {
            let part = LogPart::WHOLE;
            let page =
                self.store.table_page::<Counter>(Table::Counts, part, from.as_ref(), &prefix);
            let page = page.await?;
            for (key, counter) in page.rows {
                let record_type = key.pk.split('#').nth(3).unwrap_or_default().to_owned();
                let n = counter.map_or(0, |counter| counter.n);
                *totals.entry((record_type, key.sk)).or_default() += n;
            }
            from = page.next;
            if from.is_none() {
                return Ok(totals);
            }
        }
    }
}

/// The names of the fields that readers would see change.
fn changed_fields(names: Vec<String>) -> Option<String> {
    let told: Vec<String> =
        names.into_iter().filter(|name| !OWN.contains(&name.as_str())).collect();
    (!told.is_empty()).then(|| told.join(", "))
}
