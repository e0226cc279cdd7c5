//! Repair: folding records anew and rewriting what differs in the generations that are kept up.
//!
//! What the projector would do by itself is left to it: a row that is behind is brought to the head. Forced is
//! only what it cannot see, a row that claims to be right. Every such write has a condition, so that the
//! projector and other repairs may be at work beside it.

use super::commits::DaysSeen;
use super::differing::differing;
use super::numbers::Shard;
use super::states::StateRow;
use super::{Found, Parking, Place, Read, SURPLUS, difference};
use crate::audit::{AuditCursor, Span};
use crate::counts::{Contribution, differences};
use crate::heads::Heads;
use crate::image;
use crate::projector::{CONCURRENCY, Hint, Projector, Targets, Work};
use crate::records::RecordRow;
use crate::views::{AUDIT, COUNTS, row_key, table_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;
use std::collections::BTreeSet;
use store::{
    Anew, Difference, Expectation, Folded, LoadError, RowKey, StoreError, Stuck, Table, WriteOne,
    Written, backoff, chain,
};
use vocabulary::{Instant, RecordKey, Version};

/// How often a row is tried again that others keep changing.
const TRIES_MAX: u32 = 20;

/// A day of a directory, which is nothing but its key.
#[derive(Serialize)]
struct Day<'a> {
    pk: &'a str,
    sk: &'a str,
}

/// What became of one forced write.
enum Forced {
    /// The row is right, or cannot be made so here.
    Done,
    /// Others changed it meanwhile, or more is to be done: look again.
    Again,
}

impl Projector {
    /// Folds records anew and rewrites what of their rows differs, in each generation of `targets`; numbers
    /// are set right for the shards of the contributions that were rewritten, and snapshots of records that
    /// had drifted are kept anew. Rows of a record without any commit are taken away. Says what differed.
    ///
    /// Reads as [`Projector::verify_page`] does, once for each generation; what is right costs no write.
    ///
    /// # Errors
    /// [`StoreError`]; done again, it goes on.
    pub async fn repair_page(
        &self,
        view: &str,
        targets: &Targets,
        heads: &Heads,
    ) -> Result<Vec<Difference>, StoreError> {
        let mut found = Vec::new();
        for (name, generation) in targets.all() {
            if name != view {
                continue;
            }
            // A repair makes rows that are missing, however old their records are.
            let place = Place { view: name, generation, whole_before: None };
            let days = DaysSeen::default();
            let mut repaired = Vec::new();
            for pk in heads.keys() {
                repaired.push(self.repair(&place, pk, &days));
            }
            let repaired: Vec<Vec<Difference>> =
                stream::iter(repaired).buffer_unordered(CONCURRENCY).try_collect().await?;
            let repaired: Vec<Difference> = repaired.into_iter().flatten().collect();
            if name == COUNTS {
                self.recount(&place, &repaired).await?;
            }
            found.extend(repaired);
        }
        Ok(found)
    }

    async fn repair(
        &self,
        place: &Place,
        pk: &str,
        days: &DaysSeen,
    ) -> Result<Vec<Difference>, StoreError> {
        let Some(key) = image::record_key(pk) else { return Ok(Vec::new()) };
        let Some(head) = self.head(&key).await? else {
            return self.repair_unknown(place, &key).await;
        };
        let Found::Compared(found) = self.judge(place, pk, days).await? else {
            return Ok(Vec::new());
        };
        let Some(of) = self.registry.by_name(key.record_type.as_str()) else {
            return Ok(found);
        };
        if found.iter().all(Difference::is_lag) {
            return Ok(found);
        }
        let hint = Hint::logged(head);
        let work = Work { key: &key, of, hint: &hint };
        match self.store.renew_snapshots(of, &key, head).await {
            Err(LoadError::Store(error)) => return Err(error),
            // What does not load does not fold either: it is parked for that.
            Ok(()) | Err(LoadError::Damaged { .. } | LoadError::Fold { .. }) => {}
        }
        for tries in 1..=TRIES_MAX {
            let forced = match place.view {
                COUNTS => self.force_contribution(place, &work).await?,
                AUDIT => Box::pin(self.force_commits(place, &work)).await?,
                _ => self.force_record(place, &work).await?,
            };
            if matches!(forced, Forced::Done) {
                return Ok(found);
            }
            backoff(tries).await;
        }
        let source = "others kept changing the row".into();
        Err(StoreError::Busy { attempt: "repairing a record", source })
    }

    /// The row of a record that the log does not know, if there is one, is taken away.
    async fn repair_unknown(
        &self,
        place: &Place,
        key: &RecordKey,
    ) -> Result<Vec<Difference>, StoreError> {
        let table = table_of(place.view).unwrap_or(Table::Records);
        let at = row_key(place.generation, key);
        let at = BTreeSet::from([at]);
        if self.store.rows_of::<serde::de::IgnoredAny>(table, &at).await?.is_empty() {
            return Ok(Vec::new());
        }
        self.take_unknown(place, key).await?;
        let detail = "a row of a record that is not in the log".to_owned();
        Ok(vec![difference(place.view, key, Version::FIRST, SURPLUS, detail)])
    }

    /// Sets the numbers right for the records whose contributions were rewritten: what they had counted for
    /// before is not known.
    async fn recount(&self, place: &Place, repaired: &[Difference]) -> Result<(), StoreError> {
        let forced =
            repaired.iter().filter(|found| !found.is_lag() || found.detail == "no row yet");
        let keys = forced.filter_map(|found| {
            let (record_type, id) = found.record.split_once('/')?;
            image::record_key(&format!("{}#{record_type}#{id}", found.tenant.as_ref()?))
        });
        let shards: BTreeSet<Shard> = keys.map(|key| Shard::of_record(&key)).collect();
        for shard in shards {
            self.mend_numbers(place.view, place.generation, &shard).await?;
        }
        Ok(())
    }

    /// What a record folds to now, and the row of it. `None` where it does not fold, for which it is parked.
    async fn anew<R: StateRow>(
        &self,
        place: &Place,
        work: &Work<'_>,
    ) -> Result<Option<(Folded, R)>, StoreError> {
        let Anew { pulled, .. } = self.store.fold_anew(work.of, work.key, None).await?;
        if pulled.stuck.is_some() {
            return Ok(None);
        }
        let Some(folded) = pulled.folded else { return Ok(None) };
        let row = R::of_state(place.generation, &folded).ok();
        Ok(row.map(|row| (folded, row)))
    }

    async fn force_record(&self, place: &Place, work: &Work<'_>) -> Result<Forced, StoreError> {
        let at = row_key(place.generation, work.key);
        let row = match self.read::<RecordRow>(Table::Records, &at).await? {
            Read::Row(row) => Some(row),
            Read::Absent => None,
            Read::Unreadable => return self.forget(Table::Records, at).await,
        };
        let Some((folded, new)) = self.anew::<RecordRow>(place, work).await? else {
            return Ok(Forced::Done);
        };
        if row.as_ref().is_some_and(|row| differing(&new, row).is_empty()) {
            return Ok(Forced::Done);
        }
        self.tell_divergence(place, work, row.as_ref().map(|row| row.version), &folded).await?;
        let expected = row.map_or(Expectation::Absent, |row| Expectation::Marked(row.marks()));
        let written = self.store.put_row(Table::Records, WriteOne { row: &new, expected }).await;
        self.forced(place, work, folded.version(), written).await
    }

    async fn force_contribution(
        &self,
        place: &Place,
        work: &Work<'_>,
    ) -> Result<Forced, StoreError> {
        let at = row_key(place.generation, work.key);
        let row = match self.read::<Contribution>(Table::Counts, &at).await? {
            Read::Row(row) => Some(row),
            Read::Absent => None,
            Read::Unreadable => return self.forget(Table::Counts, at).await,
        };
        let Some((folded, new)) = self.anew::<Contribution>(place, work).await? else {
            return Ok(Forced::Done);
        };
        if row.as_ref() == Some(&new) {
            return Ok(Forced::Done);
        }
        self.tell_divergence(place, work, row.as_ref().map(|row| row.version), &folded).await?;
        let old = row.as_ref().and_then(|row| row.status.clone());
        let counters =
            differences(place.generation, work.key, old.as_deref(), new.status.as_deref());
        let expected =
            row.map_or(Expectation::Absent, |row| Expectation::Counted(row.marks(), old));
        let writes = [WriteOne { row: &new, expected }];
        let written = self.store.write_with_counters(Table::Counts, &writes, &counters).await;
        self.forced(place, work, folded.version(), written).await
    }

    /// Rows of another fold or another log are the projector's to write, which follows the record from its
    /// beginning. Where it sees nothing to do, each row that is not as it should be is put, then the cursor.
    async fn force_commits(&self, place: &Place, work: &Work<'_>) -> Result<Forced, StoreError> {
        let at = row_key(place.generation, work.key);
        let cursor = match self.read::<AuditCursor>(Table::Audit, &at).await? {
            Read::Row(cursor) => cursor,
            Read::Unreadable => return self.forget(Table::Audit, at).await,
            Read::Absent => {
                self.bring_to_head(place, work.key, work.hint.version).await?;
                return self.again_unless_parked(place, work.key).await;
            }
        };
        if cursor.folded(work.of, work.key).is_none()
            && cursor.fold == work.of.fingerprint.to_string()
        {
            // It claims this fold and holds no state of it: the projector is to begin again.
            return self.take_cursor_row(&cursor, &at).await;
        }
        if cursor.fold != work.of.fingerprint.to_string() || cursor.version > work.hint.version {
            self.bring_to_head(place, work.key, work.hint.version).await?;
            return self.again_unless_parked(place, work.key).await;
        }
        let days = DaysSeen::default();
        let Some(unlike) = self.unlike(place.generation, work, &cursor, &days).await? else {
            return Ok(Forced::Done);
        };
        if unlike.found.is_empty() {
            return Ok(Forced::Done);
        }
        let days: Vec<Day<'_>> =
            unlike.days.iter().map(|RowKey { pk, sk }| Day { pk, sk }).collect();
        self.store.put_rows(Table::Audit, &days).await?;
        self.store.put_rows(Table::Audit, &unlike.rows).await?;
        let anew = self.store.fold_anew(work.of, work.key, Some(cursor.version)).await?;
        let Some(state) = anew.at else { return Ok(Forced::Again) };
        let new = AuditCursor::of(place.generation, &state, None, None);
        let new = new.map_err(|error| StoreError::Unreadable {
            attempt: "writing a cursor",
            source: error.into(),
        })?;
        if differing(&new, &cursor).is_empty() {
            return Ok(Forced::Again);
        }
        let expected = Expectation::Marked(cursor.marks());
        let written = self.store.put_row(Table::Audit, WriteOne { row: &new, expected }).await;
        self.forced(place, work, cursor.version, written).await
    }

    async fn again_unless_parked(
        &self,
        place: &Place,
        key: &RecordKey,
    ) -> Result<Forced, StoreError> {
        let parking = self.parking(place, key).await?;
        Ok(if parking == Parking::None { Forced::Again } else { Forced::Done })
    }

    /// A row that is ahead of the log, or of another one, is an alarm also where a repair mends it.
    async fn tell_divergence(
        &self,
        place: &Place,
        work: &Work<'_>,
        row: Option<Version>,
        folded: &Folded,
    ) -> Result<(), StoreError> {
        if row.is_some_and(|row| row > folded.version()) {
            self.raise_divergence(place.view, work.key, row).await?;
        }
        Ok(())
    }

    async fn forced(
        &self,
        place: &Place,
        work: &Work<'_>,
        version: Version,
        written: Result<Written, StoreError>,
    ) -> Result<Forced, StoreError> {
        match written {
            Ok(Written::Done | Written::Overtaken) => Ok(Forced::Again),
            Err(error) if error.is_passing() => {
                tracing::debug!(error = chain(&error), record = %work.key, "a repair is tried again");
                Ok(Forced::Again)
            }
            Err(error) => {
                let stuck = Stuck::refused(version, &error);
                self.park(place.view, place.generation, work.key, &stuck).await?;
                Ok(Forced::Done)
            }
        }
    }

    /// A row that nobody can read is taken away, so that it can be made again.
    async fn forget(&self, table: Table, at: RowKey) -> Result<Forced, StoreError> {
        self.store.delete_rows(table, &[at]).await?;
        Ok(Forced::Again)
    }

    pub(super) async fn take_record(
        &self,
        place: &Place,
        key: &RecordKey,
    ) -> Result<(), StoreError> {
        let at = row_key(place.generation, key);
        match self.read::<RecordRow>(Table::Records, &at).await? {
            Read::Absent => Ok(()),
            Read::Unreadable => self.forget(Table::Records, at).await.map(drop),
            Read::Row(row) => {
                let expected = Expectation::Marked(row.marks());
                self.store.take_row(Table::Records, &at, &expected, &[]).await.map(drop)
            }
        }
    }

    /// With the contribution goes what it added to the numbers, and whatever it did not is set right.
    pub(super) async fn take_contribution(
        &self,
        place: &Place,
        key: &RecordKey,
    ) -> Result<(), StoreError> {
        let at = row_key(place.generation, key);
        match self.read::<Contribution>(Table::Counts, &at).await? {
            Read::Absent => {}
            Read::Unreadable => self.forget(Table::Counts, at).await.map(drop)?,
            Read::Row(row) => {
                let expected = Expectation::Counted(row.marks(), row.status.clone());
                let counters = differences(place.generation, key, row.status.as_deref(), None);
                self.store.take_row(Table::Counts, &at, &expected, &counters).await?;
            }
        }
        self.mend_numbers(place.view, place.generation, &Shard::of_record(key)).await.map(drop)
    }

    /// The rows of its commits go first, as far as the lists' directories name their days.
    pub(super) async fn take_cursor(
        &self,
        place: &Place,
        key: &RecordKey,
    ) -> Result<(), StoreError> {
        let at = row_key(place.generation, key);
        let cursor = self.read::<AuditCursor>(Table::Audit, &at).await?;
        let ever = Span { from: Instant::from_millis(0), to: self.clock.now() };
        let span = match &cursor {
            Read::Row(cursor) => cursor.span().unwrap_or(ever),
            Read::Absent | Read::Unreadable => ever,
        };
        self.remove_ghosts(place.generation, key, span).await?;
        match cursor {
            Read::Absent => Ok(()),
            Read::Unreadable => self.forget(Table::Audit, at).await.map(drop),
            Read::Row(cursor) => self.take_cursor_row(&cursor, &at).await.map(drop),
        }
    }

    async fn take_cursor_row(
        &self,
        cursor: &AuditCursor,
        at: &RowKey,
    ) -> Result<Forced, StoreError> {
        let expected = Expectation::Marked(cursor.marks());
        self.store.take_row(Table::Audit, at, &expected, &[]).await?;
        Ok(Forced::Again)
    }
}
