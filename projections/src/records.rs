//! The view `records`: the current state of every record, one row each, listed by status and owner.

use crate::ahead::Look;
use crate::parking::made;
use crate::projector::{Projector, Step, Work};
use crate::views::{RECORDS, list_partition_of, row_key};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;
use store::{
    Expectation, Folded, Generation, LoadError, Marks, Pulled, SNAPSHOT_EVERY, StoreError,
    StoredState, Stuck, Table, WriteOne, Written, chain, folded_on,
};
use vocabulary::{Digest, RecordKey, Version};

/// A row. Costs one write unit per started KB, and one or two on each of its two indexes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRow {
    /// `{generation}#{bucket}`.
    pub pk: String,
    /// `{tenant}#{type}#{id}`.
    pub sk: String,
    /// The version that the row has reached.
    pub version: Version,
    /// The hash of that commit.
    pub hash: Digest,
    /// The fingerprint of the fold that made it.
    pub fold: String,
    /// The folded state.
    pub state: String,
    /// The commit that could not be folded, when the row stays behind for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_at: Option<Version>,
    /// JSON text of what lists show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Its place in a list: `{changed_at}#{id}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Its list by status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_status: Option<String>,
    /// Its list by owner and status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_owner: Option<String>,
}

impl RecordRow {
    /// What tells this writing of the row from another.
    pub(crate) fn marks(&self) -> Marks {
        Marks {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            stale_at: self.stale_at,
        }
    }

    /// The row of a state.
    ///
    /// # Errors
    /// Only when serde cannot write the state, which the types rule out.
    pub fn of(
        generation: Generation,
        folded: &Folded,
        stale_at: Option<Version>,
    ) -> Result<Self, serde_json::Error> {
        let key = row_key(generation, folded.key());
        let StoredState { version, hash, fold, state } = folded.stored()?;
        let record = folded.key();
        let summary = folded.record().summary();
        let listed = summary.as_ref().map(|summary| summary.status);
        let owner = summary.as_ref().and_then(|summary| summary.owner.as_ref());
        Ok(Self {
            pk: key.pk,
            sk: key.sk,
            version,
            hash,
            fold,
            state,
            stale_at,
            summary: folded.summary_json().map(|json| serde_json::Value::Object(json).to_string()),
            position: listed.map(|_| format!("{}#{}", folded.changed().at, record.id)),
            by_status: listed.map(|status| list_partition_of(generation, record, status, None)),
            by_owner: listed
                .zip(owner)
                .map(|(status, owner)| list_partition_of(generation, record, status, Some(owner))),
        })
    }

    /// The state that the row holds, as far as the present fold made it.
    pub fn folded(&self, of: events::Registered, key: &RecordKey) -> Option<Folded> {
        let stored = StoredState {
            version: self.version,
            hash: self.hash,
            fold: self.fold.clone(),
            state: self.state.clone(),
        };
        Folded::resume(of, key, &stored)
    }
}

impl Projector {
    /// Pulls a record's row to the head, from what is known of it.
    pub(crate) async fn project_record(
        &self,
        work: &Work<'_>,
        generation: Generation,
        look: Look<RecordRow>,
    ) -> Result<Step<Pulled>, StoreError> {
        let row = look.row(self, Table::Records, &row_key(generation, work.key)).await?;
        let base = row.as_ref().and_then(|row| row.folded(work.of, work.key));
        let contradicted =
            row.as_ref().is_some_and(|row| work.hint.contradicts(row.version, row.hash));
        if contradicted {
            let pulled = self.store.pull(work.of, work.key, None).await?;
            let pulled = Pulled { diverged: true, ..pulled };
            return self.write_record(work, generation, row.as_ref(), None, pulled).await;
        }
        let is_current = |row: &RecordRow| {
            row.stale_at.is_none() && work.hint.is_known_to(row.version, row.hash)
        };
        if base.is_some() && row.as_ref().is_some_and(is_current) {
            self.report.duplicates.fetch_add(1, Ordering::Relaxed);
            return Ok(Step::Done(Pulled::whole(base)));
        }
        let from = base.as_ref().map(Folded::version);
        let pulled = self.pulled(work, row.as_ref(), base).await?;
        self.write_record(work, generation, row.as_ref(), from, pulled).await
    }

    /// The commits of the batch folded on if they follow without a gap, else the log itself.
    async fn pulled(
        &self,
        work: &Work<'_>,
        row: Option<&RecordRow>,
        base: Option<Folded>,
    ) -> Result<Pulled, StoreError> {
        // Where there is a row of another fold, a batch would begin again at its own beginning and
        // end before the row: only the log reaches the head.
        let begins_here = base.is_some() || row.is_none();
        let folded = begins_here.then(|| folded_on(work.of, base.as_ref(), &work.hint.commits));
        // Where the newest commit of the batch could not be read, the rest of it is not the head.
        let at_head = |pulled: &Pulled| {
            pulled.folded.as_ref().is_some_and(|folded| folded.version() >= work.hint.version)
        };
        if let Some(pulled) = folded.flatten().filter(at_head) {
            return Ok(pulled);
        }
        self.report.repaired.fetch_add(1, Ordering::Relaxed);
        self.store.pull(work.of, work.key, base).await
    }

    /// Writes the row of what was pulled. `from` is the version at which the present fold stood.
    async fn write_record(
        &self,
        work: &Work<'_>,
        generation: Generation,
        row: Option<&RecordRow>,
        from: Option<Version>,
        mut pulled: Pulled,
    ) -> Result<Step<Pulled>, StoreError> {
        let was_stale = row.is_some_and(|row| row.stale_at.is_some());
        if let Some(folded) = &pulled.folded {
            let behind = row.is_some_and(|row| folded.version() < row.version);
            if behind && pulled.stuck.is_some() && !pulled.diverged {
                // A row never goes back for what this build cannot fold: a newer one could.
                self.settle(RECORDS, generation, work, &pulled, was_stale).await?;
                return Ok(Step::Done(pulled));
            }
            if behind || pulled.diverged {
                self.raise_divergence(RECORDS, work.key, row.map(|row| row.version)).await?;
            }
            self.keep_snapshot(work, from, folded.version()).await?;
            let stale_at = pulled.stuck.as_ref().map(|stuck| stuck.version);
            match made(folded, || RecordRow::of(generation, folded, stale_at)) {
                Ok(Ok(new)) if row == Some(&new) => {}
                Ok(Ok(new)) => {
                    let expected =
                        row.map_or(Expectation::Absent, |row| Expectation::Marked(row.marks()));
                    let write = WriteOne { row: &new, expected };
                    match self.store.put_row(Table::Records, write).await {
                        Ok(Written::Done) => {
                            self.report.written.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(Written::Overtaken) => return Ok(Step::Overtaken),
                        Err(error) if error.is_passing() => return Err(error),
                        Err(error) => pulled.stuck = Some(Stuck::refused(folded.version(), &error)),
                    }
                }
                Ok(Err(error)) => {
                    let error =
                        StoreError::Unreadable { attempt: "writing a row", source: error.into() };
                    pulled.stuck = Some(Stuck::refused(folded.version(), &error));
                }
                Err(stuck) => pulled.stuck = Some(stuck),
            }
        }
        self.settle(RECORDS, generation, work, &pulled, was_stale).await?;
        Ok(Step::Done(pulled))
    }

    /// Keeps a snapshot of every hundredth version that the present fold has passed and that has none,
    /// the oldest first: after an outage or another fold, old versions are as near as they were before.
    /// One that cannot be kept costs time later, no more.
    async fn keep_snapshot(
        &self,
        work: &Work<'_>,
        from: Option<Version>,
        to: Version,
    ) -> Result<(), StoreError> {
        let due = to.get() - to.get() % SNAPSHOT_EVERY;
        if due == 0 || from.is_some_and(|from| from.get() >= due) {
            return Ok(());
        }
        let due = Version::new(due).unwrap_or(to);
        let newest = self.store.newest_snapshot(work.of, work.key, due).await?;
        let mut next = newest.map_or(0, Version::get) / SNAPSHOT_EVERY * SNAPSHOT_EVERY;
        while let Ok(version) = Version::new(next + SNAPSHOT_EVERY)
            && version <= due
        {
            match self.kept_snapshot(work, version).await {
                Err(error) if !error.is_passing() => {
                    tracing::error!(error = chain(&error), record = %work.key, "a snapshot could not be kept");
                    return Ok(());
                }
                outcome => outcome?,
            }
            next = version.get();
        }
        Ok(())
    }

    async fn kept_snapshot(&self, work: &Work<'_>, version: Version) -> Result<(), StoreError> {
        match self.store.load_at(work.of, work.key, version).await {
            Ok(Some(record)) if record.folded.version() == version => {
                self.store.keep_snapshot(&record).await
            }
            Err(LoadError::Store(error)) => Err(error),
            // What does not load does not fold either: the row is parked for it.
            Ok(_) | Err(LoadError::Damaged { .. } | LoadError::Fold { .. }) => Ok(()),
        }
    }
}
